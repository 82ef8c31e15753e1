"""engines/gateway/rtmp.py: media as FLV tags, over a link of the test's own."""

from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest

from agora_cli.engines.base import Publish
from agora_cli.engines.gateway import rtmp
from agora_cli.engines.gateway.address import address_of
from agora_cli.engines.gateway.rtmp import RtmpPublisher
from agora_cli.errors import NetworkError
from agora_cli.frames import EncodedVideo, PcmFrame

ADDRESS = address_of("rtmp://h/live", "", "k")


class Link:
    """What was sent."""

    def __init__(self, *wanted: Any) -> None:
        self.sent: list[tuple[int, int, bytes]] = []
        self.closed = 0
        self.broken = False

    def send(self, kind: int, timestamp_ms: int, data: bytes) -> None:
        if self.broken:
            raise NetworkError("gateway-closed", "gone")
        self.sent.append((kind, timestamp_ms, data))

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def link(monkeypatch: pytest.MonkeyPatch) -> Link:
    made = Link()
    monkeypatch.setattr(rtmp, "RtmpLink", lambda *wanted: made)
    return made


def units(count: int) -> list[EncodedVideo]:
    """Return H264 pictures of a film of 25 a second."""
    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
    encoder.time_base, encoder.options = Fraction(1, 25), {"tune": "zerolatency", "preset": "ultrafast"}
    packets = []
    for number in range(count):
        grey: Any = av.VideoFrame.from_ndarray(np.full((72, 64), number, np.uint8), format="yuv420p")
        grey.pts, grey.time_base = number, Fraction(1, 25)
        packets += encoder.encode(grey)
    return [
        EncodedVideo(n * 40_000, n * 40_000, "h264", 64, 48, packet.is_keyframe, bytes(packet), Fraction(25))
        for n, packet in enumerate(packets)
    ]


def sound(number: int) -> PcmFrame:
    return PcmFrame(number * 10_000, 48000, 1, bytes(960))


def test_picture_and_sound_are_tags_with_their_times(link: Link) -> None:
    publisher = RtmpPublisher(ADDRESS, Publish(audio="pcm", video="encoded", video_codec="h264"))
    publisher.connect(5)
    publisher.write(sound(0))  # before the first keyframe: kept for it
    for number, unit in enumerate(units(5)):
        publisher.write(unit)
        for part in range(4):
            publisher.write(sound(4 * number + part + 1))
    publisher.close()
    publisher.close()
    kinds = [kind for kind, _, _ in link.sent]
    assert kinds[0] == 18
    assert link.sent[0][2].startswith(b"\x02\x00\x0d@setDataFrame\x02\x00\x0aonMetaData")
    pictures = [(at_ms, data) for kind, at_ms, data in link.sent if kind == 9 and data[1] == 1]
    # FFmpeg moves all times so that the encoder's lead-in does not begin before 0.
    assert [at_ms - pictures[0][0] for at_ms, _ in pictures] == [0, 40, 80, 120, 160]
    assert [data[0] >> 4 for _, data in pictures] == [1, 2, 2, 2, 2]
    assert kinds.count(8) >= 10
    assert link.closed == 1
    with pytest.raises(NetworkError, match="closed"):
        publisher.write(sound(0))


def write_sound(publisher: RtmpPublisher) -> None:
    for number in range(1, 20):
        publisher.write(sound(number))


def test_a_link_that_is_gone_is_told_once_and_closing_is_quiet(link: Link) -> None:
    publisher = RtmpPublisher(ADDRESS, Publish(audio="pcm"))
    publisher.connect(5)
    publisher.write(sound(0))
    link.broken = True
    with pytest.raises(NetworkError, match="gone"):
        write_sound(publisher)
    publisher.close()
    assert link.closed == 1


def test_sound_that_was_not_announced_is_left_out(link: Link) -> None:
    publisher = RtmpPublisher(ADDRESS, Publish(video="encoded", video_codec="h264"))
    publisher.connect(5)
    for unit in units(2):
        publisher.write(unit)
        publisher.write(sound(0))
    publisher.close()
    assert {kind for kind, _, _ in link.sent} == {9, 18}
