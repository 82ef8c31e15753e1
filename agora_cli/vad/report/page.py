"""One HTML file that shows a run, lets one zoom into it and hear it, without network or other files."""

import base64
import dataclasses
import html
import json
import re
import zlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agora_cli.native.vad import SPEAKING, START, STOP, Rules, VadConfig
from agora_cli.vad.analysis import PERCENT, Analysis
from agora_cli.vad.exports import config_document, segment_document, write_text
from agora_cli.vad.labels import Labels
from agora_cli.vad.report.sound import envelope, sound_file
from agora_cli.vad.score import Scores
from agora_cli.vad.segments import Segment, reason

SCRIPTS = ("report_data.js", "report_draw.js", "report.js")
# Browsers inflate by promises only. Up to here the arrays stay plain, so that the page is drawn as soon as it has
# loaded, which is when tools take their screenshots; ten minutes are 2.5 MB of text so, an hour would be 10.
PLAIN_SECONDS = 600


def write_report(
    path: Path,
    name: str,
    analysis: Analysis,
    segments: tuple[Segment, ...],
    pcm: npt.NDArray[np.uint8],
    labels: Labels | None = None,
    scores: Scores | None = None,
) -> None:
    """Write the report of a run; `pcm` is the sound of its dump. Raises InputError where it cannot."""
    document = report_document(name, analysis, segments, labels, scores)
    pairs, step = envelope(pcm, analysis.channels)
    carried = packed(pairs, document["deflated"])
    document["envelope"] = {"samples": step, "rate": analysis.sample_rate_hz, "pairs": carried}
    kind, sound = sound_file(pcm, analysis.sample_rate_hz, analysis.channels)
    document["sound"] = {"type": kind, "base64": base64.b64encode(sound).decode()}
    write_text(path, page(name, document))


def page(name: str, document: dict[str, Any]) -> str:
    """Return the page: the template with its style, its scripts and the data put in."""
    folder = files("agora_cli.vad.report")
    parts = {
        "TITLE": html.escape(name),
        "STYLE": folder.joinpath("report.css").read_text("utf-8"),
        "SCRIPT": "\n".join(folder.joinpath(script).read_text("utf-8") for script in SCRIPTS),
        # `</script>` within a name must not end the element that carries the data.
        "DATA": json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }
    text = folder.joinpath("report.html").read_text("utf-8")
    return re.sub(r"\{\{(TITLE|STYLE|SCRIPT|DATA)\}\}", lambda found: parts[found[1]], text)


def report_document(
    name: str, analysis: Analysis, segments: tuple[Segment, ...], labels: Labels | None, scores: Scores | None
) -> dict[str, Any]:
    """Return what the page shows, except sound and envelope: plain values, and packed arrays a frame."""
    settings, deflated = analysis.settings, analysis.seconds > PLAIN_SECONDS
    return {
        "name": name,
        "rules": settings.rules,
        "voice": analysis.voice,
        "live": settings.causal,
        "seconds": analysis.seconds,
        "config": config_document(settings.config),
        "trigger": triggers(settings.rules, settings.config),
        "notes": list(analysis.notes),
        "segments": [segment_document(segment) for segment in segments],
        "events": _events(analysis),
        "labels": [[start / 1000, end / 1000] for start, end in labels.speech] if labels else None,
        "scores": dataclasses.asdict(scores) if scores else None,
        "deflated": deflated,
        "series": _series(analysis, deflated),
    }


def triggers(rules: Rules, config: VadConfig) -> dict[str, int | None]:
    """Return how many counted frames fire a start and a stop, None where no number does."""
    start, stop = config.start_recognize_count, config.stop_recognize_count
    if rules == "2.4":
        return {"start": start, "stop": stop}
    passed_over = 1 if rules == "2.1" else 0
    return {
        "start": _fewest(start - passed_over, passed_over, start, config.active_percent),
        "stop": _fewest(stop - passed_over, 0, stop, config.inactive_percent),
    }


def packed(array: npt.NDArray[Any], deflated: bool) -> str:
    """Return an array as base64 of its little-endian bytes, zlib-compressed where `deflated`."""
    data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return base64.b64encode(zlib.compress(data, 6) if deflated else data).decode()


def _fewest(window: int, unseen: int, count: int, share: float) -> int | None:
    return next((hits for hits in range(window + 1) if (hits + unseen) / count >= share), None)


def _series(analysis: Analysis, deflated: bool) -> dict[str, str]:
    frames, steps = analysis.frames, analysis.steps
    columns: dict[str, npt.NDArray[Any]] = {
        "state": steps["state"].astype(np.uint8),
        "active": steps["active"].astype(np.uint8),
        "far": np.clip(frames["far_field"], 0, 255).astype(np.uint8),
        "vop": frames["voice_prob"].astype(np.uint8),
        "prob": np.rint(analysis.probability * PERCENT).astype(np.uint8),
        "rms": frames["rms"].astype(np.uint8),
        "pitch": np.clip(frames["pitch"], 0, 65535).astype(np.uint16),
        "threshold": np.clip(steps["rms_threshold"], -32768, 32767).astype(np.int16),
        "counted": steps["counted"].astype(np.uint16),
        "window": steps["window"].astype(np.uint16),
        "queued": steps["queued"].astype(np.uint16),
        "size": steps["queue_size"].astype(np.uint16),
    }
    return {name: packed(column, deflated) for name, column in columns.items()}


def _events(analysis: Analysis) -> list[dict[str, Any]]:
    steps = analysis.steps
    frames = np.flatnonzero((steps["state"] == START) | (steps["state"] == STOP)).tolist()
    if len(steps) and int(steps["state"][-1]) == SPEAKING:
        frames.append(len(steps) - 1)
    kinds = {START: "start", STOP: "stop", SPEAKING: "end"}
    return [
        {
            "frame": frame,
            "kind": kinds[int(steps["state"][frame])],
            "reason": reason(steps, frame, analysis.settings.rules),
        }
        for frame in frames
    ]
