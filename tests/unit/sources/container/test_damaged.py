"""Files that are cut, wrong, or closed to us."""

import os
import threading
from fractions import Fraction
from pathlib import Path

import av
import pytest

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.frames import Unit
from agora_cli.sources.base import Excerpt
from agora_cli.sources.container.plan import ContainerOptions
from agora_cli.sources.container.source import open_container
from tests.media_files import Film, make_film
from tests.unit.sources.container.films import AUDIO_ONLY, FRAGMENTED, opened, pictures, sound, units


def cut(path: Path, share: Fraction) -> Path:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.mark.parametrize("share", [Fraction(n, 10) for n in range(3, 10)])
def test_a_cut_file_gives_what_is_there_and_then_says_so(tmp_path: Path, share: Fraction) -> None:
    path = make_film(tmp_path / "film.mp4", Film(muxer_options={"movflags": "faststart"}))
    whole = pictures(units(path))
    source = opened(cut(path, share))
    found: list[Unit] = []
    with pytest.raises(InputError, match=r"film.mp4 is cut (inside the packet )?at byte \d+"):
        found.extend(source.units())
    source.close()
    mine = pictures(found)
    assert mine == whole[: len(mine)]
    assert len(mine) >= (share - Fraction(2, 10)) * 60 * Fraction(8, 10)


def test_a_length_beyond_its_packet_is_placed_in_the_file(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(sound=""))
    with av.open(str(path)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][20]
        position = packet.pos
    assert position is not None
    data = bytearray(path.read_bytes())
    data[position : position + 4] = b"\0\xff\xff\xff"
    path.write_bytes(data)
    source = opened(path)
    found: list[Unit] = []
    with pytest.raises(InputError, match=f"packet at byte {position}: NAL length points beyond the packet at byte 0"):
        found.extend(source.units())
    source.close()
    assert len(found) == 20


def test_a_nal_unit_of_zero_bytes_is_refused(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(sound=""))
    with av.open(str(path)) as container:
        position = next(container.demux(video=0)).pos
    assert position is not None
    data = bytearray(path.read_bytes())
    data[position : position + 4] = bytes(4)
    path.write_bytes(data)
    with pytest.raises(InputError, match="zero"):
        units(path)


def test_encrypted_files_are_refused(tmp_path: Path) -> None:
    key = "00112233445566778899aabbccddeeff"
    options = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": key, "encryption_kid": key}
    path = make_film(tmp_path / "film.mp4", Film(muxer_options=options))
    with pytest.raises(InputError, match="track 1 is encrypted"):
        opened(path)


def test_an_unknown_codec_is_refused(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzz1"))
    with pytest.raises(InputError, match="the picture is in a codec that nothing here decodes"):
        opened(path)
    assert len(sound(units(path, ContainerOptions(AUDIO_ONLY)))) == 201


def test_a_fragmented_pipe_that_closes_is_sent_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = make_film(tmp_path / "film.mp4", Film(muxer_options=FRAGMENTED)).read_bytes()

    def write() -> None:
        with path.open("wb") as pipe:
            pipe.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    found = units(path)
    writer.join(10)
    assert len(pictures(found)) == 60
    assert found == units(tmp_path / "film.mp4")


def test_a_stop_ends_the_units(tmp_path: Path) -> None:
    stop = Stop()
    source = open_container(str(make_film(tmp_path / "film.mp4")), ContainerOptions(), Excerpt(loops=0), stop)
    found = []
    for unit in source.units():
        found.append(unit)
        stop.set()
    source.close()
    source.close()
    assert len(found) < 300
