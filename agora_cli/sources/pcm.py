"""PCM from anything that holds sound, cut into frames on an exact clock."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from agora_cli.errors import InputError
from agora_cli.frames import BYTES_PER_SAMPLE, MICROSECONDS, Bytes, PcmFrame, Unit
from agora_cli.sources.base import AudioInfo, Excerpt, SourceInfo

MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 48_000
MAX_CHANNELS = 2


def frame_samples(sample_rate_hz: int) -> int:
    """Return the samples per channel of one frame: 10 ms, or 20 or 40 where only those are whole samples.

    22.05 kHz takes 20 ms and 11.025 kHz 40 ms; a rate for which none of them is whole gets 10 ms rounded down.
    """
    for frames_per_second in (100, 50, 25):
        if sample_rate_hz % frames_per_second == 0:
            return sample_rate_hz // frames_per_second
    return sample_rate_hz // 100


class PcmSource:
    """Frames of s16le PCM from one or several runs through the same input.

    `open_chunks` starts a run and yields bytes of any size, whole or torn samples; it is called once a
    loop. The last frame is filled with silence, its `padding` says how much. `length_s`
    is how long a run is, where that is known. Not thread-safe.
    """

    def __init__(
        self,
        open_chunks: Callable[[], Iterator[Bytes]],
        sample_rate_hz: int,
        channels: int,
        excerpt: Excerpt = Excerpt(),
        notes: tuple[str, ...] = (),
        warnings: tuple[str, ...] = (),
        name: str = "input",
        length_s: Fraction | None = None,
    ) -> None:
        self.dropped = 0
        audio = AudioInfo(sample_rate_hz, channels)
        self.info = SourceInfo(audio, None, notes, warnings, excerpt.total_us(length_s))
        self._open_chunks = open_chunks
        self._rate_hz = sample_rate_hz
        self._channels = channels
        self._excerpt = excerpt
        self._name = name
        self._block = BYTES_PER_SAMPLE * channels

    def units(self) -> Iterator[Unit]:
        """Yield frames of frame_samples() each, pts exact to the sample.

        Raises InputError after the last whole sample when the input ends inside one, and when it has no
        sample at all.
        """
        size = frame_samples(self._rate_hz) * self._block
        pending = bytearray()
        sent_samples = 0
        fault: InputError | None = None
        try:
            for chunk in self._excerpt_bytes():
                pending += chunk
                whole = len(pending) - len(pending) % size
                for offset in range(0, whole, size):
                    yield self._frame(sent_samples, bytes(pending[offset : offset + size]), 0)
                    sent_samples += size // self._block
                del pending[:whole]
        except InputError as error:
            fault = error
        if pending:
            padding = (size - len(pending)) // self._block
            yield self._frame(sent_samples, bytes(pending.ljust(size, b"\0")), padding)
        elif sent_samples == 0 and fault is None:
            raise InputError("no-sound", f"{self._name}: no sound in the asked part")
        if fault is not None:
            raise fault

    def request_keyframe(self) -> None:
        """Do nothing: sound has no keyframes."""

    def close(self) -> None:
        """Do nothing: each run closes its own input."""

    def _frame(self, first_sample: int, data: bytes, padding: int) -> PcmFrame:
        pts_us = first_sample * MICROSECONDS // self._rate_hz
        return PcmFrame(pts_us, self._rate_hz, self._channels, data, padding)

    def _excerpt_bytes(self) -> Iterator[Bytes]:
        """Yield the asked part of every run, whole samples only at each run's end."""
        skip = int(self._excerpt.start_s * self._rate_hz) * self._block
        run = 0
        while self._excerpt.loops == 0 or run < self._excerpt.loops:
            run += 1
            taken = 0
            for chunk in _skipping(self._whole_samples(self._open_chunks()), skip):
                taken += len(chunk)
                yield chunk
            if taken == 0:
                return

    def _whole_samples(self, chunks: Iterator[Bytes]) -> Iterator[Bytes]:
        """Yield the same bytes cut at sample boundaries; raise InputError for a torn last sample."""
        total = 0
        torn = b""
        for chunk in chunks:
            total += len(chunk)
            data = torn + bytes(chunk) if torn else chunk
            rest = len(data) % self._block
            torn = bytes(data[len(data) - rest :])
            if len(data) > rest:
                yield memoryview(data)[: len(data) - rest]
        if torn:
            raise InputError(
                "odd-bytes",
                f"{self._name}: ends inside a sample at byte {total - len(torn)}: "
                f"{total} bytes is no multiple of {self._block}",
                hint="check --numOfChannels; the whole samples before it were taken",
            )


def _skipping(chunks: Iterator[Bytes], skip: int) -> Iterator[Bytes]:
    """Yield what comes after the first `skip` bytes."""
    for chunk in chunks:
        if skip >= len(chunk):
            skip -= len(chunk)
            continue
        yield memoryview(chunk)[skip:] if skip else chunk
        skip = 0
