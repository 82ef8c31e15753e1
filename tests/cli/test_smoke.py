"""agora smoke as a process: both sides, two processes, and what cannot be."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.cli.run import agora, start, wait_for_line

# A test's machine may be busy with others: what depends on its time is told, not asked for. What carries the signal,
# its order, level and look, is asked for as ever.
PATIENT = tuple(
    word
    for figure in (
        *("first<60s", "latency.p95<60s", "outage<60s", "jitter<60s", "drift<100000000", "frozenSeconds<60s"),
        *("loss<50%", "silence<50%", "offset<60s", "unacceptable<=100%", "roundTrip.p95<60s", "keyframe<60s"),
    )
    for word in ("--expect", figure)
)


def test_a_healthy_channel_passes_with_its_reports(tmp_path: Path) -> None:
    paths = tmp_path / "a.xml", tmp_path / "a.html"
    ran = agora(
        *(tmp_path, "smoke", "-c", "smoke-cli", "--duration", "2s", *PATIENT),
        *("--junit", paths[0], "--html", paths[1], "--json"),
    )
    assert ran.code == 0, ran.err
    assert ran.json["ok"]
    assert len(ran.json["users"]) == 2
    assert ET.parse(paths[0]).getroot().get("failures") == "0"
    assert "<svg" in paths[1].read_text()


def test_a_bad_channel_is_exit_6_with_a_cause(tmp_path: Path) -> None:
    ran = agora(tmp_path, "smoke", "-c", "smoke-bad", "--preset", "voice", "--duration", "2s", "--impair", "loss=30%")
    assert ran.code == 6
    assert "not met: audio.loss<1%" in ran.err
    assert "likely cause: packets are lost" in ran.err
    assert "FAIL" in ran.out


def test_two_processes_with_encryption(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("secret")
    same = ("-c", "smoke-two", "--encryptionMode", "aes-128-xts", "--encryptionKeyFile", key, "--duration", "2s")
    # Nobody answers one who only listens: the last two cannot be known.
    receiver = start(tmp_path, "smoke", *map(str, same + PATIENT[:-4]), "--side", "receiver", "--json")
    wait_for_line(receiver, "joined")
    sender = agora(tmp_path, "smoke", *same, "--side", "sender")
    out, err = receiver.communicate(timeout=60)
    assert sender.code == 0, sender.err
    assert receiver.returncode == 0, out + err
    assert all(user["audio"]["latency"]["p50"] is not None for user in json.loads(out)["users"].values())  # one clock


def test_nobody_there_is_exit_6(tmp_path: Path) -> None:
    for side in ("sender", "receiver"):
        ran = agora(tmp_path, "smoke", "-c", "smoke-none", "--side", side, "--timeout", "300ms")
        assert ran.code == 6
        assert "came into smoke-none" in ran.err or "come into smoke-none" in ran.err


def test_bad_input_is_one_line_before_anything_is_joined(tmp_path: Path) -> None:
    for args, code, line in (
        (("--expect", "lss<1%"), 2, "no figure 'lss'"),
        (("--expect", "loss=1%"), 2, "must be one of"),
        (("--html", "/nowhere/a.html"), 3, "/nowhere/a.html cannot be written"),
        (("--duration", "0s"), 2, "--duration must be"),
        (("--width", "33"), 2, "a picture must be even"),
        (("--numOfChannels", "3"), 2, "--numOfChannels must be 1 or 2"),
        (("--fps", "x"), 2, "--fps must be"),
        (("--codec", "h266"), 2, "h266"),
        (("--against", "7", "--side", "sender"), 2, "--against needs --side both"),
    ):
        ran = agora(tmp_path, "smoke", "-c", "smoke-none", *args)
        assert (ran.code, line in ran.err, "joined" in ran.err) == (code, True, False), ran.err


def test_the_self_test_prints_measured_against_injected(tmp_path: Path) -> None:
    ran = agora(tmp_path, "smoke", "--selfTest", "--json")
    assert ran.code == 0, ran.err
    assert all(row["ok"] for row in ran.json["selfTest"])
