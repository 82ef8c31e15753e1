"""send-data and the messages that record keeps."""

import json
import os
from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.commands.send_data import lines, pieces
from agora_cli.sources.input import open_input

from .run import agora, start, wait_for_line

CHANNEL = ("--channelId", "test", "--engine", "local")


def recorded(home: Path, *args: object, stdin: bytes = b"") -> list[dict[str, object]]:
    """Send while a recorder listens; return the lines that it wrote."""
    limits = ("--waitForUser", "20s", "--duration", "60s", "--json")
    with start(home, "record", *CHANNEL, "--output", home / "out", *limits) as recorder:
        wait_for_line(recorder, "joined test as user")
        ran = agora(home, "send-data", *CHANNEL, "--userId", 7, *args, stdin=stdin)
        assert ran.code == 0, ran.err
        wait_for_line(recorder, "user 7 left")
        recorder.terminate()
        out, err = recorder.communicate(timeout=30)
    assert recorder.returncode == 143, err
    (row,) = json.loads(out)["files"]
    assert row["kind"] == "data"
    text = (home / "out" / "test_7.messages.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_lines_of_stdin_arrive_once_and_in_order_within_the_limits(tmp_path: Path) -> None:
    sent = [f"line {number} žluťoučký" for number in range(100)]
    got = recorded(tmp_path, stdin="\n".join(sent).encode())
    assert [row["text"] for row in got] == sent
    times = [float(str(row["time"])) for row in got]
    assert all(later - earlier >= 1 for earlier, later in zip(times, times[60:], strict=False))


def test_a_message_again_and_again(tmp_path: Path) -> None:
    got = recorded(tmp_path, "--message", "ping", "--every", "50ms", "--count", 4)
    assert [row["text"] for row in got] == ["ping"] * 4
    assert [round(float(str(row["time"])), 1) for row in got] == pytest.approx([0, 0.05, 0.1, 0.15], abs=0.06)


def test_an_interval_shorter_than_the_limits_waits_for_them(tmp_path: Path) -> None:
    ran = agora(tmp_path, "send-data", *CHANNEL, "--message", "x", "--every", "1ms", "--count", 70, "--json")
    assert (ran.code, ran.json["units"]) == (0, 70)
    assert ran.json["seconds"] >= 69 / 60


def test_bytes_as_metadata(tmp_path: Path) -> None:
    got = recorded(tmp_path, "--binary", "--kind", "audio", stdin=b"a\0\xff" * 25)
    assert [(row["kind"], len(str(row["base64"]))) for row in got] == [("audio-metadata", 88), ("audio-metadata", 16)]


@pytest.mark.parametrize(
    ("args", "stdin", "code", "message"),
    [
        (["--message", "x" * 1025], b"", 3, "message 1 has 1025 bytes, expected 1 to 1024"),
        (["--kind", "audio"], b"ok\n" + b"x" * 65, 3, "message 2 has 65 bytes, expected 1 to 64"),
        (["--every", "1s"], b"", 2, "--every needs --message"),
        (["--message", "x", "--binary"], b"", 2, "--binary is for stdin: it cannot go with --message"),
        (["--message", "x", "--count", "-1"], b"", 2, "--count must be 0 or more, got -1"),
        (["--message", ""], b"", 3, "message 1 has 0 bytes, expected 1 to 1024"),
    ],
)
def test_bad_calls(tmp_path: Path, args: list[str], stdin: bytes, code: int, message: str) -> None:
    ran = agora(tmp_path, "send-data", *CHANNEL, *args, stdin=stdin)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.splitlines()[-1] == f"error: {message}"


@pytest.mark.parametrize("repeat", [[], ["--every", "1s", "--count", "1"]])
def test_a_message_that_is_no_utf_8_goes_as_the_bytes_it_is(tmp_path: Path, repeat: list[str]) -> None:
    ran = agora(tmp_path, "send-data", *CHANNEL, "--message", os.fsdecode(b"a\xff"), *repeat, "--json")
    assert (ran.code, ran.json["bytes"]) == (0, 2)


def test_cutting_stdin(tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(b"a\r\n\nb" + b"x" * 70_000 + b"\nc")
    with open_input(str(path), Stop()) as source:
        assert list(lines(source)) == [b"a", b"b" + b"x" * 70_000, b"c"]
    with open_input(str(path), Stop()) as source:
        got = list(pieces(source, 1024))
    assert b"".join(got) == path.read_bytes()
    assert max(map(len, got)) == 1024
