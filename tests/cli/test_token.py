"""`agora token`: stdout, stderr and the exit code of build, inspect and verify."""

import json
import time
from pathlib import Path

import pytest

from agora_cli.app import run
from agora_cli.options import credentials
from agora_cli.tokens import services as s
from agora_cli.tokens.access_token import build, parse
from agora_cli.tokens.services import Resource, Service
from tests.unit.tokens.vectors import APP_ID, CERTIFICATE, VECTORS

OTHER = "0" * 31 + "1"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGORA_APP_ID", APP_ID)
    monkeypatch.setenv("AGORA_APP_CERTIFICATE", CERTIFICATE)
    monkeypatch.delenv("AGORA_TOKEN", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")


def fresh(*granted: Service, life_s: int = 3600, certificate: str = CERTIFICATE) -> str:
    return build(APP_ID, certificate, granted, issued_s=int(time.time()), expire_s=life_s, salt=3)


RTC = Service(s.RTC, {1: 3600}, "demo", "7")


def test_build_prints_the_token_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "build", "--channelId", "demo", "--user", "7"]) == 0
    out, err = capsys.readouterr()
    token = parse(out.removesuffix("\n"))
    assert token.signed_by(CERTIFICATE)
    assert token.services == (Service(s.RTC, dict.fromkeys((1, 2, 3, 4), 3600), "demo", "7"),)
    assert 0 <= time.time() - token.issued_s < 60
    assert err.startswith("token for rtc channel demo user 7, ends 20")
    assert out.strip() not in err


@pytest.mark.parametrize(
    ("arguments", "service"),
    [
        (["--role", "audience", "-c", "demo"], Service(s.RTC, {1: 60}, "demo", "")),
        (["--service", "rtm", "--user", "alice"], Service(s.RTM, {1: 60}, user="alice")),
        (["--service", "streaming", "-c", "demo", "-u", "7"], Service(s.STREAMING, {1: 60, 2: 60}, "demo", "7")),
        (["--service", "fpa"], Service(s.FPA, {1: 60})),
        (["--service", "chat"], Service(s.CHAT, {2: 60})),
        (["--service", "chat", "-u", "alice"], Service(s.CHAT, {1: 60}, user="alice")),
        (["--service", "fcdn", "-c", "demo", "-u", "7"], Service(s.FCDN, {1: 60, 2: 60}, "demo", "7")),
        (["--service", "apaas"], Service(s.APAAS, {3: 60})),
        (["--service", "apaas", "-u", "al"], Service(s.APAAS, {2: 60}, user="al")),
        (
            ["--service", "apaas", "-u", "al", "--room", "r", "--roomRole", "2"],
            Service(s.APAAS, {1: 60}, user="al", room="r", role=2),
        ),
        (
            ["--service", "rtm2", "-u", "al", "--resource", "message-channels:read:a,b", "--resource", "users:write:c"],
            Service(s.RTM2, {1: 60}, user="al", resources=(Resource(0, 0, ("a", "b")), Resource(4, 1, ("c",)))),
        ),
        (["--service", "convoai"], Service(s.CONVERSATIONAL_AI)),
        (["--service", "stt"], Service(s.SPEECH_TO_TEXT)),
    ],
)
def test_build_of_every_service(arguments: list[str], service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "build", "--expire", "60s", *arguments]) == 0
    assert parse(capsys.readouterr().out.strip()).services == (service,)


