"""A dump folder that the SDK or this tool wrote: its frames read back from label.txt."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agora_cli.errors import InputError
from agora_cli.native.vad import Frames, VadMachine, frame_dtype
from agora_cli.vad.analysis import LABEL, PERCENT, Analysis, Settings

if TYPE_CHECKING:
    Table = npt.NDArray[np.int64]

SOURCE = "source.pcm"
FIELDS = ("ct", "fct", "state", "far", "vop", "rms", "pitch", "mup")
LINE = re.compile(b" ".join(rb"%s:(-?\d{1,18})" % name.encode() for name in FIELDS))
_DIGITS = b"0123456789"
_LETTERS = b"abcdefghijklmnopqrstuvwxyz:"
_SHAPE = b" ".join(name.encode() + b":" for name in FIELDS) + b"\n"
_RANGES = {"state": (-2, 3), "far": (-(2**31), 2**31 - 1), "vop": (0, PERCENT), "rms": (0, 127)}
# 10 ms of mono 8, 16, 24, 32, 44.1 and 48 kHz, and of 48 kHz stereo: what a frame's size says when nobody tells.
_FORMS = {
    160: (8_000, 1),
    320: (16_000, 1),
    480: (24_000, 1),
    640: (32_000, 1),
    882: (44_100, 1),
    960: (48_000, 1),
    1920: (48_000, 2),
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a dump holds: frames, the states that its writer decided, and the sound where there is any."""

    folder: Path
    frames: Frames
    states: npt.NDArray[np.int64]
    frame_bytes: int
    sample_rate_hz: int
    channels: int
    notes: tuple[str, ...]

    @property
    def is_flagged(self) -> bool:
        """Tell whether voice_prob is a yes or no, as SDK 2.4 and later write it."""
        return bool(len(self.frames)) and int(self.frames["voice_prob"].max()) <= 1

    def pcm(self) -> npt.NDArray[np.uint8]:
        """Return the sound as bytes, mapped and not read; frames whose sound is missing are silence."""
        wanted = len(self.frames) * self.frame_bytes
        path = self.folder / SOURCE
        size = path.stat().st_size if path.is_file() else 0
        if size >= wanted > 0:
            return np.memmap(path, np.uint8, "r", shape=(wanted,))
        pcm = np.zeros(wanted, np.uint8)
        if size:
            pcm[:size] = np.fromfile(path, np.uint8)
        return pcm


def read_dump(folder: Path, sample_rate_hz: int = 0, channels: int = 0) -> Recorded:
    """Read a dump folder; rate and channels of its sound are told from a frame's size where they are 0.

    A torn last line, as a kill leaves it, is left out and noted. Raises InputError for a folder without
    label.txt, a line of another form (with its number and byte offset), or a value out of its range.
    """
    path = folder / LABEL
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        what = "it has no label.txt" if folder.is_dir() else "there is no such folder"
        within = sorted(label.parent for label in folder.glob(f"*/{LABEL}"))
        hint = f"--replay {within[-1]}" if within else None
        raise InputError("not-a-dump", f"{folder} is not a dump folder: {what}", hint) from None
    except OSError as error:
        raise InputError("not-a-dump", f"cannot read {path}: {error.strerror}") from error
    notes: list[str] = []
    whole = text.rfind(b"\n") + 1
    if whole < len(text) and LINE.fullmatch(text[whole:]):
        text, whole = text + b"\n", len(text) + 1
    elif whole < len(text):
        notes.append(f"label.txt ends in a torn line ({len(text) - whole} bytes), which is left out")
    table = _table(text[:whole], path)
    if not len(table):
        raise InputError("empty-input", f"{path} holds no frame")
    _check_ranges(table, path)
    frame_bytes, rate, count = _form(folder, len(table), sample_rate_hz, channels, notes)
    frames = _frames(table)
    return Recorded(folder, frames, table[:, FIELDS.index("state")], frame_bytes, rate, count, tuple(notes))


