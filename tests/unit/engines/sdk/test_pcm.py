"""engines/sdk/pcm.py: whole milliseconds, nothing lost, nothing twice."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.engines.sdk.pcm import SENT_RATES_HZ, PcmPush, PcmShaper, sent_rate_hz
from agora_cli.errors import InputError
from agora_cli.frames import PcmFrame


def shaped(shaper: PcmShaper, frames: list[PcmFrame]) -> list[PcmPush]:
    pushes = [shaper.shape(frame) for frame in frames] + [shaper.tail()]
    return [push for push in pushes if push is not None]


def track(sizes: list[int], rate_hz: int, channels: int) -> list[PcmFrame]:
    """Return frames of these many samples, one after the other, of a running count."""
    frames, at = [], 0
    for size in sizes:
        samples = np.arange(at * channels, (at + size) * channels, dtype=np.int64).astype("<i2")
        frames.append(PcmFrame(at * 1_000_000 // rate_hz, rate_hz, channels, samples.tobytes()))
        at += size
    return frames


@given(st.lists(st.integers(0, 500), max_size=20), st.sampled_from(SENT_RATES_HZ), st.sampled_from([1, 2]))
def test_against_a_naive_twin(sizes: list[int], rate_hz: int, channels: int) -> None:
    frames = track(sizes, rate_hz, channels)
    pushes = shaped(PcmShaper(), frames)
    sent = b"".join(bytes(frame.data) for frame in frames)
    got = b"".join(push.data for push in pushes)
    assert got[: len(sent)] == sent
    assert not any(got[len(sent) :])
    assert len(got) - len(sent) < rate_hz // 1000 * channels * 2
    for push in pushes:
        assert push.duration_us % 1000 == 0
        assert (push.sample_rate_hz, push.channels) == (rate_hz, channels)
        assert isinstance(push.data, bytearray)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=20), st.sampled_from(SENT_RATES_HZ))
def test_times_are_those_of_the_samples(sizes: list[int], rate_hz: int) -> None:
    at = Fraction(0)
    for push in shaped(PcmShaper(), track(sizes, rate_hz, 1)):
        assert abs(push.pts_ms - at / 1000) <= 1
        at += push.duration_us


@pytest.mark.parametrize(
    ("rate_hz", "sent"),
    [(8000, 8000), (11025, 16000), (12000, 16000), (16000, 16000), (22050, 24000), (44100, 48000), (96000, 48000)],
)
def test_the_rate_that_is_sent(rate_hz: int, sent: int) -> None:
    assert sent_rate_hz(rate_hz) == sent


@pytest.mark.parametrize("channels", [1, 2])
def test_a_resampled_tone_is_the_same_tone(channels: int) -> None:
    time_s = np.arange(44100) / 44100
    tone = (10000 * np.sin(2 * np.pi * 1000 * time_s)).astype("<i2").repeat(channels)
    frames = [
        PcmFrame(at * 1_000_000 // 44100, 44100, channels, tone[at * channels : (at + 441) * channels].tobytes())
        for at in range(0, 44100, 441)
    ]
    got = np.frombuffer(b"".join(push.data for push in shaped(PcmShaper(), frames)), "<i2")[::channels]
    assert abs(len(got) - 48000) <= 48
    spectrum = np.abs(np.fft.rfft(got[1000:47000] * np.hanning(46000)))
    assert abs(np.argmax(spectrum) * 48000 / 46000 - 1000) < 2
    assert np.sqrt(np.mean(got[1000:47000].astype(float) ** 2)) == pytest.approx(7071, rel=0.01)


def test_a_jump_in_time_starts_anew() -> None:
    shaper = PcmShaper()
    first = shaper.shape(PcmFrame(0, 16000, 1, bytes(2 * 20)))
    second = shaper.shape(PcmFrame(5_000_000, 16000, 1, b"\1\1" * 16))
    assert first is not None
    assert second is not None
    assert (first.pts_ms, second.pts_ms, bytes(second.data)) == (0, 5000, b"\1\1" * 16)


def test_a_new_format_starts_anew() -> None:
    shaper = PcmShaper()
    assert shaper.shape(PcmFrame(0, 16000, 1, bytes(2 * 8))) is None
    push = shaper.shape(PcmFrame(500, 8000, 2, b"\2\2" * 16))
    assert push is not None
    assert (push.sample_rate_hz, push.channels, bytes(push.data)) == (8000, 2, b"\2\2" * 16)


def test_an_interrupt_forgets_what_is_left() -> None:
    shaper = PcmShaper()
    shaper.shape(PcmFrame(0, 16000, 1, bytes(2 * 24)))
    shaper.forget()
    assert shaper.tail() is None


def test_words_of_16_bits_are_not_halved() -> None:
    push = PcmShaper().shape(PcmFrame(0, 16000, 1, memoryview(b"\3\3" * 32).cast("h")))
    assert push is not None
    assert len(push.data) == 64
    assert push.data == b"\3\3" * 32


def test_three_channels_are_refused() -> None:
    with pytest.raises(InputError, match="got 3"):
        PcmShaper().shape(PcmFrame(0, 48000, 3, bytes(6)))
