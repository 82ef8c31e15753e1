"""The VAD on a live channel: one run and one dump a user, as the sound arrives."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import PcmFrame
from agora_cli.media.audio_decode import AudioDecoder
from agora_cli.names import channel_file_stem
from agora_cli.native.vaddump import DumpWriter
from agora_cli.sinks.record.audio import PlacedSound
from agora_cli.vad.analysis import Analysis, Settings
from agora_cli.vad.live import LIVE_FRAME_BYTES, LiveVad
from agora_cli.vad.outputs import Outputs, voice_prob_scale, write_outputs
from agora_cli.vad.segments import Decision
from agora_cli.vad.voice.base import VoiceModel

# Takes a user and a start or stop, timed in seconds of that user's sound.
OnChange = Callable[[str, Decision], None]
STAMP = "%Y%m%d%H%M%S"


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one user."""

    user: str
    analysis: Analysis
    outputs: Outputs


class VadSink:
    """A sink of a session that judges each user's sound; results go to `<folder>/<channel>_<user>/`.

    Gaps are judged as the silence that they are. The model is shared; raises InputError when the disk fails.
    """

    def __init__(
        self,
        folder: Path,
        channel: str,
        settings: Settings,
        model: VoiceModel,
        on_change: OnChange,
    ) -> None:
        self.waiting_for_keyframe: set[str] = set()
        self._folder = folder
        self._channel = channel
        self._settings = settings
        self._model = model
        self._on_change = on_change
        self._decoders: defaultdict[str, AudioDecoder] = defaultdict(AudioDecoder)
        self._users: dict[str, _UserRun] = {}

    def write(self, event: MediaReceived) -> None:
        """Judge the sound of one unit; picture is left out."""
        for decoded in self._decoders[event.user].events(event):
            if isinstance(decoded.unit, PcmFrame):
                self._judge(decoded, decoded.unit)

    def write_data(self, event: DataReceived) -> None:
        """Do nothing: messages are not heard."""

    def flush(self, at_us: int) -> None:
        """Do nothing: the dump flushes itself."""

    def close(self, report: bool = True) -> list[Heard]:
        """Finish every dump and write the exports beside it; a user with less than a frame is left out."""
        heard = []
        for user, run in self._users.items():
            analysis = run.close()
            if len(analysis.frames):
                folder = self._folder_of(user)
                outputs = write_outputs(folder, folder.name, run.dump.path, analysis, report=report)
                heard.append(Heard(user, analysis, outputs))
        self._users.clear()
        return heard

    def _judge(self, event: MediaReceived, frame: PcmFrame) -> None:
        run = self._users.get(event.user)
        if run is None:
            run = self._users[event.user] = _UserRun(self._folder_of(event.user), self._settings, self._model)
        for decision in run.push(event, frame):
            self._on_change(event.user, decision)

    def _folder_of(self, user: str) -> Path:
        return self._folder / channel_file_stem(self._channel, user)


class _UserRun:
    """One user's sound on one axis, its run and its dump."""

    def __init__(self, folder: Path, settings: Settings, model: VoiceModel) -> None:
        stamp = datetime.now().strftime(STAMP)
        self.dump = DumpWriter(folder, stamp, LIVE_FRAME_BYTES, voice_prob_scale(settings.rules))
        self.vad = LiveVad(settings, model, self.dump)
        self._placed: PlacedSound | None = None
        self._form = (0, 0)

    def push(self, event: MediaReceived, frame: PcmFrame) -> list[Decision]:
        """Judge a frame and the gap before it."""
        form = (frame.sample_rate_hz, frame.channels)
        if self._placed is None or form != self._form:
            self._placed, self._form = PlacedSound(*form), form
        pieces = self._placed.pieces(event, frame)
        return [decision for piece in pieces for decision in self.vad.push(piece, *form)]

    def close(self) -> Analysis:
        """Finish the run and its dump."""
        try:
            return self.vad.close()
        finally:
            self.dump.close()
