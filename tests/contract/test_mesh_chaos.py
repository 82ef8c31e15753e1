"""Kill, stop and start processes at random: whoever lives is linked to all who live, every time."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from agora_cli.mesh.directory import meeting_path, namespace_directory
from agora_cli.mesh.session import open_mesh

MEMBER = """
import pathlib, sys
from agora_cli.mesh.session import open_mesh
with open_mesh("chaos", pathlib.Path(sys.argv[1])) as mesh:
    print(mesh.zid, flush=True)
    for line in sys.stdin:
        print(*sorted(str(zid) for zid in mesh.session.info.peers_zid()), flush=True)
"""
MEMBERS = 8
ROUNDS = 6
SETTLE_S = 8.0


class Member:
    """One process in the mesh."""

    def __init__(self, runtime: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", MEMBER, str(runtime)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._zid = ""

    def zid(self) -> str:
        self._zid = self._zid or self._read()
        return self._zid

    def peers(self) -> list[str]:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._read().split()

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.communicate(timeout=10)

    def _read(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"a member died with {self.process.wait(timeout=10)}"
        return line.strip()


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def members(runtime: Path) -> Iterator[list[Member]]:
    alive = [Member(runtime) for _ in range(MEMBERS)]
    try:
        yield alive
    finally:
        for member in alive:
            member.process.send_signal(signal.SIGCONT)
            member.end(signal.SIGKILL)


def assert_full_mesh(members: list[Member]) -> None:
    deadline = time.monotonic() + SETTLE_S
    everybody = {member.zid() for member in members}
    while True:
        missing = {member.zid(): sorted(everybody - {member.zid(), *member.peers()}) for member in members}
        if not any(missing.values()):
            return
        assert time.monotonic() < deadline, f"not linked: { {k: v for k, v in missing.items() if v} }"
        time.sleep(0.02)


def test_kills_and_simultaneous_newcomers(members: list[Member], runtime: Path) -> None:
    dice = random.Random(2)
    assert_full_mesh(members)
    for _ in range(ROUNDS):
        victims = dice.sample(members, dice.randint(1, 3))
        for victim in victims:
            members.remove(victim)
            victim.end(signal.SIGKILL)
        members += [Member(runtime) for _ in victims]
        assert_full_mesh(members)
    entries = list(meeting_path(namespace_directory(runtime, "chaos")).glob("*.ep"))
    assert len(entries) <= MEMBERS + 3, "what the dead left is not removed"


def test_newcomers_while_a_member_hangs(members: list[Member], runtime: Path) -> None:
    assert_full_mesh(members)
    hung = members[3]
    hung.process.send_signal(signal.SIGSTOP)
    newcomers = [Member(runtime) for _ in range(2)]
    awake = [member for member in members if member is not hung]
    members += newcomers
    assert_full_mesh([*awake, *newcomers])
    hung.process.send_signal(signal.SIGCONT)
    assert_full_mesh(members)


def test_a_stopped_member_is_named_and_holds_nobody_at_the_door(members: list[Member], runtime: Path) -> None:
    """zenoh itself waits 10 s for its answer when a newcomer leaves."""
    assert_full_mesh(members)
    stopped = members[3].process
    stopped.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, stopped.pid, os.WSTOPPED | os.WNOWAIT)
    comes_and_goes = (
        "import pathlib, sys\nfrom agora_cli.mesh.session import open_mesh\n"
        "with open_mesh('chaos', pathlib.Path(sys.argv[1])) as mesh:\n    print(*mesh.silent)"
    )
    visit = subprocess.run(
        [sys.executable, "-c", comes_and_goes, str(runtime)], capture_output=True, text=True, timeout=8, check=True
    )
    assert visit.stdout.split() == [str(stopped.pid)]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("name", ["run", "r" * 108, "a,b"])
def test_another_user_finds_nothing_to_knock_at(name: str, tmp_path: Path) -> None:
    knock = (
        "import os, socket, sys\nos.setgid(65534)\nos.setuid(65534)\n"
        "with socket.socket(socket.AF_UNIX) as caller:\n    caller.connect(sys.argv[1])"
    )
    with open_mesh("n", tmp_path / name):
        meeting = meeting_path(namespace_directory(tmp_path / name, "n"))
        (entry,) = meeting.glob(f"{os.getpid()}-*.ep")
        knocked = subprocess.run([sys.executable, "-c", knock, str(entry)], capture_output=True, text=True, timeout=30)
        assert "PermissionError" in knocked.stderr
        assert listening_ports() == []


def listening_ports() -> list[str]:
    """Return the local addresses of this process that accept TCP connections."""
    sockets = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            sockets.add(str(path.readlink()))
    rows = [line.split() for kind in ("tcp", "tcp6") for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]
