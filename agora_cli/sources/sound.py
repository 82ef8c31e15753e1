"""Open anything that holds sound as a PcmSource: raw PCM, or whatever PyAV decodes."""

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.frames import BYTES_PER_SAMPLE, MICROSECONDS, Bytes
from agora_cli.media.ffmpeg import reason
from agora_cli.media.signature import SIGNATURE_BYTES, FileKind, is_framed, recognise
from agora_cli.sources.base import Excerpt
from agora_cli.sources.input import ByteInput, open_input
from agora_cli.sources.pcm import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, PcmSource
from agora_cli.sources.vorbis import UNTRIMMED, exact_end, vorbis_samples

# 2 GiB less the largest header that tools put before the samples.
UNKNOWN_FROM_BYTES = 0x7FFF0000
DEFAULT_RATE_HZ, DEFAULT_CHANNELS = 16_000, 1
# What raw PCM is called; a pipe has no name that could say it.
RAW_SUFFIXES = (".pcm", ".raw", ".sw", ".s16le")
# FFmpeg's own probe may think otherwise of so few frames.
_DEMUXERS: dict[FileKind, str] = {"mp3": "mp3", "aac": "aac", "loas": "loas", "mpegts": "mpegts"}


@dataclass(frozen=True, slots=True)
class RawPcm:
    """What the user says of raw PCM; None is unsaid."""

    sample_rate_hz: int | None = None
    channels: int | None = None


def open_audio(path: str, raw: RawPcm, excerpt: Excerpt, stop: Stop, downmix: bool = False) -> PcmSource:
    """Return a source for a file or `-` (stdin), recognised by its content.

    A container is decoded to s16le at its own rate and channels; a rate outside 8-48 kHz is resampled to
    48 kHz, and with `downmix` more than two channels become one; the source's notes say so. What is not
    recognised is raw PCM in the format `raw` (16 kHz mono where unsaid) when a rate is given, when its name ends
    like raw PCM's, or when it is a pipe. Raises InputError for everything else, for what cannot be sound, and for
    more than two channels.
    """
    source = open_input(path, stop)
    try:
        head = source.peek(SIGNATURE_BYTES)
        if not head and not stop.is_set():
            raise InputError("empty-file", f"{source.name} is empty")
        kind = recognise(source.peek, source.is_file)
        if kind == "text":
            raise InputError("not-sound", f"{source.name} is text, expected sound")
        if kind in ("jpeg", "png"):
            raise InputError("not-sound", f"{source.name} is a {kind.upper()} picture, expected sound")
        if excerpt.loops != 1 and not source.is_file:
            raise InputError("not-repeatable", f"{source.name} cannot be looped: it can be read only once")
        said = raw.sample_rate_hz is not None
        if said and is_framed(kind, head):
            kind = "unknown"
        if kind != "unknown":
            unneeded = said or raw.channels is not None
            notes = [f"{source.name} says its own format: that of raw PCM is not needed"] if unneeded else []
            return _open_container(source, kind, excerpt, stop, downmix, notes)
        if said or not source.is_file or source.name.lower().endswith(RAW_SUFFIXES):
            return _open_raw(source, raw, excerpt, stop)
        raise InputError(
            "unknown-sound",
            f"{source.name}: no sound format is recognised in it",
            hint="for raw s16le PCM give --sampleRate (and --numOfChannels), or name it .pcm",
        )
    except BaseException:
        source.close()
        raise


def _open_raw(source: ByteInput, raw: RawPcm, excerpt: Excerpt, stop: Stop) -> PcmSource:
    rate_hz, channels = raw.sample_rate_hz or DEFAULT_RATE_HZ, raw.channels or DEFAULT_CHANNELS
    warnings: tuple[str, ...] = ()
    said = {"--sampleRate": raw.sample_rate_hz, "--numOfChannels": raw.channels}
    if unsaid := " or ".join(option for option, value in said.items() if value is None):
        guess = f"raw s16le at {rate_hz} Hz, {channels} channel(s)"
        warnings = (f"{source.name}: {unsaid} not given, taken as {guess}",)

    def run() -> Iterator[Bytes]:
        with open_input(source.name, stop) if source.is_file else source as file:
            yield from file.chunks()

    length_s = Fraction(source.size, BYTES_PER_SAMPLE * channels * rate_hz) if source.size else None
    return PcmSource(run, rate_hz, channels, excerpt, warnings=warnings, name=source.name, length_s=length_s)


