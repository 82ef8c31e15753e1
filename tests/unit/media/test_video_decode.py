from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from agora_cli.events import MediaReceived
from agora_cli.frames import PcmFrame, RawVideo, Unit, VideoCodec
from agora_cli.media.video_decode import VideoDecoder
from tests.unit.stills import jpeg, numbered, planes, read_number
from tests.unit.units import pictures

CODECS = tuple(codec for codec in get_args(VideoCodec) if codec != "jpeg")


def event(unit: Unit, epoch: int = 1, lost: int = 0) -> MediaReceived:
    return MediaReceived(0, "7", epoch, unit, lost)


def times(decoder: VideoDecoder, *events: MediaReceived) -> list[int | None]:
    return [frame.pts for one in events for frame in decoder.frames(one)]


@pytest.mark.parametrize("codec", CODECS)
def test_every_unit_becomes_its_picture_at_once(codec: VideoCodec) -> None:
    decoder = VideoDecoder()
    for unit in pictures(codec):
        (frame,) = decoder.frames(event(unit))
        assert (frame.pts, frame.width, frame.height) == (unit.pts_us, 128, 96)
    assert list(decoder.finish()) == []
    assert decoder.undecodable == 0


def test_jpeg_is_decoded() -> None:
    unit = replace(pictures("h264")[0], codec="jpeg", data=jpeg(numbered(5)), width=160)
    (frame,) = VideoDecoder().frames(event(unit))
    assert read_number(planes(frame.to_ndarray(), 160, 96)[0]) == 5


def test_raw_pictures_pass_through() -> None:
    data = np.arange(64 * 72, dtype=np.uint32).astype(np.uint8).tobytes()
    (frame,) = VideoDecoder().frames(event(RawVideo(33, "i420", 64, 48, data)))
    assert (frame.pts, frame.to_ndarray().tobytes()) == (33, data)


def test_what_is_no_picture_gives_none() -> None:
    assert times(VideoDecoder(), event(PcmFrame(0, 8000, 1, bytes(160)))) == []


def test_decoding_begins_with_a_keyframe() -> None:
    units, decoder = pictures("h264"), VideoDecoder()
    assert times(decoder, *(event(unit) for unit in units[5:15])) == []
    assert (decoder.is_waiting, decoder.undecodable) == (True, 10)
    assert times(decoder, event(units[15])) == [units[15].pts_us]
    assert not decoder.is_waiting


def test_after_a_loss_it_waits_for_the_next_keyframe() -> None:
    units, decoder = pictures("vp8"), VideoDecoder()
    assert len(times(decoder, *(event(unit) for unit in units[:5]))) == 5
    assert times(decoder, event(units[6], lost=1), *(event(unit) for unit in units[7:15])) == []
    assert decoder.is_waiting
    assert len(times(decoder, *(event(unit) for unit in units[15:]))) == 15


def test_after_damage_it_waits_for_the_next_keyframe() -> None:
    units, decoder = pictures("vp9"), VideoDecoder()
    events = [event(unit) for unit in units]
    events[3] = event(replace(units[3], data=b"\xff" * 40))
    assert times(decoder, *events) == [unit.pts_us for unit in [*units[:3], *units[15:]]]
    assert decoder.undecodable == 12


def test_a_sender_that_restarts_or_changes_its_codec_starts_anew() -> None:
    h264, vp8, decoder = pictures("h264"), pictures("vp8"), VideoDecoder()
    assert len(times(decoder, *(event(unit) for unit in h264[:5]))) == 5
    assert times(decoder, event(h264[5], epoch=2)) == []
    assert len(times(decoder, event(h264[15], epoch=2), *(event(unit, epoch=2) for unit in vp8))) == 31
