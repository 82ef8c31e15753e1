"""engines/gateway/amf.py: values there and back, and what is cut or strange."""

import struct

import pytest

from agora_cli.engines.gateway.amf import AmfError, pack_values, unpack_values

VALUES = ("connect", 1.0, None, True, {"app": "live", "code": "ü"}, "")


def test_there_and_back() -> None:
    assert unpack_values(pack_values(*VALUES)) == list(VALUES)


def test_the_bytes_are_those_of_the_specification() -> None:
    assert pack_values("ab", 1.0) == b"\x02\x00\x02ab" + b"\x00" + struct.pack(">d", 1.0)
    assert pack_values({"a": "b"}) == b"\x03\x00\x01a\x02\x00\x01b\x00\x00\x09"
    assert unpack_values(b"\x08\x00\x00\x00\x01\x00\x01a\x05\x00\x00\x09\x06") == [{"a": None}, None]


def test_every_cut_is_refused_or_shorter() -> None:
    data = pack_values(*VALUES)
    whole = {len(pack_values(*VALUES[:count])): list(VALUES[:count]) for count in range(len(VALUES))}
    for size in range(len(data)):
        if size in whole:
            assert unpack_values(data[:size]) == whole[size]
        else:
            with pytest.raises(AmfError, match="is cut"):
                unpack_values(data[:size])


@pytest.mark.parametrize("data", [b"\x0d", b"\x11", b"\x03\x00\x01a" * 20, b"\x02\x00\x01\xff"])
def test_what_is_no_value(data: bytes) -> None:
    with pytest.raises(AmfError):
        unpack_values(data)
