"""Make the fuzzers' seeds: small streams of x264 and x265, whole, in packets, and their parameter sets.

Usage: python seeds.py DIRECTORY. Each fuzzer gets a directory of its own there. Without PyAV none are made, and the
fuzzers begin from nothing.
"""

import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

STREAMS = {
    "plain": ("libx264", {"x264-params": "keyint=4:scenecut=0"}),
    "slices": ("libx264", {"x264-params": "keyint=4:slices=4:aud=1"}),
    "bframes": ("libx264", {"x264-params": "keyint=8:bframes=3:b-pyramid=normal:weightb=1"}),
    "opengop": ("libx264", {"x264-params": "keyint=4:open-gop=1:bframes=2:scenecut=0"}),
    "refresh": ("libx264", {"x264-params": "keyint=4:intra-refresh=1"}),
    "interlaced": ("libx264", {"x264-params": "keyint=4:interlaced=1:nal-hrd=vbr:vbv-maxrate=200:vbv-bufsize=200"}),
    "hevc": ("libx265", {"x265-params": "keyint=4:aud=1:repeat-headers=1:log-level=none"}),
}


def encode(codec: str, options: dict[str, str]) -> list[bytes]:
    """Return the Annex-B access units of eight small pictures."""
    import av
    import numpy as np

    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
    encoder.framerate, encoder.time_base = 25, Fraction(1, 25)
    encoder.options = {**options, "preset": "medium"}
    encoder.thread_count = 1
    packets = []
    for n in range(8):
        picture = np.random.default_rng(n // 3).integers(0, 255, (72, 64), dtype=np.uint8)
        picture[:40] = 16 * n
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = n
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return [bytes(packet) for packet in packets]


def inputs(name: str, codec: str, options: dict[str, str]) -> Iterator[tuple[str, str, bytes]]:
    """Iterate over (fuzzer, file name, bytes) of one stream."""
    from agora_cli.native.annexb import extradata_from, to_length_prefixed
    from agora_cli.native.scan import nal_units

    kind = "h265" if codec == "libx265" else "h264"
    number = 1 if kind == "h265" else 0
    packets = encode(codec, options)
    stream = b"".join(packets)
    yield "fuzz_scan", name, stream
    yield "fuzz_access_unit", name, b"\x7f" + stream
    for n, nal in enumerate(nal_units(packets[0], kind)):
        yield "fuzz_sps", f"{name}-{n}", stream[nal.offset : nal.offset + min(nal.length, 200)]
    prefixed = [to_length_prefixed(packet) for packet in packets[:4]]
    record = extradata_from(kind, packets[0])
    for flags, extradata, units in ((number, record, prefixed), (number | 2, record, prefixed), (number, b"", packets)):
        pieces = [extradata, *units]
        body = b"".join(len(piece).to_bytes(2, "big") + piece for piece in pieces)
        yield "fuzz_annexb", f"{name}-{flags}-{len(extradata)}", bytes([flags]) + body


def main(directory: Path) -> None:
    """Write the seeds of all fuzzers below `directory`."""
    try:
        import av
    except ImportError:
        sys.stderr.write("seeds: PyAV is not installed, no seeds made\n")
        return
    av.logging.set_level(av.logging.PANIC)
    for name, (codec, options) in STREAMS.items():
        for fuzzer, file, data in inputs(name, codec, options):
            (directory / fuzzer).mkdir(parents=True, exist_ok=True)
            (directory / fuzzer / file).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
