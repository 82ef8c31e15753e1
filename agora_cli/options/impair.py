"""`--impair loss=5%,audio:delay=80ms,seed=7`: the bad network of a channel on this machine, as people write it."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from agora_cli.engines.impairment import MEDIA, Impairment, ImpairmentPlan, Medium, Outage
from agora_cli.errors import UsageError
from agora_cli.frames import MICROSECONDS
from agora_cli.options.nearest import nearest
from agora_cli.options.values import bitrate_bps, duration_s, share

MAX_DELAY_S = 10


def impairment_plan(text: str) -> ImpairmentPlan:
    """Read the whole option. What names a medium (`audio:`, `video:`, `data:`) goes before what names none.

    Raises UsageError that names the wrong word.
    """
    seed, fields = 1, dict[Medium | None, dict[str, Any]]()
    for item in text.split(","):
        medium, key, value = _split(item)
        if key == "seed":
            seed = _whole(item, value)
            if medium is not None:
                raise _fault(item, "a seed is for all media")
            continue
        name, read = _KEYS[key]
        found, value_read = fields.setdefault(medium, {}), read(item, value)
        found[name] = (*found.get(name, ()), value_read) if name == "outages" else value_read
    common = fields.get(None, {})
    # One rate for all media that have none of their own, else three links would carry three times as much.
    shared_rate_bps = common.pop("rate_bps", 0)
    by_medium = {medium: _impairment(medium, common | fields.get(medium, {})) for medium in MEDIA}
    return ImpairmentPlan(text, seed, shared_rate_bps, by_medium)


def _split(item: str) -> tuple[Medium | None, str, str]:
    match = re.fullmatch(r"\s*(?:([^:=]*):)?([^:=]*)=(.*?)\s*", item)
    if match is None:
        raise _fault(item, "expected NAME=VALUE, like loss=5% or audio:delay=80ms")
    medium = next((name for name in MEDIA if name == match[1]), None)
    if match[1] is not None and medium is None:
        raise _fault(item, f"no medium {match[1]!r}, there are {', '.join(MEDIA)}")
    if match[2] not in _KEYS and match[2] != "seed":
        near = nearest(match[2], [*_KEYS, "seed"])
        hint = f"did you mean {near}?" if near else None
        raise _fault(item, f"no effect {match[2]!r}, there are {', '.join([*_KEYS, 'seed'])}", hint)
    return medium, match[2], match[3]


def _impairment(medium: Medium, fields: dict[str, Any]) -> Impairment:
    try:
        impairment = Impairment(**fields)
    except ValueError as error:
        raise UsageError("impair", f"--impair: of {medium} {error}") from error
    if impairment.burst and not impairment.loss:
        raise UsageError("impair", f"--impair: burst of {medium} needs a loss", hint="--impair loss=5%,burst=4")
    return impairment


def _share(item: str, text: str) -> float:
    return share(text, f"--impair {item.strip()!r}:")


def _row(item: str, text: str) -> float:
    if not re.fullmatch(r"\d+(?:\.\d+)?", text, re.ASCII) or not 1 <= float(text) <= 10_000:
        raise _fault(item, f"{text!r} must be a mean length of 1 to 10000 packets")
    return float(text)


def _whole(item: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise _fault(item, f"{text!r} must be a whole number")
    return int(text)


def _delay_us(item: str, text: str) -> int:
    delay_s = duration_s(text, f"--impair {item.strip()!r}:")
    if delay_s > MAX_DELAY_S:
        raise _fault(item, f"{text!r} must be at most {MAX_DELAY_S}s")
    return int(delay_s * MICROSECONDS)


def _outage(item: str, text: str) -> Outage:
    length, at, start = text.partition("@")
    if not at:
        raise _fault(item, f"{text!r} must be LENGTH@START, like 2s@10s")
    times: list[Fraction] = [duration_s(part, f"--impair {item.strip()!r}:") for part in (start, length)]
    return Outage(*(int(time_s * MICROSECONDS) for time_s in times))


def _rate(item: str, text: str) -> int:
    return bitrate_bps(text, f"--impair {item.strip()!r}:")


def _fault(item: str, text: str, hint: str | None = None) -> UsageError:
    return UsageError("impair", f"--impair {item.strip()!r}: {text}", hint)


_KEYS: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "loss": ("loss", _share),
    "burst": ("burst", _row),
    "delay": ("delay_us", _delay_us),
    "jitter": ("jitter_us", _delay_us),
    "reorder": ("reorder", _share),
    "dup": ("duplicate", _share),
    "rate": ("rate_bps", _rate),
    "outage": ("outages", _outage),
    "corrupt": ("corrupt", _share),
}
