"""A smoke test on paper: rows for a table, JUnit XML for CI, a page with plots over time."""

import html
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agora_cli.errors import InputError
from agora_cli.sinks.expectations import Expectation
from agora_cli.sinks.probe.measure import Measured

WIDTH, HEIGHT, MARGIN = 720, 160, 40
_STYLE = (
    "body{font:14px system-ui,sans-serif;margin:2em;max-width:60em;color:#222;background:#fff}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd}"
    ".bad{color:#b00020;font-weight:600}svg{display:block;margin:.5em 0 1.5em}"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one smoke test found: the figures of each user, what they were held against, and what did not hold."""

    channel: str
    seconds: float
    users: Mapping[str, Measured]
    expected: Sequence[Expectation]
    failures: Sequence[str]
    causes: Sequence[str]

    def checks(self) -> list[tuple[str, str, list[str]]]:
        """Return user, expectation and what failed of it, for each user."""
        return [
            (user, expectation.text, expectation.failures({user: measured.figures}))
            for user, measured in self.users.items()
            for expectation in self.expected
        ]


def rows(outcome: Outcome) -> list[list[str]]:
    """Return a row an expectation: what it says, what was measured of each user, and whether it holds for all."""
    found = []
    for expectation in outcome.expected:
        documents = {user: measured.figures for user, measured in outcome.users.items()}
        bad = any(expectation.failures({user: figures}) for user, figures in documents.items())
        values = [_value(figures, expectation.name) for figures in documents.values()]
        found.append([expectation.text, *values, "FAIL" if bad else "ok"])
    return found


def _value(figures: Mapping[str, Any], name: str) -> str:
    found = [value for path, value in leaves(figures) if f".{path}".endswith(f".{name}")]
    return ", ".join("not known" if value is None else f"{value:.4g}" for value in found) or "-"


def leaves(document: Mapping[str, Any], path: str = "") -> list[tuple[str, float | None]]:
    """Return the paths and values of a document."""
    found: list[tuple[str, float | None]] = []
    for key, value in document.items():
        here = f"{path}.{key}" if path else key
        found += leaves(value, here) if isinstance(value, Mapping) else [(here, value)]
    return found


def junit(outcome: Outcome) -> str:
    """Return JUnit XML: a case an expectation and user."""
    checks = outcome.checks()
    failed = sum(bool(bad) for _, _, bad in checks)
    counts = {"tests": str(len(checks)), "failures": str(failed), "time": f"{outcome.seconds:.3f}"}
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": f"agora smoke {_xml(outcome.channel)}", **counts})
    for user, text, bad in checks:
        case = ET.SubElement(suite, "testcase", {"classname": f"user {_xml(user)}", "name": text})
        if bad:
            body = ET.SubElement(case, "failure", {"message": _xml("; ".join(bad))})
            body.text = _xml("\n".join([*bad, *outcome.causes]))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    """Return text as XML may hold it: no control characters."""
    return "".join(character if character >= " " or character in "\t\n" else "?" for character in text)


def page(outcome: Outcome) -> str:
    """Return one HTML file that needs no other and no network."""
    title = html.escape(f"agora smoke: {outcome.channel}")
    verdict = "all expectations are met" if not outcome.failures else f"{len(outcome.failures)} not met"
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>",
        f"<h1>{title}</h1><p class={'bad' if outcome.failures else 'good'}>{verdict}, {outcome.seconds:.1f} s</p>",
    ]
    if outcome.causes:
        parts.append("<ul>" + "".join(f"<li>{html.escape(cause)}</li>" for cause in outcome.causes) + "</ul>")
    parts.append(
        "<table><tr><th>expected" + "".join(f"<th>user {html.escape(user)}" for user in outcome.users) + "<th></tr>"
    )
    for row in rows(outcome):
        kind = " class=bad" if row[-1] == "FAIL" else ""
        parts.append(f"<tr{kind}>" + "".join(f"<td>{html.escape(cell)}" for cell in row) + "</tr>")
    parts.append("</table>")
    for user, measured in outcome.users.items():
        parts.append(f"<h2>user {html.escape(user)}</h2>")
        parts += [_plot(name, points) for name, points in _series(measured).items() if points]
        parts.append("<details><summary>all figures</summary><table>")
        for path, value in leaves(measured.figures):
            parts.append(f"<tr><td>{html.escape(path)}<td>{'not known' if value is None else f'{value:g}'}</tr>")
        parts.append("</table></details>")
    return "\n".join(parts) + "\n</html>\n"


def _series(measured: Measured) -> dict[str, list[tuple[float, float]]]:
    start_us = measured.start_us
    sound = [(one.at_us, one.place_us) for one in measured.heard if one.place_us is not None]
    picture = [(one.at_us, one.caption.at_ms * 1000) for one in measured.seen if one.caption is not None]
    return {
        "sound: latency, ms": [((at - start_us) / 1e6, (at - start_us - place) / 1e3) for at, place in sound],
        "picture: latency, ms": [((at - start_us) / 1e6, (at - start_us - place) / 1e3) for at, place in picture],
        "sound: level, dBFS": [((one.at_us - start_us) / 1e6, one.level_dbfs) for one in measured.heard],
        "picture: PSNR, dB": [
            ((one.at_us - start_us) / 1e6, one.psnr_db) for one in measured.seen if one.psnr_db is not None
        ],
    }


def _plot(name: str, points: list[tuple[float, float]]) -> str:
    """Return a plot over seconds as SVG: dots, as what does not come must show as a hole."""
    last_s = max(1e-3, max(x for x, _ in points))
    low, high = min(y for _, y in points), max(y for _, y in points)
    low, high = (low - 1, high + 1) if high - low < 1 else (low, high)
    dots = "".join(
        f'<circle cx="{MARGIN + max(0.0, x) / last_s * (WIDTH - MARGIN):.1f}" '
        f'cy="{HEIGHT - (y - low) / (high - low) * (HEIGHT - 10) - 5:.1f}" r="1.5"/>'
        for x, y in points
    )
    return (
        f'<h3>{html.escape(name)}</h3><svg width="{WIDTH}" height="{HEIGHT + 20}" role="img" '
        f'aria-label="{html.escape(name)}"><rect x="{MARGIN}" width="{WIDTH - MARGIN}" height="{HEIGHT}" '
        f'fill="#f4f6f8"/><text y="12" font-size="11">{high:.0f}</text>'
        f'<text y="{HEIGHT}" font-size="11">{low:.0f}</text><text x="{WIDTH - 40}" y="{HEIGHT + 15}" '
        f'font-size="11">{last_s:.1f} s</text><g fill="#0a5fb4">{dots}</g></svg>'
    )


def check_writable(path: Path) -> None:
    """Raise InputError for a report that could not be written: before the run, not after it."""
    try:
        with path.open("a"):
            pass
    except OSError as error:
        raise InputError("report-unwritable", f"{path} cannot be written: {error.strerror}") from error


def write(path: Path, text: str) -> None:
    """Write a report. Raises InputError where that fails."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise InputError("report-unwritable", f"{path} cannot be written: {error.strerror}") from error
