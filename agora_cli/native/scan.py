"""Start codes and NAL units of an Annex-B byte stream (ITU-T H.264 and H.265, annex B)."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from agora_cli.frames import Bytes
from agora_cli.native.ffi import ffi, lib

NalCodec: TypeAlias = Literal["h264", "h265"]
CODEC_NUMBERS: dict[str, int] = {"h264": lib.AGORA_NAL_H264, "h265": lib.AGORA_NAL_H265}
# nal_unit_type of parameter sets in H.264 (table 7-1).
SPS_TYPE, PPS_TYPE = 7, 8
_BATCH = 64


class Nal(NamedTuple):
    """A NAL unit inside a buffer: byte `offset` of its header, `length` without trailing zeros, nal_unit_type."""

    offset: int
    length: int
    type: int


def find_start_code(data: Bytes, start: int = 0) -> int:
    """Return the offset of the first 00 00 01 at or after `start`, or -1."""
    source = ffi.from_buffer("uint8_t[]", data)
    found = int(lib.agora_scan_start_code(source, len(source), start))
    return found if found < len(source) else -1


def nal_units(annexb: Bytes, codec: NalCodec = "h264") -> Iterator[Nal]:
    """Iterate over the NAL units of Annex-B data, with start codes of 3 or 4 bytes.

    Bytes before the first start code are skipped, and so are empty units. `annexb` must not change meanwhile.
    """
    source = ffi.from_buffer("uint8_t[]", annexb)
    position = ffi.new("size_t *")
    batch = ffi.new("agora_nal[]", _BATCH)
    count = _BATCH
    while count == _BATCH:
        count = lib.agora_nal_list(CODEC_NUMBERS[codec], source, len(source), position, batch, _BATCH)
        for i in range(count):
            nal = batch[i]
            yield Nal(nal.offset, nal.length, nal.type)


def scan_path() -> str:
    """Return which instructions look for start codes: "sse2", "neon" or "portable"."""
    return str(ffi.string(lib.agora_scan_path()).decode("ascii"))
