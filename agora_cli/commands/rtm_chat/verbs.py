"""What a line of the prompt means: a message, or a command that begins with a slash."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agora_cli.commands.rtm_chat.lines import text_of
from agora_cli.errors import UsageError
from agora_cli.rtm.base import Channel, Message, RtmClient, User

HISTORY_LINES = 20
LOCK_TTL_S = 10


@dataclass(slots=True)
class Talk:
    """One person's chat: where it sends, and to whom. `to` is the user that gets everything, "" for the channel."""

    client: RtmClient
    channel: str
    store: bool = True
    to: str = ""

    def label(self) -> str:
        """Return what the prompt shows."""
        return f"{self.client.user}{' to ' + self.to if self.to else '@' + self.channel}> "


@dataclass(frozen=True, slots=True)
class Verb:
    """A command of the prompt: what it does with its arguments, and how to use it."""

    usage: str
    explanation: str
    run: Callable[[Talk, list[str]], list[str]]


class Quit(Exception):
    """The person wants to leave."""


def obey(talk: Talk, line: str) -> list[str]:
    """Do what one line says; return what to show. Raises AgoraError, and Quit for /quit."""
    if not line.strip():
        return []
    if not line.startswith("/") or line.startswith("//"):
        _say(talk, talk.to, line[1:] if line.startswith("//") else line)
        return []
    name, *words = line.split()
    if name not in VERBS:
        raise UsageError(
            "chat-command", f"no such command: {name}", hint="/help lists them; // begins a message with /"
        )
    if name == "/to" and len(words) > 1:
        _say(talk, words[0], line.split(None, 2)[2])
        return []
    return VERBS[name].run(talk, words)


def show(message: Message) -> str:
    """Return a stored message for a person: when, who, what."""
    clock = datetime.fromtimestamp(message.sent_us / 1_000_000).strftime("%H:%M:%S")
    return f"{clock} {message.publisher}: {text_of(message)}"


def _say(talk: Talk, to: str, text: str) -> None:
    # A terminal hands bytes that are no UTF-8 on as surrogates: they go out as they came in.
    data = text.encode("utf-8", "surrogateescape")
    talk.client.publish(User(to) if to else Channel(talk.channel), data, store=talk.store and not to)


def _who(talk: Talk, words: list[str]) -> list[str]:
    lines = []
    for user, state in sorted(talk.client.who(talk.channel).items()):
        pairs = ", ".join(f"{key}={value}" for key, value in state.items())
        you = " (you)" if user == talk.client.user else ""
        lines.append(f"{user}{you}{': ' + pairs if pairs else ''}")
    return lines


def _to(talk: Talk, words: list[str]) -> list[str]:
    talk.to = words[0] if words else ""
    return [f"all you write goes to {talk.to} alone; /to goes back" if talk.to else f"back in {talk.channel}"]


def _history(talk: Talk, words: list[str]) -> list[str]:
    if words and not (words[0].isascii() and words[0].isdigit()):
        raise UsageError("chat-command", f"/history takes a number, got {words[0]!r}")
    messages = talk.client.history(talk.channel, int(words[0]) if words else HISTORY_LINES)
    return [show(message) for message in messages] or ["no history yet"]


def _meta(talk: Talk, words: list[str]) -> list[str]:
    if words and words[0] == "-" and len(words) == 2:
        return [f"revision {talk.client.remove_metadata(talk.channel, [words[1]])}"]
    if len(words) >= 2:
        return [f"revision {talk.client.set_metadata(talk.channel, {words[0]: ' '.join(words[1:])})}"]
    metadata = talk.client.metadata(talk.channel)
    wanted = {key: item for key, item in metadata.items.items() if not words or key == words[0]}
    return [f"revision {metadata.revision}"] + [
        f"{key} = {item.value}  (revision {item.revision}, {item.author})" for key, item in wanted.items()
    ]


def _lock(talk: Talk, words: list[str]) -> list[str]:
    if not words:
        locks = talk.client.locks(talk.channel)
        return [f"{lock.name}: {lock.owner or 'free'}, {lock.ttl_s:g} s" for lock in locks] or ["no locks"]
    if words[0] == "-" and len(words) == 2:
        talk.client.release_lock(talk.channel, words[1])
        return []
    ttl_s = int(words[1]) if len(words) > 1 and words[1].isascii() and words[1].isdigit() else LOCK_TTL_S
    talk.client.set_lock(talk.channel, words[0], ttl_s)
    talk.client.acquire_lock(talk.channel, words[0])
    return []


def _state(talk: Talk, words: list[str]) -> list[str]:
    pairs = [word.partition("=") for word in words]
    talk.client.set_state(talk.channel, {key: value for key, _, value in pairs})
    return []


def _help(talk: Talk, words: list[str]) -> list[str]:
    return [f"{verb.usage:24} {verb.explanation}" for verb in VERBS.values()]


def _quit(talk: Talk, words: list[str]) -> list[str]:
    raise Quit


VERBS: dict[str, Verb] = {
    "/who": Verb("/who", "who is there, and their state", _who),
    "/to": Verb("/to [USER [TEXT]]", "write to one user; without TEXT from now on; without USER to all again", _to),
    "/history": Verb("/history [N]", f"the last N stored messages ({HISTORY_LINES})", _history),
    "/meta": Verb("/meta [KEY [VALUE]]", "show or set metadata; /meta - KEY removes one", _meta),
    "/lock": Verb("/lock [NAME [SECONDS]]", "show or take locks; /lock - NAME gives one back", _lock),
    "/state": Verb("/state [KEY=VALUE ...]", "say something about yourself to all", _state),
    "/help": Verb("/help", "this", _help),
    "/quit": Verb("/quit", "leave (or Ctrl-D)", _quit),
}
