"""sources/container/file.py: what is no container is named for what it is."""

from pathlib import Path

import numpy as np
import pytest

from agora_cli.clock import Stop
from agora_cli.errors import AgoraError, InputError
from agora_cli.sources.container.file import check_complete, has_box, open_container_file
from agora_cli.sources.input import open_input
from tests.media_files import Film, elementary, make_film


def failure(path: Path) -> AgoraError:
    with pytest.raises(AgoraError) as caught, open_input(str(path), Stop()) as source:
        open_container_file(source)
    return caught.value


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (b"", "empty-file", "is empty"),
        (b"Dear diary, today I made a film.", "not-media", "is text, expected MP4, MOV or MKV"),
        (b"\x89PNG\r\n\x1a\n" + bytes(80), "not-media", "is a PNG picture"),
        (bytes(4096), "not-media", "is not a media file"),
        (bytes(range(200, 256)) * 50, "not-media", "is not a media file"),
        (b"\x1a\x45\xdf\xa3" + bytes(100), "malformed-media", "not readable as matroska"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42\0\0\0\x10mdat" + bytes(8), "moov-missing", "has no index (moov box)"),
    ],
)
def test_no_container(tmp_path: Path, data: bytes, code: str, text: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(data)
    error = failure(path)
    assert (error.code, error.exit) == (code, 3)
    assert text in error.message
    assert str(path) in error.message


def test_an_elementary_stream_belongs_to_another_command(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(elementary(Film(pictures=2)))
    error = failure(path)
    assert error.code == "elementary-stream"
    assert error.hint == f"agora send-h264 --videoFile {path}"


@pytest.mark.parametrize("size", [8, 31, 32, 33, 40, 500, 2000, 5000])
def test_a_recording_that_never_ended_has_no_index(tmp_path: Path, size: int) -> None:
    path = make_film(tmp_path / "film.mp4")
    path.write_bytes(path.read_bytes()[:size])
    assert failure(path).code == "moov-missing"


def test_boxes(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4")
    assert has_box(path, b"moov")
    assert has_box(path, b"ftyp")
    assert not has_box(path, b"moof")
    data = path.read_bytes()
    at = data.index(b"mdat") - 4
    size = int.from_bytes(data[at : at + 4], "big")
    large = data[:at] + b"\0\0\0\1mdat" + (size + 8).to_bytes(8, "big") + data[at + 8 :]
    path.write_bytes(large)
    assert has_box(path, b"moov")
    for end in range(0, len(data), 97):
        path.write_bytes(data[:end])
        assert has_box(path, b"moov") == (end >= data.rindex(b"moov") + 4)


def test_a_whole_file_is_complete_and_a_cut_one_is_not(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(muxer_options={"movflags": "faststart"}))
    size = path.stat().st_size
    with open_input(str(path), Stop()) as source, open_container_file(source) as container:
        check_complete(container, "film")
    path.write_bytes(path.read_bytes()[:-1])
    with open_input(str(path), Stop()) as source, open_container_file(source) as container:
        with pytest.raises(InputError, match=f"film is cut at byte {size - 1}: track [12] reaches to byte {size}"):
            check_complete(container, "film")


def test_metadata_that_are_no_utf8(tmp_path: Path) -> None:
    import av

    path = tmp_path / "film.mp4"
    with av.open(str(path), "w") as out:
        out.metadata["title"] = "TITLETITLE"
        stream = out.add_stream("aac", rate=48000, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        frame.sample_rate = 48000
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    data = path.read_bytes()
    assert b"TITLETITLE" in data
    path.write_bytes(data.replace(b"TITLETITLE", b"\xfeITLETITLE"))
    with open_input(str(path), Stop()) as source, open_container_file(source) as container:
        assert container.streams.audio
        assert container.metadata["title"].endswith("ITLETITLE")
