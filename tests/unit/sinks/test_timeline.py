"""media/timeline.py: gaps within an epoch are exact, across epochs they follow the arrival times."""

from hypothesis import given
from hypothesis import strategies as st

from agora_cli.sinks.axis import MAX_UNSEEN_GAP_US, Timeline

RATES = (8000, 11025, 16000, 22050, 32000, 44100, 48000)


@given(st.sampled_from(RATES), st.lists(st.booleans(), max_size=200), st.integers(0, 3 * 10**12))
def test_lost_frames_become_exactly_their_samples(rate: int, arrived: list[bool], start: int) -> None:
    frame = rate // 25
    timeline = Timeline(rate)
    written = 0
    first = None
    for number, here in enumerate(arrived):
        sample = start + number * frame
        if here:
            first = sample if first is None else first
            pts_us = sample * 1_000_000 // rate
            written += timeline.silence_before(1, pts_us, pts_us, frame) + frame
            assert first + written == sample + frame


def test_a_restart_leaves_the_time_it_took_as_silence() -> None:
    timeline = Timeline(16000)
    assert timeline.silence_before(1, 0, 5_000_000, 160) == 0
    assert timeline.silence_before(2, 0, 7_010_000, 160) == 32000
    assert timeline.silence_before(2, 10_000, 7_020_000, 160) == 0


def test_a_restart_sooner_than_the_sound_lasts_leaves_none() -> None:
    timeline = Timeline(16000)
    timeline.silence_before(1, 0, 0, 16000)
    assert timeline.silence_before(2, 0, 1000, 160) == 0


def test_a_unit_that_comes_twice_is_told_and_does_not_move_the_axis() -> None:
    timeline = Timeline(16000)
    timeline.silence_before(1, 0, 0, 160)
    timeline.silence_before(1, 10_000, 10_000, 160)
    assert timeline.silence_before(1, 0, 11_000, 160) == -320
    assert timeline.silence_before(1, 20_000, 20_000, 160) == 0


def test_a_wild_clock_cannot_fill_the_disk() -> None:
    timeline = Timeline(16000)
    timeline.silence_before(1, 0, 0, 160)
    assert timeline.silence_before(1, 10**15, 30_000, 160) == 320
    assert timeline.silence_before(1, 10**15 + 10_000, 40_000, 160) == 0
    assert timeline.silence_before(1, 0, 60_000, 160) == 160
    assert MAX_UNSEEN_GAP_US == 60_000_000


def test_steps_that_are_each_believed_fill_no_disk_together() -> None:
    """59 s of silence before each 10 ms made 1.1 GB of a quarter of a minute."""
    timeline, silence = Timeline(16000), 0
    for number in range(1500):
        silence += timeline.silence_before(1, number * 59_000_000, number * 10_000, 160)
    assert silence <= (MAX_UNSEEN_GAP_US + 10 * 15_000_000) * 16000 // 1_000_000


def test_a_file_that_is_half_pauses_is_believed_at_any_speed() -> None:
    timeline = Timeline(16000)
    for number in range(100):
        assert timeline.silence_before(1, number * 20_000_000, number, 160_000) == (160_000 if number else 0)
