import pytest

from agora_cli.options.config.variables import redacted


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("AGORA_ENGINE", "sdk", "sdk"),
        ("AGORA_TOKEN", "007secret", "(9 characters)"),
        ("AGORA_NEW_SECRET", "hush", "(4 characters)"),
        ("AGORA_APP_ID", "a" * 32, "aaaa..."),
        ("appId", "a" * 32, "aaaa..."),
        ("token", "007secret", "(9 characters)"),
        ("channelId", "demo", "demo"),
    ],
)
def test_secrets_are_hidden(name: str, value: str, seen: str) -> None:
    assert redacted(name, value) == seen
