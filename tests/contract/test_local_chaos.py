"""Processes of a local channel that are killed, stopped or end without a word harm no other."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from agora_cli.engines.base import ConnectionSpec, Subscribe
from agora_cli.engines.local.connection import BYE_TIMEOUT_S, LocalConnection
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.events import Event, Joined, Left, MediaReceived
from tests.contract.local_member import CHANNEL, frame

ROOT = Path(__file__).parents[2]
DEADLINE_S = 60.0


class Processes:
    """Starts members, and ends them all with the test."""

    def __init__(self, runtime: Path) -> None:
        self.runtime = runtime
        self._all: list[subprocess.Popen[str]] = []

    def start(self, verb: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.contract.local_member", verb, str(self.runtime), *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
        self._all.append(process)
        return process

    def end(self) -> None:
        for process in self._all:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.communicate(timeout=10)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    members = Processes(tmp_path / "run")
    try:
        yield members
    finally:
        members.end()


@pytest.fixture
def listener(processes: Processes) -> Iterator[LocalConnection]:
    spec = ConnectionSpec("", CHANNEL, "1000", role="audience", subscribe=Subscribe())
    with closing(LocalEngine(processes.runtime).open(spec)) as connection:
        yield connection


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def read_until_left(listener: LocalConnection, users: set[str]) -> dict[str, list[Event]]:
    """Return the events of each user, up to the leave of all `users`."""
    rows: dict[str, list[Event]] = {user: [] for user in users}
    deadline = time.monotonic() + DEADLINE_S
    waiting = set(users)
    while waiting:
        assert time.monotonic() < deadline, f"still there: {sorted(waiting)}"
        for event in listener.events(0.05):
            assert isinstance(event, Joined | Left | MediaReceived)
            rows.setdefault(event.user, []).append(event)
            if isinstance(event, Left):
                waiting.discard(event.user)
    return rows


def media(events: list[Event]) -> list[MediaReceived]:
    return [event for event in events if isinstance(event, MediaReceived)]


def test_killing_any_of_ten_senders_harms_no_other(processes: Processes, listener: LocalConnection) -> None:
    count, victims = 300, {"2", "5", "9"}
    senders = {str(user): processes.start("send", user, count, 0.005) for user in range(1, 11)}
    for sender in senders.values():
        assert line(sender) == "joined"
    for victim in sorted(victims):
        senders[victim].kill()
    rows = read_until_left(listener, set(senders))
    for user, events in rows.items():
        units = media(events)
        assert [event.lost for event in units] == [0] * len(units), user
        assert [event.unit for event in units] == [frame(number) for number in range(len(units))], user
        assert isinstance(events[-1], Left)
        assert events[-1].reason == ("lost" if user in victims else "bye")
        assert user in victims or len(units) == count


def test_killing_the_listener_harms_no_sender(processes: Processes, listener: LocalConnection) -> None:
    doomed = processes.start("listen", 77)
    assert line(doomed) == "joined"
    sender = processes.start("send", 1, 200, 0.005)
    assert line(sender) == "joined"
    doomed.kill()
    units = media(read_until_left(listener, {"1"})["1"])
    assert [event.unit for event in units] == [frame(number) for number in range(200)]
    assert sender.wait(timeout=10) == 0


def test_the_first_and_last_frame_of_quick_senders_is_never_lost(
    processes: Processes, listener: LocalConnection
) -> None:
    senders = [processes.start("quick", first, first + 4, 5) for first in range(1, 51, 5)]
    rows = read_until_left(listener, {str(user) for user in range(1, 51)})
    for user, events in rows.items():
        assert [event.unit for event in media(events)] == [frame(number) for number in range(5)], user
        assert [type(event) for event in events] == [Joined, *[MediaReceived] * 5, Left], user
        assert events[-1].reason == "bye", user
    assert [sender.wait(timeout=10) for sender in senders] == [0] * 10


def test_who_hangs_delays_flush_and_close_by_their_time_only(processes: Processes, listener: LocalConnection) -> None:
    hung = processes.start("listen", 77)
    assert line(hung) == "joined"
    with ExitStack() as stack:
        sender = LocalEngine(processes.runtime).open(ConnectionSpec("", CHANNEL, "1"))
        stack.callback(sender.close)
        hung.send_signal(signal.SIGSTOP)
        for number in range(100):
            sender.push(frame(number))
        began = time.monotonic()
        assert not sender.flush(0.3)
        assert 0.3 <= time.monotonic() - began < 1.0
        began = time.monotonic()
        sender.close()
        assert time.monotonic() - began < BYE_TIMEOUT_S + 1.0
    units = media(read_until_left(listener, {"1"})["1"])
    assert [event.unit for event in units] == [frame(number) for number in range(100)]


def test_who_dies_during_a_flush_is_not_waited_for(processes: Processes) -> None:
    doomed = processes.start("listen", 77)
    assert line(doomed) == "joined"
    with closing(LocalEngine(processes.runtime).open(ConnectionSpec("", CHANNEL, "1"))) as sender:
        doomed.send_signal(signal.SIGSTOP)
        threading.Timer(0.2, os.kill, (doomed.pid, signal.SIGKILL)).start()
        began = time.monotonic()
        assert sender.flush(DEADLINE_S)
        assert time.monotonic() - began < DEADLINE_S / 2


def test_messages_reach_a_reader_that_hung_longer_than_its_lease(processes: Processes) -> None:
    hung = processes.start("listen", 77)
    assert line(hung) == "joined"
    with closing(LocalEngine(processes.runtime).open(ConnectionSpec("", CHANNEL, "1"))) as sender:
        sender.send(b"0")
        hung.send_signal(signal.SIGSTOP)
        deadline = time.monotonic() + 4.0
        number = 0
        while time.monotonic() < deadline:
            number += 1
            sender.send(str(number).encode())
            time.sleep(0.04)
        hung.send_signal(signal.SIGCONT)
        number += 1
        sender.send(str(number).encode())
        got: list[str] = []
        while len(got) <= number:
            words = line(hung).split()
            got += words[2:] if words[0] == "data" else []
    assert got == [str(message) for message in range(number + 1)]


@pytest.mark.parametrize(("how", "code"), [("raise", 1), ("exit", 4), ("end", 0)])
def test_a_process_that_forgets_to_close_ends_all_the_same(processes: Processes, how: str, code: int) -> None:
    with closing(LocalEngine(processes.runtime).open(ConnectionSpec("", CHANNEL, "1"))) as sender:
        crashing = processes.start("crash", how)
        assert line(crashing) == "joined"
        deadline = time.monotonic() + DEADLINE_S
        while crashing.poll() is None:
            assert time.monotonic() < deadline, "it hangs"
            sender.push(frame(0))
            time.sleep(0.0005)
    assert crashing.returncode == code


def test_a_user_that_comes_back_at_once_loses_nothing(tmp_path: Path) -> None:
    """The token of a stay went past what the stay before it had sent, which was then ignored."""
    engine, rounds = LocalEngine(tmp_path / "run"), 300
    with closing(engine.open(ConnectionSpec("", CHANNEL, "1000", subscribe=Subscribe()))) as listener:
        for number in range(rounds):
            with closing(engine.open(ConnectionSpec("", CHANNEL, "7"))) as sender:
                sender.push(frame(number))
        events: list[Event] = []
        deadline = time.monotonic() + DEADLINE_S
        while sum(isinstance(event, Left) for event in events) < rounds:
            assert time.monotonic() < deadline
            events += listener.events(0.1)
    assert [event.unit for event in media(events)] == [frame(number) for number in range(rounds)]
