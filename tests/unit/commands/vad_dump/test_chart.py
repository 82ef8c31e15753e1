"""A run in characters."""

from agora_cli.commands.vad_dump.chart import timeline
from agora_cli.vad.labels import Labels
from tests.unit.vad.made import run


def test_a_drawn_run() -> None:
    lines = timeline(run((100, 0.0), (100, 1.0), (100, 0.0)), 36, Labels(((1000, 2000),), 3000))
    assert lines == [
        "      0 s                     3.00 s",
        "rms   ▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃",
        "prob            ██████████",
        "vad   ...........[==========].......",
        "label           ----------",
    ]


def test_a_narrow_terminal_and_a_short_run() -> None:
    assert all(len(line) <= 26 for line in timeline(run((500, 1.0)), 5))
    assert timeline(run((0, 0.0)), 80) == []
    assert len(timeline(run((3, 0.5)), 80)) == 4
