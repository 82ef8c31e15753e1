import numpy as np
import pytest
from numpy.typing import NDArray

from agora_cli.errors import InputError
from agora_cli.media.fit import Fit
from agora_cli.media.stills.picture import Canvas, PictureDecoder, header, shown_size, whole
from tests.unit.stills import jpeg, planes, png, psnr, rgb, smooth, strange_jpegs, turned_jpeg

WIDTH, HEIGHT = 64, 48
CANVAS = Canvas(WIDTH, HEIGHT)


def decoded(data: bytes, canvas: Canvas = CANVAS) -> memoryview:
    return PictureDecoder().decode(data, canvas)


def by_swscale(data: bytes, codec: str = "mjpeg") -> list[NDArray[np.uint8]]:
    """Return a picture's planes, decoded with the same inverse transform, as libswscale gives them."""
    import av

    context = av.CodecContext.create(codec, "r")
    context.options = {"idct": "xvid"}
    frame = context.decode(av.Packet(data))[0]
    plain = frame.reformat(format="yuv420p", src_color_range=2, dst_color_range=1)
    return planes(plain.to_ndarray(), frame.width, frame.height)


@pytest.mark.parametrize(
    "options",
    [{"subsampling": 2}, {"subsampling": 1}, {"subsampling": 0}, {"progressive": True}, {"restart_marker_rows": 1}],
    ids=["420", "422", "444", "progressive", "restarts"],
)
def test_every_kind_of_jpeg_is_within_one_of_swscale(options: dict[str, int]) -> None:
    data = jpeg(smooth(WIDTH, HEIGHT), **options)
    for ours, theirs in zip(planes(decoded(data), WIDTH, HEIGHT), by_swscale(data), strict=True):
        assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_the_range_alone_is_within_one_of_swscale() -> None:
    """The same decoded planes, squeezed by us and by libswscale, at every pair of values."""
    import av

    from agora_cli.native.level import Plane, pack_i420

    values = np.tile(np.arange(256, dtype=np.uint8), 3 * 256).reshape(768, 256)
    frame = av.VideoFrame.from_ndarray(values, "yuvj420p")
    y, u, v = (Plane(memoryview(p), p.line_size, p.width, p.height) for p in frame.planes)
    ours = planes(pack_i420((y, u, v), 256, 512, full_range=True), 256, 512)
    plain = frame.reformat(format="yuv420p", src_color_range=2, dst_color_range=1)
    theirs = planes(plain.to_ndarray(), 256, 512)
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


@pytest.mark.parametrize(
    ("data", "pixels"),
    [
        (jpeg(smooth(WIDTH, HEIGHT), "L"), np.repeat(np.asarray(smooth(WIDTH, HEIGHT).mean(2))[:, :, None], 3, 2)),
        (jpeg(smooth(WIDTH, HEIGHT), "CMYK"), smooth(WIDTH, HEIGHT)),
        (jpeg(smooth(WIDTH, HEIGHT), keep_rgb=True), smooth(WIDTH, HEIGHT)),
        (png(smooth(WIDTH, HEIGHT)), smooth(WIDTH, HEIGHT)),
        (png(smooth(WIDTH, HEIGHT), "RGBA"), smooth(WIDTH, HEIGHT)),
    ],
    ids=["grey", "cmyk", "rgb", "png", "png-alpha"],
)
def test_other_colour_models_look_the_same(data: bytes, pixels: NDArray[np.uint8]) -> None:
    floor_db = 20 if len(data) and b"JFIF" in data[:20] and pixels.dtype != np.uint8 else 30
    assert psnr(rgb(decoded(data), WIDTH, HEIGHT), np.clip(pixels, 0, 255).astype(np.uint8)) > floor_db


def test_grey_has_neutral_colour() -> None:
    y, u, v = planes(decoded(jpeg(smooth(WIDTH, HEIGHT), "L")), WIDTH, HEIGHT)
    assert set(np.unique(u)) | set(np.unique(v)) == {128}
    assert y.min() >= 16
    assert y.max() <= 235


@pytest.mark.parametrize("value", [0, 255])
def test_black_and_white_are_16_and_235(value: int) -> None:
    y, _, _ = planes(decoded(jpeg(np.full((HEIGHT, WIDTH, 3), value, np.uint8))), WIDTH, HEIGHT)
    assert set(np.unique(y)) == {16 if value == 0 else 235}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_honoured(orientation: int) -> None:
    from PIL import Image, ImageOps

    shown = smooth(WIDTH, HEIGHT)
    stored = Image.fromarray(shown)
    # What must be stored so that the orientation turns it into `shown`: its inverse, found by trying.
    for inverse in range(1, 9):
        stored.getexif()[0x0112] = inverse
        candidate = np.asarray(ImageOps.exif_transpose(stored))
        again = Image.fromarray(candidate)
        again.getexif()[0x0112] = orientation
        if np.array_equal(np.asarray(ImageOps.exif_transpose(again)), shown):
            break
    else:
        pytest.fail("no inverse")
    assert psnr(rgb(decoded(turned_jpeg(candidate, orientation)), WIDTH, HEIGHT), shown) > 30
    scaled = decoded(turned_jpeg(candidate, orientation), Canvas(32, 24))
    assert psnr(rgb(scaled, 32, 24), np.asarray(Image.fromarray(shown).resize((32, 24)))) > 25


