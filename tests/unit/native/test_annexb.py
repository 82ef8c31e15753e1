"""The converter against its naive twin, generated packets of every length size, and damage at every offset."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import InputError
from agora_cli.native.annexb import Converter, is_keyframe, parse_extradata
from agora_cli.native.ffi import NativeError, lib
from tests.avcc import extradata_from, to_length_prefixed
from tests.encoded import X264, encode
from tests.unit.native import naive
from tests.unit.native.naive import Writer, annexb, prefixed

DELIMITER, IDR, SLICE, SECOND = b"\x09\xf0", b"\x65\x88\x84\x21", b"\x41\x9a\x24\x6c", b"\x41\x44\x3f\xff"
RECOVERY = b"\x06\x06\x01\xc4\x80"  # payload type 6, one byte: recovery_frame_cnt 0, exact_match, no broken link
OTHER_SEI = b"\x06\x05\x04abcd\x80"


def sps(number: int, tail: bytes = b"\x55") -> bytes:
    """Return a NAL unit that begins as a SPS does."""
    return Writer().u(24, 0x42C01E).ue(number).nal(b"\x67", tail)


def pps(number: int, tail: bytes = b"\x55") -> bytes:
    """Return a NAL unit that begins as a PPS does."""
    return Writer().ue(number, 0).nal(b"\x68", tail)


def avcc(sets: list[bytes], length_size: int = 4) -> bytes:
    """Return avcC, Baseline, with these SPS and PPS."""
    out = bytes([1, 66, 0xC0, 30, 0xFC | length_size - 1])
    for kind, mark in ((7, 0xE0), (8, 0)):
        units = [unit for unit in sets if unit[0] & 31 == kind]
        out += bytes([mark | len(units)]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)
    return out


UNITS = st.one_of(
    st.sampled_from([DELIMITER, IDR, SLICE, SECOND, RECOVERY, OTHER_SEI]),
    st.builds(sps, st.integers(0, 3), st.binary(min_size=1, max_size=4).filter(lambda tail: tail[-1] != 0)),
    st.builds(pps, st.integers(0, 3), st.binary(min_size=1, max_size=4).filter(lambda tail: tail[-1] != 0)),
    st.binary(min_size=1, max_size=200).map(lambda data: naive.escape(data) + b"\x80"),
)
PACKETS = st.lists(st.tuples(st.lists(UNITS, max_size=8), st.booleans()), max_size=6)


@given(st.sampled_from([0, 1, 2, 4]), PACKETS, st.booleans())
def test_the_converter_agrees_with_its_naive_twin(
    length_size: int, packets: list[tuple[list[bytes], bool]], writable: bool
) -> None:
    sets = [sps(0), sps(1), pps(0)]
    stored = {key: unit for unit in sets if (key := naive.set_key(unit))}
    converter = Converter("h264", avcc(sets, length_size) if length_size else annexb(sets))
    assert converter.length_size == length_size
    for units, keyframe in packets:
        units = [unit for unit in units if len(unit) < 256]
        packet = prefixed(units, length_size) if length_size else annexb(units)
        out = converter.convert(bytearray(packet) if writable else packet, keyframe)
        assert bytes(out) == annexb(naive.convert(stored, units, keyframe) if units else [])
    assert converter.parameter_sets == tuple(stored[key] for key in sorted(stored, key=naive.rank))


@pytest.mark.parametrize("kind", [bytearray, lambda data: memoryview(bytearray(data))])
def test_four_byte_lengths_are_converted_in_place(kind: Callable[[bytes], bytearray | memoryview]) -> None:
    packet = kind(prefixed([SLICE, SECOND]))
    out = Converter("h264", avcc([sps(0), pps(0)])).convert(packet)
    assert out is packet
    assert bytes(packet) == annexb([SLICE, SECOND])


def test_bytes_are_left_alone() -> None:
    packet = prefixed([SLICE])
    copy = bytes(bytearray(packet))
    assert bytes(Converter("h264", avcc([sps(0), pps(0)])).convert(packet)) == annexb([SLICE])
    assert packet == copy


def test_annexb_packets_that_need_nothing_are_returned_as_they_are() -> None:
    packet = b"\0\0\1" + SLICE + b"\0\0\0\1" + SECOND
    assert Converter("h264", b"").convert(packet, keyframe=True) is packet


@pytest.mark.parametrize("first", [IDR, RECOVERY])
def test_parameter_sets_stand_before_every_keyframe_that_lacks_them(first: bytes) -> None:
    converter = Converter("h264", avcc([sps(0), pps(0), pps(1)]))
    for _ in range(2):
        out = converter.convert(prefixed([first, SLICE]))
        assert naive.nals(bytes(out)) == [sps(0), pps(0), pps(1), first, SLICE]
        assert converter.keyframe
        assert converter.inserted_bytes == sum(4 + len(unit) for unit in (sps(0), pps(0), pps(1)))
        assert naive.nals(bytes(converter.convert(prefixed([SLICE])))) == [SLICE]
        assert not converter.keyframe


def test_the_containers_word_is_a_keyframe_too() -> None:
    converter = Converter("h264", avcc([sps(0), pps(0)]))
    assert naive.nals(bytes(converter.convert(prefixed([SLICE, SLICE]), keyframe=True)))[:2] == [sps(0), pps(0)]


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([DELIMITER, IDR], [DELIMITER, sps(0), pps(0), IDR]),
        ([DELIMITER, sps(0), IDR], [DELIMITER, sps(0), pps(0), IDR]),  # SPS without PPS
        ([sps(0, b"\x77"), OTHER_SEI, IDR], [sps(0, b"\x77"), pps(0), OTHER_SEI, IDR]),
        ([pps(0), IDR], [sps(0), pps(0), IDR]),
        ([sps(0), pps(0), IDR], [sps(0), pps(0), IDR]),
        ([pps(1), IDR], [sps(0), pps(0), pps(1), IDR]),
        ([IDR, IDR, IDR], [sps(0), pps(0), IDR, IDR, IDR]),
        ([DELIMITER], [DELIMITER]),
    ],
)
@pytest.mark.parametrize("length_size", [0, 1, 2, 4])
def test_where_sets_are_inserted(units: list[bytes], expected: list[bytes], length_size: int) -> None:
    record = avcc([sps(0), pps(0)], length_size) if length_size else annexb([sps(0), pps(0)])
    packet = prefixed(units, length_size) if length_size else annexb(units, b"\0\0\1")
    assert naive.nals(bytes(Converter("h264", record).convert(packet))) == expected


def test_what_is_inserted_between_annexb_units_leaves_their_start_codes_whole() -> None:
    converter = Converter("h264", annexb([sps(0), pps(0)]))
    assert bytes(converter.convert(annexb([DELIMITER, IDR]))) == annexb([DELIMITER, sps(0), pps(0), IDR])
    assert bytes(converter.convert(annexb([sps(0), IDR]) + b"\0\0")) == annexb([sps(0), pps(0), IDR]) + b"\0\0"


def test_sets_in_band_replace_the_stored_ones_of_their_id() -> None:
    converter = Converter("h264", avcc([sps(0), sps(1), pps(0)]))
    new = sps(0, b"\x77\x78\x79")
    assert naive.nals(bytes(converter.convert(prefixed([new, SLICE])))) == [new, SLICE]
    assert converter.parameter_sets == (new, sps(1), pps(0))
    assert naive.nals(bytes(converter.convert(prefixed([IDR])))) == [new, sps(1), pps(0), IDR]


def test_256_pps_and_many_changes_fit_the_store() -> None:
    sets = [sps(n) for n in range(31)] + [pps(n) for n in range(255)]
    converter = Converter("h264", avcc(sets))
    for turn in range(40):
        converter.convert(prefixed([pps(n, bytes([1 + turn]) * 100) for n in range(256)]))
    assert len(converter.parameter_sets) == 31 + 256
    assert len(naive.nals(bytes(converter.convert(prefixed([IDR]))))) == 31 + 256 + 1


def test_more_parameter_sets_than_the_store_holds_is_an_error() -> None:
    converter = Converter("h264", b"")
    huge = [annexb([pps(n, b"\x11" * 40000)]) for n in range(2)]
    converter.convert(huge[0])
    with pytest.raises(NativeError) as caught:
        converter.convert(huge[1])
    assert (caught.value.status, caught.value.offset) == (lib.AGORA_E_UNSUPPORTED, 4)


@pytest.mark.parametrize("length_size", [1, 2, 4])
def test_a_packet_cut_at_every_offset_is_refused_with_its_byte(length_size: int) -> None:
    packet = prefixed([IDR, SLICE * 30, SECOND], length_size)
    starts = list(itertools.accumulate([0, *(length_size + size for size in (len(IDR), 4 * 30, len(SECOND)))]))
    for size in range(1, len(packet)):
        if size in starts:
            continue
        cut = bytearray(packet[:size])
        with pytest.raises(NativeError) as caught:
            Converter("h264", avcc([sps(0), pps(0)], length_size)).convert(cut, keyframe=True)
        start = max(at for at in starts if at <= size)
        expected = lib.AGORA_E_TRUNCATED if size - start < length_size else lib.AGORA_E_BEYOND
        assert (caught.value.status, caught.value.offset) == (expected, start)
        assert bytes(cut) == packet[:size]


@pytest.mark.parametrize("length_size", [1, 2, 4])
@pytest.mark.parametrize(("lie", "status"), [(0, lib.AGORA_E_ZERO_NAL), (255, lib.AGORA_E_BEYOND)])
def test_a_length_that_lies_is_refused_with_its_byte(length_size: int, lie: int, status: int) -> None:
    packet = prefixed([SLICE, SECOND], length_size)
    at = length_size + len(SLICE)
    bad = packet[:at] + lie.to_bytes(length_size, "big") + packet[at + length_size :]
    with pytest.raises(NativeError) as caught:
        Converter("h264", avcc([sps(0), pps(0)], length_size)).convert(bad)
    assert (caught.value.status, caught.value.offset) == (status, at)
    assert f"at byte {at}" in caught.value.message


def test_the_largest_length_does_not_wrap() -> None:
    with pytest.raises(NativeError) as caught:
        Converter("h264", avcc([sps(0), pps(0)])).convert(b"\xff\xff\xff\xff" + SLICE)
    assert caught.value.status == lib.AGORA_E_BEYOND


def test_annexb_packets_must_begin_with_a_start_code() -> None:
    with pytest.raises(NativeError, match="at byte 0"):
        Converter("h264", b"").convert(prefixed([SLICE]))


def test_an_empty_packet_is_an_empty_access_unit() -> None:
    assert bytes(Converter("h264", avcc([sps(0), pps(0)])).convert(b"", keyframe=True)) == b""


def test_avcc_is_read() -> None:
    sets = [sps(0), sps(1), pps(0)]
    for size in (1, 2, 4):
        read = parse_extradata("h264", avcc(sets, size))
        assert (read.length_size, read.parameter_sets) == (size, tuple(sets))


def test_annexb_extradata_and_none_at_all_are_read() -> None:
    assert parse_extradata("h264", annexb([sps(0), pps(0)])).parameter_sets == (sps(0), pps(0))
    assert parse_extradata("h264", b"\0\0\1" + sps(0)).length_size == 0
    assert parse_extradata("h264", b"").parameter_sets == ()


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_length_size_3_is_refused(codec: str) -> None:
    record = bytearray(avcc([sps(0), pps(0)], 3) if codec == "h264" else extradata_from("h265", hevc_packets()[0]))
    if codec == "h265":
        record[21] = record[21] & 0xFC | 2
    with pytest.raises(NativeError, match="NAL length size must be 1, 2 or 4 at byte") as caught:
        parse_extradata(codec, record)
    assert caught.value.offset == (4 if codec == "h264" else 21)


def test_avcc_cut_at_every_offset_is_refused() -> None:
    record = avcc([sps(0), sps(1), pps(0)])
    for size in range(1, len(record)):
        with pytest.raises(NativeError) as caught:
            parse_extradata("h264", record[:size])
        assert caught.value.offset is not None
        assert caught.value.offset <= size


def test_hvcc_cut_at_every_offset_is_refused() -> None:
    record = extradata_from("h265", hevc_packets()[0])
    for size in range(1, len(record)):
        with pytest.raises(NativeError):
            parse_extradata("h265", record[:size])


@pytest.mark.parametrize("record", [b"\0\1\2\3", b"\2\x42\0\x1e", b"GIF89a", b"\0\0\0\0"])
def test_extradata_that_is_neither_is_refused(record: bytes) -> None:
    with pytest.raises(NativeError) as caught:
        parse_extradata("h264", record)
    assert (caught.value.status, caught.value.offset) == (lib.AGORA_E_SYNTAX, 0)


def test_the_first_byte_decides_even_when_a_packet_looks_like_annexb() -> None:
    unit = SLICE + b"\x31" * (0x0142 - len(SLICE))  # its length reads 00 00 01 42
    packet = prefixed([unit])
    assert packet.startswith(b"\0\0\1")
    assert naive.nals(bytes(Converter("h264", avcc([sps(0), pps(0)])).convert(packet))) == [unit]


@given(st.lists(UNITS, max_size=8), st.sampled_from([b"\0\0\1", b"\0\0\0\1", b"\0\0\0\0\0\1"]))
def test_to_lengths_and_back(units: list[bytes], code: bytes) -> None:
    out = to_length_prefixed(annexb(units, code))
    assert naive.unprefixed(out) == units


def test_to_lengths_refuses_what_is_not_annexb() -> None:
    for data in (b"\1\2\3", b"\0\0\2", b"\0\0", b"\0\0\0\0"):
        with pytest.raises(NativeError, match="at byte 0"):
            to_length_prefixed(data)


@pytest.mark.parametrize("parameters", X264.values(), ids=X264.keys())
def test_extradata_from_a_stream_is_what_the_encoder_says(parameters: str) -> None:
    record = extradata_from("h264", encode("libx264", parameters)[0])
    read = parse_extradata("h264", record)
    units = naive.nals(encode("libx264", parameters)[0])
    assert read.length_size == 4
    assert read.parameter_sets == tuple(unit for unit in units if unit[0] & 31 in (7, 8))
    assert record[1:4] == read.parameter_sets[0][1:4]
    assert record[-4:] == b"\xfd\xf8\xf8\0"  # High: 4:2:0, 8 bits, no extension


def hevc_packets() -> tuple[bytes, ...]:
    """Return a few H.265 access units."""
    return encode("libx265", "keyint=4:repeat-headers=1:aud=1", 8)


def test_h265_goes_to_hvcc_and_back() -> None:
    record = extradata_from("h265", hevc_packets()[0])
    read = parse_extradata("h265", record)
    assert [unit[0] >> 1 for unit in read.parameter_sets] == [32, 33, 34]
    converter = Converter("h265", record)
    for unit in hevc_packets():
        stripped = [nal for nal in naive.nals(unit) if not 32 <= nal[0] >> 1 <= 34]
        out = bytes(converter.convert(prefixed(stripped)))
        expected = naive.nals(unit)
        assert naive.nals(out) == (expected if converter.keyframe else stripped)
    assert [is_keyframe("h265", unit) for unit in hevc_packets()].count(True) == 2


def test_sets_of_an_enhancement_layer_pass_and_replace_nothing() -> None:
    converter = Converter("h265", extradata_from("h265", hevc_packets()[0]))
    base = converter.parameter_sets
    second = bytes([base[2][0], base[2][1] | 1 << 3]) + base[2][2:] + b"\x55"
    picture = b"\x02\x01\xd0\x80"
    assert naive.nals(bytes(converter.convert(prefixed([second, picture])))) == [second, picture]
    assert converter.parameter_sets == base


def test_what_ffmpeg_makes_of_our_record_is_the_same_stream() -> None:
    import av

    for codec, decoder, packets in (
        ("h264", "h264", encode("libx264", X264["slices"])),
        ("h265", "hevc", hevc_packets()),
    ):
        plain, framed = av.CodecContext.create(decoder, "r"), av.CodecContext.create(decoder, "r")
        framed.extradata = extradata_from(codec, packets[0])
        frames = [
            [bytes(frame.to_ndarray()) for packet in [*map(av.Packet, data), None] for frame in context.decode(packet)]
            for context, data in ((plain, packets), (framed, map(to_length_prefixed, packets)))
        ]
        assert frames[0] == frames[1]
        assert len(frames[0]) == len(packets)


@pytest.mark.parametrize("length_size", [1, 2, 4])
def test_a_real_stream_of_every_length_size_comes_out_as_it_went_in(length_size: int) -> None:
    packets = encode("libx264", "keyint=8:bframes=2:qp=51:slices=2", width=32, height=32)
    record = bytearray(extradata_from("h264", packets[0]))
    record[4] = 0xFC | length_size - 1
    converter = Converter("h264", record)
    for packet in packets:
        units = [unit for unit in naive.nals(packet) if len(unit) < 256]  # not x264's essay about itself
        bare = prefixed([unit for unit in units if unit[0] & 31 not in (7, 8)], length_size)
        assert naive.nals(bytes(converter.convert(bytearray(bare)))) == units


def test_no_parameter_sets_no_record() -> None:
    with pytest.raises(InputError, match="no parameter sets"):
        extradata_from("h264", annexb([SLICE]))
    with pytest.raises(NativeError):
        extradata_from("h264", annexb([sps(0), SLICE]))


def test_keyframes_of_annexb_units() -> None:
    assert is_keyframe("h264", annexb([DELIMITER, RECOVERY, SLICE]))
    assert is_keyframe("h264", annexb([IDR]))
    assert not is_keyframe("h264", annexb([OTHER_SEI, SLICE]))
    assert not is_keyframe("h264", annexb([b"\x06\x06\x01", SLICE]))  # a recovery point that is cut


@pytest.mark.parametrize("name", ["open-gop", "intra-refresh"])
def test_a_late_joiner_decodes_from_every_recovery_point(name: str) -> None:
    import av

    packets = encode("libx264", X264[name])
    converter = Converter("h264", extradata_from("h264", packets[0]))
    units, joins = [], []
    for packet in packets:
        bare = [unit for unit in naive.nals(packet) if unit[0] & 31 not in (7, 8)]
        units.append(bytes(converter.convert(prefixed(bare))))
        if converter.keyframe:
            joins.append(len(units) - 1)
    assert len(joins) >= 3
    for join in joins:
        decoder = av.CodecContext.create("h264", "r")
        decoder.flags |= 0x0008  # AV_CODEC_FLAG_OUTPUT_CORRUPT: pictures before an intra refresh is through, too
        frames = [frame for unit in units[join:] for frame in decoder.decode(av.Packet(unit))] + decoder.decode(None)
        assert len(frames) >= len(units) - join - 3  # leading pictures of an open GOP cannot be shown


def test_the_check_bites() -> None:
    """The twin tells a converter that puts sets before every NAL unit, as the vendor's sample does."""
    units = [IDR, IDR]
    stored = {key: unit for unit in (sps(0), pps(0)) if (key := naive.set_key(unit))}
    broken = annexb([each for unit in units for each in (sps(0), pps(0), unit)])
    right = bytes(Converter("h264", avcc([sps(0), pps(0)])).convert(prefixed(units)))
    assert right == annexb(naive.convert(stored, units, keyframe=False)) != broken
