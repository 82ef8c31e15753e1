from contextlib import closing

import pytest

from agora_cli.clock import Stop
from agora_cli.commands._channel.watching import Watching
from agora_cli.engines.base import ConnectionSpec, Subscribe
from agora_cli.errors import AgoraError
from agora_cli.events import LinkChanged
from agora_cli.frames import PcmFrame
from agora_cli.session.watched import Watched
from tests.fakes import FakeEngine, now_us


def test_it_looks_ticks_and_judges() -> None:
    engine = FakeEngine()
    ticks = []
    with (
        closing(engine.open(ConnectionSpec("a", "room", subscribe=Subscribe()))) as connection,
        closing(engine.open(ConnectionSpec("a", "room", "7"))) as sender,
    ):
        looking = Watching(connection, Watched("room", now_us()), "fake", "a")
        for number in range(10):
            sender.push(PcmFrame(number * 10_000, 16000, 1, b"\0\x40" * 160))
        looking.run(0.05, Stop(), 0.01, lambda: ticks.append(looking.document()))
        verdict = looking.why()
    assert ticks
    assert (ticks[-1]["engine"], ticks[-1]["users"][0]["userId"]) == ("fake", "7")
    assert "rtt" not in ticks[-1]
    assert verdict.code == "ok"


def test_a_stop_and_the_end_of_the_link_end_it() -> None:
    with closing(FakeEngine().open(ConnectionSpec("a", "room", subscribe=Subscribe()))) as connection:
        looking, stop = Watching(connection, Watched("room", now_us()), "fake", "a"), Stop()
        looking.run(None, stop, 1, stop.set)
        connection.inbox.put(LinkChanged(now_us(), "failed", 9, "token expired"))
        with pytest.raises(AgoraError, match="token"):
            looking.run(None, Stop(), 1, lambda: None)
