"""rtm/events.py: order, the bound, and waking up."""

import threading

from agora_cli.rtm.base import Message, MessagesLost
from agora_cli.rtm.events import EventQueue


def message(data: bytes) -> Message:
    return Message(0, "room", "alice", data, True, 0)


def test_keeps_the_order_and_what_an_interrupted_reader_left() -> None:
    queue = EventQueue()
    lost = MessagesLost(0, "room", "alice", 1)
    queue.put([message(b"1"), lost])
    queue.put([message(b"2")])
    assert queue.take(0)
    assert next(queue.drain()) == message(b"1")
    queue.put([message(b"3")])
    assert not EventQueue().take(0)
    assert queue.take(0)
    assert list(queue.drain()) == [lost, message(b"2"), message(b"3")]


def test_is_full_by_count_and_by_bytes_until_it_is_taken() -> None:
    queue = EventQueue(max_messages=2, max_bytes=100)
    queue.put([message(b"1")])
    assert not queue.is_full
    queue.put([message(b"2")])
    assert queue.is_full
    queue.take(0)
    assert not queue.is_full
    queue.put([message(bytes(100))])
    assert queue.is_full


def test_only_messages_count() -> None:
    queue = EventQueue(max_messages=1)
    queue.put([MessagesLost(0, "room", "alice", 1)] * 10)
    assert not queue.is_full


def test_close_wakes_the_reader_and_refuses_more() -> None:
    queue = EventQueue()
    results: list[bool] = []
    reader = threading.Thread(target=lambda: results.append(queue.take(60)))
    reader.start()
    queue.close()
    reader.join(10)
    queue.put([message(b"late")])
    assert results == [False]
    assert not queue.take(0)
