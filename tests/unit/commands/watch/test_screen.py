import io
from typing import Any

from rich.console import Console

from agora_cli.commands.watch.screen import lines, rows, table

AUDIO = {"format": "pcm 16000 Hz, 1 channel", "bitrate": 256_000, "unitsPerSecond": 100.0, "quietSeconds": 0.0}
AUDIO |= {"muted": False, "levelNow": -6.0, "loss": 0.015, "jitter": 0.0021}
VIDEO = {"format": "h264 64x48", "bitrate": 800_000, "unitsPerSecond": 25.0, "quietSeconds": 3.2, "muted": True}
VIDEO |= {"keyframeInterval": 2.0, "loss": 0.0, "jitter": 0.0}


def document(**user: Any) -> dict[str, Any]:
    found = {"userId": "7\x1b[2J", "talking": True, "messages": 2, "volume": 80} | user
    return {"channelId": "demo", "seconds": 12.3, "users": [found], "rtt": 0.031}


def test_a_row_a_track() -> None:
    sound, picture = rows(document(audio=AUDIO, video=VIDEO))
    what = ["pcm 16000 Hz, 1 channel", "256 kb/s", "100 frames/s", "", "1.5% lost", "jitter 2.1 ms"]
    assert sound[1:] == [*what, "[#######.]   -6 dBFS", "talking, volume 80, 2 messages"]
    shown = ["h264 64x48", "800 kb/s", "25 fps", "keyframe every 2.0 s", "", "jitter 0.0 ms", ""]
    assert picture[1:] == [*shown, "no media for 3 s, muted"]


def test_no_track_and_digital_silence_are_told_apart() -> None:
    assert rows(document())[0][1] == "no track"
    assert rows(document(audio=AUDIO | {"levelNow": None}))[0][7] == "digital silence"


def test_lines_are_clean_and_say_when_nobody_is_there() -> None:
    assert lines(document(audio=AUDIO))[0].startswith("12 s  user 7\\x1b[2J  pcm 16000 Hz")
    assert lines({"channelId": "demo", "seconds": 1.0, "users": []}) == ["1 s  nobody else is in demo"]


def test_the_table_has_the_channel_in_its_title() -> None:
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(table(document(audio=AUDIO)))
    text = console.export_text()
    assert "demo, 12 s, users: 1, 31 ms to the edge" in text
    assert "\x1b" not in text
    assert "7\\x1b[2J" in text
    assert "[#######.]" in text
