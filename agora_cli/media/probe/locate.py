"""Find where a piece of the known sound belongs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agora_cli.media.probe.noise import PERIOD_S, row

# What a piece must have in common with the row. Chance gives .57 for the best place of 10 ms in 16 s, so that a place
# that follows from the piece before needs less than one out of all.
EXPECTED, ANYWHERE = 0.4, 0.7
_COARSE_HZ = 8000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece begins in the period, in samples of its rate; `likeness` 0..1; `snr_db` at most 90."""

    sample: int
    likeness: float
    snr_db: float


class Locator:
    """Find pieces of one row at one rate; a piece that goes on where the last one ended is found at once."""

    def __init__(self, identity: int, channel: int, rate_hz: int) -> None:
        self._row = row(identity, channel, rate_hz)
        self._count = PERIOD_S * rate_hz
        self._step = max(1, rate_hz // _COARSE_HZ)
        self._coarse = self._row[:: self._step]
        self._spectrum = np.conj(np.fft.rfft(self._coarse))
        self._next: int | None = None

    def find(self, piece: npt.NDArray[np.float32]) -> Place | None:
        """Return where `piece` (float32 of +-1) belongs, None where it is nothing of this row."""
        place = None if self._next is None else self._refined(piece, self._next)
        if place is None or place.likeness < EXPECTED:
            place = self._refined(piece, self._anywhere(piece))
            if place.likeness < ANYWHERE:
                return None
        self._next = (place.sample + len(piece)) % self._count
        return place

    def _anywhere(self, piece: npt.NDArray[np.float32]) -> int:
        coarse = piece[:: self._step]
        size = len(self._coarse)
        found = np.fft.irfft(np.conj(np.fft.rfft(coarse, size) * self._spectrum), size)
        power = np.concatenate([self._coarse, self._coarse[: len(coarse)]]).astype(np.float64) ** 2
        sums = np.concatenate([[0.0], np.cumsum(power)])
        energy = sums[len(coarse) : len(coarse) + size] - sums[:size]
        return int(np.argmax(found / np.sqrt(energy + 1e-9))) * self._step

    def _refined(self, piece: npt.NDArray[np.float32], near: int) -> Place:
        starts = np.arange(near - self._step, near + self._step + 1)
        window = self._row[np.arange(starts[0], starts[-1] + len(piece)) % self._count].astype(np.float64)
        parts = np.lib.stride_tricks.sliding_window_view(window, len(piece))
        dots, energies = parts @ piece, (parts**2).sum(axis=1)
        own = float(np.dot(piece, piece)) + 1e-12
        likeness = dots / np.sqrt(energies * own + 1e-18)
        best = int(np.argmax(likeness))
        like = float(likeness[best])
        # Of the piece's energy like^2 is the signal's, at whatever gain.
        snr_db = min(90.0, 10 * np.log10(max(like * like, 1e-9) / max(1 - like * like, 1e-9)))
        return Place(int(starts[best]) % self._count, like, float(snr_db))
