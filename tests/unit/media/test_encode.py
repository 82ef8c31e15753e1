from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from agora_cli.errors import InputError, UnavailableError, UsageError
from agora_cli.frames import EncodedVideo, RawVideo
from agora_cli.media import encode
from agora_cli.media.encode import (
    LIBRARIES,
    EncoderSettings,
    VideoEncoder,
    available_encoders,
    default_bitrate_bps,
    default_gop,
    to_frame,
)
from agora_cli.native.codec import ChannelCodec
from tests.unit.stills import numbered, planes, psnr, read_number, smooth

DECODERS = {"h264": "h264", "vp8": "vp8", "vp9": "vp9", "av1": "libdav1d"}
CODECS = tuple(LIBRARIES)
RATE = Fraction(30)


def settings(codec: ChannelCodec, width: int = 640, height: int = 368, **changes: Any) -> EncoderSettings:
    values: dict[str, Any] = {"frame_rate": RATE, "bitrate_bps": 1_000_000, "gop": 1000, **changes}
    return EncoderSettings(codec, width, height, **values)


def i420(pixels: NDArray[np.uint8], pts_us: int) -> RawVideo:
    """Return RGB pixels with even sides as a limited-range BT.601 picture."""
    import av

    frame = av.VideoFrame.from_ndarray(pixels).reformat(format="yuv420p", dst_colorspace=5, dst_color_range=1)
    height, width = pixels.shape[:2]
    return RawVideo(pts_us, "i420", width, height, frame.to_ndarray().tobytes(), "bt601")


def moving(count: int, width: int = 640, height: int = 368) -> list[RawVideo]:
    still = smooth(width, height)
    return [i420(np.roll(still, 4 * number, 1), number * 33_333) for number in range(count)]


def decode(units: list[EncodedVideo]) -> list[Any]:
    import av

    context = av.CodecContext.create(DECODERS[units[0].codec], "r")
    frames = [frame for unit in units for frame in context.decode(av.Packet(bytes(unit.data)))]
    return frames + context.decode(None)


def nal_types(data: bytes) -> list[int]:
    """Return the H264 NAL types of an Annex-B access unit."""
    return [part[0] & 31 for part in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]]


@pytest.mark.parametrize("codec", CODECS)
def test_each_picture_gives_its_unit_at_once_with_its_time(codec: ChannelCodec) -> None:
    encoder = VideoEncoder(settings(codec))
    pictures = moving(12)
    units = []
    for picture in pictures:
        new = encoder.encode(picture)
        assert [unit.pts_us for unit in new] == [picture.pts_us]
        units += new
    assert encoder.flush() == []
    assert all(unit.dts_us == unit.pts_us for unit in units)
    assert [unit.keyframe for unit in units] == [True] + [False] * 11
    assert {(unit.codec, unit.width, unit.height, unit.frame_rate) for unit in units} == {(codec, 640, 368, RATE)}
    frames = decode(units)
    assert len(frames) == 12
    for frame, picture in zip(frames, pictures, strict=True):
        shown = planes(frame.to_ndarray(), 640, 368)[0]
        assert psnr(shown, planes(picture.data, 640, 368)[0]) > 30


@pytest.mark.parametrize("codec", CODECS)
def test_a_picture_unlike_the_one_before_is_the_one_that_is_shown(codec: ChannelCodec) -> None:
    """SVT-AV1's fastest presets fail here: their pictures are made of blocks of older ones."""
    encoder = VideoEncoder(settings(codec, frame_rate=Fraction(100), bitrate_bps=1_600_000))
    pictures = [i420(numbered(number, 640, 368), number * 10_000) for number in range(40)]
    frames = decode([unit for picture in pictures for unit in encoder.encode(picture)])
    assert [read_number(planes(frame.to_ndarray(), 640, 368)[0]) for frame in frames] == list(range(40))


@pytest.mark.parametrize("codec", CODECS)
def test_a_requested_keyframe_is_the_next_picture_and_stands_alone(codec: ChannelCodec) -> None:
    encoder = VideoEncoder(settings(codec))
    units = []
    for number, picture in enumerate(moving(10)):
        if number == 6:
            encoder.request_keyframe()
        units += encoder.encode(picture)
    assert [number for number, unit in enumerate(units) if unit.keyframe] == [0, 6]
    assert len(decode(units[6:])) == 4


