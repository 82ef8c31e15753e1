"""media/signature.py: content decides, not the name; every cut of a head is safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.media.signature import identify

HEADS = {
    "wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "flac": b"fLaC\0\0\0\x22",
    "ogg": b"OggS\0\2",
    "mp3": b"\xff\xfb\x90\x64",
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
    assert identify(b"RIFF\x24\0\0\0AVI LIST") == "unknown"


def test_id3_is_mp3() -> None:
    assert identify(b"ID3\x04\0\0\0\0\0\0") == "mp3"


@given(st.binary(max_size=64))
def test_any_bytes_are_safe(head: bytes) -> None:
    assert identify(head) in {*HEADS, "unknown"}


@pytest.mark.parametrize("third", [b"\xf0", b"\x0c", b"\x00"])
def test_reserved_fields_are_no_mp3(third: bytes) -> None:
    assert identify(b"\xff\xfb" + third + b"\x00") == "unknown"
