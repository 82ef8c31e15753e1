"""app.py: an error is one line, a hint, an exit code, and JSON when asked for."""

import json
import subprocess
from pathlib import Path

import pytest

from agora_cli import app
from agora_cli.errors import AgoraError, RefusedError

from .run import agora, command, environment


@pytest.mark.parametrize(
    ("args", "line", "hint"),
    [
        (["sendpcm"], "error: no such command: sendpcm", "hint: did you mean send-pcm?"),
        (["decode"], "error: no such command: decode", "hint: agora --help lists the commands"),
        (["xyzzy"], "error: no such command: xyzzy", "hint: agora --help lists the commands"),
        (["send-pcm", "--audoFile", "x"], "error: no such option: --audoFile", "hint: did you mean --audioFile?"),
        (["send-pcm", "--audio-fle", "x"], "error: no such option: --audioFle", "hint: did you mean --audioFile?"),
        (["--frobnicate"], "error: no such option: --frobnicate", None),
        (["send-pcm"], "error: what to send is missing: FILE, --audioFile FILE or --tone", None),
        (["record", "--rotate"], "error: option '--rotate' requires an argument", None),
    ],
)
def test_usage_errors(tmp_path: Path, args: list[str], line: str, hint: str | None) -> None:
    ran = agora(tmp_path, *args)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.splitlines() == [line] + ([hint] if hint else [])


def test_an_error_as_json(tmp_path: Path) -> None:
    ran = agora(tmp_path, "send-pcm", "--audioFile", tmp_path / "none.wav", "--json")
    message = f"{tmp_path}/none.wav: no such file"
    assert ran.code == 3
    assert ran.json == {"ok": False, "error": {"code": "file-not-found", "exit": 3, "message": message}}
    assert ran.err == f"error: {message}\n"


def failing(error: BaseException) -> object:
    def invoke(*_: object, **__: object) -> None:
        raise error

    return invoke


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (RefusedError("token", "no"), 4, "error: no\n"),
        (AgoraError("x", "y", "z"), 1, "error: y\nhint: z\n"),
        (ValueError("a\nb"), 1, "error: bug: ValueError: a\nhint: run again with --debug\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_every_exception_has_an_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    line: str,
) -> None:
    monkeypatch.setattr(app.typer.main, "get_command", lambda _: type("Fails", (), {"main": failing(error)})())
    assert app.run([]) == code
    out, err = capsys.readouterr()
    assert (out, err) == ("", line)


def test_a_traceback_only_with_debug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(
        app.typer.main, "get_command", lambda _: type("Fails", (), {"main": failing(ValueError("x"))})()
    )
    assert app.run(["--debug", "--json"]) == 1
    out, err = capsys.readouterr()
    assert "Traceback" in err
    assert json.loads(out)["error"]["code"] == "bug"


def test_a_closed_stdout_is_one_line(tmp_path: Path) -> None:
    for args in (["--help"], ["send-pcm", "--help"], ["send-pcm", "--audioFile", "none.wav", "--json"]):
        process = subprocess.Popen(
            command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(tmp_path)
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        process.stderr.close()
        assert process.wait(60) in (0, 3)
        assert b"Traceback" not in err
        assert err.count(b"\n") <= 1
