"""Packets of a container to Annex-B access units that a late joiner can decode.

AVCC and HVCC packets carry length-prefixed NAL units and keep the parameter sets apart; a channel wants start codes
and parameter sets in band. What the extradata says decides, never a look at a packet: 16 % of AVCC packets begin like
a start code.
"""

from dataclasses import dataclass
from typing import Any

from agora_cli.frames import Bytes
from agora_cli.native.ffi import check, ffi, lib
from agora_cli.native.scan import CODEC_NUMBERS, NalCodec


@dataclass(frozen=True, slots=True)
class Extradata:
    """What a container says about its video packets.

    `length_size` is the bytes of a NAL length, 1, 2 or 4, or 0 when packets are Annex-B; `parameter_sets` are the NAL
    units VPS, SPS, SPS extension, PPS without start codes, in the order of the record.
    """

    length_size: int
    parameter_sets: tuple[bytes, ...]


def parse_extradata(codec: NalCodec, extradata: Bytes) -> Extradata:
    """Read codec extradata: avcC or hvcC (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1), Annex-B, or nothing.

    It is avcC or hvcC if its first byte is 1. Raises NativeError with the byte offset for anything malformed and for
    the length size 3, which the standard forbids.
    """
    source = ffi.from_buffer("uint8_t[]", extradata)
    units = ffi.new("agora_nal[]", lib.AGORA_SETS_MOST)
    length_size, where = ffi.new("int32_t *"), ffi.new("size_t *")
    number = CODEC_NUMBERS[codec]
    count = check_at(
        lib.agora_extradata_list(number, source, len(source), units, lib.AGORA_SETS_MOST, length_size, where), where
    )
    sets = tuple(
        bytes(ffi.buffer(source + unit.offset, unit.length))
        for unit in units[0:count]
        if lib.agora_sets_rank(number, unit.type) != lib.AGORA_RANK_NONE
    )
    return Extradata(length_size[0], sets)


def check_at(status: int, where: Any) -> int:
    """Return a status that is not negative, else raise NativeError at the offset that the core stored."""
    return check(status, where[0] if status < 0 else None)


class Converter:
    """One video track on its way into a channel: packets in, Annex-B access units out.

    Parameter sets are inserted before every keyframe that lacks them: IDR pictures, recovery points, and what the
    container calls a keyframe, so that open-GOP and intra-refresh streams serve a late joiner too. They stand behind
    an access unit delimiter, never before every NAL unit, and only those ids that the packet does not carry itself.
    In-band sets replace stored ones of their id. Not thread-safe.
    """

    def __init__(self, codec: NalCodec, extradata: Bytes) -> None:
        """Start with a track's extradata; see parse_extradata for what it may be and what is raised."""
        self._state = ffi.new("agora_annexb *")
        self._result = ffi.new("agora_annexb_result *")
        source = ffi.from_buffer("uint8_t[]", extradata)
        where = ffi.new("size_t *")
        check_at(lib.agora_annexb_init(self._state, CODEC_NUMBERS[codec], source, len(source), where), where)
        self.length_size = int(self._state.length_size)

    def convert(self, packet: Bytes, keyframe: bool = False) -> Bytes:
        """Return one packet as an Annex-B access unit.

        `keyframe` is the container's opinion; IDR and recovery points are found anyway. A writable `packet` of
        4-byte lengths that needs no insertion is rewritten in place and returned: the caller gives it up. An Annex-B
        packet that needs none is returned as it is. Else the result is a new bytearray.

        Raises NativeError with the byte offset when a length is cut, zero, or points beyond the packet; the packet is
        then unchanged.
        """
        if self.length_size == 4:
            target = bytearray(packet) if memoryview(packet).readonly else packet
            if self._run(target, target, keyframe):
                return target
        else:
            self._run(packet, None, keyframe)
            if self.length_size == 0 and self._result.inserted == 0:
                return packet
        out = bytearray(self._result.size)
        self._run(packet, out, keyframe)
        return out

    @property
    def keyframe(self) -> bool:
        """Return whether the packet converted last was a keyframe, by its own contents or its caller's word."""
        return bool(self._result.keyframe)

    @property
    def inserted_bytes(self) -> int:
        """Return how many bytes of parameter sets were inserted into the packet converted last."""
        return int(self._result.inserted)

    @property
    def parameter_sets(self) -> tuple[bytes, ...]:
        """Return the newest set of each id, VPS before SPS before PPS, without start codes."""
        sets = self._state.sets
        return tuple(bytes(ffi.buffer(sets.bytes + sets.set[i].offset, sets.set[i].length)) for i in range(sets.count))

    def _run(self, packet: Bytes, out: Bytes | None, keyframe: bool) -> bool:
        """Convert into `out`, which may be `packet`; return False when it cannot hold the result."""
        source = ffi.from_buffer("uint8_t[]", packet)
        target = ffi.NULL if out is None else source if out is packet else ffi.from_buffer("uint8_t[]", out)
        capacity = 0 if out is None else len(target)
        status = lib.agora_annexb_convert(self._state, source, len(source), keyframe, target, capacity, self._result)
        if status == lib.AGORA_E_CAPACITY:
            return False
        check(status, self._result.offset if status < 0 else None)
        return True


def is_keyframe(codec: NalCodec, annexb: Bytes) -> bool:
    """Return whether an Annex-B access unit is a place to start decoding: IDR (H.265: IRAP) or a recovery point.

    Raises NativeError when it does not begin with a start code.
    """
    converter = Converter(codec, b"")
    converter.convert(annexb)
    return converter.keyframe
