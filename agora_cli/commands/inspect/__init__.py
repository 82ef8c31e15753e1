"""agora inspect"""

import dataclasses
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument

from agora_cli.errors import Exit
from agora_cli.options.output import OutputOptions
from agora_cli.options.source import DecryptionKey, decryption_key
from agora_cli.terminal.console import Console
from agora_cli.terminal.interrupts import stoppable

if TYPE_CHECKING:
    from agora_cli.commands.inspect.report import FileReport, TrackReport

CURVE_CELLS = 32
_BLOCKS, _ASCII = "▁▂▃▄▅▆▇█", "_.-:=+*#"


def run(
    file: Annotated[str, Argument(help="Media file.", metavar="FILE", show_default=False)],
    output: OutputOptions,
    key: DecryptionKey = "",
) -> int:
    """Show what a media file holds and how it would be sent.

    \b
    Examples:
      agora inspect film.mp4
      agora inspect camera.h264 --json

    The whole file is read: MP4, MOV, MKV, WebM, IVF, MPEG-TS, FLV, AVI, sound files, H.264 byte streams, JPEG and
    PNG. A file that is damaged is shown up to there, with exit code 3.
    """
    from agora_cli.commands.inspect.inspection import inspect_file

    console = output.console()
    with stoppable() as stop:
        report = inspect_file(file, stop, decryption_key(key))
    if output.json:
        console.result(document(report))
    else:
        print_report(console, report)
    return stop.exit_code or (Exit.INPUT if report.fault else Exit.OK)


def document(report: "FileReport") -> dict[str, Any]:
    """Return a report as JSON: camelCase, what is not known left out, a frame rate as a fraction in a string."""
    tracks = [
        {_camel(field): _plain(value) for field, value in dataclasses.asdict(track).items() if value is not None}
        for track in report.tracks
    ]
    found: dict[str, Any] = {
        "ok": report.fault is None,
        "path": report.path,
        "container": report.container,
        "bytes": report.size_bytes,
        "seconds": round(report.seconds, 6),
        "tracks": tracks,
    }
    if report.fault is not None:
        found["error"] = {"code": "damaged", "exit": int(Exit.INPUT), "message": report.fault}
    return found


def print_report(console: Console, report: "FileReport") -> None:
    """Print a table with a column for each track."""
    lasts = f", {report.seconds:.3f} s" if any(track.kind != "picture" for track in report.tracks) else ""
    title = f"{report.path}: {report.container}{lasts}, {report.size_bytes} bytes"
    columns = ["", *(f"track {track.number}" for track in report.tracks)]
    cells = [track_cells(track) for track in report.tracks]
    rows = [[name, *texts] for name in cells[0] if any(texts := [column[name] for column in cells])] if cells else []
    console.table(columns, rows, title)
    if report.fault is not None:
        console.warn(f"damaged: {report.fault}")


def track_cells(track: "TrackReport") -> dict[str, str]:
    """Return the lines of one column by their names; those that do not apply are empty."""
    timed = track.kind != "picture"
    return {
        "kind": {"video": "picture", "audio": "sound"}.get(track.kind, track.kind),
        "codec": " ".join(filter(None, (track.codec, track.profile, track.level and f"level {track.level}"))),
        "encrypted": "yes" if track.encrypted else "",
        "size": f"{track.width}x{track.height}" if track.width else "",
        "sampling": track.sampling or "",
        "turned": _turn_text(track),
        "frame rate": _rate_text(track),
        "keyframes": _keyframe_text(track),
        "B-frames": "" if track.b_frames is None else f"{track.b_frames or 'no'}",
        "slices": "" if track.slices is None else _range_text(*track.slices),
        "parameter sets": track.parameter_sets or "",
        "format": f"{track.sample_rate_hz} Hz, {track.channels} channel(s)" if track.sample_rate_hz else "",
        "packets": str(track.packets),
        "time": f"{track.seconds:.3f} s" + (f" from {track.start_s:.3f} s" if track.start_s else "") if timed else "",
        "bit rate": f"{track.bitrate_bps / 1000:.0f} kb/s" if timed else "",
        "curve": curve(track.kilobits, _BLOCKS if _can_draw() else _ASCII),
        "sending": track.sending,
    }


def curve(kilobits: tuple[float, ...], signs: str) -> str:
    """Return kilobits a second as a row of signs, low to high, with the highest number; at most CURVE_CELLS signs."""
    if len(kilobits) < 2:
        return ""
    cells = min(CURVE_CELLS, len(kilobits))
    bounds = [i * len(kilobits) // cells for i in range(cells + 1)]
    means = [sum(kilobits[a:b]) / (b - a) for a, b in zip(bounds, bounds[1:], strict=False)]
    top = max(means) or 1.0
    drawn = "".join(signs[min(len(signs) - 1, int(mean / top * len(signs)))] for mean in means)
    return f"{drawn} up to {max(kilobits):.0f} kb/s"


def _turn_text(track: "TrackReport") -> str:
    turn = f"{track.rotation} degrees clockwise" if track.rotation else ""
    return ", ".join(filter(None, ("mirrored", turn))) if track.mirrored else turn


def _rate_text(track: "TrackReport") -> str:
    if track.frame_rate is None:
        return "not said" if track.kind == "video" else ""
    constant = {True: ", constant", False: ", varying", None: ""}[track.constant_rate]
    return f"{float(track.frame_rate):.6g}{constant}"


def _keyframe_text(track: "TrackReport") -> str:
    if track.keyframes is None:
        return ""
    if track.keyframe_interval_s is None:
        return str(track.keyframes)
    shortest, longest = track.keyframe_interval_s
    every = f"{longest:.3g} s" if longest - shortest < 0.0015 else f"{shortest:.3g} to {longest:.3g} s"
    return f"{track.keyframes}, every {every}"


def _range_text(fewest: int, most: int) -> str:
    return str(most) if fewest == most else f"{fewest} to {most}"


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _can_draw() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
