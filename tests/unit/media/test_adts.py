"""media/adts.py: headers that FFmpeg reads back."""

import io

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import InputError
from agora_cli.media.adts import MAX_FRAME_BYTES, AudioConfig, pack_adts_header, read_audio_config


@given(st.integers(1, 4), st.integers(0, 12), st.integers(1, 7), st.integers(0, MAX_FRAME_BYTES - 7))
def test_the_header_says_what_it_was_given(object_type: int, rate_index: int, channels: int, size: int) -> None:
    header = pack_adts_header(AudioConfig(object_type, rate_index, channels), size)
    bits = int.from_bytes(header, "big")
    assert len(header) == 7
    assert bits >> 44 == 0xFFF
    assert bits >> 43 & 1 == 0  # MPEG-4
    assert bits >> 40 & 1 == 1  # no CRC
    assert bits >> 38 & 3 == object_type - 1
    assert bits >> 34 & 15 == rate_index
    assert bits >> 30 & 7 == channels
    assert bits >> 13 & 0x1FFF == size + 7
    assert bits >> 2 & 0x7FF == 0x7FF
    assert bits & 3 == 0


@given(st.integers(1, 4), st.integers(0, 12), st.integers(1, 7))
def test_a_config_is_read_back(object_type: int, rate_index: int, channels: int) -> None:
    config = (object_type << 11 | rate_index << 7 | channels << 3).to_bytes(2, "big")
    assert read_audio_config(config) == AudioConfig(object_type, rate_index, channels)


def test_he_aac_is_the_lc_that_it_extends() -> None:
    assert read_audio_config(bytes.fromhex("2b92 0800")) == AudioConfig(2, 7, 2)


@pytest.mark.parametrize("config", ["", "11", "f812", "1788", "1180"])
def test_what_adts_cannot_say_is_refused(config: str) -> None:
    with pytest.raises(InputError):
        read_audio_config(bytes.fromhex(config))


def test_a_frame_too_long_is_refused() -> None:
    with pytest.raises(InputError, match="at most 8191 bytes, got 8192"):
        pack_adts_header(AudioConfig(2, 3, 1), MAX_FRAME_BYTES - 6)


def test_ffmpeg_understands_it() -> None:
    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 44_100, "stereo", "fltp"  # type: ignore[attr-defined]
    frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
    frame.sample_rate = 44_100
    for plane in frame.planes:  # new memory may hold NaN, which the encoder refuses
        plane.update(bytes(plane.buffer_size))
    packets = [*encoder.encode(frame), *encoder.encode(None)]  # type: ignore[attr-defined]
    config = read_audio_config(encoder.extradata or b"")
    stream = b"".join(pack_adts_header(config, packet.size) + bytes(packet) for packet in packets)
    with av.open(io.BytesIO(stream), format="aac") as container:
        assert container.streams.audio[0].rate == 44_100
        assert container.streams.audio[0].channels == 2
