"""The Annex-B core beside its peers, each repetition in turn on the same bytes.

Conversion: a copy of the same bytes, FFmpeg's h264_mp4toannexb through PyAV, and a loop in Python as the vendor's
sample has it. Scanning: bytes.find of one absent byte, which is memchr, bytes.find of the start code, bytes.count.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from tests.encoded import X264, encode

from .figures import ratios, spread, table, timed

REPETITIONS = 21
PACKETS = 120  # two seconds and more of every case, converted in each repetition


def contest(contestants: dict[str, tuple[Callable[..., None], Callable[[], Sequence[Any]]]]) -> dict[str, list[float]]:
    """Return the seconds of each contestant, taken in turn; each works on fresh inputs, making them is not counted."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(REPETITIONS):
        for name, (work, inputs) in contestants.items():
            fresh = inputs()
            times[name].append(timed(lambda work=work, fresh=fresh: work(fresh)))
    return times


def print_times(title: str, times: dict[str, list[float]], peer: str, per_unit: float) -> None:
    """Print microseconds a unit, and the ratio to the peer of the same repetition."""
    against = ratios(times, peer)
    rows = [[name, spread([t * per_unit for t in each]), spread(against[name])] for name, each in times.items()]
    table([title, "us", f"ratio to {peer}"], rows)
    print()


def packet_of(size: int, slice_bytes: int) -> bytes:
    """Return a length-prefixed packet of P slices that holds no start code."""
    import numpy as np

    noise = np.random.default_rng(1).integers(1, 256, size, dtype=np.uint8).tobytes()
    out = b""
    while len(out) < size:
        body = b"\x41" + noise[len(out) : len(out) + min(slice_bytes, size - len(out)) - 1]
        out += struct.pack(">I", len(body)) + body
    return out


def struct_loop(packet: bytes) -> bytes:
    """Convert as the vendor's sample does, without its parameter sets before every NAL unit."""
    out, at = bytearray(), 0
    while at < len(packet):
        (length,) = struct.unpack_from(">I", packet, at)
        out += b"\0\0\0\1" + packet[at + 4 : at + 4 + length]
        at += 4 + length
    return bytes(out)


def bench_convert(title: str, packet: bytes, extradata: bytes, stream: Any) -> None:
    """Print one case of the converter."""
    import av
    from av.bitstream import BitStreamFilterContext

    from agora_cli.native.annexb import Converter

    converter = Converter("h264", extradata)
    filtering = BitStreamFilterContext("h264_mp4toannexb", stream)

    def each(function: Callable[[Any], Any]) -> Callable[[Sequence[Any]], None]:
        def work(packets: Sequence[Any]) -> None:
            for one in packets:
                function(one)

        return work

    def read_only() -> list[bytes]:
        return [packet] * PACKETS

    def writable() -> list[bytearray]:
        return [bytearray(packet) for _ in range(PACKETS)]

    def as_packets() -> list[Any]:
        return [av.Packet(packet) for _ in range(PACKETS)]

    times = contest(
        {
            "copy": (each(bytearray), read_only),
            "agora, in place": (each(converter.convert), writable),
            "agora, into a new buffer": (each(converter.convert), read_only),
            "PyAV filter, to a Packet": (each(filtering.filter), as_packets),
            "PyAV filter, to bytes": (each(lambda one: [bytes(out) for out in filtering.filter(one)]), as_packets),
            "Python struct loop": (each(struct_loop), read_only),
        }
    )
    print_times(f"packet, {title}", times, "copy", 1e6 / PACKETS)


def bench_scan() -> None:
    """Print the start-code scan on 16 MB without one, so that every contestant reads all of it."""
    from agora_cli.native.ffi import ffi, lib
    from agora_cli.native.scan import find_start_code, scan_path

    size = 16 << 20
    data = packet_of(size, size)[5:].replace(b"\x01", b"\x02")
    source = ffi.from_buffer("uint8_t[]", data)
    for label, block in (("in memory, 16 MB", len(data)), ("in cache, 256 KB", 256 << 10)):
        part = data[:block]
        turns = range(len(data) // block)
        contestants: dict[str, Callable[[], Any]] = {
            f"agora ({scan_path()})": lambda part=part: find_start_code(part),
            "agora (portable)": lambda: lib.agora_scan_start_code_portable(source, block, 0),  # noqa: B023
            "memchr: find of 1 byte": lambda part=part: part.find(b"\x01"),
            "bytes.find, 00 00 01": lambda part=part: part.find(b"\0\0\1"),
            "bytes.count, 00 00 01": lambda part=part: part.count(b"\0\0\1"),
        }
        times = contest(
            {
                name: (lambda calls, scan=scan: [scan() for _ in calls] and None, lambda: turns)  # noqa: B023
                for name, scan in contestants.items()
            }
        )
        against = ratios(times, "memchr: find of 1 byte")
        rows = [
            [name, spread([len(turns) * block / t / 1e9 for t in each]), spread([1 / ratio for ratio in against[name]])]
            for name, each in times.items()
        ]
        table([f"scan {label}", "GB/s", "speed against memchr"], rows)
        print()


def bench_split() -> None:
    """Print the splitter on an elementary stream beside FFmpeg's parser."""
    import av

    from agora_cli.native.access_unit import AccessUnitSplitter

    stream = b"".join(encode("libx264", X264["plain"], 60, 640, 360, preset="ultrafast")) * 4
    pieces = [stream[at : at + 65536] for at in range(0, len(stream), 65536)]

    def split(chunks: Sequence[bytes]) -> None:
        splitter = AccessUnitSplitter()
        for chunk in chunks:
            splitter.push(chunk)
        splitter.flush()

    def parse(chunks: Sequence[bytes]) -> None:
        context = av.CodecContext.create("h264", "r")
        for chunk in chunks:
            context.parse(chunk)
        context.parse(b"")

    times = contest({"agora": (split, lambda: pieces), "PyAV parser": (parse, lambda: pieces)})
    print_times(f"split, {len(stream) / 240:.0f} bytes a picture", times, "PyAV parser", 1e6 / 240)


def main() -> None:
    """Print all tables."""
    import io

    import av

    from tests.avcc import extradata_from, to_length_prefixed

    units = encode("libx264", X264["plain"], 4)
    extradata = extradata_from("h264", units[0])
    file = io.BytesIO()
    with av.open(file, "w", "mp4") as container:
        track = container.add_stream("libx264", rate=25)
        track.width, track.height, track.codec_context.extradata = 64, 48, extradata
        packet = av.Packet(to_length_prefixed(units[0]))
        packet.stream, packet.pts, packet.dts = track, 0, 0
        container.mux(packet)
    file.seek(0)
    with av.open(file) as container:
        stream = container.streams.video[0]
        bench_convert("8 Mb/s, 1 slice", packet_of(33_333, 1 << 20), extradata, stream)
        bench_convert("50 Mb/s, 1 slice", packet_of(208_333, 1 << 20), extradata, stream)
        bench_convert("8 Mb/s, 1200-byte slices", packet_of(33_333, 1200), extradata, stream)
    bench_scan()
    bench_split()
