"""Pictures made for tests: readable numbers, smooth colours, and JPEGs of every kind."""

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agora_cli.frames import RawVideo

NUMBER_BITS = 10


def smooth(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return lines x columns x RGB of soft waves, every colour present, like a photograph without noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    channels = []
    for _ in range(3):
        waves = 128.0 + np.zeros((height, width))
        for _ in range(4):
            fx, fy = random.uniform(-0.08, 0.08, 2)
            waves += 30 * np.sin(fx * x + fy * y + random.uniform(0, 6))
        channels.append(waves)
    return np.clip(np.stack(channels, -1), 0, 255).astype(np.uint8)


def jpeg(pixels: NDArray[np.uint8], mode: str = "RGB", **options: Any) -> bytes:
    """Return pixels (RGB) as a JPEG of a Pillow mode; options are Pillow's."""
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, "jpeg", **{"quality": 95, **options})
    return out.getvalue()


def png(pixels: NDArray[np.uint8], mode: str = "RGB") -> bytes:
    """Return pixels (RGB) as a PNG of a Pillow mode."""
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, "png")
    return out.getvalue()


def turned_jpeg(pixels: NDArray[np.uint8], orientation: int) -> bytes:
    """Return a JPEG whose EXIF orientation says how the stored pixels are to be turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(pixels, exif=exif)


def jpeg_with_thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    """Return a JPEG that has another whole JPEG inside an APP1 segment."""
    inner = jpeg(pixels[::4, ::4], quality=50)
    whole = jpeg(pixels)
    body = b"Exif\0\0" + inner
    return whole[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + whole[2:]


def segment(marker: int, body: bytes, length: int | None = None) -> bytes:
    """Return a JPEG segment; `length` is what it says of itself instead of the truth."""
    return bytes((0xFF, marker)) + (len(body) + 2 if length is None else length).to_bytes(2, "big") + body


def strange_jpegs(plain: bytes, thumbnail: bytes) -> dict[str, bytes]:
    """Return a picture as telephones, cameras and broken tools leave it: every viewer shows each of these."""
    soi, rest = plain[:2], plain[2:]
    chance = np.random.default_rng(9)
    noise = chance.integers(0, 256, 400, np.uint8).tobytes()
    photoshop = b"Photoshop 3.0\0" + b"8BIM" + noise[:60]
    return {
        "motion photo": plain + b"\0\0\0\x18ftypmp42" + noise + b"\xff\xd8\xff" + noise,
        "second picture behind": plain + thumbnail,
        "junk before the first segment": soi + b"\x00\x12junk" + rest,
        "FF00 before the first segment": soi + b"\xff\x00\xff\x00" + rest,
        "Photoshop, too long": soi + segment(0xED, photoshop, 5000) + rest,
        "Photoshop, too short": soi + segment(0xED, photoshop, 10) + rest,
        "Adobe, cut": soi + segment(0xEE, b"Ado") + rest,
        "Adobe, without length": soi + segment(0xEE, b"Adobe", 0) + rest,
        "Exif, a wild offset": soi + segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff" + noise[:50]) + rest,
        "Exif, noise": soi + segment(0xE1, b"Exif\0\0" + noise[:50]) + rest,
        "Exif, 65535 entries": soi + segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + noise[:50]) + rest,
        "Exif, wrong length around a thumbnail": soi + segment(0xE1, b"Exif\0\0" + thumbnail, 300) + rest,
        "no end": plain[:-2],
        "text before it": b"HTTP/1.1 200 OK\r\n\r\n" + plain,
        "two starts": soi + plain,
    }


def numbered(number: int, width: int = 160, height: int = 96) -> NDArray[np.uint8]:
    """Return a picture that shows `number` as ten bars, black for 0 and white for 1."""
    bars = [255 if number >> bit & 1 else 0 for bit in range(NUMBER_BITS)]
    line = np.repeat(np.array(bars, np.uint8), width // NUMBER_BITS)
    return np.repeat(np.tile(line, (height, 1))[:, :, None], 3, axis=2)


def read_number(luma: NDArray[np.uint8]) -> int:
    """Return the number that a luma plane (lines x columns) shows."""
    width = luma.shape[1] // NUMBER_BITS
    middle = luma[luma.shape[0] // 2]
    return sum(1 << bit for bit in range(NUMBER_BITS) if middle[bit * width + width // 2] > 128)


def luma(picture: RawVideo) -> NDArray[np.uint8]:
    """Return the Y plane of an I420 or NV12 picture as lines x columns."""
    plane = np.frombuffer(picture.data, np.uint8, picture.width * picture.height)
    return plane.reshape(picture.height, picture.width)


def planes(data: Any, width: int, height: int) -> list[NDArray[np.uint8]]:
    """Return Y, U and V of a packed I420 picture with even sides, each as lines x columns."""
    flat = np.frombuffer(data, np.uint8)
    y, u, v = np.split(flat, [width * height, width * height * 5 // 4])
    return [y.reshape(height, width), u.reshape(height // 2, width // 2), v.reshape(height // 2, width // 2)]


def rgb(data: Any, width: int, height: int) -> NDArray[np.uint8]:
    """Return a packed limited-range BT.601 I420 picture as lines x columns x RGB, by libswscale."""
    import av

    frame = av.VideoFrame.from_ndarray(np.vstack([np.frombuffer(data, np.uint8).reshape(-1, width)]), "yuv420p")
    return frame.to_ndarray(format="rgb24")


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the peak signal-to-noise ratio in dB."""
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def cut_everywhere(data: bytes) -> Iterable[tuple[bytes, bytes]]:
    """Yield `data` in two parts, cut at every offset."""
    return ((data[:at], data[at:]) for at in range(len(data) + 1))
