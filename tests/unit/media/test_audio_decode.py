"""media/audio_decode.py: packets of every codec, garbage, and a change of format."""

from fractions import Fraction

import av
import numpy as np
import pytest

from agora_cli.errors import InputError
from agora_cli.frames import AudioCodec, EncodedAudio
from agora_cli.media.audio_decode import AudioDecoder

ENCODERS: dict[AudioCodec, tuple[str, int]] = {
    "opus": ("libopus", 48000),
    "g722": ("g722", 16000),
    "pcma": ("pcm_alaw", 8000),
    "pcmu": ("pcm_mulaw", 8000),
}


def packets(codec: AudioCodec) -> list[EncodedAudio]:
    """Return half a second of a 440 Hz tone in packets of 20 ms."""
    name, rate = ENCODERS[codec]
    context = av.CodecContext.create(name, "w")
    context.sample_rate, context.layout, context.format = rate, "mono", "s16"
    context.time_base = Fraction(1, rate)
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate)).astype(np.int16)
    units = []
    size = rate // 50
    for number in range(25):
        frame = av.AudioFrame.from_ndarray(tone[None, number * size : (number + 1) * size], "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, number * size, Fraction(1, rate)
        for packet in context.encode(frame):
            units.append(EncodedAudio(number * 20_000, codec, rate, 1, size, bytes(packet)))
    return units


@pytest.mark.parametrize("codec", ENCODERS)
def test_a_tone_comes_out(codec: AudioCodec) -> None:
    decoder = AudioDecoder()
    frames = [frame for unit in packets(codec) for frame in decoder.decode(1, unit)]
    samples = np.concatenate([np.frombuffer(frame.data, "<i2") for frame in frames]).astype(float)
    rate = frames[0].sample_rate_hz
    spectrum = np.abs(np.fft.rfft(samples[-rate // 4 :]))
    assert spectrum.argmax() * 4 == pytest.approx(440, abs=8)
    assert [frame.pts_us for frame in frames] == sorted(frame.pts_us for frame in frames)


def test_garbage_is_one_clear_error_and_the_next_packet_decodes() -> None:
    decoder = AudioDecoder()
    good = packets("opus")
    list(decoder.decode(1, good[0]))
    with pytest.raises(InputError, match="not a packet of opus"):
        list(decoder.decode(1, EncodedAudio(0, "opus", 48000, 1, 960, b"\xff" * 3)))
    assert list(decoder.decode(1, good[1]))
