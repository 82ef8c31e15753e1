"""rtm/local/wire.py: there and back, cut at every offset, names that sort and tell."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.clock import monotonic_us
from agora_cli.errors import InputError
from agora_cli.rtm.base import Channel, User
from agora_cli.rtm.local import wire

NUMBER = st.integers(1, wire.MAX_NUMBER)
RECORDS = st.lists(st.builds(wire.Record, NUMBER, NUMBER, NUMBER, st.booleans(), st.binary(max_size=50)), max_size=5)


@given(RECORDS)
def test_records_come_back(records: list[wire.Record]) -> None:
    assert wire.unpack_records(b"".join(wire.pack_record(*record) for record in records)) == records


@given(NUMBER, NUMBER, NUMBER, RECORDS)
def test_a_reply_comes_back(due: int, first: int, head: int, records: list[wire.Record]) -> None:
    packed = wire.pack_reply(due, first, head, [wire.pack_record(*record) for record in records])
    assert wire.unpack_reply(packed) == wire.Reply(due, first, head, records)


def test_records_cut_at_every_offset() -> None:
    first, second = wire.pack_record(1, 2, 3, True, b"abc"), wire.pack_record(2, 3, 4, False, b"\0")
    whole = first + second
    for end in range(1, len(whole)):
        if end == len(first):
            assert len(wire.unpack_records(whole[:end])) == 1
        else:
            with pytest.raises(InputError, match="cut off"):
                wire.unpack_records(whole[:end])


def test_small_packets_have_one_size() -> None:
    assert wire.unpack_ack(wire.pack_ack(7)) == 7
    assert wire.unpack_head(wire.pack_head(7, 8)) == (7, 8)
    assert wire.unpack_request(wire.pack_request(7, 8)) == (7, 8)
    for unpack in (wire.unpack_ack, wire.unpack_head, wire.unpack_request):
        for size in range(24):
            if size != (8 if unpack is wire.unpack_ack else 16):
                with pytest.raises(InputError, match=f"got {size}"):
                    unpack(bytes(size))
    with pytest.raises(InputError, match="at least, got 23"):
        wire.unpack_reply(bytes(23))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64))
def test_names_survive_in_keys(name: str) -> None:
    login = wire.login_of(name, 12, 34)
    assert wire.user_of(login) == name
    assert wire.pid_of(login) == 12
    stream = wire.stream_of(User(name))
    assert wire.token_login(wire.key("p", stream, login), stream) == login
    assert wire.token_login(wire.key("p", wire.stream_of(Channel(name)), login), stream) is None
    assert wire.token_login(wire.key("m", stream, login), stream) is None
    assert not set("*$?#/") & set(login + wire.stream_of(Channel(name)))
    assert wire.stream_of(Channel(name)) != wire.stream_of(User(name))


def test_a_later_login_sorts_after() -> None:
    assert wire.login_order(wire.login_of("a", 99, 5)) < wire.login_order(wire.login_of("a", 1, 10))


def test_a_payload_says_which_key_it_was_put_to() -> None:
    key = wire.key("m", wire.stream_of(Channel("room")), wire.login_of("bob", 1, 2))
    assert wire.unseal(wire.seal(key, b"a\nb")) == (key.split("/")[2:], b"a\nb")
    assert wire.unseal(wire.seal(key, b""))[1] == b""
    for payload in (b"", b"rtm/1/m/x", b"rtm/2/m/x\n", b"\n" + bytes(20)):
        with pytest.raises(InputError, match="must begin with rtm/1/"):
            wire.unseal(payload)


@pytest.mark.parametrize(
    "login",
    ["", "37", "37.1", "zz.1.1", "37.x.1", "37.1.x", "37.0.1", ".1.1", "00.1.1", "37.1.-1", "37.9999999.1", "ff.1.1"],
)
def test_a_login_that_cannot_be_is_refused(login: str) -> None:
    with pytest.raises(InputError, match="login"):
        wire.parse_login(login)


def test_a_login_of_the_future_is_refused() -> None:
    now_us = monotonic_us()
    assert wire.parse_login(f"37.1.{now_us}") == ("7", 1, now_us)
    with pytest.raises(InputError, match="in the future"):
        wire.parse_login(f"37.1.{now_us + 60_000_000}")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for whole in (noise, b"rtm/1/" + noise, b"rtm/1/m/c61/37.1.1\n" + noise):
        for decode in (wire.unseal, wire.unpack_records, wire.unpack_head, wire.unpack_ack, wire.unpack_reply):
            with suppress(InputError):
                decode(whole)
