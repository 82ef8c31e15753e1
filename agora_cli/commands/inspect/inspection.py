"""Look at a media file from its first packet to its last, and say how it would be sent."""

from contextlib import closing
from pathlib import Path

from agora_cli.clock import Stop
from agora_cli.commands.inspect.container import inspect_container
from agora_cli.commands.inspect.report import FileReport, TrackCount, TrackReport, counted, level_name
from agora_cli.errors import InputError
from agora_cli.media.presentation_order import PresentationOrder
from agora_cli.media.signature import SIGNATURE_BYTES, recognise, starts_like_annexb
from agora_cli.media.stills.jpeg import SOI
from agora_cli.native.access_unit import AccessUnit
from agora_cli.native.scan import SPS_TYPE
from agora_cli.native.sps import Sps
from agora_cli.sources.container.file import open_container_file
from agora_cli.sources.h264 import DEFAULT_RATE, read_access_units
from agora_cli.sources.input import open_input

_PROFILES = {
    66: "Baseline",
    77: "Main",
    88: "Extended",
    100: "High",
    110: "High 10",
    122: "High 4:2:2",
    244: "High 4:4:4 Predictive",
}
_CONSTRAINED = 0x40  # constraint_set1_flag


def inspect_file(path: str, stop: Stop, decryption_key: str = "") -> FileReport:
    """Read a whole file: a container, a sound file, an H.264 byte stream, or a picture.

    A damaged file is reported up to its damage, `fault` says where that is. Raises InputError for what cannot be
    read at all.
    """
    with open_input(path, stop) as source:
        if not source.is_file:
            raise InputError("not-a-file", f"{source.name} is a pipe, expected a file")
        head = source.peek(SIGNATURE_BYTES)
        kind = recognise(source.peek, at_leisure=True)
        if kind in ("jpeg", "png") or head[: len(SOI)] == SOI:
            from agora_cli.commands.inspect.still import inspect_still  # numpy, which nothing else here needs

            return inspect_still(path)
        if kind == "unknown" and starts_like_annexb(head):
            return _inspect_elementary(path, stop)
        with closing(open_container_file(source, decryption_key)) as container:
            return inspect_container(path, container, stop)


def _inspect_elementary(path: str, stop: Stop) -> FileReport:
    units: list[AccessUnit] = []
    fault = None
    try:
        units.extend(unit for unit in read_access_units(path, stop) if unit.slices)
    except InputError as error:
        fault = error.message
    sps = next((unit.sps for unit in units if unit.sps is not None), None)
    if sps is None:
        raise InputError("no-parameter-sets", f"{path}: no picture with its parameter sets in it")
    rate = sps.frame_rate or DEFAULT_RATE
    order: PresentationOrder[int] = PresentationOrder()
    placed = [place for n, unit in enumerate(units) for place in order.push(0, unit.epoch, unit.poc, n)] + order.flush()
    count = TrackCount()
    for place in placed:
        unit = units[place.picture]
        count.add(place.shown / rate, 1 / rate, len(unit.data), unit.keyframe)
        count.slices.append(unit.slices)
        count.in_band += unit.keyframe and SPS_TYPE in unit.nal_types
    timing = "its own timing" if sps.frame_rate else "25 a second, as it says no rate (--fps)"
    report = TrackReport(
        number=1,
        kind="video",
        codec="h264",
        profile=_profile_name(sps),
        level=level_name("h264", sps.level_idc),
        width=sps.width,
        height=sps.height,
        frame_rate=sps.frame_rate,
        constant_rate=sps.fixed_frame_rate if sps.frame_rate else None,
        parameter_sets="in band" if count.in_band else "missing",
        sending=f"send-h264: passes through, {timing}",
        **counted(count),
    )
    size = Path(path).stat().st_size
    return FileReport(path, "H.264 byte stream", size, float(count.seconds), (report,), fault)


def _profile_name(sps: Sps) -> str:
    name = _PROFILES.get(sps.profile_idc, str(sps.profile_idc))
    return f"Constrained {name}" if sps.profile_idc == 66 and sps.constraint_flags & _CONSTRAINED else name
