from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, PcmFrame, RawVideo, Unit
from agora_cli.sinks.in_order import LATEST_US, InOrder


def picture(at_us: int) -> EncodedVideo:
    return EncodedVideo(at_us, at_us, "h264", 2, 2, True, b"x")


def event(unit: Unit, lost: int = 0, user: str = "7", epoch: int = 1) -> MediaReceived:
    return MediaReceived(0, user, epoch, unit, lost)


def test_twice_and_late_are_left_out() -> None:
    order = InOrder()
    admitted = [order.admit(event(picture(at_us))) is not None for at_us in (0, 40, 40, 120, 80, 160)]
    assert admitted == [True, True, False, True, False, True]


def test_users_kinds_and_epochs_are_apart() -> None:
    order = InOrder()
    units = [event(picture(80)), event(picture(0), user="8"), event(RawVideo(0, "i420", 2, 2, b"")), event(picture(0))]
    assert [order.admit(one) is not None for one in units] == [True, True, True, False]
    assert order.admit(event(picture(0), epoch=2)) is not None


def test_a_clock_that_went_far_back_is_another_clock() -> None:
    order = InOrder()
    assert order.admit(event(picture(LATEST_US + 2))) is not None
    assert order.admit(event(picture(1))) is not None
    assert order.admit(event(picture(2))) is not None


def test_b_frames_are_told_apart_by_when_they_are_decoded() -> None:
    order = InOrder()
    units = [EncodedVideo(pts_us, dts_us, "h264", 2, 2, False, b"x") for dts_us, pts_us in ((0, 0), (1, 3), (2, 2))]
    assert all(order.admit(event(unit)) for unit in units)


def test_what_comes_late_stays_missing_and_sound_passes() -> None:
    order = InOrder()
    sound = PcmFrame(0, 16000, 1, b"")
    assert order.admit(event(sound)) == event(sound)
    assert order.admit(event(sound, lost=2)) == event(sound, lost=2)
    assert order.admit(event(sound, lost=-1)) == event(sound, lost=0)
