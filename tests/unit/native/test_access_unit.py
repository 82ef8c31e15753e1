"""Access units: streams whose pictures are known, in any pieces; real streams as PyAV cuts and orders them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import InputError
from agora_cli.native.access_unit import AccessUnit, AccessUnitSplitter
from agora_cli.native.annexb import Converter
from agora_cli.native.scan import nal_units
from tests.encoded import X264, encode
from tests.unit.native import naive
from tests.unit.native.h264_stream import Format, Order, Picture, pps, slice_nal, sps
from tests.unit.native.naive import Writer, annexb, pieces

CONFORMANCE = Path(__file__).parents[4] / "shared" / "conformance" / "h264"
STREAMS = sorted(CONFORMANCE.glob("*.264"))
DELIMITER, SEI, FILLER, END = b"\x09\xf0", b"\x06\x05\x01\x2a\x80", b"\x0c\xff\xff\x80", b"\x0a"


def split(stream: bytes, sizes: list[int] | None = None) -> list[AccessUnit]:
    """Return all access units of a stream fed in pieces of these sizes."""
    splitter = AccessUnitSplitter()
    units = [unit for piece in pieces(stream, sizes or [len(stream) or 1]) for unit in splitter.push(piece)]
    return units + splitter.flush()


def slices_of(fmt: Format, picture: Picture, order: Order, noise: bytes = b"\x99") -> list[bytes]:
    """Return the NAL units of a picture, in order of macroblocks backwards if it has several (ASO)."""
    out = [slice_nal(fmt, picture, order, 10 * n, noise) for n in reversed(range(picture.slices))]
    redundant = [slice_nal(fmt, picture, order, 0, noise, n + 1) for n in range(picture.redundant)]
    return picture.lead + out + redundant


# ---- picture order, by the standard's formulas in Python


def code_type_0(fmt: Format, pictures: list[Picture]) -> list[Order]:
    """Code given counts as low bits; the caller keeps neighbours within half a range."""
    most = 1 << fmt.log2_max_poc_lsb
    return [Order(lsb=picture.poc % most) for picture in pictures]


@st.composite
def pictures_type_0(draw: st.DrawFn) -> tuple[Format, list[Picture]]:
    """Draw frames whose counts wander, with IDR pictures and resets among them."""
    fmt = Format(
        log2_max_frame_num=draw(st.integers(4, 8)),
        log2_max_poc_lsb=draw(st.integers(4, 8)),
        redundant_present=draw(st.booleans()),
        weighted=draw(st.booleans()),
    )
    half = (1 << fmt.log2_max_poc_lsb) // 2
    pictures: list[Picture] = []
    anchor, number = 0, 0
    for n in range(draw(st.integers(1, 12))):
        idr = n == 0 or draw(st.integers(0, 5)) == 0
        reference = idr or draw(st.booleans())
        number = 0 if idr else (number + 1) % (1 << fmt.log2_max_frame_num)
        step = draw(st.integers(-half + 1, half).filter(bool))
        poc = 0 if idr else anchor + step
        resets = reference and not idr and draw(st.integers(0, 5)) == 0
        picture = Picture(
            idr,
            reference,
            number,
            poc,
            idr_pic_id=n,
            slices=draw(st.integers(1, 4)),
            redundant=draw(st.integers(0, 2)) if fmt.redundant_present else 0,
            slice_type=7 if idr else draw(st.sampled_from([0, 1, 2, 5, 6])),
            resets=resets,
            lead=draw(st.sampled_from([[], [DELIMITER], [SEI], [DELIMITER, SEI], [sps(fmt), pps(fmt)]])),
        )
        if idr:
            picture.lead = [*picture.lead, sps(fmt), pps(fmt)]
        elif pictures[-1].resets and not picture.lead:
            picture.lead = [DELIMITER]  # frame_num begins anew: without it, the headers may be the same by chance
        if reference:
            anchor = 0 if resets else poc
        if resets:
            number = 0
        pictures.append(picture)
    return fmt, pictures


@given(
    pictures_type_0(), st.lists(st.integers(1, 300), min_size=1, max_size=4), st.sampled_from([b"\0\0\1", b"\0\0\0\1"])
)
def test_pictures_that_are_known_are_found(drawn: tuple[Format, list[Picture]], sizes: list[int], code: bytes) -> None:
    fmt, pictures = drawn
    chunks = [
        annexb(slices_of(fmt, picture, order), code)
        for picture, order in zip(pictures, code_type_0(fmt, pictures), strict=True)
    ]
    units = split(b"".join(chunks), sizes)
    assert [unit.data for unit in units] == chunks
    assert [unit.slices for unit in units] == [picture.slices for picture in pictures]
    assert [unit.idr for unit in units] == [picture.idr for picture in pictures]
    assert [unit.reference for unit in units] == [picture.reference for picture in pictures]
    assert [unit.poc for unit in units] == [0 if picture.resets else picture.poc for picture in pictures]
    epochs = [sum(p.idr or p.resets for p in pictures[: n + 1]) for n in range(len(pictures))]
    assert [unit.epoch for unit in units] == epochs


def naive_type_1(fmt: Format, pictures: list[Picture], deltas: list[int]) -> list[int]:
    """Order counts by 8.2.1.2, a loop over the cycle as the standard has it."""
    out, offset, before = [], 0, 0
    for picture, delta in zip(pictures, deltas, strict=True):
        offset = 0 if picture.idr else offset + (before > picture.frame_num) * (1 << fmt.log2_max_frame_num)
        before = picture.frame_num
        number = offset + picture.frame_num if fmt.cycle else 0
        if not picture.reference and number > 0:
            number -= 1
        expected = sum(fmt.cycle[n % len(fmt.cycle)] for n in range(number))
        if not picture.reference:
            expected += fmt.offset_non_ref
        top = expected + (0 if fmt.always_zero else delta)
        out.append(min(top, top + fmt.offset_bottom))
    return out


def frames_in_a_row(count: int, references: list[bool]) -> list[Picture]:
    """Return an IDR picture and frames behind it, frame_num as 7.4.3 wants it with 16 values."""
    pictures, number = [], 0
    for n in range(count):
        reference = n == 0 or references[n % len(references)]
        pictures.append(Picture(n == 0, reference, number % 16, 0, slice_type=7 if n == 0 else 5))
        number += 1
    return pictures


@given(
    st.integers(1, 60),
    st.lists(st.booleans(), min_size=1, max_size=5),
    st.lists(st.integers(-9, 9), max_size=5),
    st.integers(-9, 9),
    st.integers(-9, 9),
    st.lists(st.integers(-3, 3), min_size=1, max_size=4),
    st.booleans(),
)
def test_picture_order_of_type_1(
    count: int,
    references: list[bool],
    cycle: list[int],
    offset_non_ref: int,
    offset_bottom: int,
    deltas: list[int],
    always_zero: bool,
) -> None:
    fmt = Format(
        1, always_zero=always_zero, cycle=tuple(cycle), offset_non_ref=offset_non_ref, offset_bottom=offset_bottom
    )
    pictures = frames_in_a_row(count, references)
    coded = [deltas[n % len(deltas)] for n in range(count)]
    stream = annexb([sps(fmt), pps(fmt)]) + b"".join(
        annexb(slices_of(fmt, picture, Order(delta=delta))) for picture, delta in zip(pictures, coded, strict=True)
    )
    assert [unit.poc for unit in split(stream)] == naive_type_1(fmt, pictures, coded)


@given(st.integers(1, 60), st.lists(st.booleans(), min_size=1, max_size=5))
def test_picture_order_of_type_2_is_decoding_order(count: int, references: list[bool]) -> None:
    fmt = Format(2)
    pictures = frames_in_a_row(count, references)
    stream = annexb([sps(fmt), pps(fmt)]) + b"".join(annexb(slices_of(fmt, p, Order())) for p in pictures)
    expected = [2 * n - (not picture.reference) for n, picture in enumerate(pictures)]
    assert [unit.poc for unit in split(stream)] == expected


@pytest.mark.parametrize("poc_type", [1, 2])
def test_a_reset_starts_the_frame_numbers_anew(poc_type: int) -> None:
    fmt = Format(poc_type, always_zero=True, cycle=(2,))
    pictures = frames_in_a_row(20, [True])  # 16 frame numbers: they have wrapped
    pictures[18].resets = True
    pictures[19].frame_num = 1
    stream = annexb([sps(fmt), pps(fmt)]) + b"".join(annexb(slices_of(fmt, p, Order())) for p in pictures)
    assert [(unit.epoch, unit.poc) for unit in split(stream)[17:]] == [(1, 34), (2, 0), (2, 2)]


def test_the_bottom_fields_count_is_a_frames_when_it_is_smaller() -> None:
    fmt = Format(pic_order_present=True)
    picture = Picture(True, True, 0, 0)
    stream = annexb([sps(fmt), pps(fmt), *slices_of(fmt, picture, Order(lsb=4, delta_bottom=-3))])
    assert [unit.poc for unit in split(stream)] == [1]


# ---- what begins an access unit


FMT = Format(frame_mbs_only=False, pic_order_present=True, redundant_present=True)
START = [sps(FMT), pps(FMT), pps(FMT, 1)]


def one(**change: object) -> bytes:
    """Return one slice of a P frame, with changes."""
    order = Order(**{name: change.pop(name) for name in list(change) if name in ("lsb", "delta_bottom")})  # type: ignore[arg-type]
    first_mb = change.pop("first_mb", 0)
    redundant = change.pop("redundant_pic_cnt", 0)
    usual = {"idr": False, "reference": True, "frame_num": 1, "poc": 0, "slice_type": 5}
    return slice_nal(FMT, Picture(**{**usual, **change}), order, first_mb, b"\x99", redundant)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"frame_num": 2},
        {"pps_id": 1},
        {"field": 1},
        {"reference": False},
        {"lsb": 2},
        {"delta_bottom": 1},
        {"idr": True},
    ],
    ids=str,
)
def test_fields_that_differ_begin_a_picture(change: dict[str, object]) -> None:
    units = split(annexb([*START, one(first_mb=0), one(first_mb=5), one(first_mb=9, **change)]))
    assert [unit.slices for unit in units] == [2, 1]


@pytest.mark.parametrize(
    ("before", "after"), [({"field": 1}, {"field": 2}), ({"idr": True}, {"idr": True, "idr_pic_id": 1})], ids=str
)
def test_a_second_field_or_idr_picture_begins_a_picture(before: dict[str, object], after: dict[str, object]) -> None:
    assert [unit.slices for unit in split(annexb([*START, one(**before), one(**after)]))] == [1, 1]


def test_the_same_fields_are_one_picture_in_any_order_of_macroblocks() -> None:
    units = split(annexb([*START, one(first_mb=9), one(first_mb=0), one(first_mb=4, slice_type=6)]))
    assert [unit.slices for unit in units] == [3]


def test_redundant_pictures_belong_to_their_primary_picture() -> None:
    units = split(
        annexb([*START, one(), one(redundant_pic_cnt=1), one(redundant_pic_cnt=2, pps_id=1), one(frame_num=2)])
    )
    assert [(unit.slices, len(naive.nals(unit.data))) for unit in units] == [(1, 6), (1, 1)]


@pytest.mark.parametrize("opener", [DELIMITER, SEI, sps(FMT), pps(FMT), b"\x6f\x42\x80", b"\x70\x80", b"\x72\x80"])
def test_these_begin_an_access_unit_behind_a_slice(opener: bytes) -> None:
    assert [len(naive.nals(unit.data)) for unit in split(annexb([*START, one(), opener, one()]))] == [4, 2]


@pytest.mark.parametrize("follower", [FILLER, b"\x13\x88\x80", b"\x15\x88\x80", b"\x03\x88\x80", b"\x18\x88"])
def test_these_stay_with_their_picture(follower: bytes) -> None:
    assert [len(naive.nals(unit.data)) for unit in split(annexb([*START, one(), follower, one(first_mb=3)]))] == [6]


def test_a_prefix_unit_goes_with_its_slice() -> None:
    prefix = b"\x6e\x40\x80"
    same = split(
        annexb([*START, prefix, one(), prefix, one(first_mb=3), prefix, one(frame_num=2), one(frame_num=3), prefix])
    )
    assert [len(naive.nals(unit.data)) for unit in same] == [7, 2, 2]
    assert [unit.nal_types for unit in same] == [{1, 7, 8, 14}, {1, 14}, {1, 14}]


def test_whatever_follows_an_end_of_sequence_is_new() -> None:
    units = split(annexb([*START, one(), END, one(), b"\x0b"]))
    assert [sorted(unit.nal_types) for unit in units] == [[1, 7, 8, 10], [1, 11]]


def test_fields_pair_up() -> None:
    fields = [one(field=1), one(field=2), one(frame_num=2, field=2), one(frame_num=2, field=1), one(frame_num=3)]
    units = split(annexb([*START, *fields, one(frame_num=4, field=1), one(frame_num=5, field=2)]))
    assert [unit.field for unit in units] == ["top", "bottom", "bottom", "top", None, "top", "bottom"]
    assert [unit.second_field for unit in units] == [False, True, False, True, False, False, False]


def test_an_idr_field_is_never_a_second() -> None:
    units = split(annexb([*START, one(frame_num=0, field=1), one(idr=True, frame_num=0, field=2)]))
    assert [unit.second_field for unit in units] == [False, False]


def test_an_idr_field_and_its_second_share_an_epoch() -> None:
    units = split(annexb([*START, one(idr=True, frame_num=0, field=1), one(frame_num=0, field=2, lsb=1)]))
    assert [(unit.epoch, unit.poc, unit.second_field) for unit in units] == [(1, 0, False), (1, 1, True)]


@pytest.mark.parametrize("kind", [0, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("groups", range(1, 9))
def test_slice_groups_are_read_past(groups: int, kind: int) -> None:
    stream = annexb([sps(FMT), pps(FMT, groups=groups, kind=kind), one(lsb=3), one(first_mb=3, lsb=3)])
    assert [(unit.slices, unit.poc) for unit in split(stream)] == [(2, 3)]


def test_what_a_keyframe_is() -> None:
    intra = one(slice_type=7)
    recovery = Writer().u(8, 6).u(8, 1).ue(5).u(4, 8).nal(b"\x06")
    cases = [
        ([one(idr=True, slice_type=7)], True),
        ([recovery, one(frame_num=2)], True),
        ([DELIMITER, intra], False),
        ([sps(FMT), intra], True),
        ([sps(FMT), one(frame_num=3)], False),
        ([SEI, one(frame_num=4)], False),
    ]
    units = split(annexb([*START, one()]) + b"".join(annexb(nals) for nals, _ in cases))[1:]
    assert [unit.keyframe for unit in units] == [expected for _, expected in cases]
    assert [unit.recovery_frame_cnt for unit in units] == [None, 5, None, None, None, None]
    assert [unit.intra for unit in units] == [True, False, True, True, False, False]


# ---- pieces, damage, bounds


def test_a_unit_comes_as_soon_as_the_next_begins() -> None:
    splitter = AccessUnitSplitter()
    first, second = annexb([*START, one() + b"\x55" * 900]), annexb([one(frame_num=2) + b"\x55" * 900])
    assert splitter.push(first) == []
    assert splitter.push(second[:20]) == []
    assert [unit.data for unit in splitter.push(second[20:80])] == [first]
    assert splitter.push(second[80:]) == []
    assert [unit.data for unit in splitter.flush()] == [second]


def test_byte_by_byte_and_cut_at_every_offset() -> None:
    stream = annexb([DELIMITER, *START, one(), one(first_mb=4), DELIMITER, SEI, one(frame_num=2), END]) + b"\0\0"
    whole = split(stream)
    assert len(whole) == 2
    assert split(stream, [1]) == whole
    for at in range(1, len(stream)):
        assert split(stream, [at, len(stream)]) == whole
    for size in range(len(stream)):
        assert b"".join(unit.data for unit in split(stream[:size])) == stream[: size if size > 4 else 0]


@given(
    st.lists(st.sampled_from([0, 0, 0, 1, 1, 3, 0x67, 0x68, 0x65, 0x41, 0x09, 0x06, 0x6E, 0x80, 0xFF]), max_size=300)
)
def test_any_bytes_in_any_pieces_give_the_same_units(values: list[int]) -> None:
    stream = annexb(START) + bytes(values)
    whole = split(stream)
    for sizes in ([1], [2, 3], [64, 1], [7]):
        assert split(stream, sizes) == whole
    assert b"".join(unit.data for unit in whole) == stream


def test_bytes_before_the_first_start_code_are_dropped() -> None:
    stream = annexb([*START, one()])
    for junk in (b"junk", b"\0\0\0\0", b"\1" * 1000):
        for sizes in ([1], [5], [2000]):
            assert b"".join(unit.data for unit in split(junk + stream, sizes)) == stream
    assert split(b"no video at all" * 100) == []


def test_a_stream_that_begins_without_its_sets_is_cut_by_macroblock_0() -> None:
    units = split(annexb([one(), one(first_mb=5), one(frame_num=2), *START, one(frame_num=3)]))
    assert [(unit.slices, unit.poc, unit.sps is None) for unit in units] == [
        (2, None, True),
        (1, None, True),
        (1, 0, False),
    ]


def test_parameter_sets_at_the_very_end_are_a_unit_without_a_picture() -> None:
    units = split(annexb([*START, one(), sps(FMT)]))
    assert [(unit.slices, unit.poc, unit.keyframe) for unit in units] == [(1, 0, False), (0, None, False)]


def test_damage_is_counted() -> None:
    splitter = AccessUnitSplitter()
    splitter.push(annexb([b"\x67\x42", b"\x68", *START, one(), b"\x41", b"\x41\0\0\0\0\1\x80", DELIMITER]))
    assert splitter.damaged == 4
    splitter.flush()
    assert splitter.damaged == 0


def test_memory_is_bounded() -> None:
    splitter = AccessUnitSplitter(max_unit_bytes=10_000)
    for _ in range(1000):
        splitter.push(b"\xff" * 999)  # no start code: nothing is kept
    first = annexb([*START, one()])
    assert splitter.push(first + b"\xff" * 9000) == []
    with pytest.raises(InputError, match="access unit at byte 999000: expected at most 10000 bytes") as caught:
        splitter.push(b"\xff" * 999)
    assert caught.value.code == "access-unit-size"
    assert splitter.flush() == []


def test_units_before_one_that_is_too_large_are_returned() -> None:
    splitter = AccessUnitSplitter(max_unit_bytes=1000)
    first = annexb([*START, one()])
    units = splitter.push(first + annexb([one(frame_num=2)]) + b"\x55" * 2000)
    assert [unit.data for unit in units] == [first]
    with pytest.raises(InputError, match=f"access unit at byte {len(first)}:"):
        splitter.push(b"\x55")


def test_a_splitter_begins_anew_after_flush() -> None:
    splitter = AccessUnitSplitter()
    stream = annexb([*START, one(idr=True)])
    assert splitter.push(stream) + splitter.flush() == splitter.push(stream) + splitter.flush()


def test_a_sps_that_changes_in_mid_stream_is_seen() -> None:
    other = Format(log2_max_poc_lsb=6)
    picture = Picture(True, True, 0, 0, idr_pic_id=1)
    units = split(annexb([*START, one(), sps(other), pps(other), *slices_of(other, picture, Order(lsb=9))]))
    assert [unit.sps.frame_mbs_only for unit in units if unit.sps] == [False, True]
    assert units[1].poc == 9


def test_only_h264() -> None:
    with pytest.raises(ValueError, match="only h264"):
        AccessUnitSplitter("h265")  # type: ignore[arg-type]


# ---- real streams


def decoded(units: list[bytes]) -> Iterator[tuple[int, int]]:
    """Iterate over (index of the access unit, checksum) of the pictures PyAV shows, in its order."""
    import zlib

    import av

    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    decoder.options = {"strict": "1"}  # else FFmpeg guesses the reordering and drops what does not fit its guess
    packets: list[av.Packet | None] = []
    for n, unit in enumerate(units):
        packet = av.Packet(unit)
        packet.pts = packet.dts = n
        packets.append(packet)
    for packet in [*packets, None]:
        for frame in decoder.decode(packet):
            assert frame.pts is not None
            yield frame.pts, zlib.crc32(bytes(frame.reformat(format="yuv420p").to_ndarray()))


def check_order(units: list[AccessUnit]) -> None:
    """Check that sorting by (epoch, poc) is the order in which PyAV shows the pictures."""
    shown = [n for n, _ in decoded([unit.data for unit in units])]
    assert shown == sorted(range(len(units)), key=lambda n: (units[n].epoch, units[n].poc))


@pytest.mark.parametrize("name", X264)
@pytest.mark.parametrize("sizes", [[1 << 20], [1], [1500], [64, 3]])
def test_x264_streams_are_cut_where_the_encoder_cut_them(name: str, sizes: list[int]) -> None:
    packets = encode("libx264", X264[name])
    units = split(b"".join(packets), sizes)
    assert [unit.data for unit in units] == list(packets)
    assert {unit.slices for unit in units} == {3 if name == "slices" else 1}
    check_order(units)


def test_reordering_stays_within_what_the_sps_says() -> None:
    units = split(b"".join(encode("libx264", X264["bframes"])))
    keys = [(unit.epoch, unit.poc or 0) for unit in units]
    depth = max(sum(before > key for before in keys[:n]) for n, key in enumerate(keys))
    assert units[0].sps
    assert depth == units[0].sps.reorder_frames == 2


@pytest.mark.skipif(not STREAMS, reason="no conformance streams at ../shared/conformance/h264")
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
class TestConformance:
    """The streams of the standard's own suite and of openh264, as PyAV reads them."""

    def test_units_are_the_packets_of_pyav(self, path: Path) -> None:
        import av

        stream = path.read_bytes()
        units = split(stream, [4096])
        assert b"".join(unit.data for unit in units) == stream
        with av.open(str(path)) as container:
            packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
            context = container.streams.video[0].codec_context
            sps = units[0].sps
            assert sps
            assert (sps.width, sps.height) == (context.width, context.height)
            assert sps.frame_rate == context.framerate
            assert str(context.profile) in PROFILES[sps.profile_idc]
        assert [naive.nals(unit.data) for unit in units] == [naive.nals(packet) for packet in packets]

    def test_pictures_are_shown_in_picture_order(self, path: Path) -> None:
        check_order(split(path.read_bytes()))

    def test_through_mp4_and_back_the_pictures_are_the_same(self, path: Path, tmp_path: Path) -> None:
        import av

        units = [unit.data for unit in split(path.read_bytes())]
        with av.open(str(path)) as source, av.open(str(tmp_path / "out.mp4"), "w") as target:
            out = target.add_stream_from_template(source.streams.video[0])
            out.time_base = source.streams.video[0].time_base
            for n, packet in enumerate(packet for packet in source.demux(video=0) if packet.size):
                packet.pts = packet.dts = 48000 * n
                packet.stream = out
                target.mux(packet)
        with av.open(str(tmp_path / "out.mp4")) as container:
            track = container.streams.video[0]
            converter = Converter("h264", track.codec_context.extradata or b"")
            assert converter.length_size == 4
            converted = [
                bytes(converter.convert(memoryview(packet), packet.is_keyframe))
                for packet in container.demux(track)
                if packet.size
            ]
        assert list(decoded(converted)) == list(decoded(units))
        slices = [[nal for nal in naive.nals(unit) if nal[0] & 31 in (1, 5)] for unit in units]
        assert slices == [[nal for nal in naive.nals(unit) if nal[0] & 31 in (1, 5)] for unit in converted]


PROFILES = {66: ("Baseline", "Constrained Baseline"), 77: ("Main",), 88: ("Extended",), 100: ("High",)}


def test_the_check_bites() -> None:
    """Cutting at every slice, as pacing NAL units does, is told apart."""
    packets = encode("libx264", X264["slices"])
    stream = b"".join(packets)
    slices = [nal for nal in nal_units(stream) if nal.type in (1, 5)]
    assert len(slices) == 3 * len(packets) != len(split(stream))
