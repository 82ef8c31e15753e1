import os
from fractions import Fraction
from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.sources.pictures.open import PictureSpec, open_pictures
from tests.unit.stills import jpeg, luma, numbered, read_number

RATE = Fraction(30)


def numbers(spec: PictureSpec) -> list[int]:
    said: list[str] = []
    source = open_pictures(spec, Stop(), said.append)
    shown = [read_number(luma(picture)) for picture in source.units()]
    source.close()
    assert said == []
    return shown


def test_300_numbered_pictures_come_in_order(tmp_path: Path) -> None:
    for number in range(300):
        suffix = (".jpg", ".JPG", ".jpeg")[number % 3]
        (tmp_path / f"frame{number}{suffix}").write_bytes(jpeg(numbered(number)))
    assert numbers(PictureSpec(RATE, directory=tmp_path)) == list(range(300))


def test_one_file_repeated(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(numbered(7)) + jpeg(numbered(8)))
    assert numbers(PictureSpec(RATE, file=str(tmp_path / "a.jpg"), loops=3)) == [7, 7, 7]


def test_an_mjpeg_file_is_a_stream(tmp_path: Path) -> None:
    (tmp_path / "a.mjpeg").write_bytes(b"".join(jpeg(numbered(number)) for number in range(10)))
    assert numbers(PictureSpec(RATE, file=str(tmp_path / "a.mjpeg"))) == list(range(10))


def test_a_watched_directory_ends_on_a_stop(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(numbered(1)))
    stop = Stop()
    source = open_pictures(PictureSpec(RATE, directory=tmp_path, watch=True), stop, lambda line: None)
    units = source.units()
    assert read_number(luma(next(units))) == 1
    (tmp_path / "2.tmp").write_bytes(jpeg(numbered(2)))
    (tmp_path / "2.tmp").rename(tmp_path / "2.jpg")
    assert read_number(luma(next(units))) == 2
    stop.set()
    assert list(units) == []
    source.close()


def test_a_stop_before_the_first_picture_is_no_failure_of_units(tmp_path: Path) -> None:
    stop = Stop()
    spec = PictureSpec(RATE, directory=tmp_path, watch=True, size=(64, 64))
    source = open_pictures(spec, stop, lambda line: None)
    stop.set()
    assert list(source.units()) == []
    source.close()


def test_closing_a_source_does_not_look_like_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(numbered(1)))
    stop = Stop()
    source = open_pictures(PictureSpec(RATE, directory=tmp_path, watch=True), stop, lambda line: None)
    source.close()
    source.close()
    assert not stop.is_set()


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no .jpg or .jpeg file in this directory"):
        open_pictures(PictureSpec(RATE, directory=tmp_path), Stop(), print)
    with pytest.raises(InputError, match="a.jpg: no such file"):
        open_pictures(PictureSpec(RATE, file=str(tmp_path / "a.jpg")), Stop(), print)
    with pytest.raises(InputError, match="is a directory"):
        open_pictures(PictureSpec(RATE, file=str(tmp_path)), Stop(), print)


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time_us = 1_000_000

    def now_us(self) -> int:
        return self.time_us

    def sleep_us(self, duration_us: int) -> None:
        self.time_us += duration_us


def test_a_watch_ends_when_its_time_is_over_though_no_picture_comes(tmp_path: Path) -> None:
    spec = PictureSpec(RATE, directory=tmp_path, watch=True, lasts_s=Fraction(5))
    with pytest.raises(InputError, match="no usable picture: none came"):
        open_pictures(spec, Stop(), lambda line: None, FakeClock())
    sized = PictureSpec(RATE, directory=tmp_path, watch=True, lasts_s=Fraction(5), size=(64, 64))
    source = open_pictures(sized, Stop(), lambda line: None, FakeClock())
    with pytest.raises(InputError, match="no usable picture: none came"):
        list(source.units())
    source.close()


def test_the_time_of_a_watch_counts_from_its_first_picture(tmp_path: Path) -> None:
    clock = FakeClock()
    slept: list[int] = []

    def sleep_us(duration_us: int) -> None:
        clock.time_us += 4_900_000 if not slept else duration_us
        slept.append(duration_us)
        if len(slept) == 1:
            (tmp_path / "1.jpg").write_bytes(jpeg(numbered(1)))

    clock.sleep_us = sleep_us  # type: ignore[method-assign]
    spec = PictureSpec(RATE, directory=tmp_path, watch=True, lasts_s=Fraction(5))
    source = open_pictures(spec, Stop(), lambda line: None, clock)
    assert [read_number(luma(picture)) for picture in source.units()] == [1]
    assert clock.time_us >= 1_000_000 + 4_900_000 + 5_000_000
    source.close()


def test_a_silent_pipe_ends_when_its_time_is_over(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.mjpeg"
    os.mkfifo(fifo)
    writer = os.open(fifo, os.O_RDWR)
    os.write(writer, jpeg(numbered(3)))
    source = open_pictures(PictureSpec(RATE, file=str(fifo), lasts_s=Fraction(1, 2)), Stop(), lambda line: None)
    assert [read_number(luma(picture)) for picture in source.units()] == [3]
    source.close()
    os.close(writer)
