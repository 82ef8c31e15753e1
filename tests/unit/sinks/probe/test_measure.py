"""sinks/probe/measure.py: what is measured where little or nothing came (test_synthetic.py has the known faults)."""

from agora_cli.events import DataReceived
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.sinks.probe.measure import PROBE_FIGURES, Reception, measure
from agora_cli.sinks.probe.note import Note
from tests.unit.sinks.probe.test_heard import arrivals


def paths(document: dict[str, object], above: str = "") -> set[str]:
    """Return the paths of a document."""
    found: set[str] = set()
    for key, value in document.items():
        found |= paths(value, f"{above}{key}.") if isinstance(value, dict) else {above + key}
    return found


def test_nothing_came_is_all_lost_and_no_exception() -> None:
    figures = measure(Reception(ProbeSignal(0, 1_000_000), [], [], 0, 5, 10)).figures
    assert figures["audio"]["loss"] == figures["video"]["loss"] == figures["messages"]["loss"] == 1.0
    assert figures["audio"]["outage"] == 1.0
    assert figures["audio"]["level"] is None
    assert figures["av"]["offset"] is None
    assert paths(figures) == PROBE_FIGURES


def test_without_a_clock_in_common_latency_is_not_known_and_the_rest_is() -> None:
    figures = measure(Reception(ProbeSignal(0, 1, width=0), arrivals()[3:], [], 0)).figures
    assert figures["audio"]["latency"]["p50"] is None
    assert figures["audio"]["loss"] == 0
    assert figures["audio"]["drift"] is None or figures["audio"]["drift"] < 1
    assert "video" not in figures
    assert "av" not in figures


def test_round_trips_are_of_what_comes_back() -> None:
    notes = [Note(0, 0, 1000, echo_of="7"), Note(1, 0, 5), Note(1, 2, 5)]
    messages = [DataReceived(5000, "8", note.pack(), 0) for note in notes]
    messages.append(DataReceived(5000, "8", b"somebody else's", 0))
    figures = measure(Reception(ProbeSignal(1, 1, 0, 0), [], messages, 0)).figures
    assert figures["messages"]["roundTrip"]["p50"] == 0.004
    assert figures["messages"]["loss"] == 0.333333
