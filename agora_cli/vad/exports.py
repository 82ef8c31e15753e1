"""A run in the formats of other tools: Audacity, Praat, RTTM, WebVTT, and JSON and CSV for programs.

All times are those of the emitted sound: a segment's start includes its pre-roll.
"""

import dataclasses
import json
from pathlib import Path
from typing import Any

from agora_cli.errors import InputError
from agora_cli.native.vad import VadConfig, sdk_name
from agora_cli.vad.analysis import Analysis
from agora_cli.vad.segments import Decision, Segment

CSV_HEADER = "frame,time_s,state,active,voice_prob,rms,pitch,far,music"
TIER = "vad"


def write_exports(folder: Path, name: str, analysis: Analysis, segments: tuple[Segment, ...]) -> None:
    """Write every export of a run into `folder`, over those of an earlier run. Raises InputError."""
    documents = {
        "segments.json": segments_json(name, analysis, segments),
        "segments.txt": audacity(segments),
        "segments.TextGrid": textgrid(segments, analysis.seconds),
        "segments.rttm": rttm(segments, name),
        "segments.vtt": webvtt(segments),
        "frames.csv": frames_csv(analysis),
    }
    for file, text in documents.items():
        write_text(folder / file, text)


def write_text(path: Path, text: str) -> None:
    """Write a text file as UTF-8. Raises InputError that names it."""
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError("output", f"cannot write {path}: {error.strerror}") from error


def segment_document(segment: Segment) -> dict[str, Any]:
    """Return a segment as the JSON of this tool has it, times in seconds."""
    return {
        "startS": segment.start_s,
        "endS": segment.end_s,
        "startReason": segment.start_reason,
        "stopReason": segment.stop_reason,
        "file": segment.file,
        "decidedS": segment.decided_s,
        "voiceStartS": segment.voice_start / 100,
        "voiceEndS": segment.voice_end / 100,
        "stopped": segment.stopped,
    }


def decision_document(decision: Decision) -> dict[str, Any]:
    """Return a start or stop as a line of NDJSON has it, times in seconds."""
    document = {"event": "start" if decision.is_start else "stop", "atS": decision.at_s, "reason": decision.reason}
    return document if decision.sound_from_s is None else document | {"soundFromS": decision.sound_from_s}


def config_document(config: VadConfig) -> dict[str, Any]:
    """Return parameters by their SDK names."""
    return {sdk_name(field.name): getattr(config, field.name) for field in dataclasses.fields(config)}


def segments_json(name: str, analysis: Analysis, segments: tuple[Segment, ...]) -> str:
    """Return the segments with all that led to them, as an indented JSON document."""
    document = {
        "name": name,
        "rules": analysis.settings.rules,
        "vadEngine": analysis.voice,
        "live": analysis.settings.causal,
        "parameters": config_document(analysis.settings.config),
        "sampleRate": analysis.sample_rate_hz,
        "numOfChannels": analysis.channels,
        "frames": len(analysis.frames),
        "segments": [segment_document(segment) for segment in segments],
        "notes": list(analysis.notes),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def frames_csv(analysis: Analysis) -> str:
    """Return one line a frame: its start in seconds, state, judgement, and what the SDK's frame would carry."""
    columns = [analysis.steps["state"], analysis.steps["active"]]
    columns += [analysis.frames[name] for name in ("voice_prob", "rms", "pitch", "far_field", "music_prob")]
    rows = zip(*(column.tolist() for column in columns), strict=True)
    lines = [
        f"{i},{i // 100}.{i % 100:02},{state},{active},{prob},{rms},{pitch},{far},{music}"
        for i, (state, active, prob, rms, pitch, far, music) in enumerate(rows)
    ]
    return "\n".join([CSV_HEADER, *lines, ""])


def audacity(segments: tuple[Segment, ...]) -> str:
    """Return a label track: start TAB end TAB text, seconds."""
    return "".join(f"{one.start_s:.6f}\t{one.end_s:.6f}\t{_title(one)}\n" for one in segments)


def textgrid(segments: tuple[Segment, ...], seconds: float) -> str:
    """Return a Praat TextGrid of one interval tier; its intervals cover the recording without a gap."""
    intervals: list[tuple[float, float, str]] = []
    at = 0.0
    for one in segments:
        if one.start_s > at:
            intervals.append((at, one.start_s, ""))
        intervals.append((one.start_s, one.end_s, _title(one)))
        at = one.end_s
    if at < seconds or not intervals:
        intervals.append((at, seconds, ""))
    head = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {seconds:.2f}",
        "tiers? <exists>",
        "size = 1",
        "item []:",
        "    item [1]:",
        '        class = "IntervalTier"',
        f'        name = "{TIER}"',
        "        xmin = 0",
        f"        xmax = {seconds:.2f}",
        f"        intervals: size = {len(intervals)}",
    ]
    body = []
    for number, (start, end, text) in enumerate(intervals, 1):
        body += [
            f"        intervals [{number}]:",
            f"            xmin = {start:.2f}",
            f"            xmax = {end:.2f}",
            f'            text = "{text}"',
        ]
    return "\n".join([*head, *body, ""])


def rttm(segments: tuple[Segment, ...], name: str) -> str:
    """Return NIST RTTM SPEAKER lines; white space in the name becomes an underscore."""
    file = "_".join(name.split()) or "recording"
    return "".join(
        f"SPEAKER {file} 1 {one.start_s:.3f} {one.end_s - one.start_s:.3f} <NA> <NA> speech <NA> <NA>\n"
        for one in segments
    )


def webvtt(segments: tuple[Segment, ...]) -> str:
    """Return a WebVTT file with one cue a segment, its reasons as the text."""
    cues = [
        f"{one.number}\n{_clock(one.start_frame)} --> {_clock(one.end_frame)}\n"
        f"{_title(one)}\n{one.start_reason}\n{one.stop_reason}\n"
        for one in segments
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _title(segment: Segment) -> str:
    return segment.file.removesuffix(".pcm")


def _clock(frame: int) -> str:
    seconds, centis = divmod(frame, 100)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{centis:02}0"
