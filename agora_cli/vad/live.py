"""The run of a live stream: PCM of any rate in, decisions out as soon as a channel could know them."""

import numpy as np
import numpy.typing as npt

from agora_cli.frames import Bytes
from agora_cli.native.vad import VadMachine, frame_dtype, step_dtype
from agora_cli.native.vaddump import DumpWriter
from agora_cli.vad.align import FRAME_SAMPLES, causal
from agora_cli.vad.analysis import Analysis, Settings, frames_of, notes_on
from agora_cli.vad.features import WINDOW_LEAD, median_of_3, raw_pitch_of, rms_of
from agora_cli.vad.resample import ToMono16k
from agora_cli.vad.segments import Decision, decisions
from agora_cli.vad.voice.base import RATE_HZ, VoiceModel

LIVE_FRAME_BYTES = 2 * FRAME_SAMPLES


class LiveVad:
    """One user's voice activity while it happens; optionally written to a dump of 16 kHz mono as it comes.

    push() returns the decisions that became possible, close() the whole run. Frames, steps and
    probabilities are kept (60 bytes a frame: 22 MB an hour), sound is not: it is in the dump. The rate and
    channels may change between pushes. One thread at a time; the model may be shared.
    """

    def __init__(self, settings: Settings, model: VoiceModel, dump: DumpWriter | None = None) -> None:
        self._settings = settings
        self._model = model
        self._stream = model.stream()
        self._machine = VadMachine(settings.rules, settings.config)
        self._dump = dump
        self._resampler: ToMono16k | None = None
        self._form = (0, 0)
        self._for_frames = np.empty(0, np.int16)
        self._for_hops = np.empty(0, np.int16)
        self._hops_before = 0
        self._latest = 0.0
        self._before = np.zeros(WINDOW_LEAD, np.int16)
        self._raw_pitch = np.zeros(2, np.int32)
        self._count = 0
        self._frames = [np.empty(0, frame_dtype())]
        self._steps = [np.empty(0, step_dtype())]
        self._probability = [np.empty(0, np.float32)]

    def push(self, pcm: Bytes, sample_rate_hz: int, channels: int) -> list[Decision]:
        """Take interleaved s16le samples; return the starts and stops within the frames that they complete."""
        tail = np.empty(0, np.int16)
        if self._resampler is None or self._form != (sample_rate_hz, channels):
            tail = self._resampler.flush() if self._resampler else tail
            self._resampler = ToMono16k(sample_rate_hz, channels)
            self._form = (sample_rate_hz, channels)
        return self._judge(np.concatenate([tail, self._resampler.push(pcm)]))

    def close(self) -> Analysis:
        """Judge what the resampler still held and return the run; the dump stays open: it is the caller's."""
        if self._resampler is not None:
            self._judge(self._resampler.flush())
            self._resampler = None
        return Analysis(
            self._settings,
            self._model.name,
            np.concatenate(self._frames),
            np.concatenate(self._steps),
            np.concatenate(self._probability),
            RATE_HZ,
            1,
            notes_on(self._settings),
        )

    def _judge(self, samples: npt.NDArray[np.int16]) -> list[Decision]:
        self._for_frames = np.concatenate([self._for_frames, samples])
        count = len(self._for_frames) // FRAME_SAMPLES
        ready, self._for_frames = np.split(self._for_frames, [count * FRAME_SAMPLES])
        probability = self._probabilities(samples, count)
        rms = rms_of(ready)
        frames = frames_of(probability, rms, self._pitch(ready, rms), self._settings.rules)
        steps = self._machine.run(frames)
        if self._dump is not None:
            self._dump.write(ready.astype("<i2").tobytes(), frames, steps)
        self._frames.append(frames)
        self._steps.append(steps)
        self._probability.append(probability)
        self._count += count
        return decisions(steps, self._count - count, self._settings.rules)

    def _probabilities(self, samples: npt.NDArray[np.int16], count: int) -> npt.NDArray[np.float32]:
        hop = self._model.hop_samples
        self._for_hops = np.concatenate([self._for_hops, samples])
        whole = len(self._for_hops) // hop * hop
        ready, self._for_hops = np.split(self._for_hops, [whole])
        new = self._stream.feed(ready)
        probability = causal(new, self._hops_before, self._latest, hop, self._count, count)
        self._hops_before += len(new)
        self._latest = float(new[-1]) if len(new) else self._latest
        return probability

    def _pitch(self, ready: npt.NDArray[np.int16], rms: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        heard = np.concatenate([self._before, ready])
        self._before = heard[-WINDOW_LEAD:]
        raw = np.concatenate([self._raw_pitch, raw_pitch_of(heard, rms)])
        self._raw_pitch = raw[-2:]
        return median_of_3(raw)
