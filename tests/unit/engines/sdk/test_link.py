"""engines/sdk/link.py: how connecting ends, and what is told later."""

from types import SimpleNamespace
from typing import Any

import pytest

from agora_cli.engines.inbox import Inbox
from agora_cli.engines.sdk.link import FATAL_ERRORS, Link
from agora_cli.errors import AgoraError, NetworkError, RefusedError
from agora_cli.events import DecryptionFailed, LinkChanged
from agora_cli.reasons import CONNECTION_REASONS, ERRORS

INFO = SimpleNamespace(local_user_id="7")


class Told:
    def __init__(self, connected: bool = True) -> None:
        self.inbox = Inbox()
        self.link = Link(self.inbox)
        if connected:
            self.link.connected(None, INFO, 1)

    def changes(self) -> list[tuple[Any, ...]]:
        return [(e.state, e.reason, e.text) for e in self.inbox.drain(0) if isinstance(e, LinkChanged)]


def test_connected_says_who_we_are() -> None:
    told = Told()
    told.link.wait_connected(0)
    assert told.link.user == "7"
    assert told.changes() == []


def test_nothing_heard_is_a_time_out() -> None:
    with pytest.raises(NetworkError, match="within 0.01 s"):
        Told(connected=False).link.wait_connected(0.01)


@pytest.mark.parametrize("reason", CONNECTION_REASONS)
def test_each_reason_refuses_and_later_fails(reason: int) -> None:
    before = Told(connected=False)
    before.link.failed(None, INFO, reason)
    with pytest.raises(CONNECTION_REASONS[reason][0]):
        before.link.wait_connected(0)
    after = Told()
    after.link.failed(None, INFO, reason)
    assert after.changes() == [("failed", reason, "")]
    assert isinstance(after.link.ended_by, CONNECTION_REASONS[reason][0])


@pytest.mark.parametrize("number", FATAL_ERRORS)
def test_fatal_errors_mean_the_same_as_their_reason(number: int) -> None:
    assert ERRORS[number][0] is CONNECTION_REASONS[FATAL_ERRORS[number]][0]
    before = Told(connected=False)
    before.link.error(None, number, "native text")
    with pytest.raises(RefusedError, match="native text"):
        before.link.wait_connected(0)
    after = Told()
    after.link.error(None, number, "native text")
    assert after.changes() == [("failed", FATAL_ERRORS[number], "native text")]


def test_other_errors_are_a_line() -> None:
    told = Told()
    told.link.error(None, 18, "")
    told.link.error(None, 115, "too fast")
    assert told.changes() == [("connected", 0, "error 18"), ("connected", 0, "error 115: too fast")]
    assert told.link.ended_by is None


def test_coming_and_going() -> None:
    told = Told()
    told.link.reconnecting(None, INFO, 14)
    told.link.lost(None, INFO)
    told.link.reconnected(None, INFO, 15)
    told.link.connected(None, INFO, 13)
    told.link.disconnected(None, INFO, 5)
    assert told.changes() == [
        ("reconnecting", 14, "no answer to keep-alive"),
        ("reconnecting", 16, "the link was lost"),
        ("connected", 15, "joined again"),
        ("connected", 13, "the network address changed"),
        ("disconnected", 5, "left"),
    ]
    assert told.link.wait_ended(0)


def test_tokens_that_expired() -> None:
    before = Told(connected=False)
    before.link.token_expired(None)
    with pytest.raises(RefusedError, match="expired"):
        before.link.wait_connected(0)
    after = Told()
    after.link.token_expired(None)
    assert after.changes() == [("failed", 9, "")]


def test_a_decryption_failure_is_told_once() -> None:
    told = Told()
    told.link.encryption_error(None, 1)
    told.link.encryption_error(None, 1)
    assert [type(event) for event in told.inbox.drain(0)] == [DecryptionFailed]


def test_our_own_goodbye_is_not_told() -> None:
    told = Told()
    told.link.closing()
    told.link.disconnected(None, INFO, 5)
    told.link.note("x")
    told.link.encryption_error(None, 1)
    assert list(told.inbox.drain(0)) == []


def test_statistics_are_copied() -> None:
    told = Told()
    stats = SimpleNamespace(gateway_rtt=12)
    told.link.transport_stats(None, stats)
    stats.gateway_rtt = -1  # the structure dies with the callback
    assert told.link.rtt_us == 12_000


def test_a_refusal_is_one_of_ours() -> None:
    told = Told(connected=False)
    told.link.disconnected(None, INFO, 5)
    with pytest.raises(AgoraError):
        told.link.wait_connected(0)
