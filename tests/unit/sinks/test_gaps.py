from agora_cli.events import MediaReceived
from agora_cli.frames import PcmFrame
from agora_cli.sinks.gaps import Gaps

UNIT = PcmFrame(0, 16000, 1, b"")
STEP_US = 10_000


def event(at_us: int, lost: int = 0, epoch: int = 1, before: int = 0) -> MediaReceived:
    return MediaReceived(at_us, "7", epoch, UNIT, lost, before)


def told(gaps: Gaps) -> tuple[float, int, float, int, float]:
    figures = gaps.figures()
    return tuple(figures[name] for name in ("startsAt", "gaps", "missingSeconds", "stalls", "stalledSeconds"))  # type: ignore[return-value]


def test_all_that_came_leaves_no_hole() -> None:
    gaps = Gaps()
    for number in range(100):
        gaps.take(event(number * STEP_US), number * STEP_US, STEP_US)
    assert told(gaps) == (0, 0, 0, 0, 0)
    assert gaps.missing_share == 0
    assert gaps.lines("sound") == []


def test_what_is_missing_is_told_by_the_sender_s_clock() -> None:
    gaps = Gaps()
    for number, lost in ((0, 0), (1, 0), (12, 10), (13, 0), (20, 6)):
        gaps.take(event(number * STEP_US, lost), number * STEP_US, STEP_US)
    assert told(gaps) == (0, 2, 0.16, 0, 0)
    assert gaps.lines("sound") == ["0.16 s of sound missing in 2 places"]
    assert gaps.missing_share == 16 / 21


def test_pictures_have_no_length_but_their_steps() -> None:
    gaps = Gaps()
    for number, lost in ((0, 0), (1, 0), (5, 3), (6, 0)):
        gaps.take(event(number * 40_000, lost), number * 40_000, None)
    assert told(gaps) == (0, 1, 0.12, 0, 0)


def test_a_jump_of_the_clock_without_a_loss_is_no_gap() -> None:
    gaps = Gaps()
    for start_us in (0, 10_000, 2_000_000):
        gaps.take(event(start_us), start_us, STEP_US)
    assert told(gaps) == (0, 0, 0, 0, 0)


def test_what_comes_late_stays_missing() -> None:
    gaps = Gaps()
    for number, lost in ((0, 0), (2, 1), (1, -1), (3, 0)):
        gaps.take(event(30_000 if number == 1 else number * STEP_US, lost), number * STEP_US, STEP_US)
    assert told(gaps) == (0, 1, 0.01, 0, 0)


def test_what_its_sender_sent_before_we_came_is_said_and_not_missing() -> None:
    gaps = Gaps()
    gaps.take(event(0, before=7), 70_000, STEP_US)
    gaps.take(event(10_000), 80_000, STEP_US)
    assert told(gaps) == (0.07, 0, 0, 0, 0)
    assert gaps.lines("sound") == ["the first 0.07 s of its sound went out before we joined"]


def test_a_beginning_that_did_not_come_is_missing() -> None:
    gaps = Gaps()
    gaps.take(event(0, lost=7), 70_000, STEP_US)
    assert told(gaps) == (0, 1, 0.07, 0, 0)


def test_a_stall_is_told_by_our_clock_and_a_restart_is_none() -> None:
    gaps = Gaps()
    for at_us, start_us, epoch in ((0, 0, 1), (5_010_000, 10_000, 1), (9_000_000, 0, 2), (9_010_000, 10_000, 2)):
        gaps.take(event(at_us, epoch=epoch), start_us, STEP_US)
    assert told(gaps) == (0, 0, 0, 1, 5)
    assert gaps.lines("sound") == ["sound stood still once, 5.0 s in all"]


def test_an_outage_is_missing_and_no_stall() -> None:
    gaps = Gaps()
    gaps.take(event(0), 0, STEP_US)
    gaps.take(event(2_000_000, lost=199), 2_000_000, STEP_US)
    assert told(gaps) == (0, 1, 1.99, 0, 0)
