"""From what came of a known signal to its figures."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from statistics import median
from typing import Any

import numpy as np

from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import MICROSECONDS
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.sinks.probe.heard import Ear, SoundPiece
from agora_cli.sinks.probe.note import unpack
from agora_cli.sinks.probe.seen import PictureSeen, see
from agora_cli.sinks.probe.statistics import fit, jitter_s, percentile, spread

# ITU-R BT.1359-1 figure 2: sound ahead of its picture and behind it, first noticed, and no longer accepted.
NOTICED_US, ACCEPTED_US = (-45_000, 125_000), (-90_000, 185_000)
# A picture that stays longer than this (ITU-T P.1201 counts no shorter ones) is a freeze.
FREEZE_US = 200_000
DRIFT_BIN_US = 250_000

_SPREAD = ("p50", "p95", "p99", "max")
_COMMON = ("first", "loss", "duplicates", "reordered", "jitter", "outage", "strangers", "unknown", "drift", "driftPpm")
_SOUND = ("level", "silence", "snr", "swapped")
_PICTURE = ("fps", "freezes", "frozenSeconds", "psnr", "ssim", "colorError", "width", "height", "scale", "keyframe")
PROBE_FIGURES = frozenset(
    [f"audio.{name}" for name in (*_COMMON, *_SOUND)]
    + [f"video.{name}" for name in (*_COMMON, *_PICTURE)]
    + [f"{kind}.latency.{name}" for kind in ("audio", "video") for name in _SPREAD]
    + [f"av.{name}" for name in ("offset", "soundLate", "noticed", "unacceptable")]
    + [f"messages.{name}" for name in ("loss", "duplicates", "reordered")]
    + [f"messages.roundTrip.{name}" for name in _SPREAD]
)


@dataclass(frozen=True, slots=True)
class Reception:
    """What one participant got of another's signal.

    `signal` is what was sent (of the length that was); `start_us` is when it began on the clock of `at_us`, None where
    that is not known; `since_us` is when we were there to hear it. `notes_sent` None: not known.
    """

    signal: ProbeSignal
    media: Sequence[MediaReceived]
    messages: Sequence[DataReceived]
    since_us: int
    start_us: int | None = None
    notes_sent: int | None = None
    keyframe_asked_us: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures, a document, and what they come from, for plots."""

    figures: dict[str, Any]
    heard: tuple[SoundPiece, ...]
    seen: tuple[PictureSeen, ...]
    start_us: int


def measure(reception: Reception) -> Measured:
    """Return the figures of a reception: shares are 0..1, times in seconds, levels in dBFS. None: not known.

    Without a known start latency is not known either; the rest is.
    """
    signal = reception.signal
    heard = tuple(Ear(signal.identity).hear(reception.media, reception.start_us))
    seen = tuple(see(reception.media))
    figures: dict[str, Any] = {}
    if signal.channels:
        figures["audio"] = _sound(reception, heard)
    if signal.width:
        figures["video"] = _picture(reception, seen)
    if signal.channels and signal.width:
        figures["av"] = _offset(heard, seen)
    figures["messages"] = _messages(reception)
    return Measured(figures, heard, seen, reception.start_us or reception.since_us)


def _sound(reception: Reception, heard: Sequence[SoundPiece]) -> dict[str, Any]:
    found = [piece for piece in heard if piece.place_us is not None]
    places = [(piece.at_us, piece.place_us or 0) for piece in found]
    shift_us = (
        int(median(place - piece.pts_us for piece, (_, place) in zip(found, places, strict=True))) if found else 0
    )
    spans = [
        (piece.pts_us + shift_us if piece.place_us is None else piece.place_us, piece.duration_us) for piece in heard
    ]
    audible = [piece for piece in heard if not piece.silent]
    power = [10 ** (piece.level_dbfs / 10) for piece in heard]
    snrs = [piece.snr_db for piece in found if piece.snr_db is not None]
    return {
        "first": _first(reception, [piece.at_us for piece in audible]),
        "latency": spread(_latencies(reception, places)),
        **_coverage(spans, reception.signal.length_us if reception.start_us is not None else None),
        "jitter": jitter_s([at - place for at, place in places]),
        **_drift(places),
        "level": round(10 * log10(sum(power) / len(power)), 2) if power else None,
        "silence": _share(len(heard) - len(audible), len(heard)),
        "snr": round(median(snrs), 2) if snrs else None,
        "swapped": _share(sum(piece.swapped for piece in found), len(found)),
        "strangers": _share(sum(piece.identity != reception.signal.identity for piece in found), len(found)),
        "unknown": _share(len(audible) - len(found), len(heard)),
    }


