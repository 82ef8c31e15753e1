"""Which name was meant by one that is not there."""

from collections.abc import Iterable
from difflib import get_close_matches

# How alike two names must be: "recrod" is 0.83 like "record", and "decode" 0.67, which nobody meant by it.
NEAR = 0.7


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that `word` is a part of, else the one most like it, else None."""
    known = list(names)
    part = [name for name in known if word and word in name]
    return next(iter(part or get_close_matches(word, known, n=1, cutoff=NEAR)), None)
