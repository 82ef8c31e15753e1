"""commands/inspect/still.py: pictures are files too."""

from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.commands.inspect import track_cells
from agora_cli.commands.inspect.inspection import inspect_file
from agora_cli.commands.inspect.report import FileReport
from agora_cli.errors import InputError
from tests.unit.stills import jpeg, png, smooth, strange_jpegs, turned_jpeg

PLAIN = jpeg(smooth(96, 64))


def report(directory: Path, data: bytes) -> FileReport:
    path = directory / "no-name"
    path.write_bytes(data)
    return inspect_file(str(path), Stop())


@pytest.mark.parametrize(
    ("data", "codec", "profile"),
    [
        (PLAIN, "jpeg", "baseline"),
        (jpeg(smooth(96, 64), progressive=True), "jpeg", "progressive"),
        (png(smooth(96, 64)), "png", None),
    ],
)
def test_a_picture(tmp_path: Path, data: bytes, codec: str, profile: str | None) -> None:
    found = report(tmp_path, data)
    (track,) = found.tracks
    assert found.fault is None
    assert found.container == f"{codec.upper()} picture"
    assert (track.kind, track.codec, track.profile, track.packets) == ("picture", codec, profile, 1)
    assert (track.width, track.height, track.rotation, track.mirrored) == (96, 64, 0, False)
    assert track.sending == "send-jpeg: encoded"
    assert (track_cells(track)["time"], track_cells(track)["bit rate"]) == ("", "")


@pytest.mark.parametrize(
    ("orientation", "text"),
    [
        (1, ""),
        (2, "mirrored"),
        (3, "180 degrees clockwise"),
        (4, "mirrored, 180 degrees clockwise"),
        (5, "mirrored, 270 degrees clockwise"),
        (6, "90 degrees clockwise"),
        (7, "mirrored, 90 degrees clockwise"),
        (8, "270 degrees clockwise"),
    ],
)
def test_how_it_is_turned(tmp_path: Path, orientation: int, text: str) -> None:
    (track,) = report(tmp_path, turned_jpeg(smooth(96, 64), orientation)).tracks
    assert track_cells(track)["turned"] == text
    assert (track.width, track.height) == ((64, 96) if orientation > 4 else (96, 64))


STRANGE = strange_jpegs(PLAIN, jpeg(smooth(24, 16)))


@pytest.mark.parametrize("name", sorted(set(STRANGE) - {"text before it"}))  # by its first bytes that one is text
def test_what_every_viewer_shows_is_no_fault(tmp_path: Path, name: str) -> None:
    found = report(tmp_path, STRANGE[name])
    (track,) = found.tracks
    assert found.fault is None
    assert (track.width, track.height) == (96, 64)
    assert track.sending.startswith("send-jpeg: encoded")


def test_several_behind_each_other(tmp_path: Path) -> None:
    found = report(tmp_path, PLAIN * 5)
    assert (found.container, found.tracks[0].packets) == ("JPEG, 5 behind each other", 5)


def test_a_part_is_a_fault_and_nothing_an_error(tmp_path: Path) -> None:
    found = report(tmp_path, PLAIN[: len(PLAIN) * 2 // 3])
    assert found.fault is not None
    assert found.fault.endswith("no end of picture: damaged, shown as far as it goes")
    assert found.tracks[0].width == 96
    with pytest.raises(InputError, match="no-name: expected a JPEG frame header"):
        report(tmp_path, PLAIN[:100])
