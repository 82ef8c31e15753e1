"""What every source of media looks like to the session that pushes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from agora_cli.frames import MICROSECONDS, AudioCodec, PixelFormat, Unit, VideoCodec


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What sound a source gives: PCM where `codec` is None."""

    sample_rate_hz: int
    channels: int
    codec: AudioCodec | None = None


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What picture a source gives: encoded by `codec`, or raw in `pixel_format`; one of the two is None."""

    width: int
    height: int
    codec: VideoCodec | None = None
    pixel_format: PixelFormat | None = None
    frame_rate: Fraction | None = None
    bitrate_bps: int = 0


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source will give, known before its first unit.

    `total_us` is how long all of it lasts on the media clock, None where that is not known or has no end.
    `notes` are lines for the user; `warnings` too, about what was guessed and may be wrong.
    """

    audio: AudioInfo | None = None
    video: VideoInfo | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    total_us: int | None = None


class Source(Protocol):
    """Something that gives units in the order of their send time (dts for encoded video, else pts)."""

    @property
    def info(self) -> SourceInfo:
        """Return what is to come."""

    @property
    def dropped(self) -> int:
        """Return how many pictures were left out before encoding, as the machine could not keep up."""

    def units(self) -> Iterator[Unit]:
        """Yield the units once. Raises InputError at a fault, after all good units before it were given."""

    def request_keyframe(self) -> None:
        """Make the next picture a keyframe where the source encodes; else do nothing."""

    def close(self) -> None:
        """Let go of files and codecs; a second call does nothing."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Where a source begins, and how often it is sent: `loops` 0 is for ever. (sources/limited.py ends it.)"""

    loops: int = 1
    start_s: Fraction = Fraction(0)

    def total_us(self, length_s: Fraction | None) -> int | None:
        """Return how long all runs of something of that length last, None where that has no end or is not known."""
        if length_s is None or self.loops == 0:
            return None
        return int(max(Fraction(0), length_s - self.start_s) * self.loops * MICROSECONDS)
