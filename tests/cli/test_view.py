"""`agora view` in a browser: the picture is the one that was sent, read by its number; sound, messages, ends."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.chromium import Browser

from .run import agora, start

CHANNEL = ("--channelId", "shown", "--engine", "local")
BITS, BLOCK, HEIGHT = 8, 40, 180
PICTURES = 90
# The number that the canvas shows: a block a bit, the most significant one on the left.
NUMBER = f"""(() => {{
  const canvas = document.querySelector("canvas");
  const data = canvas.getContext("2d").getImageData(0, {HEIGHT // 2}, canvas.width, 1).data;
  let number = 0;
  for (let bit = 0; bit < {BITS}; bit += 1) {{
    number = number * 2 + (data[4 * (bit * {BLOCK} + {BLOCK // 2})] > 128 ? 1 : 0);
  }}
  return number;
}})()"""


def numbered_film(path: Path) -> Path:
    """Write a film whose picture N shows N + 100, and a loud tone."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=Fraction(30), options={"g": "15", "bf": "0"})
        video.width, video.height, video.pix_fmt = BITS * BLOCK, HEIGHT, "yuv420p"
        sound = out.add_stream("aac", rate=48000, layout="mono")
        for number in range(PICTURES):
            plane = np.full((HEIGHT * 3 // 2, BITS * BLOCK), 128, np.uint8)
            for bit in range(BITS):
                lit = (number + 100) >> (BITS - 1 - bit) & 1
                plane[:HEIGHT, bit * BLOCK : (bit + 1) * BLOCK] = 235 if lit else 16
            out.mux(video.encode(av.VideoFrame.from_ndarray(plane, format="yuv420p")))
        wave = (np.sin(np.arange(PICTURES * 1600) * 0.05) * 16000).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        frame.sample_rate = 48000
        out.mux(sound.encode(frame))
        out.mux(video.encode(None))
        out.mux(sound.encode(None))
    return path


@contextmanager
def running(home: Path, *args: object) -> Iterator["subprocess.Popen[str]"]:
    """Run a command until the block ends, however it ends."""
    with start(home, *args) as process:
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


@contextmanager
def viewed(home: Path, *args: object) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run `agora view`, and give its process and the address of its page."""
    with running(home, "view", *CHANNEL, *args) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    opened = Browser(tmp_path / "profile")
    yield opened
    opened.close()


def test_the_browser_shows_the_picture_that_was_sent(tmp_path: Path, browser: Browser) -> None:
    film = numbered_film(tmp_path / "film.mp4")
    send = ("send-mp4", *CHANNEL, "--videoFile", film, "--loop", "inf", "--userId", 7, "--quiet")
    with viewed(tmp_path) as (process, address), running(tmp_path, *send) as sender:
        browser.visit(address)
        browser.wait_for("tiles.size === 1 && [...tiles.values()][0].pictures > 20")
        numbers = []
        for _ in range(12):
            numbers.append(browser.evaluate(NUMBER))
            browser.evaluate("new Promise(done => setTimeout(done, 100))")
        assert all(100 <= number < 100 + PICTURES for number in numbers), numbers
        assert len(set(numbers)) > 8
        steps = [(after - before) % PICTURES for before, after in zip(numbers, numbers[1:], strict=False)]
        assert all(0 <= step < 30 for step in steps), numbers
        assert agora(tmp_path, "send-data", *CHANNEL, "--userId", 8, "--message", "<b>hi</b>").code == 0
        assert browser.wait_for('document.querySelector("#messages li")?.textContent') == "8<b>hi</b>"
        assert browser.evaluate('document.querySelector("#messages li b + b")') is None
        assert browser.wait_for("parseFloat([...tiles.values()][0].bar.style.width) > 50")
        browser.wait_for('document.querySelector(".tile small").textContent.includes("h264 320x180")')
        at = browser.evaluate('(({x, y}) => ({x, y}))(document.getElementById("sound").getBoundingClientRect())')
        browser.click(at["x"] + 9, at["y"] + 9)
        browser.wait_for('speaker !== null && speaker.state === "running" && [...tiles.values()][0].nextS > 0')
        browser.screenshot(tmp_path / "view.png")
        assert browser.errors == []
        sender.kill()
        sender.communicate()
        browser.wait_for("tiles.size === 0")
        process.terminate()
        assert process.wait(20) == 143
        browser.wait_for('document.getElementById("state").textContent === "agora view has ended"')


def test_a_browser_that_goes_in_mid_stream_harms_nobody(tmp_path: Path, browser: Browser) -> None:
    film = numbered_film(tmp_path / "film.mp4")
    send = ("send-mp4", *CHANNEL, "--videoFile", film, "--loop", "inf", "--quiet")
    with viewed(tmp_path, "--duration", "1m") as (process, address), running(tmp_path, *send):
        for _ in range(2):
            browser.visit(address)
            browser.wait_for("tiles.size === 1 && [...tiles.values()][0].pictures > 5")
            browser.visit("about:blank")
        assert process.poll() is None


def test_who_does_not_know_the_address_learns_nothing(tmp_path: Path) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect
    from websockets.typing import Origin

    with viewed(tmp_path) as (_, address):
        assert address.startswith("http://127.0.0.1:")
        root = address.rsplit("/", 2)[0]
        for wrong in (root + "/", root + "/media", address + "x"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(wrong, timeout=10)
        with pytest.raises(InvalidStatus, match="403"):
            connect(address.replace("http", "ws") + "media", origin=Origin("http://evil.example"))
        with urllib.request.urlopen(address, timeout=10) as page:
            assert b"@@" not in page.read()
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = agora(tmp_path, "view", *CHANNEL, "--port", port)
    assert ran.code == 5
    assert f"error: --port: cannot listen on 127.0.0.1 port {port}:" in ran.err
    assert agora(tmp_path, "view", *CHANNEL, "--port", 70000).code == 2


def test_the_address_as_json_and_an_end(tmp_path: Path) -> None:
    begin = time.monotonic()
    ran = agora(tmp_path, "view", *CHANNEL, "--json", "--duration", "0.3s")
    assert ran.code == 0
    assert ran.json["address"].startswith("http://127.0.0.1:")
    assert time.monotonic() - begin < 20
