"""A container from its first packet to its last: a row for each track, whatever it is."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from agora_cli.clock import Stop
from agora_cli.commands.inspect.report import FileReport, ParameterSets, TrackCount, TrackReport, counted, level_name
from agora_cli.commands.inspect.sample_entries import sample_entries
from agora_cli.errors import AgoraError, InputError
from agora_cli.media.ffmpeg import reason, time_base_of
from agora_cli.native.annexb import Converter, parse_extradata
from agora_cli.native.scan import NalCodec, nal_units
from agora_cli.sources.container.file import check_complete, check_packet, is_encrypted
from agora_cli.sources.container.plan import COPIED, ContainerOptions, choose_codec, pcm_format
from agora_cli.sources.container.sampling import sampling_of

SLICE_TYPES = (1, 5)
UNKNOWN = "unknown"
_NOT_SENT = {"subtitle": "subtitles", "attachment": "an attached file"}


def inspect_container(path: str, container: InputContainer, stop: Stop) -> FileReport:
    streams = [stream for stream in container.streams if stream.type != "attachment"]
    counts = {stream.index: TrackCount(time_base_of(stream)) for stream in streams}
    nals = {stream.index: _NalCount(stream) for stream in streams if _codec_of(stream) in ("h264", "hevc")}
    encrypted: set[int] = set()
    fault = None
    try:
        for packet in container.demux(streams) if streams else ():  # without any, PyAV takes all
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
    tracks = tuple(
        _track(stream, counts.get(stream.index, TrackCount()), stream.index in encrypted)
        for stream in container.streams
    )
    tracks = _named(tracks, path)
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


def _named(tracks: tuple[TrackReport, ...], path: str) -> tuple[TrackReport, ...]:
    """Return the tracks with what the file itself calls those that FFmpeg has no decoder for."""
    if all(track.codec != UNKNOWN for track in tracks):
        return tracks
    names = sample_entries(Path(path))
    if len(names) != len(tracks):
        return tracks
    return tuple(
        replace(track, codec=name) if track.codec == UNKNOWN else track
        for track, name in zip(tracks, names, strict=True)
    )


def _track(stream: Any, count: TrackCount, encrypted: bool) -> TrackReport:
    number = stream.index + 1
    codec = _codec_of(stream)
    context = stream.codec_context
    if stream.type not in ("video", "audio"):
        what = _NOT_SENT.get(stream.type, "neither picture nor sound")
        return TrackReport(number, "other", codec, sending=f"not sent: {what}", **counted(count, keyframes=False))
    if stream.type == "audio":
        return TrackReport(
            number=number,
            kind="audio",
            codec=codec,
            profile=context.profile if context else None,
            sample_rate_hz=stream.rate if context else None,
            channels=stream.channels if context else None,
            encrypted=encrypted,
            sending="cannot be sent: encrypted" if encrypted else _sound_sending(stream),
            **counted(count, keyframes=False),
        )
    rate, constant = count.frame_rate()
    extradata = context.extradata or b"" if context else b""
    return TrackReport(
        number=number,
        kind="video",
        codec=codec,
        profile=context.profile if context else None,
        level=level_name(codec, context.level) if context else None,
        width=context.width if context else None,
        height=context.height if context else None,
        sampling=sampling_of(stream),
        frame_rate=stream.average_rate if constant and stream.average_rate else rate,
        constant_rate=constant,
        parameter_sets=_parameter_sets(count, extradata, codec) if not encrypted else None,
        encrypted=encrypted,
        sending="cannot be sent: encrypted" if encrypted else _picture_sending(stream),
        **counted(count),
    )


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
    return str(stream.codec_context.codec.canonical_name) if stream.codec_context is not None else UNKNOWN
