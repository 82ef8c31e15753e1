from typing import Annotated

import pytest
from typer import Option

from agora_cli.commands.config import Setting, _everything, _of_command
from agora_cli.options.groups import as_command


def send(
    *,
    loop: Annotated[str, Option("--loop")] = "1",
    quiet: Annotated[bool, Option("--quiet")] = False,
    token: Annotated[str, Option("--token", envvar="AGORA_TOKEN")] = "",
) -> int:
    """Send."""
    return 0


LAYERS = [
    ("config.toml", {"loop": "2", "quiet": True, "token": "abc", "send": {"loop": "3"}}),
    ("profile x", {"loop": "4"}),
]


def test_the_strongest_wins_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGORA_TOKEN", raising=False)
    command = as_command(send)
    assert _of_command(command, "send", LAYERS[:1]) == [
        Setting("loop", "3", "config.toml [send]"),
        Setting("quiet", "true", "config.toml"),
        Setting("token", "(3 characters)", "config.toml"),
    ]
    monkeypatch.setenv("AGORA_TOKEN", "12345")
    found = _of_command(command, "send", LAYERS)
    assert found[0] == Setting("loop", "4", "profile x")
    assert found[2] == Setting("token", "(5 characters)", "environment (AGORA_TOKEN)")


def test_all_that_is_set_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGORA_CHANNEL_ID", "room")
    found = _everything(LAYERS)
    assert found[0] == Setting("AGORA_CHANNEL_ID", "room", "environment")
    assert Setting("loop", "3", "config.toml [send]") in found
    assert found.index(Setting("loop", "4", "profile x")) < found.index(Setting("loop", "2", "config.toml"))
