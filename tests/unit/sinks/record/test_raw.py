from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from agora_cli.events import MediaReceived
from agora_cli.frames import PcmFrame, PixelFormat, RawVideo, Unit, raw_video_size
from agora_cli.sinks.record.lane import Lane
from agora_cli.sinks.record.openers import OpenRaw
from agora_cli.sinks.record.raw import RawFormat, RawPart, pack_y4m_header
from tests.unit.units import new_file, pictures


def event(unit: Unit, lost: int = 0) -> MediaReceived:
    return MediaReceived(0, "7", 1, unit, lost)


def decoded(codec: str) -> bytes:
    """Return what FFmpeg decodes the pictures of a codec to."""
    context = av.CodecContext.create({"av1": "libdav1d"}.get(codec, codec), "r")
    frames = [frame for unit in pictures(codec) for frame in context.decode(av.Packet(bytes(unit.data)))]  # type: ignore[arg-type]
    return b"".join(frame.to_ndarray().tobytes() for frame in [*frames, *context.decode(None)])


@pytest.mark.parametrize("codec", ["h264", "vp8", "vp9", "av1"])
def test_pictures_are_what_ffmpeg_decodes(tmp_path: Path, codec: str) -> None:
    units = pictures(codec)  # type: ignore[arg-type]
    part = RawPart(new_file(tmp_path / "a.yuv"), "7", "yuv", units[0])
    for unit in units:
        part.write(event(unit))
        part.write(event(PcmFrame(0, 8000, 1, bytes(160))))
    part.flush()
    part.close()
    part.close()
    assert (tmp_path / "a.yuv").read_bytes() == decoded(codec)
    row = part.row()
    assert (row.kind, row.codec, row.frames, row.lost, row.seconds) == (
        "video",
        "rawvideo",
        30,
        0,
        pytest.approx(1, abs=1e-5),
    )


def test_y4m_is_read_by_others(tmp_path: Path) -> None:
    units = pictures("h264")
    part = RawPart(new_file(tmp_path / "a.y4m"), "7", "y4m", units[0])
    for unit in units:
        part.write(event(unit))
    part.close()
    with av.open(str(tmp_path / "a.y4m")) as file:
        stream = file.streams.video[0]
        assert (stream.average_rate, stream.width, stream.height) == (30, 128, 96)
        frames = list(file.decode(stream))
    assert b"".join(frame.to_ndarray().tobytes() for frame in frames) == decoded("h264")
    assert part.row().codec == "y4m"


def test_the_header_of_y4m() -> None:
    header = pack_y4m_header(7, 5, Fraction(30000, 1001))
    assert header == b"YUV4MPEG2 W7 H5 F30000:1001 Ip A1:1 C420mpeg2 XCOLORRANGE=LIMITED\n"


@pytest.mark.parametrize("pixel_format", ["i420", "nv12", "rgba"])
@pytest.mark.parametrize(("width", "height"), [(16, 8), (9, 7)])
def test_raw_pictures_become_i420(tmp_path: Path, pixel_format: PixelFormat, width: int, height: int) -> None:
    size = raw_video_size(pixel_format, width, height)
    grey = bytes([126, 126, 126, 255] * (size // 4)) if pixel_format == "rgba" else bytes([124]) * size
    picture = RawVideo(0, pixel_format, width, height, grey, "bt709")
    part = RawPart(new_file(tmp_path / "a.yuv"), "7", "yuv", picture)
    part.write(event(picture))
    part.close()
    written = np.frombuffer((tmp_path / "a.yuv").read_bytes(), np.uint8).astype(int)
    assert len(written) == raw_video_size("i420", width, height)
    assert np.abs(written - 126).max() <= 2


def test_what_was_lost_is_counted(tmp_path: Path) -> None:
    units = pictures("h264")
    part = RawPart(new_file(tmp_path / "a.yuv"), "7", "yuv", units[0])
    for number, unit in enumerate(units):
        if number != 4:
            part.write(event(unit, lost=1 if number == 5 else 0))
    part.close()
    row = part.row()
    assert (row.frames, row.lost) == (19, 11)


@pytest.mark.parametrize("raw_format", ["yuv", "y4m"])
def test_a_lane_begins_at_the_keyframe_and_a_new_file_at_a_new_size(tmp_path: Path, raw_format: RawFormat) -> None:
    paths = iter([tmp_path / "1", tmp_path / "2"])
    lane = Lane(OpenRaw("7", lambda extension: new_file(next(paths).with_suffix(f".{extension}")), raw_format))
    lane.write(event(PcmFrame(0, 8000, 1, bytes(160))))
    for unit in pictures("h264")[3:]:
        lane.write(event(unit))
    for unit in pictures("vp8", 5, 64, 48):
        lane.write(event(unit))
    lane.close()
    rows = list(lane.rows())
    assert [(Path(row.path).name, row.frames) for row in rows] == [(f"1.{raw_format}", 15), (f"2.{raw_format}", 5)]
