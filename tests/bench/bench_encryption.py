"""What encryption costs on the local engine: in the cipher against bare AES-GCM, and on the way through a channel."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from agora_cli.engines.base import ConnectionSpec, Encryption, Publish, Subscribe
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.engines.local.gcm import GcmCipher
from agora_cli.events import MediaReceived
from agora_cli.frames import PcmFrame, RawVideo, Unit

from .figures import alternating, percentile, ratios, spread, table

SECRET = Encryption("aes-256-gcm2", b"open sesame", b"s" * 32)
HEADER = bytes(40)
SIZES = {"10 ms of sound, 320 B": 320, "access unit, 20 KB": 20_000, "720p I420, 1.4 MB": 1_382_400}
CALLS_BYTES = 40_000_000


def in_the_cipher() -> None:
    """Print seal() and open() against AES-256-GCM of `cryptography` alone."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    mine, theirs, bare = GcmCipher(SECRET, "app", "demo"), GcmCipher(SECRET, "app", "demo"), AESGCM(bytes(32))
    rows = []
    for name, size in SIZES.items():
        payload, calls = os.urandom(size), max(10, min(20_000, CALLS_BYTES // size))
        sealed, nonce = mine.seal(HEADER, payload), bytes(12)
        closed = bare.encrypt(nonce, payload, HEADER)
        assert theirs.open(HEADER, sealed) == payload
        actions: dict[str, Callable[[], object]] = {
            "seal": lambda p=payload, n=calls: [mine.seal(HEADER, p) and None for _ in range(n)],
            "open": lambda s=sealed, n=calls: [theirs.open(HEADER, s) and None for _ in range(n)],
            "encrypt": lambda p=payload, n=calls, i=nonce: [bare.encrypt(i, p, HEADER) and None for _ in range(n)],
            "decrypt": lambda c=closed, n=calls, i=nonce: [bare.decrypt(i, c, HEADER) and None for _ in range(n)],
        }
        times = alternating(actions, rounds=7)
        for action, peer in (("seal", "encrypt"), ("open", "decrypt")):
            micros = statistics.median(times[action]) / calls * 1e6
            rows.append([name, action, f"{micros:.1f} us", spread(ratios(times, peer)[action])])
    table(["payload", "call", "time", "ratio to cryptography alone"], rows)


def delays_us(encryption: Encryption | None, unit: Unit, count: int, gap_s: float) -> list[float]:
    """Return how long each of `count` units takes from push() to the reader's event, in one process."""
    spec = ConnectionSpec("bench", "demo", "1", publish=Publish(audio="pcm"), encryption=encryption)
    delays: list[float] = []
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="agora")))
        sender = stack.enter_context(closing(LocalEngine(directory).open(spec)))
        heard = ConnectionSpec("bench", "demo", "2", subscribe=Subscribe(), encryption=encryption)
        listener = stack.enter_context(closing(LocalEngine(directory).open(heard)))
        for _ in range(count):
            start_us = time.monotonic_ns() / 1000
            sender.push(unit)
            arrived: list[float] = []
            while not arrived:
                arrived = [float(event.at_us) for event in listener.events(1.0) if isinstance(event, MediaReceived)]
            delays.append(arrived[0] - start_us)
            time.sleep(gap_s)
    return delays


def through_a_channel() -> None:
    """Print the latency of an encrypted channel against a plain one, rounds taken in turn."""
    units: dict[str, tuple[Unit, int, float]] = {
        "10 ms of sound, 320 B": (PcmFrame(0, 16_000, 1, bytes(320)), 300, 0.002),
        "720p I420, 1.4 MB": (RawVideo(0, "i420", 1280, 720, bytes(1_382_400)), 60, 0.01),
    }
    rows = []
    for name, (unit, count, gap_s) in units.items():
        plain, sealed, ratio = [], [], []
        for _ in range(5):
            plain.append(percentile(delays_us(None, unit, count, gap_s), 50))
            sealed.append(percentile(delays_us(SECRET, unit, count, gap_s), 50))
            ratio.append(sealed[-1] / plain[-1])
        rows.append([name, spread(plain, "us", 0), spread(sealed, "us", 0), spread(ratio)])
    table(["unit", "plain p50", "encrypted p50", "ratio"], rows)


def main() -> None:
    """Print both tables."""
    in_the_cipher()
    print()
    through_a_channel()
