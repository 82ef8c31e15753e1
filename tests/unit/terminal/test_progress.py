import io

import pytest

from agora_cli.terminal.console import Console
from agora_cli.terminal.progress import Progress


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("COLUMNS", "20")
    return Screen()


def test_it_is_drawn_without_any_media(screen: Screen) -> None:
    progress = Progress(Console(False, False), lambda now_us: f"at {now_us}", screen)
    progress.draw(5)
    assert "\rat 5\x1b[K" in screen.getvalue()
    progress.close()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_the_timer_draws_by_itself(screen: Screen) -> None:
    progress = Progress(Console(False, False), lambda now_us: "x" * 50, screen)
    while not screen.getvalue():
        pass
    progress.close()
    assert "\r" + "x" * 19 + "\x1b[K" in screen.getvalue()
    shown = screen.getvalue()
    progress.draw(1)
    progress.close()
    assert screen.getvalue() == shown


def test_lines_take_its_place(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(Console(False, False), lambda now_us: "live\x1b[2J", screen)
    progress.draw(0)
    progress.say("user 7 joined")
    assert capsys.readouterr().err == "user 7 joined\n"
    assert screen.getvalue().endswith("\rlive\\x1b[2J\x1b[K\r\x1b[K")
    progress.close()


@pytest.mark.parametrize(("quiet", "ci", "tty"), [(True, "", True), (False, "1", True), (False, "", False)])
def test_where_nobody_looks_nothing_is_drawn(quiet: bool, ci: str, tty: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", ci)
    stream = Screen() if tty else io.StringIO()
    progress = Progress(Console(False, quiet), lambda now_us: "x", stream)
    assert not progress.active
    progress.say("said")
    progress.close()
    assert stream.getvalue() == ""
