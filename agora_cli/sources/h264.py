"""H.264 elementary streams (Annex-B) as a source: access units on the clock of their frame rate.

The stream itself has no timestamps. Pictures are sent at equal distances in decoding order; where B-frames
reorder them, the time of showing follows from the picture order count, late enough never to be before the
time of sending.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, islice

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.frames import MICROSECONDS, EncodedVideo, Unit
from agora_cli.media.presentation_order import Placed, PresentationOrder, reorder_depth
from agora_cli.media.signature import SIGNATURE_BYTES, recognise
from agora_cli.native.access_unit import AccessUnit, AccessUnitSplitter
from agora_cli.native.annexb import Converter
from agora_cli.native.scan import PPS_TYPE, SPS_TYPE, find_start_code
from agora_cli.native.sps import Sps
from agora_cli.sources.base import Excerpt, SourceInfo, VideoInfo
from agora_cli.sources.input import ByteInput, open_input

DEFAULT_RATE = Fraction(25)
MAX_RATE = Fraction(1000)
# A stream that has no start code or keyframe in so many bytes is none, or not worth waiting for.
START_CODE_BYTES = 64 * 1024
KEYFRAME_BYTES = 64 * 1024 * 1024
# How far a file is read ahead to measure the depth of its reordering where its VUI does not say it.
DEPTH_PICTURES = 128


@dataclass(frozen=True, slots=True)
class Start:
    """What was learned before the first unit: its SPS, the pictures before it, the depth of reordering."""

    sps: Sps
    skipped: int
    depth: int


def open_elementary(path: str, rate: Fraction | None, excerpt: Excerpt, stop: Stop) -> "ElementarySource":
    """Return a source for a H.264 byte stream: a file, a FIFO or `-`.

    `rate` overrides the stream's own frame rate. Raises InputError for what is no H.264 or has no keyframe that
    a receiver could begin with, and for an excerpt that a pipe cannot give.
    """
    source = open_input(path, stop)
    try:
        check_signature(source)
        if not source.is_file and (excerpt.loops != 1 or excerpt.start_s):
            raise InputError("not-repeatable", f"{source.name} can be read only once: no --loop, no --start")
        return ElementarySource(source, rate, excerpt, stop)
    except BaseException:
        source.close()
        raise


def check_signature(source: ByteInput) -> None:
    """Raise InputError when the first bytes are not those of an Annex-B stream."""
    head = source.peek(SIGNATURE_BYTES)
    if not head:
        raise InputError("empty-file", f"{source.name} is empty")
    kind = recognise(source.peek, source.is_file)
    if kind in ("mp4", "matroska", "ivf", "mpegts", "mpeg", "flv", "avi", "asf"):
        hint = f"agora send-mp4 --videoFile {source.name}"
        raise InputError("container", f"{source.name} is {kind}, expected an H.264 byte stream", hint)
    # A live pipe must not wait for more than it needs: there the search for a keyframe finds out.
    start = find_start_code(source.peek(START_CODE_BYTES) if source.is_file else head)
    if kind != "unknown" or (start < 0 and source.is_file):
        found = f"is {kind}" if kind != "unknown" else f"has no start code in its first {START_CODE_BYTES} bytes"
        raise InputError("not-video", f"{source.name} {found}, expected an H.264 byte stream")
    if start >= 0 and source.peek(start + 4)[start + 3 : start + 4] in (
        b"\x40",
        b"\x42",
        b"\x46",
    ):  # H.265's VPS, SPS and AUD; in H.264 types 0, 2 and 6 with a reserved use
        raise InputError(
            "not-h264",
            f"{source.name} is an H.265 byte stream, expected H.264",
            hint="put it into an MP4 or MKV: agora send-mp4 transcodes it",
        )


class ElementarySource:
    """Access units of one or several runs through the same stream. Not thread-safe."""

    def __init__(self, source: ByteInput, rate: Fraction | None, excerpt: Excerpt, stop: Stop) -> None:
        self.dropped = 0
        self._source = source
        self._name = source.name
        self._stop = stop
        self._excerpt = excerpt
        self._replay: Iterable[AccessUnit] = ()
        start = self._probe()
        stream_rate = start.sps.frame_rate
        warnings: list[str] = []
        if start.skipped:
            warnings.append(f"{self._name}: the first {start.skipped} pictures left out: no keyframe before them")
        if rate is None and (stream_rate is None or stream_rate > MAX_RATE):
            rate = DEFAULT_RATE
            warnings.append(f"{self._name}: no frame rate in the stream, taken as {rate} (--fps says it)")
        self._rate = rate or stream_rate or DEFAULT_RATE
        self._skip = self._start_picture(start)
        self._depth = start.depth
        if start.depth:
            warnings.append(f"{self._name}: has B-frames, which real-time receivers may not reorder")
        video = VideoInfo(start.sps.width, start.sps.height, codec="h264", frame_rate=self._rate)
        self.info = SourceInfo(video=video, warnings=tuple(warnings))

    def units(self) -> Iterator[Unit]:
        """Yield access units with their parameter sets before every keyframe.

        Raises InputError at a fault, after the units before it.
        """
        for place in self._placed():
            # A stream that reorders deeper than it said: pictures are shown later from here on, never too early.
            self._depth = max(self._depth, place.decoded - place.shown)
            yield replace(
                place.picture,
                pts_us=self._us(place.shown + self._depth),
                dts_us=self._us(place.decoded),
            )

    def request_keyframe(self) -> None:
        """Do nothing: the stream is encoded already."""

    def close(self) -> None:
        """Close the input; a second call does nothing."""
        self._source.close()

    def _us(self, pictures: int) -> int:
        return int(pictures * MICROSECONDS / self._rate)

    def _placed(self) -> Iterator[Placed[EncodedVideo]]:
        order: PresentationOrder[EncodedVideo] = PresentationOrder()
        run = 0
        try:
            while run < self._excerpt.loops or self._excerpt.loops == 0:
                converter = Converter("h264", b"")
                for unit in islice(self._pictures(), self._skip, None):
                    yield from order.push(run, unit.epoch, unit.poc, self._video(unit, converter), can_reorder(unit))
                run += 1
        except InputError:
            yield from order.flush()
            raise
        yield from order.flush()

    def _video(self, unit: AccessUnit, converter: Converter) -> EncodedVideo:
        data = converter.convert(unit.data, unit.keyframe)
        video = self.info.video
        assert video is not None
        width, height = (unit.sps.width, unit.sps.height) if unit.sps else (video.width, video.height)
        return EncodedVideo(0, 0, "h264", width, height, unit.keyframe, data, self._rate)

    def _probe(self) -> Start:
        """Find the first picture that a receiver can begin with; a pipe's units are kept for units()."""
        seen: list[AccessUnit] = []
        units = iter(self._read())
        size = 0
        for unit in units:
            seen.append(unit)
            size += len(unit.data)
            if can_begin(unit):
                break
            if size > KEYFRAME_BYTES:
                break
        if not seen or not can_begin(seen[-1]):
            raise InputError("no-keyframe", f"{self._name}: {_what_lacks(seen)}")
        first = seen[-1]
        assert first.sps is not None
        depth = first.sps.reorder_frames
        if not self._source.is_file:
            self._replay = chain([first], units)
            if depth is None:
                depth = 0
        elif depth is None:
            order: PresentationOrder[None] = PresentationOrder()
            ahead = chain([first], islice(units, DEPTH_PICTURES))
            placed = [place for unit in ahead for place in order.push(0, unit.epoch, unit.poc, None, can_reorder(unit))]
            depth = reorder_depth(placed + order.flush())
        return Start(first.sps, len(seen) - 1, depth)

    def _start_picture(self, start: Start) -> int:
        """Return how many pictures to leave out: up to the last keyframe at or before --start."""
        target = int(self._excerpt.start_s * self._rate)
        if target == 0:
            return 0
        keyframe = count = 0
        for count, unit in enumerate(self._pictures()):
            if count > target:
                break
            if unit.keyframe:
                keyframe = count
        if count < target:
            length_s = float((count + 1) / self._rate)
            raise InputError("start-beyond", f"{self._name}: --start is behind its end at {length_s:.3f} s")
        return keyframe

    def _pictures(self) -> Iterator[AccessUnit]:
        """Yield one run's pictures from the first that a receiver can begin with, fields joined to frames."""
        begun = False
        field: AccessUnit | None = None
        for unit in self._replay or self._read():
            begun = begun or can_begin(unit)
            if not begun:
                continue
            if field is not None and unit.second_field:
                yield replace(field, data=field.data + unit.data)
                field = None
                continue
            if field is not None:
                yield field
            field = unit if unit.field else None
            if field is None:
                yield unit
        if field is not None:
            yield field

    def _read(self) -> Iterator[AccessUnit]:
        """Yield the access units of one run; what follows the last picture belongs to no unit and is left out."""
        if self._source.is_file:
            return read_access_units(self._name, self._stop)
        return _split(self._source)


