"""engines/local/admission.py: warned in time, renewed, put out; on a clock that the test turns."""

import threading
import time
from collections.abc import Callable

import pytest

from agora_cli.errors import RefusedError
from agora_cli.events import Event, LinkChanged, TokenExpiring
from agora_cli.tokens.stay import TRIES, Grant, TokenWatch, follow

START_S = 1_790_000_000


class Stay:
    """A stay with a token of `life_s` seconds; what happens to it is noted with the second in which it did."""

    def __init__(self, life_s: int, renew: Callable[[], Grant | None] = lambda: None) -> None:
        self.now_s = float(START_S)
        self.asked = 0
        self.seen: list[tuple[float, object]] = []

        def ask() -> Grant | None:
            self.asked += 1
            return renew()

        self.watch = TokenWatch(Grant(START_S + life_s), self.now_s, ask, self.tell, self.note)

    def tell(self, event: Event) -> None:
        if isinstance(event, TokenExpiring):
            self.note(event.seconds_left)
        else:
            assert isinstance(event, LinkChanged)
            self.note((event.state, event.reason, event.text))

    def note(self, what: object) -> None:
        self.seen.append((self.now_s - START_S, what))

    def until(self, second: float) -> "Stay":
        """Let time pass in steps of a tenth of a second."""
        while self.now_s < START_S + second:
            self.watch.act(self.now_s)
            self.now_s = round(self.now_s + 0.1, 1)
        return self


RENEWED = ("connected", 12, "token renewed")
END = "the token expired and was not renewed"


@pytest.mark.parametrize(
    ("life_s", "seen"),
    [
        (3600, [(3570, 30), (3600, END)]),
        (60, [(30, 30), (60, END)]),
        (5, [(2.5, 3), (5, END)]),
        (1, [(0.5, 1), (1, END)]),
        (0, [(0, END)]),
        (-5, [(0, END)]),
    ],
)
def test_warned_and_put_out(life_s: int, seen: list[tuple[float, object]]) -> None:
    stay = Stay(life_s).until(4000)
    assert [(round(at, 1), what) for at, what in stay.seen] == seen
    assert stay.watch.over


def test_a_renewed_token_starts_over() -> None:
    stay = Stay(60, lambda: Grant(int(stay.now_s) + 60))
    stay.until(100)
    assert stay.seen == [(30, 30), (30, RENEWED), (60, 30), (60, RENEWED), (90, 30), (90, RENEWED)]
    assert stay.asked == 3
    assert not stay.watch.over


def test_the_same_token_again_is_no_renewal_and_is_asked_for_again() -> None:
    stay = Stay(60, lambda: Grant(START_S + 60)).until(100)
    assert stay.seen == [(30, 30), (60, END)]
    assert TRIES - 1 <= stay.asked <= TRIES


def test_a_token_that_comes_late_still_counts() -> None:
    stay = Stay(60, lambda: Grant(START_S + 3600) if stay.now_s > START_S + 50 else None)
    stay.until(100)
    assert [what for _, what in stay.seen] == [30, RENEWED]
    assert stay.seen[1][0] > 50


def test_a_refused_renewal_is_tried_again_and_told_at_the_end() -> None:
    def refuse() -> Grant | None:
        raise RefusedError("token-channel", "the token is for channel 'x', expected 'demo' (110)")

    stay = Stay(4, refuse).until(10)
    assert stay.seen == [(2, 2), (4, f"{END}: the token is for channel 'x', expected 'demo' (110)")]
    assert stay.asked > 1


def test_acting_early_or_after_the_end_does_nothing() -> None:
    stay = Stay(10)
    stay.watch.act(START_S + 4.9)
    assert stay.seen == []
    stay.until(20)
    before = list(stay.seen)
    stay.until(30)
    assert stay.seen == before


def test_a_thread_follows_a_real_clock() -> None:
    put_out = threading.Event()
    told: list[Event] = []
    watch = TokenWatch(Grant(int(time.time()) + 1), time.time(), lambda: None, told.append, lambda _: put_out.set())
    thread = follow(watch, threading.Event())
    assert put_out.wait(10)
    thread.join(10)
    assert not thread.is_alive()


def test_a_thread_ends_when_it_is_told_to() -> None:
    stop = threading.Event()
    thread = follow(Stay(3600).watch, stop)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
