"""commands/inspect/container.py: every track has a row, whatever it is."""

from pathlib import Path

import av
import pytest

from agora_cli.clock import Stop
from agora_cli.commands.inspect import document
from agora_cli.commands.inspect.inspection import inspect_file
from agora_cli.commands.inspect.report import FileReport
from tests.media_files import Film, make_film, retagged, sound_as, video_as
from tests.sound_files import BARE, encoded

FIVE = Film(pictures=5)


def report(path: Path) -> FileReport:
    return inspect_file(str(path), Stop())


@pytest.mark.parametrize(("code", "name"), [("ac-4", "AC-4"), ("mhm1", "MPEG-H 3D Audio"), ("zz9z", "'zz9z'")])
def test_sound_that_nothing_here_decodes_has_its_name(tmp_path: Path, code: str, name: str) -> None:
    path = retagged(make_film(tmp_path / "a.mp4", FIVE), ("mp4a", code), ("esds", "free"))
    video, audio = report(path).tracks
    assert video.sending == "send-mp4: passes through as h264"
    assert (audio.kind, audio.codec, audio.sending) == ("audio", name, "cannot be sent: nothing here decodes it")
    assert audio.packets == 9


@pytest.mark.parametrize(
    ("handler", "code", "name", "sending"),
    [
        ("text", "wvtt", "WebVTT subtitles", "neither picture nor sound"),
        ("subt", "stpp", "TTML subtitles", "subtitles"),
        ("tmcd", "tmcd", "time code", "neither picture nor sound"),
        ("meta", "mett", "timed metadata", "neither picture nor sound"),
        ("xxxx", "yyyy", "'yyyy'", "neither picture nor sound"),
    ],
)
def test_a_track_that_is_neither(tmp_path: Path, handler: str, code: str, name: str, sending: str) -> None:
    path = retagged(make_film(tmp_path / "a.mp4", FIVE), *sound_as(handler, code))
    other = report(path).tracks[1]
    assert (other.kind, other.codec, other.sending) == ("other", name, f"not sent: {sending}")
    assert other.packets == 8  # without an AAC decoder nothing knows of its priming


def test_subtitles_alone(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mp4", FIVE)
    found = report(retagged(made, *video_as("text", "wvtt"), *sound_as("subt", "stpp")))
    assert [track.codec for track in found.tracks] == ["WebVTT subtitles", "TTML subtitles"]
    assert found.fault is None
    assert document(found)["ok"] is True


def test_matroska_with_subtitles_only(tmp_path: Path) -> None:
    path = make_film(tmp_path / "a.mkv", Film(pictures=5, sound=""))
    data = (
        path.read_bytes().replace(b"V_MPEG4/ISO/AVC", b"S_TEXT/UTF8\0\0\0\0").replace(b"\x83\x81\x01", b"\x83\x81\x11")
    )
    path.write_bytes(data)
    (track,) = report(path).tracks
    assert (track.kind, track.codec, track.sending, track.packets) == ("other", "subrip", "not sent: subtitles", 5)


def test_an_attached_file_has_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height = 64, 48
        out.add_attachment("note.txt", "text/plain", b"hello")
        out.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        out.mux(stream.encode(None))
    tracks = report(path).tracks
    assert [track.sending for track in tracks] == ["send-mp4: passes through as h264", "not sent: an attached file"]


def test_a_damaged_time_does_not_fill_the_memory_with_a_curve(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for pts in (0, 25 * 10**9):
            frame = av.VideoFrame(64, 48, "yuvj420p")
            frame.pts = pts
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    (track,) = report(path).tracks
    assert track.kilobits == ()


@pytest.mark.parametrize("name", ["ts", "flv", "avi", "caf", "asf"])
def test_other_containers_with_sound(tmp_path: Path, name: str) -> None:
    path = tmp_path / "no-name"
    path.write_bytes(encoded("caf", "pcm_s16le") if name == "caf" else BARE[name]())
    (track,) = report(path).tracks
    assert (track.kind, track.sample_rate_hz) == ("audio", 44_100)
