"""commands/smoke/verdict.py: exit 6 names what failed and why, a sender alone claims nothing."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from agora_cli.commands.smoke.verdict import tell
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.sinks.expectations import parse
from agora_cli.sinks.probe.measure import PROBE_FIGURES, Reception, measure
from agora_cli.terminal.console import Console
from tests.unit.sinks.probe.test_heard import arrivals

TRIAL: Any = SimpleNamespace(
    engine_name="local", channel=SimpleNamespace(channel_id="ci"), seconds=5.0, link={"impaired": {"lost": 1}}
)


def test_a_failure_is_exit_6_with_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"7": measure(Reception(ProbeSignal(0, 800_000, width=0), arrivals(), [], 0, 1_000_000))}
    expected = [parse("audio.loss<1%", PROBE_FIGURES)]
    assert tell(TRIAL, found, "voice", expected, {}, Console(True, False)) == 6
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert document["ok"] is False
    assert document["users"]["7"]["audio"]["loss"] == 0.5
    assert document["impaired"] == {"lost": 1}
    assert "not met: audio.loss<1%: 7.audio.loss is 0.5" in err
    assert "likely cause: packets are lost" in err


def test_a_sender_alone_claims_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(TRIAL, {}, "voice", [], {}, Console(False, False)) == 0
    assert capsys.readouterr().err == "sent: what came of it the other side says\n"
