"""commands/smoke/trial.py over the local engine in one process: clean, and with a bad network of known effects."""

from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.commands.smoke.trial import Trial
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.options.channel import MediaChannelOptions
from agora_cli.options.encoder import EncoderOptions
from agora_cli.sinks.probe.measure import Measured
from agora_cli.terminal.console import Console


def trial(impair: str, length_us: int = 2_000_000, codec: str = "raw") -> tuple[Trial, dict[str, Measured]]:
    """Run a trial and return it with what it measured."""
    options = MediaChannelOptions(channel_id="smoke-trial", engine="local", impair=impair)
    signal = ProbeSignal(0, length_us, width=64, height=36)
    one = Trial(options, signal, EncoderOptions(codec=codec), Console(True, True), Stop())
    return one, one.run("both", "")


@pytest.fixture(autouse=True)
def _private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def test_a_clean_channel_measures_clean() -> None:
    one, found = trial("", codec="h264")
    assert len(found) == 2
    assert one.link == {}
    for measured in found.values():
        audio, video = measured.figures["audio"], measured.figures["video"]
        assert (audio["loss"], audio["strangers"], audio["swapped"], audio["unknown"]) == (0, 0, 0, 0)
        assert (video["loss"], video["strangers"], video["unknown"]) == (0, 0, 0)
        assert video["keyframe"] is not None
        assert measured.figures["messages"]["loss"] == 0
        assert measured.figures["messages"]["roundTrip"]["p50"] is not None


def test_a_delay_is_measured_as_what_it_is() -> None:
    _, found = trial("delay=300ms")
    for measured in found.values():
        assert measured.figures["audio"]["latency"]["p50"] == pytest.approx(0.3, rel=0.1)
        assert measured.figures["video"]["latency"]["p50"] == pytest.approx(0.3, rel=0.1)


def test_sound_that_takes_a_longer_way_is_out_of_sync() -> None:
    _, found = trial("audio:delay=100ms")
    for measured in found.values():
        assert measured.figures["av"]["soundLate"] == pytest.approx(0.1, abs=0.02)


def test_loss_is_as_much_as_was_lost() -> None:
    one, found = trial("audio:loss=10%,seed=5", 3_000_000)
    lost = sum(round(measured.figures["audio"]["loss"] * 150) for measured in found.values())
    assert lost == pytest.approx(one.link["impaired"]["lost"], abs=1)
    assert lost > 10
    assert all(measured.figures["video"]["loss"] == 0 for measured in found.values())


def test_an_outage_is_as_long_as_it_was() -> None:
    _, found = trial("outage=1s@1s", 3_000_000)
    for measured in found.values():
        assert measured.figures["audio"]["outage"] == pytest.approx(1, abs=0.1)
        assert measured.figures["video"]["outage"] == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("effect", "figure", "name"), [("dup", "duplicates", "duplicated"), ("reorder", "reordered", "reordered")]
)
def test_what_comes_twice_or_is_overtaken_is_counted(effect: str, figure: str, name: str) -> None:
    one, found = trial(f"audio:{effect}=10%,seed=4", 3_000_000)
    done = one.link["impaired"][name]
    pieces = sum(measured.figures["audio"][figure] * len(measured.heard) for measured in found.values())
    assert done > 10
    assert pieces == pytest.approx(done, rel=0.1)
