import pytest

from agora_cli.engines.local.roster import Roster
from agora_cli.events import Joined, Left


@pytest.fixture
def roster() -> Roster:
    return Roster("me")


JOINED, LOST, BYE = Joined(1, "a"), Left(1, "a", "lost"), Left(1, "a", "bye")


def test_a_stay_is_told_once_whatever_shows_it_first(roster: Roster) -> None:
    assert roster.media_seen(1, "a", 5) == [JOINED]
    assert roster.token_seen(1, "a", 5) == []
    assert roster.media_seen(1, "a", 5) == []


def test_the_end_of_a_stay_is_told_once(roster: Roster) -> None:
    roster.token_seen(1, "a", 5)
    assert roster.ended(1, "a", 5, "bye") == [BYE]
    assert roster.ended(1, "a", 5, "lost") == []
    assert roster.ended(1, "b", 5, "lost") == []


def test_a_newer_stay_replaces_the_older(roster: Roster) -> None:
    roster.token_seen(1, "a", 5)
    assert roster.token_seen(1, "a", 6) == [LOST, JOINED]
    assert roster.ended(1, "a", 5, "lost") == []
    assert roster.token_seen(1, "a", 5) == []
    assert roster.media_seen(1, "a", 5) is None
    assert roster.ended(1, "a", 6, "bye") == [BYE]


def test_media_after_the_end_is_ignored_until_the_token_is_back(roster: Roster) -> None:
    roster.token_seen(1, "a", 5)
    roster.ended(1, "a", 5, "lost")
    assert roster.media_seen(1, "a", 5) is None
    assert roster.token_seen(1, "a", 5) == [JOINED]
    assert roster.media_seen(1, "a", 5) == []


def test_a_sender_that_restarts_is_a_new_stay(roster: Roster) -> None:
    roster.token_seen(1, "a", 5)
    roster.ended(1, "a", 5, "lost")
    assert roster.media_seen(1, "a", 6) == [JOINED]


def test_our_own_user_is_never_told_of(roster: Roster) -> None:
    assert roster.token_seen(1, "me", 5) == []
    assert roster.media_seen(1, "me", 6) is None
    assert roster.ended(1, "me", 5, "lost") == []


def test_a_goodbye_faster_than_all_else_is_a_join_and_a_leave(roster: Roster) -> None:
    assert roster.ended(1, "a", 5, "bye") == [JOINED, BYE]
    assert roster.token_seen(1, "a", 5) == []
    assert roster.media_seen(1, "a", 5) is None
    assert roster.ended(1, "a", 5, "lost") == []
    assert roster.ended(1, "a", 5, "bye") == []


def test_a_token_seen_after_the_goodbye_is_late_not_back(roster: Roster) -> None:
    roster.media_seen(1, "a", 5)
    assert roster.ended(1, "a", 5, "bye") == [BYE]
    assert roster.token_seen(1, "a", 5) == []
    assert roster.token_seen(1, "a", 6) == [JOINED]
    assert roster.ended(1, "a", 5, "bye") == []
    assert roster.ended(1, "me", 7, "bye") == []
