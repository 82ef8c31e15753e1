import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.sources.pictures import files as picture_files
from agora_cli.sources.pictures.files import (
    DirectoryWatch,
    Found,
    list_pictures,
    natural_key,
    read_file,
    read_files,
    read_stream,
)
from tests.unit.stills import jpeg, png, smooth

ONE, TWO = jpeg(smooth(16, 16, 1)), jpeg(smooth(16, 16, 2))


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time_us = 1_000_000

    def now_us(self) -> int:
        return self.time_us

    def sleep_us(self, duration_us: int) -> None:
        self.time_us += duration_us


def test_two_comes_before_ten_in_any_case(tmp_path: Path) -> None:
    names = ["p10.jpg", "p2.JPG", "P1.jpeg", "a.JpEg", "p2.jpg", "10.jpg", "9.jpg", "p02b.jpg"]
    for name in [*names, ".hidden.jpg", "._p1.jpg", "notes.txt", "p3.png", "p4.jpg.part"]:
        (tmp_path / name).write_bytes(ONE)
    (tmp_path / "folder.jpg").mkdir()
    found = [path.name for path in list_pictures(tmp_path)]
    assert found == ["9.jpg", "10.jpg", "a.JpEg", "P1.jpeg", "p2.JPG", "p2.jpg", "p02b.jpg", "p10.jpg"]


def test_natural_order_has_no_ties_and_no_mixed_comparisons() -> None:
    names = ["1a", "a1", "a", "1", "01", "a01", "A1", "²", "1²1"]
    assert len(sorted((Path(f"x/{name}.jpg") for name in names), key=natural_key)) == len(names)


def test_a_directory_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read .*missing: No such file"):
        list_pictures(tmp_path / "missing")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (ONE, None),
        (png(smooth(16, 16)), None),
        (b"", "an empty file"),
        (ONE[:200], "cut: no end of picture in 200 bytes"),
        (png(smooth(16, 16))[:100], "cut: no end of picture in 100 bytes"),
        (b"GIF89a...", "expected a JPEG or PNG, got 47 49 46 38 39 61 2e 2e"),
    ],
)
def test_a_file_is_read_or_has_a_fault(tmp_path: Path, data: bytes, fault: str | None) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    kept = b"" if fault and not fault.startswith("cut") else data  # a lenient decoder may still show it
    assert read_file(tmp_path / "a.jpg") == Found("a.jpg", kept, fault)


def test_a_file_that_vanished_has_a_fault(tmp_path: Path) -> None:
    assert read_file(tmp_path / "gone.jpg").fault == "cannot be read: No such file or directory"


def test_files_are_repeated(tmp_path: Path) -> None:
    for name in ("1.jpg", "2.jpg"):
        (tmp_path / name).write_bytes(ONE)
    paths = list_pictures(tmp_path)
    assert [found.name for found in read_files(paths, 2)] == ["1.jpg", "2.jpg"] * 2
    forever = read_files(paths, None)
    assert [next(forever).name for _ in range(5)] == ["1.jpg", "2.jpg", "1.jpg", "2.jpg", "1.jpg"]


def test_a_stream_names_what_is_broken_by_its_offset() -> None:
    clock = FakeClock()
    found = list(read_stream([ONE[:-4], TWO + ONE[:50]], "stdin", clock))
    assert [(item.name, item.fault is None) for item in found] == [
        ("stdin picture 1", True),
        ("stdin at byte 0", False),
        (f"stdin at byte {len(ONE) - 4 + len(TWO)}", False),
    ]


def test_a_stream_stamps_each_picture_when_it_is_whole() -> None:
    clock = FakeClock()

    def chunks() -> Iterator[bytes]:
        yield ONE[:-1]
        clock.sleep_us(5)
        yield ONE[-1:]

    assert [found.at_us for found in read_stream(chunks(), "stdin", clock)] == [1_000_005]


class Watched:
    """A directory, a watch on it, and its clock."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = FakeClock()
        self.stop = Stop()
        self.watch = DirectoryWatch(directory, self.clock, self.stop)

    def look(self) -> list[tuple[str, str | None]]:
        return [(found.name, found.fault) for found in self.watch.look()]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_watch_gives_what_is_there_then_each_new_file(watched: Watched) -> None:
    (watched.directory / "2.jpg").write_bytes(ONE)
    (watched.directory / "10.jpg").write_bytes(ONE)
    assert watched.look() == [("2.jpg", None), ("10.jpg", None)]
    assert watched.look() == []
    (watched.directory / "1.jpg").write_bytes(TWO)
    assert watched.look() == [("1.jpg", None)]


def test_a_half_written_file_waits_at_every_length_until_it_is_whole(watched: Watched) -> None:
    path = watched.directory / "1.jpg"
    for size in range(len(ONE)):
        path.write_bytes(ONE[:size])
        assert watched.look() == [], size
    path.write_bytes(ONE)
    assert watched.look() == [("1.jpg", None)]
    assert watched.look() == []


def test_a_file_that_stays_cut_is_named_once_and_sent_when_it_is_finished(watched: Watched) -> None:
    path = watched.directory / "1.jpg"
    path.write_bytes(ONE[:100])
    assert watched.look() == []
    watched.clock.sleep_us(2_000_001)
    assert watched.look() == [("1.jpg", "cut: no end of picture in 100 bytes")]
    assert watched.look() == []
    path.write_bytes(ONE)
    assert watched.look() == [("1.jpg", None)]


def test_a_file_that_is_written_again_is_sent_again(watched: Watched) -> None:
    path = watched.directory / "latest.jpg"
    path.write_bytes(ONE)
    assert watched.look() == [("latest.jpg", None)]
    other = watched.directory / "next.tmp"
    other.write_bytes(TWO)
    other.rename(path)
    assert watched.look() == [("latest.jpg", None)]


def test_a_file_that_was_taken_away_is_forgotten_and_sent_when_it_comes_back(watched: Watched) -> None:
    path, away = watched.directory / "1.jpg", watched.directory / "1.away"
    path.write_bytes(ONE)
    assert watched.look() == [("1.jpg", None)]
    path.rename(away)
    assert watched.look() == []
    away.rename(path)
    assert watched.look() == [("1.jpg", None)]


def test_a_large_directory_is_looked_at_less_often(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeps: list[int] = []

    def slow_listing(directory: Path) -> list[os.DirEntry[str]]:
        watched.clock.time_us += 10_000
        if len(sleeps) == 3:
            watched.stop.set()
        return []

    monkeypatch.setattr(watched.clock, "sleep_us", sleeps.append)
    monkeypatch.setattr(picture_files, "_entries", slow_listing)
    assert list(watched.watch) == []
    assert sleeps == [200_000] * 4


def test_a_watch_ends_on_a_stop(watched: Watched) -> None:
    (watched.directory / "1.jpg").write_bytes(ONE)
    for found in watched.watch:
        assert found.at_us == 1_000_000
        watched.stop.set()
