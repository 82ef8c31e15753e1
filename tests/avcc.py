"""The way back from Annex-B to what a container holds: test material, round trips, fuzz seeds."""

from agora_cli.errors import InputError
from agora_cli.frames import Bytes
from agora_cli.native.annexb import check_at
from agora_cli.native.ffi import check, ffi, lib
from agora_cli.native.scan import CODEC_NUMBERS, NalCodec

EXTRADATA_BYTES = lib.AGORA_SETS_BYTES + 2048


def to_length_prefixed(annexb: Bytes) -> bytes:
    """Return an Annex-B access unit with 4-byte lengths in place of its start codes (ISO/IEC 14496-15, 5.2.3).

    Parameter sets and delimiters stay in. Raises NativeError when it does not begin with a start code.
    """
    source = ffi.from_buffer("uint8_t[]", annexb)
    where = ffi.new("size_t *")
    # A unit grows by one byte for each start code of three: four bytes a unit are the least there is.
    out = bytearray(len(source) + len(source) // 4 + 4)
    target = ffi.from_buffer("uint8_t[]", out)
    size = lib.agora_annexb_to_lengths(source, len(source), target, len(out), where)
    check_at(size, where)
    return bytes(memoryview(out)[:size])


def extradata_from(codec: NalCodec, annexb: Bytes) -> bytes:
    """Return avcC or hvcC, length size 4, built from the parameter sets in an Annex-B access unit.

    Raises InputError when the access unit does not carry all that it takes.
    """
    state, result = ffi.new("agora_annexb *"), ffi.new("agora_annexb_result *")
    source, where = ffi.from_buffer("uint8_t[]", annexb), ffi.new("size_t *")
    check(lib.agora_annexb_init(state, CODEC_NUMBERS[codec], ffi.NULL, 0, where))
    status = lib.agora_annexb_convert(state, source, len(source), False, ffi.NULL, 0, result)
    check(0 if status == lib.AGORA_E_CAPACITY else status)  # what was read, not what it becomes
    if not state.sets.count:
        raise InputError("no-parameter-sets", "the access unit has no parameter sets: expected SPS and PPS")
    out = ffi.new("uint8_t[]", EXTRADATA_BYTES)
    return bytes(ffi.buffer(out, check(lib.agora_extradata_build(ffi.addressof(state.sets), out, EXTRADATA_BYTES))))
