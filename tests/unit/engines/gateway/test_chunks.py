"""engines/gateway/chunks.py: messages there and back in any portions, and what no server sends."""

import struct

import pytest

from agora_cli.engines.gateway.chunks import (
    MAX_MESSAGE_BYTES,
    SET_CHUNK_SIZE,
    ChunkError,
    ChunkReader,
    RtmpMessage,
    pack_message,
)

MESSAGES = [
    RtmpMessage(20, 0, 0, b"x" * 300),
    RtmpMessage(8, 1, 40, b"y" * 128),
    RtmpMessage(9, 1, 0x1000000, b"z" * 129),
    RtmpMessage(9, 1, 0xFFFFFFFF, b""),
]


@pytest.mark.parametrize("portion", [1, 2, 7, 10_000])
def test_messages_come_out_whole_in_any_portions(portion: int) -> None:
    data = b"".join(pack_message(message, 3 + n, 128) for n, message in enumerate(MESSAGES))
    reader, found = ChunkReader(), []
    for at in range(0, len(data), portion):
        found += reader.feed(data[at : at + portion])
    assert found == MESSAGES


def test_a_chunk_size_that_is_told_is_followed() -> None:
    reader = ChunkReader()
    told = RtmpMessage(SET_CHUNK_SIZE, 0, 0, struct.pack(">I", 4096))
    large = RtmpMessage(20, 0, 5, b"x" * 5000)
    assert reader.feed(pack_message(told, 2, 128) + pack_message(large, 3, 4096)) == [told, large]


def test_headers_that_leave_out_what_is_as_before() -> None:
    first = pack_message(RtmpMessage(8, 1, 100, b"aa"), 4, 128)
    same_stream = bytes([0x44]) + b"\x00\x00\x14" + b"\x00\x00\x03" + bytes([9]) + b"bbb"
    same_kind = bytes([0x84]) + b"\x00\x00\x05" + b"ccc"
    wide = bytes([0x00, 6]) + b"\x00\x00\x01\x00\x00\x01\x08" + struct.pack("<I", 1) + b"d"
    wider = bytes([0x01, 6, 1]) + b"\x00\x00\x01\x00\x00\x01\x08" + struct.pack("<I", 1) + b"e"
    found = ChunkReader().feed(first + same_stream + same_kind + wide + wider)
    assert [(one.kind, one.timestamp_ms, one.data) for one in found] == [
        (8, 100, b"aa"),
        (9, 120, b"bbb"),
        (9, 125, b"ccc"),
        (8, 1, b"d"),
        (8, 1, b"e"),
    ]


def test_what_no_server_sends() -> None:
    with pytest.raises(ChunkError, match="without a header"):
        ChunkReader().feed(bytes([0xC3]) + bytes(20))
    huge = bytes([3]) + b"\0\0\0" + struct.pack(">I", MAX_MESSAGE_BYTES + 1)[1:] + bytes([20]) + bytes(4)
    with pytest.raises(ChunkError, match="expected at most"):
        ChunkReader().feed(huge)
