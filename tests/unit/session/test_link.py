"""Who shares our key, and who of those that do not ends whom."""

import pytest

from agora_cli.errors import RefusedError
from agora_cli.events import DecryptionFailed, Event, Joined, Left, MediaReceived
from agora_cli.frames import PcmFrame
from agora_cli.session.link import SETTLED_US, Tune


def heard(user: str) -> MediaReceived:
    return MediaReceived(0, user, 1, PcmFrame(0, 16000, 1, bytes(320)))


def tune(*events: Event) -> Tune:
    tested = Tune()
    for event in events:
        tested.follow(event)
    return tested


@pytest.mark.parametrize(
    ("events", "out"),
    [
        ([Joined(0, "7"), Joined(0, "3"), DecryptionFailed(0, "3")], {"3"}),
        ([Joined(0, "3"), DecryptionFailed(0, "3"), heard("7")], {"3"}),
        ([heard("7"), DecryptionFailed(0, "7")], set()),  # forged or damaged in the name of a good one
        ([DecryptionFailed(0, "7"), heard("7")], set()),
        ([DecryptionFailed(0, ""), heard("7")], {""}),
        ([Joined(0, "7")], set()),
    ],
)
def test_who_can_decrypt_anybody_goes_on(events: list[Event], out: set[str]) -> None:
    tested = tune(*events)
    assert tested.out == out
    for now_us in (0, SETTLED_US, 10 * SETTLED_US):
        tested.check(now_us, settled=True)


@pytest.mark.parametrize(
    "events",
    [
        [Joined(0, "3"), DecryptionFailed(0, "3")],
        [Joined(0, "7"), Joined(0, "3"), DecryptionFailed(0, "3"), Left(0, "7", "bye")],
    ],
)
def test_who_can_decrypt_nobody_ends_once_that_is_certain(events: list[Event]) -> None:
    tested = tune(*events)
    tested.check(5)
    tested.check(5 + SETTLED_US - 1)
    with pytest.raises(RefusedError, match="cannot be decrypted"):
        tested.check(5 + SETTLED_US)
    with pytest.raises(RefusedError, match="error 120"):
        tune(*events).check(0, settled=True)


def test_where_the_engine_cannot_tell_whose_it_is_one_stranger_ends_nothing_before_the_end() -> None:
    tested = tune(Joined(0, "7"), DecryptionFailed(0, "", 122))
    for now_us in (0, 100 * SETTLED_US):
        tested.check(now_us)
    with pytest.raises(RefusedError, match="data cannot be decrypted.*error 122"):
        tested.check(0, settled=True)
    sender = Tune(hears=False)
    sender.follow(DecryptionFailed(0, ""))
    sender.check(0, settled=True)


def test_somebody_in_tune_who_comes_in_time_saves_the_session() -> None:
    tested = tune(Joined(0, "3"), DecryptionFailed(0, "3"))
    tested.check(0)
    tested.follow(Joined(0, "7"))
    tested.check(SETTLED_US)
