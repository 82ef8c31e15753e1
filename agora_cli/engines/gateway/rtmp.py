"""Media into an RTMP session: FFmpeg makes FLV of it in memory, each tag of which is a message."""

import struct
from fractions import Fraction
from typing import Any

import av

from agora_cli.engines.base import Publish
from agora_cli.engines.gateway.address import Address
from agora_cli.engines.gateway.amf import pack_values
from agora_cli.engines.gateway.chunks import DATA
from agora_cli.engines.gateway.rtmp_link import RtmpLink
from agora_cli.engines.gateway.sound import RATE_HZ, SoundEncoder
from agora_cli.errors import NetworkError
from agora_cli.frames import MICROSECONDS, EncodedAudio, EncodedVideo, PcmFrame, VideoCodec
from agora_cli.media.ffmpeg import add_video_stream

FLV_HEADER_BYTES, TAG_HEADER_BYTES, TAG_TAIL_BYTES = 13, 11, 4
# What FFmpeg holds back to put both tracks in order, at most: the source gives them in order already.
INTERLEAVE_US = 40_000
OPTIONS = {"flvflags": "no_duration_filesize", "flush_packets": "1", "max_interleave_delta": str(INTERLEAVE_US)}
# So much sound is kept for the first keyframe, which the stream begins with.
MOST_HELD = 200


class RtmpPublisher:
    """Send one stream over RTMP. Its first picture must be a keyframe, of which the stream's description is made."""

    carried: tuple[VideoCodec, ...] = ("h264", "h265")

    def __init__(self, address: Address, publish: Publish) -> None:
        self._address = address
        self._publish = publish
        self._link: RtmpLink | None = None
        self._container: Any = None
        self._picture: Any = None
        self._sound: SoundEncoder | None = None
        self._sound_stream: Any = None
        self._held: list[PcmFrame | EncodedAudio] = []
        self._tags = _Tags()

    def connect(self, timeout_s: float) -> None:
        """Reach the server and be allowed to publish. Raises RefusedError, NetworkError."""
        self._link = RtmpLink(self._address, timeout_s)

    def write(self, unit: EncodedVideo | PcmFrame | EncodedAudio) -> None:
        """Send one unit. Raises NetworkError once the link is gone, InputError for what is no media."""
        if self._link is None:
            raise NetworkError("gateway-closed", "the stream is closed")
        if isinstance(unit, EncodedVideo):
            if self._container is None:
                self._begin(unit)
            self._write_picture(unit)
        elif self._container is None and self._publish.video != "none":
            self._held = [*self._held[1 - MOST_HELD :], unit]
        else:
            if self._container is None:
                self._begin(None)
            self._write_sound(unit)
        self._send_tags(self._link)

    def close(self) -> None:
        """End the stream; a second call does nothing."""
        link, self._link = self._link, None
        container, self._container = self._container, None
        if link is None:
            return
        try:
            if container is not None:
                if self._sound is not None:
                    for packet in self._sound.finish():
                        self._mux_sound(packet, container)
                container.close()
                self._send_tags(link)
        except NetworkError:
            pass  # the link is gone already: its end was told
        finally:
            link.close()

    def _begin(self, keyframe: EncodedVideo | None) -> None:
        self._container = av.open(self._tags, "w", format="flv", options=OPTIONS)
        if keyframe is not None:
            self._picture = add_video_stream(self._container, keyframe)
        if self._publish.audio != "none":
            self._sound = SoundEncoder("aac")
            self._sound_stream = self._container.add_stream("aac", rate=RATE_HZ, layout="stereo")
        self._container.start_encoding()
        held, self._held = self._held, []
        for unit in held:
            self._write_sound(unit)

    def _write_picture(self, unit: EncodedVideo) -> None:
        packet: Any = av.Packet(bytes(unit.data))
        packet.stream, packet.time_base = self._picture, Fraction(1, MICROSECONDS)
        packet.pts, packet.dts, packet.is_keyframe = unit.pts_us, unit.dts_us, unit.keyframe
        self._container.mux(packet)

    def _write_sound(self, unit: PcmFrame | EncodedAudio) -> None:
        if self._sound is None:
            return
        for packet in self._sound.encode(unit):
            self._mux_sound(packet, self._container)

    def _mux_sound(self, packet: Any, container: Any) -> None:
        packet.stream, packet.time_base = self._sound_stream, Fraction(1, RATE_HZ)
        container.mux(packet)

    def _send_tags(self, link: RtmpLink) -> None:
        for kind, timestamp_ms, data in self._tags.take():
            # What FLV calls the metadata is a command to the server (Adobe, 7.1.2).
            link.send(kind, timestamp_ms, pack_values("@setDataFrame") + data if kind == DATA else data)


class _Tags:
    """A file that FFmpeg writes FLV into, and the tags in it (Adobe, "Flash Video File Format", E.3 and E.4.1)."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._skip = FLV_HEADER_BYTES

    def write(self, data: bytes) -> int:
        """Take bytes of the muxer."""
        self._data += data
        return len(data)

    def take(self) -> list[tuple[int, int, bytes]]:
        """Return kind, milliseconds and content of the tags that are whole."""
        if self._skip and len(self._data) >= self._skip:
            del self._data[: self._skip]
            self._skip = 0
        found = []
        while not self._skip and len(self._data) >= TAG_HEADER_BYTES:
            size = int.from_bytes(self._data[1:4], "big")
            end = TAG_HEADER_BYTES + size
            if len(self._data) < end + TAG_TAIL_BYTES:
                break
            low, high = int.from_bytes(self._data[4:7], "big"), self._data[7]
            (timestamp_ms,) = struct.unpack(">i", struct.pack(">I", high << 24 | low))
            found.append((self._data[0] & 0x1F, timestamp_ms, bytes(self._data[TAG_HEADER_BYTES:end])))
            del self._data[: end + TAG_TAIL_BYTES]
        return found
