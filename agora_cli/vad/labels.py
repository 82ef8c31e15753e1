"""What a person heard: stretches of speech from an Audacity label file or an .scv of the test set's form."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agora_cli.errors import InputError

MS = 1000
# Rule set 2.1 stops after 250 ms of silence at its defaults: a shorter pause cannot part two utterances.
PAUSE_MS = 250
MAX_SECONDS = 10_000_000
NOT_SPEECH = {"0", "noise", "music", "silence", "non-speech", "nonspeech"}


@dataclass(frozen=True, slots=True)
class Labels:
    """Stretches of speech in milliseconds, sorted and apart; `end_ms` is where the labels end."""

    speech: tuple[tuple[int, int], ...]
    end_ms: int

    def utterances(self) -> tuple[tuple[int, int], ...]:
        """Return the stretches with pauses shorter than 250 ms closed."""
        joined: list[tuple[int, int]] = []
        for start, end in self.speech:
            if joined and start - joined[-1][1] < PAUSE_MS:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return tuple(joined)

    def mask(self, frames: int) -> npt.NDArray[np.bool_]:
        """Return for each 10 ms frame whether its middle is in speech."""
        mask = np.zeros(frames, np.bool_)
        for start, end in self.speech:
            mask[max(0, (start + 4) // 10) : max(0, (end + 4) // 10)] = True
        return mask


def read_labels(path: Path, seconds: float) -> Labels:
    """Read the labels of a recording that lasts `seconds`.

    Audacity: a line `start TAB end TAB text`, seconds; text 0, noise, music or silence is not speech; lines
    that begin with a backslash are frequencies and passed over. .scv: `name,start,end,0|1,...` on one line.
    Raises InputError with the line or item, for labels of another form and for labels beyond the recording.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InputError("labels", f"cannot read the labels {path}: {reason}") from error
    spans = _scv(text, path) if path.suffix.lower() == ".scv" or _looks_like_scv(text) else _audacity(text, path)
    if not spans:
        raise InputError("labels", f"{path} holds no label")
    end = max(end for _, end, _ in spans)
    if end > seconds * MS + 100:  # label editors round, recordings end within a frame
        raise InputError(
            "labels-outside", f"{path}: a label ends at {end / MS:.3f} s, but the recording at {seconds:.3f} s"
        )
    speech = sorted((start, stop) for start, stop, is_speech in spans if is_speech and stop > start)
    return Labels(_apart(speech), end)


def _apart(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _looks_like_scv(text: str) -> bool:
    return "\t" not in text and text.count(",") >= 3


def _audacity(text: str, path: Path) -> list[tuple[int, int, bool]]:
    spans = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("\\"):
            continue
        start, tab, rest = line.partition("\t")
        if not tab:
            raise InputError(
                "labels", f"{path} line {number}: expected a start and an end in seconds and a text, with tabs between"
            )
        end, _, rest = rest.partition("\t")
        is_speech = rest.partition("\t")[0].strip().lower() not in NOT_SPEECH
        spans.append((*_span(start, end, f"{path} line {number}"), is_speech))
    return spans


def _scv(text: str, path: Path) -> list[tuple[int, int, bool]]:
    items = [item.strip() for item in text.strip().split(",")]
    _, *values = items
    if len(values) % 3:
        raise InputError(
            "labels", f"{path}: expected name, then start, end and 0 or 1 for each, got {len(items)} items"
        )
    spans = []
    for at in range(0, len(values), 3):
        start, end, flag = values[at : at + 3]
        if flag not in ("0", "1"):
            raise InputError("labels", f"{path} item {at + 4}: expected 0 or 1, got {flag!r}")
        spans.append((*_span(start, end, f"{path} item {at + 2}"), flag == "1"))
    return spans


def _span(start: str, end: str, where: str) -> tuple[int, int]:
    try:
        first, last = float(start), float(end)
    except ValueError:
        raise InputError("labels", f"{where}: expected a start and an end in seconds, got {start!r}, {end!r}") from None
    if not (math.isfinite(first) and math.isfinite(last) and 0 <= first <= last <= MAX_SECONDS):
        raise InputError("labels", f"{where}: expected 0 <= start <= end in seconds, got {start} to {end}")
    return round(first * MS), round(last * MS)
