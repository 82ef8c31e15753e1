"""Kill, stop and start processes at random: whoever lives is linked to all who live, every time."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agora_cli.mesh.rendezvous import namespace_directory

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
    entries = list(namespace_directory(runtime, "chaos").glob("*.ep"))
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
