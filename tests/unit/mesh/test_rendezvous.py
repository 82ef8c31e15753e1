import fcntl
import os
import socket
from pathlib import Path

import pytest

from agora_cli.errors import NetworkError, RefusedError
from agora_cli.mesh.rendezvous import (
    announce,
    default_runtime_dir,
    joining,
    live_endpoints,
    namespace_directory,
    namespace_hash,
)


def test_the_runtime_directory_follows_xdg() -> None:
    assert default_runtime_dir({"XDG_RUNTIME_DIR": "/run/user/7"}) == Path("/run/user/7/agora")
    fallback = Path(f"/tmp/agora-{os.getuid()}")
    assert default_runtime_dir({}) == fallback
    assert default_runtime_dir({"XDG_RUNTIME_DIR": ""}) == fallback
    assert default_runtime_dir({"XDG_RUNTIME_DIR": "relative"}) == fallback


def test_directories_are_made_private(tmp_path: Path) -> None:
    directory = namespace_directory(tmp_path / "run", "any / text ☺")
    assert directory == tmp_path / "run" / namespace_hash("any / text ☺")
    assert directory.stat().st_mode & 0o777 == 0o700
    assert directory.parent.stat().st_mode & 0o777 == 0o700
    assert namespace_directory(tmp_path / "run", "any / text ☺") == directory


def test_a_directory_open_to_others_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir(mode=0o755)
    with pytest.raises(RefusedError, match="open to others: mode 0755, expected 0700"):
        namespace_directory(run, "n")


def test_a_link_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(RefusedError, match="a symbolic link"):
        namespace_directory(tmp_path / "run", "n")


def test_a_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace_directory(tmp_path / "run", "n")
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(RefusedError, match=f"owned by user {owner}, not {owner + 1}"):
        namespace_directory(tmp_path / "run", "n")


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
        assert live_endpoints(tmp_path) == [f"unixsock-stream/{alive}"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2-b.ep", "2-b.ep.lock"]
    assert live_endpoints(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_short_path_is_a_socket(tmp_path: Path) -> None:
    short = Path("/tmp")
    first, second = announce(short), announce(short)
    assert first.endpoint == f"unixsock-stream/{first.path}"
    assert first.path.name.startswith(f"{os.getpid()}-")
    assert first.path != second.path


@pytest.mark.parametrize("name", ["x" * 108, "a?b", "a#b", "a;b", "a,b"])
def test_a_path_that_no_socket_can_have_is_a_port(name: str, tmp_path: Path) -> None:
    directory = tmp_path / name
    directory.mkdir()
    announcement = announce(directory)
    assert announcement.endpoint.startswith("tcp/127.0.0.1:")
    assert live_endpoints(directory) == []
    announcement.publish()
    assert live_endpoints(directory) == [announcement.endpoint]
    announcement.withdraw()
    assert list(directory.iterdir()) == []


def test_the_longest_socket_path_is_a_socket_and_one_byte_more_is_a_port(tmp_path: Path) -> None:
    entry = len(f"/{os.getpid()}-01234567.ep")
    for length, protocol in ((107 - entry, "unixsock-stream"), (108 - entry, "tcp")):
        directory = Path("/tmp") / ("d" * (length - len("/tmp/")))
        directory.mkdir()
        try:
            announcement = announce(directory)
            assert announcement.endpoint.split("/")[0] == protocol
            announcement.withdraw()
        finally:
            directory.rmdir()


def test_who_is_leaving_is_not_chosen_but_lives_until_it_withdraws(tmp_path: Path) -> None:
    directory = tmp_path / ("x" * 108)
    directory.mkdir()
    announcement = announce(directory)
    announcement.publish()
    with joining(directory):
        announcement.retire()  # bounded: somebody else is joining for longer than it waits
    assert live_endpoints(directory) == []
    assert announcement.path.exists()
    announcement.withdraw()
    assert [path.name for path in directory.iterdir()] == ["open.lck"]
