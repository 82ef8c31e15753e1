"""sinks/probe/note.py: what is packed is unpacked, and what others send is none of ours, never an exception."""

import json

import pytest

from agora_cli.sinks.probe.note import Note, unpack

NOTE = Note(1, 7, 123, 99, "clock", "8")


def test_there_and_back() -> None:
    assert unpack(NOTE.pack()) == NOTE
    assert len(NOTE.pack()) < 300


def test_cut_at_every_offset_it_is_none() -> None:
    data = NOTE.pack()
    assert [unpack(data[:end]) for end in range(len(data))] == [None] * len(data)


@pytest.mark.parametrize("change", [{"number": "7"}, {"number": True}, {"number": 1.5}, {"clock": None}, {"more": 1}])
def test_another_shape_is_none(change: dict[str, object]) -> None:
    assert unpack(json.dumps(json.loads(NOTE.pack()) | change).encode()) is None


@pytest.mark.parametrize("data", [b"", b"\xff", b"[]", b"7", b'{"agora":1}', b"hello", b"[" * 3000])
def test_what_others_send_is_none(data: bytes) -> None:
    assert unpack(data) is None
