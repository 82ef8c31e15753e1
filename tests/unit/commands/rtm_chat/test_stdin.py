"""chat/stdin.py: lines exact to the byte, however they arrive."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.commands.rtm_chat import stdin as module
from agora_cli.commands.rtm_chat.stdin import check_text, lines
from agora_cli.errors import InputError


@contextmanager
def pipe(data: bytes) -> Iterator[int]:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    try:
        yield reader
    finally:
        os.close(reader)


def naive(data: bytes) -> list[bytes]:
    parts = data.split(b"\n")
    return parts[:-1] if parts[-1] == b"" else parts


@given(
    st.lists(st.sampled_from([b"", b"a", b"\0", b"\r", b"\n", b"\xff", "ü".encode()])).map(b"".join), st.integers(1, 4)
)
def test_against_a_naive_twin(data: bytes, block: int) -> None:
    with pipe(data) as descriptor, pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "READ_BYTES", block)
        assert list(lines(descriptor)) == naive(data)


def test_the_longest_line() -> None:
    with pipe(b"x" * 32768 + b"\ny") as descriptor:
        assert [len(line) for line in lines(descriptor)] == [32768, 1]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_too_long_is_named(end: bytes) -> None:
    with pipe(b"ok\n" + b"x" * 32769 + end) as descriptor:
        found = lines(descriptor)
        assert next(found) == b"ok"
        with pytest.raises(InputError, match="stdin line 2 is too long"):
            next(found)


@pytest.mark.parametrize(("line", "where"), [(b"\xff", "byte 1 is 0xff"), ("ü".encode()[:1], "byte 1 is 0xc3")])
def test_text_must_be_utf8(line: bytes, where: str) -> None:
    check_text("ü漢\0".encode(), 1)
    with pytest.raises(InputError, match=f"stdin line 7 is not UTF-8: {where}"):
        check_text(line, 7)
