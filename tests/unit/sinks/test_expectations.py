"""The language of expectations: what it reads, what it refuses by name, and what it holds against figures."""

import pytest

from agora_cli.errors import UsageError
from agora_cli.sinks.expectations import parse

KNOWN = frozenset({"audio.level.rms", "audio.loss", "video.loss", "audio.jitter"})
FIGURES = {"audio": {"level": {"rms": -40.0}, "loss": 0.02, "jitter": None}, "video": {"loss": 0.0}}


@pytest.mark.parametrize(
    ("text", "bound"),
    [("level.rms>-45", -45), ("rms >= -45 dB", -45), ("loss<1%", 0.01), ("jitter<=20ms", 0.02), ("jitter<1.5s", 1.5)],
)
def test_numbers_and_their_units(text: str, bound: float) -> None:
    assert parse(text, KNOWN).bound == pytest.approx(bound)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("lots<1", "'lots'"),
        ("oss<1", "'oss'"),
        ("", "''"),
        ("loss=1", "'='"),
        ("loss", "''"),
        ("loss<", "''"),
        ("loss<few", "'few'"),
        ("loss<1kg", "'1kg'"),
        ("loss<<1", "'<<'"),
    ],
)
def test_the_wrong_word_is_named(text: str, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, KNOWN)
    assert word in caught.value.message.removeprefix(f"--expect {text!r}")


@pytest.mark.parametrize(
    ("text", "failures"),
    [
        ("level.rms>-45", []),
        ("level.rms>-40", ["level.rms>-40: audio.level.rms is -40"]),
        ("level.rms>=-40", []),
        ("loss<1%", ["loss<1%: audio.loss is 0.02"]),
        ("video.loss<1%", []),
        ("jitter<1s", ["jitter<1s: audio.jitter is not known"]),
    ],
)
def test_each_figure_of_the_name_must_hold(text: str, failures: list[str]) -> None:
    assert parse(text, KNOWN).failures(FIGURES) == failures


def test_a_figure_that_is_not_there_does_not_hold() -> None:
    assert parse("audio.loss<1%", KNOWN).failures({}) == ["audio.loss<1%: there is no audio.loss"]
