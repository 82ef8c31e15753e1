"""One user's sound on its way into files: gaps as silence, a new part when the format changes."""

from collections.abc import Callable, Iterator
from pathlib import Path

from agora_cli.frames import BYTES_PER_SAMPLE, PcmFrame
from agora_cli.media.audio_writer import CODEC_NAMES, AudioFormat, AudioWriter, open_writer
from agora_cli.media.recorded_file import RecordedFile
from agora_cli.media.timeline import Timeline

SILENCE_CHUNK_BYTES = 1 << 20


class AudioTrack:
    """Write PcmFrames of one user. `next_path` gives each new part its place.

    All methods raise OSError when the disk does; what was flushed before stays readable.
    """

    def __init__(self, user: str, audio_format: AudioFormat, next_path: Callable[[str], Path]) -> None:
        self._user = user
        self._format = audio_format
        self._next_path = next_path
        self._parts: list[AudioPart] = []

    def write(self, at_us: int, epoch: int, frame: PcmFrame, lost: int = 0) -> None:
        """Append one frame at its place."""
        part = self._parts[-1] if self._parts else None
        if part is None or part.format != (frame.sample_rate_hz, frame.channels):
            if part is not None:
                part.close()
            part = AudioPart(self._next_path(self._format), self._format, frame.sample_rate_hz, frame.channels)
            self._parts.append(part)
        part.write(at_us, epoch, frame, lost)

    def flush(self) -> None:
        """Make the current part readable up to here."""
        if self._parts:
            self._parts[-1].flush()

    def close(self) -> None:
        """Finish the current part; a second call does nothing."""
        if self._parts:
            self._parts[-1].close()

    def files(self) -> Iterator[RecordedFile]:
        """Yield a row for each part so far."""
        for part in self._parts:
            yield RecordedFile(
                str(part.path),
                self._user,
                "audio",
                CODEC_NAMES[self._format],
                part.samples / part.format[0],
                part.frames,
                part.lost,
            )


class AudioPart:
    """One file of one rate and channel count."""

    def __init__(self, path: Path, audio_format: AudioFormat, sample_rate_hz: int, channels: int) -> None:
        self.path = path
        self.format = (sample_rate_hz, channels)
        self.samples = 0
        self.frames = 0
        self.lost = 0
        self._block = BYTES_PER_SAMPLE * channels
        self._timeline = Timeline(sample_rate_hz)
        self._writer: AudioWriter | None = open_writer(audio_format, path, sample_rate_hz, channels)

    def write(self, at_us: int, epoch: int, frame: PcmFrame, lost: int) -> None:
        """Append one frame: silence for what is missing before it, without what was there already."""
        samples = frame.samples - frame.padding
        gap = self._timeline.silence_before(epoch, frame.pts_us, at_us, samples)
        if gap > 0:
            self._silence(gap * self._block)
        self._append(memoryview(frame.data)[max(0, -gap) * self._block : samples * self._block])
        self.frames += 1
        self.lost += lost

    def flush(self) -> None:
        """Make the file readable up to here."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Finish the file; a second call does nothing."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _silence(self, size: int) -> None:
        while size > 0:
            self._append(memoryview(bytes(min(size, SILENCE_CHUNK_BYTES))))
            size -= SILENCE_CHUNK_BYTES

    def _append(self, data: memoryview) -> None:
        assert self._writer is not None, "written after close"
        self._writer.write(data)
        self.samples += len(data) // self._block
