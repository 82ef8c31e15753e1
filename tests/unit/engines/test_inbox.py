"""engines/inbox.py: order, bounds, what is dropped and what never is."""

import threading
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.inbox import Inbox
from agora_cli.events import Event, Joined, MediaReceived
from agora_cli.frames import PcmFrame


def media(number: int, size: int = 2) -> MediaReceived:
    return MediaReceived(number, "7", 1, PcmFrame(number, 16000, 1, bytes(size)))


def test_drops_the_oldest_media_and_never_control() -> None:
    inbox = Inbox(max_units=2)
    for event in (media(1), Joined(0, "7"), media(2), media(3)):
        inbox.put(event)
    assert list(inbox.drain(0)) == [Joined(0, "7"), replace(media(2), lost=1), media(3)]
    assert inbox.dropped == 1


def test_bytes_are_bounded_but_one_large_unit_passes() -> None:
    inbox = Inbox(max_bytes=10)
    inbox.put(media(1, 8))
    inbox.put(media(2, 100))
    assert list(inbox.drain(0)) == [replace(media(2, 100), lost=1)]
    assert inbox.dropped == 1


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 6))), st.integers(1, 8), st.integers(1, 20))
def test_against_a_naive_twin(arrivals: list[tuple[bool, int]], max_units: int, max_bytes: int) -> None:
    inbox = Inbox(max_units, max_bytes)
    twin: list[Event] = []
    dropped = 0
    for number, (is_media, size) in enumerate(arrivals):
        event = media(number, size) if is_media else Joined(number, "7")
        inbox.put(event)
        twin.append(event)
        queued = [item for item in twin if isinstance(item, MediaReceived)]
        while len(queued) > max_units or (sum(len(m.unit.data) for m in queued) > max_bytes and len(queued) > 1):
            twin.remove(queued.pop(0))
            dropped += 1
    left = [event for event in twin if isinstance(event, MediaReceived)]
    got = list(inbox.drain(0))
    assert [replace(event, lost=0) if isinstance(event, MediaReceived) else event for event in got] == twin
    assert sum(event.lost for event in got if isinstance(event, MediaReceived)) == (dropped if left else 0)
    assert inbox.dropped == dropped


def test_what_was_dropped_is_lost_before_the_next_of_its_user_and_kind() -> None:
    inbox = Inbox(max_units=2)
    other = replace(media(9), user="8")
    for event in (other, replace(media(1), lost=3), media(2), media(3), other):
        inbox.put(event)
    assert list(inbox.drain(0)) == [replace(media(3), lost=5), replace(other, lost=1)]


def test_close_wakes_the_reader_and_refuses_more() -> None:
    inbox = Inbox()
    got: list[Event] = []
    reader = threading.Thread(target=lambda: got.extend(inbox.drain(60)))
    reader.start()
    inbox.put(media(1))
    inbox.close()
    inbox.put(media(2))
    reader.join(10)
    assert not reader.is_alive()
    assert got + list(inbox.drain(0)) == [media(1)]


def test_a_mark_acts_when_the_reader_asks_for_more_after_all_before_it() -> None:
    inbox = Inbox()
    happened: list[str] = []
    inbox.put(Joined(0, "a"))
    inbox.mark(lambda: happened.append("mark"))
    inbox.put(Joined(0, "b"))
    for event in inbox.drain(0):
        assert isinstance(event, Joined)
        happened.append(event.user)
    assert happened == ["a", "mark", "b"]
    inbox.mark(lambda: happened.append("alone"))
    assert list(inbox.drain(0)) == []
    inbox.close()
    inbox.mark(lambda: happened.append("too late"))
    assert list(inbox.drain(0)) == []
    assert happened[3:] == ["alone"]
