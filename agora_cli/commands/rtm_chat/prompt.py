"""A chat for people: a prompt at the bottom of the terminal, what happens above it."""

import os
import threading
import zlib
from collections.abc import Iterable
from typing import Any

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.application.current import AppSession, get_app_session
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText, StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.patch_stdout import patch_stdout

from agora_cli.clock import Stop
from agora_cli.commands.rtm_chat.lines import sentence, text_of
from agora_cli.commands.rtm_chat.verbs import VERBS, Quit, Talk, obey
from agora_cli.errors import AgoraError
from agora_cli.events import LinkChanged
from agora_cli.reasons import connection_failure
from agora_cli.rtm.base import Message, PresenceChange, RtmEvent
from agora_cli.terminal.text import clean

WAIT_S = 0.1
_COLOURS = ("ansicyan", "ansigreen", "ansiyellow", "ansimagenta", "ansiblue", "ansired")
_FLUSH_S = 5.0


def run_prompt(talk: Talk, stop: Stop) -> None:
    """Chat until /quit, Ctrl-D, Ctrl-C (KeyboardInterrupt), a signal, or until the channel puts us out."""
    depth = ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None
    session: PromptSession[str] = PromptSession(
        history=InMemoryHistory(), completer=names_completer(talk), complete_while_typing=False, color_depth=depth
    )
    screen = Screen(talk, get_app_session(), depth, stop)
    with patch_stdout():
        screen.start()
        try:
            while not stop.is_set():
                _obey(talk, session.prompt(talk.label), screen)
        except (EOFError, Quit):
            pass
        finally:
            screen.leave()
    if screen.failure is not None:
        raise screen.failure
    talk.client.flush(_FLUSH_S)


class Screen(threading.Thread):
    """Prints what arrives above the prompt, and ends the prompt when the chat is over."""

    def __init__(self, talk: Talk, session: AppSession, depth: ColorDepth | None, stop: Stop) -> None:
        super().__init__(name="rtm-screen", daemon=True)
        self.failure: AgoraError | None = None
        self._talk = talk
        self._session = session
        self._depth = depth
        self._stop_wish = stop
        self._left = threading.Event()

    def run(self) -> None:
        """Print events until the chat is over."""
        while not self._left.is_set() and not self._stop_wish.is_set() and self.failure is None:
            for event in self._talk.client.events(WAIT_S):
                self.show(_fragments(event))
                if isinstance(event, LinkChanged) and event.state == "failed":
                    self.failure = connection_failure(event.reason, event.text)
        if not self._left.is_set():
            self._end_prompt()

    def show(self, fragments: StyleAndTextTuples) -> None:
        """Print one line above the prompt."""
        print_formatted_text(FormattedText(fragments), color_depth=self._depth)

    def leave(self) -> None:
        """Stop printing."""
        self._left.set()
        self.join()

    def _end_prompt(self) -> None:
        # Between two prompts there is none to end; the next begins at once. On a dumb terminal each is another one.
        while not self._left.wait(WAIT_S):
            app = self._session.app
            if app is not None and app.loop is not None:
                app.loop.call_soon_threadsafe(_exit, app)


def names_completer(talk: Talk) -> Completer:
    """Return what completes a slash command, and after /to the name of a user."""

    class Names(Completer):
        def get_completions(self, document: Document, complete_event: Any) -> Iterable[Completion]:
            word = document.get_word_before_cursor(WORD=True)
            for candidate in _candidates(talk, document.text_before_cursor):
                if candidate.startswith(word):
                    yield Completion(candidate, start_position=-len(word))

    return Names()


def _candidates(talk: Talk, text: str) -> list[str]:
    if text.startswith("/") and " " not in text:
        return list(VERBS)
    try:
        users = sorted(talk.client.who(talk.channel))
    except AgoraError:
        return []  # an engine without presence, or a chat that has just ended
    others = [user for user in users if user != talk.client.user]
    if text.startswith("/to ") and text.count(" ") == 1:
        return others
    return [] if text.startswith("/") else others


def _obey(talk: Talk, line: str, screen: Screen) -> None:
    try:
        for shown in obey(talk, line):
            screen.show([("", "\n".join(map(clean, shown.split("\n"))))])
    except AgoraError as error:
        screen.show([("ansired", f"error: {clean(error.message)}")])
        if error.hint:
            screen.show([("", f"hint: {error.hint}")])


def _fragments(event: RtmEvent) -> StyleAndTextTuples:
    if not isinstance(event, Message):
        return [
            ("ansibrightblack" if isinstance(event, PresenceChange) else "ansiyellow", f"* {clean(sentence(event))}")
        ]
    name = event.publisher if event.channel else f"{event.publisher} (to you)"
    return [(f"bold {_colour(event.publisher)}", clean(name)), ("", f": {clean(text_of(event))}")]


def _colour(user: str) -> str:
    """Return the same colour for the same name on every screen."""
    return _COLOURS[zlib.crc32(user.encode()) % len(_COLOURS)]


def _exit(app: Any) -> None:
    if app.is_running:
        app.exit(exception=EOFError)
