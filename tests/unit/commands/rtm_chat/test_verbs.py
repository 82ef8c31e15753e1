"""chat/verbs.py: what each line of the prompt does, on a client of the local engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agora_cli.commands.rtm_chat.verbs import VERBS, Quit, Talk, obey, show
from agora_cli.errors import AgoraError
from agora_cli.rtm.base import Message, RtmSpec
from agora_cli.rtm.local.engine import LocalRtmEngine


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    client = LocalRtmEngine(tmp_path).login(RtmSpec("verbs", "alice"))
    client.subscribe("room")
    yield Talk(client, "room")
    client.close()


def said(talk: Talk) -> list[bytes]:
    return [message.data for message in talk.client.history("room")]


def test_a_line_is_a_message_exact_to_the_byte(talk: Talk) -> None:
    for line in ("hello", "  spaces  ", "zwei ü 漢字", "//slash", "\udcff"):
        assert obey(talk, line) == []
    assert said(talk) == [b"hello", b"  spaces  ", "zwei ü 漢字".encode(), b"/slash", b"\xff"]


@pytest.mark.parametrize("line", ["", "   ", "\t"])
def test_nothing_is_no_message(talk: Talk, line: str) -> None:
    assert obey(talk, line) == []
    assert said(talk) == []


def test_what_is_not_to_be_kept_is_not(talk: Talk) -> None:
    talk.store = False
    obey(talk, "secret")
    assert said(talk) == []


def test_metadata(talk: Talk) -> None:
    assert obey(talk, "/meta") == ["revision 0"]
    assert obey(talk, "/meta topic two words") == ["revision 1"]
    assert obey(talk, "/meta topic") == ["revision 1", "topic = two words  (revision 1, alice)"]
    assert obey(talk, "/meta - topic") == ["revision 2"]
    assert obey(talk, "/meta") == ["revision 2"]


def test_locks(talk: Talk) -> None:
    assert obey(talk, "/lock") == ["no locks"]
    assert obey(talk, "/lock door 5") == []
    assert obey(talk, "/lock") == ["door: alice, 5 s"]
    obey(talk, "/lock - door")
    assert obey(talk, "/lock") == ["door: free, 5 s"]
    with pytest.raises(AgoraError, match="-14006"):
        obey(talk, "/lock - door")


def test_who_and_state(talk: Talk) -> None:
    obey(talk, "/state mood=ok place=home")
    assert obey(talk, "/who") == ["alice (you): mood=ok, place=home"]


def test_whom_the_lines_go_to(talk: Talk) -> None:
    assert talk.label() == "alice@room> "
    obey(talk, "/to bob")
    assert talk.label() == "alice to bob> "
    with pytest.raises(AgoraError, match="'bob' is not logged in"):
        obey(talk, "hello?")
    obey(talk, "/to")
    assert talk.label() == "alice@room> "
    with pytest.raises(AgoraError, match="'carol' is not logged in"):
        obey(talk, "/to carol hello there")


def test_history(talk: Talk) -> None:
    assert obey(talk, "/history") == ["no history yet"]
    for number in range(3):
        obey(talk, f"{number}")
    assert [line[9:] for line in obey(talk, "/history 2")] == ["alice: 1", "alice: 2"]
    with pytest.raises(AgoraError, match="takes a number"):
        obey(talk, "/history all")


def test_show_has_the_time(talk: Talk) -> None:
    assert show(Message(0, "room", "bob", b"x", True, 0))[2::3][:2] == "::"


def test_help_names_every_command_and_a_typo_is_told(talk: Talk) -> None:
    assert [line.split()[0] for line in obey(talk, "/help")] == list(VERBS)
    with pytest.raises(AgoraError, match="no such command: /hlep") as caught:
        obey(talk, "/hlep")
    assert caught.value.hint


def test_quit(talk: Talk) -> None:
    with pytest.raises(Quit):
        obey(talk, "/quit")
