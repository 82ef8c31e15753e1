"""media/signature.py: content decides, not the name; every cut of a head is safe."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.media.signature import PROBE_BYTES, FileKind, identify, is_framed, recognise
from tests.sound_files import BARE, SOUNDFILE, bare_mp3, with_soundfile

HEADS = {
    "wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "flac": b"fLaC\0\0\0\x22",
    "ogg": b"OggS\0\2",
    "mp3": b"ID3\x04\0\0\0\0\0\0",
    "mp4": b"\0\0\0\x20ftypisom",
    "matroska": b"\x1a\x45\xdf\xa3\x01",
    "ivf": b"DKIF\0\0\x20\0",
    "jpeg": b"\xff\xd8\xff\xe0",
    "png": b"\x89PNG\r\n\x1a\n",
    "text": b"Hello, this is no sound at all.\n",
}


@pytest.mark.parametrize("kind", HEADS)
def test_each_kind(kind: str) -> None:
    assert identify(HEADS[kind]) == kind
    assert identify(HEADS[kind] + b"\0\xff" * 30) == (kind if kind != "text" else "unknown")


@pytest.mark.parametrize("kind", HEADS)
def test_cut_at_every_offset_names_this_kind_or_none(kind: str) -> None:
    for length in range(len(HEADS[kind])):
        assert identify(HEADS[kind][:length]) in {kind, "unknown", "text"}


def test_a_cut_wav_header_is_still_wav() -> None:
    assert identify(b"RIFF\x24\0\0\0") == "wav"
    assert identify(b"RIFF\x24\0\0\0WEBPVP8 ") == "unknown"


@given(st.binary(max_size=64))
def test_any_bytes_are_safe(head: bytes) -> None:
    assert identify(head) in get_args(FileKind)


KINDS = {"ts": "mpegts", "m2ts": "mpegts", "flv": "flv", "amr": "amr", "wv": "wavpack", "tta": "tta", "avi": "avi"}
KINDS |= {"asf": "asf", "aifc": "aiff", "voc": "voc"}


@pytest.mark.parametrize("name", BARE)
def test_strangers_files(name: str) -> None:
    data = BARE[name]()
    kind = {"mp2": "mp3", "eac3": "ac3"}.get(name) or KINDS.get(name) or name.split("-")[0]
    assert identify(data[:PROBE_BYTES]) == kind
    if not ("behind" in name or "cut" in name):
        assert recognise(lambda size: data[:size], at_leisure=False) == kind


@pytest.mark.parametrize("name", SOUNDFILE)
def test_what_soundfile_writes(name: str, tmp_path: Path) -> None:
    head = with_soundfile(tmp_path / "no-name", name).read_bytes()[:64]
    assert identify(head) == {"rf64": "wav", "wavex": "wav"}.get(name, name)


def test_a_live_pipe_of_raw_sound_is_asked_for_64_bytes_only() -> None:
    asked: list[int] = []

    def peek(size: int) -> bytes:
        asked.append(size)
        return bytes(size)

    assert recognise(peek, at_leisure=False) == "unknown"
    assert asked == [64]


def test_frames_alone_are_no_signature_but_a_tag_before_them_is() -> None:
    assert is_framed("mp3", bare_mp3()[:64])
    assert not is_framed("mp3", b"ID3\x04")
    assert not is_framed("wav", b"RIFF")


def test_three_transport_packets_are_enough_and_two_are_not() -> None:
    packet = b"\x47" + bytes(187)
    assert identify(packet * 2) == "unknown"
    assert identify(packet * 3) == "mpegts"
    assert identify((packet * 3)[:400]) == "mpegts"
    assert identify(packet * 4 + b"\x46" + bytes(187)) == "unknown"
