import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.local.requests import FLUSH, KEYFRAME, Request, pack_request, unpack_request
from agora_cli.errors import InputError

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
USERS = NAMES.filter(bool)


@given(st.builds(Request, st.integers(0, KEYFRAME), USERS, st.integers(0, 2**64 - 1), NAMES))
def test_what_is_packed_is_unpacked(request: Request) -> None:
    assert unpack_request(pack_request(request)) == request


def test_a_request_cut_at_any_byte_is_refused() -> None:
    whole = pack_request(Request(KEYFRAME, "anna", 3, "7"))
    for length in range(len(whole)):
        with pytest.raises(InputError, match=str(length)):
            unpack_request(whole[:length])
    with pytest.raises(InputError, match=f"expected {len(whole)} bytes, got {len(whole) + 1}"):
        unpack_request(whole + b"\0")


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (0, 9, "byte 0: version 9"),
        (1, 9, "byte 1: verb 9"),
        (11, 0xFF, "byte 11: user is not UTF-8"),
        (11, 0, "byte 11: user .* holds a NUL"),
    ],
)
def test_a_wrong_byte_is_told_with_its_place(at: int, value: int, message: str) -> None:
    data = bytearray(pack_request(Request(FLUSH, "u", 3)))
    data[at] = value
    with pytest.raises(InputError, match=message):
        unpack_request(bytes(data))
