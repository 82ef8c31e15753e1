"""No signal is lost: whatever a command is doing when it comes, the command ends, and says so by its code."""

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.run import start

SPEECH = Path(__file__).parents[2] / "test_data" / "speech.wav"
# Commands that would go on for ever, or for much longer than the test sends its signal after.
ENDLESS = (
    ("send-pcm", "--channelId", "stop", "--audioFile", SPEECH, "--loop", "inf"),
    ("send-pcm", "--channelId", "stop", "--audioFile", SPEECH, "--loop", "inf", "--dryRun"),
    ("send-pcm", "--channelId", "stop", "--audioFile", "-", "--sampleRate", "16000"),
    ("send-data", "--channelId", "stop", "--message", "x", "--every", "1s"),
    ("send-h264", "--channelId", "stop", "--videoFile", "-"),
    ("send-yuv", "--channelId", "stop", "--videoFile", "-", "--width", "64", "--height", "64", "--fps", "25"),
    ("record", "--channelId", "stop"),
    ("vad-dump", "--channelId", "stop"),
    ("vad-dump", "-", "--live"),
    ("rtm-chat", "--channelId", "stop", "--userId", "me", "--listen"),
)
MOMENTS = 5  # for each of them
SETTLED_S = 20.0


def handles_sigterm(pid: int) -> bool:
    """Tell whether a process has a handler of its own for SIGTERM: Python has none, so it is ours."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks /proc when the handlers are in place")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize("command", ENDLESS, ids=lambda command: f"{command[0]} {command[-1]}")
def test_a_signal_at_any_moment_ends_the_command(tmp_path: Path, command: tuple[object, ...], number: int) -> None:
    moments = random.Random(f"{command} {number}")
    for _ in range(MOMENTS):
        process = start(tmp_path, *command, stdin=subprocess.PIPE, cwd=tmp_path)
        try:
            deadline = time.monotonic() + SETTLED_S
            while not handles_sigterm(process.pid) and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 0.8))
            process.send_signal(number)
            assert process.wait(SETTLED_S) == 128 + number
        finally:
            process.kill()
            process.communicate()
