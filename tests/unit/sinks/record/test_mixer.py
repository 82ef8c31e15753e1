"""media/mixer.py: sums, clipping, entry times, resampling, lateness."""

import numpy as np

from agora_cli.frames import PcmFrame
from agora_cli.sinks.record.mixer import DELAY_US, Mixer


def frame(pts_us: int, value: int, rate: int = 16000, channels: int = 1, samples: int = 160) -> PcmFrame:
    return PcmFrame(pts_us, rate, channels, np.full(samples * channels, value, "<i2").tobytes())


def mixed(mixer: Mixer, arrivals: list[tuple[int, str, PcmFrame]]) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    out = [mixer.add(at_us, user, 1, unit) for at_us, user, unit in arrivals]
    return np.concatenate([np.frombuffer(unit.data, "<i2") for unit in [*out, mixer.finish()] if unit is not None])


def test_one_user_comes_out_exactly() -> None:
    rng = np.random.default_rng(3)
    data = rng.integers(-32768, 32767, 16000, dtype=np.int16).tobytes()
    arrivals = [(n * 10_000, "1", PcmFrame(n * 10_000, 16000, 1, data[n * 320 : n * 320 + 320])) for n in range(100)]
    assert mixed(Mixer(), arrivals).tobytes() == data


def test_two_users_are_summed_and_clipped() -> None:
    arrivals = [(0, "1", frame(0, 30000)), (0, "2", frame(0, 10000)), (10_000, "1", frame(10_000, 5))]
    np.testing.assert_array_equal(mixed(Mixer(), arrivals), [32767] * 160 + [5] * 160)


def test_a_user_enters_at_its_arrival_time() -> None:
    arrivals = [(0, "1", frame(0, 100)), (10_000, "1", frame(10_000, 100)), (10_000, "2", frame(77, 7))]
    np.testing.assert_array_equal(mixed(Mixer(), arrivals), [100] * 160 + [107] * 160)


def test_other_rates_and_channels_are_converted() -> None:
    arrivals = [(0, "1", frame(0, 0))]
    arrivals += [(n * 10_000, "2", frame(n * 10_000, 1000, 48000, 2, 480)) for n in range(20)]
    out = mixed(Mixer(), arrivals)
    assert 2880 < len(out) <= 3200
    assert np.all(np.abs(out[400:2400].astype(int) - 1000) < 20)


def test_what_comes_after_its_moment_is_counted() -> None:
    mixer = Mixer()
    mixer.add(0, "1", 1, frame(0, 1))
    mixer.add(10_000, "2", 1, frame(0, 1))
    mixer.add(DELAY_US + 40_000, "1", 1, frame(DELAY_US + 40_000, 1))
    mixer.add(DELAY_US + 40_000, "2", 1, frame(10_000, 1))
    assert mixer.late == 160


def test_nothing_added_gives_nothing() -> None:
    assert Mixer().finish() is None
