"""Small encoded streams for tests, fuzzers and benches, made on the spot by the encoders inside PyAV."""

from fractions import Fraction
from functools import lru_cache

# What the streams of these names are to show: x264 parameters.
X264 = {
    "plain": "keyint=8:scenecut=0:bframes=0",
    "slices": "keyint=8:slices=3:aud=1:bframes=0",
    "bframes": "keyint=12:bframes=3:b-pyramid=normal:b-adapt=0:weightb=1",
    "open-gop": "keyint=6:open-gop=1:bframes=2:scenecut=0:b-adapt=0",
    "intra-refresh": "keyint=8:intra-refresh=1:bframes=0",
    "interlaced": "keyint=8:interlaced=1:nal-hrd=vbr:vbv-maxrate=400:vbv-bufsize=400:bframes=1",
}


@lru_cache
def encode(
    codec: str = "libx264",
    parameters: str = X264["plain"],
    pictures: int = 24,
    width: int = 64,
    height: int = 48,
    rate: Fraction = Fraction(25),
    preset: str = "medium",
) -> tuple[bytes, ...]:
    """Return the Annex-B access units of a moving test picture, parameter sets in band."""
    import av
    import numpy as np

    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base = rate, 1 / rate
    quiet = ":log-level=none" if codec == "libx265" else ""
    encoder.options = {f"{codec.removeprefix('lib')}-params": parameters + quiet, "preset": preset}
    encoder.thread_count = 1
    noise = np.random.default_rng(7).integers(0, 255, (height * 3 // 2, 2 * width), dtype=np.uint8)
    packets = []
    for n in range(pictures):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(noise[:, n : n + width]), format="yuv420p")
        frame.pts = n
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return tuple(bytes(packet) for packet in packets)
