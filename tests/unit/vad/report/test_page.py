"""The report: its data, and the page in a browser that zooms, pans, plays and is looked at."""

import json
import re
import zlib
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agora_cli.native.vad import VadConfig
from agora_cli.vad.labels import Labels
from agora_cli.vad.report.page import page, report_document, triggers, write_report
from agora_cli.vad.score import score
from agora_cli.vad.segments import segments_of
from tests.chromium import Browser
from tests.unit.vad.made import run, tone

TURNS = ((100, 0.0), (200, 1.0), (100, 0.1), (150, 0.9), (50, 0.2))
LABELS = Labels(((1000, 3000), (4000, 5500)), 6000)


def sound() -> np.ndarray:
    samples = np.concatenate(
        [tone(200 + 100 * (value > 0.5), frames / 100, peak=20_000 * value) for frames, value in TURNS]
    )
    return np.frombuffer(samples.tobytes(), np.uint8)


def written(path: Path, name: str = "talk", **more: Any) -> Path:
    analysis = run(*TURNS, **more)
    write_report(path, name, analysis, segments_of(analysis), sound(), LABELS, score(analysis, LABELS))
    return path


def test_the_data_of_the_page(tmp_path: Path) -> None:
    text = written(tmp_path / "r.html").read_text()
    (data,) = re.findall(r'<script id="data" type="application/json">(.*?)</script>', text, re.DOTALL)
    document = json.loads(data)
    assert document["trigger"] == {"start": 20, "stop": 25}
    assert document["labels"] == [[1.0, 3.0], [4.0, 5.5]]
    assert [event["kind"] for event in document["events"]] == ["start", "stop", "start", "stop"]
    assert document["events"][1]["reason"] == "stop at 3.25 s: 25 of 49 inactive"
    assert not document["deflated"]
    assert len(b64decode(document["series"]["state"])) == 600
    assert len(b64decode(document["series"]["pitch"])) == 1200
    assert document["sound"]["type"] == "audio/wav"


@pytest.mark.parametrize(("frames", "deflated"), [(60_000, False), (60_001, True)])
def test_only_the_arrays_of_a_long_recording_are_deflated(frames: int, deflated: bool) -> None:
    document = report_document("long", run((frames, 0.0)), (), None, None)
    assert document["deflated"] == deflated
    state = b64decode(document["series"]["state"])
    assert len(zlib.decompress(state) if deflated else state) == frames


def test_the_page_is_self_contained(tmp_path: Path) -> None:
    text = written(tmp_path / "r.html").read_text()
    assert not re.findall(r'(?:src|href)="', text)
    assert "http" not in text.replace("http-equiv", "")


def test_a_name_cannot_break_out_of_the_page() -> None:
    analysis = run((10, 0.0))
    name = "</script><b>{{DATA}} & \u00e4"
    text = page(name, report_document(name, analysis, (), None, None))
    assert text.count("</script>") == 2
    assert "&lt;/script&gt;&lt;b&gt;{{DATA}} &amp; \u00e4" in text


@pytest.mark.parametrize(
    ("rules", "config", "expected"),
    [
        ("2.1", VadConfig(), (20, 25)),
        ("documented", VadConfig(), (21, 25)),
        ("2.4", VadConfig(), (30, 50)),
        ("2.1", VadConfig(inactive_percent=0.99), (20, None)),
        ("2.1", VadConfig(start_recognize_count=1), (0, 25)),
    ],
)
def test_what_fires(rules: Any, config: VadConfig, expected: tuple[int, int | None]) -> None:
    assert tuple(triggers(rules, config).values()) == expected


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("chromium") / "profile")
    yield opened
    opened.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Browser]:
    """Give the browser with the report open; no script may have failed in the end."""
    browser.open(written(tmp_path / "r.html"))
    browser.wait_for("window.vadReport !== undefined && vadReport.ui.box !== undefined")
    yield browser
    assert browser.errors == []


