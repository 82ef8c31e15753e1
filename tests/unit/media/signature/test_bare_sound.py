"""media/signature/bare_sound.py: frames that lead on are sound, everything that only begins like one is not."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agora_cli.media.signature.bare_sound import bare_sound, could_be_bare
from tests.sound_files import BARE, bare_mp3, encoded

STREAMS = {"aac": "aac", "mp3-cbr": "mp3", "mp3-vbr": "mp3", "mp2": "mp3", "ac3": "ac3", "eac3": "ac3", "loas": "loas"}


@pytest.mark.parametrize(("name", "kind"), STREAMS.items())
def test_a_stream_is_known_by_its_frames(name: str, kind: str) -> None:
    data = BARE[name]()
    assert bare_sound(data[: 16 * 1024]) == kind
    assert could_be_bare(data[:64])


@pytest.mark.parametrize("name", ["mp3-behind-zeros", "mp3-cut-from-a-stream", "aac-behind-junk"])
def test_what_stands_before_the_first_frame_is_passed_over(name: str) -> None:
    assert bare_sound(BARE[name]()) == name.split("-")[0]


@pytest.mark.parametrize("name", STREAMS)
def test_cut_at_every_offset_it_is_this_kind_or_none(name: str) -> None:
    data = BARE[name]()[:4000]
    kinds = {bare_sound(data[:length]) for length in range(0, len(data), 7)}
    assert kinds <= {STREAMS[name], None}


def test_one_frame_whose_end_is_the_files_end_is_enough_and_one_byte_less_is_not() -> None:
    data = encoded("adts", "aac")
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    assert bare_sound(data[:length]) == "aac"
    assert bare_sound(data[: length - 1]) is None


def test_two_frames_behind_junk_are_chance() -> None:
    data = bare_mp3()
    assert bare_sound(b"\x01\x02\x03" + data[: 2 * 209 + 4]) is None


def test_headers_of_other_streams_do_not_lead_on() -> None:
    data = bytearray(bare_mp3())
    second = data.index(b"\xff\xfb", 4)
    data[second + 2] ^= 0x04  # another sampling rate
    assert bare_sound(bytes(data[: second + 200])) is None


@pytest.mark.parametrize("pair", [b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80", b"\xff\xff\xff\xff", b"\0\0\0\0"])
def test_a_held_sample_is_no_stream(pair: bytes) -> None:
    assert bare_sound(pair * 4000) is None


@pytest.mark.parametrize("third", [b"\xf0", b"\x0c", b"\x00"])
def test_reserved_fields_are_no_mp3(third: bytes) -> None:
    assert not could_be_bare(b"\xff\xfb" + third + b"\x00")


def test_noise_tones_and_quiet_are_raw() -> None:
    generator = np.random.default_rng(5)
    for level in (1, 3, 200, 32000):
        for _ in range(40):
            assert bare_sound(generator.integers(-level, level, 8192, dtype=np.int16).tobytes()) is None
    wave = (np.sin(np.arange(8192) * 0.03) * 32000).astype(np.int16)
    assert bare_sound(wave.tobytes()) is None


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_are_safe(head: bytes) -> None:
    bare_sound(head)
    could_be_bare(head)


def test_flipped_bits_are_safe() -> None:
    chance = random.Random(3)
    data = encoded("adts", "aac")[:4096]
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(20):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        assert bare_sound(bytes(broken)) in ("aac", "mp3", None)
