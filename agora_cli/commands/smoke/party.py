"""One participant of a smoke test: it sends its signal, answers what the other asks, and keeps what comes."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from agora_cli.clock import Clock, Stop
from agora_cli.engines.base import Connection
from agora_cli.events import DataReceived, Event, Joined, Left, MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedVideo, Unit, send_time_us
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.session.link import Tune, raise_if_ended
from agora_cli.session.pacing import Pacer
from agora_cli.session.push import Push
from agora_cli.sinks.probe.measure import Reception
from agora_cli.sinks.probe.note import Note, unpack
from agora_cli.sources.base import Source

NOTE_US = 100_000
# After the end so much silence means that all has come; what is later than LINGER_US is lost.
QUIET_US, LINGER_US = 700_000, 4_000_000
WAIT_S = 0.05


@dataclass(frozen=True, slots=True)
class Clockwork:
    """The machine's clock, its name (times of one name can be compared), and the wish to end."""

    clock: Clock
    name: str
    stop: Stop


class Party:
    """Take part through `connection`, as `signal.identity`. `peer` is whom it asks and answers; "" until known.

    One thread calls send() or listen(); what came may be read after that.
    """

    def __init__(self, connection: Connection, signal: ProbeSignal, clockwork: Clockwork) -> None:
        self.connection = connection
        self.signal = signal
        self.peer = ""
        self.here: set[str] = set()
        self.strangers: set[str] = set()
        self.media: defaultdict[str, list[MediaReceived]] = defaultdict(list)
        self.messages: defaultdict[str, list[DataReceived]] = defaultdict(list)
        self.start_us = 0
        self.sent_us = 0
        self.notes = 0
        self.asked_us: int | None = None
        self._clockwork = clockwork
        self._clock = clockwork.clock
        self.since_us = self._clock.now_us()
        self._arrived_us = self.since_us

    @property
    def meets(self) -> bool:
        """Tell whether its peer is there, or anybody where it has none."""
        return self.peer in self.here if self.peer else bool(self.here)

    def send(self, source: Source, ahead_us: int) -> None:
        """Send all of `source` at its pace, then wait for what is still on its way. Raises what the session raises."""
        pacer = Pacer(self._clock, stop=self._clockwork.stop, ahead_us=ahead_us)
        push = Push(source, [self.connection], pacer, self._on_unit, self._on_event)
        push.run()
        self.sent_us = push.media_us
        end_us = self._clock.now_us()
        self.listen(lambda now_us: now_us - max(end_us, self._arrived_us) < QUIET_US and now_us - end_us < LINGER_US)

    def listen(self, more: Callable[[int], bool]) -> None:
        """Take what comes while `more(now)`, and until a stop. Raises what ended the link, or that keys differ."""
        tune = Tune()
        while not self._clockwork.stop.is_set() and more(self._clock.now_us()):
            for event in self.connection.events(WAIT_S):
                tune.follow(event)
                self._on_event(event)
                raise_if_ended(event)
            tune.check(self._clock.now_us())

    def reception(self, user: str, sender: "Party | None", signal: ProbeSignal) -> Reception:
        """Return what came of `user`, whose signal is `signal`; `sender` is that user where it is one of ours."""
        start_us, sent = self._told_start_us(user), None
        if sender is not None:
            start_us, sent = sender.start_us or None, sender.notes
            signal = replace(signal, length_us=sender.sent_us)
        return Reception(signal, self.media[user], self.messages[user], self.since_us, start_us, sent, self.asked_us)

    def _told_start_us(self, user: str) -> int | None:
        """Return when the user's signal began, which it tells in its messages: on this machine its clock is ours."""
        notes = [unpack(message.data) for message in reversed(self.messages[user])]
        told = (note.start_us for note in notes if note and note.start_us and note.clock == self._clockwork.name)
        return next(told, None)

    def _on_unit(self, unit: Unit) -> None:
        now_us = self._clock.now_us()
        # A busy machine makes a unit late, nothing makes it early: the earliest tells when the signal began.
        began_us = now_us - send_time_us(unit)
        self.start_us = min(self.start_us or began_us, began_us)
        media_us = send_time_us(unit)
        if media_us >= self.notes * NOTE_US:
            note = Note(self.signal.identity, self.notes, now_us, self.start_us, self._clockwork.name)
            self.connection.send(note.pack(), media_us)
            self.notes += 1
        if self.peer and self.asked_us is None and media_us * 2 >= self.signal.length_us:
            self.asked_us = self._clock.now_us()
            self.connection.request_keyframe(self.peer)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Joined):
            self.here.add(event.user)
        elif isinstance(event, Left):
            self.here.discard(event.user)
        elif isinstance(event, MediaReceived):
            self._arrived_us = event.at_us
            self.media[event.user].append(event)
            if event.lost > 0 and isinstance(event.unit, EncodedVideo):
                self.connection.request_keyframe(event.user)  # as every receiver that shows pictures does
        elif isinstance(event, DataReceived):
            self._arrived_us = event.at_us
            self._on_message(event)

    def _on_message(self, event: DataReceived) -> None:
        note = unpack(event.data)
        if note is None:
            return
        if self.peer and event.user != self.peer:
            self.strangers.add(event.user)
        elif note.echo_of:
            if note.echo_of == self.connection.user:
                self.messages[event.user].append(event)
        else:
            self.messages[event.user].append(event)
            self.connection.send(replace(note, echo_of=event.user).pack())


def meet(parties: list[Party], clockwork: Clockwork, timeout_s: float) -> bool:
    """Wait until each of the parties sees somebody (its peer, if it has one); False after the time."""
    deadline_us = clockwork.clock.now_us() + int(timeout_s * MICROSECONDS)
    for party in parties:
        _wait(party, deadline_us)
    return all(party.meets for party in parties)


def _wait(party: Party, deadline_us: int) -> None:
    party.listen(lambda now_us: now_us < deadline_us and not party.meets)