def replay(recorded: Recorded, settings: Settings) -> Analysis:
    """Judge the frames of a dump again; their values are taken as they stand, as the SDK takes them."""
    steps = VadMachine(settings.rules, settings.config).run(recorded.frames)
    top = 1 if recorded.is_flagged else PERCENT
    return Analysis(
        settings,
        LABEL,
        recorded.frames,
        steps,
        (recorded.frames["voice_prob"] / top).astype(np.float32),
        recorded.sample_rate_hz,
        recorded.channels,
        recorded.notes + _mismatch(recorded, settings),
    )


def states_differing(recorded: Recorded, analysis: Analysis) -> int:
    """Return in how many frames a replay decides otherwise than the dump's writer did."""
    return int((recorded.states != analysis.steps["state"]).sum())


def _mismatch(recorded: Recorded, settings: Settings) -> tuple[str, ...]:
    if recorded.is_flagged and settings.rules != "2.4":
        return (f"vop is only ever 0 or 1, as SDK 2.4 writes it: rule set {settings.rules} may never start on that",)
    if settings.rules == "2.4" and not recorded.is_flagged:
        return ("vop is a percentage: rule set 2.4 takes only vop 1 for speech, and loudness",)
    return ()


def _table(text: bytes, path: Path) -> "Table":
    """Return all numbers, one line a row: checked as a whole, and line by line only to find a fault."""
    text = text.replace(b"\r\n", b"\n")
    lines = text.count(b"\n")
    if text.translate(None, _DIGITS) == _SHAPE * lines:
        numbers = np.fromstring(text.translate(None, _LETTERS), np.int64, sep=" ")
        if len(numbers) == lines * len(FIELDS):
            return numbers.reshape(-1, len(FIELDS))
    return _rows(text, path)


def _rows(text: bytes, path: Path) -> "Table":
    rows, offset = [], 0
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        match = LINE.fullmatch(line)
        if match is None:
            shown = line[:60].decode("utf-8", "replace")
            raise InputError(
                "dump-label", f"{path} line {number} (byte {offset}): expected {_SHAPE.decode().strip()}, got {shown!r}"
            )
        rows.append([int(value) for value in match.groups()])
        offset += len(line) + 1
    return np.array(rows, np.int64).reshape(-1, len(FIELDS))


def _check_ranges(table: "Table", path: Path) -> None:
    for column, name in enumerate(FIELDS):
        low, high = _RANGES.get(name, (-(2**31), 2**31 - 1))
        values = table[:, column]
        bad = np.flatnonzero((values < low) | (values > high))
        if len(bad):
            got = int(values[bad[0]])
            raise InputError("dump-label", f"{path} line {bad[0] + 1}: {name} must be {low} to {high}, got {got}")


def _frames(table: "Table") -> Frames:
    frames = np.empty(len(table), frame_dtype())
    for name, column in (("far_field", 3), ("voice_prob", 4), ("rms", 5), ("pitch", 6), ("music_prob", 7)):
        frames[name] = table[:, column]
    return frames


def _form(folder: Path, lines: int, rate_hz: int, channels: int, notes: list[str]) -> tuple[int, int, int]:
    """Return bytes a frame, rate and channels, from what was told or from the size of source.pcm."""
    source = folder / SOURCE
    size = source.stat().st_size if source.is_file() else 0
    if rate_hz:
        count = channels or 1
        frame_bytes = rate_hz // 100 * 2 * count
    else:
        near = size / lines
        frame_bytes = min(_FORMS, key=lambda known: abs(known - near)) if size else 320
        rate_hz, count = _FORMS[frame_bytes]
    if not size:
        notes.append(f"{folder} has no sound: source.pcm is missing or empty, silence stands for it")
    elif abs(size - lines * frame_bytes) > 2 * frame_bytes:
        notes.append(f"source.pcm has {size} bytes where {lines} lines of label.txt want {lines * frame_bytes}")
    return frame_bytes, rate_hz, count
