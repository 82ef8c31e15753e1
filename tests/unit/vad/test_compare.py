"""Two runs side by side."""

from agora_cli.native.vad import VadConfig
from agora_cli.vad.compare import compare
from agora_cli.vad.segments import segments_of
from tests.unit.vad.made import run

TURNS = ((100, 0.0), (100, 1.0), (60, 0.0), (100, 1.0), (100, 0.0))


def texts(config: VadConfig) -> list[str]:
    rows = compare(segments_of(run(*TURNS)), segments_of(run(*TURNS, config=config)))
    return [row.text for row in rows]


def test_the_same() -> None:
    assert texts(VadConfig()) == ["the same", "the same"]


def test_shifts() -> None:
    assert texts(VadConfig(active_percent=0.9)) == ["B starts 60 ms later", "B starts 60 ms later"]
    assert (
        texts(VadConfig(inactive_percent=0.6, active_percent=0.6))
        == ["B starts 30 ms earlier and stops 50 ms later"] * 2
    )


def test_cuts() -> None:
    patient = VadConfig(stop_recognize_count=200)
    assert texts(patient) == ["A cuts it into 2"]
    rows = compare(segments_of(run(*TURNS, config=patient)), segments_of(run(*TURNS)))
    assert [row.text for row in rows] == ["B cuts it into 2"]


def test_one_side_only() -> None:
    strict = segments_of(run((100, 0.0), (100, 0.9), (100, 0.0), config=VadConfig(start_voice_prob=95)))
    given = segments_of(run((100, 0.0), (100, 0.9), (100, 0.0)))
    assert [row.text for row in compare(given, strict)] == ["only in A"]
    assert [row.text for row in compare(strict, given)] == ["only in B"]
    assert compare((), ()) == ()