@pytest.mark.parametrize("codec", CODECS)
def test_a_keyframe_comes_at_least_every_gop_pictures(codec: ChannelCodec) -> None:
    encoder = VideoEncoder(settings(codec, gop=4))
    units = [unit for picture in moving(9) for unit in encoder.encode(picture)]
    assert [number for number, unit in enumerate(units) if unit.keyframe] == [0, 4, 8]


def test_h264_is_annexb_with_parameter_sets_on_every_keyframe() -> None:
    encoder = VideoEncoder(settings("h264", gop=3))
    units = [unit for picture in moving(7) for unit in encoder.encode(picture)]
    for unit in units:
        assert bytes(unit.data[:4]) == b"\0\0\0\1"
        types = nal_types(bytes(unit.data))
        assert ({7, 8, 5} <= set(types)) == unit.keyframe
        assert (1 in types) == (not unit.keyframe)


def test_av1_units_are_temporal_units() -> None:
    encoder = VideoEncoder(settings("av1"))
    for picture in moving(3):
        (unit,) = encoder.encode(picture)
        assert bytes(unit.data[:2]) == b"\x12\0"  # a temporal delimiter, AV1 5.6: one a unit, and first


@pytest.mark.parametrize("codec", CODECS)
def test_a_gap_left_by_dropped_pictures_is_kept(codec: ChannelCodec) -> None:
    encoder = VideoEncoder(settings(codec))
    pictures = moving(9)[::4]
    units = [unit for picture in pictures for unit in encoder.encode(picture)]
    assert [unit.pts_us for unit in units] == [0, 4 * 33_333, 8 * 33_333]


@pytest.mark.parametrize("codec", CODECS)
def test_the_bit_rate_is_about_what_was_asked(codec: ChannelCodec) -> None:
    random = np.random.default_rng(1)
    encoder = VideoEncoder(settings(codec, bitrate_bps=600_000))
    size = 0
    for number in range(60):
        noisy = np.clip(smooth(640, 368) + random.normal(0, 6, (368, 640, 1)), 0, 255).astype(np.uint8)
        size += sum(len(unit.data) for unit in encoder.encode(i420(noisy, number * 33_333)))
    assert 0.8 < size * 8 / 2 / 600_000 < 1.4


@pytest.mark.parametrize("codec", CODECS)
def test_a_still_at_4_mbps_has_36_db(codec: ChannelCodec) -> None:
    still = smooth(1280, 720, 3)
    encoder = VideoEncoder(settings(codec, 1280, 720, bitrate_bps=4_000_000))
    pictures = [i420(still, number * 33_333) for number in range(3)]
    units = [unit for picture in pictures for unit in encoder.encode(picture)]
    for frame in decode(units):
        assert psnr(planes(frame.to_ndarray(), 1280, 720)[0], planes(pictures[0].data, 1280, 720)[0]) >= 36


@pytest.mark.parametrize("size", [(2, 2), (10, 10), (98, 50)])
@pytest.mark.parametrize("codec", ["h264", "vp8", "vp9"])
def test_small_pictures_are_encoded(codec: ChannelCodec, size: tuple[int, int]) -> None:
    encoder = VideoEncoder(settings(codec, *size))
    units = [unit for picture in moving(3, *size) for unit in encoder.encode(picture)]
    assert [(frame.width, frame.height) for frame in decode(units)] == [size] * 3


def test_odd_pictures_repeat_their_edge() -> None:
    for pixel_format, data in (("i420", bytes(range(16, 97)) + bytes([128] * 50)), ("rgba", bytes([200] * 324))):
        encoder = VideoEncoder(settings("h264", 10, 10))
        (unit,) = encoder.encode(RawVideo(0, pixel_format, 9, 9, data, "bt601"))  # type: ignore[arg-type]
        (frame,) = decode([unit])
        luma = planes(frame.to_ndarray(), 10, 10)[0].astype(int)
        assert np.abs(luma[:, 9] - luma[:, 8]).max() <= 8
        assert np.abs(luma[9] - luma[8]).max() <= 8


