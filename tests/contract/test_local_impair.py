"""--impair on the local engine, both ways: what is lost, late, doubled, swapped or corrupted, and what is counted."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from agora_cli.engines.base import Connection, ConnectionSpec, Encryption, Subscribe
from agora_cli.engines.impairment import ImpairmentPlan
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.errors import UsageError
from agora_cli.events import DataReceived, DecryptionFailed, Event, Left, MediaReceived
from agora_cli.frames import PcmFrame
from agora_cli.options.impair import impairment_plan

COUNT = 200


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


class Pair:
    """A sender and a receiver as two processes; the link of one of them is impaired."""

    def __init__(self, stack: ExitStack, directory: Path, words: str, side: str, key: bytes = b"") -> None:
        plan, secret = impairment_plan(words), Encryption("aes-128-gcm2", key, b"s" * 32) if key else None

        def join(user: str, subscribe: Subscribe | None, impair: ImpairmentPlan | None) -> Connection:
            spec = ConnectionSpec("impair", "c", user, subscribe=subscribe, encryption=secret, impair=impair)
            return stack.enter_context(closing(LocalEngine(directory / "run").open(spec)))

        self.receiver = join("1", Subscribe(), plan if side == "in" else None)
        self.sender = join("2", None, plan if side == "out" else None)

    def run(self) -> list[Event]:
        """Send COUNT frames and a message, leave, and return all that the receiver saw."""
        for number in range(COUNT):
            self.sender.push(PcmFrame(number * 10_000, 16000, 1, number.to_bytes(4, "little") * 80))
        self.sender.send(b"the end")
        self.sender.close()
        seen: list[Event] = []
        deadline = time.monotonic() + 10
        while not any(isinstance(event, Left) for event in seen):
            assert time.monotonic() < deadline, seen[-3:]
            seen += self.receiver.events(0.05)
        return seen


def media(seen: list[Event]) -> list[MediaReceived]:
    return [event for event in seen if isinstance(event, MediaReceived)]


def numbers(seen: list[Event]) -> list[int]:
    return [event.unit.pts_us // 10_000 for event in media(seen)]


@pytest.mark.parametrize("side", ["in", "out"])
def test_loss_is_seen_counted_and_the_same_again(stack: ExitStack, tmp_path: Path, side: str) -> None:
    runs = []
    for run in range(2):
        pair = Pair(stack, tmp_path / str(run), "audio:loss=10%,seed=3", side)
        seen = pair.run()
        lost = (pair.sender if side == "out" else pair.receiver).stats().impaired["lost"]
        assert 5 < lost == COUNT - len(media(seen))
        # Those after the last unit are not known to have been sent.
        tail = COUNT - 1 - numbers(seen)[-1]
        if side == "out":
            assert sum(event.lost for event in media(seen)) == lost - tail
        assert [event.data for event in seen if isinstance(event, DataReceived)] == [b"the end"]
        assert isinstance(seen[-1], Left)
        runs.append(numbers(seen))
    assert runs[0] == runs[1]


@pytest.mark.parametrize("side", ["in", "out"])
def test_a_delay_is_not_cut_off_by_the_goodbye(stack: ExitStack, tmp_path: Path, side: str) -> None:
    begin = time.monotonic()
    seen = Pair(stack, tmp_path, "delay=300ms,jitter=10ms", side).run()
    assert time.monotonic() - begin > 0.29
    assert numbers(seen) == list(range(COUNT))
    assert (type(seen[-1]), seen[-1].reason) == (Left, "bye")  # type: ignore[union-attr]


@pytest.mark.parametrize("side", ["in", "out"])
def test_swapped_and_doubled_units_are_all_there_and_none_is_missing(
    stack: ExitStack, tmp_path: Path, side: str
) -> None:
    pair = Pair(stack, tmp_path, "audio:reorder=5%,audio:dup=5%", side)
    seen = pair.run()
    counts = (pair.sender if side == "out" else pair.receiver).stats().impaired
    assert set(numbers(seen)) == set(range(COUNT))
    assert len(numbers(seen)) == COUNT + counts["duplicated"]
    assert numbers(seen) != sorted(numbers(seen))
    assert sum(event.lost for event in media(seen)) == pair.receiver.stats().lost == 0


@pytest.mark.parametrize("side", ["in", "out"])
def test_a_corrupted_payload_is_refused_where_it_is_sealed(stack: ExitStack, tmp_path: Path, side: str) -> None:
    pair = Pair(stack, tmp_path, "audio:corrupt=10%", side, key=b"open sesame")
    seen = pair.run()
    corrupted = (pair.sender if side == "out" else pair.receiver).stats().impaired["corrupted"]
    assert 5 < corrupted == COUNT - len(media(seen))
    assert any(isinstance(event, DecryptionFailed) for event in seen)


def test_agora_s_network_refuses_it() -> None:
    from agora_cli.engines.sdk.engine import SdkEngine

    spec = ConnectionSpec("a" * 32, "c", impair=impairment_plan("loss=5%"))
    with pytest.raises(UsageError, match="--impair is for channels on this machine"):
        SdkEngine(None).open(spec)
