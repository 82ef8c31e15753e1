import os
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from agora_cli.engines.base import ConnectionSpec
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.engines.local.roll import Seat, parse_seat, seats
from agora_cli.errors import InputError, RefusedError


@pytest.mark.parametrize("namespace", ["team a/b", "-", ""])
def test_a_key_says_what_it_was_made_of(namespace: str) -> None:
    seat = Seat(namespace, "room $*?#", "anna", 4711)
    assert parse_seat(seat.key()) == seat
    assert parse_seat("agora/0123/" + seat.key()) == seat


@pytest.mark.parametrize("key", ["", "roll", "roll/61/62/63", "roll/61/62/63/x", "roll/61/62/zz/1", "live/61/62/63/1"])
def test_what_is_no_seat_is_refused(key: str) -> None:
    with pytest.raises(InputError, match="expected roll/<3 names in hex>/<pid>"):
        parse_seat(key)


def test_an_empty_name_and_broken_utf_8_are_refused() -> None:
    for key in ("roll//62/63/1", "roll/61//63/1", "roll/61/62//1", "roll/61/-/63/1", "roll/61/ff/63/1"):
        with pytest.raises(InputError):
            parse_seat(key)


def test_all_namespaces_are_listed_until_their_members_leave(tmp_path: Path) -> None:
    assert seats(tmp_path / "run") == []
    with ExitStack() as stack:
        for namespace, channel, user in (("b", "x", "2"), ("a", "y y", "9"), ("a", "x", "1")):
            engine = LocalEngine(tmp_path / "run")
            stack.enter_context(closing(engine.open(ConnectionSpec(namespace, channel, user))))
        pid = os.getpid()
        found = [Seat("a", "x", "1", pid), Seat("a", "y y", "9", pid), Seat("b", "x", "2", pid)]
        assert seats(tmp_path / "run") == found
    assert seats(tmp_path / "run") == []


def test_a_directory_that_others_can_enter_is_not_listed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(RefusedError, match="open to others"):
        seats(tmp_path)
