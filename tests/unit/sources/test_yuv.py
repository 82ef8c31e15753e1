import os
import threading
from fractions import Fraction
from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.errors import InputError, UsageError
from agora_cli.frames import PixelFormat, raw_video_size
from agora_cli.sources.yuv import YuvLayout, YuvSource

RATE = Fraction(25)


def source(path: Path, layout: YuvLayout, said: list[str], loops: int = 1) -> YuvSource:
    return YuvSource(str(path), layout, RATE, Stop(), loops=loops, on_tail=said.append)


@pytest.mark.parametrize("pixel_format", ["i420", "nv12", "rgba"])
@pytest.mark.parametrize(("width", "height"), [(8, 6), (7, 5), (1, 1)])
def test_pictures_are_exact(tmp_path: Path, pixel_format: PixelFormat, width: int, height: int) -> None:
    layout = YuvLayout(pixel_format, width, height, color_space="bt709")
    data = os.urandom(3 * raw_video_size(pixel_format, width, height))
    (tmp_path / "a.yuv").write_bytes(data)
    said: list[str] = []
    pictures = list(source(tmp_path / "a.yuv", layout, said).units())
    assert b"".join(bytes(picture.data) for picture in pictures) == data
    assert [picture.pts_us for picture in pictures] == [0, 40_000, 80_000]
    assert {(p.format, p.width, p.height, p.color_space, p.alpha) for p in pictures} == {
        (pixel_format, width, height, "bt709", None)
    }
    assert said == []


def test_an_alpha_plane_follows_each_picture(tmp_path: Path) -> None:
    (tmp_path / "a.yuv").write_bytes(b"yyyyuvaaaa" * 2)
    pictures = list(source(tmp_path / "a.yuv", YuvLayout("i420", 2, 2, alpha=True), []).units())
    assert [(bytes(picture.data), bytes(picture.alpha or b"")) for picture in pictures] == [(b"yyyyuv", b"aaaa")] * 2


def test_bytes_at_the_end_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a.yuv").write_bytes(b"yyyyuv" * 2 + b"yy")
    said: list[str] = []
    assert len(list(source(tmp_path / "a.yuv", YuvLayout("i420", 2, 2), said).units())) == 2
    assert said == [
        f"{tmp_path}/a.yuv: the last 2 bytes are no whole picture of 6 bytes and are left out, after 2 pictures"
    ]


@pytest.mark.parametrize("size", [0, 5])
def test_less_than_one_picture_is_an_error(tmp_path: Path, size: int) -> None:
    (tmp_path / "a.yuv").write_bytes(bytes(size))
    units = source(tmp_path / "a.yuv", YuvLayout("i420", 2, 2), []).units()
    with pytest.raises(InputError, match=f"expected 6 bytes for one picture of 2x2 i420, got {size}"):
        list(units)


def test_a_file_is_repeated(tmp_path: Path) -> None:
    (tmp_path / "a.yuv").write_bytes(b"yyyyuvYYYYUV")
    pictures = list(source(tmp_path / "a.yuv", YuvLayout("i420", 2, 2), [], loops=3).units())
    assert [bytes(picture.data) for picture in pictures] == [b"yyyyuv", b"YYYYUV"] * 3
    assert [picture.pts_us for picture in pictures] == [number * 40_000 for number in range(6)]


def test_a_pipe_is_read_in_whatever_pieces_come(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    opened = source(fifo, YuvLayout("i420", 2, 2), [])

    def write() -> None:
        with fifo.open("wb", buffering=0) as pipe:
            for byte in b"yyyyuv" * 5:
                pipe.write(bytes([byte]))

    writer = threading.Thread(target=write)
    writer.start()
    units = opened.units()
    assert [bytes(picture.data) for picture in units] == [b"yyyyuv"] * 5
    writer.join()
    opened.close()


def test_bytes_at_the_end_of_every_loop_are_reported_once(tmp_path: Path) -> None:
    (tmp_path / "a.yuv").write_bytes(b"yyyyuvyy")
    said: list[str] = []
    assert len(list(source(tmp_path / "a.yuv", YuvLayout("i420", 2, 2), said, loops=4).units())) == 4
    assert len(said) == 1


def test_a_stop_ends_without_complaint(tmp_path: Path) -> None:
    (tmp_path / "a.yuv").write_bytes(b"yyyyuvyy")
    stop, said = Stop(), list[str]()
    opened = YuvSource(str(tmp_path / "a.yuv"), YuvLayout("i420", 2, 2), RATE, stop, loops=0, on_tail=said.append)
    for number, _ in enumerate(opened.units()):
        if number == 5:
            stop.set()
    assert number == 5
    opened.close()


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (-1, 5), (16385, 1)])
def test_sizes_that_cannot_be(width: int, height: int) -> None:
    with pytest.raises(UsageError, match=f"must be 1 to 16384, got {width}x{height}"):
        YuvLayout("i420", width, height)


def test_rgba_has_its_own_alpha() -> None:
    with pytest.raises(UsageError, match="rgba carries its own"):
        YuvLayout("rgba", 2, 2, alpha=True)
