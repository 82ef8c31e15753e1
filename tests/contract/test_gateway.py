"""`--engine gateway` against strangers: nginx's RTMP module, a WHIP server on aiortc, and servers that are none."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from tests.contract.test_sdk_commands import film

AGORA = [sys.executable, "-m", "agora_cli"]
RTMP_MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
CHILD_TIMEOUT_S = 60
KEY = "stream-key-of-the-test"
CONFIGURATION = """
load_module {module}; daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 16; }}
rtmp {{ server {{ listen 127.0.0.1:{port};
  application live {{ live on; record all; record_path {home}; record_unique off; }}
  application closed {{ live on; deny publish all; }} }} }}
"""


@dataclass(frozen=True)
class Sent:
    """What a send command did."""

    code: int
    document: dict[str, Any]
    stderr: str


def send(command: str, *options: str, key: str = KEY) -> Sent:
    """Run a send command with --json."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AGORA_")}
    done = subprocess.run(
        [*AGORA, command, "--engine", "gateway", "--json", *options],
        env=environment | {"AGORA_STREAM_KEY": key},
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_S,
        check=False,
    )
    assert KEY not in done.stdout + done.stderr
    return Sent(done.returncode, json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}, done.stderr)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Run nginx with its RTMP module; give its address and the directory that it records into."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists() or not RTMP_MODULE.exists():
        pytest.skip("nginx with its RTMP module is not installed (apt-get install libnginx-mod-rtmp)")
    port, home = free_port(), tmp_path / "nginx"
    home.mkdir()
    home.chmod(0o777)
    (home / "conf").write_text(CONFIGURATION.format(module=RTMP_MODULE, home=home, port=port))
    command = [program, "-e", str(home / "early.log"), "-c", str(home / "conf")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.02)
            yield f"rtmp://127.0.0.1:{port}", home
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


@contextlib.contextmanager
def whip_server(**settings: Any) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run the WHIP server; give its address."""
    pytest.importorskip("aiortc", reason="aiortc is not installed: no stranger to send WHIP to")
    command = [sys.executable, "-W", "ignore", "-m", "tests.contract.whip_server", json.dumps(settings)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}/whip", process
        finally:
            if process.poll() is None:
                process.kill()


def came(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return what the WHIP server got, once its session is over."""
    stdout, _ = process.communicate(timeout=CHILD_TIMEOUT_S)
    document: dict[str, Any] = json.loads(stdout.splitlines()[-1])
    return document


def lumas(path: Path) -> list[float]:
    """Return the mean luma of each picture of a file."""
    with av.open(str(path)) as container:
        return [float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]


