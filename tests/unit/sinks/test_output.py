"""output.py: nothing that is there is written over, followed or shared; a pipe can always be left."""

import errno
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.sinks.output import Outlet, OutputFile, is_special


def names(directory: Path) -> Callable[[], Path]:
    """Return what gives a.1, a.2 ..."""
    numbers = count(1)
    return lambda: directory / f"a.{next(numbers)}"


def written(outlet: Outlet, directory: Path, data: bytes) -> str:
    with outlet.create(names(directory)) as file:
        file.write(data)
    return file.path.name


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "a.1")
    return tmp_path / "a.1"


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_an_earlier_run_left_is_passed_over_or_replaced(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "a.1").write_bytes(b"a longer one of yesterday")
    outlet = Outlet(overwrite)
    assert written(outlet, tmp_path, b"new") == ("a.1" if overwrite else "a.2")
    assert (tmp_path / "a.1").read_bytes() == (b"new" if overwrite else b"a longer one of yesterday")
    assert outlet.passed_over == ([] if overwrite else [tmp_path / "a.1"])


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("target", ["there", "dangling"])
def test_a_symbolic_link_is_never_followed(tmp_path: Path, target: str, overwrite: bool) -> None:
    (tmp_path / "there").write_bytes(b"somebody's")
    (tmp_path / "a.1").symlink_to(tmp_path / target)
    assert written(Outlet(overwrite), tmp_path, b"new") == "a.2"
    assert (tmp_path / "there").read_bytes() == b"somebody's"
    assert not (tmp_path / "dangling").exists()
    assert (tmp_path / "a.1").is_symlink()


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_directory_of_that_name_is_passed_over(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "a.1").mkdir()
    assert written(Outlet(overwrite), tmp_path, b"new") == "a.2"


def test_two_recorders_that_overwrite_share_no_file(tmp_path: Path) -> None:
    with Outlet(True).create(names(tmp_path)) as first:
        first.write(b"first")
        assert written(Outlet(True), tmp_path, b"second") == "a.2"
    assert (tmp_path / "a.1").read_bytes() == b"first"
    assert written(Outlet(True), tmp_path, b"third") == "a.1"


def test_a_file_of_the_same_run_is_not_overwritten_though_it_is_finished(tmp_path: Path) -> None:
    outlet = Outlet(True)
    assert [written(outlet, tmp_path, b"x"), written(outlet, tmp_path, b"y")] == ["a.1", "a.2"]
    assert outlet.publish(names(tmp_path), b"z").name == "a.3"


def test_a_file_system_without_locks_is_still_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert written(Outlet(), tmp_path, b"new") == "a.1"


def test_a_fault_of_the_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        Outlet().create(names(tmp_path / "gone"))
    assert caught.value.filename == str(tmp_path / "gone" / "a.1")


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_picture_is_there_whole_and_takes_nobody_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool, links: bool
) -> None:
    def no_links(*paths: Path) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "a.1").write_bytes(b"old")
    outlet = Outlet(overwrite)
    assert outlet.publish(names(tmp_path), b"new").name == ("a.1" if overwrite else "a.2")
    assert outlet.publish(names(tmp_path), b"next").name == ("a.2" if overwrite else "a.3")
    assert not list(tmp_path.glob(".*"))


def test_discarding_removes_a_file_and_leaves_a_pipe(tmp_path: Path, fifo: Path, reader: int) -> None:
    Outlet().create(names(tmp_path)).discard()
    assert fifo.exists()
    other = Outlet().create(lambda: tmp_path / "b")
    other.discard()
    other.discard()
    assert not (tmp_path / "b").exists()


@pytest.fixture
def reader(fifo: Path) -> Iterator[int]:
    descriptor = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    yield descriptor
    os.close(descriptor)


def test_special_files(tmp_path: Path, fifo: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/null")
    assert [is_special(path) for path in (fifo, Path("/dev/null"), tmp_path / "link")] == [True] * 3
    assert [is_special(path) for path in (tmp_path, tmp_path / "none", tmp_path / "\0")] == [False] * 3


def test_a_pipe_is_opened_once_and_its_reader_sees_all_and_the_end(tmp_path: Path, fifo: Path, reader: int) -> None:
    outlet = Outlet()
    assert outlet.wait_for_reader(fifo)
    assert written(outlet, tmp_path, b"new") == "a.1"
    assert (os.read(reader, 9), os.read(reader, 9)) == (b"new", b"")


def test_a_pipe_that_no_file_wanted_is_closed(fifo: Path, reader: int) -> None:
    outlet = Outlet()
    assert outlet.wait_for_reader(fifo)
    outlet.close()
    outlet.close()
    assert os.read(reader, 9) == b""


def test_waiting_for_a_reader_ends_when_asked(fifo: Path) -> None:
    stop = Stop()
    outlet = Outlet(stop=stop)
    answers: list[bool] = []
    waiter = threading.Thread(target=lambda: answers.append(outlet.wait_for_reader(fifo)))
    waiter.start()
    stop.set()
    waiter.join(10)
    assert answers == [False]


def test_a_pipe_that_nobody_reads_is_passed_over_by_who_cannot_wait(tmp_path: Path, fifo: Path) -> None:
    assert written(Outlet(), tmp_path, b"new") == "a.2"


def test_a_slow_reader_gets_every_byte(tmp_path: Path, fifo: Path, reader: int) -> None:
    data = bytes(range(256)) * 2000
    got = bytearray()

    def read() -> None:
        os.set_blocking(reader, True)
        while block := os.read(reader, 4096):
            got.extend(block)

    with Outlet().create(names(tmp_path)) as file:
        assert isinstance(file, OutputFile)
        slow = threading.Thread(target=read)
        slow.start()
        assert file.write(data) == len(data)
    slow.join(10)
    assert bytes(got) == data


def test_a_reader_that_takes_nothing_is_given_up_after_the_wish_to_end(tmp_path: Path, fifo: Path, reader: int) -> None:
    stop = Stop()
    with Outlet(stop=stop).create(names(tmp_path)) as file:
        stop.set()
        with pytest.raises(OSError, match="its reader takes nothing") as caught:
            file.write(bytes(1 << 20))
    assert caught.value.filename == str(fifo)