@pytest.mark.parametrize(("width", "height"), [(1, 1), (9, 9), (63, 48), (64, 47), (2, 1)])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_odd_sides_repeat_the_edge(width: int, height: int, subsampling: int) -> None:
    data = jpeg(smooth(width, height), subsampling=subsampling)
    canvas = Canvas(width + width % 2, height + height % 2)
    y, _, _ = planes(decoded(data, canvas), canvas.width, canvas.height)
    assert np.array_equal(y[:, -1], y[:, width - 1])
    assert np.array_equal(y[-1], y[height - 1])


def test_odd_and_turned() -> None:
    y, _, _ = planes(decoded(turned_jpeg(smooth(9, 13), 6), Canvas(14, 10)), 14, 10)
    assert np.array_equal(y[-1], y[-2])
    assert np.array_equal(y[:, -1], y[:, -2])


@pytest.mark.parametrize(("fit", "bars"), [("contain", True), ("cover", False), ("stretch", False)])
def test_another_shape_is_fitted(fit: Fit, bars: bool) -> None:
    white = np.full((40, 160, 3), 255, np.uint8)
    y, u, v = planes(decoded(jpeg(white), Canvas(64, 48, fit)), 64, 48)
    assert y[24, 32] == 235
    assert (y[0, 0] == 16) == bars
    assert np.all(u == 128)
    assert np.all(v == 128)


def test_a_bomb_is_refused_by_its_header_alone() -> None:
    data = bytearray(jpeg(smooth(16, 16)))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = (30000).to_bytes(2, "big") * 2
    with pytest.raises(InputError, match="30000x30000 is beyond the limit of 134217728 pixels"):
        decoded(bytes(data))
    picture = bytearray(png(smooth(16, 16)))
    picture[16:24] = (30000).to_bytes(4, "big") * 2
    with pytest.raises(InputError, match="30000x30000 is beyond"):
        header(bytes(picture))


def test_damage_is_an_error_not_a_grey_picture() -> None:
    data = jpeg(smooth(WIDTH, HEIGHT))
    with pytest.raises(InputError, match="damaged picture"):
        decoded(data[: len(data) * 2 // 3] + b"\xff\xd9")
    # One decoder goes on after it.
    decoder = PictureDecoder()
    with pytest.raises(InputError):
        decoder.decode(data[: len(data) * 2 // 3] + b"\xff\xd9", CANVAS)
    assert len(decoder.decode(data, CANVAS)) == WIDTH * HEIGHT * 3 // 2


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xd9"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="expected a"):
        decoded(data)


def test_a_whole_png_is_known_by_its_end() -> None:
    data = png(smooth(16, 16))
    assert whole(data) == data
    assert all(whole(data[:at]) is None for at in range(len(data)))


PLAIN = jpeg(smooth(WIDTH, HEIGHT))
STRANGE = strange_jpegs(PLAIN, jpeg(smooth(16, 16, 2)))


@pytest.mark.parametrize("name", STRANGE)
def test_what_every_viewer_shows_is_shown(name: str) -> None:
    shown = PictureDecoder().show(STRANGE[name])
    assert shown_size(shown.header) == (WIDTH, HEIGHT)
    assert shown.data == decoded(PLAIN)


def test_a_bad_exif_block_does_not_turn_and_a_good_one_behind_junk_does() -> None:
    data = turned_jpeg(smooth(WIDTH, HEIGHT), 6)
    shown = PictureDecoder().show(data[:2] + b"\x12\x34" + data[2:])
    assert shown_size(shown.header) == (HEIGHT, WIDTH)
    assert shown.remark == "junk between its segments: shown all the same"


def test_damage_inside_is_shown_only_by_a_lenient_decoder() -> None:
    cut = PLAIN[: len(PLAIN) * 2 // 3]
    with pytest.raises(InputError, match="damaged picture"):
        PictureDecoder().show(cut)
    shown = PictureDecoder().show(cut, lenient=True)
    assert shown.remark == "no end of picture: damaged, shown as far as it goes"
    above = planes(shown.data, WIDTH, HEIGHT)[0][:8, :32]
    assert np.array_equal(above, planes(decoded(PLAIN), WIDTH, HEIGHT)[0][:8, :32])


def test_a_bomb_between_junk_is_refused_too() -> None:
    data = bytearray(PLAIN[:2] + b"\x12\x34" + PLAIN[2:])
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = (30000).to_bytes(2, "big") * 2
    with pytest.raises(InputError):
        PictureDecoder().show(bytes(data), lenient=True)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff\xd9", PLAIN[:60], b"\xff\xd8" + bytes(3000)])
def test_nothing_to_be_seen_is_refused_even_so(data: bytes) -> None:
    with pytest.raises(InputError):
        PictureDecoder().show(data, lenient=True)
