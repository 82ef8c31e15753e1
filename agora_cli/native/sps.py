"""Sequence parameter sets: what a video stream says about itself (H.264 7.3.2.1.1 and annex E, H.265 7.3.2.2)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from agora_cli.frames import Bytes
from agora_cli.native.ffi import check, ffi, lib
from agora_cli.native.scan import CODEC_NUMBERS, NalCodec


@dataclass(frozen=True, slots=True)
class Sps:
    """A sequence parameter set. What a codec does not have is 0; H.265 is read up to the picture order fields.

    `constraint_flags` is H.264's byte with constraint_set0_flag on top. Sizes are pixels, `width` and `height` after
    cropping. `frame_rate` is VUI timing, None when absent; `fixed_frame_rate` tells whether it binds.
    `reorder_frames` is max_num_reorder_frames, how many pictures come earlier than they are shown, None when the VUI
    does not say; `reorder_bound` is the most that the level and profile leave room for, and always known.
    """

    codec: NalCodec
    id: int
    profile_idc: int
    constraint_flags: int
    level_idc: int
    chroma_format_idc: int
    bit_depth_luma: int
    bit_depth_chroma: int
    width: int
    height: int
    coded_width: int
    coded_height: int
    frame_mbs_only: bool
    log2_max_frame_num: int
    poc_type: int
    log2_max_poc_lsb: int
    max_num_ref_frames: int
    reorder_frames: int | None
    reorder_bound: int
    vui_present: bool
    vui_damaged: bool
    sample_aspect_ratio: Fraction | None
    full_range: bool | None
    matrix_coefficients: int
    frame_rate: Fraction | None
    fixed_frame_rate: bool


def parse_sps(nal: Bytes, codec: NalCodec = "h264") -> Sps:
    """Read a SPS NAL unit, header included, start code not.

    Emulation prevention is removed on the way. Raises NativeError with the byte offset when it is cut or has a value
    that the standard forbids; damage inside the VUI is not raised: see `vui_damaged`.
    """
    source = ffi.from_buffer("uint8_t[]", nal)
    out, where = ffi.new("agora_sps *"), ffi.new("size_t *")
    status = lib.agora_sps_parse(CODEC_NUMBERS[codec], source, len(source), out, where)
    check(status, where[0] if status < 0 else None)
    return sps_of(out)


def sps_of(sps: Any) -> Sps:
    """Return the core's agora_sps struct as a value."""
    return Sps(
        codec="h265" if sps.codec == lib.AGORA_NAL_H265 else "h264",
        id=sps.id,
        profile_idc=sps.profile_idc,
        constraint_flags=sps.constraint_flags,
        level_idc=sps.level_idc,
        chroma_format_idc=sps.chroma_format_idc,
        bit_depth_luma=sps.bit_depth_luma,
        bit_depth_chroma=sps.bit_depth_chroma,
        width=sps.width,
        height=sps.height,
        coded_width=sps.coded_width,
        coded_height=sps.coded_height,
        frame_mbs_only=bool(sps.frame_mbs_only),
        log2_max_frame_num=sps.log2_max_frame_num,
        poc_type=sps.poc_type,
        log2_max_poc_lsb=sps.log2_max_poc_lsb,
        max_num_ref_frames=sps.max_num_ref_frames,
        reorder_frames=sps.reorder_frames if sps.reorder_frames >= 0 else None,
        reorder_bound=sps.reorder_most,
        vui_present=sps.vui != 0,
        vui_damaged=sps.vui < 0,
        sample_aspect_ratio=Fraction(sps.sar_width, sps.sar_height) if sps.sar_width and sps.sar_height else None,
        full_range=bool(sps.full_range) if sps.full_range >= 0 else None,
        matrix_coefficients=sps.matrix_coefficients,
        frame_rate=Fraction(sps.time_scale, 2 * sps.num_units_in_tick) if sps.num_units_in_tick else None,
        fixed_frame_rate=bool(sps.fixed_frame_rate),
    )
