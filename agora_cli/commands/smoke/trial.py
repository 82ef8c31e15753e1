"""One run of a smoke test: who joins, who sends, whose signal is measured."""

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from agora_cli.clock import Stop, SystemClock
from agora_cli.commands._channel.join import connection_spec, link_report, open_engine, publication
from agora_cli.commands._channel.send import AHEAD_US
from agora_cli.commands.smoke.party import Clockwork, Party, meet
from agora_cli.engines.base import Connection, Engine, Publish, Subscribe
from agora_cli.errors import AgoraError, ExpectationError
from agora_cli.frames import MICROSECONDS
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.names import ASSIGNED
from agora_cli.options.channel import MediaChannelOptions
from agora_cli.options.encoder import EncoderOptions
from agora_cli.options.values import duration_s
from agora_cli.sinks.probe.measure import Measured, Reception, measure
from agora_cli.sources.base import Source
from agora_cli.sources.probe import ProbeSource
from agora_cli.terminal.console import Console

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# How much longer than its signal a receiver waits for the end of it.
SPARE_US = 5_000_000


@dataclass(frozen=True, slots=True)
class _Sender:
    party: Party
    source: Source


class Trial:
    """Run a smoke test over the engine and channel that the options name."""

    def __init__(
        self, channel: MediaChannelOptions, signal: ProbeSignal, encoder: EncoderOptions, console: Console, stop: Stop
    ) -> None:
        self.channel = channel
        self._signal = signal
        self._encoder = encoder
        self._console = console
        self._clockwork = Clockwork(SystemClock(), _clock_name(), stop)
        self._timeout_s = float(duration_s(channel.timeout, "--timeout"))
        self._engine: Engine | None = None
        self._connections: list[Connection] = []
        self.seconds = 0.0
        self.link: dict[str, Any] = {}

    @property
    def engine_name(self) -> str:
        """Return which engine it went over."""
        return self._engine.name if self._engine else ""

    def run(self, side: str, against: str) -> dict[str, Measured]:
        """Join, send, listen and measure; return what came of each user's signal, nothing for a sender alone.

        Raises ExpectationError where nobody is there, and what the session raises.
        """
        began_us = self._clockwork.clock.now_us()
        self._engine = open_engine(self.channel, self._console)
        with ExitStack() as stack:
            if side == "receiver":
                receptions = self._receive(self._join(0, stack, sends=False).party)
            elif side == "sender" or against:
                receptions = self._alone(self._join(0, stack), against)
            else:
                receptions = self._both([self._join(identity, stack) for identity in range(2)])
            self.link = link_report(self._console, self._connections)
        found = {user: measure(reception) for user, reception in receptions.items()}
        self.seconds = (self._clockwork.clock.now_us() - began_us) / MICROSECONDS
        return found

    def _join(self, identity: int, stack: ExitStack, sends: bool = True) -> _Sender:
        assert self._engine is not None
        signal = replace(self._signal, identity=identity)
        source = self._encoder.encoded(ProbeSource(signal), "bt601", Fraction(1))
        stack.enter_context(closing(source))
        # A bad network lies between the two: each packet goes through it once.
        own = self.channel if identity == 0 else replace(self.channel, user_id=ASSIGNED, impair="")
        publish = publication(source.info) if sends else Publish()
        connection = stack.enter_context(closing(self._engine.open(connection_spec(own, publish, Subscribe()))))
        self._connections.append(connection)
        self._console.status(f"joined {self.channel.channel_id} as user {connection.user}")
        for note in source.info.notes if identity == 0 and sends else ():
            self._console.status(f"note: {note}")
        return _Sender(Party(connection, signal, self._clockwork), source)

    def _both(self, senders: list[_Sender]) -> dict[str, Reception]:
        one, other = (sender.party for sender in senders)
        one.peer, other.peer = other.connection.user, one.connection.user
        self._meet([one, other], "the two participants do not see each other")
        _together([partial(self._send, sender) for sender in senders])
        for user in sorted((one.here | other.here) - {one.peer, other.peer}):
            self._console.warn(f"user {user} is in the channel too: what it sends takes its share")
        return {
            one.connection.user: other.reception(other.peer, one, one.signal),
            other.connection.user: one.reception(one.peer, other, other.signal),
        }

    def _alone(self, sender: _Sender, against: str) -> dict[str, Reception]:
        party = sender.party
        party.peer = against
        who = f"user {against}" if against else "a receiver"
        self._meet([party], f"{who} did not come into {self.channel.channel_id} in {self.channel.timeout}")
        self._send(sender)
        if not against:
            return {}
        reception = party.reception(against, party, party.signal)
        return {against: reception}

    def _receive(self, party: Party) -> dict[str, Reception]:
        self._meet([party], f"no sender came into {self.channel.channel_id} in {self.channel.timeout}")
        # Who measures, measures one sender: the first whose signal comes.
        limit_us = self._clockwork.clock.now_us() + int(self._timeout_s * MICROSECONDS)
        party.listen(lambda now_us: not party.messages and now_us < limit_us)
        users = sorted(party.messages) or sorted(party.media)
        if not users:
            if self._clockwork.stop.is_set():
                return {}
            raise ExpectationError(
                "no-media",
                f"user {', '.join(sorted(party.here))} is in {self.channel.channel_id} but sends nothing",
                hint="agora watch --why says more; the other side is agora smoke --side sender",
            )
        user = users[0]
        end_us = self._clockwork.clock.now_us() + self._signal.length_us + SPARE_US
        party.listen(lambda now_us: user in party.here and now_us < end_us)
        return {user: party.reception(user, None, self._signal)}

    def _send(self, sender: _Sender) -> None:
        ahead_us = AHEAD_US.get(self.engine_name, 0)
        sender.party.send(sender.source, ahead_us)

    def _meet(self, parties: list[Party], failure: str) -> None:
        if not meet(parties, self._clockwork, self._timeout_s) and not self._clockwork.stop.is_set():
            raise ExpectationError("nobody-there", failure, hint="is the channel name the same on both sides?")


def _together(actions: list[Callable[[], None]]) -> None:
    """Run each action on a thread of its own; raise what the first that failed raised."""
    failures: list[AgoraError] = []

    def safely(action: Callable[[], None]) -> None:
        try:
            action()
        except AgoraError as error:
            failures.append(error)

    threads = [threading.Thread(target=safely, args=(action,), name="smoke") for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _clock_name() -> str:
    """Return what names this machine's monotonic clock until it is started anew; "" where nothing does."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""
