"""Common encryption with one clear key, made and opened by FFmpeg: what comes out is what went in."""

from pathlib import Path

import av
import pytest

from agora_cli.clock import Stop
from agora_cli.commands.inspect.inspection import inspect_file
from agora_cli.errors import InputError
from agora_cli.sources.base import Excerpt
from agora_cli.sources.container.plan import ContainerOptions
from agora_cli.sources.container.source import open_container
from agora_cli.sources.container.tracks import WantedTracks
from tests.media_files import make_film

KEY = "00112233445566778899aabbccddeeff"
CLOSED = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": KEY, "encryption_kid": "a" * 32}


def copied(path: Path, source: Path, options: dict[str, str]) -> Path:
    with av.open(str(source)) as film, av.open(str(path), "w", format="mp4", options=options) as out:
        streams = {stream.index: out.add_stream_from_template(stream) for stream in film.streams}
        for packet in film.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    return path


def units(path: Path, key: str = "") -> list[bytes]:
    source = open_container(str(path), ContainerOptions(WantedTracks(decryption_key=key)), Excerpt(), Stop())
    try:
        return [bytes(unit.data) for unit in source.units()]
    finally:
        source.close()


def test_with_the_key_it_is_the_open_film(tmp_path: Path) -> None:
    plain = copied(tmp_path / "plain.mp4", make_film(tmp_path / "film.mp4"), {})
    closed = copied(tmp_path / "closed.mp4", plain, CLOSED)
    assert units(closed, KEY) == units(plain) != []
    report = inspect_file(str(closed), Stop(), KEY)
    assert (report.fault, [track.encrypted for track in report.tracks]) == (
        None,
        [False] * len(report.tracks),
    )


def test_without_it_the_way_out_is_told(tmp_path: Path) -> None:
    closed = copied(tmp_path / "closed.mp4", make_film(tmp_path / "film.mp4"), CLOSED)
    with pytest.raises(InputError, match="is encrypted") as caught:
        units(closed)
    assert "--decryptionKey" in str(caught.value.hint)


def test_a_wrong_key_is_no_picture(tmp_path: Path) -> None:
    closed = copied(tmp_path / "closed.mp4", make_film(tmp_path / "film.mp4"), CLOSED)
    with pytest.raises(InputError):
        units(closed, "f" * 32)
