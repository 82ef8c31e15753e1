"""Start codes and NAL units against naive twins, at every alignment and in every position."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.native.ffi import ffi, lib
from agora_cli.native.scan import Nal, find_start_code, nal_units, scan_path
from tests.unit.native import naive

# Bytes of which start codes and near misses are made, so that they are as frequent as they can be.
DENSE = st.lists(st.sampled_from([0, 0, 0, 1, 1, 2, 3, 0x67, 255]), max_size=400).map(bytes)


@given(DENSE | st.binary(max_size=400), st.integers(0, 80))
def test_the_fast_scan_the_portable_scan_and_bytes_find_agree(data: bytes, start: int) -> None:
    start = min(start, len(data))
    source = ffi.from_buffer("uint8_t[]", data)
    portable = lib.agora_scan_start_code_portable(source, len(data), start)
    assert portable == (naive.find_start_code(data, start) if b"\0\0\1" in data[start:] else len(data))
    assert lib.agora_scan_start_code(source, len(data), start) == portable
    assert find_start_code(data, start) == naive.find_start_code(data, start)


@pytest.mark.parametrize("filler", [0, 1, 2, 255])
def test_a_start_code_is_found_at_every_alignment(filler: int) -> None:
    for size in (3, 64, 65, 66, 67, 131, 200):
        for at in range(size - 2):
            data = bytearray([filler]) * size
            data[at : at + 3] = b"\0\0\1"
            for offset in (0, 1, 7, 15):
                view = memoryview(b"\xff" * offset + data)[offset:]
                assert find_start_code(view) == bytes(data).find(b"\0\0\1")


@pytest.mark.parametrize("near_miss", [b"\0\1", b"\0\0\2", b"\0\0\3\1", b"\0\2\0\1"])
def test_near_misses_are_not_start_codes(near_miss: bytes) -> None:
    assert find_start_code(near_miss * 60) == -1


@given(DENSE, st.sampled_from(["h264", "h265"]))
def test_nal_units_agree_with_a_regular_expression(data: bytes, codec: str) -> None:
    assert [tuple(nal) for nal in nal_units(data, codec)] == naive.nal_list(data, codec)


def test_start_codes_of_three_and_four_bytes_and_trailing_zeros() -> None:
    data = b"\0\0\0\1\x67\x42\0\0\1\x68\0\0\0\0\0\1\x65\x88\x84\0\0"
    assert list(nal_units(data)) == [Nal(4, 2, 7), Nal(9, 1, 8), Nal(16, 3, 5)]


def test_empty_units_and_bytes_before_the_first_start_code_are_skipped() -> None:
    assert list(nal_units(b"junk\0\0\1\0\0\1\x09\xf0\0\0\1")) == [Nal(10, 2, 9)]
    assert list(nal_units(b"")) == []
    assert list(nal_units(b"\0\0\1")) == []


def test_more_units_than_one_batch_holds() -> None:
    for count in (63, 64, 65, 200):
        assert len(list(nal_units(b"\0\0\1\x41" * count))) == count


def test_h265_types_have_six_bits() -> None:
    assert [nal.type for nal in nal_units(b"\0\0\1\x42\1\0\0\1\x26\1", "h265")] == [33, 19]


def test_the_fast_path_is_named() -> None:
    assert scan_path() in {"sse2", "neon", "portable"}


def test_the_check_bites() -> None:
    """A scan that stops one position early, as a vector loop with a wrong tail does, is told apart."""
    data = bytearray(b"\xff") * 67 + b"\0\0\1"
    source = ffi.from_buffer("uint8_t[]", data)
    broken = lib.agora_scan_start_code(source, len(data) - 1, 0)
    assert broken != naive.find_start_code(bytes(data))
