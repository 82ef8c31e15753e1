"""Several users' sound summed onto one time axis."""

from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from agora_cli.frames import MICROSECONDS, PcmFrame
from agora_cli.sinks.axis import Timeline

# How long the mix waits for the slowest user before a moment is final.
DELAY_US = 500_000


class Mixer:
    """Mix PcmFrames of any rate into frames of the first one's rate and channels.

    Each user enters at its arrival time on the mix's axis and goes on by its own media clock. Sums beyond
    16 bits are clipped. A sample that comes DELAY_US after its moment is left out and counted in `late`.
    `_sums` is int32 [samples, channels] and begins at sample `_base` of the axis.
    """

    def __init__(self) -> None:
        self.late = 0
        self._format: tuple[int, int] | None = None
        self._origin_us = 0
        self._base = 0
        self._users: dict[str, _UserPosition] = {}
        self._sums: NDArray[np.int32] | None = None

    def add(self, at_us: int, user: str, epoch: int, frame: PcmFrame) -> PcmFrame | None:
        """Take one frame in; return what has become final, if anything."""
        if self._format is None or self._sums is None:
            self._format, self._origin_us = (frame.sample_rate_hz, frame.channels), at_us
            self._sums = np.zeros((0, frame.channels), dtype=np.int32)
        rate_hz, channels = self._format
        position = self._users.get(user)
        if position is None or position.format != (frame.sample_rate_hz, frame.channels):
            start = (at_us - self._origin_us) * rate_hz // MICROSECONDS
            position = self._users[user] = _UserPosition(frame, rate_hz, channels, start)
        first, samples = position.place(at_us, epoch, frame)
        if first < self._base:
            self.late += min(self._base - first, len(samples))
            samples = samples[self._base - first :]
            first = self._base
        end = first - self._base + len(samples)
        if end > len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros((end - len(self._sums), channels), np.int32)])
        self._sums[first - self._base : end] += samples
        horizon = (at_us - DELAY_US - self._origin_us) * rate_hz // MICROSECONDS
        return self._take(horizon - self._base)

    def finish(self) -> PcmFrame | None:
        """Return all that is left."""
        return None if self._sums is None else self._take(len(self._sums))

    def _take(self, count: int) -> PcmFrame | None:
        assert self._format is not None
        assert self._sums is not None
        count = min(count, len(self._sums))
        if count <= 0:
            return None
        data = np.clip(self._sums[:count], -32768, 32767).astype("<i2").tobytes()
        pts_us = self._base * MICROSECONDS // self._format[0]
        self._sums = self._sums[count:]
        self._base += count
        return PcmFrame(pts_us, *self._format, data)


class _UserPosition:
    """Where one user is on the mix's axis, and the resampler to its format."""

    def __init__(self, frame: PcmFrame, rate_hz: int, channels: int, start: int) -> None:
        self.format = (frame.sample_rate_hz, frame.channels)
        self._target = (rate_hz, channels)
        self._timeline = Timeline(frame.sample_rate_hz)
        self._next = start
        self._resampler: Any = None

    def place(self, at_us: int, epoch: int, frame: PcmFrame) -> tuple[int, NDArray[np.int32]]:
        """Return the first sample on the mix's axis, and int32 [samples, channels] in the mix's format."""
        gap = self._timeline.silence_before(epoch, frame.pts_us, at_us, frame.samples)
        if gap > 0:
            self._next += gap * self._target[0] // frame.sample_rate_hz
        samples = np.frombuffer(frame.data, dtype="<i2").reshape(-1, frame.channels)[max(0, -gap) :]
        if self.format != self._target:
            samples = self._convert(samples)
        first = self._next
        self._next += len(samples)
        return first, samples.astype(np.int32)

    def _convert(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        layouts = {1: "mono", 2: "stereo"}
        if self._resampler is None:
            self._resampler = av.AudioResampler("s16", layouts[self._target[1]], self._target[0])
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", layouts[self.format[1]])
        frame.sample_rate = self.format[0]
        out = [piece.to_ndarray().reshape(-1, self._target[1]) for piece in self._resampler.resample(frame)]
        return np.concatenate(out) if out else np.zeros((0, self._target[1]), np.int16)