def view(browser: Browser) -> tuple[float, float]:
    seen = browser.evaluate("vadReport.ui.view")
    return seen["start"], seen["end"]


def spot(browser: Browser, seconds: float) -> tuple[float, float]:
    """Return where a moment is on the screen, in the waveform's lane."""
    script = """(() => { const box = document.getElementById("canvas").getBoundingClientRect();
        return [box.left + vadReport.ui.box.x(%f), box.top + vadReport.ui.lanes[2].top + 60]; })()"""
    x, y = browser.evaluate(script % seconds)
    return x, y


def settle(browser: Browser) -> None:
    browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.mark.xdist_group("chromium")
class TestInChromium:
    """What a user does with the page."""

    def test_it_is_drawn(self, opened: Browser, tmp_path: Path) -> None:
        opened.screenshot(tmp_path / "all.png")
        picture = np.asarray(Image.open(tmp_path / "all.png").convert("RGB")).astype(int)
        colors = opened.evaluate("vadReport.ui.colors")
        for name in ("wave", "speech", "prob", "rms", "queue", "label"):
            wanted = np.array([int(colors[name][at : at + 2], 16) for at in (1, 3, 5)])
            assert (np.abs(picture - wanted).sum(axis=2) < 12).sum() > 100, name
        assert opened.evaluate("document.getElementById('events').tBodies[0].rows.length") == 4
        assert "25 of 49 inactive" in opened.evaluate("document.getElementById('events').textContent")

    def test_a_picture_taken_at_the_load_event_shows_it(self, browser: Browser, tmp_path: Path) -> None:
        """As `chromium --headless --screenshot` takes it: all is drawn when the last script of the page has run."""
        text = written(tmp_path / "r.html").read_text()
        look = """<script>{ const canvas = document.getElementById("canvas");
            window.atOnce = { ready: window.vadReport !== undefined,
            rows: document.getElementById("events").rows.length, painted: canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data.some(byte => byte) }; }</script></body>"""
        (tmp_path / "look.html").write_text(text.replace("</body>", look, 1))
        browser.open(tmp_path / "look.html")
        browser.wait_for("window.atOnce !== undefined")
        assert browser.evaluate("atOnce") == {"ready": True, "rows": 5, "painted": True}

    def test_the_wheel_zooms_around_the_pointer(self, opened: Browser) -> None:
        assert view(opened) == (0, 6)
        x, y = spot(opened, 2.0)
        opened.mouse("mouseWheel", x, y, deltaX=0, deltaY=-400)
        settle(opened)
        start, end = view(opened)
        assert 1 < end - start < 4
        assert abs(spot(opened, 2.0)[0] - x) < 2
        for _ in range(30):
            opened.mouse("mouseWheel", x, y, deltaX=0, deltaY=-400)
        start, end = view(opened)
        assert abs(end - start - 0.1) < 1e-6
        for _ in range(30):
            opened.mouse("mouseWheel", x, y, deltaX=0, deltaY=400)
        assert view(opened) == (0, 6)

    def test_dragging_moves_and_does_not_click(self, opened: Browser) -> None:
        opened.evaluate("document.getElementById('zoom-in').click()")
        settle(opened)
        before = view(opened)
        x, y = spot(opened, 2.5)
        opened.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
        opened.mouse("mouseMoved", x - 40, y, button="left", buttons=1)
        opened.mouse("mouseMoved", x - 80, y, button="left", buttons=1)
        opened.mouse("mouseReleased", x - 80, y, button="left", clickCount=1)
        after = view(opened)
        assert after[0] > before[0]
        assert abs((after[1] - after[0]) - (before[1] - before[0])) < 1e-9
        assert opened.evaluate("vadReport.ui.chosen") == -1

    def test_the_overview_takes_the_view_along(self, opened: Browser) -> None:
        opened.evaluate("document.getElementById('zoom-in').click()")
        settle(opened)
        box = opened.evaluate(
            "(() => { const b = document.getElementById('canvas').getBoundingClientRect(); "
            "return [b.left + vadReport.ui.box.right, b.top + 20]; })()"
        )
        opened.click(box[0] - 5, box[1])
        assert abs(view(opened)[1] - 6) < 1e-6

    def test_a_click_plays_what_the_vad_let_through_and_a_button_its_source(self, opened: Browser) -> None:
        opened.click(*spot(opened, 2.0))
        opened.wait_for("vadReport.ui.playing === 'vad' && vadReport.audio.currentTime > 0.74")
        assert opened.evaluate("vadReport.ui.chosen") == 0
        assert opened.evaluate("vadReport.ui.until") == 3.25
        assert opened.evaluate("vadReport.audio.duration") == 6
        assert "vad_0.pcm: 0.74 to 3.25 s" in opened.evaluate("document.getElementById('chosen').textContent")
        opened.evaluate("document.getElementById('play-source').click()")
        opened.wait_for("vadReport.ui.playing === 'source' && vadReport.audio.currentTime > 0")
        assert opened.evaluate("vadReport.ui.until") == 4.25
        opened.evaluate("vadReport.audio.currentTime = 4.2")
        opened.wait_for("vadReport.ui.playing === null && vadReport.audio.paused")

    def test_a_decision_leads_to_its_place(self, opened: Browser) -> None:
        opened.evaluate("document.getElementById('events').tBodies[0].rows[2].click()")
        start, end = view(opened)
        assert start < 4.2 < end
        assert end - start < 4
        assert opened.evaluate("vadReport.ui.chosen") == 1

    def test_the_pointer_tells_why(self, opened: Browser) -> None:
        x, y = spot(opened, 3.105)
        opened.mouse("mouseMoved", x, y)
        settle(opened)
        text = opened.evaluate("document.getElementById('tip').textContent")
        assert "frame 310: speaking" in text
        assert "inactive: vop 10 is not above 70" in text
        assert "11 of 49 inactive, 25 fires a stop" in text

    def test_keys(self, opened: Browser) -> None:
        def press(key: str) -> None:
            for kind in ("keyDown", "keyUp"):
                opened.call(
                    "Input.dispatchKeyEvent",
                    type=kind,
                    key=key,
                    text=key if len(key) == 1 and kind == "keyDown" else "",
                )

        press("+")
        settle(opened)
        start, end = view(opened)
        assert end - start < 6
        press("ArrowRight")
        assert view(opened)[0] > start
        press("0")
        assert view(opened) == (0, 6)

    def test_other_rules_an_empty_run_and_an_hour(self, browser: Browser, tmp_path: Path) -> None:
        browser.open(written(tmp_path / "24.html", rules="2.4"))
        browser.wait_for("window.vadReport !== undefined && vadReport.report.rules === '2.4'")
        silent = run((3, 0.0))
        write_report(tmp_path / "none.html", "none", silent, (), np.zeros(960, np.uint8))
        browser.open(tmp_path / "none.html")
        browser.wait_for("window.vadReport !== undefined && vadReport.report.frames === 3")
        hour = run(*((150, 0.0), (150, 1.0)) * 1200)
        write_report(tmp_path / "hour.html", "hour", hour, segments_of(hour), np.zeros(32_000, np.uint8))
        browser.open(tmp_path / "hour.html")
        browser.wait_for("window.vadReport !== undefined && vadReport.report.frames === 360000")
        assert browser.evaluate("[vadReport.report.deflated, vadReport.report.series.active[200]]") == [True, 1]
        drawing = browser.evaluate(
            "(() => { const from = performance.now(); draw(document.getElementById('canvas')"
            ".getContext('2d'), vadReport.report, vadReport.ui); return performance.now() - from; })()"
        )
        assert drawing < 1000
        assert browser.errors == []
