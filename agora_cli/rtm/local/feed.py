"""One stream that a login listens to, and each publisher's records on it."""

import os

from agora_cli.mesh.session import Declared
from agora_cli.rtm.local import wire
from agora_cli.rtm.local.cursor import Cursor

SCAN_US = 1_000_000
SILENT_US = 30_000_000


class Feed:
    """One publisher's records on one stream: where they stand and what is to be done about it.

    `acked` is what the publisher was told, `must_ack` that it has asked; `asked_us` is when we last asked for
    what is missing (None: there was an answer), `silent_us` since when there is none.
    """

    __slots__ = ("acked", "asked_us", "cursor", "login", "must_ack", "silent_us", "stream", "user")

    def __init__(self, stream: "Subscription", login: str) -> None:
        self.stream = stream
        self.login = login
        self.user = wire.user_of(login)
        self.cursor = Cursor(stream.since_us)
        self.acked = -1
        self.must_ack = False
        self.asked_us: int | None = None
        self.silent_us: int | None = None

    def publisher_is_dead(self, now_us: int) -> bool:
        """Tell whether nobody will answer any more: the process is gone, or has been silent for too long."""
        if self.silent_us is None:
            return False
        return now_us - self.silent_us >= SILENT_US or not process_exists(wire.pid_of(self.login))


class Subscription:
    """One stream that we listen to. `channel` is "" for the one that is ours alone."""

    def __init__(self, name: str, channel: str, since_us: int, scanned_id: int) -> None:
        self.name = name
        self.channel = channel
        self.since_us = since_us
        self.scanned_id = scanned_id
        self.scan_due_us = since_us + SCAN_US
        self.feeds: dict[str, Feed] = {}
        self.declared: list[Declared] = []

    def feed(self, login: str) -> Feed:
        """Return the feed of a publisher, new at its first record."""
        found = self.feeds.get(login)
        # setdefault: a thread of zenoh's and ours may meet a publisher at the same time.
        return self.feeds.setdefault(login, Feed(self, login)) if found is None else found


def process_exists(pid: int) -> bool:
    """Tell whether a process of this machine runs, or is stopped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
