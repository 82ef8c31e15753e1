"""Tokens and keys through whole commands: own tokens, wrong ones, and two sides with different keys."""

import base64
import time
from pathlib import Path

import pytest

from agora_cli.tokens import services as s
from agora_cli.tokens.access_token import build
from agora_cli.tokens.services import Service
from tests.unit.tokens.vectors import APP_ID, CERTIFICATE

from .run import agora, environment, start, wait_for_line

APP = {"AGORA_APP_ID": APP_ID, "AGORA_APP_CERTIFICATE": CERTIFICATE}
LOCAL = ("--engine", "local", "--channelId", "demo")
SALT = base64.b64encode(bytes(range(32))).decode()
LOCKED = ("--encryptionMode", "aes-128-gcm2", "--encryptionSalt", SALT)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.pcm"
    path.write_bytes(bytes(range(256)) * 250)  # 2 s at 16 kHz
    return path


def send(home: Path, sound: Path, *args: str) -> tuple[str, ...]:
    return ("send-pcm", *LOCAL, "--audioFile", str(sound), "--sampleRate", "16000", "--numOfChannels", "1", *args)


def token(*services: Service, life_s: int = 3600) -> str:
    return build(APP_ID, CERTIFICATE, services, issued_s=int(time.time()), expire_s=life_s, salt=3)


def test_a_command_makes_its_own_token(tmp_path: Path, sound: Path) -> None:
    ran = agora(tmp_path, *send(tmp_path, sound, "--speed", "0", "--json"), **APP)
    assert ran.code == 0
    assert ran.json["ok"] is True
    assert CERTIFICATE not in ran.err


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (token(Service(s.RTC, {1: 60}, "other", "7")), "token-channel", "expected 'demo' (110)"),
        (token(Service(s.RTM, {1: 60}, user="7")), "token-not-for-rtc", "the token is for rtm, expected rtc (110)"),
        ("007junk", "token-format", "token"),
    ],
)
def test_a_wrong_token_exits_4(text: str, code: str, words: str, tmp_path: Path, sound: Path) -> None:
    ran = agora(tmp_path, *send(tmp_path, sound, "--userId", "7", "--json"), **APP, AGORA_TOKEN=text)
    assert ran.code == 4
    assert ran.json["error"]["code"] == code
    assert words in ran.json["error"]["message"]
    assert text not in ran.err


def test_a_token_that_ends_in_mid_send_exits_4(tmp_path: Path, sound: Path) -> None:
    ends_soon = token(Service(s.RTC, {1: 60}, "demo", "7"), life_s=3)
    ran = agora(tmp_path, *send(tmp_path, sound, "--userId", "7", "--loop", "inf"), **APP, AGORA_TOKEN=ends_soon)
    assert ran.code == 4
    assert "the token has expired" in ran.err


def test_a_token_of_ones_own_is_renewed_and_both_sides_say_so(tmp_path: Path, sound: Path) -> None:
    life = {"AGORA_TOKEN_EXPIRE": "2s"}
    listening = ("record", *LOCAL, "--output", str(tmp_path / "out"), "--untilLeft", "--waitForUser", "20s")
    with start(tmp_path, *listening, env=environment(tmp_path, **APP, **life)) as recorder:
        wait_for_line(recorder, "joined demo")
        sender = agora(tmp_path, *send(tmp_path, sound), **APP, **life)
        _, told = recorder.communicate(timeout=20)
    assert (sender.code, recorder.returncode) == (0, 0)
    for text in (sender.err, told):
        lines = text.splitlines()
        assert lines[lines.index("the token ends in 1 s") + 1] == "token renewed"


@pytest.mark.parametrize("command", [("record", "--output", "out", "--duration", "10ms"), ("rtm-chat",)])
def test_an_app_id_that_lacks_a_digit_is_warned_of(tmp_path: Path, command: tuple[str, ...]) -> None:
    ran = agora(tmp_path, *command, "--channelId", "demo", "--appId", APP_ID[1:])
    warning = "warning: --appId has 31 hex digits, an App ID has 32: taken as the name of a local namespace"
    assert ran.err.splitlines()[1] == warning
    named = agora(tmp_path, *command, *LOCAL, "--appId", APP_ID[1:])
    assert "warning" not in named.err


def test_messages_ask_for_a_token_of_their_own(tmp_path: Path) -> None:
    chat = ("rtm-chat", "--engine", "local", "--channelId", "demo", "--userId", "alice", "--message", "hi")
    assert agora(tmp_path, *chat, **APP).code == 0
    rtc = token(Service(s.RTC, {1: 60}, "demo", "alice"))
    ran = agora(tmp_path, *chat, **APP, AGORA_TOKEN=rtc)
    assert ran.code == 4
    assert "the token is for rtc, expected rtm (110)" in ran.err


def test_two_sides_with_different_keys_hear_nothing_and_both_exit_4(tmp_path: Path, sound: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    mine.write_text("open sesame")
    theirs.write_text("open barley")
    out = tmp_path / "out"
    key = ("--encryptionKeyFile", str(mine))
    recorder = start(tmp_path, "record", *LOCAL, *LOCKED, *key, "--output", str(out), "--waitForUser", "20s")
    wait_for_line(recorder, "joined demo")
    ran = agora(tmp_path, *send(tmp_path, sound, *LOCKED, "--encryptionKeyFile", str(theirs), "--loop", "inf"))
    _, err = recorder.communicate(timeout=30)
    for code, said in ((ran.code, ran.err), (recorder.returncode, err)):
        assert code == 4
        assert "cannot be decrypted: the key, salt or mode differs (error 120)" in said
    assert not out.exists() or list(out.iterdir()) == []


def test_equal_keys_carry_the_sound_exactly(tmp_path: Path, sound: Path) -> None:
    key = tmp_path / "key"
    key.write_text("open sesame")
    locked = (*LOCKED, "--encryptionKeyFile", str(key))
    out = tmp_path / "out.pcm"
    recorder = start(tmp_path, "record", *LOCAL, *locked, "--output", str(out), "--waitForUser", "20s", "--untilLeft")
    wait_for_line(recorder, "joined demo")
    assert agora(tmp_path, *send(tmp_path, sound, *locked, "--speed", "0")).code == 0
    recorder.communicate(timeout=30)
    assert recorder.returncode == 0
    assert out.read_bytes() == sound.read_bytes()
