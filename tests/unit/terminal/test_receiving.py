"""The receiver's live line at moments of a fake clock."""

import struct

from agora_cli.events import Joined, Left, MediaReceived
from agora_cli.frames import EncodedAudio, EncodedVideo, PcmFrame, Unit
from agora_cli.terminal.receiving import ReceivingLine

SECOND = 1_000_000
LOUD = PcmFrame(0, 16000, 1, struct.pack("<h", 16384) * 160)


def media(at_us: int, unit: Unit, user: str = "7", lost: int = 0) -> MediaReceived:
    return MediaReceived(at_us, user, 1, unit, lost)


def picture() -> EncodedVideo:
    return EncodedVideo(0, 0, "h264", 2, 2, True, bytes(100))


def test_nobody_sends() -> None:
    line = ReceivingLine(0)
    assert line.text(12 * SECOND) == "waiting for a sender, 0:12"
    line.take(Joined(13 * SECOND, "8"))
    assert line.text(75 * SECOND) == "1 in the channel, waiting for a sender, 1:15"
    line.take(Left(76 * SECOND, "8", "bye"))
    assert line.text(77 * SECOND) == "waiting for a sender, 1:17"


def test_a_bar_and_then_nothing_comes() -> None:
    line = ReceivingLine(0)
    for step in range(101):
        line.take(media(step * 10_000, LOUD))
    assert line.text(SECOND) == "0:01.0  7 [###########.]   -6 dBFS  256 kb/s"
    assert line.text(5 * SECOND) == "0:05.0  7 no media for 4 s  1 kb/s"
    line.take(media(5 * SECOND, LOUD, lost=3))
    assert line.text(5 * SECOND) == "0:05.0  7 [###########.]   -6 dBFS  1 kb/s  lost 3"


def test_no_sound_track_is_not_silence() -> None:
    line = ReceivingLine(0)
    for step in range(31):
        line.take(media(step * SECOND // 30, picture()))
    assert line.text(SECOND) == "0:01.0  7 no sound track 30 fps  24 kb/s"
    line.take(media(SECOND, EncodedAudio(0, "opus", 48000, 2, 960, b"x")))
    assert "7 compressed sound 30 fps" in line.text(SECOND)
    line.take(media(SECOND, PcmFrame(0, 16000, 1, bytes(320))))
    assert "7 [............]  -60 dBFS 30 fps" in line.text(SECOND)


def test_a_bar_a_user_and_who_is_gone_has_none() -> None:
    line = ReceivingLine(0)
    for user in ("1", "2", "3", "4", "5", "6"):
        line.take(media(0, LOUD, user))
    text = line.text(0)
    assert text.count("dBFS") == 4
    assert "and 2 more" in text
    for user in ("1", "2", "3", "4", "5"):
        line.take(Left(0, user, "bye"))
    assert line.text(0) == "0:00.0  6 [###########.]   -6 dBFS  0 kb/s"
    line.take(Left(0, "6", "bye"))
    assert line.text(3 * SECOND) == "nobody sends any more, 0:03"
