"""commands/inspect/sample_entries.py: the names in the index, and nothing from any other bytes."""

import random
from pathlib import Path

from agora_cli.commands.inspect.sample_entries import sample_entries
from tests.media_files import Film, make_film, retagged, sound_as

FIVE = Film(pictures=5)


def test_names_in_the_order_of_tracks(tmp_path: Path) -> None:
    path = make_film(tmp_path / "a.mp4", FIVE)
    assert sample_entries(path) == ["'avc1'", "'mp4a'"]
    assert sample_entries(retagged(path, *sound_as("text", "wvtt"))) == ["'avc1'", "WebVTT subtitles"]


def test_an_index_at_the_front_and_a_fragmented_file(tmp_path: Path) -> None:
    for options in ({"movflags": "faststart"}, {"movflags": "frag_keyframe+empty_moov"}):
        film = Film(pictures=5, muxer_options=options)
        assert sample_entries(make_film(tmp_path / "a.mp4", film)) == ["'avc1'", "'mp4a'"]


def test_a_box_of_64_bits(tmp_path: Path) -> None:
    path = make_film(tmp_path / "a.mp4", FIVE)
    wide = (1).to_bytes(4, "big") + b"free" + (20).to_bytes(8, "big") + bytes(4)
    path.write_bytes(wide + path.read_bytes())
    assert len(sample_entries(path)) == 2


def test_other_files_have_none(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for data in (b"", b"\0" * 100, b"hello, world, this is text", b"\0\0\0\x08moov", b"\xff" * 64):
        path.write_bytes(data)
        assert sample_entries(path) == []


def test_cut_and_damaged_files_are_safe(tmp_path: Path) -> None:
    data = make_film(tmp_path / "a.mp4", Film(pictures=5, muxer_options={"movflags": "faststart"})).read_bytes()
    path, chance = tmp_path / "b", random.Random(1)
    for length in range(0, 1500, 3):
        path.write_bytes(data[:length])
        sample_entries(path)
    for _ in range(500):
        broken = bytearray(data[:2500])
        for _ in range(10):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path.write_bytes(broken)
        sample_entries(path)
