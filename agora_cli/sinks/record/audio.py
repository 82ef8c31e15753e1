"""A file of sound alone: one user's PCM on one axis, gaps as silence."""

from collections.abc import Iterator

from agora_cli.events import MediaReceived
from agora_cli.frames import BYTES_PER_SAMPLE, PcmFrame
from agora_cli.media.audio_writer import CODEC_NAMES, AudioFormat, AudioWriter, open_writer
from agora_cli.sinks.axis import Timeline
from agora_cli.sinks.output import OutputFile
from agora_cli.sinks.record.recorded_file import RecordedFile

SILENCE_CHUNK_BYTES = 1 << 20


class PlacedSound:
    """Turn frames with gaps, overlaps and padding into a run of samples without any.

    The format is fixed: one rate, one channel count.
    """

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self.block = BYTES_PER_SAMPLE * channels
        self._timeline = Timeline(sample_rate_hz)

    def pieces(self, event: MediaReceived, frame: PcmFrame) -> Iterator[memoryview]:
        """Yield the silence that is missing before a frame, then what of it is new."""
        samples = frame.samples - frame.padding
        gap = self._timeline.silence_before(event.epoch, frame.pts_us, event.at_us, samples)
        missing = gap * self.block
        while missing > 0:
            yield memoryview(bytes(min(missing, SILENCE_CHUNK_BYTES)))
            missing -= SILENCE_CHUNK_BYTES
        yield memoryview(frame.data)[max(0, -gap) * self.block : samples * self.block]


class AudioPart:
    """One sound file of one rate and channel count; it takes PcmFrames only."""

    def __init__(self, file: OutputFile, user: str, audio_format: AudioFormat, first: PcmFrame) -> None:
        self._path = file.path
        self._user = user
        self._audio_format = audio_format
        self._format = (first.sample_rate_hz, first.channels)
        self._sound = PlacedSound(*self._format)
        self._samples = 0
        self._frames = 0
        self._lost = 0
        self._writer: AudioWriter | None = open_writer(audio_format, file, *self._format)

    def accepts(self, event: MediaReceived) -> bool:
        """Tell whether a unit is sound of this file's rate and channels."""
        unit = event.unit
        return isinstance(unit, PcmFrame) and (unit.sample_rate_hz, unit.channels) == self._format

    def write(self, event: MediaReceived) -> None:
        """Append one frame."""
        assert self._writer is not None, "written after close"
        assert isinstance(event.unit, PcmFrame)
        for piece in self._sound.pieces(event, event.unit):
            self._writer.write(piece)
            self._samples += len(piece) // self._sound.block
        self._frames += 1
        self._lost += event.lost

    def flush(self) -> None:
        """Make the file readable up to here."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Finish the file; a second call does nothing."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def row(self) -> RecordedFile:
        """Return what is in the file so far."""
        seconds = self._samples / self._format[0]
        codec = CODEC_NAMES[self._audio_format]
        return RecordedFile(str(self._path), self._user, "audio", codec, seconds, self._frames, self._lost)
