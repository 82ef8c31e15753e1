"""The local channel: latency it adds to a stream, and 100 streams from one process to one reader.

Peers measured in the same run, on the same schedule: zenoh's own put and recv, and pyzmq over ipc. A unit of
10 ms at 48 kHz carries the clock at its push; its latency ends where the reader's loop has it in hand.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agora_cli.engines.base import ConnectionSpec, Subscribe
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.events import MediaReceived
from agora_cli.frames import PcmFrame
from agora_cli.mesh.session import open_mesh

KINDS = ("agora", "zenoh", "zmq")
INTERVAL_NS = 10_000_000
PADDING = bytes(960 - 8)
ROUNDS = 3
ONE_STREAM_S = 3
MANY_STREAMS = 100
MANY_S = 15
GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Result:
    """One run: latencies in microseconds, units that never came, processor seconds a second."""

    p50_us: float
    p99_us: float
    lost: int
    sender_cpu: float
    reader_cpu: float


def payload() -> bytes:
    """Return one frame that carries the time."""
    return time.monotonic_ns().to_bytes(8, "little") + PADDING


@contextmanager
def pushers(kind: str, runtime: Path, streams: int) -> Iterator[list[Callable[[bytes], object]]]:
    """Yield a function a stream that sends bytes in the way of `kind`."""
    if kind == "agora":
        engine = LocalEngine(runtime)
        connections = [engine.open(ConnectionSpec("", "bench", str(user))) for user in range(1, streams + 1)]
        yield [lambda data, push=c.push: push(PcmFrame(0, 48000, 1, data)) for c in connections]
        for connection in connections:
            connection.close()
    elif kind == "zenoh":
        import zenoh

        with open_mesh("bench", runtime) as mesh:
            drop, real_time = zenoh.CongestionControl.DROP, zenoh.Priority.REAL_TIME
            yield [
                mesh.session.declare_publisher(f"b/{n}", congestion_control=drop, priority=real_time).put
                for n in range(streams)
            ]
            # Its recv() has no time limit: an empty payload says that no more will come.
            mesh.session.put("b/end", b"", congestion_control=zenoh.CongestionControl.BLOCK, priority=real_time)
    else:
        import zmq

        with zmq.Context() as context, context.socket(zmq.PUSH) as socket:
            socket.connect(f"ipc://{runtime}/zmq")
            yield [socket.send] * streams


def send(kind: str, runtime: Path, streams: int, seconds: int) -> None:
    """Push on absolute deadlines; the other process calls it."""
    with pushers(kind, runtime, streams) as pushes:
        time.sleep(0.3)
        begin = time.monotonic_ns()
        for tick in range(seconds * 100):
            time.sleep(max(0, begin + tick * INTERVAL_NS - time.monotonic_ns()) / 1e9)
            for push in pushes:
                push(payload())


@contextmanager
def readers(kind: str, runtime: Path) -> Iterator[Callable[[], Iterable[bytes]]]:
    """Yield a function that waits up to 0.1 s and gives the payloads that come."""
    if kind == "agora":
        spec = ConnectionSpec("", "bench", role="audience", subscribe=Subscribe(video="none", data=False))
        with closing(LocalEngine(runtime).open(spec)) as connection:
            yield lambda: (bytes(e.unit.data) for e in connection.events(0.1) if isinstance(e, MediaReceived))
    elif kind == "zenoh":
        import zenoh

        with open_mesh("bench", runtime) as mesh:
            subscriber = mesh.session.declare_subscriber("b/*", zenoh.handlers.RingChannel(8192))

            yield lambda: [subscriber.recv().payload.to_bytes()]
    else:
        import zmq

        with zmq.Context() as context, context.socket(zmq.PULL) as socket:
            socket.bind(f"ipc://{runtime}/zmq")
            yield lambda: [socket.recv()] if socket.poll(100) else []


def run(kind: str, streams: int, seconds: int) -> Result:
    """Send from another process and read in this one."""
    expected = streams * seconds * 100
    latencies_us: list[float] = []
    with tempfile.TemporaryDirectory(prefix="agora-bench-") as directory:
        runtime = Path(directory) / "run"
        runtime.mkdir(mode=0o700)
        with readers(kind, runtime) as read:
            before = resource.getrusage(resource.RUSAGE_SELF)
            command = [sys.executable, "-m", "tests.bench.bench_local", kind, str(runtime), str(streams), str(seconds)]
            children = _cpu_s(resource.getrusage(resource.RUSAGE_CHILDREN))
            sender = subprocess.Popen(command, cwd=Path(__file__).parents[2])
            ended: float | None = None
            while len(latencies_us) < expected and (ended is None or time.monotonic() < ended + GRACE_S):
                for data in read():
                    if data:
                        latencies_us.append((time.monotonic_ns() - int.from_bytes(data[:8], "little")) / 1000)
                    else:
                        ended = -GRACE_S
                if ended is None and sender.poll() is not None:
                    ended = time.monotonic()
            reader_s = _cpu_s(resource.getrusage(resource.RUSAGE_SELF)) - _cpu_s(before)
            sender.wait()
            sender_s = _cpu_s(resource.getrusage(resource.RUSAGE_CHILDREN)) - children
    cuts = statistics.quantiles(latencies_us, n=100)
    return Result(cuts[49], cuts[98], expected - len(latencies_us), sender_s / seconds, reader_s / seconds)


def main() -> None:
    """Print both tables."""
    print("Local channel: one stream of 48 kHz, 10 ms (latency in us; asked: p99 <= 3000)")
    print(f"{'':8}{'p50':>8}{'p99':>8}{'spread of p99':>16}{'p99 / zenoh':>13}{'lost':>6}")
    rounds = {kind: [] for kind in KINDS}
    for _ in range(ROUNDS):
        for kind in KINDS:
            rounds[kind].append(run(kind, 1, ONE_STREAM_S))
    base = statistics.median(result.p99_us for result in rounds["zenoh"])
    for kind, results in rounds.items():
        tails = sorted(result.p99_us for result in results)
        p50 = statistics.median(result.p50_us for result in results)
        p99 = statistics.median(tails)
        spread = f"{tails[0]:.0f}..{tails[-1]:.0f}"
        lost = sum(result.lost for result in results)
        print(f"{kind:8}{p50:8.0f}{p99:8.0f}{spread:>16}{p99 / base:13.2f}{lost:6}")
    print(f"Local channel: {MANY_STREAMS} streams at once for {MANY_S} s, one sender, one reader (asked: none lost)")
    print(f"{'':8}{'p50':>8}{'p99':>8}{'lost':>6}{'sender cpu':>12}{'reader cpu':>12}{'cpu / zenoh':>13}")
    many = {kind: run(kind, MANY_STREAMS, MANY_S) for kind in KINDS}
    cost = many["zenoh"].sender_cpu + many["zenoh"].reader_cpu
    for kind, result in many.items():
        ratio = (result.sender_cpu + result.reader_cpu) / cost
        print(
            f"{kind:8}{result.p50_us:8.0f}{result.p99_us:8.0f}{result.lost:6}"
            f"{result.sender_cpu:12.0%}{result.reader_cpu:12.0%}{ratio:13.2f}"
        )


def _cpu_s(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    if len(sys.argv) > 1:
        send(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
