"""Look at a media file from its first packet to its last, and say how it would be sent."""

from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agora_cli.clock import Stop
from agora_cli.commands.inspect.report import ParameterSets, TrackCount, TrackReport
from agora_cli.errors import AgoraError, InputError
from agora_cli.media.ffmpeg import reason, time_base_of
from agora_cli.media.presentation_order import PresentationOrder
from agora_cli.media.signature import SIGNATURE_BYTES, identify, starts_like_annexb
from agora_cli.native.access_unit import AccessUnit
from agora_cli.native.annexb import Converter, parse_extradata
from agora_cli.native.scan import NalCodec, nal_units
from agora_cli.native.sps import Sps
from agora_cli.sources.container.file import check_complete, check_packet, is_encrypted, open_container_file
from agora_cli.sources.container.plan import ContainerOptions, choose_codec
from agora_cli.sources.container.sound import COPIED, pcm_format
from agora_cli.sources.h264 import DEFAULT_RATE, read_access_units
from agora_cli.sources.input import open_input

if TYPE_CHECKING:
    from av.container import InputContainer

SLICE_TYPES = (1, 5)
SPS_TYPE = 7
_PROFILES = {
    66: "Baseline",
    77: "Main",
    88: "Extended",
    100: "High",
    110: "High 10",
    122: "High 4:2:2",
    244: "High 4:4:4 Predictive",
}
_CONSTRAINED = 0x40  # constraint_set1_flag
_LEVEL_STEPS = {"h264": 10, "hevc": 30}  # how often level 1 goes into the number in the stream


@dataclass(frozen=True, slots=True)
class FileReport:
    """A whole file; `fault` is one line on what is wrong with it, None when nothing is."""

    path: str
    container: str
    size_bytes: int
    seconds: float
    tracks: tuple[TrackReport, ...]
    fault: str | None = None


def inspect_file(path: str, stop: Stop) -> FileReport:
    """Read a whole file: a container, a sound file, or an H.264 byte stream.

    A damaged file is reported up to its damage, `fault` says where that is. Raises InputError for what cannot be
    read at all.
    """
    with open_input(path, stop) as source:
        if not source.is_file:
            raise InputError("not-a-file", f"{source.name} is a pipe, expected a file")
        head = source.peek(SIGNATURE_BYTES)
        if identify(head) == "unknown" and starts_like_annexb(head):
            return _inspect_elementary(path, stop)
        with closing(open_container_file(source)) as container:
            return _inspect_container(path, container, stop)


def _inspect_elementary(path: str, stop: Stop) -> FileReport:
    units: list[AccessUnit] = []
    fault = None
    try:
        units.extend(unit for unit in read_access_units(path, stop) if unit.slices)
    except InputError as error:
        fault = error.message
    sps = next((unit.sps for unit in units if unit.sps is not None), None)
    if sps is None:
        raise InputError("no-parameter-sets", f"{path}: no picture with its parameter sets in it")
    rate = sps.frame_rate or DEFAULT_RATE
    order: PresentationOrder[int] = PresentationOrder()
    placed = [place for n, unit in enumerate(units) for place in order.push(0, unit.epoch, unit.poc, n)] + order.flush()
    count = TrackCount()
    for place in placed:
        unit = units[place.picture]
        count.add(place.shown / rate, 1 / rate, len(unit.data), unit.keyframe)
        count.slices.append(unit.slices)
        count.in_band += unit.keyframe and SPS_TYPE in unit.nal_types
    timing = "its own timing" if sps.frame_rate else "25 a second, as it says no rate (--fps)"
    report = TrackReport(
        number=1,
        kind="video",
        codec="h264",
        profile=_profile_name(sps),
        level=_level_name("h264", sps.level_idc),
        width=sps.width,
        height=sps.height,
        frame_rate=sps.frame_rate,
        constant_rate=sps.fixed_frame_rate if sps.frame_rate else None,
        parameter_sets=_parameter_sets(count, b"", "h264"),
        sending=f"send-h264: passes through, {timing}",
        **_counted(count),
    )
    size = Path(path).stat().st_size
    return FileReport(path, "H.264 byte stream", size, float(count.seconds), (report,), fault)


def _inspect_container(path: str, container: "InputContainer", stop: Stop) -> FileReport:
    import av

    streams = [stream for stream in container.streams if stream.type in ("video", "audio")]
    counts = {stream.index: TrackCount(time_base_of(stream)) for stream in streams}
    nals = {stream.index: _NalCount(stream) for stream in streams if _codec_of(stream) in ("h264", "hevc")}
    encrypted: set[int] = set()
    fault = None
    try:
        for packet in container.demux(streams):
            if stop.is_set():
                break
            if packet.size == 0 and packet.dts is None:
                continue
            check_packet(container, packet, path)
            if is_encrypted(packet):
                encrypted.add(packet.stream_index)
            _count(packet, counts[packet.stream_index], nals.get(packet.stream_index), packet.stream_index in encrypted)
        check_complete(container, path)
    except InputError as error:
        fault = error.message
    except av.FFmpegError as error:
        fault = f"{path}: {reason(error)}"
    tracks = tuple(_track(stream, counts.get(stream.index), stream.index in encrypted) for stream in container.streams)
    seconds = max((track.start_s + track.seconds for track in tracks), default=0.0)
    return FileReport(path, container.format.long_name, max(0, container.size), seconds, tracks, fault)