def _picture(reception: Reception, seen: Sequence[PictureSeen]) -> dict[str, Any]:
    signal = reception.signal
    step_us = int(MICROSECONDS / signal.frame_rate)
    said = [(one, one.caption) for one in seen if one.caption is not None]
    places = [(one.at_us, caption.at_ms * 1000) for one, caption in said]
    shown = [one for one in seen if one.shown]
    rate = fit([(index, one.at_us / 1e6) for index, one in enumerate(seen)])
    length_us = signal.length_us if reception.start_us is not None else None
    end_us = None if reception.start_us is None else reception.start_us + signal.length_us
    freezes = _freezes([(one.at_us, caption.number) for one, caption in said], step_us, end_us)
    errors = [one.color_error for one in shown if one.color_error is not None]
    asked_us = reception.keyframe_asked_us
    answers = [one.at_us - asked_us for one in seen if asked_us and one.keyframe and one.at_us > asked_us]
    return {
        "first": _first(reception, [one.at_us for one in shown]),
        "latency": spread(_latencies(reception, places)),
        **_coverage([(one.pts_us, step_us) for one in seen], length_us),
        "jitter": jitter_s([at - place for at, place in places]),
        **_drift(places),
        "fps": round(1 / rate.slope, 3) if rate and rate.slope > 0 else None,
        "freezes": len(freezes),
        "frozenSeconds": round(sum(freezes) / 1e6, 6),
        "psnr": _middle([one.psnr_db for one in shown if one.psnr_db is not None]),
        "ssim": _middle([one.ssim for one in shown if one.ssim is not None]),
        "colorError": _middle(errors),
        "width": _middle([one.width for one in shown]),
        "height": _middle([one.height for one in shown]),
        "scale": _middle([one.height / signal.height for one in shown]),
        "strangers": _share(sum(caption.identity != signal.identity for _, caption in said), len(said)),
        "unknown": _share(len(shown) - len(said), len(shown)),
        "keyframe": round(answers[0] / 1e6, 6) if answers else None,
    }


def _offset(heard: Sequence[SoundPiece], seen: Sequence[PictureSeen]) -> dict[str, Any]:
    """Return how much later the sound of a moment came than its picture; each picture is held against the sound
    nearest to it in the signal.
    """
    sounds = sorted((piece.place_us, piece.at_us) for piece in heard if piece.place_us is not None)
    late_us = []
    for one in seen:
        if one.caption is not None and sounds:
            moment_us = one.caption.at_ms * 1000
            after = bisect_left(sounds, (moment_us, 0))
            place_us, at_us = min(sounds[max(0, after - 1) : after + 1], key=lambda near: abs(near[0] - moment_us))
            if abs(place_us - moment_us) <= FREEZE_US:
                late_us.append(at_us - place_us - (one.at_us - moment_us))
    middle = percentile(late_us, 0.5)
    outside = {
        name: _share(sum(not low <= late <= high for late in late_us), len(late_us))
        for name, (low, high) in (("noticed", NOTICED_US), ("unacceptable", ACCEPTED_US))
    }
    late_s = None if middle is None else round(middle / 1e6, 6)
    return {"offset": None if late_s is None else abs(late_s), "soundLate": late_s, **outside}


