"""What inspect says of one track: counted over all of its packets."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

_LEVEL_STEPS = {"h264": 10, "hevc": 30}  # how often level 1 goes into the number in the stream
_MOST_SECONDS = 7 * 24 * 3600  # of a curve: what lies further apart is a damaged time
ParameterSets = Literal["in band", "out of band", "in and out of band", "missing"]


@dataclass(frozen=True, slots=True)
class TrackReport:
    """One track, or one still picture. What does not apply to its kind, or is not known, is None; times are seconds.

    `frame_rate` is the mean rate; `constant_rate` tells whether all pictures are equally far apart, within a tick
    of the container's clock and a millisecond. `keyframe_interval_s` is (shortest, longest) between keyframes.
    `b_frames` is how many pictures are shown before one that was decoded earlier. `slices` is (fewest, most) of a
    picture. `sampling` is what is beyond 8-bit 4:2:0 in standard range, "" for none. `rotation` is how far the
    picture is to be turned clockwise to stand upright, 0, 90, 180 or 270, after being mirrored left to right where
    `mirrored`; a still's size is that of the turned picture. `kilobits` is the bit rate of each second. `sending`
    says how a send command would treat it.
    """

    number: int
    kind: Literal["video", "audio", "picture", "other"]
    codec: str
    profile: str | None = None
    level: str | None = None
    width: int | None = None
    height: int | None = None
    sampling: str | None = None
    rotation: int | None = None
    mirrored: bool | None = None
    frame_rate: Fraction | None = None
    constant_rate: bool | None = None
    keyframes: int | None = None
    keyframe_interval_s: tuple[float, float] | None = None
    b_frames: int | None = None
    slices: tuple[int, int] | None = None
    parameter_sets: ParameterSets | None = None
    sample_rate_hz: int | None = None
    channels: int | None = None
    packets: int = 0
    start_s: float = 0.0
    seconds: float = 0.0
    bitrate_bps: int = 0
    kilobits: tuple[float, ...] = ()
    encrypted: bool = False
    sending: str = ""


@dataclass(frozen=True, slots=True)
class FileReport:
    """A whole file; `fault` is one line on what is wrong with it, None when nothing is."""

    path: str
    container: str
    size_bytes: int
    seconds: float
    tracks: tuple[TrackReport, ...]
    fault: str | None = None


@dataclass(slots=True)
class TrackCount:
    """Collects what the packets of one track say, in decoding order; times are exact seconds."""

    tick_s: Fraction = Fraction(1, 1_000_000)
    packets: int = 0
    bytes: int = 0
    b_frames: int = 0
    start_s: Fraction | None = None
    end_s: Fraction = Fraction(0)
    keyframes: list[Fraction] = field(default_factory=list)
    slices: list[int] = field(default_factory=list)
    in_band: int = 0
    _times: list[Fraction] = field(default_factory=list)
    _latest_s: Fraction | None = None
    _bytes_in_second: dict[int, int] = field(default_factory=dict)

    def add(self, shown_s: Fraction, duration_s: Fraction, size: int, keyframe: bool) -> None:
        """Take one packet in."""
        self.packets += 1
        self.bytes += size
        self._times.append(shown_s)
        if keyframe:
            self.keyframes.append(shown_s)
        if self._latest_s is not None and shown_s < self._latest_s:
            self.b_frames += 1
        self._latest_s = shown_s if self._latest_s is None else max(self._latest_s, shown_s)
        self.start_s = shown_s if self.start_s is None else min(self.start_s, shown_s)
        self.end_s = max(self.end_s, shown_s + duration_s)
        second = max(0, int(shown_s // 1))  # what an encoder put before the begin is sent with it
        self._bytes_in_second[second] = self._bytes_in_second.get(second, 0) + size

    @property
    def seconds(self) -> Fraction:
        """Return the length from the first packet's begin to the last one's end."""
        return Fraction(0) if self.start_s is None else self.end_s - self.start_s

    @property
    def bitrate_bps(self) -> int:
        """Return the mean bit rate."""
        return int(self.bytes * 8 / self.seconds) if self.seconds else 0

    def kilobits(self) -> tuple[float, ...]:
        """Return kilobits of each second from the first to the last; the last one is usually not a whole second."""
        if not self._bytes_in_second:
            return ()
        first, last = min(self._bytes_in_second), max(self._bytes_in_second)
        if last - first > _MOST_SECONDS:
            return ()
        return tuple(self._bytes_in_second.get(second, 0) * 8 / 1000 for second in range(first, last + 1))

    def frame_rate(self) -> tuple[Fraction | None, bool | None]:
        """Return pictures a second and whether they are equally far apart; None when there are too few to tell."""
        times = sorted(self._times)
        if len(times) < 2 or times[-1] == times[0]:
            return None, None
        mean_s = (times[-1] - times[0]) / (len(times) - 1)
        tolerance_s = max(self.tick_s, Fraction(1, 1000))
        constant = all(abs(time - times[0] - i * mean_s) <= tolerance_s for i, time in enumerate(times))
        return 1 / mean_s, constant

    def keyframe_interval_s(self) -> tuple[float, float] | None:
        """Return the shortest and the longest time from keyframe to keyframe, None with fewer than two."""
        times = sorted(self.keyframes)
        distances = [float(later - earlier) for earlier, later in zip(times, times[1:], strict=False)]
        return (min(distances), max(distances)) if distances else None


def counted(count: TrackCount, keyframes: bool = True) -> dict[str, Any]:
    """Return the fields of a report that come from counting."""
    fields: dict[str, Any] = {
        "packets": count.packets,
        "start_s": float(count.start_s or 0),
        "seconds": float(count.seconds),
        "bitrate_bps": count.bitrate_bps,
        "kilobits": count.kilobits(),
    }
    if keyframes:
        fields |= {
            "keyframes": len(count.keyframes),
            "keyframe_interval_s": count.keyframe_interval_s(),
            "b_frames": count.b_frames,
            "slices": (min(count.slices), max(count.slices)) if count.slices else None,
        }
    return fields


def level_name(codec: str, level: int | None) -> str | None:
    """Return the level as the standard writes it, None where the stream says none."""
    steps = _LEVEL_STEPS.get(codec)
    if steps is None or level is None or level <= 0:
        return None
    return f"{level / steps:g}"
