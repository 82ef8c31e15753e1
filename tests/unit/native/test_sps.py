"""SPS: written by a naive writer, read back; cut and damaged; against PyAV's reading."""

import contextlib
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.native.ffi import NativeError, lib
from agora_cli.native.scan import nal_units
from agora_cli.native.sps import parse_sps
from tests.encoded import encode
from tests.unit.native.naive import HIGH, Reader, Writer, read_sps

SCALING = st.tuples(st.integers(0, 7), st.lists(st.integers(-128, 127), min_size=64, max_size=64))


def write_vui(bits: Writer, vui: dict[str, Any]) -> None:
    """Write vui_parameters() with the parts that `vui` names."""
    bits.u(1, "aspect" in vui)
    if "aspect" in vui:
        bits.u(8, 255).u(16, vui["aspect"][0]).u(16, vui["aspect"][1])
    bits.u(1, 0)
    bits.u(1, "video" in vui)
    if "video" in vui:
        bits.u(3, 5).u(1, vui["video"][0]).u(1, 1).u(8, 1).u(8, 1).u(8, vui["video"][1])
    bits.u(1, 1).ue(0, 0)
    bits.u(1, "timing" in vui)
    if "timing" in vui:
        bits.u(32, vui["timing"][0]).u(32, vui["timing"][1]).u(1, vui["timing"][2])
    for kind in ("nal_hrd", "vcl_hrd"):
        bits.u(1, kind in vui)
        if kind in vui:
            bits.ue(vui[kind]).u(8, 0x12)
            for n in range(vui[kind] + 1):
                bits.ue(n + 1000, (1 << 32) - 2).u(1, 1)  # the largest that ue(v) can say
            bits.u(20, 0xABCDE)
    if "nal_hrd" in vui or "vcl_hrd" in vui:
        bits.u(1, 1)
    bits.u(1, 1)
    bits.u(1, "reorder" in vui)
    if "reorder" in vui:
        bits.u(1, 1).ue(0, 0, 10, 10, vui["reorder"], 16)


def write_sps(sps: dict[str, Any], vui: dict[str, Any] | None = None) -> bytes:
    """Write a SPS of the fields of `sps`."""
    bits = Writer().u(8, sps["profile_idc"]).u(8, sps["constraint_flags"]).u(8, sps["level_idc"]).ue(sps["id"])
    if sps["profile_idc"] in HIGH:
        bits.ue(sps["chroma"])
        if sps["chroma"] == 3:
            bits.u(1, 0)
        bits.ue(sps["depth"] - 8, sps["depth"] - 8).u(1, 0).u(1, "scaling" in sps)
        if "scaling" in sps:
            present, deltas = sps["scaling"]
            for n in range(12 if sps["chroma"] == 3 else 8):
                bits.u(1, n == present)
                if n == present:
                    write_scaling(bits, deltas[: 16 if n < 6 else 64])
    bits.ue(sps["log2_max_frame_num"] - 4, sps["poc_type"])
    if sps["poc_type"] == 0:
        bits.ue(sps["log2_max_poc_lsb"] - 4)
    elif sps["poc_type"] == 1:
        bits.u(1, 0).se(-3, 5).ue(len(sps["cycle"])).se(*sps["cycle"])
    bits.ue(sps["refs"]).u(1, 0).ue(sps["columns"] - 1, sps["rows"] - 1).u(1, sps["frame_mbs_only"])
    if not sps["frame_mbs_only"]:
        bits.u(1, 1)
    bits.u(1, 1).u(1, 1).ue(*sps["crop"])
    bits.u(1, vui is not None)
    if vui is not None:
        write_vui(bits, vui)
    return bits.nal(b"\x67")


