import fcntl
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from agora_cli.errors import NetworkError
from agora_cli.mesh.rendezvous import Announcement, joining, live_entries, new_entry


def test_the_lock_is_exclusive_and_the_wait_bounded(tmp_path: Path) -> None:
    with joining(tmp_path), pytest.raises(NetworkError, match="holds .*open.lck"), joining(tmp_path, timeout_s=0.0):
        pass
    with joining(tmp_path, timeout_s=0.0):
        pass


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), joining(tmp_path):
        raise ZeroDivisionError
    with joining(tmp_path, timeout_s=0.0):
        pass


def test_the_living_are_listed_and_the_dead_removed(tmp_path: Path) -> None:
    dead, alive, half = tmp_path / "1-a.ep", tmp_path / "2-b.ep", tmp_path / "3-c.ep"
    for path in (dead, alive):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
        path.with_name(path.name + ".lock").touch()
    half.touch()  # killed between the removal of its two files
    with alive.with_name("2-b.ep.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert live_entries(tmp_path) == [Announcement(alive)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2-b.ep", "2-b.ep.lock"]
    assert live_entries(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_an_entry_names_its_process_and_its_socket(tmp_path: Path) -> None:
    first, second = new_entry(tmp_path), new_entry(tmp_path)
    assert first.endpoint == f"unixsock-stream/{first.path}"
    assert first.pid == os.getpid()
    assert first.name.startswith(f"{os.getpid()}-")
    assert first.name != second.name
    assert Announcement(tmp_path / "strange.ep").pid == 0


def test_a_stopped_process_is_told_from_one_that_runs(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        entry = Announcement(tmp_path / f"{process.pid}-0.ep")
        assert not entry.is_stopped
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        assert entry.is_stopped
        process.kill()
    assert not entry.is_stopped


def test_who_is_leaving_is_not_chosen_but_lives_until_it_withdraws(tmp_path: Path) -> None:
    entry = new_entry(tmp_path)
    entry.path.touch()
    lock_path = entry.path.with_name(entry.path.name + ".lock")
    with lock_path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert live_entries(tmp_path) == [entry]
        with joining(tmp_path):
            entry.retire()  # bounded: somebody else is joining for longer than it waits
        assert live_entries(tmp_path) == []
        assert entry.path.exists()
    entry.withdraw()
    assert [path.name for path in tmp_path.iterdir()] == ["open.lck"]