def test_build_of_several_services_and_a_shorter_privilege(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--service", "rtm", "--service", "rtc", "-c", "demo", "-u", "7", "--privilegeExpire", "5s"]
    assert run(["token", "build", "--quiet", *arguments]) == 0
    out, err = capsys.readouterr()
    token = parse(out.strip())
    assert [(service.name, service.privileges[1]) for service in token.services] == [("rtc", 5), ("rtm", 5)]
    assert token.expire_s == 3600
    assert err == ""


def test_build_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "build", "-c", "demo", "--expire", "90s", "--json"]) == 0
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert document["ok"] is True
    assert document["secondsLeft"] == 90
    assert parse(document["token"]).expire_s == 90
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "change", "message"),
    [
        (["-c", "demo"], {"AGORA_APP_CERTIFICATE": ""}, "AGORA_APP_CERTIFICATE is not set"),
        (
            ["-c", "demo"],
            {"AGORA_APP_CERTIFICATE": CERTIFICATE[1:]},
            "AGORA_APP_CERTIFICATE must be 32 hex digits, got a text of 31 characters",
        ),
        (["-c", "demo"], {"AGORA_APP_ID": ""}, "App ID must be 32 hex digits, got none"),
        (["-c", "demo", "--appId", APP_ID[1:]], {}, f"App ID must be 32 hex digits, got '{APP_ID[1:]}'"),
        ([], {}, "channel name must be 1 to 63 bytes, got 0"),
        (["-c", "demo", "--user", "4294967296"], {}, "user id must be 0 to 4294967295, got 4294967296"),
        (["-c", "demo", "--expire", "25h"], {}, "--expire must be 1s to 24h, got 25h"),
        (["-c", "demo", "--expire", "soon"], {}, "--expire must be a duration"),
        (["-c", "demo", "--service", "rtx"], {}, "--service has no 'rtx'"),
        (["--service", "rtm2", "--resource", "x"], {}, "--resource must be KIND:read|write:NAMES, got 'x'"),
    ],
)
def test_build_refuses(
    arguments: list[str],
    change: dict[str, str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    assert run(["token", "build", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: {message}")
    assert CERTIFICATE[1:] not in err


def test_no_option_takes_the_certificate(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "build", "-c", "demo", "--certificate", CERTIFICATE]) == 2
    assert "no such option: --certificate" in capsys.readouterr().err


def test_inspect_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "inspect", fresh(RTC)]) == 0
    out, err = capsys.readouterr()
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert f"App ID {APP_ID}" in lines
    assert "signature holds" in lines
    assert any(line.startswith("rtc channel demo join-channel") for line in lines)
    assert err == ""


def test_inspect_of_an_expired_token_warns(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "inspect", VECTORS[10].token]) == 0
    out, err = capsys.readouterr()
    assert "message-channels:read: message-a, message-b" in out
    assert err.startswith("warning: the token expired ")


def test_inspect_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGORA_APP_CERTIFICATE")
    assert run(["token", "inspect", fresh(RTC), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    left = document.pop("secondsLeft")
    assert 3590 < left <= 3600
    assert document["signature"] == "unchecked"
    assert document["mistakes"] == []
    assert document["services"] == [
        {
            "type": 1,
            "name": "rtc",
            "channel": "demo",
            "user": "7",
            "privileges": [{"name": "join-channel", "secondsLeft": left}],
        }
    ]


def test_inspect_names_a_wrong_certificate(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "inspect", fresh(RTC, certificate=OTHER)]) == 0
    out, err = capsys.readouterr()
    assert "was not made with this certificate" in out
    assert "warning: the token's signature was not made with this certificate" in err


@pytest.mark.parametrize("text", ["007garbage", f"006{APP_ID}IAB", "hello"])
def test_inspect_refuses_what_is_no_token(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "inspect", text, "--json"]) == 4
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert error["exit"] == 4
    assert error["code"] in ("token-format", "token-006")
    assert err.startswith("error: ")


def test_the_token_may_come_from_a_file_stdin_or_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "token.txt"
    file.write_text(f"{fresh(RTC)}\n")
    assert run(["token", "verify", "--tokenFile", str(file)]) == 0
    with file.open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run(["token", "verify", "-"]) == 0
    monkeypatch.setenv("AGORA_TOKEN", fresh(RTC))
    assert run(["token", "verify"]) == 0
    assert run(["token", "verify", "--tokenFile", str(file)]) == 0
    capsys.readouterr()
    monkeypatch.delenv("AGORA_TOKEN")
    assert run(["token", "verify"]) == 2
    assert capsys.readouterr().err.startswith("error: no token is given\n")
    assert run(["token", "verify", fresh(RTC), "--tokenFile", str(file)]) == 2
    assert run(["token", "verify", "--tokenFile", str(tmp_path / "none")]) == 3


def test_verify_says_ok(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "verify", fresh(RTC), "-c", "demo", "--user", "7", "--appId", APP_ID]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("ok: token for rtc channel demo user 7, ")


@pytest.mark.parametrize(
    ("token", "arguments", "message"),
    [
        (fresh(RTC), ["--appId", OTHER], f"the token is for App ID {APP_ID}, expected {OTHER} (110)"),
        (fresh(RTC), ["-c", "other"], "the token is for channel 'demo', expected 'other' (110)"),
        (fresh(RTC), ["--user", "alice"], "the token is for user '7', expected 'alice' (110)"),
        (fresh(RTC), ["--user", "alice", "-c", "demo"], "the token is for user '7', expected 'alice' (110)"),
        (fresh(RTC), ["--service", "rtm"], "the token is for rtc, expected rtm (110)"),
        (
            fresh(RTC, certificate=OTHER),
            [],
            "the token's signature was not made with this certificate (110)",
        ),
    ],
)
def test_verify_says_no(token: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "verify", token, *arguments]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert f"error: {message}\n" in err


def test_verify_of_an_expired_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "verify", VECTORS[0].token, "--json"]) == 4
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == "token-expired"
    assert "(109)" in err


def test_verify_needs_the_certificate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGORA_APP_CERTIFICATE")
    assert run(["token", "verify", fresh(RTC)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {credentials.CERTIFICATE} is not set\nhint: ")
