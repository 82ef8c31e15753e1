"""credentials.py: where a token and a key come from, what is refused, and that no secret shows."""

import base64
import io
from dataclasses import replace
from pathlib import Path

import pytest

from agora_cli.engines.base import ConnectionSpec, Encryption
from agora_cli.errors import AgoraError, InputError, RefusedError, UsageError
from agora_cli.options.channel import ChannelOptions
from agora_cli.options.credentials import certificate, gather, grant, local_gate, moved, read_encryption, read_secret
from agora_cli.tokens.access_token import parse
from agora_cli.tokens.services import RTC, RTM, Service
from agora_cli.tokens.stay import Grant
from tests.unit.tokens.vectors import APP_ID, CERTIFICATE

ASKED = ChannelOptions(channel_id="demo", app_id=APP_ID, user_id="7")
OWN = {"AGORA_APP_CERTIFICATE": CERTIFICATE}
SALT = bytes(range(32))
SALT_TEXT = base64.b64encode(SALT).decode()


def test_nothing_given_is_nothing() -> None:
    found = gather(ASKED, environ={})
    assert (found.token, found.mint_token, found.encryption) == (None, None, None)


def test_a_certificate_makes_tokens() -> None:
    found = gather(ASKED, environ=OWN)
    assert found.token is not None
    assert found.mint_token is not None
    token = parse(found.token)
    assert token.signed_by(CERTIFICATE)
    assert token.expire_s == 3600
    assert token.services == (Service(RTC, dict.fromkeys((1, 2, 3, 4), 3600), "demo", "7"),)
    assert found.mint_token() != found.token, "the salt is random"


def test_own_tokens_live_as_long_as_asked_and_serve_messages_too() -> None:
    environ = OWN | {"AGORA_TOKEN_EXPIRE": "10s"}
    token = parse(gather(replace(ASKED, user_id="alice"), RTM, environ).token or "")
    assert token.services == (Service(RTM, {1: 10}, user="alice"),)


def test_an_audience_cannot_publish_and_user_0_is_any() -> None:
    assert grant(RTC, "demo", "0", "audience", 60) == Service(RTC, {1: 60}, "demo", "")
    assert grant(RTC, "demo", "007", "audience", 60).user == "7"


def test_a_local_namespace_has_no_tokens() -> None:
    assert gather(replace(ASKED, app_id="my-tests"), environ=OWN).token is None


def test_a_given_token_wins_over_the_certificate() -> None:
    found = gather(replace(ASKED, token=" 007abc\n"), environ=OWN)
    assert (found.token, found.mint_token) == ("007abc", None)


def test_a_token_file_is_read_again_for_renewal(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("007first\n")
    found = gather(replace(ASKED, token_file=file, token="007env"), environ={"AGORA_TOKEN": "007env"})
    assert found.token == "007first"
    file.write_text("007second\n")
    assert found.mint_token is not None
    assert found.mint_token() == "007second"


@pytest.mark.parametrize("given", [{"token": "-"}, {"token_file": Path("-")}])
def test_a_token_from_stdin(given: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"007piped\n")))
    found = gather(replace(ASKED, **given), environ={})  # type: ignore[arg-type]
    assert (found.token, found.mint_token) == ("007piped", None)


def test_token_and_file_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not both"):
        gather(replace(ASKED, token="007a", token_file=tmp_path / "token"), environ={})


@pytest.mark.parametrize("text", [CERTIFICATE[1:], CERTIFICATE + "0", "g" * 32])
def test_a_malformed_certificate_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        certificate({"AGORA_APP_CERTIFICATE": text})
    assert text not in caught.value.message


def test_the_certificate_may_have_blanks_around_it() -> None:
    assert certificate({"AGORA_APP_CERTIFICATE": f" {CERTIFICATE}\n"}) == CERTIFICATE
    assert certificate({"AGORA_APP_CERTIFICATE": " "}) is None


def test_encryption_from_the_environment_and_from_a_file(tmp_path: Path) -> None:
    asked = replace(ASKED, encryption_mode="AES-256-GCM2", encryption_salt=SALT_TEXT)
    environ = {"AGORA_ENCRYPTION_KEY": "from the environment"}
    assert read_encryption(asked, environ) == Encryption("aes-256-gcm2", b"from the environment", SALT)
    file = tmp_path / "key"
    file.write_text("from a file\n")
    asked = replace(asked, encryption_key_file=file)
    assert read_encryption(asked, environ) == Encryption("aes-256-gcm2", b"from a file", SALT)


