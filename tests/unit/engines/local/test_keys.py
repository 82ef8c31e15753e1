import pytest
import zenoh
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.local.keys import Keys, parse_token
from agora_cli.errors import InputError

ALPHABET = "aZ09 !#$%&()+-:;<=.>?@[]^_{}|~,"


@given(st.text(ALPHABET, min_size=1, max_size=63), st.text(ALPHABET, min_size=1, max_size=255))
def test_names_of_any_characters_make_keys_that_zenoh_takes(channel: str, user: str) -> None:
    keys = Keys.of(channel)
    for one, all_of in ((keys.audio, keys.audio()), (keys.video, keys.video()), (keys.messages, keys.messages())):
        assert zenoh.KeyExpr(all_of).includes(one(user))
        assert "*" not in one(user)
    token = keys.token(user, 12, "ab")
    assert zenoh.KeyExpr(keys.tokens()).includes(token)
    assert parse_token(token) == (user, 12)


def test_kinds_and_channels_are_apart() -> None:
    keys, other = Keys.of("a"), Keys.of("b")
    expressions = [keys.audio(), keys.video(), keys.messages(), keys.requests(), keys.tokens(), other.audio()]
    for first in expressions:
        assert [second for second in expressions if zenoh.KeyExpr(first).intersects(second)] == [first]


@pytest.mark.parametrize("key", ["", "a", "live/zz/1/x", "live/61/one/x", "live/ff/1/x"])
def test_a_key_that_is_no_token_is_told(key: str) -> None:
    with pytest.raises(InputError, match="expected .../live/"):
        parse_token(key)


@pytest.mark.parametrize(
    "key",
    ["", "live", "live/zz/1/a/b", "live/37/x/a/b", "live/37/-1/a/b", "live//1/a/b", "live/3700/1/a/b", "live/ff/1/a/b"],
)
def test_a_token_that_no_member_makes_is_refused(key: str) -> None:
    with pytest.raises(InputError, match="liveliness token"):
        parse_token(key)
