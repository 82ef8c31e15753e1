"""Pictures that say who sent them, their number and their time, in blocks that survive 100 kb/s and any scaling.

A grid of 16 x 9 blocks: three rows of bits (black 0, white 1, most significant first: 2 identity, 18 number, 20
milliseconds, 8 check), two rows of eight colours, two rows that flash in the first tenth of each second, two of grey
steps that wander. Where the check does not fit, the picture says nothing.
"""

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

COLUMNS, ROWS = 16, 9
FIELDS = (2, 18, 20, 8)
BLACK, WHITE = 16, 235
FLASH_MS = 100
# 75 % bars in BT.601, limited range: white, yellow, cyan, green, magenta, red, blue, black.
COLOURS = (
    (180, 128, 128),
    (162, 44, 142),
    (131, 156, 44),
    (112, 72, 58),
    (84, 184, 198),
    (65, 100, 212),
    (35, 212, 114),
    (16, 128, 128),
)


@dataclass(frozen=True, slots=True)
class Caption:
    """What a picture says: who, which one, when on the sender's media clock (ms)."""

    identity: int
    number: int
    at_ms: int

    def bits(self) -> list[int]:
        """Return the 48 bits, first block first."""
        fields = (self.identity & 3, self.number & 0x3FFFF, self.at_ms & 0xFFFFF)
        values = (*fields, _check(*fields))
        return [
            value >> (size - 1 - bit) & 1 for value, size in zip(values, FIELDS, strict=True) for bit in range(size)
        ]


def _check(identity: int, number: int, at_ms: int) -> int:
    return zlib.crc32(f"{identity} {number} {at_ms}".encode()) & 0xFF


def draw(caption: Caption, width: int, height: int) -> bytes:
    """Return the picture as packed I420 of even sides."""
    blocks = _blocks(caption)
    return b"".join(
        _spread(blocks[plane], *((width, height) if plane == 0 else (width // 2, height // 2))).tobytes()
        for plane in range(3)
    )


def read(luma: npt.NDArray[np.uint8]) -> Caption | None:
    """Read the caption of a luma plane (height x width, any size from 32 x 18 on); None where there is none."""
    bright = means(luma)[:3].reshape(-1) > (BLACK + WHITE) / 2
    values, at = [], 0
    for size in FIELDS:
        values.append(int("".join("1" if bit else "0" for bit in bright[at : at + size]), 2))
        at += size
    return Caption(*values[:3]) if _check(*values[:3]) == values[3] else None


def colour_error(planes: list[npt.NDArray[np.uint8]]) -> float:
    """Return how far the colours are off: the mean of |difference| over patches and Y, U, V, in steps of 8 bits."""
    seen = np.stack([means(plane)[3:5].mean(axis=0).reshape(8, 2).mean(axis=1) for plane in planes], axis=1)
    return float(np.abs(seen - np.array(COLOURS)).mean())


def means(plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return the mean of the middle of each block, 9 x 16: what an encoder smears lies at the edges."""
    height, width = plane.shape
    found = np.zeros((ROWS, COLUMNS))
    for line in range(ROWS):
        top, bottom = _middle(line, ROWS, height)
        strip = plane[top:bottom].mean(axis=0)
        for column in range(COLUMNS):
            left, right = _middle(column, COLUMNS, width)
            found[line, column] = strip[left:right].mean()
    return found


def _middle(block: int, blocks: int, size: int) -> tuple[int, int]:
    start = (4 * block + 1) * size // (4 * blocks)
    return start, max(start + 1, (4 * block + 3) * size // (4 * blocks))


def _blocks(caption: Caption) -> npt.NDArray[np.uint8]:
    blocks = np.full((3, ROWS, COLUMNS), 128, np.uint8)
    blocks[0, :3] = np.where(np.array(caption.bits()).reshape(3, COLUMNS) == 1, WHITE, BLACK)
    blocks[:, 3:5] = np.repeat(np.array(COLOURS, np.uint8).T, 2, axis=1)[:, None, :]
    blocks[0, 5:7] = WHITE if caption.at_ms % 1000 < FLASH_MS else BLACK
    blocks[0, 7:] = BLACK + (np.arange(COLUMNS) + caption.number) % COLUMNS * 13
    return blocks


@lru_cache(maxsize=8)
def _edges(blocks: int, size: int) -> npt.NDArray[np.int64]:
    return np.minimum(np.arange(size) * blocks // size, blocks - 1)


def _spread(blocks: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    return blocks[_edges(ROWS, height)][:, _edges(COLUMNS, width)]