@pytest.mark.parametrize("color_space", ["bt601", "bt709"])
def test_rgba_and_nv12_become_the_colours_that_they_are(color_space: Any) -> None:
    pixels = smooth(64, 48)
    rgba = np.dstack([pixels, np.full((48, 64), 255, np.uint8)]).tobytes()
    import av

    for picture in (
        RawVideo(0, "rgba", 64, 48, rgba, color_space),
        RawVideo(
            0,
            "nv12",
            64,
            48,
            av.VideoFrame.from_ndarray(pixels)
            .reformat(format="nv12", dst_colorspace={"bt601": 5, "bt709": 1}[color_space], dst_color_range=1)
            .to_ndarray()
            .tobytes(),
            color_space,
        ),
    ):
        encoder = VideoEncoder(settings("h264", 64, 48, bitrate_bps=8_000_000, color_space=color_space))
        (frame,) = decode(encoder.encode(picture))
        shown = frame.reformat(format="rgb24", src_colorspace=frame.colorspace).to_ndarray()
        assert frame.colorspace == {"bt601": 5, "bt709": 1}[color_space]
        assert psnr(shown, pixels) > 30


def test_what_a_decoder_gave_is_scaled_and_squeezed() -> None:
    import av

    full = av.VideoFrame.from_ndarray(np.full((72, 64), 255, np.uint8), "yuvj420p")
    full.pict_type = av.video.frame.PictureType.I  # as every decoded JPEG has it: no reason for a keyframe
    encoder = VideoEncoder(settings("h264", 128, 96))
    units = [unit for number in range(3) for unit in encoder.encode_frame(full, number * 40_000)]
    assert [unit.keyframe for unit in units] == [True, False, False]
    assert np.abs(planes(decode(units)[0].to_ndarray(), 128, 96)[0].astype(int) - 235).max() <= 2


def test_pictures_that_do_not_fit_are_refused() -> None:
    encoder = VideoEncoder(settings("h264", 64, 48))
    picture = RawVideo(5, "i420", 64, 48, bytes(64 * 72))
    encoder.encode(picture)
    with pytest.raises(InputError, match="expected a picture later than 5 us, got one at 5"):
        encoder.encode(picture)
    with pytest.raises(InputError, match="expected a picture of 64x48, got 32x48"):
        encoder.encode(RawVideo(6, "i420", 32, 48, bytes(32 * 72)))
    with pytest.raises(InputError, match="input ends too early"):
        to_frame(RawVideo(7, "i420", 64, 48, bytes(100)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 63}, "even sides of 2 to 16384, got 63x48"),
        ({"height": 0}, "got 64x0"),
        ({"width": 20000}, "got 20000x48"),
        ({"bitrate_bps": 0}, "must be above 0"),
        ({"gop": 0}, "must be above 0"),
        ({"frame_rate": Fraction(0)}, "must be above 0"),
        ({"codec": "h265"}, "nothing here encodes h265"),
        ({"preset": "ultrafats"}, "--preset for h264 must be ultrafast, .*, got 'ultrafats'"),
        ({"codec": "av1", "preset": "99"}, "--preset for av1 must be 0 to 13, got '99'"),
    ],
)
def test_settings_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    values = {"codec": "h264", "width": 64, "height": 48, **changes}
    with pytest.raises(UsageError, match=message):
        settings(values.pop("codec"), values.pop("width"), values.pop("height"), **values)


def test_every_preset_that_is_offered_opens() -> None:
    for codec, library in LIBRARIES.items():
        for preset in (library.presets[0], library.default_preset, library.presets[-1]):
            VideoEncoder(settings(codec, 64, 64, preset=preset)).encode(moving(1, 64, 64)[0])


def test_an_encoder_that_this_pyav_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = encode.Library("libnothing", 1, ("1",), "1", lambda preset, rate: {})
    monkeypatch.setitem(encode.LIBRARIES, "vp9", lacking)
    assert available_encoders() == ("h264", "vp8", "av1")
    with pytest.raises(UnavailableError, match=r"this PyAV has no vp9 encoder \(libnothing\)") as caught:
        VideoEncoder(settings("vp9"))
    assert caught.value.hint == "encoders here: h264 vp8 av1"


def test_defaults() -> None:
    assert available_encoders() == CODECS
    assert default_bitrate_bps(1920, 1080, RATE) == 4_354_560
    assert default_bitrate_bps(1920, 1080, Fraction(1)) == default_bitrate_bps(1920, 1080, Fraction(15))
    assert default_bitrate_bps(16, 16, RATE) == 100_000
    assert [default_gop(rate) for rate in (RATE, Fraction(1, 10), Fraction(30000, 1001))] == [60, 1, 60]
