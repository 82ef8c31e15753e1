from itertools import islice

import numpy as np

from agora_cli.frames import PcmFrame, RawVideo
from agora_cli.sources.generated import FRAME_SAMPLES, HEIGHT, RATE_HZ, TONE_HZ, WIDTH, PatternSource, ToneSource


def test_the_tone_is_a_sine_of_its_frequency_and_level() -> None:
    frames = [unit for unit in islice(ToneSource().units(), 100) if isinstance(unit, PcmFrame)]
    assert [frame.pts_us for frame in frames] == [number * 10_000 for number in range(100)]
    assert {len(frame.data) for frame in frames} == {2 * FRAME_SAMPLES}
    samples = np.frombuffer(b"".join(frame.data for frame in frames), np.int16).astype(float)
    assert np.argmax(np.abs(np.fft.rfft(samples))) == TONE_HZ * len(samples) // RATE_HZ
    assert abs(20 * np.log10(np.abs(samples).max() / 32768) + 18) < 0.2


def test_the_pattern_moves_and_has_the_size_and_times_that_it_says() -> None:
    source = PatternSource()
    pictures = [unit for unit in islice(source.units(), 5) if isinstance(unit, RawVideo)]
    assert source.info.video is not None
    assert (source.info.video.width, source.info.video.height) == (WIDTH, HEIGHT)
    assert [picture.pts_us for picture in pictures] == [0, 40_000, 80_000, 120_000, 160_000]
    assert {len(picture.data) for picture in pictures} == {WIDTH * HEIGHT * 3 // 2}
    assert len({bytes(picture.data) for picture in pictures}) == 5
    source.request_keyframe()
    source.close()
    assert source.dropped == ToneSource.dropped == 0
