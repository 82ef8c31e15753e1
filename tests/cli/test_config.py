"""config.py: flag > environment > file > built-in."""

from pathlib import Path

import pytest

from agora_cli.errors import UsageError
from agora_cli.options import config

from .run import agora

PARAMETERS = {"channelId": "channel_id", "sampleRate": "sample_rate", "loop": "loop"}


@pytest.mark.parametrize(
    ("name", "expected"), [("channel-id", "channelId"), ("channelId", "channelId"), ("fps", "fps")]
)
def test_camel(name: str, expected: str) -> None:
    assert config.camel(name) == expected


def test_a_table_beats_the_shared_keys_and_unknown_shared_keys_are_others_business() -> None:
    content = {"channel-id": "a", "loop": "2", "output": "x", "send-pcm": {"channelId": "b"}, "record": {"mix": True}}
    assert config.defaults(content, "send-pcm", PARAMETERS) == {"channel_id": "b", "loop": "2"}


def test_a_key_that_is_no_option_of_its_table_is_told() -> None:
    with pytest.raises(UsageError, match=r"config\.toml: \[send-pcm\] has no option bogus"):
        config.defaults({"send-pcm": {"bogus": 1}}, "send-pcm", PARAMETERS)


@pytest.mark.parametrize(("key", "hint"), [("sampelRate", "did you mean sampleRate?"), ("bogus", None)])
def test_a_typing_error_in_a_table_is_told_with_the_nearest_option(key: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        config.defaults({"send-pcm": {key: 1}}, "send-pcm", PARAMETERS)
    assert caught.value.hint == hint


def write(home: Path, text: str) -> None:
    (home / "agora").mkdir()
    (home / "agora" / "config.toml").write_text(text)


def test_precedence(tmp_path: Path) -> None:
    write(tmp_path, 'engine = "sdk"\n[send-pcm]\ndryRun = true\nloop = "3"\n')
    args = ["send-pcm", "--audioFile", "-", "--sampleRate", "8000", "--numOfChannels", "1", "--json", "--loop"]
    audio = bytes(1600)
    assert agora(tmp_path, *args, "1", stdin=audio).json["units"] == 10
    assert "cannot be looped" in agora(tmp_path, *args[:-1], stdin=audio).json["error"]["message"]


def test_a_broken_file_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, "engine = \n")
    ran = agora(tmp_path, "send-pcm", "--audioFile", "x")
    assert ran.code == 2
    assert ran.err.startswith(f"error: {tmp_path}/agora/config.toml: ")
    assert ran.err.count("\n") == 1
