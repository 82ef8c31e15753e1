"""H.264 streams made bit by bit: the pictures are known, the coded macroblocks are noise."""

import dataclasses
from dataclasses import dataclass

from tests.unit.native.naive import Writer


@dataclass
class Picture:
    """One picture as a test wants it; `poc` is the truth that the stream must say (a frame's smaller count)."""

    idr: bool
    reference: bool
    frame_num: int
    poc: int
    idr_pic_id: int = 0
    pps_id: int = 0
    field: int = 0  # 0 frame, 1 top, 2 bottom
    slices: int = 1
    slice_type: int = 7
    redundant: int = 0
    resets: bool = False
    lead: list[bytes] = dataclasses.field(default_factory=list)  # NAL units in front


@dataclass
class Format:
    """The fields of a SPS and its PPS that the way through a slice header depends on."""

    poc_type: int = 0
    log2_max_frame_num: int = 4
    log2_max_poc_lsb: int = 4
    frame_mbs_only: bool = True
    always_zero: bool = False
    cycle: tuple[int, ...] = ()
    offset_non_ref: int = 0
    offset_bottom: int = 0
    pic_order_present: bool = False
    redundant_present: bool = False
    weighted: bool = False


def sps(fmt: Format, number: int = 0) -> bytes:
    """Write the SPS."""
    bits = Writer().u(8, 77).u(8, 0).u(8, 40).ue(number, fmt.log2_max_frame_num - 4, fmt.poc_type)
    if fmt.poc_type == 0:
        bits.ue(fmt.log2_max_poc_lsb - 4)
    elif fmt.poc_type == 1:
        bits.u(1, fmt.always_zero).se(fmt.offset_non_ref, fmt.offset_bottom).ue(len(fmt.cycle)).se(*fmt.cycle)
    bits.ue(4).u(1, 1).ue(19, 14).u(1, fmt.frame_mbs_only)
    if not fmt.frame_mbs_only:
        bits.u(1, 0)
    return bits.u(1, 1).u(1, 0).u(1, 0).nal(b"\x67")


def pps(fmt: Format, number: int = 0, sps_id: int = 0, groups: int = 1, kind: int = 0) -> bytes:
    """Write a PPS; with several slice groups, `kind` is their map type."""
    bits = Writer().ue(number, sps_id).u(1, 0).u(1, fmt.pic_order_present).ue(groups - 1)
    if groups > 1:
        write_groups(bits, groups, kind)
    bits.ue(1, 1).u(1, fmt.weighted).u(2, 1 if fmt.weighted else 0).se(0, 0, 0).u(2, 0)
    return bits.u(1, fmt.redundant_present).nal(b"\x68")


def write_groups(bits: Writer, groups: int, kind: int) -> None:
    """Write slice groups of map type `kind`."""
    bits.ue(kind)
    if kind == 0:
        bits.ue(*range(groups))
    elif kind == 2:
        bits.ue(*range(2 * (groups - 1)))
    elif 3 <= kind <= 5:
        bits.u(1, 1).ue(7)
    elif kind == 6:
        bits.ue(9)
        for n in range(10):
            bits.u((groups - 1).bit_length(), n % groups)


def slice_nal(fmt: Format, picture: Picture, order: "Order", first_mb: int, noise: bytes, redundant: int = 0) -> bytes:
    """Write one slice of a picture; `order` says how the picture's count is coded."""
    reference = 3 if picture.reference else 0
    bits = Writer().ue(first_mb, picture.slice_type, picture.pps_id)
    bits.u(fmt.log2_max_frame_num, picture.frame_num)
    if not fmt.frame_mbs_only:
        bits.u(1, picture.field > 0)
        if picture.field:
            bits.u(1, picture.field - 1)
    if picture.idr:
        bits.ue(picture.idr_pic_id)
    both = fmt.pic_order_present and picture.field == 0
    if fmt.poc_type == 0:
        bits.u(fmt.log2_max_poc_lsb, order.lsb)
        if both:
            bits.se(order.delta_bottom)
    if fmt.poc_type == 1 and not fmt.always_zero:
        bits.se(order.delta)
        if both:
            bits.se(order.delta_bottom)
    if fmt.redundant_present:
        bits.ue(redundant)
    write_lists(bits, fmt, picture)
    if reference and picture.idr:
        bits.u(2, 0)
    elif reference:
        bits.u(1, picture.resets)
        if picture.resets:
            bits.ue(1, 0, 2, 1, 3, 0, 0, 4, 2, 5, 6, 0, 0)
    return bits.nal(bytes([reference << 5 | (5 if picture.idr else 1)]), noise)


def write_lists(bits: Writer, fmt: Format, picture: Picture) -> None:
    """Write what stands between the picture order and the marking."""
    kind = picture.slice_type % 5
    if kind == 2:
        return
    if kind == 1:
        bits.u(1, 1)
    bits.u(1, 1).ue(2)
    if kind == 1:
        bits.ue(0)
    bits.u(1, 1).ue(0, 3, 1, 2, 2, 1, 3)
    if kind == 1:
        bits.u(1, 0)
    if fmt.weighted:
        bits.ue(5, 5)
        for _ in range(3 if kind == 0 else 4):
            bits.u(1, 1).se(-7, 9).u(1, 1).se(1, -2, 3, -4)


@dataclass
class Order:
    """How one picture's order count is coded."""

    lsb: int = 0
    delta: int = 0
    delta_bottom: int = 0
