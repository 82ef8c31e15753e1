import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agora_cli.events import MediaReceived
from agora_cli.frames import PcmFrame, RawVideo, Unit
from agora_cli.media.encode import to_frame
from agora_cli.sinks.output import Outlet
from agora_cli.sinks.record.plan import PartNames, RecordPlan
from agora_cli.sinks.record.stills import Snapshots, StillFormat, still
from tests.unit.media.test_encode import i420
from tests.unit.stills import psnr, smooth
from tests.unit.units import pictures


def paths(directory: Path) -> "list[Path]":
    return sorted(directory.iterdir())


def snapshots(directory: Path, interval_us: int = 1_000_000, still_format: StillFormat = "jpg") -> Snapshots:
    names = (directory / f"{number:03}.{still_format}" for number in range(100))
    return Snapshots(
        "7", lambda _, data, moment: Outlet().publish(lambda: next(names), data), interval_us, still_format
    )


def event(unit: Unit, at_us: int) -> MediaReceived:
    return MediaReceived(at_us, "7", 1, unit)


@pytest.mark.parametrize(("still_format", "floor_db"), [("jpg", 36), ("png", 36)])
def test_a_still_looks_like_its_picture(still_format: StillFormat, floor_db: int) -> None:
    pixels = smooth(128, 96)
    image = Image.open(io.BytesIO(still(to_frame(i420(pixels, 0)), still_format)))
    assert (image.format, image.size) == ({"jpg": "JPEG", "png": "PNG"}[still_format], (128, 96))
    assert psnr(np.asarray(image.convert("RGB")), pixels) >= floor_db


@pytest.mark.parametrize("value", [16, 235])
def test_black_is_black_and_white_is_white(value: int) -> None:
    picture = RawVideo(0, "i420", 64, 48, bytes([value] * 3072 + [128] * 1536), "bt709")
    for still_format in ("jpg", "png"):
        image = Image.open(io.BytesIO(still(to_frame(picture), still_format)))  # type: ignore[arg-type]
        assert np.abs(np.asarray(image.convert("RGB")).astype(int) - (0 if value == 16 else 255)).max() <= 2


def test_one_at_once_then_one_every_interval(tmp_path: Path) -> None:
    shots = snapshots(tmp_path)
    units = pictures("h264")
    for number in range(90):
        unit = units[number % 30]
        shots.write(MediaReceived(5_000_000 + number * 33_333, "7", number // 30, unit))
        shots.write(event(PcmFrame(0, 8000, 1, bytes(160)), 0))
    shots.flush()
    shots.close()
    rows = list(shots.rows())
    assert [Path(row.path).name for row in rows] == ["000.jpg", "001.jpg", "002.jpg"]
    assert paths(tmp_path) == [Path(row.path) for row in rows]
    assert {(row.kind, row.codec, row.user, row.frames) for row in rows} == {("picture", "jpg", "7", 1)}


def test_a_pause_makes_no_burst(tmp_path: Path) -> None:
    shots = snapshots(tmp_path, 100_000)
    picture = RawVideo(0, "i420", 64, 48, bytes(64 * 72))
    for at_us in (0, 50_000, 1_000_000, 1_010_000, 1_099_999, 1_100_000):
        shots.write(event(picture, at_us))
    assert len(paths(tmp_path)) == 3


def test_nothing_before_a_keyframe(tmp_path: Path) -> None:
    shots = snapshots(tmp_path, still_format="png")
    shots.write(event(pictures("h264")[3], 0))
    assert shots.is_waiting
    assert paths(tmp_path) == []
    shots.write(event(pictures("h264")[15], 10))
    assert [path.name for path in paths(tmp_path)] == ["000.png"]


def test_a_still_is_called_by_its_moment(tmp_path: Path) -> None:
    moments: list[str] = []

    def publish(extension: str, data: bytes, moment: str) -> Path:
        moments.append(moment)
        return tmp_path / moment

    shots = Snapshots("7", publish, 1_000_000)
    picture = RawVideo(0, "i420", 64, 48, bytes(64 * 72))
    for at_us in (5_000_000, 6_012_000, 7_000_000):
        shots.write(event(picture, at_us))
    assert moments == ["000000.000s", "000001.012s", "000002.000s"]


def test_stills_of_one_moment_have_a_file_each(tmp_path: Path) -> None:
    names = PartNames(RecordPlan("demo", tmp_path), "7", Outlet())
    made = [names.publish("jpg", b"x", moment).name for moment in ("000000.000s", "000001.000s", "000001.000s")]
    assert made == ["demo_7_000000.000s.jpg", "demo_7_000001.000s.jpg", "demo_7_000001.000s_2.jpg"]
