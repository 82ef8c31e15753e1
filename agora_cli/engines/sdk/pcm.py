"""Cut PCM to what the SDK's sender takes: whole milliseconds at a rate that it knows.

The package refuses a push whose bytes are no whole number of milliseconds (-1002). At 11025, 22050 and
44100 Hz no buffer ever is, as a millisecond is no whole number of samples: those are resampled. What is
left of a push waits for the next; `tail` fills the last with silence.
"""

from dataclasses import dataclass
from typing import Any

from av import AudioFrame, AudioResampler

from agora_cli.errors import InputError
from agora_cli.frames import BYTES_PER_SAMPLE, MICROSECONDS, Bytes, PcmFrame

SENT_RATES_HZ = (8000, 16000, 24000, 32000, 48000)
MAX_CHANNELS = 2
MILLISECOND_US = 1000


@dataclass(frozen=True, slots=True)
class PcmPush:
    """One push: writable bytes of whole milliseconds, which the package needs and may keep."""

    data: bytearray
    sample_rate_hz: int
    channels: int
    pts_ms: int

    @property
    def duration_us(self) -> int:
        """Return the length in microseconds, exact: the data is whole milliseconds."""
        return len(self.data) * MICROSECONDS // (BYTES_PER_SAMPLE * self.channels * self.sample_rate_hz)


def sent_rate_hz(rate_hz: int) -> int:
    """Return the rate that a source's sound is sent at: its own where the SDK takes it, else the next above."""
    return next((rate for rate in SENT_RATES_HZ if rate == rate_hz or rate >= max(rate_hz, 16000)), SENT_RATES_HZ[-1])


class PcmShaper:
    """Shape one track's PCM, frame by frame.

    Invariant: `_rest` is shorter than a millisecond of the format in `_format`; `_next_us` is its time.
    """

    def __init__(self) -> None:
        self._format: tuple[int, int] = (0, 0)
        self._resampler: Any = None
        self._rest = bytearray()
        self._next_us = 0

    def shape(self, frame: PcmFrame) -> PcmPush | None:
        """Return what to push for a frame, None while it is less than a millisecond.

        A frame that does not continue the one before (by more than a millisecond) starts anew at its own time.
        Raises InputError for more than two channels, or a change of format.
        """
        if (frame.sample_rate_hz, frame.channels) != self._format:
            self._start(frame)
        elif abs(frame.pts_us - self._end_us()) > MILLISECOND_US and self._resampler is None:
            self._rest.clear()
        if not self._rest and self._resampler is None:
            self._next_us = frame.pts_us
        self._rest += frame.data if self._resampler is None else self._resampled(frame.data)
        return self._take(len(self._rest) // self._millisecond_bytes() * self._millisecond_bytes())

    def tail(self) -> PcmPush | None:
        """Return what is left, its last millisecond filled with silence; None when nothing is left."""
        if self._format == (0, 0):
            return None
        if self._resampler is not None:
            self._rest += b"".join(_bytes_of(part) for part in self._resampler.resample(None))
            self._resampler = None
        whole = -(-len(self._rest) // self._millisecond_bytes()) * self._millisecond_bytes()
        self._rest += bytes(whole - len(self._rest))
        push = self._take(whole)
        self._format = (0, 0)
        return push

    def forget(self) -> None:
        """Drop what is left: the listener interrupted."""
        self._rest.clear()
        self._format = (0, 0)
        self._resampler = None

    def _start(self, frame: PcmFrame) -> None:
        if frame.channels not in range(1, MAX_CHANNELS + 1):
            raise InputError("pcm-channels", f"the sdk engine sends 1 or 2 channels of sound, got {frame.channels}")
        self._format = (frame.sample_rate_hz, frame.channels)
        self._rest.clear()
        self._next_us = frame.pts_us
        self._resampler = None
        if sent_rate_hz(frame.sample_rate_hz) != frame.sample_rate_hz:
            layout = "mono" if frame.channels == 1 else "stereo"
            self._resampler = AudioResampler(format="s16", layout=layout, rate=sent_rate_hz(frame.sample_rate_hz))

    def _resampled(self, data: Bytes) -> bytes:
        rate_hz, channels = self._format
        layout = "mono" if channels == 1 else "stereo"
        samples = memoryview(data).nbytes // (BYTES_PER_SAMPLE * channels)
        if samples == 0:
            return b""
        frame = AudioFrame(format="s16", layout=layout, samples=samples)
        frame.sample_rate = rate_hz
        frame.planes[0].update(bytes(data))
        return b"".join(_bytes_of(part) for part in self._resampler.resample(frame))

    def _millisecond_bytes(self) -> int:
        rate_hz, channels = self._format
        return sent_rate_hz(rate_hz) // 1000 * channels * BYTES_PER_SAMPLE

    def _end_us(self) -> int:
        return self._next_us + len(self._rest) * MILLISECOND_US // self._millisecond_bytes()

    def _take(self, size: int) -> PcmPush | None:
        if size == 0:
            return None
        rate_hz, channels = self._format
        push = PcmPush(self._rest[:size], sent_rate_hz(rate_hz), channels, self._next_us // MILLISECOND_US)
        del self._rest[:size]
        self._next_us += size // self._millisecond_bytes() * MILLISECOND_US
        return push


def _bytes_of(frame: Any) -> bytes:
    """Return a packed frame's samples without the padding that PyAV's planes carry."""
    return bytes(frame.planes[0])[: frame.samples * BYTES_PER_SAMPLE * frame.layout.nb_channels]
