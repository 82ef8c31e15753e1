"""Decoded sound on its way into frames: one grid of samples, however the pieces come."""

from collections.abc import Iterator

from agora_cli.frames import BYTES_PER_SAMPLE, MICROSECONDS, Bytes, PcmFrame
from agora_cli.sources.pcm import frame_samples

# Containers that count milliseconds make every piece jitter by one; correcting that would be heard.
JITTER_US = 5_000


class PcmGrid:
    """Cut s16le pieces with times into frames of frame_samples().

    Pieces that follow each other within JITTER_US are joined to the sample. A gap shorter than a frame becomes
    silence, a longer one ends the frame with `padding` and begins a new grid behind it; what overlaps is left
    out. Invariant: frames never overlap and their samples' times differ from the pieces' by JITTER_US at most.
    """

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._rate_hz = sample_rate_hz
        self._channels = channels
        self._block = BYTES_PER_SAMPLE * channels
        self._frame_samples = frame_samples(sample_rate_hz)
        self._pending = bytearray()
        self._origin_us: int | None = None
        self._sent = 0

    @property
    def end_us(self) -> int | None:
        """Return where the next sample belongs, or None before the first."""
        if self._origin_us is None:
            return None
        samples = self._sent + len(self._pending) // self._block
        return self._origin_us + samples * MICROSECONDS // self._rate_hz

    def push(self, pts_us: int, data: Bytes, exact: bool = False) -> Iterator[PcmFrame]:
        """Take whole samples that begin at `pts_us`, yield the frames that they complete.

        `exact` corrects even a deviation of one sample: for the first piece of a run through a file.
        """
        end_us = self.end_us
        skip = 0
        if end_us is None:
            self._origin_us = pts_us
        elif exact or abs(pts_us - end_us) > JITTER_US:
            gap = round((pts_us - end_us) * self._rate_hz / MICROSECONDS)
            if gap >= self._frame_samples:
                yield from self.flush()
                self._origin_us, self._sent = pts_us, 0
            elif gap > 0:
                self._pending += bytes(gap * self._block)
            else:
                skip = -gap * self._block
        self._pending += memoryview(data)[skip:]
        yield from self._whole()

    def flush(self) -> Iterator[PcmFrame]:
        """Yield the last frame, filled with silence; the next piece must not begin before its end."""
        yield from self._whole()
        samples = len(self._pending) // self._block
        if samples:
            padding = self._frame_samples - samples
            data = bytes(self._pending.ljust(self._frame_samples * self._block, b"\0"))
            self._pending = bytearray()
            yield self._frame(data, padding)

    def _whole(self) -> Iterator[PcmFrame]:
        size = self._frame_samples * self._block
        whole = len(self._pending) - len(self._pending) % size
        data = bytes(self._pending[:whole])
        del self._pending[:whole]
        for start in range(0, whole, size):
            yield self._frame(data[start : start + size], 0)

    def _frame(self, data: bytes, padding: int) -> PcmFrame:
        assert self._origin_us is not None
        pts_us = self._origin_us + self._sent * MICROSECONDS // self._rate_hz
        self._sent += self._frame_samples
        return PcmFrame(pts_us, self._rate_hz, self._channels, data, padding)
