"""engines/sdk/media_clock.py: where frames fall, with and without a clock of their sender's."""

import random

import pytest

from agora_cli.engines.sdk.media_clock import CLOCK_JUMP_US, PAUSE_US, START_US, MediaClock

FRAME_US = 10_000
EPOCH_MS = 1_700_000_000_000


def hear(clock: MediaClock, arrivals_us: list[int], user: str = "7") -> list[int]:
    """Return where 10 ms frames without presentation time fall."""
    return [clock.sound_us(user, at_us, 0, 160, 16000) for at_us in arrivals_us]


def spaced(count: int, start_us: int = 0) -> list[int]:
    """Return the times of a run of frames without a hole."""
    return [start_us + number * FRAME_US for number in range(count)]


@pytest.mark.parametrize("seed", range(20))
def test_sound_without_a_clock_is_sample_exact_under_30_ms_of_jitter(seed: int) -> None:
    random_of = random.Random(seed)
    arrivals = sorted(1_000_000 + at_us + random_of.randrange(30_000) for at_us in spaced(500))
    assert hear(MediaClock(), arrivals) == spaced(500)


def test_a_burst_at_the_start_is_sound() -> None:
    arrivals = [1_000_000] * 15 + [1_000_000 + at_us for at_us in spaced(200)]
    assert hear(MediaClock(), arrivals) == spaced(215)


def test_a_pause_moves_the_axis_by_its_length_and_the_sound_behind_it_is_counted_again() -> None:
    pause_us = PAUSE_US + 50_000
    arrivals = spaced(10, 1_000_000) + spaced(10, 1_000_000 + 10 * FRAME_US + pause_us)
    assert hear(MediaClock(), arrivals) == spaced(10) + spaced(10, 10 * FRAME_US + pause_us)


def test_a_stall_of_this_process_is_no_pause_where_the_sdks_own_clock_went_on() -> None:
    clock, placed = MediaClock(), []
    for number in range(100):
        stalled = 20 <= number < 60  # and all that queued up comes at once
        at_us = 1_000_000 + (60 if stalled else number) * FRAME_US
        placed.append(clock.sound_us("7", at_us, 0, 160, 16000, 5_000 + number * 10))
    assert placed == spaced(100)


def test_a_pause_is_one_by_both_clocks_and_a_render_clock_that_stands_still_is_none() -> None:
    for rendered in (lambda at_us: 7_000 + at_us // 1000, lambda at_us: 7_000):
        clock = MediaClock()
        arrivals = spaced(10, 1_000_000) + spaced(300, 6_000_000)
        placed = [clock.sound_us("7", at_us, 0, 160, 16000, rendered(at_us)) for at_us in arrivals]
        assert placed == spaced(10) + spaced(300, 5_000_000)


def test_short_pauses_do_not_add_up() -> None:
    clock, at_us, placed = MediaClock(), 1_000_000, 0
    for _ in range(50):
        for _ in range(10):
            placed = clock.sound_us("7", at_us, 0, 160, 16000)
            assert -PAUSE_US <= placed - (at_us - 1_000_000) <= 0
            at_us += FRAME_US
        at_us += 30_000


def test_frames_of_no_whole_microseconds_do_not_drift() -> None:
    clock = MediaClock()
    times = [clock.sound_us("7", 1_000_000 + n * 3333, 0, 160, 48000) for n in range(3001)]
    assert times[-1] == 10_000_000


def test_a_clock_of_the_sender_is_followed_wherever_it_goes() -> None:
    clock = MediaClock()
    asked = [0, 10, 20, 500, 510, 5]
    assert [clock.sound_us("7", 1_000_000 + n, ms, 160, 16000) for n, ms in enumerate(asked)] == [
        ms * 1000 for ms in asked
    ]


@pytest.mark.parametrize("seed", range(5))
def test_pictures_go_by_their_capture_time(seed: int) -> None:
    random_of = random.Random(seed)
    clock = MediaClock()
    found = [
        clock.picture_us("7", 1_000_000 + n * 40_000 + random_of.randrange(300_000), 0, EPOCH_MS + 40 * n)
        for n in range(100)
    ]
    assert found == [n * 40_000 for n in range(100)]


def test_a_capture_clock_that_is_set_anew_moves_nothing() -> None:
    clock = MediaClock()
    times = [clock.picture_us("7", n * 40_000, 0, EPOCH_MS + 40 * n) for n in range(5)]
    times += [clock.picture_us("7", n * 40_000, 0, 5_000 + 40 * n) for n in range(5, 10)]
    assert times == [n * 40_000 for n in range(10)]
    assert CLOCK_JUMP_US > 10 * FRAME_US


def test_pictures_without_any_clock_go_by_arrival() -> None:
    clock = MediaClock()
    assert [clock.picture_us("7", at_us, 0, 0) for at_us in (5_000, 45_000, 90_000)] == [0, 40_000, 85_000]


def test_a_second_track_falls_beside_the_first() -> None:
    clock = MediaClock()
    hear(clock, [1_000_000 + at_us for at_us in spaced(100)])
    assert clock.picture_us("7", 2_000_000, 0, EPOCH_MS) == START_US * 5
    assert clock.newest_us("7") == 1_000_000
    clock.forget("7")
    assert clock.newest_us("7") == 0
    assert hear(clock, [9_000_000]) == [0]
