"""Make the fuzzers' seeds: small streams of x264 and x265, whole, in packets, and their parameter sets.

Usage: python -m tests.fuzz.seeds DIRECTORY. Each fuzzer gets a directory of its own there. Without PyAV none are
made, and the fuzzers begin from nothing.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.encoded import X264, encode


def inputs(name: str, codec: str, parameters: str) -> Iterator[tuple[str, str, bytes]]:
    """Iterate over (fuzzer, file name, bytes) of one stream."""
    from agora_cli.native.scan import nal_units
    from tests.avcc import extradata_from, to_length_prefixed

    kind = "h265" if codec == "libx265" else "h264"
    number = 1 if kind == "h265" else 0
    packets = encode(codec, parameters, pictures=8)
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
    streams = {name: ("libx264", parameters) for name, parameters in X264.items()}
    streams["hevc"] = ("libx265", "keyint=4:aud=1:repeat-headers=1")
    for name, (codec, parameters) in streams.items():
        for fuzzer, file, data in inputs(name, codec, parameters):
            (directory / fuzzer).mkdir(parents=True, exist_ok=True)
            (directory / fuzzer / file).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