def write_scaling(bits: Writer, deltas: list[int]) -> None:
    """Write a scaling list, up to the delta that ends it."""
    scale = 8
    for delta in deltas:
        bits.se(delta)
        scale = (scale + delta + 256) % 256
        if scale == 0:
            return


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the fields of a SPS that a decoder could meet."""
    profile = draw(st.sampled_from([66, 77, 88, 100, 110, 122, 244]))
    out = {
        "profile_idc": profile,
        "constraint_flags": draw(st.integers(0, 255)),
        "level_idc": draw(st.sampled_from([9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 62])),
        "id": draw(st.integers(0, 31)),
        "chroma": draw(st.integers(0, 3)) if profile in HIGH else 1,
        "depth": draw(st.integers(8, 14)) if profile in HIGH else 8,
        "log2_max_frame_num": draw(st.integers(4, 16)),
        "poc_type": draw(st.integers(0, 2)),
        "log2_max_poc_lsb": draw(st.integers(4, 16)),
        "cycle": draw(st.lists(st.integers(-(1 << 20), 1 << 20), max_size=255)),
        "refs": draw(st.integers(0, 16)),
        "columns": draw(st.integers(4, 600)),
        "rows": draw(st.integers(4, 600)),
        "frame_mbs_only": draw(st.integers(0, 1)),
        "crop": draw(st.lists(st.integers(0, 7), min_size=4, max_size=4)),
    }
    if draw(st.booleans()):
        out["scaling"] = draw(SCALING)
    return out


VUI = st.fixed_dictionaries(
    {},
    optional={
        "aspect": st.tuples(st.integers(0, 65535), st.integers(0, 65535)),
        "video": st.tuples(st.integers(0, 1), st.integers(0, 255)),
        "timing": st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 1)),
        "nal_hrd": st.integers(0, 31),
        "vcl_hrd": st.integers(0, 31),
        "reorder": st.integers(0, 16),
    },
)
USUAL = {
    "profile_idc": 100,
    "constraint_flags": 0,
    "level_idc": 40,
    "id": 0,
    "chroma": 1,
    "depth": 8,
    "log2_max_frame_num": 4,
    "poc_type": 0,
    "log2_max_poc_lsb": 6,
    "cycle": [],
    "refs": 4,
    "columns": 120,
    "rows": 68,
    "frame_mbs_only": 1,
    "crop": [0, 0, 0, 4],
}


@given(fields(), st.none() | VUI)
def test_what_is_written_is_read(sps: dict[str, Any], vui: dict[str, Any] | None) -> None:
    read = parse_sps(write_sps(sps, vui))
    for name in ("profile_idc", "constraint_flags", "level_idc", "id", "log2_max_frame_num", "poc_type"):
        assert getattr(read, name) == sps[name]
    assert (read.bit_depth_luma, read.bit_depth_chroma, read.chroma_format_idc) == (
        sps["depth"],
        sps["depth"],
        sps["chroma"],
    )
    x, y = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}[sps["chroma"]]
    fields_factor = 2 - sps["frame_mbs_only"]
    left, right, top, bottom = sps["crop"]
    assert read.width == 16 * sps["columns"] - (left + right) * x
    assert read.height == (16 * sps["rows"] - (top + bottom) * y) * fields_factor
    assert read.frame_mbs_only == bool(sps["frame_mbs_only"])
    assert read.max_num_ref_frames == sps["refs"]
    vui = vui or {}
    units, scale, fixed = vui.get("timing", (0, 0, 0))
    assert read.frame_rate == (Fraction(scale, 2 * units) if units and scale else None)
    assert read.fixed_frame_rate == bool(fixed)
    assert read.reorder_frames == vui.get("reorder")
    assert read.full_range == (bool(vui["video"][0]) if "video" in vui else None)
    assert read.matrix_coefficients == vui.get("video", (0, 2))[1]
    aspect = vui.get("aspect", (0, 0))
    assert read.sample_aspect_ratio == (Fraction(*aspect) if all(aspect) else None)
    assert not read.vui_damaged


@pytest.mark.parametrize("chroma", [1, 3])
@pytest.mark.parametrize("present", range(8))
def test_scaling_lists_are_read_past(present: int, chroma: int) -> None:
    read = parse_sps(write_sps(USUAL | {"chroma": chroma, "scaling": (present, [1] * 64)}))
    assert (read.coded_width, read.coded_height, read.max_num_ref_frames) == (1920, 1088, 4)


@given(fields(), st.integers(0, 1 << 16), st.integers(0, 7))
def test_a_damaged_sps_is_read_as_the_naive_twin_reads_it(sps: dict[str, Any], at: int, bit: int) -> None:
    nal = bytearray(write_sps(sps))
    nal[1 + at % (len(nal) - 1)] ^= 1 << bit
    try:
        expected = read_sps(bytes(nal))
    except (IndexError, ValueError):
        with pytest.raises(NativeError):
            parse_sps(nal)
    else:
        read = parse_sps(nal)
        assert {name: int(getattr(read, name)) for name in expected} == expected


def test_cut_at_every_offset_is_an_error_with_its_byte() -> None:
    nal = write_sps(USUAL)
    for size in range(len(nal)):
        if size > 0 and has_all_fields(nal[:size]):
            continue
        with pytest.raises(NativeError) as caught:
            parse_sps(nal[:size])
        assert caught.value.status == lib.AGORA_E_TRUNCATED
        assert caught.value.offset == size
    assert parse_sps(nal).width == 1920


def has_all_fields(nal: bytes) -> bool:
    """Return whether all fields fit: the last byte may hold the stop bit only."""
    try:
        read_sps(nal)
    except IndexError:
        return False
    return True


def test_emulation_prevention_is_removed() -> None:
    nal = write_sps(USUAL, {"timing": (1, 50, 1)})
    assert b"\0\0\3\0" in nal
    assert parse_sps(nal).frame_rate == 25


def test_a_cut_vui_keeps_what_stands_before_it() -> None:
    nal = write_sps(USUAL, {"timing": (1001, 60000, 1), "reorder": 2})
    whole, cut = parse_sps(nal), parse_sps(nal[:12])
    assert whole.frame_rate == Fraction(30000, 1001)
    assert (cut.width, cut.height) == (1920, 1080)
    assert (cut.vui_damaged, cut.frame_rate, cut.reorder_frames) == (True, None, None)


@pytest.mark.parametrize(
    ("change", "bound"),
    [
        ({}, 4),  # 32768 macroblocks of level 4 / 8160 of 1080p
        ({"poc_type": 2}, 0),
        ({"constraint_flags": 0x10}, 0),  # intra-only profile
        ({"level_idc": 52}, 16),
        ({"level_idc": 10}, 1),
        ({"columns": 11, "rows": 9, "level_idc": 11, "profile_idc": 66}, 9),
        ({"columns": 11, "rows": 9, "level_idc": 11, "profile_idc": 66, "constraint_flags": 0x10}, 4),  # level 1b
    ],
)
def test_reordering_is_bounded_by_profile_and_level(change: dict[str, int], bound: int) -> None:
    read = parse_sps(write_sps(USUAL | change))
    assert (read.reorder_frames, read.reorder_bound) == (None, bound)


def test_what_the_vui_says_on_reordering_counts() -> None:
    read = parse_sps(write_sps(USUAL, {"reorder": 1}))
    assert (read.reorder_frames, read.reorder_bound) == (1, 1)


def test_cropping_more_than_there_is_is_forbidden() -> None:
    with pytest.raises(NativeError, match="forbidden by the standard") as caught:
        parse_sps(write_sps(USUAL | {"crop": [500, 500, 0, 0]}))
    assert caught.value.status == lib.AGORA_E_SYNTAX


def test_another_nal_unit_is_refused() -> None:
    with pytest.raises(NativeError) as caught:
        parse_sps(b"\x68\xce\x3c\x80")
    assert caught.value.status == lib.AGORA_E_ARGUMENT


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (66, 50), (128, 96)])
def test_encoders_and_pyav_agree(codec: str, width: int, height: int) -> None:
    import av

    library = {"h264": "libx264", "h265": "libx265"}[codec]
    unit = encode(library, "keyint=4:bframes=2", 4, width, height, Fraction(30000, 1001))[0]
    kind = {"h264": 7, "h265": 33}[codec]
    nal = next(nal for nal in nal_units(unit, codec) if nal.type == kind)
    read = parse_sps(unit[nal.offset : nal.offset + nal.length], codec)
    decoder = av.CodecContext.create({"h264": "h264", "h265": "hevc"}[codec], "r")
    decoder.decode(av.Packet(unit))
    decoder.decode(None)
    assert (read.codec, read.width, read.height) == (codec, width, height)
    assert (read.coded_width, read.coded_height) == (decoder.coded_width, decoder.coded_height)
    assert (read.chroma_format_idc, read.bit_depth_luma) == (1, 8)
    if codec == "h264":
        assert (read.profile_idc, decoder.profile) == (100, "High")
        assert read.frame_rate == decoder.framerate == Fraction(30000, 1001)
        assert read.reorder_frames == 2
    else:
        assert (read.profile_idc, decoder.profile) == (1, "Main")
        assert read.reorder_frames is not None


def test_h265_cut_at_every_offset() -> None:
    unit = encode("libx265", "keyint=4", 4)[0]
    nal = next(nal for nal in nal_units(unit, "h265") if nal.type == 33)
    whole = unit[nal.offset : nal.offset + nal.length]
    for size in range(2, 20):
        with pytest.raises(NativeError) as caught:
            parse_sps(whole[:size], "h265")
        assert caught.value.offset == size


@given(st.binary(max_size=120), st.sampled_from([("h264", b"\x67"), ("h265", b"\x42\1")]))
def test_any_bytes_are_a_sps_or_an_error(data: bytes, kind: tuple[str, bytes]) -> None:
    with contextlib.suppress(NativeError):
        read = parse_sps(kind[1] + data, kind[0])
        assert read.width > 0
        assert read.height > 0


def test_the_check_bites() -> None:
    """A reader that forgets emulation prevention gives another rate."""
    nal = write_sps(USUAL, {"timing": (1, 50, 1)})
    assert Reader(nal).bits != "".join(format(byte, "08b") for byte in nal[1:])
    broken = nal.replace(b"\0\0\3", b"\0\0\3\3")
    assert parse_sps(broken).frame_rate != parse_sps(nal).frame_rate
