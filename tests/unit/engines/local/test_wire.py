from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.local import wire
from agora_cli.engines.local.wire import (
    MAX_UNIT_BYTES,
    MESSAGE,
    check_size,
    kind_of,
    pack_origin,
    pack_unit,
    unpack_origin,
    unpack_unit,
)
from agora_cli.errors import InputError
from agora_cli.frames import (
    AudioCodec,
    ColorSpace,
    EncodedAudio,
    EncodedVideo,
    Metadata,
    PcmFrame,
    PixelFormat,
    RawVideo,
    Track,
    Unit,
    VideoCodec,
)

u32 = st.integers(0, 2**32 - 1)
hertz = st.integers(1, 768_000)
i64 = st.integers(-(2**63), 2**63 - 1)
data = st.binary(max_size=64)
rates = st.none() | st.builds(Fraction, st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1))
units: st.SearchStrategy[Unit] = st.one_of(
    st.builds(lambda pts, rate, half: PcmFrame(pts, rate, 2, half * 4, len(half)), i64, hertz, data),
    st.builds(EncodedAudio, i64, st.sampled_from(get_args(AudioCodec)), hertz, st.integers(1, 16), u32, data),
    st.builds(EncodedVideo, i64, i64, st.sampled_from(get_args(VideoCodec)), u32, u32, st.booleans(), data, rates),
    st.builds(
        RawVideo,
        i64,
        st.sampled_from(get_args(PixelFormat)),
        u32,
        u32,
        data,
        st.sampled_from(get_args(ColorSpace)),
        st.none() | st.binary(min_size=1, max_size=8),
    ),
    st.builds(Metadata, i64, st.sampled_from(get_args(Track)), data),
)
users = st.text(min_size=1, max_size=60).filter(lambda text: len(text.encode()) <= 255 and "\0" not in text)

ONE_OF_EACH: list[Unit] = [
    PcmFrame(1, 16000, 1, b"ab"),
    EncodedAudio(1, "opus", 48000, 2, 960, b"x"),
    EncodedVideo(1, 0, "h265", 16, 16, True, b"x", Fraction(25)),
    RawVideo(1, "nv12", 2, 2, b"x" * 6, "bt601", b"a" * 4),
    Metadata(1, "video", b"x"),
]


@given(units, st.integers(0, 2**64 - 1), u32, users)
def test_what_is_packed_is_unpacked(unit: Unit, epoch: int, seq: int, user: str) -> None:
    header, payload = pack_unit(unit, epoch, seq, user.encode())
    origin = unpack_origin(header)
    assert (origin.kind, origin.epoch, origin.seq, origin.user) == (kind_of(unit), epoch, seq, user)
    assert unpack_unit(origin, header, bytes(payload)) == unit


@pytest.mark.parametrize("unit", ONE_OF_EACH, ids=lambda unit: type(unit).__name__)
def test_a_header_cut_at_any_byte_is_told_with_its_length(unit: Unit) -> None:
    header, payload = pack_unit(unit, 5, 6, b"user")
    for length in range(len(header)):
        cut = header[:length]
        with pytest.raises(InputError, match=f"header is {length} bytes"):
            unpack_unit(unpack_origin(cut), cut, bytes(payload))
    longer = header + b"\0"
    with pytest.raises(InputError, match=f"expected to end at byte {len(header)}, header is {len(longer)} bytes"):
        unpack_unit(unpack_origin(longer), longer, bytes(payload))


def test_the_bytes_of_version_1() -> None:
    header, payload = pack_unit(PcmFrame(-2, 16000, 1, b"ab", 5), 0x0102030405060708, 9, b"7")
    assert header.hex(" ") == (
        "01 00 08 07 06 05 04 03 02 01 09 00 00 00 fe ff ff ff ff ff ff ff 01 37 80 3e 00 00 01 05 00 00 00"
    )
    assert payload == b"ab"


