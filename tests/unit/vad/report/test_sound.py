"""The sound of a report."""

import io
import wave

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.vad.report.sound import BLOCK_FRAMES, FINEST_SAMPLES, MOST_COLUMNS, envelope, mono_blocks, sound_file
from tests.unit.vad.made import tone


def as_bytes(samples: np.ndarray) -> np.ndarray:
    return np.frombuffer(samples.astype("<i2").tobytes(), np.uint8)


@given(st.lists(st.integers(-32768, 32767), max_size=100))
def test_the_envelope_holds_every_sample(samples: list[int]) -> None:
    pairs, step = envelope(as_bytes(np.array(samples, np.int16)), 1)
    assert step == FINEST_SAMPLES
    expected = [samples[at : at + step] for at in range(0, len(samples), step)]
    assert pairs.tolist() == [[min(column) >> 8, max(column) >> 8] for column in expected]


def test_an_hours_envelope_is_bounded() -> None:
    pairs, step = envelope(np.zeros(3600 * 32_000, np.uint8), 1)
    assert len(pairs) <= MOST_COLUMNS
    assert len(pairs) == -(-3600 * 16_000 // step)


def test_channels_are_mixed_and_blocks_go_through() -> None:
    stereo = np.tile(np.array([100, 300], np.int16), BLOCK_FRAMES + 5)
    blocks = list(mono_blocks(as_bytes(stereo), 2))
    assert [len(block) for block in blocks] == [BLOCK_FRAMES, 5]
    assert set(np.concatenate(blocks)) == {200}


def test_a_short_sound_is_carried_bit_for_bit() -> None:
    samples = tone(300, 1)
    kind, data = sound_file(as_bytes(samples), 16_000, 1)
    assert kind == "audio/wav"
    with wave.open(io.BytesIO(data)) as file:
        assert file.readframes(20_000) == samples.tobytes()


@pytest.mark.parametrize(("rate_hz", "channels"), [(16_000, 1), (44_100, 2)])
def test_a_long_sound_is_carried_as_opus(rate_hz: int, channels: int) -> None:
    samples = np.repeat(tone(300, 61, rate_hz), channels)
    kind, data = sound_file(as_bytes(samples), rate_hz, channels)
    assert kind == "audio/ogg"
    assert len(data) < 61 * 24_000 / 8 * 1.2
    with av.open(io.BytesIO(data)) as container:
        decoded = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert abs(len(decoded) / 48_000 - 61) < 0.1
    assert 0.15 < np.abs(decoded).max() < 0.5
