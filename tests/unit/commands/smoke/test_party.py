"""commands/smoke/party.py: who is in the channel, and whose messages are answered, over the engine in memory."""

from agora_cli.clock import Stop, SystemClock
from agora_cli.commands.smoke.party import Clockwork, Party, meet
from agora_cli.engines.base import ConnectionSpec, Subscribe
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.sinks.probe.note import Note, unpack
from agora_cli.sources.probe import ProbeSource
from tests.fakes import FakeEngine

SIGNAL = ProbeSignal(0, 200_000)
CLOCKWORK = Clockwork(SystemClock(), "here", Stop())


def parties(engine: FakeEngine, *users: str) -> list[Party]:
    """Return a party a user."""
    spec = [ConnectionSpec("x", "smoke", user, subscribe=Subscribe(video="raw")) for user in users]
    return [Party(engine.open(one), SIGNAL, CLOCKWORK) for one in spec]


def test_two_meet_and_one_alone_does_not() -> None:
    engine = FakeEngine()
    (one,) = parties(engine, "7")
    assert not meet([one], CLOCKWORK, 0.05)
    (other,) = parties(engine, "8")
    one.peer = "8"
    assert meet([one, other], CLOCKWORK, 1)


def test_what_one_sends_the_other_has_with_its_start_and_its_echo() -> None:
    one, other = parties(FakeEngine(), "7", "8")
    one.peer, other.peer = "8", "7"
    one.send(ProbeSource(SIGNAL), 0)
    now = [0]

    def once(_: int) -> bool:
        now[0] += 1
        return now[0] < 3

    other.listen(once)
    reception = other.reception("7", None, SIGNAL)
    assert reception.start_us == one.start_us
    assert len(reception.media) == 13
    assert one.notes == len(reception.messages) == 2
    one.listen(lambda _: not one.messages)
    echoes = [unpack(event.data) for event in one.messages["8"]]
    assert [echo.echo_of for echo in echoes if echo] == ["7", "7"]


def test_a_third_one_is_not_answered() -> None:
    one, stranger = parties(FakeEngine(), "7", "9")
    one.peer = "8"
    stranger.connection.send(Note(0, 0, 0).pack())
    stranger.connection.send(b"hello")
    one.listen(lambda _: not one.strangers)
    assert one.strangers == {"9"}
    assert not one.messages
