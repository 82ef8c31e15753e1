import pytest

from agora_cli.terminal.meters import Throughput, clock_text, meter, wait_text


def test_positions_and_waits() -> None:
    assert [clock_text(us) for us in (0, 62_300_000, 3_600_000_000)] == ["0:00.0", "1:02.3", "60:00.0"]
    assert [wait_text(us) for us in (0, 12_900_000, 62_000_000)] == ["0:00", "0:12", "1:02"]


@pytest.mark.parametrize(
    ("level_db", "text"),
    [(-60, "[....]  -60 dBFS"), (-999, "[....]  -60 dBFS"), (-30, "[##..]  -30 dBFS"), (0, "[####]    0 dBFS")],
)
def test_a_meter(level_db: float, text: str) -> None:
    assert meter(level_db, 4) == text


def test_a_rate_is_that_of_the_last_second_and_ends() -> None:
    rate = Throughput()
    assert rate.per_second(0) == 0
    for step in range(10):
        rate.add(step * 100_000, 5)
    assert rate.per_second(999_999) == pytest.approx(50, rel=0.01)
    assert rate.per_second(1_000_000) == 50
    assert rate.per_second(1_900_000) == 50
    assert rate.per_second(2_000_000) == 0
