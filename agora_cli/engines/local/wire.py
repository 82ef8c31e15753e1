"""The header of a unit on the local channel: a zenoh attachment; the payload is the unit's data, nothing else.

Little-endian. 23 fixed bytes, the sender's user name, then the fields of the unit's kind:

    u8 version, u8 kind, u64 epoch, u32 seq, i64 pts_us, u8 length + user
    PCM       u32 sample_rate_hz, u8 channels, u32 padding
    AUDIO     u8 codec, u32 sample_rate_hz, u8 channels, u32 samples
    VIDEO     u8 codec, i64 dts_us, u32 width, u32 height, u8 keyframe, u32 + u32 frame rate (0 / 0: none)
    PICTURE   u8 format, u8 color_space, u32 width, u32 height, u32 bytes of the alpha plane after the picture
    AUDIO_METADATA, VIDEO_METADATA   nothing
    MESSAGE   nothing; pts_us is the sender's media clock
    FENCE     nothing; never leaves its process, see receive.py

`seq` counts the units of one kind and sender, modulo 2**32. `epoch` is the sender's monotonic clock at its
join in nanoseconds, the same for all processes of a machine: the later of two joins is the greater.
"""

import struct
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeVar, get_args

from agora_cli.engines.impairment import Medium
from agora_cli.engines.limits import MAX_MESSAGE_BYTES
from agora_cli.errors import InputError
from agora_cli.frames import (
    BYTES_PER_SAMPLE,
    AudioCodec,
    Bytes,
    ColorSpace,
    EncodedAudio,
    EncodedVideo,
    Metadata,
    PcmFrame,
    PixelFormat,
    RawVideo,
    Track,
    Unit,
    VideoCodec,
)

VERSION = 1
PCM, AUDIO, VIDEO, PICTURE, AUDIO_METADATA, VIDEO_METADATA, MESSAGE, FENCE = range(8)
SEQ_MODULUS = 2**32
MAX_RATE_HZ = 768_000
MAX_CHANNELS = 16
_MIB = 1024 * 1024
# A picture of 7680 x 4320 in RGBA has 127 MiB; nothing else comes near what it may have.
MAX_UNIT_BYTES = {
    PCM: 4 * _MIB,
    AUDIO: _MIB,
    VIDEO: 32 * _MIB,
    PICTURE: 160 * _MIB,
    AUDIO_METADATA: _MIB,
    VIDEO_METADATA: _MIB,
    MESSAGE: MAX_MESSAGE_BYTES,
    FENCE: 0,
}
# What encryption may add to a unit.
_SEAL_BYTES = 64

_FIXED = struct.Struct("<BBQIqB")
_PCM = struct.Struct("<IBI")
_AUDIO = struct.Struct("<BIBI")
_VIDEO = struct.Struct("<BqIIBII")
_PICTURE = struct.Struct("<BBIII")

_AUDIO_CODECS: tuple[AudioCodec, ...] = get_args(AudioCodec)
_VIDEO_CODECS: tuple[VideoCodec, ...] = get_args(VideoCodec)
_FORMATS: tuple[PixelFormat, ...] = get_args(PixelFormat)
_COLOR_SPACES: tuple[ColorSpace, ...] = get_args(ColorSpace)

MAX_HEADER_BYTES = _FIXED.size + 255 + max(fields.size for fields in (_PCM, _AUDIO, _VIDEO, _PICTURE))

_KINDS: dict[type, int] = {PcmFrame: PCM, EncodedAudio: AUDIO, EncodedVideo: VIDEO, RawVideo: PICTURE}
_METADATA_KINDS: dict[Track, int] = {"audio": AUDIO_METADATA, "video": VIDEO_METADATA}
_METADATA_TRACKS = {kind: track for track, kind in _METADATA_KINDS.items()}


class Origin(NamedTuple):
    """Who sent a header, and which in its row it is; `end` is where the fields of the kind begin."""

    kind: int
    epoch: int
    seq: int
    pts_us: int
    user: str
    end: int


