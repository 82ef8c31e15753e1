"""commands/smoke/presets.py: each preset reads, one's own word replaces it, and failures have a cause."""

import pytest

from agora_cli.commands.smoke.presets import _CAUSES, PRESETS, causes, expectations, known
from agora_cli.errors import UsageError
from agora_cli.sinks.expectations import not_met, parse
from agora_cli.sinks.probe.measure import PROBE_FIGURES

CAME = {"7": {"audio": {"first": 0.1, "loss": 0.05, "latency": {"p95": None, "max": None}}}}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_row_of_a_preset_has_a_cause(preset: str) -> None:
    for one in expectations(preset, [], receives_only=False):
        assert any(f".{one.name}".endswith(f".{figure}") for figure, _ in _CAUSES), one.name


def test_every_cause_is_of_a_figure() -> None:
    assert all(any(f".{path}".endswith(f".{figure}") for path in PROBE_FIGURES) for figure, _ in _CAUSES)


def test_one_s_own_word_replaces_that_of_the_preset() -> None:
    texts = [one.text for one in expectations("avatar", ["loss<20%"], receives_only=False)]
    assert "loss<20%" in texts
    assert not {"audio.loss<1%", "video.loss<1%", "messages.loss<=0%"} & set(texts)
    assert "audio.latency.p95<200ms" in texts


def test_the_wrong_word_is_named() -> None:
    with pytest.raises(UsageError, match="'lss'"):
        expectations("voice", ["lss<1%"], receives_only=False)


def test_a_receiver_alone_is_not_held_to_what_it_cannot_know() -> None:
    names = {one.name for one in expectations("avatar", [], receives_only=True)}
    assert not {"messages.roundTrip.p95", "video.keyframe"} & names


def test_latency_without_a_clock_in_common_is_left_out_and_named() -> None:
    kept, blind = known([parse("audio.latency.p95<1s", PROBE_FIGURES), parse("loss<1%", PROBE_FIGURES)], CAME)
    assert [one.name for one in kept] == ["loss"]
    assert blind == ["audio.latency.p95"]


def test_the_likeliest_cause_stands_first() -> None:
    expected = [parse(text, PROBE_FIGURES) for text in ("audio.jitter<1ms", "audio.loss<1%")]
    found = causes(not_met(expected, {"7": {"audio": {"first": 0.1, "loss": 0.05, "jitter": 0.02}}}), CAME)
    assert [cause.split(":")[0] for cause in found] == ["packets are lost on the way", "packets come unevenly"]
    assert causes([], CAME) == []


def test_who_sends_nothing_is_named() -> None:
    nothing = {"7": {"audio": {"first": None}, "video": {"first": None}}}
    assert causes(["audio.loss<1%: 7.audio.loss is 1"], nothing) == [
        "no media of user 7 came: it sends nothing, or cannot be decrypted"
    ]
