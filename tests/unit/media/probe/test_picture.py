"""media/probe/picture.py: a caption is read at any size and through an encoder, and never misread."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from agora_cli.events import MediaReceived
from agora_cli.frames import RawVideo
from agora_cli.media.encode import EncoderSettings, VideoEncoder
from agora_cli.media.probe.picture import Caption, colour_error, draw, read
from agora_cli.media.video_decode import VideoDecoder
from agora_cli.native.codec import ChannelCodec


def planes(data: bytes, width: int, height: int) -> list[npt.NDArray[np.uint8]]:
    """Return the planes of packed I420."""
    luma = width * height
    whole = np.frombuffer(data, np.uint8)
    chroma = (height // 2, width // 2)
    return [whole[:luma].reshape(height, width), *(part.reshape(chroma) for part in np.split(whole[luma:], 2))]


@pytest.mark.parametrize("size", [(64, 36), (320, 180), (642, 362), (1280, 720)])
def test_what_is_drawn_is_read(size: tuple[int, int]) -> None:
    for caption in (Caption(0, 0, 0), Caption(1, 77, 5133), Caption(3, 2**18 - 1, 2**20 - 1)):
        seen = planes(draw(caption, *size), *size)
        assert read(seen[0]) == caption
        assert colour_error(seen) == 0


@pytest.mark.parametrize("codec", ["h264", "vp8", "vp9", "av1"])
def test_it_survives_100_kilobits(codec: ChannelCodec) -> None:
    encoder = VideoEncoder(EncoderSettings(codec, 320, 180, Fraction(15), 100_000, 30))
    decoder, found = VideoDecoder(), []
    for number in range(20):
        picture = RawVideo(number * 66_667, "i420", 320, 180, draw(Caption(1, number, number * 67), 320, 180))
        for unit in encoder.encode(picture):
            for frame in decoder.frames(MediaReceived(0, "1", 1, unit)):
                luma = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(180, -1)[:, :320]
                found.append(read(luma))
    assert found == [Caption(1, number, number * 67) for number in range(20)]


def test_no_caption_is_read_where_there_is_none() -> None:
    random = np.random.default_rng(7)
    noise = [read(random.integers(0, 256, (90, 160), np.uint8)) for _ in range(300)]
    assert sum(caption is not None for caption in noise) <= 6  # one in 256 by chance
    assert read(np.zeros((90, 160), np.uint8)) is None


def test_wrong_colours_show() -> None:
    y, u, v = planes(draw(Caption(0, 5, 333), 320, 180), 320, 180)
    assert colour_error([y, v, u]) > 30
