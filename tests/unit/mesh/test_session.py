import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import pytest
import zenoh

from agora_cli.errors import NetworkError
from agora_cli.mesh import session as session_module
from agora_cli.mesh.directory import meeting_directory, namespace_directory
from agora_cli.mesh.session import Mesh, open_mesh


@pytest.fixture(params=["short", "long"])
def runtime(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / ("run" if request.param == "short" else "r" * 108)


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
    arrived: SimpleQueue[bytes] = SimpleQueue()
    subscriber = first.session.declare_subscriber("a", zenoh.handlers.FifoChannel(8))
    first.read(subscriber.handler, lambda sample: arrived.put(bytes(sample.payload)), "test")
    deadline = time.monotonic() + 5
    while arrived.empty():  # the declaration is on its way: put until it has come
        assert time.monotonic() < deadline
        second.session.put("a", b"x")
    assert arrived.get() == b"x"


def test_the_first_query_reaches_all_who_were_there(runtime: Path) -> None:
    def answer(query: zenoh.Query) -> None:
        with query:
            query.reply("q", b"yes")

    with ExitStack() as stack:
        for _ in range(8):
            mesh = stack.enter_context(open_mesh("n", runtime))
            queryable = stack.enter_context(mesh.session.declare_queryable("q", zenoh.handlers.FifoChannel(8)))
            mesh.read(queryable.handler, answer, "test")
        for _ in range(5):
            with open_mesh("n", runtime) as newcomer:
                replies = newcomer.session.get(
                    "q",
                    target=zenoh.QueryTarget.ALL,
                    consolidation=zenoh.ConsolidationMode.NONE,
                    timeout=5,
                )
                assert sum(reply.ok is not None for reply in replies) == 8


def test_a_reader_ends_with_its_declaration(runtime: Path) -> None:
    with open_mesh("n", runtime) as mesh:
        subscriber = mesh.session.declare_subscriber("a", zenoh.handlers.RingChannel(8))
        mesh.read(subscriber.handler, lambda sample: None, "short-lived")
        assert "short-lived" in [thread.name for thread in threading.enumerate()]
        subscriber.undeclare()
    assert "short-lived" not in [thread.name for thread in threading.enumerate()]


def test_namespaces_do_not_meet(runtime: Path) -> None:
    with open_mesh("one", runtime), open_mesh("two", runtime) as second:
        assert second.session.info.peers_zid() == []


def test_close_leaves_nothing_and_can_be_repeated(runtime: Path) -> None:
    mesh = open_mesh("n", runtime)
    mesh.close()
    mesh.close()
    assert mesh.closed
    directory = meeting_directory(namespace_directory(runtime, "n"))
    assert [path.name for path in directory.iterdir()] == ["open.lck"]


def test_a_failure_to_open_is_ours_and_leaves_nothing(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> zenoh.Session:
        raise zenoh.ZError("cannot listen")

    monkeypatch.setattr(session_module, "_open_session", fail)
    with pytest.raises(NetworkError, match="cannot join the local channels: cannot listen"):
        open_mesh("n", runtime)
    directory = meeting_directory(namespace_directory(runtime, "n"))
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


FLOODED = """
import os, pathlib, sys, time
import zenoh
from agora_cli.mesh.session import open_mesh
mesh = open_mesh("n", pathlib.Path(sys.argv[1]))
subscriber = mesh.session.declare_subscriber("a", zenoh.handlers.RingChannel(64))
seen = []
mesh.read(subscriber.handler, seen.append, "reader")
while len(seen) < 20:
    time.sleep(0.001)
"""


@pytest.mark.parametrize(
    ("end", "code"), [("", 0), ("sys.exit(3)", 3), ("raise RuntimeError", 1), ("os.kill(os.getpid(), 15)", -15)]
)
def test_a_process_that_forgets_to_close_ends_all_the_same(end: str, code: int, tmp_path: Path) -> None:
    """Under traffic: zenoh's callbacks hang there, and a thread inside recv() aborts."""
    done = threading.Event()

    def flood() -> None:
        while not done.wait(0.0001):
            mesh.session.put("a", b"x" * 320)

    with open_mesh("n", tmp_path / "run") as mesh:
        flooding = threading.Thread(target=flood)
        flooding.start()
        try:
            ended = subprocess.run(
                [sys.executable, "-c", FLOODED + end, str(tmp_path / "run")], capture_output=True, timeout=30
            )
        finally:
            done.set()
            flooding.join()
    assert ended.returncode == code, ended.stderr.decode()
