"""names.py: what channels, users and App IDs may be called."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import UsageError
from agora_cli.names import channel_file_stem, check_channel, check_user, is_app_id

ALLOWED = string.ascii_letters + string.digits + " !#$%&()+-:;<=.>?@[]^_{}|~,"


def test_the_alphabet_has_agoras_89_characters() -> None:
    assert len(ALLOWED) == 89
    for character in map(chr, range(256)):
        if character in ALLOWED:
            assert check_channel(character) == character
        else:
            with pytest.raises(UsageError, match="character that is not allowed" if character != "" else ""):
                check_channel(character)


def test_a_channel_is_1_to_63_bytes() -> None:
    assert check_channel("x" * 63) == "x" * 63
    for name in ("", "x" * 64):
        with pytest.raises(UsageError, match=f"channel name must be 1 to 63 bytes, got {len(name)}"):
            check_channel(name)


def test_the_place_of_a_bad_character_is_told() -> None:
    with pytest.raises(UsageError, match=r"channel name 'a/b' has a character that is not allowed: '/' at 1"):
        check_channel("a/b")


@pytest.mark.parametrize(
    ("user", "checked"), [("0", "0"), ("007", "7"), ("4294967295", "4294967295"), ("bob", "bob"), ("7a", "7a")]
)
def test_users(user: str, checked: str) -> None:
    assert check_user(user) == checked


@pytest.mark.parametrize("user", ["4294967296", "-1", "", "x" * 256, "a/b", "²", "\udcff"])
def test_no_users(user: str) -> None:
    with pytest.raises(UsageError):
        check_user(user)


def test_app_ids() -> None:
    assert is_app_id("0123456789abcdefABCDEF0123456789")
    assert not is_app_id("0123456789abcdefABCDEF012345678")
    assert not is_app_id("g" * 32)


def test_file_names_are_safe_everywhere() -> None:
    assert channel_file_stem("demo", "7") == "demo_7"
    assert channel_file_stem("a:b?c|d", "x<y>") == "a%3Ab%3Fc%7Cd_x%3Cy%3E"
    assert len({channel_file_stem(a, "1") for a in ALLOWED}) == len(ALLOWED)


def test_a_long_user_gives_a_name_that_a_file_system_takes_and_no_other_user_has() -> None:
    long = [channel_file_stem("c" * 63, "u" * 254 + last) for last in "ab"]
    assert long[0] != long[1]
    assert all(len(stem) == 200 for stem in long)


def test_an_underscore_of_a_name_is_not_the_one_between_names() -> None:
    assert channel_file_stem("a_b", "c") == "a__b_c"
    assert channel_file_stem("a", "b_c") == "a_b__c"
    assert channel_file_stem("a_", "b") != channel_file_stem("a", "_b")


HOSTILE = st.text(alphabet=st.sampled_from("72_%5F/.~:\0é\ud800"), max_size=300) | st.text(alphabet="_27", max_size=6)
OFTEN = [("demo", "7"), ("demo", "7_2"), ("demo_7", "2"), ("a_b", "c"), ("a", "b_c"), ("a_", "b"), ("a", "_b")]


@given(st.lists(st.tuples(HOSTILE.filter(len), HOSTILE), max_size=8))
def test_no_two_channels_users_parts_or_kinds_share_a_name(pairs: list[tuple[str, str]]) -> None:
    pairs = [*pairs, *OFTEN, ("demo", ".."), ("demo", "7%5F2"), ("demo", ""), ("demo", "_"), ("demo", "u" * 255)]
    names = [
        f"{channel_file_stem(channel, user)}{part}.{kind}"
        for channel, user in dict.fromkeys(pairs)
        for part in ("", "_2", "_22")
        for kind in ("wav", "mkv", "messages.jsonl")
    ]
    assert len(set(names)) == len(names)
    assert all("/" not in name and "\0" not in name and name.isascii() for name in names)
