"""A process in a local channel, for tests that kill and stop processes: python -m tests.contract.local_member.

`send RUNTIME USER COUNT INTERVAL_S`: prints "joined", pushes COUNT numbered frames, closes.
`quick RUNTIME FIRST LAST COUNT`: for each user in turn joins, pushes COUNT frames at once and closes.
`listen RUNTIME USER`: prints "joined", then one line an event of media, messages, joins and leaves.
"""

import sys
import time
from pathlib import Path

from agora_cli.engines.base import ConnectionSpec, Subscribe
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.events import DataReceived, Joined, Left, MediaReceived
from agora_cli.frames import PcmFrame

CHANNEL = "chaos"


def frame(number: int) -> PcmFrame:
    """Return a frame that is told from all others of its sender."""
    return PcmFrame(number * 10_000, 16000, 1, number.to_bytes(4, "little") * 80)


def say(*words: object) -> None:
    """Write one line at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def send(runtime: str, user: str, count: str, interval_s: str) -> None:
    """Push on absolute deadlines."""
    connection = LocalEngine(Path(runtime)).open(ConnectionSpec("", CHANNEL, user))
    say("joined")
    begin = time.monotonic()
    for number in range(int(count)):
        time.sleep(max(0.0, begin + number * float(interval_s) - time.monotonic()))
        connection.push(frame(number))
    connection.close()


def quick(runtime: str, first: str, last: str, count: str) -> None:
    """Come and go."""
    for user in range(int(first), int(last) + 1):
        send(runtime, str(user), count, "0")


def listen(runtime: str, user: str) -> None:
    """Print until killed."""
    spec = ConnectionSpec("", CHANNEL, user, role="audience", subscribe=Subscribe())
    connection = LocalEngine(Path(runtime)).open(spec)
    say("joined")
    while True:
        for event in connection.events(1.0):
            if isinstance(event, MediaReceived):
                say("media", event.user, event.unit.pts_us // 10_000, event.lost)
            elif isinstance(event, DataReceived):
                say("data", event.user, event.data.decode())
            elif isinstance(event, Joined | Left):
                say(type(event).__name__.lower(), event.user)


def crash(runtime: str, how: str) -> None:
    """End without close() while media arrives."""
    connection = LocalEngine(Path(runtime)).open(ConnectionSpec("", CHANNEL, "9", subscribe=Subscribe()))
    say("joined")
    while not any(isinstance(event, MediaReceived) for event in connection.events(1.0)):
        pass
    if how == "raise":
        raise RuntimeError("on purpose")
    if how == "exit":
        sys.exit(4)


if __name__ == "__main__":
    {"send": send, "quick": quick, "listen": listen, "crash": crash}[sys.argv[1]](*sys.argv[2:])
