"""One language of expectations: `level.rms>-45`, `loss<1%`, `jitter<=20ms`, held against a document of figures."""

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agora_cli.errors import UsageError

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# What every send command knows of itself at its end.
SENT_FIGURES = frozenset(("units", "seconds", "bytes", "late", "dropped", "reconnects", "receivers"))
_UNITS = {"": 1.0, "%": 0.01, "ms": 0.001, "s": 1.0, "dB": 1.0}


@dataclass(frozen=True, slots=True)
class Expectation:
    """A figure's name (the end of its path, or all of it), how to compare, and with what; times are in seconds."""

    text: str
    name: str
    relation: str
    bound: float

    def failures(self, figures: Mapping[str, Any]) -> list[str]:
        """Return a line for each figure of that name that does not hold; one that is not there does not hold."""
        found = [(path, value) for path, value in _leaves(figures) if f".{path}".endswith(f".{self.name}")]
        if not found:
            return [f"{self.text}: there is no {self.name}"]
        return [
            f"{self.text}: {path} is {'not known' if value is None else format(value, 'g')}"
            for path, value in found
            if value is None or not _COMPARE[self.relation](value, self.bound)
        ]


def parse(text: str, known: frozenset[str]) -> Expectation:
    """Read one expectation on a figure whose path is in `known`. Raises UsageError that names the wrong word."""
    match = re.fullmatch(r"\s*([^<>=\s]*)\s*([<>=!]*)\s*(.*?)\s*", text)
    assert match is not None  # each of its parts may be empty
    name, relation, bound = match.groups()
    if not any(f".{path}".endswith(f".{name}") for path in known):
        raise UsageError("expect", f"--expect {text!r}: no figure {name!r}, there are {', '.join(sorted(known))}")
    if relation not in _COMPARE:
        raise UsageError("expect", f"--expect {text!r}: {relation!r} must be one of {' '.join(_COMPARE)}")
    number = re.fullmatch(r"([+-]?\d+(?:\.\d+)?)\s*(%|ms|s|dB)?", bound, re.ASCII)
    if number is None:
        raise UsageError("expect", f"--expect {text!r}: {bound!r} must be a number, with %, ms, s, dB or nothing")
    return Expectation(text, name, relation, float(number[1]) * _UNITS[number[2] or ""])


def not_met(expectations: Iterable[Expectation], figures: Mapping[str, Any]) -> list[str]:
    """Return a line for each expectation and figure that does not hold, in their order."""
    return [line for expectation in expectations for line in expectation.failures(figures)]


def _leaves(document: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float | None]]:
    for key, value in document.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _leaves(value, here)
        else:
            yield here, value
