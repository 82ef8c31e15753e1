"""diagnostics/settings.py: malformed and misspelt variables are found, secrets are not shown."""

from pathlib import Path

import pytest

from agora_cli.commands.doctor.check import Check
from agora_cli.commands.doctor.settings import check_configuration, check_environment
from agora_cli.options.config.variables import VARIABLES, redacted
from tests.unit.tokens.vectors import APP_ID, CERTIFICATE


def check(environ: dict[str, str], mistake: str | None = None) -> Check:
    return check_environment(environ, lambda _: mistake)


def test_nothing_set_is_fine() -> None:
    assert check({"HOME": "/root", "AGORA_TOKEN": ""}).detail == "nothing is set"


def test_what_is_set_is_told_without_secrets() -> None:
    secrets = {"AGORA_APP_CERTIFICATE": CERTIFICATE, "AGORA_TOKEN": "007secret", "AGORA_ENCRYPTION_KEY": "sesame"}
    found = check({"AGORA_APP_ID": APP_ID, "AGORA_ENGINE": "local", **secrets})
    assert found.status == "ok"
    assert "AGORA_APP_ID=970C..." in found.detail
    assert "AGORA_ENGINE=local" in found.detail
    assert "AGORA_ENCRYPTION_KEY=(6 characters)" in found.detail
    for value in (*secrets.values(), APP_ID):
        assert value not in f"{found.detail}{found.fix}"


@pytest.mark.parametrize(
    ("environ", "status", "words"),
    [
        ({"AGORA_APP_CERTIFICATE": CERTIFICATE[1:], "AGORA_APP_ID": APP_ID}, "problem", "it has 31 characters"),
        ({"AGORA_APP_CERTIFICATE": APP_ID, "AGORA_APP_ID": APP_ID}, "problem", "the certificate is the App ID"),
        ({"AGORA_APP_CERTIFICATE": CERTIFICATE}, "warning", "a certificate without an App ID"),
        ({"AGORA_APP_ID": APP_ID[1:]}, "problem", "AGORA_APP_ID has 31 hex digits, an App ID has 32"),
        ({"AGORA_APP_ID": APP_ID + "0"}, "problem", "AGORA_APP_ID has 33 hex digits"),
        ({"AGORA_APP_ID": "my-tests"}, "ok", "AGORA_APP_ID=(8 characters)"),
        ({"AGORA_ENGINE": "cloud"}, "problem", "AGORA_ENGINE must be auto, local, sdk"),
        ({"AGORA_APPID": APP_ID}, "warning", "unknown variable AGORA_APPID"),
    ],
)
def test_mistakes(environ: dict[str, str], status: str, words: str) -> None:
    found = check(environ)
    assert found.status == status
    assert words in found.detail


def test_a_typo_is_answered_with_the_right_name() -> None:
    assert check({"AGORA_APPID": "x"}).fix == "did you mean AGORA_APP_ID?"
    assert check({"AGORA_ZZZZ": "x"}).fix == "it means nothing to this tool"


def test_a_token_is_judged() -> None:
    found = check({"AGORA_TOKEN": "007abc"}, "the token expired 5 s ago")
    assert (found.status, found.detail) == (
        "problem",
        "AGORA_TOKEN=(6 characters): AGORA_TOKEN: the token expired 5 s ago",
    )


def test_unknown_variables_are_never_shown() -> None:
    assert redacted("AGORA_SECRET", "hush") == "(4 characters)"
    assert {name for name, shown in VARIABLES.items() if shown}.isdisjoint(
        {"AGORA_TOKEN", "AGORA_APP_CERTIFICATE", "AGORA_ENCRYPTION_KEY"}
    )


def test_the_configuration_is_named_with_what_is_wrong_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "agora" / "config.toml"
    assert (check_configuration({}).status, check_configuration({}).detail) == ("ok", f"{file} does not exist")
    file.parent.mkdir()
    file.write_text('channelId = "demo"\n[profile.staging]\nuserId = "7"\n')
    assert check_configuration({"AGORA_PROFILE": "staging"}).detail == f"{file}, profile staging"
    missing = check_configuration({"AGORA_PROFILE": "stagin"})
    assert (missing.status, missing.fix) == ("problem", "did you mean staging?")
    file.write_text('chanelId = "demo"\n')
    wrong = check_configuration({})
    assert (wrong.status, "did you mean channelId?" in wrong.detail) == ("warning", True)