def read_access_units(path: str, stop: Stop) -> Iterator[AccessUnit]:
    """Yield the access units of a byte stream. Raises InputError at a fault, after the units before it."""
    with open_input(path, stop) as source:
        yield from _split(source)


def _split(source: ByteInput) -> Iterator[AccessUnit]:
    splitter = AccessUnitSplitter("h264")
    fault: InputError | None = None
    try:
        for chunk in source.chunks():
            yield from splitter.push(chunk)
    except InputError as error:
        fault = InputError(error.code, f"{source.name}: {error.message}")
    yield from (unit for unit in splitter.flush() if unit.slices)
    if fault is not None:
        raise fault


def can_begin(unit: AccessUnit) -> bool:
    """Tell whether a receiver can begin here: a keyframe whose parameter sets are known."""
    return unit.keyframe and unit.sps is not None and unit.poc is not None


def can_reorder(unit: AccessUnit) -> bool:
    """Tell whether a later picture may be shown before this one."""
    return unit.sps is not None and unit.sps.reorder_bound > 0 and unit.sps.reorder_frames != 0


def _what_lacks(units: list[AccessUnit]) -> str:
    """Say why none of these units can begin a stream."""
    types = frozenset().union(*(unit.nal_types for unit in units))
    if not any(unit.slices for unit in units):
        return "no picture in it"
    if SPS_TYPE not in types or PPS_TYPE not in types:
        missing = "sequence" if SPS_TYPE not in types else "picture"
        return f"no {missing} parameter set in it: no receiver could decode it"
    return "no keyframe in it: no receiver could begin to decode it"
