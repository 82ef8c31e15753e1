"""What FFmpeg says through PyAV, in our words: its error texts and its time bases."""

from fractions import Fraction
from typing import Any


def reason(error: Exception) -> str:
    """Return FFmpeg's own words for an error, without Python's decoration."""
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


def time_base_of(stream: Any) -> Fraction:
    """Return the seconds of one tick of a stream."""
    return Fraction(stream.time_base)
