"""A small client of headless Chromium over --remote-debugging-pipe: no port, no web socket, no driver.

Messages of the DevTools protocol are JSON ended by a zero byte, to the browser on its descriptor 3 and from
it on 4. Every wait is bounded.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEADLINE_S = 30.0
# Becomes the browser with two descriptors where it wants them; above 9 first, one may be on the other's place.
ON_3_AND_4 = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def chromium() -> str:
    """Return the path of a Chromium, or skip the test with the reason."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    pytest.skip("no chromium on this machine (Debian: apt-get install chromium): no page is opened")


class Browser:
    """One headless browser with one page."""

    def __init__(self, profile: Path, width: int = 1280, height: int = 1000) -> None:
        self._read, write_end = os.pipe()
        read_end, self._write = os.pipe()
        command = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--mute-audio"]
        command += ["--remote-debugging-pipe", f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        command += ["--no-first-run", "--disable-extensions", "--disable-dev-shm-usage", "about:blank"]
        log = (profile.parent / "chromium.log").open("wb")
        with log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", ON_3_AND_4, str(read_end), str(write_end), *command],
                pass_fds=(read_end, write_end),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        os.close(read_end)
        os.close(write_end)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.errors: list[str] = []
        target = self._page()
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Runtime.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Call one method of the protocol and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("method") == "Runtime.exceptionThrown":
                self.errors.append(json.dumps(answer["params"]["exceptionDetails"])[:500])
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression, a promise awaited."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """Return the value of an expression as soon as it is true; fail after a while."""
        end = time.monotonic() + DEADLINE_S
        while not (value := self.evaluate(script)):
            assert time.monotonic() < end, f"never true: {script}"
            self.evaluate("new Promise(done => setTimeout(done, 20))")
        return value

    def open(self, path: Path) -> None:
        """Open a local file."""
        self.visit(path.as_uri())

    def visit(self, url: str) -> None:
        """Open an address, and wait until its scripts have run."""
        self.call("Page.navigate", url=url)
        self.wait_for('document.readyState === "complete"')

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Send a mouse event: mousePressed, mouseReleased, mouseMoved or mouseWheel."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        """Press and release the left button."""
        self.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def screenshot(self, path: Path) -> None:
        """Write the page as a PNG."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        """End the browser."""
        os.close(self._write)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)

    def _page(self) -> str:
        while True:
            for target in self.call("Target.getTargets")["targetInfos"]:
                if target["type"] == "page":
                    return str(target["targetId"])

    def _receive(self) -> Any:
        end = time.monotonic() + DEADLINE_S
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            assert ready, "chromium did not answer"
            block = os.read(self._read, 1 << 20)
            assert block, "chromium ended"
            self._buffer += block
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)
