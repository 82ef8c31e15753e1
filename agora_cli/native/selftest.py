"""Known answers through every function of the core: tells a miscompiled or mismatched build from a good one.

The picture is our own: 16x16 grey, two frames of x264 (baseline). A function that is compiled in but stands in no
group below would be untested, so `tests/unit/native/test_selftest.py` forbids it.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agora_cli.native.ffi import ffi, lib

SPS = bytes.fromhex("6742c00ada7a1000000300100000030328f1226a")
PPS = bytes.fromhex("68ce0fc8")
IDR = bytes.fromhex("65888202289e")
DELTA = bytes.fromhex("419a202694")
START = b"\x00\x00\x00\x01"
H264 = 0
STREAM = START + SPS + START + PPS + START + IDR + START + DELTA
OFFSETS = [4, 28, 36, 46]


def functions() -> list[str]:
    """Return the names of all functions that are compiled in."""
    return sorted(name for name in dir(lib) if name.startswith("agora_"))


def wrong_functions() -> list[str]:
    """Return the functions whose group of known answers does not come out, [] for a good core."""
    present = set(functions())
    return [name for names, right in GROUPS for name in names if present.issuperset(names) and not right()]


def covered() -> set[str]:
    """Return the functions that have known answers, compiled in or not."""
    return {name for names, _ in GROUPS for name in names}


def _status() -> bool:
    return bool(ffi.string(lib.agora_status_text(lib.AGORA_OK)) == b"ok")


def _level() -> bool:
    out = ffi.new("agora_level *")
    lib.agora_level_s16(b"\x00\x40\x00\xc0", 2, out)  # +16384, -16384
    planes = ffi.new("uint8_t[]", [0, 128, 255])
    lib.agora_level_limit_luma(planes, 3)
    luma = list(planes)
    planes[0:3] = [0, 128, 255]
    lib.agora_level_limit_chroma(planes, 3)
    loudness = (out.mean_square, out.peak, lib.agora_level_dbov(0.25), lib.agora_level_dbov(0.0))
    return loudness == (0.25, 0.5, 6, 127) and (luma, list(planes)) == ([16, 126, 235], [16, 128, 240])


def _pack() -> bool:
    """Two lines of 2 of 3 bytes grow to 3x3: the last column and line are repeated."""
    out = ffi.new("uint8_t[]", 9)
    status = lib.agora_level_pack(out, 3, 3, b"\x01\x02\x00\x03\x04\x00", 6, 3, 2, 2, 0)
    return status == 0 and list(out) == [1, 2, 2, 3, 4, 4, 3, 4, 4]


def _scan() -> bool:
    found = [scan(STREAM, len(STREAM), 3) for scan in (lib.agora_scan_start_code, lib.agora_scan_start_code_portable)]
    position, nals = ffi.new("size_t *"), ffi.new("agora_nal[]", 8)
    count = lib.agora_nal_list(H264, STREAM, len(STREAM), position, nals, 8)
    listed = [(nals[index].offset, nals[index].type) for index in range(count)]
    position[0] = OFFSETS[3] - len(START)
    last = (lib.agora_nal_next(H264, STREAM, len(STREAM), position, nals), nals[0].offset, nals[0].length)
    frames = ffi.new("int32_t *")
    recovery = lib.agora_nal_recovery_point(H264, b"\x06\x06\x01\xc4\x80", 5, frames)
    return (
        found == [25, 25]
        and listed == list(zip(OFFSETS, (7, 8, 5, 1), strict=True))
        and last == (1, OFFSETS[3], len(DELTA))
        and lib.agora_nal_type(H264, SPS[0]) == 7
        and (recovery, frames[0]) == (1, 0)
        and ffi.string(lib.agora_scan_path()) in (b"sse2", b"neon", b"portable")
    )


def _active() -> Any:
    """Return the sets of the picture, as the slice functions want them; None when they cannot be read."""
    active, where, number = ffi.new("agora_active *"), ffi.new("size_t *"), ffi.new("int *")
    read_sps = lib.agora_sps_parse(H264, SPS, len(SPS), active.sps, where)
    read_pps = lib.agora_pps_parse(PPS, len(PPS), active.pps, number)
    active.sps_known[0] = 1
    size = (active.sps[0].width, active.sps[0].height, active.sps[0].profile_idc)
    return active if (read_sps, read_pps, size) == (0, 0, (16, 16, 66)) else None


def _slices() -> bool:
    active = _active()
    if active is None:
        return False
    first, second = ffi.new("agora_slice *"), ffi.new("agora_slice *")
    read = (
        lib.agora_slice_parse(active, IDR, len(IDR), first),
        lib.agora_slice_parse_marking(active, DELTA, len(DELTA), second),
    )
    order = ffi.new("agora_order *")
    counts = [lib.agora_order_count(order, active.sps, picture) for picture in (first, second)]
    return (
        read == (0, 0)
        and (first.idr, second.idr, second.frame_num) == (1, 0, 1)
        and lib.agora_slice_differs(first, second, active.sps[0].poc_type) == 1
        and counts == [0, 2]
    )


def _sets() -> bool:
    sets, nals = ffi.new("agora_sets *"), ffi.new("agora_nal[]", 4)
    lib.agora_sets_init(sets, H264)
    ranks = [lib.agora_sets_rank(H264, kind) for kind in (7, 8, 5)]
    stored = [lib.agora_sets_put(sets, nal, len(nal), 0) for nal in (PPS, SPS)]
    known = lib.agora_sets_id(H264, lib.AGORA_RANK_SPS, SPS, len(SPS))
    record = ffi.new("uint8_t[]", 200)
    size = lib.agora_extradata_build(sets, record, 200)
    length_size, where = ffi.new("int32_t *"), ffi.new("size_t *")
    count = lib.agora_extradata_list(H264, record, max(size, 0), nals, 4, length_size, where)
    listed = [bytes(ffi.buffer(record + nals[i].offset, nals[i].length)) for i in range(max(count, 0))]
    return (
        ranks == [lib.AGORA_RANK_SPS, lib.AGORA_RANK_PPS, lib.AGORA_RANK_NONE]
        and (stored, known, length_size[0]) == ([0, 0], 0, 4)
        and listed == [SPS, PPS]
    )


def _conversion() -> bool:
    """An IDR without its sets gets them; what comes out goes back into lengths."""
    state, where, result = ffi.new("agora_annexb *"), ffi.new("size_t *"), ffi.new("agora_annexb_result *")
    head = START + SPS + START + PPS
    started = lib.agora_annexb_init(state, H264, head, len(head), where)
    state.length_size = 4
    packet, out = len(IDR).to_bytes(4, "big") + IDR, ffi.new("uint8_t[]", 100)
    status = lib.agora_annexb_convert(state, packet, len(packet), 0, out, 100, result)
    unit = bytes(ffi.buffer(out, result.size))
    size = lib.agora_annexb_to_lengths(unit, len(unit), out, 100, where)
    lengths = b"".join(len(nal).to_bytes(4, "big") + nal for nal in (SPS, PPS, IDR))
    return (started, status, unit, bytes(ffi.buffer(out, max(size, 0)))) == (0, 0, head + START + IDR, lengths)


def _splitter() -> bool:
    state, unit = ffi.new("agora_splitter *"), ffi.new("agora_access_unit *")
    lib.agora_splitter_init(state)
    units = []
    while lib.agora_splitter_next(state, STREAM, len(STREAM), 1, unit) == 1:
        units.append((unit.start, unit.end, unit.keyframe, unit.poc))
    done = lib.agora_splitter_done(state, len(STREAM))
    lib.agora_splitter_discard(state, done)
    return units == [(0, 42, 1, 0), (42, len(STREAM), 0, 2)] and 42 <= done <= len(STREAM)


def _codec() -> bool:
    """AV1 of at most 360p falls back to H264; raw pictures are encoded (action 1)."""
    query, answer = ffi.new("agora_codec_query *"), ffi.new("agora_codec_answer *")
    query.requested, query.width, query.height = lib.AGORA_CODEC_AV1, 640, 360
    query.carried = query.encoders = sum(1 << codec for codec in range(1, 6))
    status = lib.agora_codec_choose(query, answer)
    return (status, answer.codec, answer.action) == (0, lib.AGORA_CODEC_H264, lib.AGORA_ENCODE)


def _vad_machine() -> tuple[Any, Any, Any]:
    """Return a machine that starts on 2 of 2 loud frames and stops on 2 quiet ones, 4 frames, and room for steps."""
    config = ffi.new("agora_vad_config *")
    config.start_recognize_count = config.stop_recognize_count = 2
    config.active_percent = config.inactive_percent = config.adaptive_rms_factor = 1.0
    config.start_voice_prob = config.stop_voice_prob = 70
    config.start_rms_threshold = config.stop_rms_threshold = -50
    machine, frames = ffi.new("agora_vad *"), ffi.new("agora_vad_frame[]", 4)
    if lib.agora_vad_init(machine, lib.AGORA_VAD_DOCUMENTED, config) != lib.AGORA_OK:
        return None, None, None
    for index in range(2):
        frames[index].far_field, frames[index].voice_prob, frames[index].rms = 1, 100, 120
    return machine, frames, ffi.new("agora_vad_step[]", 4)


def _vad() -> bool:
    machine, frames, steps = _vad_machine()
    if machine is None:
        return False
    lib.agora_vad_run(machine, frames, 3, steps)
    lib.agora_vad_process(machine, frames + 3, steps + 3)
    return [step.state for step in steps] == [0, 1, 2, 3]


def _dump() -> bool:
    machine, frames, steps = _vad_machine()
    if machine is None:
        return False
    lib.agora_vad_run(machine, frames, 4, steps)
    dump, pcm = ffi.new("agora_vaddump *"), bytes(range(8))
    with tempfile.TemporaryDirectory() as parent:
        status = [lib.agora_vaddump_open(dump, parent.encode(), b"20260102030405", 2, 100)]
        status.append(lib.agora_vaddump_write(dump, pcm, frames, steps, 4))
        status.append(lib.agora_vaddump_close(dump))
        folder = Path(parent, "20260102030405")
        files = [folder / "source.pcm", folder / "vad_0.pcm"]
        written = [file.read_bytes() if file.exists() else b"" for file in files]
    return status == [0, 0, 0] and written == [pcm, pcm]


def _crash() -> bool:
    """A guard takes its texts and can be put away again; a text that is too long is refused."""
    size = lib.AGORA_CRASH_TEXT_MAX
    refused = lib.agora_crash_arm(8, bytes(size + 1), size + 1, b"", 0, b"", 0, b"", 0)
    armed = lib.agora_crash_arm(8, b"died of ", 8, b"", 0, b"", 0, b"", 0)
    lib.agora_crash_disarm()
    return (refused, armed) == (lib.AGORA_E_CAPACITY, lib.AGORA_OK)


GROUPS: tuple[tuple[tuple[str, ...], Callable[[], bool]], ...] = (
    (("agora_status_text",), _status),
    (("agora_level_s16", "agora_level_dbov", "agora_level_limit_luma", "agora_level_limit_chroma"), _level),
    (("agora_level_pack",), _pack),
    (
        (
            "agora_scan_start_code",
            "agora_scan_start_code_portable",
            "agora_scan_path",
            "agora_nal_type",
            "agora_nal_next",
            "agora_nal_list",
            "agora_nal_recovery_point",
        ),
        _scan,
    ),
    (
        (
            "agora_sps_parse",
            "agora_pps_parse",
            "agora_slice_parse",
            "agora_slice_parse_marking",
            "agora_slice_differs",
            "agora_order_count",
        ),
        _slices,
    ),
    (
        (
            "agora_sets_init",
            "agora_sets_rank",
            "agora_sets_id",
            "agora_sets_put",
            "agora_extradata_build",
            "agora_extradata_list",
        ),
        _sets,
    ),
    (("agora_annexb_init", "agora_annexb_convert", "agora_annexb_to_lengths"), _conversion),
    (
        ("agora_splitter_init", "agora_splitter_next", "agora_splitter_done", "agora_splitter_discard"),
        _splitter,
    ),
    (("agora_codec_choose",), _codec),
    (("agora_crash_arm", "agora_crash_disarm"), _crash),
    (("agora_vad_init", "agora_vad_process", "agora_vad_run"), _vad),
    (("agora_vaddump_open", "agora_vaddump_write", "agora_vaddump_close"), _dump),
)
