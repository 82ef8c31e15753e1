"""Messages between two processes beside a bare pyzmq ipc pair, taken in turn; and a room of 50 users.

Both sides hand on each message's bytes to Python. Asked: a fifth of the peer's rate, and a round trip within
5 ms for 99 of 100 messages at 1,000 a second.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .figures import ratios, spread, table

REPETITIONS = 5
MESSAGES = 100_000
SIZES = (100, 1000)
ROUND_TRIPS = 3000
GAP_S = 0.001
USERS = 50
EACH_SAYS = 20
WAIT_S = 60.0

Echo = Callable[[bytes], None]


class Zmq:
    """A bare PAIR socket over ipc."""

    def __init__(self, directory: Path, is_server: bool) -> None:
        import zmq

        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.PAIR)
        endpoint = f"ipc://{directory}/pair.ipc"
        if is_server:
            self._socket.bind(endpoint)
        else:
            self._socket.connect(endpoint)

    def send(self, data: bytes) -> None:
        self._socket.send(data)

    def receive(self, count: int) -> int:
        for _ in range(count):
            self._socket.recv()
        return count

    def close(self) -> None:
        self._socket.close()
        self._context.term()


class Agora:
    """One user of a local channel, the limit lifted."""

    def __init__(self, directory: Path, is_server: bool) -> None:
        from agora_cli.rtm.base import Channel, RtmSpec
        from agora_cli.rtm.local.engine import LocalRtmEngine

        user = "server" if is_server else "client"
        self._client = LocalRtmEngine(directory).login(RtmSpec("bench", user, rate="unlimited"))
        self._client.subscribe("room")
        self._target = Channel("room")

    def send(self, data: bytes) -> None:
        self._client.publish(self._target, data)

    def receive(self, count: int) -> int:
        from agora_cli.rtm.base import Message

        got = 0
        deadline = time.monotonic() + WAIT_S
        while got < count and time.monotonic() < deadline:
            for event in self._client.events(1):
                got += type(event) is Message
        return got

    def close(self) -> None:
        self._client.close()


KINDS: dict[str, Any] = {"pyzmq ipc": Zmq, "agora": Agora}


def main() -> None:
    """Print rates, round trips and the room."""
    for size in SIZES:
        print_rates(size)
    print_round_trips()
    print_room()


def print_rates(size: int) -> None:
    """Print messages a second from one process to another."""
    times: dict[str, list[float]] = {name: [] for name in KINDS}
    for _ in range(REPETITIONS):
        for name in KINDS:
            times[name].append(apart(name, receiver, size))
    against = ratios(times, "pyzmq ipc")
    rows = [
        [name, spread([MESSAGES / seconds for seconds in each]), spread([1 / ratio for ratio in against[name]])]
        for name, each in times.items()
    ]
    table([f"{MESSAGES} messages of {size} B", "messages/s", "rate to pyzmq ipc (asked 0.2)"], rows)
    print()


def print_round_trips() -> None:
    """Print how long a message takes there and back at 1,000 a second."""
    rows = []
    for name in KINDS:
        trips = [apart(name, echoer, 100) for _ in range(REPETITIONS)]
        rows.append([name, *(spread([trip[part] for trip in trips]) for part in (0, 1))])
    table(["round trip of 100 B, 1,000/s", "p50 us", "p99 us (asked 5000)"], rows)
    print()


def print_room() -> None:
    """Print how long it takes until all users of a room have seen all messages of all."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name:
        ready, go, done = context.Semaphore(0), context.Event(), context.Barrier(USERS // 10)
        pipes, processes = [], []
        for first in range(0, USERS, 10):
            ours, theirs = context.Pipe()
            pipes.append(ours)
            processes.append(context.Process(target=crowd, args=(Path(name), first, ready, go, done, theirs)))
            processes[-1].start()
        for _ in processes:
            ready.acquire(timeout=WAIT_S)
        began = time.monotonic()
        go.set()
        seen = sum(pipe.recv() for pipe in pipes)
        took_s = time.monotonic() - began
        for process in processes:
            process.join()
    wanted = USERS * (USERS - 1) * EACH_SAYS
    row = [f"{seen} of {wanted}", f"{took_s:.2f}", f"{seen / took_s:.0f}"]
    table([f"{USERS} users say {EACH_SAYS} each", "seconds", "deliveries/s"], [row])


def apart(name: str, role: Callable[..., None], size: int) -> Any:
    """Run one measurement against another process; return what that says."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as directory:
        ours, theirs = context.Pipe()
        process = context.Process(target=role, args=(name, Path(directory), theirs))
        process.start()
        ours.recv()
        peer = KINDS[name](Path(directory), is_server=False)
        try:
            time.sleep(0.3)
            return DRIVERS[role](peer, ours, bytes(size))
        finally:
            ours.send(None)
            process.join()
            peer.close()


def receiver(name: str, directory: Path, control: Connection) -> None:
    """Take all messages, then say so."""
    peer = KINDS[name](directory, is_server=True)
    control.send("ready")
    control.send(peer.receive(MESSAGES))
    control.recv()
    peer.close()


def drive_receiver(peer: Any, control: Connection, data: bytes) -> float:
    """Send all messages; return the seconds until the other side had them."""
    began = time.perf_counter()
    for _ in range(MESSAGES):
        peer.send(data)
    got = control.recv()
    assert got == MESSAGES, f"only {got} of {MESSAGES} arrived"
    return time.perf_counter() - began


def echoer(name: str, directory: Path, control: Connection) -> None:
    """Send back as many messages as the other side sends."""
    peer = KINDS[name](directory, is_server=True)
    control.send("ready")
    for _ in range(ROUND_TRIPS):
        peer.receive(1)
        peer.send(bytes(100))
    control.recv()
    peer.close()


def drive_echoer(peer: Any, control: Connection, data: bytes) -> tuple[float, float]:
    """Send one message each millisecond; return p50 and p99 of the round trip in microseconds."""
    trips = []
    begin = time.perf_counter()
    for number in range(ROUND_TRIPS):
        time.sleep(max(0.0, begin + number * GAP_S - time.perf_counter()))
        began = time.perf_counter()
        peer.send(data)
        peer.receive(1)
        trips.append((time.perf_counter() - began) * 1e6)
    percentiles = statistics.quantiles(trips, n=100)
    return percentiles[49], percentiles[98]


DRIVERS: dict[Callable[..., None], Callable[[Any, Connection, bytes], Any]] = {
    receiver: drive_receiver,
    echoer: drive_echoer,
}


def crowd(directory: Path, first: int, ready: Any, go: Any, done: Any, control: Connection) -> None:
    """Be ten users: say something, hear everything."""
    from agora_cli.rtm.base import Channel, Message, RtmSpec
    from agora_cli.rtm.local.engine import LocalRtmEngine

    engine = LocalRtmEngine(directory)
    clients = [engine.login(RtmSpec("bench", f"user{first + number}")) for number in range(10)]
    for client in clients:
        client.subscribe("room")
    ready.release()
    go.wait()
    for number in range(EACH_SAYS):
        for client in clients:
            client.publish(Channel("room"), b"%d" % number)
    seen = dict.fromkeys(clients, 0)
    wanted = (USERS - 1) * EACH_SAYS
    deadline = time.monotonic() + WAIT_S
    while min(seen.values()) < wanted and time.monotonic() < deadline:
        for client in clients:
            seen[client] += sum(isinstance(event, Message) for event in client.events(0.01))
    control.send(sum(seen.values()))
    done.wait(2 * WAIT_S)
    for client in clients:
        client.close()
