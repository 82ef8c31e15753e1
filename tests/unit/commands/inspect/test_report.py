"""media/track_report.py: what is counted over packets."""

from fractions import Fraction

from agora_cli.commands.inspect.report import TrackCount


def counted(times: list[Fraction], size: int = 1000, keyframes: tuple[int, ...] = (0,)) -> TrackCount:
    count = TrackCount(Fraction(1, 1000))
    for number, time in enumerate(times):
        count.add(time, Fraction(1, 25), size, number in keyframes)
    return count


def test_nothing() -> None:
    count = TrackCount()
    assert (count.seconds, count.bitrate_bps, count.kilobits()) == (0, 0, ())
    assert count.frame_rate() == (None, None)
    assert count.keyframe_interval_s() is None


def test_a_constant_rate() -> None:
    count = counted([Fraction(n, 25) for n in range(50)], keyframes=(0, 20, 30))
    assert count.frame_rate() == (25, True)
    assert count.seconds == 2
    assert count.bitrate_bps == 200_000
    assert count.kilobits() == (200.0, 200.0)
    assert count.keyframe_interval_s() == (0.4, 0.8)
    assert count.b_frames == 0


def test_rounding_to_milliseconds_is_constant_and_a_pause_is_not() -> None:
    rounded = [Fraction(round(n * 1001 / 30), 1000) for n in range(300)]
    assert counted(rounded).frame_rate()[1] is True
    assert counted([*rounded, rounded[-1] + 1]).frame_rate()[1] is False


def test_pictures_shown_before_one_decoded_earlier_are_b_frames() -> None:
    assert counted([Fraction(n) for n in (0, 4, 2, 1, 3, 8, 6)]).b_frames == 4


def test_what_comes_before_the_begin_counts_with_the_first_second() -> None:
    assert counted([Fraction(-1, 50), Fraction(0), Fraction(5, 2)]).kilobits() == (16.0, 0, 8.0)
