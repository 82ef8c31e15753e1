"""commands/smoke/report.py: the same outcome as a table, as JUnit XML and as a page; names of others are escaped."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from agora_cli.commands.smoke.report import Outcome, check_writable, junit, page, rows, write
from agora_cli.errors import InputError
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.sinks.expectations import not_met, parse
from agora_cli.sinks.probe.measure import PROBE_FIGURES, Reception, measure
from tests.unit.sinks.probe.test_heard import arrivals

EXPECTED = [parse(text, PROBE_FIGURES) for text in ("audio.loss<1%", "audio.level>-10dB")]


@pytest.fixture
def outcome() -> Outcome:
    """Return an outcome with one check that fails, of a user with a nasty name."""
    found = measure(Reception(ProbeSignal(0, 400_000, width=0), arrivals(), [], 0, 1_000_000))
    users = {"<b>\x01&": found}
    failures = not_met(EXPECTED, {user: one.figures for user, one in users.items()})
    return Outcome("ci", 5.0, users, EXPECTED, failures, ["too <quiet>"])


def test_a_row_an_expectation(outcome: Outcome) -> None:
    assert [row[0] for row in rows(outcome)] == ["audio.loss<1%", "audio.level>-10dB"]
    assert [row[-1] for row in rows(outcome)] == ["ok", "FAIL"]


def test_junit_has_a_case_a_check_and_names_the_failure(outcome: Outcome) -> None:
    root = ET.fromstring(junit(outcome))
    assert (root.get("tests"), root.get("failures")) == ("2", "1")
    assert [case.get("classname") for case in root.iter("testcase")] == ["user <b>?&"] * 2
    (failure,) = root.iter("failure")
    assert "audio.level" in str(failure.get("message"))
    assert "too <quiet>" in str(failure.text)


def test_the_page_stands_alone_and_escapes(outcome: Outcome) -> None:
    text = page(outcome)
    assert "<b>" not in text
    assert "&lt;b&gt;" in text
    assert text.count("<svg") == 2  # sound only: its latency and its level
    assert text.count("<circle") == 40
    assert not any(word in text for word in ("http:", "https:", "src=", "@import"))


def test_what_cannot_be_written_is_said_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: No such file"):
        check_writable(tmp_path / "no" / "a.html")
    with pytest.raises(InputError, match="cannot be written: Is a dir"):
        write(tmp_path, "x")
    check_writable(tmp_path / "a.html")
    write(tmp_path / "a.html", "x")
    assert (tmp_path / "a.html").read_text() == "x"
