"""media/media_axis.py: one axis across restarts."""

from agora_cli.sinks.axis import MediaAxis


def test_the_first_epoch_keeps_its_clock_from_the_origin() -> None:
    axis = MediaAxis(origin_us=500)
    assert axis.place(1, 500, at_us=9_000) == 0
    assert axis.place(1, 20_500, at_us=9_999_999) == 20_000


def test_a_later_epoch_is_placed_by_its_arrival_and_goes_on_by_its_clock() -> None:
    axis = MediaAxis(origin_us=0)
    axis.place(1, 0, at_us=1_000)
    assert axis.place(2, 70, at_us=5_001_000) == 5_000_000
    assert axis.place(2, 33_403, at_us=9_999_999) == 5_033_333
