"""The SDK's own dump of a live channel: frames judged by the labels that Agora's network gives with them."""

from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agora_cli.errors import UnavailableError
from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import FrameLabels, PcmFrame
from agora_cli.names import channel_file_stem
from agora_cli.native.vad import Rules, Steps, VadMachine, frame_dtype, step_dtype
from agora_cli.native.vaddump import DumpWriter
from agora_cli.sinks.vad import STAMP, Heard, OnChange
from agora_cli.vad.analysis import PERCENT, Analysis, Settings
from agora_cli.vad.exports import write_text
from agora_cli.vad.outputs import voice_prob_scale, write_outputs
from agora_cli.vad.segments import Decision, decisions

SDK_STATES = "sdk-states.csv"
RULES_OF_THE_SDK: Rules = "2.4"
FLAGS = "the SDK's voice_prob was only ever 0 or 1: rule set {} may never start on that (--rules 2.4 does)"


class LabelSink:
    """A sink of a session that judges each user's frames by their labels; results go to `<folder>/<channel>_<user>/`.

    Frames are dumped as they come, as the SDK's own VadDump does: what did not come is not there, and no silence
    stands for it. The states of its AudioVadManager stand beside ours in sdk-states.csv. Raises UnavailableError for
    sound without labels, InputError when the disk fails.
    """

    def __init__(self, folder: Path, channel: str, settings: Settings, on_change: OnChange) -> None:
        self.waiting_for_keyframe: set[str] = set()
        self._folder = folder
        self._channel = channel
        self._settings = settings
        self._on_change = on_change
        self._users: dict[str, _LabelRun] = {}

    def write(self, event: MediaReceived) -> None:
        """Judge one frame of sound; all else is left out."""
        frame = event.unit
        if not isinstance(frame, PcmFrame):
            return
        if frame.labels is None:
            raise UnavailableError("frame-labels", "this sound carries no labels: --vadEngine sdk has nothing to judge")
        run = self._users.get(event.user)
        if run is None:
            run = self._users[event.user] = _LabelRun(self._folder_of(event.user), self._settings, frame)
        for decision in run.push(frame, frame.labels):
            self._on_change(event.user, decision)

    def write_data(self, event: DataReceived) -> None:
        """Do nothing: messages are not heard."""

    def flush(self, at_us: int) -> None:
        """Do nothing: the dump flushes itself."""

    def close(self, report: bool = True) -> list[Heard]:
        """Finish every dump and write the exports beside it."""
        heard = []
        for user, run in self._users.items():
            folder, analysis = self._folder_of(user), run.close()
            write_text(folder / SDK_STATES, run.states_csv(analysis.steps))
            heard.append(
                Heard(user, analysis, write_outputs(folder, folder.name, run.dump.path, analysis, None, report))
            )
        self._users.clear()
        return heard

    def _folder_of(self, user: str) -> Path:
        return self._folder / channel_file_stem(self._channel, user)


class _LabelRun:
    """One user's frames; all are of the size of the first, others are counted and left out."""

    def __init__(self, folder: Path, settings: Settings, first: PcmFrame) -> None:
        stamp = datetime.now().strftime(STAMP)
        self.dump = DumpWriter(folder, stamp, len(first.data), voice_prob_scale(RULES_OF_THE_SDK))
        self._settings = settings
        self._machine = VadMachine(settings.rules, settings.config)
        self._form = (first.sample_rate_hz, first.channels)
        self._frame_bytes = len(first.data)
        self._frames: list[npt.NDArray[np.void]] = []
        self._steps: list[npt.NDArray[np.void]] = []
        self._sdk_states: list[int | None] = []
        self._strange = 0

    def push(self, frame: PcmFrame, labels: FrameLabels) -> list[Decision]:
        """Judge a frame; return the start or stop that it made, nothing for one that was left out."""
        if len(frame.data) != self._frame_bytes:
            self._strange += 1
            return []
        record = np.array(
            [(labels.far_field, labels.voice_prob, labels.rms, labels.pitch, labels.music_prob)], frame_dtype()
        )
        step = self._machine.run(record)
        self.dump.write(bytes(frame.data), record, step)
        self._frames.append(record)
        self._steps.append(step)
        self._sdk_states.append(labels.state)
        return decisions(step, len(self._steps) - 1, self._settings.rules)

    def close(self) -> Analysis:
        """Finish the dump and return the run."""
        self.dump.close()
        frames = np.concatenate([np.empty(0, frame_dtype()), *self._frames])
        steps = np.concatenate([np.empty(0, step_dtype()), *self._steps])
        flagged = not len(frames) or int(frames["voice_prob"].max()) <= 1
        probability = (frames["voice_prob"] / (1 if flagged else PERCENT)).astype(np.float32)
        notes = self._notes(steps, flagged)
        return Analysis(self._settings, "sdk", frames, steps, probability, *self._form, notes)

    def states_csv(self, steps: Steps) -> str:
        """Return a line a frame: our state and that of the SDK's AudioVadManager, empty where it told none."""
        rows = zip(steps["state"].tolist(), self._sdk_states, strict=True)
        lines = [f"{number},{ours},{'' if theirs is None else theirs}" for number, (ours, theirs) in enumerate(rows)]
        return "\n".join(["frame,state,sdk_state", *lines, ""])

    def _notes(self, steps: Steps, flagged: bool) -> tuple[str, ...]:
        notes = [FLAGS.format(self._settings.rules)] if flagged and self._settings.rules != RULES_OF_THE_SDK else []
        theirs = self._sdk_states
        differing = sum(ours != state for ours, state in zip(steps["state"].tolist(), theirs, strict=True))
        notes.append(f"our state differs from AudioVadManager's in {differing} of {len(theirs)} frames ({SDK_STATES})")
        if self._strange:
            notes.append(f"{self._strange} frames of another size than the first were left out")
        return tuple(notes)
