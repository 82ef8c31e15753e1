"""Sound from a file or stdin as PCM frames: anything PyAV decodes, and raw s16le where its form is told."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from agora_cli.errors import InputError
from agora_cli.frames import BYTES_PER_SAMPLE, MICROSECONDS, PcmFrame
from agora_cli.vad.resample import ToMono16k

if TYPE_CHECKING:
    import av
    import numpy as np
    import numpy.typing as npt

RAW_SUFFIXES = {".pcm", ".raw", ".s16", ".s16le"}
BLOCK_BYTES = 1 << 16
RAW_HINT = "raw PCM needs --sampleRate and --numOfChannels"


@dataclass(frozen=True, slots=True)
class RawForm:
    """The form of raw interleaved s16le PCM."""

    sample_rate_hz: int = 16_000
    channels: int = 1


def read_pcm(path: str, raw: RawForm | None, stdin: BinaryIO) -> Iterator[PcmFrame]:
    """Yield the sound of a file, or of `stdin` where `path` is "-".

    `raw` says that there is no header; files that end in .pcm, .raw or .s16 are raw too, 16 kHz mono. WAV,
    FLAC, OGG, MP3, MP4 and all else that FFmpeg knows are told by content. Raises InputError where there is
    nothing, no sound, or none that can be decoded.
    """
    name = "stdin" if path == "-" else path
    if raw is None and Path(path).suffix.lower() in RAW_SUFFIXES:
        raw = RawForm()
    try:
        file = stdin if path == "-" else Path(path).open("rb")
    except OSError as error:
        raise InputError("file-open", f"cannot read {path}: {error.strerror}") from error
    with file:
        yield from _raw(file, raw, name) if raw else _decoded(file, name)


def to_mono_16k(frames: Iterable[PcmFrame]) -> "npt.NDArray[np.int16]":
    """Return all frames of a recording as 16 kHz mono samples: 115 MB an hour."""
    import numpy as np

    parts = [np.empty(0, np.int16)]
    resampler: ToMono16k | None = None
    form = (0, 0)
    for frame in frames:
        if resampler is None or form != (frame.sample_rate_hz, frame.channels):
            parts += [resampler.flush()] if resampler else []
            form = (frame.sample_rate_hz, frame.channels)
            resampler = ToMono16k(*form)
        parts.append(resampler.push(frame.data))
    if resampler is not None:
        parts.append(resampler.flush())
    return np.concatenate(parts)


def _raw(file: BinaryIO, form: RawForm, name: str) -> Iterator[PcmFrame]:
    unit = BYTES_PER_SAMPLE * form.channels
    taken, rest = 0, b""
    while block := file.read(BLOCK_BYTES):
        block = rest + block
        whole = len(block) // unit * unit
        rest = block[whole:]
        if whole:
            pts_us = taken // unit * MICROSECONDS // form.sample_rate_hz
            yield PcmFrame(pts_us, form.sample_rate_hz, form.channels, block[:whole])
        taken += whole
    if not taken:
        raise InputError("empty-input", f"{name} holds no sound: {len(rest)} bytes")


def _decoded(file: BinaryIO, name: str) -> Iterator[PcmFrame]:
    import av

    source: Any = file if file.seekable() else io.BytesIO(file.read())  # MP4 is read from both ends
    if not source.read(1):
        raise InputError("empty-input", f"{name} is empty")
    source.seek(0)
    try:
        with av.open(source) as container:
            if not container.streams.audio:
                raise InputError("no-sound", f"{name} has no sound track")
            stream = container.streams.audio[0]
            stream.thread_type = "AUTO"
            yield from _frames(container, stream)
    except av.error.FFmpegError as error:
        raise InputError("not-audio", f"cannot decode {name}: {error.strerror}", RAW_HINT) from error


def _frames(container: "av.container.InputContainer", stream: "av.audio.stream.AudioStream") -> Iterator[PcmFrame]:
    import av

    resampler = av.AudioResampler(format="s16")
    samples = 0
    decoded = (frame for packet in container.demux(stream) for frame in packet.decode())
    for frame in decoded:
        for part in resampler.resample(frame):
            rate, channels = part.sample_rate, part.layout.nb_channels
            data = memoryview(part.planes[0])[: part.samples * channels * BYTES_PER_SAMPLE]
            yield PcmFrame(samples * MICROSECONDS // rate, rate, channels, bytes(data))
            samples += part.samples
