"""Small media files made on the spot by PyAV, so that none has to be kept."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from agora_cli.frames import EncodedVideo
from agora_cli.native.scan import nal_units

CONFORMANCE = Path(__file__).parents[2] / "shared" / "conformance" / "h264"
NTSC = Fraction(30_000, 1001)
RATE_HZ = 48_000
# Else FFmpeg guesses how many pictures are reordered where the VUI does not say it, and drops what comes late.
STRICT = {"strict": "strict"}


@dataclass(frozen=True)
class Film:
    """What to make: `pictures` of a moving bar at `rate`, and a tone of the same length unless `sound` is ""."""

    pictures: int = 60
    rate: Fraction = NTSC
    size: tuple[int, int] = (160, 120)
    codec: str = "libx264"
    b_frames: int = 2
    gop: int = 15
    sound: str = "aac"
    channels: int = 1
    sound_rate_hz: int = RATE_HZ
    sound_delay_s: Fraction = Fraction(0)
    codec_options: dict[str, str] = field(default_factory=dict)
    muxer_options: dict[str, str] = field(default_factory=dict)
    picture_times: Sequence[int] | None = None  # in milliseconds, instead of `rate`
    second_video: bool = False


FILM = Film()


def picture(index: int, size: tuple[int, int]) -> "av.VideoFrame":
    """Return a grey picture whose brightness and bar tell its index."""
    width, height = size
    plane = np.full((height * 3 // 2, width), 128, np.uint8)
    plane[:height] = 16 + index * 3 % 200
    left = index * 4 % (width - 16)
    plane[:height, left : left + 16] = 230
    return av.VideoFrame.from_ndarray(plane, format="yuv420p")


def make_film(path: Path | io.BytesIO, film: Film = FILM, muxer: str | None = None) -> Any:
    """Write a file by its suffix or `muxer`; return the path."""
    target = path if isinstance(path, io.BytesIO) else str(path)
    with av.open(target, "w", format=muxer, options=dict(film.muxer_options)) as out:
        videos = [_video_stream(out, film) for _ in range(1 + film.second_video)] if film.codec else []
        audio: Any = out.add_stream(film.sound, rate=film.sound_rate_hz) if film.sound else None
        if audio is not None:
            audio.layout = {1: "mono", 2: "stereo", 6: "5.1"}[film.channels]
        for index in range(film.pictures):
            for stream in videos:
                frame = picture(index, film.size)
                frame.time_base = Fraction(1, 1000) if film.picture_times else 1 / film.rate
                frame.pts = film.picture_times[index] if film.picture_times else index
                out.mux(stream.encode(frame))
            if audio is not None:
                for frame in _tone(film, index):
                    out.mux(audio.encode(frame))
        for stream in [*videos, *([audio] if audio is not None else [])]:
            out.mux(stream.encode(None))
    return path


def retagged(path: Path, *renamed: tuple[str, str]) -> Path:
    """Rename four-character codes in a file in place, so that its tracks say that they are something else."""
    data = path.read_bytes()
    for old, new in renamed:
        data = data.replace(old.encode("latin-1"), new.encode("latin-1"))
    path.write_bytes(data)
    return path


def sound_as(handler: str, code: str) -> tuple[tuple[str, str], ...]:
    """Return what makes an MP4's AAC track one of another handler and sample entry."""
    return ("mp4a", code), ("esds", "free"), ("soun", handler), ("smhd", "nmhd")


def video_as(handler: str, code: str) -> tuple[tuple[str, str], ...]:
    """Return what makes an MP4's H.264 track one of another handler and sample entry."""
    return ("avc1", code), ("avcC", "free"), ("vide", handler), ("vmhd", "nmhd")


