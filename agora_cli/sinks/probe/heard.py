"""The known sound as it came: each piece with its place in the signal, if it has one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedAudio, PcmFrame
from agora_cli.media.audio_decode import AudioDecoder
from agora_cli.media.probe.locate import Locator, Place
from agora_cli.media.probe.noise import unrolled_us
from agora_cli.sinks.figures import SILENT_DBFS

IDENTITIES = 2


@dataclass(frozen=True, slots=True)
class SoundPiece:
    """A piece of sound. `place_us` is its beginning in the signal; None where it is silent or something else.

    `identity` is whose signal it is; `swapped`: the left channel carries what belongs to the right.
    """

    at_us: int
    pts_us: int
    duration_us: int
    level_dbfs: float
    place_us: int | None = None
    snr_db: float | None = None
    identity: int | None = None
    swapped: bool = False

    @property
    def silent(self) -> bool:
        """Tell whether nobody could hear anything."""
        return self.level_dbfs < SILENT_DBFS


class Ear:
    """Hear one user's sound. `identity` is whose signal is expected: it is looked for first."""

    def __init__(self, identity: int) -> None:
        others = [other for other in range(IDENTITIES) if other != identity]
        self._guesses = [(who, swapped) for who in (identity, *others) for swapped in (False, True)]
        self._locators: dict[tuple[int, int, int], Locator] = {}
        self._last: SoundPiece | None = None

    def hear(self, events: Iterable[MediaReceived], start_us: int | None) -> Iterator[SoundPiece]:
        """Yield each piece in the order of arrival. `start_us` is when the signal began on the clock of arrival, if
        that is known: it tells apart the rounds of the signal's 16 s.
        """
        decoder = AudioDecoder()
        for event in events:
            if isinstance(event.unit, PcmFrame | EncodedAudio):
                for decoded in decoder.events(event):
                    if isinstance(decoded.unit, PcmFrame) and decoded.unit.samples:
                        yield self._piece(decoded, decoded.unit, start_us)

    def _piece(self, event: MediaReceived, frame: PcmFrame, start_us: int | None) -> SoundPiece:
        from agora_cli.native.level import measure

        level = measure(frame.data).rms_dbfs
        blank = SoundPiece(event.at_us, frame.pts_us, frame.duration_us, max(level, -120.0))
        if blank.silent:
            return blank
        samples = np.frombuffer(frame.data, "<i2").reshape(-1, frame.channels).astype(np.float32) / np.float32(32768)
        for guess in self._guesses:
            place = self._find(samples, frame.sample_rate_hz, *guess)
            if place is not None:
                self._guesses.sort(key=lambda other: other != guess)
                place_us = place.sample * MICROSECONDS // frame.sample_rate_hz
                place_us = unrolled_us(place_us, self._near_us(event, frame, start_us))
                found = SoundPiece(event.at_us, frame.pts_us, frame.duration_us, level, place_us, place.snr_db, *guess)
                self._last = found
                return found
        return blank

    def _near_us(self, event: MediaReceived, frame: PcmFrame, start_us: int | None) -> int:
        if start_us is not None:
            return event.at_us - start_us
        if self._last is None or self._last.place_us is None:
            return frame.pts_us
        return self._last.place_us + event.at_us - self._last.at_us

    def _find(self, samples: npt.NDArray[np.float32], rate_hz: int, identity: int, swapped: bool) -> Place | None:
        """Return where the left (and the right) channel belongs; both have to agree."""
        channels = min(2, samples.shape[1])
        if channels == 1 and swapped:
            return None
        left = self._locator(identity, int(swapped), rate_hz).find(samples[:, 0])
        if left is None or channels == 1:
            return left
        right = self._locator(identity, int(not swapped), rate_hz).find(samples[:, 1])
        return left if right is None or right.snr_db >= left.snr_db else right

    def _locator(self, identity: int, channel: int, rate_hz: int) -> Locator:
        key = (identity, channel, rate_hz)
        if key not in self._locators:
            self._locators[key] = Locator(*key)
        return self._locators[key]