def kind_of(unit: Unit) -> int:
    """Return the kind under which a unit travels, and is counted."""
    return _METADATA_KINDS[unit.track] if isinstance(unit, Metadata) else _KINDS[type(unit)]


def medium_of(kind: int) -> Medium:
    """Return what a kind is part of."""
    if kind == MESSAGE:
        return "data"
    return "audio" if kind in (PCM, AUDIO, AUDIO_METADATA) else "video"


def check_size(kind: int, size: int) -> None:
    """Raise InputError for a payload, sealed or not, that is larger than its kind can be."""
    if size > MAX_UNIT_BYTES.get(kind, 0) + _SEAL_BYTES:
        raise InputError("wire-size", f"payload of {size} bytes, kind {kind} has at most {MAX_UNIT_BYTES.get(kind, 0)}")


def pack_origin(kind: int, epoch: int, seq: int, pts_us: int, user: bytes) -> bytes:
    """Return the fixed part of a header and the user; raises InputError for a time beyond 64 bits."""
    try:
        return _FIXED.pack(VERSION, kind, epoch, seq, pts_us, len(user)) + user
    except struct.error as error:
        raise InputError("unit-range", f"cannot send a unit at {pts_us} us: {error}") from error


def unpack_origin(header: bytes) -> Origin:
    """Read the fixed part of a header and the user. Raises InputError."""
    if len(header) < _FIXED.size:
        raise _cut("fixed part", _FIXED.size, len(header))
    version, kind, epoch, seq, pts_us, length = _FIXED.unpack_from(header)
    if version != VERSION:
        raise InputError("wire-version", f"unit header at byte 0: version {version}, expected {VERSION}")
    end = _FIXED.size + length
    if len(header) < end:
        raise _cut("user", end, len(header))
    try:
        user = header[_FIXED.size : end].decode()
    except UnicodeDecodeError as error:
        raise InputError("wire-user", f"unit header at byte {_FIXED.size}: user is not UTF-8") from error
    if not user or "\0" in user:
        raise InputError("wire-user", f"unit header at byte {_FIXED.size}: user {user!r} is empty or holds a NUL")
    return Origin(kind, epoch, seq, pts_us, user, end)


def pack_unit(unit: Unit, epoch: int, seq: int, user: bytes) -> tuple[bytes, Bytes]:
    """Return header and payload; the payload is `unit.data` itself except for a picture with alpha.

    Raises InputError for a number that its field cannot hold.
    """
    kind = kind_of(unit)
    if len(unit.data) > MAX_UNIT_BYTES[kind]:
        raise InputError(
            "unit-size",
            f"cannot send {type(unit).__name__} of {len(unit.data)} bytes, at most {MAX_UNIT_BYTES[kind]} fit a packet",
        )
    origin = pack_origin(kind, epoch, seq, unit.pts_us, user)
    try:
        return origin + _pack_fields(unit), _payload(unit)
    except struct.error as error:
        raise InputError("unit-range", f"cannot send {type(unit).__name__} at {unit.pts_us} us: {error}") from error


