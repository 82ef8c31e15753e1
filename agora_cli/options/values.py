"""Durations, sizes and factors as people write them: `1.5`, `90s`, `10m` and `2M` mean the same everywhere."""

import re
from fractions import Fraction

from agora_cli.errors import UsageError


def duration_s(text: str, option: str) -> Fraction:
    """Read a duration of 0 or more seconds: `90`, `1.5s`, `250ms`, `10m`, `1h`. Raises UsageError naming the option."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", text)
    if match is None:
        raise UsageError("duration", f"{option} must be a duration like 90s, 1.5s, 250ms, 10m or 1h, got {text!r}")
    factor = {"ms": Fraction(1, 1000), "s": Fraction(1), "m": Fraction(60), "h": Fraction(3600)}[match[2] or "s"]
    return Fraction(match[1]) * factor


def length_s(text: str, option: str = "--duration") -> Fraction | None:
    """Read how much to send: a duration above 0 seconds, None for an empty text. Raises UsageError."""
    if not text:
        return None
    length = duration_s(text, option)
    if length == 0:
        raise UsageError("duration", f"{option} must be above 0, got {text!r}")
    return length


def share(text: str, option: str) -> float:
    """Read a share of 0 to 1: `5%`, `0.05`. Raises UsageError naming the option."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", text, re.ASCII)
    found = float(match[1]) / (100 if match[2] else 1) if match else -1.0
    if not 0 <= found <= 1:
        raise UsageError("share", f"{option} must be a share like 5% or 0.05, got {text!r}")
    return found


def loop_count(text: str, option: str = "--loop") -> int:
    """Read how often to send something: 1 or more, or `inf`, which is returned as 0. Raises UsageError."""
    if text != "inf" and not (text.isascii() and text.isdigit() and int(text) > 0):
        raise UsageError("loop", f"{option} must be 1 or more, or inf, got {text!r}")
    return 0 if text == "inf" else int(text)


def bitrate_bps(text: str, option: str) -> int:
    """Read a bit rate above 0: `800k`, `2M`, `2000000`. Raises UsageError naming the option."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kKM])?", text)
    bits = Fraction(match[1]) * {"k": 1000, "m": 1_000_000, "": 1}[(match[2] or "").lower()] if match else Fraction(0)
    if bits < 1:
        raise UsageError("bitrate", f"{option} must be a bit rate like 800k or 2M, got {text!r}")
    return int(bits)


def speed_factor(text: str) -> Fraction:
    """Read `--speed`: 0 or a factor like 2, 0.5 or 3/2. Raises UsageError."""
    try:
        speed = Fraction(text)
    except (ValueError, ZeroDivisionError):
        speed = Fraction(-1)
    if not 0 <= speed <= 1000:
        raise UsageError("speed", f"--speed must be 0 to 1000, got {text!r}")
    return speed
