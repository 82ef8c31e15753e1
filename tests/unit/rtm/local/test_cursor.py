"""rtm/local/cursor.py: whatever a link loses, repeats or reorders, each record comes out once and in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import InputError
from agora_cli.rtm.local import cursor as module
from agora_cli.rtm.local.cursor import MAX_AHEAD, Cursor, WantedHistory
from agora_cli.rtm.local.log import Log
from agora_cli.rtm.local.wire import Record, pack_record, unpack_records


def record(seq: int) -> Record:
    return Record(seq, seq * 100, 0, True, b"%d" % seq)


def seqs(records: list[Record]) -> list[int]:
    return [each.seq for each in records]


def test_in_order() -> None:
    cursor = Cursor(0)
    assert seqs(cursor.offer_all(record(seq) for seq in (1, 2, 3))) == [1, 2, 3]
    assert cursor.wanted() is None
    assert cursor.delivered == 3


def test_none_twice() -> None:
    cursor = Cursor(0)
    assert seqs(cursor.offer_all(record(seq) for seq in (1, 1, 2, 1, 2))) == [1, 2]


def test_a_gap_is_named_and_filled() -> None:
    cursor = Cursor(0)
    cursor.offer(record(1))
    assert cursor.offer(record(3)) == []
    assert cursor.wanted() == WantedHistory(2, 0)
    assert seqs(cursor.offer(record(2))) == [2, 3]
    assert cursor.wanted() is None


def test_older_than_the_subscription_is_not_due() -> None:
    cursor = Cursor(since_us=250)
    assert cursor.offer(record(2)) == []
    assert cursor.wanted() is None
    assert seqs(cursor.offer(record(3))) == [3]


def test_the_first_seen_is_newer_so_the_publisher_must_say_where_to_start() -> None:
    cursor = Cursor(since_us=250)
    assert cursor.offer(record(5)) == []
    assert cursor.wanted() == WantedHistory(1, 250)
    assert cursor.delivered == -1
    assert cursor.open(3) == []
    assert seqs(cursor.offer_all([record(3), record(4)])) == [3, 4, 5]


def test_a_head_alone_tells_of_a_lost_tail() -> None:
    cursor = Cursor(0)
    cursor.offer(record(1))
    assert cursor.see_head(2, 200) == []
    assert cursor.wanted() == WantedHistory(2, 0)


def test_an_old_head_opens_the_cursor() -> None:
    cursor = Cursor(since_us=1000)
    cursor.see_head(7, 700)
    assert cursor.wanted() is None
    assert cursor.delivered == 7
    empty = Cursor(since_us=1000)
    empty.see_head(0, 5000)
    assert empty.delivered == 0


def test_going_on_without_what_is_gone() -> None:
    cursor = Cursor(0)
    cursor.offer_all(record(seq) for seq in (1, 4, 6))
    assert cursor.first_held() == 4
    assert seqs(cursor.open(4)) == [4]
    assert cursor.wanted() == WantedHistory(5, 0)
    assert seqs(cursor.open(7)) == []
    assert cursor.offer(record(6)) == []
    assert cursor.open(3) == []
    assert cursor.delivered == 6


def test_holds_no_more_than_its_bound() -> None:
    cursor = Cursor(0)
    cursor.offer(record(1))
    for seq in range(3, module.HELD_MAX + 100):
        cursor.offer(record(seq))
    assert cursor.offer(record(2))[-1].seq == module.HELD_MAX + 2
    assert cursor.wanted() == WantedHistory(module.HELD_MAX + 3, 0)


@given(
    total=st.integers(1, 60),
    since=st.integers(0, 60),
    arrivals=st.lists(st.integers(1, 60), max_size=120),
)
def test_any_link_delivers_each_once_and_in_order(total: int, since: int, arrivals: list[int]) -> None:
    """The naive twin is the list of all that was sent since the subscription."""
    log = Log()
    for seq in range(1, total + 1):
        log.append(pack_record(*record(seq)), seq * 100)
    cursor = Cursor(since * 100)
    delivered: list[Record] = []
    for seq in arrivals:
        if seq <= total:
            delivered += cursor.offer(record(seq))
    delivered += cursor.see_head(log.head, log.head_us)
    while (wanted := cursor.wanted()) is not None:
        answer = log.answer(*wanted)
        delivered += cursor.open(answer.due)
        delivered += cursor.offer_all(unpack_records(b"".join(answer.records)))
    assert seqs(delivered) == [seq for seq in range(1, total + 1) if seq >= since]


def test_a_number_far_ahead_is_refused_once_the_cursor_is_open() -> None:
    cursor = Cursor(since_us=0)
    cursor.check_number(MAX_AHEAD * 2)  # who comes late knows no better
    cursor.open(5)
    cursor.check_number(5 + MAX_AHEAD)
    with pytest.raises(InputError, match=f"number {6 + MAX_AHEAD}, expected 5"):
        cursor.check_number(6 + MAX_AHEAD)


def test_only_the_publisher_itself_opens_a_cursor_far_ahead() -> None:
    cursor = Cursor(since_us=1000)
    assert cursor.see_head(2**40, 10) == []
    assert cursor.offer(Record(2**40, 10, 0, True, b"x")) == []
    assert cursor.wanted() == WantedHistory(1, 1000)
    cursor.learn_head(2**40 + 5)  # its answer
    cursor.open(2**40 + 3)
    assert cursor.wanted() == WantedHistory(2**40 + 3, 0)