def unpack_unit(origin: Origin, header: bytes, payload: bytes) -> Unit:
    """Return the unit; `origin` comes from the same header. Raises InputError at the byte that is wrong."""
    kind, _, _, pts_us, _, at = origin
    if kind == PCM:
        rate, channels, padding = _fields(_PCM, "PCM", header, at)
        _check_sound(rate, channels, at)
        if len(payload) % (BYTES_PER_SAMPLE * channels) or padding > len(payload) // (BYTES_PER_SAMPLE * channels):
            raise InputError(
                "wire-value", f"PCM of {len(payload)} bytes, {channels} channels, {padding} samples of padding"
            )
        return PcmFrame(pts_us, rate, channels, payload, padding)
    if kind == AUDIO:
        codec, rate, channels, samples = _fields(_AUDIO, "audio", header, at)
        _check_sound(rate, channels, at)
        return EncodedAudio(pts_us, _name(_AUDIO_CODECS, codec, at), rate, channels, samples, payload)
    if kind == VIDEO:
        codec, dts_us, width, height, keyframe, top, bottom = _fields(_VIDEO, "video", header, at)
        frame_rate = Fraction(top, bottom) if bottom else None
        codec_name = _name(_VIDEO_CODECS, codec, at)
        return EncodedVideo(pts_us, dts_us, codec_name, width, height, bool(keyframe), payload, frame_rate)
    if kind == PICTURE:
        return _unpack_picture(pts_us, header, at, payload)
    if kind in _METADATA_TRACKS:
        if len(header) != at:
            raise _cut("metadata fields", at, len(header))
        return Metadata(pts_us, _METADATA_TRACKS[kind], payload)
    raise InputError("wire-kind", f"unit header at byte 1: kind {kind} is not known")


def _pack_fields(unit: Unit) -> bytes:
    if isinstance(unit, PcmFrame):
        return _PCM.pack(unit.sample_rate_hz, unit.channels, unit.padding)
    if isinstance(unit, EncodedAudio):
        return _AUDIO.pack(_AUDIO_CODECS.index(unit.codec), unit.sample_rate_hz, unit.channels, unit.samples)
    if isinstance(unit, EncodedVideo):
        rate = unit.frame_rate
        top, bottom = (rate.numerator, rate.denominator) if rate is not None else (0, 0)
        codec = _VIDEO_CODECS.index(unit.codec)
        return _VIDEO.pack(codec, unit.dts_us, unit.width, unit.height, unit.keyframe, top, bottom)
    if isinstance(unit, RawVideo):
        alpha_bytes = len(unit.alpha) if unit.alpha is not None else 0
        space = _COLOR_SPACES.index(unit.color_space)
        return _PICTURE.pack(_FORMATS.index(unit.format), space, unit.width, unit.height, alpha_bytes)
    return b""


def _payload(unit: Unit) -> Bytes:
    if isinstance(unit, RawVideo) and unit.alpha:
        return b"".join((unit.data, unit.alpha))
    return unit.data


def _unpack_picture(pts_us: int, header: bytes, at: int, payload: bytes) -> RawVideo:
    pixel_format, space, width, height, alpha_bytes = _fields(_PICTURE, "picture", header, at)
    if alpha_bytes > len(payload):
        raise InputError(
            "wire-alpha", f"unit header at byte {at + 10}: alpha of {alpha_bytes} bytes in a payload of {len(payload)}"
        )
    picture = len(payload) - alpha_bytes
    return RawVideo(
        pts_us,
        _name(_FORMATS, pixel_format, at),
        width,
        height,
        payload[:picture] if alpha_bytes else payload,
        _name(_COLOR_SPACES, space, at + 1),
        payload[picture:] if alpha_bytes else None,
    )


def _check_sound(rate_hz: int, channels: int, at: int) -> None:
    if not (1 <= rate_hz <= MAX_RATE_HZ and 1 <= channels <= MAX_CHANNELS):
        raise InputError("wire-value", f"unit header at byte {at}: sound of {rate_hz} Hz, {channels} channels")


def _fields(layout: struct.Struct, what: str, header: bytes, at: int) -> tuple[int, ...]:
    if len(header) != at + layout.size:
        raise _cut(f"{what} fields", at + layout.size, len(header))
    return layout.unpack_from(header, at)


_N = TypeVar("_N")


def _name(names: Sequence[_N], number: int, at: int) -> _N:
    if number >= len(names):
        raise InputError("wire-value", f"unit header at byte {at}: value {number}, expected less than {len(names)}")
    return names[number]


def _cut(what: str, expected: int, got: int) -> InputError:
    return InputError("wire-length", f"unit header: {what} expected to end at byte {expected}, header is {got} bytes")