def test_rtmp_gives_a_stranger_every_picture_and_sample(nginx: tuple[str, Path], tmp_path: Path) -> None:
    url, home = nginx
    film(tmp_path / "in.mp4")
    sent = send("send-mp4", "--videoFile", str(tmp_path / "in.mp4"), "--url", f"{url}/live")
    assert sent.code == 0, sent.stderr
    assert (sent.document["engine"], sent.document["dropped"]) == ("gateway", 0)
    recorded = home / f"{KEY}.flv"
    assert lumas(recorded) == lumas(tmp_path / "in.mp4")
    with av.open(str(recorded)) as container:
        pictures = [packet for packet in container.demux(video=0) if packet.size]
        steps = {late.pts - early.pts for early, late in zip(pictures, pictures[1:], strict=False)}
        assert (len(pictures), steps) == (25, {40})
    with av.open(str(recorded)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert samples == pytest.approx(48000, abs=2048)


def test_rtmp_takes_sound_alone(nginx: tuple[str, Path], tmp_path: Path) -> None:
    url, home = nginx
    tone = (np.sin(np.arange(24000) * 2 * np.pi * 440 / 24000) * 12000).astype(np.int16)
    soundfile.write(tmp_path / "in.wav", tone, 24000)
    sent = send("send-pcm", "--audioFile", str(tmp_path / "in.wav"), "--url", f"{url}/live")
    assert sent.code == 0, sent.stderr
    with av.open(str(home / f"{KEY}.flv")) as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    spectrum = np.abs(np.fft.rfft(heard[4800:43200]))
    assert np.argmax(spectrum) * 48000 / 38400 == pytest.approx(440, abs=2)


@pytest.mark.parametrize(("application", "code", "exit_code"), [("nosuch", "gateway-refused", 4), ("closed", "", 5)])
def test_rtmp_that_takes_no_stream_is_no_success(
    nginx: tuple[str, Path], tmp_path: Path, application: str, code: str, exit_code: int
) -> None:
    film(tmp_path / "in.mp4")
    sent = send("send-mp4", "--videoFile", str(tmp_path / "in.mp4"), "--url", f"{nginx[0]}/{application}")
    assert sent.code == exit_code, sent.stderr
    assert code in sent.document["error"]["code"]


@pytest.mark.parametrize(("loss", "tail"), [(0.0, 1), (0.03, 4)])
def test_whip_gives_a_stranger_every_picture(tmp_path: Path, loss: float, tail: int) -> None:
    film(tmp_path / "in.mp4")
    with whip_server(key=KEY, loss=loss) as (url, process):
        sent = send("send-mp4", "--videoFile", str(tmp_path / "in.mp4"), "--url", url)
        found = came(process)
    assert sent.code == 0, sent.stderr
    assert (found["sessions"], found["deleted"], found["sizes"]) == (1, 1, [[320, 240]])
    assert found["seen_tokens"] == [f"Bearer {KEY}"]
    # A receiver shows a picture when the next one begins: the last one never does; and what is lost at the very end is
    # asked for only when more comes.
    sent_lumas = lumas(tmp_path / "in.mp4")
    shown = len(found["pictures"])
    assert shown >= len(sent_lumas) - tail
    assert found["pictures"] == pytest.approx(sent_lumas[:shown], abs=1)
    assert "m=audio" in found["offers"][0]
    assert "m=video" in found["offers"][0]


@pytest.mark.parametrize(
    ("settings", "key", "code", "exit_code"),
    [
        ({"key": "another"}, KEY, "gateway-refused", 4),
        ({"status": 403}, KEY, "gateway-refused", 4),
        ({"status": 404}, KEY, "gateway-refused", 4),
        ({"status": 500}, KEY, "gateway-status", 5),
        ({"status": 302}, KEY, "gateway-status", 5),
    ],
)
def test_what_a_whip_server_answers(
    tmp_path: Path, settings: dict[str, Any], key: str, code: str, exit_code: int
) -> None:
    soundfile.write(tmp_path / "in.wav", np.zeros(4800, np.int16), 48000)
    with whip_server(**settings) as (url, _):
        sent = send("send-pcm", "--audioFile", str(tmp_path / "in.wav"), "--url", url, key=key)
    assert (sent.code, sent.document["error"]["code"]) == (exit_code, code)


def test_a_whip_session_that_dies_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "in.yuv").write_bytes(bytes(64 * 64 * 3 // 2) * 150)
    options = ("--videoFile", str(tmp_path / "in.yuv"), "--width", "64", "--height", "64", "--fps", "25")
    with whip_server(key=KEY, die_after=10) as (url, process):
        sent = send("send-yuv", *options, "--url", url)
        found = came(process)
    assert sent.code == 0, sent.stderr
    assert (found["sessions"], sent.document["reconnects"]) == (2, 1)
    assert found["deleted"] == 2
    assert sent.document["dropped"] > 0
    assert len(found["pictures"]) > 20
    assert "link reconnecting" in sent.stderr
    assert "link connected: joined again" in sent.stderr


@pytest.mark.parametrize("scheme", ["rtmp", "rtmps", "http"])
def test_a_server_that_says_nothing_is_left_in_time(tmp_path: Path, scheme: str) -> None:
    soundfile.write(tmp_path / "in.wav", np.zeros(4800, np.int16), 48000)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/live"
        start_s = time.monotonic()
        sent = send("send-pcm", "--audioFile", str(tmp_path / "in.wav"), "--url", url, "--timeout", "1s")
    assert time.monotonic() - start_s < 15
    assert sent.code == 5, sent.stderr


@pytest.mark.parametrize("scheme", ["rtmp", "http"])
def test_a_server_that_is_not_there(tmp_path: Path, scheme: str) -> None:
    soundfile.write(tmp_path / "in.wav", np.zeros(4800, np.int16), 48000)
    sent = send(
        "send-pcm", "--audioFile", str(tmp_path / "in.wav"), "--url", f"{scheme}://127.0.0.1:{free_port()}/live"
    )
    assert (sent.code, sent.document["error"]["code"]) == (5, "gateway-network")


def test_what_a_gateway_cannot_do_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", np.zeros(4800, np.int16), 48000)
    sound, url = ("--audioFile", str(tmp_path / "in.wav")), ("--url", "rtmp://127.0.0.1:1/live")
    for options, code in (
        ((*url, "--scenario", "chorus"), "parameter"),
        ((*url, "--role", "audience"), "role"),
        ((*url, "--impair", "loss=5%"), "impair"),
        (("--url", "http://example.org/whip"), "gateway-address"),
        ((), "gateway-address"),
        ((*url, "--region", "eu"), "gateway-address"),
        (("--region", "mars"), "gateway-region"),
    ):
        sent = send("send-pcm", *sound, *options)
        assert (sent.code, sent.document["error"]["code"]) == (2, code), sent.stderr
    assert send("record", *url).document["error"]["code"] == "gateway-sends-only"
    assert send("rtm-chat", "-c", "x", "-m", "hello").document["error"]["code"] == "gateway-sends-only"
