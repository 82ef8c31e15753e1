import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zenoh

from agora_cli.errors import NetworkError
from agora_cli.mesh import Mesh, open_mesh, rendezvous
from agora_cli.mesh import session as session_module


@pytest.fixture(params=["socket", "port"])
def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / ("run" if request.param == "socket" else "r" * 108)


@pytest.fixture
def pair(runtime: Path) -> Iterator[tuple[Mesh, Mesh]]:
    with open_mesh("n", runtime) as first, open_mesh("n", runtime) as second:
        yield first, second


def test_two_members_are_linked_when_the_second_open_returns(pair: tuple[Mesh, Mesh]) -> None:
    first, second = pair
    assert [str(zid) for zid in second.session.info.peers_zid()] == [first.zid]
    assert first.zid != second.zid


def test_bytes_arrive(pair: tuple[Mesh, Mesh]) -> None:
    first, second = pair
    answer = zenoh.handlers.Callback(lambda query: query.reply("q", bytes(query.payload) + b"-pong"), indirect=False)
    first.session.declare_queryable("q", answer)
    deadline = time.monotonic() + 5
    replies: list[bytes] = []
    while not replies:  # the declaration is on its way
        assert time.monotonic() < deadline
        replies = [bytes(reply.ok.payload) for reply in second.session.get("q", payload=b"ping", timeout=5)]
    assert replies == [b"ping-pong"]


def test_namespaces_do_not_meet(runtime: Path) -> None:
    with open_mesh("one", runtime), open_mesh("two", runtime) as second:
        assert second.session.info.peers_zid() == []


def test_close_leaves_nothing_and_can_be_repeated(runtime: Path) -> None:
    mesh = open_mesh("n", runtime)
    mesh.close()
    mesh.close()
    assert mesh.closed
    directory = rendezvous.namespace_directory(runtime, "n")
    assert [path.name for path in directory.iterdir()] == ["open.lck"]


def test_a_failure_to_open_is_ours_and_leaves_nothing(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> zenoh.Session:
        raise zenoh.ZError("cannot listen")

    monkeypatch.setattr(session_module, "_open_session", fail)
    with pytest.raises(NetworkError, match="cannot join the local channels: cannot listen"):
        open_mesh("n", runtime)
    directory = rendezvous.namespace_directory(runtime, "n")
    assert [path.name for path in directory.iterdir()] == ["open.lck"]


def test_without_shared_memory_it_opens_all_the_same(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = zenoh.open
    asked: list[str] = []

    def without(config: zenoh.Config) -> zenoh.Session:
        asked.append(config.get_json("transport/shared_memory/enabled"))
        if asked[-1] == "true":
            raise zenoh.ZError("Unable to create shm segment")
        return real(config)

    monkeypatch.setattr(zenoh, "open", without)
    monkeypatch.setattr(session_module, "shm_pool_bytes", lambda: 1 << 20)
    open_mesh("n", runtime).close()
    assert asked == ["true", "false"]


@pytest.mark.parametrize(
    ("end", "code"), [("", 0), ("sys.exit(3)", 3), ("raise RuntimeError", 1), ("os.kill(os.getpid(), 15)", -15)]
)
def test_a_process_that_forgets_to_close_still_ends(end: str, code: int, tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib\nfrom agora_cli.mesh import open_mesh\n"
        "import zenoh\nmesh = open_mesh('n', pathlib.Path(sys.argv[1]))\n"
        "s = mesh.session.declare_subscriber('a', zenoh.handlers.RingChannel(4))\n"
        f"{end}\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "run")], capture_output=True, timeout=30)
    assert done.returncode == code, done.stderr.decode()