def _open_container(
    source: ByteInput, kind: FileKind, excerpt: Excerpt, stop: Stop, downmix: bool, notes: list[str]
) -> PcmSource:
    """Probe the container for its format; each run decodes a file anew, a pipe goes on from the probe."""
    container, stream = _open_stream(source, kind)
    rate_hz, channels = stream.rate or 0, stream.channels
    layout = stream.layout.name
    if downmix and channels > MAX_CHANNELS:
        notes.append(f"{source.name}: {channels} channels ({layout}) mixed to one")
        layout, channels = "mono", 1
    if channels > MAX_CHANNELS or channels < 1:
        container.close()
        raise InputError("too-many-channels", f"{source.name}: {channels} channels, expected 1 or 2")
    if rate_hz < MIN_RATE_HZ:
        container.close()
        raise InputError("sample-rate", f"{source.name}: {rate_hz} Hz, expected {MIN_RATE_HZ} or more")
    if rate_hz > MAX_RATE_HZ:
        notes.append(f"{source.name}: {rate_hz} Hz is above {MAX_RATE_HZ} Hz, resampled to that")
        rate_hz = MAX_RATE_HZ
    if stream.format.name not in ("s16", "s16p"):
        notes.append(f"{source.name}: {stream.codec_context.name} ({stream.format.name}) converted to 16 bits")

    promised = promised_samples(source.name) if kind == "wav" and source.is_file else None

    def run() -> Iterator[Bytes]:
        opened, sound = _open_stream(source, kind) if source.is_file else (container, stream)
        with opened:
            yield from _decode(opened, sound, source.name, rate_hz, layout, promised, stop)

    length_s = Fraction(container.duration, MICROSECONDS) if container.duration else None
    if source.is_file:
        container.close()
    return PcmSource(run, rate_hz, channels, excerpt, tuple(notes), name=source.name, length_s=length_s)


def _open_stream(source: ByteInput, kind: FileKind) -> tuple[Any, AudioStream]:
    framed = kind == "mpegts" or is_framed(kind, source.peek(SIGNATURE_BYTES))
    demuxer = _DEMUXERS.get(kind) if framed else None
    try:
        container = av.open(source.name if source.is_file else source, "r", format=demuxer, metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        raise InputError("malformed-media", f"{source.name}: not readable as {kind}: {reason(error)}") from error
    if not container.streams.audio:
        container.close()
        raise InputError("no-sound", f"{source.name}: no sound in it")
    return container, container.streams.audio[0]


def promised_samples(path: str) -> int | None:
    """Return the samples per channel that the header of a PCM WAV promises, None where it does not know.

    Who writes WAV into a pipe cannot know, and promises 2 GiB or more.
    """
    try:
        with wave.open(path, "rb") as file:
            samples, block = file.getnframes(), file.getnchannels() * file.getsampwidth()
    except (wave.Error, EOFError, OSError):
        return None  # not PCM, or not whole: FFmpeg judges that
    return samples if 0 < samples * block < UNKNOWN_FROM_BYTES else None


def _decode(
    container: Any, stream: AudioStream, name: str, rate_hz: int, layout: str, promised: int | None, stop: Stop
) -> Iterator[Bytes]:
    """Yield interleaved s16le; a fault in the middle is raised after all that could be decoded before it."""
    samples = 0
    resampler = av.AudioResampler(format="s16", layout=layout, rate=rate_hz)
    exact = vorbis_samples(container, stream) if rate_hz == stream.rate else None
    if exact is not None:
        stream.codec_context.options = UNTRIMMED

    def converted() -> Iterator[bytes]:
        nonlocal samples
        for frame in container.decode(stream):
            if stop.is_set():
                return
            samples += frame.samples
            yield from map(_samples, resampler.resample(frame))
        yield from map(_samples, resampler.resample(None))

    block = BYTES_PER_SAMPLE * resampler.layout.nb_channels
    try:
        yield from converted() if exact is None else exact_end(converted(), exact * block, block)
    except av.FFmpegError as error:
        raise InputError("malformed-media", f"{name}: {reason(error)}") from error
    if promised is not None and samples < promised:
        raise InputError(
            "cut-short",
            f"{name}: ends after {samples} of the {promised} samples that its header promises",
            hint="all that is there was sent",
        )


def _samples(frame: Any) -> bytes:
    """Return the samples of a packed s16 frame; its plane may be padded for alignment."""
    return bytes(frame.planes[0])[: frame.samples * 2 * len(frame.layout.channels)]