def elementary(film: Film = FILM, in_band: bool = True) -> bytes:
    """Return an Annex-B stream of the film's picture; without `in_band` sets stand before the first picture only."""
    target = io.BytesIO()
    plain = Film(
        film.pictures,
        film.rate,
        film.size,
        "libx264",
        film.b_frames,
        film.gop,
        sound="",
        codec_options=film.codec_options,
    )
    make_film(target, plain, "h264")
    stream = target.getvalue()
    if in_band:
        return stream
    first = {nal.type: nal for nal in reversed(list(nal_units(stream)))}
    kept = [nal for nal in nal_units(stream) if nal.type not in (7, 8) or nal == first[nal.type]]
    return b"".join(b"\0\0\0\1" + stream[nal.offset : nal.offset + nal.length] for nal in kept)


def rewrap(units: Sequence[EncodedVideo], target: Path, **options: str) -> Path:
    """Put access units into a container as they are, with their times."""
    with av.open(io.BytesIO(bytes(units[0].data)), format="h264") as probe:
        with av.open(str(target), "w", options=options) as out:
            copy: Any = out.add_stream_from_template(probe.streams.video[0], opaque=True)
            for unit in units:
                packet = av.Packet(bytes(unit.data))
                packet.stream, packet.time_base = copy, Fraction(1, 1_000_000)
                packet.pts, packet.dts, packet.is_keyframe = unit.pts_us, unit.dts_us, unit.keyframe
                # A last sample without a length would lie outside the edit list.
                packet.duration = int(1_000_000 / unit.frame_rate) if unit.frame_rate else 40_000
                out.mux(packet)
    return target


def decoded(annexb: bytes) -> list[int]:
    """Return a hash of each picture that an Annex-B stream decodes to, in the order of showing."""
    context = _decoder()
    return _hashes(context, [*context.parse(annexb), *context.parse(b"")])


def decoded_units(units: Sequence[bytes]) -> list[int]:
    """Return a hash of each picture that access units decode to, each handed over as one packet."""
    return _hashes(_decoder(), [av.Packet(unit) for unit in units])


def decoded_file(path: Path) -> list[int]:
    """Return a hash of each picture in the first video track of a file."""
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.options = STRICT
        return _hashes(container.streams.video[0].codec_context, container.demux(video=0), flush=False)


def _decoder() -> Any:
    context = av.CodecContext.create("h264", "r")
    context.options = STRICT
    return context


def _hashes(context: Any, packets: "Iterable[av.Packet[Any]]", flush: bool = True) -> list[int]:
    hashes = [_hash(frame) for packet in packets for frame in context.decode(packet)]
    return hashes + ([_hash(frame) for frame in context.decode(None)] if flush else [])


def _hash(frame: Any) -> int:
    return hash(frame.to_ndarray(format="yuv420p").tobytes())


def _video_stream(out: Any, film: Film) -> Any:
    stream = out.add_stream(film.codec, rate=film.rate)
    stream.width, stream.height, stream.pix_fmt = *film.size, "yuv420p"
    stream.codec_context.gop_size = film.gop
    if film.codec in ("libx264", "libx265"):
        stream.codec_context.max_b_frames = film.b_frames
    if film.picture_times:
        stream.codec_context.time_base = Fraction(1, 1000)
    stream.codec_context.thread_count = 1
    stream.options = {"libx265": {"x265-params": "log-level=0"}, "libx264": {"sc_threshold": "0"}}.get(
        film.codec, {}
    ) | film.codec_options
    return stream


def _tone(film: Film, index: int) -> "list[av.AudioFrame]":
    """Return the sound that belongs to one picture: a tone whose samples are known by their number."""
    begin, end = (int(n / film.rate * film.sound_rate_hz) for n in (index, index + 1))
    wave = np.sin(np.arange(begin, end) * 0.05) * 20_000
    samples = np.repeat(wave.astype(np.int16)[:, None], film.channels, axis=1).reshape(1, -1)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[film.channels]
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
    frame.sample_rate = film.sound_rate_hz
    frame.pts = begin + int(film.sound_delay_s * film.sound_rate_hz)
    frame.time_base = Fraction(1, film.sound_rate_hz)
    return [frame]
