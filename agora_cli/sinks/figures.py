"""The figures of each user's media as it arrives: how loud, how silent, how even, how many pictures a second."""

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedAudio, EncodedVideo, PcmFrame, RawVideo, send_time_us
from agora_cli.sinks.gaps import GAP_NAMES, Gaps

# One step of 16 bits is -90.3 dBFS: below the quieter half of what any microphone gives.
SILENT_DBFS = -70.0
# RFC 3550 section 6.4.1: the estimate moves by a sixteenth of each difference.
JITTER_GAIN = 1 / 16

# The paths of rows(), for expectations.
FIGURE_NAMES = frozenset(
    ("audio.level.rms", "audio.level.peak", "audio.silence", "video.fps", "video.keyframeInterval")
    + tuple(f"{medium}.{name}" for medium in ("audio", "video") for name in ("jitter", "loss", *GAP_NAMES))
)


class _Track:
    """One user's units of one kind."""

    def __init__(self) -> None:
        self.units = self.lost = 0
        self.jitter_us = 0.0
        self.gaps = Gaps()
        self._epoch: int | None = None
        self._transit_us = 0

    def take(self, event: MediaReceived, sent_us: int) -> bool:
        """Count one unit that was due at `sent_us`; tell whether it goes on with the sender's clock before it."""
        same_clock = event.epoch == self._epoch
        transit_us = event.at_us - sent_us
        if same_clock:
            self.jitter_us += (abs(transit_us - self._transit_us) - self.jitter_us) * JITTER_GAIN
        self._epoch, self._transit_us = event.epoch, transit_us
        self.units += 1
        self.lost += event.lost
        return same_clock

    @property
    def loss(self) -> float:
        """Return the share that never came, 0..1."""
        return self.lost / (self.units + self.lost)

    def common(self) -> dict[str, Any]:
        """Return the figures that sound and picture share."""
        return {"jitter": round(self.jitter_us / MICROSECONDS, 6), "loss": round(self.loss, 6)} | self.gaps.figures()


class _Sound(_Track):
    def __init__(self) -> None:
        super().__init__()
        self._samples = self._silent = 0
        self._square = self._peak = 0.0

    def hear(self, event: MediaReceived, frame: PcmFrame | EncodedAudio) -> None:
        from agora_cli.native.level import measure

        self.take(event, frame.pts_us)
        self.gaps.take(event, frame.pts_us, frame.duration_us)
        if isinstance(frame, EncodedAudio):
            return
        level = measure(frame.data)
        self._samples += frame.samples
        self._square += level.mean_square * frame.samples
        self._peak = max(self._peak, level.peak)
        if level.rms_dbfs < SILENT_DBFS:
            self._silent += frame.samples

    def figures(self) -> dict[str, Any]:
        rms = 10 * math.log10(self._square / self._samples) if self._square else None
        peak = 20 * math.log10(self._peak) if self._peak else None
        return {
            "level": {"rms": _rounded(rms), "peak": _rounded(peak)},
            "silence": round(self._silent / self._samples, 4) if self._samples else None,
        } | self.common()


class _Picture(_Track):
    def __init__(self) -> None:
        super().__init__()
        self._media_us = self._steps = 0
        self._last_us = 0
        self._keyframe_us: int | None = None
        self._longest_us: int | None = None

    def see(self, event: MediaReceived, unit: EncodedVideo | RawVideo) -> None:
        sent_us = send_time_us(unit)
        goes_on = self.take(event, sent_us)
        self.gaps.take(event, sent_us, None)
        if goes_on and sent_us <= self._last_us:
            return  # twice, or too late
        if goes_on:
            self._media_us += sent_us - self._last_us
            self._steps += 1
        else:
            self._keyframe_us = None
        self._last_us = sent_us
        if isinstance(unit, EncodedVideo) and unit.keyframe:
            if self._keyframe_us is not None:
                self._longest_us = max(self._longest_us or 0, sent_us - self._keyframe_us)
            self._keyframe_us = sent_us

    def figures(self) -> dict[str, Any]:
        longest_us = self._longest_us
        return {
            "fps": round(self._steps * MICROSECONDS / self._media_us, 3) if self._media_us > 0 else None,
            "keyframeInterval": None if longest_us is None else round(longest_us / MICROSECONDS, 6),
        } | self.common()


class Figures:
    """Measure what comes, a document a user: a sink that writes nothing.

    Levels are of uncompressed sound in dBFS (None for digital silence), `silence` the share below SILENT_DBFS,
    `fps` by the sender's clock, `keyframeInterval` the longest one and `jitter` as RFC 3550 has it, both in s.
    """

    def __init__(self) -> None:
        self.waiting_for_keyframe: set[str] = set()
        self._sound: defaultdict[str, _Sound] = defaultdict(_Sound)
        self._picture: defaultdict[str, _Picture] = defaultdict(_Picture)

    def write(self, event: MediaReceived) -> None:
        """Take one unit of media; compressed sound is not decoded, it has no level."""
        if isinstance(event.unit, PcmFrame | EncodedAudio):
            self._sound[event.user].hear(event, event.unit)
        elif isinstance(event.unit, EncodedVideo | RawVideo):
            self._picture[event.user].see(event, event.unit)

    def write_data(self, event: DataReceived) -> None:
        """Messages have no figures."""

    def flush(self, at_us: int) -> None:
        """Nothing is kept that could be lost."""

    def rows(self) -> list[dict[str, Any]]:
        """Return a document a user: `userId`, then `audio` and `video` as far as they came."""
        rows = []
        for user in sorted(self._sound.keys() | self._picture.keys()):
            row: dict[str, Any] = {"userId": user}
            if user in self._sound:
                row["audio"] = self._sound[user].figures()
            if user in self._picture:
                row["video"] = self._picture[user].figures()
            rows.append(row)
        return rows

    def gaps(self) -> Iterator[tuple[str, str, Gaps]]:
        """Yield user, `sound` or `picture`, and the holes in it, of all that came."""
        for user in sorted(self._sound.keys() | self._picture.keys()):
            if user in self._sound:
                yield user, "sound", self._sound[user].gaps
            if user in self._picture:
                yield user, "picture", self._picture[user].gaps


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
