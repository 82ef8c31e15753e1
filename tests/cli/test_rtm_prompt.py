"""agora rtm-chat on a terminal: a pseudo-terminal types, and reads what a person would see."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.cli.run import agora, command, environment

WAIT_S = 15
CTRL_C, CTRL_D, TAB, UP = "\x03", "\x04", "\t", "\x1b[A"


class Terminal:
    """One person at a terminal."""

    def __init__(self, home: Path, user: str, *args: str, **extra: str) -> None:
        line = command("rtm-chat", "-c", "room", "-u", user, *args)
        env = environment(home, **({"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"} | extra))
        self.child = pexpect.spawn(line[0], line[1:], env=env, timeout=WAIT_S, encoding="utf-8", dimensions=(24, 80))
        self.label = f"{user}@room>"
        self.sees(self.label)

    def types(self, text: str) -> None:
        self.child.send(text)

    def enters(self, text: str) -> None:
        self.child.send(text + "\r")

    def sees(self, text: str) -> None:
        """Wait until a text shows, whatever its colours are."""
        plain = r"(?:\x1b\[[0-9;?]*[a-zA-Z])*".join(re.escape(letter) for letter in text)
        self.child.expect(plain)

    def leaves(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        status: int = self.child.exitstatus
        return status


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Any]:
    terminals: list[Terminal] = []

    def sit_down(user: str, *args: str, **extra: str) -> Terminal:
        terminals.append(Terminal(tmp_path, user, *args, **extra))
        return terminals[-1]

    yield sit_down
    for terminal in terminals:
        terminal.child.close(force=True)


def test_two_people_chat(at: Any) -> None:
    alice, bob = at("alice"), at("bob")
    alice.sees("* bob joined")
    bob.enters("hallo zwei ü 漢字")
    alice.sees("bob: hallo zwei ü 漢字")
    alice.enters("//slash")
    bob.sees("alice: /slash")
    alice.enters("/quit")
    bob.sees("* alice left")
    assert alice.leaves() == 0
    bob.types(CTRL_D)
    assert bob.leaves() == 0


def test_a_person_and_a_pipe(at: Any, tmp_path: Path) -> None:
    alice = at("alice")
    agora(tmp_path, "rtm-chat", "-c", "room", "-u", "builder", stdin=b"build ok\n")
    alice.sees("* builder joined")
    alice.sees("builder: build ok")
    agora(tmp_path, "rtm-chat", "--to", "alice", "-u", "builder", "-m", "psst")
    alice.sees("builder (to you): psst")


def test_a_message_cannot_steer_the_terminal(at: Any, tmp_path: Path) -> None:
    alice = at("alice")
    agora(tmp_path, "rtm-chat", "-c", "room", "-u", "builder", stdin="\x9b2J\a\b\u202e!\n".encode())
    alice.sees("builder: \\x9b2J\\x07\\x08\\u202e!")


def test_the_commands(at: Any) -> None:
    alice, bob = at("alice"), at("bob")
    alice.sees("* bob joined")
    alice.enters("/state mood=ok")
    bob.sees("* alice: mood=ok")
    bob.enters("/who")
    bob.sees("alice: mood=ok")
    bob.sees("bob (you)")
    bob.enters("/meta topic two words")
    alice.sees("* metadata revision 1: topic=two words")
    alice.enters("/meta")
    alice.sees("topic = two words  (revision 1, bob)")
    alice.enters("/lock door")
    bob.sees("* lock door acquired by alice")
    bob.enters("/lock door")
    bob.sees("error: lock 'door' is held by 'alice' (RTM error -14007)")
    alice.enters("/lock - door")
    bob.sees("* lock door released")
    bob.enters("/history")
    bob.sees("no history yet")
    bob.enters("kept")
    alice.sees("bob: kept")
    alice.enters("/history")
    alice.sees(" bob: kept")
    alice.enters("/nonsense")
    alice.sees("error: no such command: /nonsense")
    alice.sees("hint: /help lists them")


def test_writing_to_one_user(at: Any) -> None:
    alice, bob, carol = at("alice"), at("bob"), at("carol")
    alice.sees("* carol joined")
    alice.enters("/to bob only you")
    bob.sees("alice (to you): only you")
    alice.enters("/to bob")
    alice.sees("alice to bob>")
    alice.enters("and again")
    bob.sees("alice (to you): and again")
    alice.enters("/to")
    alice.sees("alice@room>")
    alice.enters("for all")
    carol.sees("alice: for all")


def test_history_of_the_prompt_and_completion(at: Any) -> None:
    alice, bob = at("alice"), at("barnabas")
    alice.sees("* barnabas joined")
    alice.enters("say it")
    bob.sees("alice: say it")
    alice.types(UP)
    alice.enters(" again")
    bob.sees("alice: say it again")
    alice.types("/to bar" + TAB)
    alice.enters(" psst")
    bob.sees("alice (to you): psst")
    alice.types("/hist" + TAB)
    alice.enters("")
    alice.sees("say it again")


def test_control_c_leaves_with_130(at: Any) -> None:
    alice, bob = at("alice"), at("bob")
    alice.sees("* bob joined")
    bob.types("half a li" + CTRL_C)
    assert bob.leaves() == 130
    alice.sees("* bob left")


@pytest.mark.parametrize("term", ["xterm", "dumb"])
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_leaves_with_its_number(at: Any, number: signal.Signals, term: str) -> None:
    bob = at("bob", TERM=term)
    bob.child.kill(number)
    assert bob.leaves() == 128 + number


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_being_put_out_ends_the_prompt(at: Any, term: str) -> None:
    earlier = at("bob", TERM=term)
    at("bob")
    earlier.sees("has logged in elsewhere")
    assert earlier.leaves() == 4


@pytest.mark.parametrize("no_colour", ["", "1"])
def test_names_have_colours_unless_unwanted(at: Any, tmp_path: Path, no_colour: str) -> None:
    alice = at("alice", NO_COLOR=no_colour)
    agora(tmp_path, "rtm-chat", "-c", "room", "-u", "builder", "-m", "words")
    alice.sees("builder: words")
    shown = alice.child.before + alice.child.after
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-7][0-9;]*m", shown)) is not bool(no_colour)
