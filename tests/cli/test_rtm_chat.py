"""agora rtm-chat in pipes: processes that talk, are stopped, are killed, and say what went wrong."""

import base64
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import agora, command, environment

WAIT_S = 30


class Chat:
    """One running `agora rtm-chat --json`, whose events are read as they come."""

    def __init__(self, home: Path, *args: object, stdin: Any = subprocess.DEVNULL) -> None:
        self.process = subprocess.Popen(
            command("rtm-chat", "--json", *args),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(home),
        )
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if b"subscribed" in line:
                return
        raise AssertionError(f"{args} ended with {self.process.wait()}")

    def until(self, **wanted: object) -> list[dict[str, Any]]:
        """Read events up to the first that has all that is wanted; return all that came."""
        seen = []
        for event in self.events():
            seen.append(event)
            if wanted.items() <= event.items():
                return seen
        raise AssertionError(f"ended without {wanted}: {seen[-5:]}")

    def events(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """Wait for its end; return the exit code."""
        try:
            return self.process.wait(WAIT_S)
        finally:
            assert self.process.stdout is not None
            assert self.process.stderr is not None
            self.process.stdout.close()
            self.process.stderr.close()


@pytest.fixture
def chats(tmp_path: Path) -> Iterator[Any]:
    running: list[Chat] = []

    def start(user: str, *args: object, stdin: Any = subprocess.DEVNULL) -> Chat:
        running.append(Chat(tmp_path, "-c", "room", "-u", user, *args, stdin=stdin))
        return running[-1]

    yield start
    for chat in running:
        if chat.process.poll() is None:
            chat.process.kill()
        chat.end()


def texts(events: list[dict[str, Any]]) -> list[str]:
    return [event["text"] for event in events if event.get("event") == "message"]


def test_two_processes_chat_by_pipe(tmp_path: Path, chats: Any) -> None:
    bob = chats("bob", "--count", 3)
    sent = agora(tmp_path, "rtm-chat", "-c", "room", "-u", "alice", stdin="eins\nzwei ü 漢字\n  3\tx ".encode())
    assert (sent.code, sent.out) == (0, "")
    assert "sent 3, received 0 messages" in sent.err
    events = list(bob.events())
    assert texts(events) == ["eins", "zwei ü 漢字", "  3\tx "]
    assert [event["publisher"] for event in events if event.get("event") == "message"] == ["alice"] * 3
    assert events[-1] | {"userId": "bob"} == {
        "ok": True,
        "engine": "local",
        "channelId": "room",
        "userId": "bob",
        "sent": 0,
        "received": 3,
        "bytes": 0,
    }
    assert bob.end() == 0


def test_plain_output_is_the_messages_and_nothing_else(tmp_path: Path) -> None:
    agora(tmp_path, "rtm-chat", "-c", "room", "-m", "first")
    agora(tmp_path, "rtm-chat", "-c", "room", "-m", "zweite ü")
    ran = agora(tmp_path, "rtm-chat", "-c", "room", "--count", 2, "--timeout", "20s")
    assert (ran.code, ran.out) == (0, "first\nzweite ü\n")


@pytest.mark.parametrize("data", [b"a\0b\xff\n\0", b"\0", bytes(32768)], ids=["mixed", "nul", "32 KB"])
def test_a_file_arrives_to_the_byte(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(data)
    assert agora(tmp_path, "rtm-chat", "-c", "room", "--file", file).code == 0
    ran = agora(tmp_path, "rtm-chat", "-c", "room", "--count", 1, "--json")
    assert base64.b64decode(json.loads(ran.out.splitlines()[0])["base64"]) == data


def test_lines_of_any_bytes(tmp_path: Path) -> None:
    agora(tmp_path, "rtm-chat", "-c", "room", "--binary", stdin=b"\xff\xfe\n\0")
    ran = agora(tmp_path, "rtm-chat", "-c", "room", "--count", 2, "--json")
    assert [base64.b64decode(json.loads(line)["base64"]) for line in ran.out.splitlines()[:2]] == [b"\xff\xfe", b"\0"]


def test_to_one_user_alone(tmp_path: Path, chats: Any) -> None:
    bob, carol = chats("bob", "--listen"), chats("carol", "--listen")
    assert agora(tmp_path, "rtm-chat", "--to", "bob", "-m", "psst", "-u", "alice").code == 0
    agora(tmp_path, "rtm-chat", "-c", "room", "-m", "all", "-u", "alice")
    assert texts(bob.until(text="all")) == ["psst", "all"]
    assert texts(carol.until(text="all")) == ["all"]


@pytest.mark.parametrize(
    ("args", "stdin", "code", "said"),
    [
        (("-c", "r", "-m", ""), b"", 3, "message is empty"),
        (("-c", "r", "-m", "x" * 32769), b"", 3, "got 32769 (RTM error -11010)"),
        (("-c", "r"), b"ok\n" + b"x" * 32769, 3, "stdin line 2 is too long"),
        (("-c", "r"), b"ok\na\xffb\n", 3, "stdin line 2 is not UTF-8: byte 2 is 0xff"),
        (("-c", "r", "--file", "/nowhere"), b"", 3, "cannot read /nowhere: No such file"),
        (("-c", "r", "--file", "/"), b"", 3, "cannot read /: Is a directory"),
        (("-c", "r", "-u", "x" * 65, "-m", "x"), b"", 2, "got 65 (RTM error -10006)"),
        (("-c", "r", "-u", "ü", "-m", "x"), b"", 2, "printable ASCII"),
        (("-c", "a/b", "-m", "x"), b"", 2, "RTM error -10008"),
        (("-c", "x" * 64, "-m", "x"), b"", 2, "got 64 (RTM error -10008)"),
        (("--to", "nobody", "-m", "x"), b"", 6, "'nobody' is not logged in (RTM error -11033)"),
        (("-m", "x"), b"", 2, "--channelId is missing"),
        (("-c", "r", "-m", "x", "--file", "y"), b"", 2, "not both"),
        (("-c", "r", "--count", "0"), b"", 2, "--count must be 1 or more"),
        (("-c", "r", "--count", "1", "--timeout", "soon"), b"", 2, "--timeout must be a duration"),
        (("-c", "r", "--role", "audience"), b"", 2, "--role"),
        (("-c", "r", "--encryptionMode", "aes-256-gcm2"), b"", 2, "--encryptionMode"),
    ],
)
def test_bad_input_is_one_line_and_a_code(
    tmp_path: Path, args: tuple[str, ...], stdin: bytes, code: int, said: str
) -> None:
    ran = agora(tmp_path, "rtm-chat", "--quiet", *args, stdin=stdin)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("error: ")
    assert said in ran.err.splitlines()[0]


def test_an_error_is_json_too(tmp_path: Path) -> None:
    ran = agora(tmp_path, "rtm-chat", "-c", "r", "-m", "", "--json")
    assert ran.json["error"]["code"] == "rtm-11009"
    assert ran.json["error"]["exit"] == ran.code == 3


def test_what_came_before_a_bad_line_is_sent(tmp_path: Path, chats: Any) -> None:
    bob = chats("bob", "--count", 1)
    assert agora(tmp_path, "rtm-chat", "-c", "room", stdin=b"good\n\xff\n").code == 3
    assert texts(list(bob.events())) == ["good"]


def test_empty_lines_are_left_out_and_named(tmp_path: Path, chats: Any) -> None:
    bob = chats("bob", "--count", 2)
    ran = agora(tmp_path, "rtm-chat", "-c", "room", stdin=b"a\n\nb\n")
    assert (ran.code, "warning: stdin line 2 is empty: not sent" in ran.err) == (0, True)
    assert texts(list(bob.events())) == ["a", "b"]


def test_eof_at_once_is_no_error(tmp_path: Path) -> None:
    ran = agora(tmp_path, "rtm-chat", "-c", "room")
    assert (ran.code, ran.out) == (0, "")


def test_not_enough_in_time_is_6(tmp_path: Path) -> None:
    agora(tmp_path, "rtm-chat", "-c", "room", "-m", "one")
    ran = agora(tmp_path, "rtm-chat", "-c", "room", "--count", 2, "--timeout", "300ms")
    assert (ran.code, ran.out) == (6, "one\n")
    assert "error: got 1 of 2 messages in 0.3 s" in ran.err


def test_time_alone_is_no_failure(tmp_path: Path) -> None:
    assert agora(tmp_path, "rtm-chat", "-c", "room", "--timeout", "100ms").code == 0


def test_history_can_be_left_out(tmp_path: Path) -> None:
    agora(tmp_path, "rtm-chat", "-c", "room", "-m", "secret", "--noHistory")
    agora(tmp_path, "rtm-chat", "-c", "room", stdin=b"1\n2\n3")
    assert agora(tmp_path, "rtm-chat", "-c", "room").out == "1\n2\n3\n"
    assert agora(tmp_path, "rtm-chat", "-c", "room", "--history", 2).out == "2\n3\n"
    assert agora(tmp_path, "rtm-chat", "-c", "room", "--history", 0).out == ""


def test_namespaces_are_apart(tmp_path: Path) -> None:
    agora(tmp_path, "rtm-chat", "-c", "room", "-m", "x", "--appId", "theirs")
    assert agora(tmp_path, "rtm-chat", "-c", "room").out == ""
    assert agora(tmp_path, "rtm-chat", "-c", "room", "--appId", "theirs").out == "x\n"


def test_the_earlier_login_is_told_and_leaves(chats: Any) -> None:
    earlier = chats("bob", "--listen")
    later = chats("bob", "--listen")
    events = list(earlier.events())
    link = [event for event in events if event.get("event") == "link"]
    assert [(event["state"], event["reason"]) for event in link] == [("failed", 19)]
    assert events[-1]["ok"] is False
    assert earlier.end() == 4
    assert later.process.poll() is None


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_a_goodbye(chats: Any, number: int, code: int) -> None:
    bob, carol = chats("bob", "--listen"), chats("carol", "--listen")
    bob.until(event="presence", user="carol", kind="joined")
    carol.signal(number)
    assert list(carol.events())[-1]["ok"] is True
    assert carol.end() == code
    bob.until(event="presence", user="carol", kind="left")


def test_a_subscriber_killed_and_back(tmp_path: Path, chats: Any) -> None:
    bob = chats("bob", "--listen")
    carol = chats("carol", "--listen")
    bob.until(event="presence", user="carol", kind="joined")
    carol.signal(signal.SIGKILL)
    seen = bob.until(event="link", state="reconnecting", reason=16)
    assert [event["kind"] for event in seen if event.get("event") == "presence"] == ["lost"]
    agora(tmp_path, "rtm-chat", "-c", "room", "-m", "while you were gone")
    back = chats("carol", "--listen")
    assert "while you were gone" in texts(back.until(text="while you were gone", history=True))
    bob.until(event="link", state="connected")
    bob.until(event="presence", user="carol", kind="joined")


def test_a_stopped_subscriber_gets_what_the_dead_left_behind(tmp_path: Path, chats: Any) -> None:
    """All others come, publish and die while our links are down: the history brings it."""
    bob = chats("bob", "--listen")
    agora(tmp_path, "rtm-chat", "-c", "room", "-u", "alice", "-m", "before")
    bob.until(text="before")
    bob.signal(signal.SIGSTOP)
    try:
        # Killed as soon as all is published: it would wait for bob.
        sender = subprocess.Popen(
            command("rtm-chat", "-c", "room", "-u", "alice", "--listen"),
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(tmp_path),
        )
        assert sender.stdin is not None
        sender.stdin.write(b"1\n2\n3\n")
        sender.stdin.flush()
        deadline = time.monotonic() + WAIT_S
        while agora(tmp_path, "rtm-chat", "-c", "room", "-u", "eve", "--count", 4, "--timeout", "1s", "-q").code:
            assert time.monotonic() < deadline
        sender.kill()
        sender.stdin.close()
        sender.wait(WAIT_S)
    finally:
        bob.signal(signal.SIGCONT)
    assert texts(bob.until(text="3")) == ["1", "2", "3"]


def test_a_lock_outlives_its_killed_holder_by_its_time_only(tmp_path: Path) -> None:
    """Its own script: the holder is killed, the next one gets the lock when the lease ends, not before."""
    holder = subprocess.Popen(
        [command()[0], "-c", _HOLDER, str(tmp_path)], stdout=subprocess.PIPE, env=environment(tmp_path)
    )
    from agora_cli.rtm.base import RtmSpec
    from agora_cli.rtm.local.engine import LocalRtmEngine

    client = LocalRtmEngine(tmp_path / "agora").login(RtmSpec("default", "bob"))
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
        killed = time.monotonic()
        fence = client.locks("room")[0].fence
        lock = client.acquire_lock("room", "l", wait_s=10)
        waited_s = time.monotonic() - killed
    finally:
        client.close()
        holder.communicate()
    assert lock.fence == fence + 1
    assert 1.3 < waited_s < 2.5


_HOLDER = """
import sys, time
from pathlib import Path
from agora_cli.rtm.base import RtmSpec
from agora_cli.rtm.local.engine import LocalRtmEngine
client = LocalRtmEngine(Path(sys.argv[1]) / "agora").login(RtmSpec("default", "alice"))
client.set_lock("room", "l", 2)
client.acquire_lock("room", "l")
print("held", flush=True)
time.sleep(60)
"""


def test_100_000_messages_once_and_in_order_past_a_stop_of_5_seconds(tmp_path: Path, chats: Any) -> None:
    count = 100_000
    bob = chats("bob", "--count", count)
    numbers = "".join(f"{number}\n" for number in range(count)).encode()
    sender = subprocess.Popen(
        command("rtm-chat", "-c", "room", "-u", "alice", "--noRateLimit", "--noHistory", "-q"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment(tmp_path),
    )
    assert sender.stdin is not None
    sender.stdin.write(numbers[: len(numbers) // 3])
    sender.stdin.flush()
    bob.until(text="20000")
    bob.signal(signal.SIGSTOP)
    stopped = time.monotonic()
    sender.stdin.write(numbers[len(numbers) // 3 :])
    sender.stdin.close()
    while time.monotonic() - stopped < 5:
        time.sleep(0.05)
    bob.signal(signal.SIGCONT)
    rest = texts(list(bob.events()))
    assert rest == [str(number) for number in range(20001, count)]
    assert sender.wait(WAIT_S) == 0
    assert bob.end() == 0
