"""What a VAD run prints: a drawn timeline and tables for a person, one document with --json."""

import dataclasses
import shutil
from dataclasses import dataclass
from typing import Any

from agora_cli.commands.vad_dump.changes import changed_text
from agora_cli.commands.vad_dump.chart import timeline
from agora_cli.terminal.console import Console
from agora_cli.vad.analysis import Analysis, Settings
from agora_cli.vad.compare import compare
from agora_cli.vad.exports import segment_document
from agora_cli.vad.labels import Labels
from agora_cli.vad.outputs import Outputs
from agora_cli.vad.score import Scores
from agora_cli.vad.segments import Segment, nearest_to_a_start
from agora_cli.vad.tune import Tuned

MOST_ROWS = 30
JSON_KEYS = ("startS", "endS", "startReason", "stopReason", "file")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the runs that are shown beside each other; `title` says what it does otherwise."""

    title: str
    analysis: Analysis
    segments: tuple[Segment, ...]
    scores: Scores | None


def print_run(
    console: Console, name: str, outputs: Outputs, sides: list[Side], tuned: Tuned | None, labels: Labels | None
) -> None:
    """Print the outcome of a run: data to stdout, notes and places of files to stderr."""
    for note in dict.fromkeys(note for side in sides for note in side.analysis.notes):
        console.status(f"note: {note}")
    if nearest := nearest_to_a_start(sides[0].analysis):
        console.status(f"note: {nearest}")
    if console.json_output:
        console.result(run_document(outputs, sides, tuned))
        return
    width = shutil.get_terminal_size((100, 24)).columns
    for line in timeline(sides[0].analysis, width, labels):
        console.line(line)
    console.line("")
    _print_segments(console, sides[0].segments)
    if len(sides) > 1:
        _print_comparison(console, sides[0], sides[1])
    if outputs.scores is not None:
        _print_scores(console, sides)
    if tuned is not None:
        _print_tuned(console, sides[0].analysis.settings, tuned)
    console.status(f"{name}: dump in {outputs.dump}, exports beside it")
    if outputs.report is not None:
        console.status(f"open {outputs.report} in a browser to zoom and listen")


def run_document(outputs: Outputs, sides: list[Side], tuned: Tuned | None) -> dict[str, Any]:
    """Return the document of --json; `compare` and `tune` are in it where they were asked for."""
    document = _side_document(sides[0]) | {"dump": str(outputs.dump), "scores": _scores(outputs.scores)}
    if len(sides) > 1:
        other = _side_document(sides[1]) | {"scores": _scores(sides[1].scores), "changes": sides[1].title}
        rows = compare(sides[0].segments, sides[1].segments)
        pairs = [
            {"a": [one.file for one in row.ours], "b": [one.file for one in row.theirs], "difference": row.text}
            for row in rows
        ]
        document["compare"] = other | {"differences": pairs}
    if tuned is not None:
        document["tune"] = {
            "runs": tuned.runs,
            "folds": tuned.folds,
            "parameters": tuned.changes,
            "before": _scores(tuned.before),
            "after": _scores(tuned.after),
            "held_out_ser_before": tuned.held_out_ser_before,
            "held_out_ser": tuned.held_out_ser,
        }
    return {"ok": True} | document


def _side_document(side: Side) -> dict[str, Any]:
    return {
        "rules": side.analysis.settings.rules,
        "vadEngine": side.analysis.voice,
        "frames": len(side.analysis.frames),
        "segments": [
            {key: value for key, value in segment_document(one).items() if key in JSON_KEYS} for one in side.segments
        ],
    }


def _scores(scores: Scores | None) -> dict[str, Any]:
    if scores is None:
        return {}
    words = {"onset_ms_p50": "onsetMsP50", "offset_ms_p50": "offsetMsP50"}
    return {words.get(name, name): value for name, value in dataclasses.asdict(scores).items()}


def _print_segments(console: Console, segments: tuple[Segment, ...]) -> None:
    rows = [
        [str(one.number), f"{one.start_s:.2f}-{one.end_s:.2f}", _moment(one.start_reason), _moment(one.stop_reason)]
        for one in segments[:MOST_ROWS]
    ]
    console.table(["vad_N", "sound, s", "starts", "stops"], rows)
    if len(segments) > MOST_ROWS:
        console.line(f"and {len(segments) - MOST_ROWS} more: see segments.json")


def _moment(reason: str) -> str:
    """Return a reason in the width of a column: `0.46 s: 26 of 29 active`, `not yet: 3 of 49 inactive`."""
    if reason.startswith("end of input"):
        return "not yet:" + reason.partition(":")[2]
    return reason.removeprefix("start at ").removeprefix("stop at ")


def _print_comparison(console: Console, ours: Side, theirs: Side) -> None:
    rows = []
    for row in compare(ours.segments, theirs.segments)[:MOST_ROWS]:
        rows.append([_span(row.ours), _span(row.theirs), row.text])
    console.table(["A: as given", f"B: {theirs.title}", "difference"], rows)


def _span(segments: tuple[Segment, ...]) -> str:
    return "\n".join(f"{one.start_s:.2f}-{one.end_s:.2f}" for one in segments)


def _print_scores(console: Console, sides: list[Side]) -> None:
    names = [field.name for field in dataclasses.fields(Scores)]
    columns = ["score", *(["A", "B"] if len(sides) > 1 else ["value"])]
    rows = [[name, *(_figure(getattr(side.scores, name)) for side in sides)] for name in names]
    console.table(columns, rows)


def _print_tuned(console: Console, given: Settings, tuned: Tuned) -> None:
    rows = [[name, _figure(getattr(tuned.before, name)), _figure(getattr(tuned.after, name))] for name in _TUNED]
    rows.append(["ser on held-out sound", _figure(tuned.held_out_ser_before), _figure(tuned.held_out_ser)])
    changes = changed_text(given, dataclasses.replace(given, config=tuned.config), "", "")
    options = " ".join("--" + change.replace("=", " ") for change in changes.split(",")) if "=" in changes else changes
    console.line(f"best of {tuned.runs}: {options}")
    console.table(["score", "as given", "best"], rows)
    console.status(
        f"the last row is what to expect of parameters chosen this way: each of {tuned.folds} parts of the "
        "recording judged by what was best on the others"
    )


_TUNED = ("ser", "miss", "false", "split", "merge", "clipped", "onset_ms_p50", "offset_ms_p50", "f1")


def _figure(value: float | None) -> str:
    if value is None:
        return "none"
    return str(value) if isinstance(value, int) else f"{value:.3f}".rstrip("0").rstrip(".")
