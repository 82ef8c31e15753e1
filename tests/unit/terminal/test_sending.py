"""The sender's live line at moments of a fake clock."""

import struct

from agora_cli.frames import EncodedVideo, PcmFrame
from agora_cli.terminal.sending import SendingLine

SECOND = 1_000_000
LOUD = PcmFrame(0, 16000, 1, struct.pack("<h", 16384) * 160)


def test_how_far_of_how_much_and_how_long_it_takes() -> None:
    line = SendingLine(0, 10 * SECOND)
    assert line.text(3 * SECOND) == "nothing sent yet, 0:03"
    for step in range(101):
        line.take(3 * SECOND + step * 10_000, LOUD, step * 10_000, late=0, dropped=0)
    assert line.text(4 * SECOND) == "0:01.0 of 0:10.0  10%  0:09 left  [###########.]   -6 dBFS  256 kb/s"


def test_twice_as_fast_takes_half_as_long() -> None:
    line = SendingLine(0, 10 * SECOND)
    line.take(0, LOUD, 0)
    line.take(SECOND, LOUD, 2 * SECOND)
    assert "20%  0:04 left" in line.text(SECOND)
    line.take(5 * SECOND, LOUD, 11 * SECOND)
    assert "100%  0:00 left" in line.text(5 * SECOND)


def test_without_a_known_end_there_is_no_percent() -> None:
    line = SendingLine(0, None)
    line.take(0, LOUD, 10_000, late=2, dropped=0)
    assert line.text(0) == "0:00.0  [###########.]   -6 dBFS  0 kb/s  late 2"


def test_a_pipe_that_pauses_is_told() -> None:
    line = SendingLine(0, None)
    line.take(0, LOUD, 10_000)
    assert line.text(4 * SECOND) == "0:00.0  no input for 4 s  1 kb/s"


def test_picture_alone_has_no_level() -> None:
    line = SendingLine(0, None)
    line.take(0, EncodedVideo(0, 0, "h264", 2, 2, True, b"x"), 0)
    assert line.text(0) == "0:00.0  0 kb/s"