def _messages(reception: Reception) -> dict[str, Any]:
    numbers, trips_us = [], []
    for event in reception.messages:
        note = unpack(event.data)
        if note is not None and note.echo_of:
            trips_us.append(event.at_us - note.at_us)
        elif note is not None:
            numbers.append(note.number)
    sent = reception.notes_sent
    sent = max(numbers, default=-1) + 1 if sent is None else sent
    once = set(numbers)
    return {
        "loss": _share(max(0, sent - len(once)), sent),
        "duplicates": _share(len(numbers) - len(once), len(numbers)),
        "reordered": _share(_overtaken(numbers), len(numbers)),
        "roundTrip": spread(trips_us),
    }


def _coverage(spans: Sequence[tuple[int, int]], length_us: int | None) -> dict[str, Any]:
    """Return loss, duplicates, reordering and the longest hole of pieces (start, duration) in order of arrival."""
    starts = [round(start / 1000) for start, _ in spans]
    first = 0 if length_us is not None else min(starts, default=0)
    ends = [start + max(1, round(duration / 1000)) for start, (_, duration) in zip(starts, spans, strict=True)]
    last = max(ends, default=first) if length_us is None else length_us // 1000
    came = np.zeros(max(0, last - first), np.int64)
    for start, end in zip(starts, ends, strict=True):
        came[max(0, start - first) : max(0, end - first)] += 1
    holes = np.flatnonzero(np.diff(np.concatenate([[0], came == 0, [0]])))
    longest = int(np.max(holes[1::2] - holes[::2])) if len(holes) else 0
    total, twice = int(came.sum()), int(np.maximum(came - 1, 0).sum())
    # The times of pictures are rounded; what two touch in a millisecond is no duplicate.
    again = sum(count - 1 for count in Counter(starts).values())
    return {
        "loss": _share(int((came == 0).sum()), len(came)),
        "duplicates": _share(again, len(spans)) if twice or not total else 0.0,
        "reordered": _share(_overtaken(starts), len(spans)),
        "outage": longest / 1000,
    }


def _overtaken(numbers: Sequence[int]) -> int:
    """Return how many came for the first time after a later one."""
    late, highest, known = 0, None, set()
    for number in numbers:
        late += highest is not None and number < highest and number not in known
        highest = number if highest is None else max(highest, number)
        known.add(number)
    return late


def _freezes(said: Sequence[tuple[int, int]], step_us: int, end_us: int | None) -> list[int]:
    """Return how much too long each picture stayed that stayed for FREEZE_US and three times its own time."""
    news: list[int] = []
    number = None
    for at_us, said_number in said:
        if said_number != number:
            news.append(at_us)
            number = said_number
    if news and end_us is not None:
        news.append(max(end_us, news[-1]))
    stays = [after - before for before, after in zip(news, news[1:], strict=False)]
    return [stay - step_us for stay in stays if stay >= max(FREEZE_US, 3 * step_us)]


def _drift(places: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Return how much faster than ours the sender's clock runs, in millionths; `drift` without its sign.

    Of each DRIFT_BIN_US the piece counts that was least late: a busy machine is no clock that drifts.
    """
    best: dict[int, tuple[int, int]] = {}
    for at_us, place_us in places:
        bin_ = at_us // DRIFT_BIN_US
        if bin_ not in best or at_us - place_us < best[bin_][0] - best[bin_][1]:
            best[bin_] = (at_us, place_us)
    origin_us = places[0][0] if places else 0
    line = fit([((at_us - origin_us) / 1e6, place_us / 1e6) for at_us, place_us in best.values()])
    ppm = None if line is None else round((line.slope - 1) * 1e6, 1)
    return {"drift": None if ppm is None else abs(ppm), "driftPpm": ppm}


def _latencies(reception: Reception, places: Sequence[tuple[int, int]]) -> list[int]:
    start_us = reception.start_us
    return [] if start_us is None else [at_us - start_us - place_us for at_us, place_us in places]


def _first(reception: Reception, arrivals_us: Sequence[int]) -> float | None:
    since_us = max(reception.since_us, reception.start_us or 0)
    return round(max(0, arrivals_us[0] - since_us) / 1e6, 6) if arrivals_us else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _middle(values: Sequence[float]) -> float | None:
    return round(median(values), 4) if values else None
