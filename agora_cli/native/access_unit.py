"""An H.264 byte stream cut into access units, each with its place in presentation order."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from agora_cli.errors import InputError
from agora_cli.frames import Bytes
from agora_cli.native.ffi import ffi, lib
from agora_cli.native.sps import Sps, sps_of

_FIELDS: tuple[None, Literal["top"], Literal["bottom"]] = (None, "top", "bottom")


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded picture, frame or field, with all that belongs to it (ITU-T H.264 7.4.1.2.3).

    `data` begins with a start code; the units of a stream, joined, are the stream from its first start code on.
    `keyframe`: a decoder can join here. That is an IDR picture, a recovery point (with `recovery_frame_cnt` pictures
    until the picture is whole, else None), or a picture of I slices only behind a SPS of its own.
    `nal_types` are the kinds of its NAL units, `slices` the slices of its primary picture: 0 only at the very end of
    a stream, for parameter sets with no picture behind them.
    `poc` is the picture order count (8.2.1) within `epoch`, which counts IDR pictures and picture-order resets:
    pictures are shown in the order of (epoch, poc), two apart from frame to frame as a rule. `poc` is None when the
    stream begins without the picture's parameter sets.
    `field` is None for a frame; `second_field` completes the frame that the unit before it began.
    `sps` is the active one, None when missing.
    """

    data: bytes
    keyframe: bool
    nal_types: frozenset[int]
    slices: int
    idr: bool
    intra: bool
    reference: bool
    recovery_frame_cnt: int | None
    poc: int | None
    epoch: int
    frame_num: int
    field: Literal["top", "bottom"] | None
    second_field: bool
    sps: Sps | None


@lru_cache(maxsize=256)
def _types(mask: int) -> frozenset[int]:
    return frozenset(n for n in range(32) if mask >> n & 1)


class AccessUnitSplitter:
    """Groups the NAL units of an H.264 Annex-B stream into access units, however its bytes come in pieces.

    A unit is returned as soon as the first 64 bytes behind it prove its end. Slices, redundant and arbitrarily
    ordered ones too, are told apart by 7.4.1.2.4. No bytes are refused: a slice that cannot be read stays with the
    picture before it unless it begins at macroblock 0. Memory is bounded by `max_unit_bytes`. Not thread-safe.
    """

    def __init__(self, codec: Literal["h264"] = "h264", max_unit_bytes: int = 32 << 20) -> None:
        if codec != "h264":
            raise ValueError(f"codec {codec!r}: only h264 is sent as an elementary stream")
        self._state = ffi.new("agora_splitter *")
        self._unit = ffi.new("agora_access_unit *")
        self._buffer = bytearray()
        self._max_unit_bytes = max_unit_bytes
        self._discarded = 0
        self._sps: dict[int, Sps] = {}
        self._sps_version = 0
        lib.agora_splitter_init(self._state)

    def push(self, chunk: Bytes) -> list[AccessUnit]:
        """Append bytes of the stream and return the access units that they complete.

        Raises InputError when one access unit grows beyond `max_unit_bytes`; the units before it were returned, and
        what there is of it is dropped.
        """
        self._buffer += chunk
        units = self._collect(final=False)
        size = len(self._buffer)
        if size > self._max_unit_bytes and not units:
            start = self._discarded
            self._restart()
            raise InputError(
                "access-unit-size",
                f"access unit at byte {start}: expected at most {self._max_unit_bytes} bytes, got {size} and no end",
            )
        return units

    def flush(self) -> list[AccessUnit]:
        """Take the stream as ended, return what is left, and be ready for another stream."""
        units = self._collect(final=True)
        self._restart()
        return units

    @property
    def damaged(self) -> int:
        """Return how many parameter sets and slices could not be read since the stream's start."""
        return int(self._state.damaged)

    def _restart(self) -> None:
        self._discarded = 0
        self._buffer = bytearray()
        lib.agora_splitter_init(self._state)
        self._sps.clear()
        self._sps_version = 0

    def _collect(self, final: bool) -> list[AccessUnit]:
        units: list[AccessUnit] = []
        state, unit, buffer = self._state, self._unit, self._buffer
        size = len(buffer)
        source = ffi.from_buffer("uint8_t[]", buffer)
        while lib.agora_splitter_next(state, source, size, final, unit):
            units.append(self._value(unit, bytes(ffi.buffer(source + unit.start, unit.end - unit.start))))
        ffi.release(source)  # a bytearray with a borrowed buffer cannot shrink
        done = lib.agora_splitter_done(state, size)
        lib.agora_splitter_discard(state, done)
        del buffer[:done]
        self._discarded += done
        return units

    def _value(self, unit: Any, data: bytes) -> AccessUnit:
        return AccessUnit(
            data=data,
            keyframe=bool(unit.keyframe),
            nal_types=_types(unit.types),
            slices=unit.slices,
            idr=bool(unit.idr),
            intra=bool(unit.intra),
            reference=bool(unit.reference),
            recovery_frame_cnt=unit.recovery_frame_cnt if unit.recovery_frame_cnt >= 0 else None,
            poc=unit.poc if unit.poc_known else None,
            epoch=unit.epoch,
            frame_num=unit.frame_num,
            field=_FIELDS[unit.field],
            second_field=bool(unit.second_field),
            sps=self._active_sps(unit.sps_id),
        )

    def _active_sps(self, sps_id: int) -> Sps | None:
        """Return the SPS of that id as a value, made once for each change in the stream."""
        if sps_id < 0:
            return None
        if self._sps_version != self._state.sps_version:
            self._sps.clear()
            self._sps_version = self._state.sps_version
        if sps_id not in self._sps:
            self._sps[sps_id] = sps_of(self._state.active.sps[sps_id])
        return self._sps[sps_id]