def test_a_payload_without_alpha_is_not_copied() -> None:
    data = bytes(100)
    assert pack_unit(PcmFrame(0, 8000, 1, data), 1, 0, b"1")[1] is data


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (0, 2, "at byte 0: version 2, expected 1"),
        (1, 9, "at byte 1: kind 9 is not known"),
        (1, MESSAGE, "at byte 1: kind 6 is not known"),
        (23, 0xFF, "at byte 23: user is not UTF-8"),
        (24, 5, "at byte 24: value 5, expected less than 5"),
    ],
)
def test_a_wrong_byte_is_told_with_its_place(at: int, value: int, message: str) -> None:
    header = bytearray(pack_unit(EncodedAudio(0, "opus", 48000, 1, 960, b""), 1, 0, b"u")[0])
    header[at] = value
    with pytest.raises(InputError, match=message):
        unpack_unit(unpack_origin(bytes(header)), bytes(header), b"")


def test_an_alpha_plane_larger_than_the_payload_is_told() -> None:
    header, payload = pack_unit(RawVideo(0, "i420", 2, 2, b"x" * 6, alpha=b"a" * 4), 1, 0, b"u")
    assert len(payload) == 10
    with pytest.raises(InputError, match="at byte 34: alpha of 4 bytes in a payload of 3"):
        unpack_unit(unpack_origin(header), header, b"abc")


@pytest.mark.parametrize(
    "unit",
    [PcmFrame(2**63, 1, 1, b""), PcmFrame(0, 2**32, 1, b""), PcmFrame(0, 1, 256, b"")],
)
def test_a_number_beyond_its_field_is_an_error_of_input(unit: Unit) -> None:
    with pytest.raises(InputError, match="cannot send"):
        pack_unit(unit, 1, 0, b"u")


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    try:
        unpack_unit(unpack_origin(noise), noise, noise)
    except InputError:
        return


def test_the_origin_alone_is_a_header() -> None:
    header = pack_origin(MESSAGE, 1, 2, 3, b"u")
    assert unpack_origin(header) == (MESSAGE, 1, 2, 3, "u", len(header))


@pytest.mark.parametrize(
    "unit",
    [
        PcmFrame(1, 0, 1, b"ab"),
        PcmFrame(1, 16000, 0, b"ab"),
        PcmFrame(1, 16000, 1, b"abc"),
        PcmFrame(1, 16000, 1, b"ab", 2),
        EncodedAudio(1, "opus", 0, 2, 960, b"x"),
        EncodedAudio(1, "opus", 48000, 0, 960, b"x"),
    ],
    ids=str,
)
def test_sound_that_nobody_can_play_is_refused(unit: Unit) -> None:
    header = pack_origin(kind_of(unit), 1, 1, 1, b"7") + wire._pack_fields(unit)
    with pytest.raises(InputError):
        unpack_unit(unpack_origin(header), header, bytes(unit.data))


@pytest.mark.parametrize("user", [b"", b"7\0", b"\xff"])
def test_a_user_that_cannot_be_is_refused(user: bytes) -> None:
    with pytest.raises(InputError, match="user"):
        unpack_origin(pack_origin(0, 1, 1, 1, user))


@given(st.binary(max_size=80), st.binary(max_size=16))
def test_any_bytes_are_a_unit_or_a_refusal(header: bytes, payload: bytes) -> None:
    for start in (b"", b"\x01"):
        try:
            origin = unpack_origin(start + header)
            unpack_unit(origin, start + header, payload)
        except InputError:
            pass


@pytest.mark.parametrize("kind", MAX_UNIT_BYTES)
def test_each_kind_has_a_size_and_no_packet_is_larger(kind: int) -> None:
    check_size(kind, MAX_UNIT_BYTES[kind])
    with pytest.raises(InputError, match=f"kind {kind} has at most {MAX_UNIT_BYTES[kind]}"):
        check_size(kind, MAX_UNIT_BYTES[kind] + 65)


def test_what_no_receiver_takes_is_not_sent() -> None:
    with pytest.raises(InputError, match="PcmFrame of 4194305 bytes, at most 4194304"):
        pack_unit(PcmFrame(0, 48000, 1, bytes(4 * 1024 * 1024 + 1)), 1, 0, b"u")