class _NalCount:
    """Looks into the packets of an H264 or H265 track."""

    def __init__(self, stream: Any) -> None:
        self._codec: NalCodec = "h264" if _codec_of(stream) == "h264" else "h265"
        self._converter = Converter(self._codec, stream.codec_context.extradata or b"")

    def look(self, packet: Any, count: TrackCount) -> None:
        """Count slices, and keyframes that carry their own parameter sets. Raises InputError."""
        unit = self._converter.convert(bytes(packet), packet.is_keyframe)
        types = [nal.type for nal in nal_units(unit, self._codec)]
        if self._codec == "h264":
            count.slices.append(sum(kind in SLICE_TYPES for kind in types))
        else:
            count.slices.append(sum(kind < 32 for kind in types))  # H.265 table 7-1: 0..31 are slice segments
        count.in_band += packet.is_keyframe and self._converter.inserted_bytes == 0


def _count(packet: Any, count: TrackCount, nals: _NalCount | None, encrypted: bool) -> None:
    time_base = Fraction(packet.time_base)
    ticks = packet.pts if packet.pts is not None else packet.dts or 0
    count.add(ticks * time_base, (packet.duration or 0) * time_base, packet.size, packet.is_keyframe)
    if nals is not None and not encrypted:
        try:
            nals.look(packet, count)
        except InputError as error:
            raise InputError("malformed-media", f"packet at byte {packet.pos}: {error.message}") from None


def _track(stream: Any, count: TrackCount | None, encrypted: bool) -> TrackReport:
    number = stream.index + 1
    codec = _codec_of(stream)
    if count is None:
        return TrackReport(number, "other", codec, sending="not sent")
    context = stream.codec_context
    if stream.type == "audio":
        return TrackReport(
            number=number,
            kind="audio",
            codec=codec,
            profile=context.profile if context else None,
            sample_rate_hz=stream.rate,
            channels=stream.channels,
            encrypted=encrypted,
            sending="cannot be sent: encrypted" if encrypted else _sound_sending(stream),
            **_counted(count, keyframes=False),
        )
    rate, constant = count.frame_rate()
    extradata = context.extradata or b"" if context else b""
    return TrackReport(
        number=number,
        kind="video",
        codec=codec,
        profile=context.profile if context else None,
        level=_level_name(codec, context.level) if context else None,
        width=context.width if context else None,
        height=context.height if context else None,
        frame_rate=stream.average_rate if constant and stream.average_rate else rate,
        constant_rate=constant,
        parameter_sets=_parameter_sets(count, extradata, codec) if not encrypted else None,
        encrypted=encrypted,
        sending="cannot be sent: encrypted" if encrypted else _picture_sending(stream),
        **_counted(count),
    )


def _counted(count: TrackCount, keyframes: bool = True) -> dict[str, Any]:
    """Return the fields of a report that come from counting."""
    fields: dict[str, Any] = {
        "packets": count.packets,
        "start_s": float(count.start_s or 0),
        "seconds": float(count.seconds),
        "bitrate_bps": count.bitrate_bps,
        "kilobits": count.kilobits(),
    }
    if keyframes:
        fields |= {
            "keyframes": len(count.keyframes),
            "keyframe_interval_s": count.keyframe_interval_s(),
            "b_frames": count.b_frames,
            "slices": (min(count.slices), max(count.slices)) if count.slices else None,
        }
    return fields


def _parameter_sets(count: TrackCount, extradata: bytes, codec: str) -> ParameterSets | None:
    if codec not in ("h264", "hevc"):
        return None
    outside = False
    if extradata:
        try:
            outside = bool(parse_extradata("h264" if codec == "h264" else "h265", extradata).parameter_sets)
        except InputError:
            outside = False
    inside = bool(count.keyframes) and count.in_band == len(count.keyframes)
    if outside:
        return "in and out of band" if inside else "out of band"
    return "in band" if inside or count.in_band else "missing"


def _picture_sending(stream: Any) -> str:
    if stream.codec_context is None or not stream.codec_context.width:
        return "cannot be sent: nothing here decodes it"
    try:
        choice = choose_codec(stream, ContainerOptions())
    except AgoraError as error:
        return f"cannot be sent: {error.message}"
    if choice.action == "pass":
        return f"send-mp4: passes through as {choice.codec}"
    if choice.codec is None:
        return f"cannot be sent: {choice.reason}"
    return f"send-mp4: encoded again as {choice.codec}: {choice.reason}"


def _sound_sending(stream: Any) -> str:
    if stream.codec_context is None:
        return "cannot be sent: nothing here decodes it"
    info, notes = pcm_format(stream)
    copied = COPIED.get(_codec_of(stream))
    copy = f", or passed through with --audioCodec copy as {copied}" if copied else ""
    changed = "".join(f"; {note}" for note in notes)
    return f"decoded to PCM, {info.sample_rate_hz} Hz, {info.channels} channel(s){changed}{copy}"


def _codec_of(stream: Any) -> str:
    return str(stream.codec_context.codec.canonical_name) if stream.codec_context is not None else "unknown"


def _profile_name(sps: Sps) -> str:
    name = _PROFILES.get(sps.profile_idc, str(sps.profile_idc))
    return f"Constrained {name}" if sps.profile_idc == 66 and sps.constraint_flags & _CONSTRAINED else name


def _level_name(codec: str, level: int | None) -> str | None:
    steps = _LEVEL_STEPS.get(codec)
    if steps is None or level is None or level <= 0:
        return None
    return f"{level / steps:g}"
