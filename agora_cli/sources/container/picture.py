"""The picture track of a container: its own bytes as a channel carries them, or encoded again."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.video.stream import VideoStream

from agora_cli.errors import InputError
from agora_cli.frames import Bytes, EncodedVideo
from agora_cli.media.av1 import with_sequence_header
from agora_cli.media.encode import EncoderSettings, VideoEncoder
from agora_cli.media.ffmpeg import reason
from agora_cli.native.annexb import Converter
from agora_cli.native.scan import SPS_TYPE
from agora_cli.native.sps import parse_sps
from agora_cli.sources.base import VideoInfo
from agora_cli.sources.container.clock import TickClock
from agora_cli.sources.container.extent import Extent
from agora_cli.sources.container.plan import DEFAULT_RATE, nominal_rate


class VideoCopier:
    """Send one run of a track as it is encoded: Annex-B for H264, temporal units for AV1, frames for VP8 and VP9.

    `extent` is from where its earliest picture is shown to where its last one ends.
    """

    def __init__(self, stream: VideoStream, info: VideoInfo, clock: TickClock, name: str) -> None:
        assert info.codec is not None
        self._codec = info.codec
        self._size = (info.width, info.height)
        self._rate = info.frame_rate
        self._clock = clock
        self._name = name
        self.extent = Extent(clock.time_base)
        rate = nominal_rate(stream) or DEFAULT_RATE
        self._interval = max(1, round(1 / (rate * clock.time_base)))
        self._extradata = stream.codec_context.extradata or b""
        self._converter = Converter("h264", self._extradata) if info.codec == "h264" else None
        self._sets: tuple[bytes, ...] = self._converter.parameter_sets if self._converter else ()

    def push(self, packet: "av.Packet[Any]") -> Iterator[EncodedVideo]:
        """Yield the packet as a unit. Raises InputError with the byte of the file where it is malformed."""
        clock = self._clock
        duration = packet.duration or self._interval
        dts, correction = clock.continued(packet.dts, duration)
        pts = dts if packet.pts is None else max(packet.pts + correction, dts)
        self.extent.cover(pts, duration)
        keyframe, data = self._unit(packet)
        width, height = self._size
        yield EncodedVideo(clock.us(pts), clock.us(dts), self._codec, width, height, keyframe, data, self._rate)

    def flush(self) -> Iterator[EncodedVideo]:
        """Yield nothing: a packet is sent as soon as it is read."""
        return iter(())

    def _unit(self, packet: "av.Packet[Any]") -> tuple[bool, Bytes]:
        keyframe = packet.is_keyframe
        if keyframe and packet.has_sidedata("new_extradata"):
            self._renew(bytes(packet.get_sidedata("new_extradata")))
        if self._converter is None:
            data: Bytes = memoryview(packet)
            if keyframe and self._codec == "av1":
                data = with_sequence_header(data, self._extradata)
            return keyframe, data
        fault = None
        try:
            data = self._converter.convert(memoryview(packet), keyframe)
        except InputError as error:
            fault = f"{self._name}: packet at byte {packet.pos}: {error.message}"
        if fault is not None:  # raised out here: the other traceback would keep the packet's memory borrowed
            raise InputError("malformed-media", fault)
        keyframe = self._converter.keyframe
        if keyframe:
            self._learn_size(self._converter)
        return keyframe, data

    def _renew(self, extradata: bytes) -> None:
        """Go on with the description that the container gives from this packet on."""
        self._extradata = extradata
        if self._converter is not None:
            self._converter = Converter("h264", extradata)

    def _learn_size(self, converter: Converter) -> None:
        """Take the picture's size from its parameter sets where they changed."""
        sets = converter.parameter_sets
        if sets == self._sets:
            return
        self._sets = sets
        for nal in sets:
            if nal[0] & 31 == SPS_TYPE:
                try:
                    sps = parse_sps(nal)
                except InputError:
                    continue  # a set that cannot be read changes no size; decoders will tell
                self._size = (sps.width, sps.height)


class VideoTranscoder:
    """Decode one run of a track and encode it again, without B-frames: times of sending and showing are one."""

    def __init__(self, stream: VideoStream, settings: EncoderSettings, clock: TickClock, name: str) -> None:
        self.extent = Extent()
        self._context = stream.codec_context
        self._context.thread_type = "AUTO"
        self._encoder = VideoEncoder(settings)
        self._clock = clock
        self._name = name
        self._interval = 1 / settings.frame_rate
        self._last_us: int | None = None

    def push(self, packet: "av.Packet[Any]") -> Iterator[EncodedVideo]:
        """Yield what a packet completes. Raises InputError for what cannot be decoded."""
        _, correction = self._clock.continued(packet.dts, packet.duration or 0)
        if correction and packet.pts is not None:
            packet.pts += correction
        yield from self._encoded(packet)

    def flush(self) -> Iterator[EncodedVideo]:
        """Yield what decoder and encoder still hold."""
        yield from self._encoded(None)
        yield from self._encoder.flush()

    def request_keyframe(self) -> None:
        """Make the next picture a keyframe."""
        self._encoder.request_keyframe()

    def _encoded(self, packet: "av.Packet[Any] | None") -> Iterator[EncodedVideo]:
        try:
            for frame in self._context.decode(packet):
                yield from self._frame(frame)
        except av.FFmpegError as error:
            where = f" at byte {packet.pos}" if packet is not None and packet.pos else ""
            raise InputError("malformed-media", f"{self._name}: picture{where}: {reason(error)}") from error

    def _frame(self, frame: av.VideoFrame) -> Iterator[EncodedVideo]:
        time_base = self._clock.time_base
        begin = frame.pts * time_base if frame.pts is not None else self.extent.end or Fraction(0)
        self.extent.cover(begin, self._interval)
        pts_us = self._clock.us(int(begin / time_base))
        if self._last_us is not None and pts_us <= self._last_us:
            pts_us = self._last_us + 1
        self._last_us = pts_us
        yield from self._encoder.encode_frame(frame, pts_us)