@pytest.mark.parametrize(
    ("mode", "salt", "key", "message"),
    [
        ("", "", "secret", "AGORA_ENCRYPTION_KEY is given without --encryptionMode"),
        ("", SALT_TEXT, "", "--encryptionSalt is given without --encryptionMode"),
        ("aes-128-gcm2", SALT_TEXT, "", "--encryptionMode is given without a key"),
        ("aes-128-gcm3", SALT_TEXT, "secret", "--encryptionMode has no 'aes-128-gcm3'"),
        ("aes-128-gcm2", "", "secret", "aes-128-gcm2 needs --encryptionSalt with 32 bytes as base64, got 0 bytes"),
        ("aes-128-gcm2", SALT_TEXT[:-4], "secret", "got 30 bytes"),
        ("aes-128-gcm2", "AAAA", "secret", "got 3 bytes"),
        ("aes-128-gcm2", base64.b64encode(bytes(32)).decode(), "secret", "got zeros only"),
        ("aes-128-gcm2", "!", "secret", "--encryptionSalt is not base64"),
        ("aes-128-gcm2", "Ж", "secret", "--encryptionSalt is not base64"),
        ("aes-128-gcm", SALT_TEXT, "secret", "aes-128-gcm takes no salt"),
        ("aes-128-gcm", "", "sec\0ret", "the encryption key must be text, got 7 bytes that are not"),
        ("aes-128-gcm", "", "sec\udcffret", "the encryption key must be text, got 7 bytes that are not"),
    ],
)
def test_encryption_refused_rather_than_left_out(mode: str, salt: str, key: str, message: str) -> None:
    asked = replace(ASKED, encryption_mode=mode, encryption_salt=salt)
    with pytest.raises(UsageError) as caught:
        read_encryption(asked, {"AGORA_ENCRYPTION_KEY": key})
    assert message in caught.value.message
    assert "secret" not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b" \n", "it is empty"),
        (b"\xff\xfe", "not UTF-8 text"),
        (b"x" * (1 << 20 | 1), "larger"),
    ],
)
def test_an_unreadable_secret(content: bytes | None, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=reason) as caught:
        read_secret(file, "encryption key")
    assert caught.value.exit == 3


def test_no_secret_shows_in_a_repr() -> None:
    asked = replace(ASKED, encryption_mode="aes-128-gcm2", encryption_salt=SALT_TEXT)
    found = gather(asked, environ=OWN | {"AGORA_ENCRYPTION_KEY": "open sesame"})
    assert found.token is not None
    for secret in (found.token, "open sesame", CERTIFICATE, repr(SALT)[2:-1]):
        assert secret not in repr(found)


def test_a_wrong_life_of_own_tokens_is_named() -> None:
    with pytest.raises(AgoraError, match="AGORA_TOKEN_EXPIRE must be 1s to 24h, got 0s"):
        gather(ASKED, environ=OWN | {"AGORA_TOKEN_EXPIRE": "0s"})


def test_each_of_several_channels_has_its_own_token() -> None:
    own = gather(ASKED, environ=OWN)
    spec = ConnectionSpec(APP_ID, "demo", "7", own.token, mint_token=own.mint_token)
    other = moved(spec, "demo1")
    assert [service.channel for service in parse(other.token or "").services] == ["demo1"]
    assert other.mint_token is not None
    assert [service.channel for service in parse(other.mint_token()).services] == ["demo1"]
    assert CERTIFICATE not in repr(own.mint_token)


def test_a_given_token_is_used_for_every_channel() -> None:
    spec = ConnectionSpec(APP_ID, "demo", "7", "007given")
    assert moved(spec, "demo1").token == "007given"


def test_the_local_gate_asks_as_agora_does() -> None:
    token = gather(ASKED, environ=OWN).token
    assert token is not None
    spec = ConnectionSpec(APP_ID, "demo", "7", token)
    issued_s = parse(token).issued_s
    assert local_gate(CERTIFICATE, lambda: issued_s + 1.5)(token, spec) == Grant(issued_s + 3600)
    with pytest.raises(RefusedError, match=r"expired 0 s ago \(109\)"):
        local_gate(CERTIFICATE, lambda: issued_s + 3600)(token, spec)
    with pytest.raises(RefusedError, match=r"got none \(110\)"):
        local_gate(CERTIFICATE)(None, spec)
    with pytest.raises(RefusedError, match=r"not made with this certificate \(110\)"):
        local_gate("0" * 32)(token, spec)
    with pytest.raises(RefusedError, match=r"for channel 'demo', expected 'other' \(110\)"):
        local_gate(CERTIFICATE)(token, replace(spec, channel="other"))


def test_the_local_gate_lets_namespaces_in() -> None:
    assert local_gate(CERTIFICATE)(None, ConnectionSpec("my-tests", "demo")) is None
