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


@pytest.mark.parametrize(
    ("arguments", "environ", "used"),
    [
        ([], {}, ""),
        ([], {"AGORA_PROFILE": "a"}, "a"),
        (["--use", "b"], {"AGORA_PROFILE": "a"}, "b"),
        (["--use=b", "--use", "c"], {}, "c"),
        (["--", "--use", "b"], {}, ""),
    ],
)
def test_which_profile_is_used(arguments: list[str], environ: dict[str, str], used: str) -> None:
    assert config.used_profile(arguments, environ) == used


def test_a_profile_lies_on_top_of_the_rest() -> None:
    content = {
        "channelId": "a",
        "loop": "2",
        "send-pcm": {"sampleRate": 8000},
        "profile": {"x": {"channelId": "b", "send-pcm": {"loop": "3"}}},
    }
    assert config.defaults(content, "send-pcm", PARAMETERS) == {"channel_id": "a", "loop": "2", "sample_rate": 8000}
    assert config.defaults(content, "send-pcm", PARAMETERS, "x") == {
        "channel_id": "b",
        "loop": "3",
        "sample_rate": 8000,
    }
    with pytest.raises(UsageError, match="there is no profile y"):
        config.defaults(content, "send-pcm", PARAMETERS, "y")


def test_words_that_mean_nothing_are_told_with_the_nearest() -> None:
    content = {
        "chanelId": "a",
        "recrod": {},
        "bogus": 1,
        "profil": {"x": {}},
        "profile": {"x": {"outputt": "y", "record": {}}, "z": 1},
    }
    told = [line.removeprefix(f"{config.path()}: ") for line in config.unknown(content, ["record"], PARAMETERS)]
    assert told == [
        "no command has the option chanelId, did you mean channelId?",
        "no command is called [recrod], did you mean record?",
        "no command has the option bogus",
        "no command is called [profil], did you mean profile?",
        "no command has the option outputt",
        "profile.z is no table of options",
    ]


def test_a_profile_is_used_and_an_unknown_word_warned_of(tmp_path: Path) -> None:
    write(tmp_path, 'chanelId = "x"\n[profile.low]\nduration = "0.1"\n')
    args = ("send-pcm", "--tone", "--dryRun", "--speed", 0, "--json", "-c", "x")
    ran = agora(tmp_path, *args, "--use", "low")
    assert ran.json["seconds"] == 0.1
    assert "warning: " in ran.err
    assert "did you mean channelId?" in ran.err
    assert agora(tmp_path, *args, AGORA_PROFILE="low").json["seconds"] == 0.1
    missing = agora(tmp_path, *args, "--use", "lo")
    assert (missing.code, "did you mean low?" in missing.err) == (2, True)


def test_a_channel_may_come_from_the_environment(tmp_path: Path) -> None:
    ran = agora(tmp_path, "send-pcm", "--tone", "--duration", "0.1", "--json", AGORA_CHANNEL_ID="room")
    assert ran.json["channelId"] == "room"


def test_what_is_in_force_and_where_from(tmp_path: Path) -> None:
    write(tmp_path, 'channelId = "x"\ntoken = "007"\n[send-pcm]\nloop = "2"\n[profile.low]\nduration = "1s"\n')
    shown = agora(tmp_path, "config", "send-pcm", "--use", "low", "--json", AGORA_ENGINE="local").json
    assert sorted(shown["settings"], key=lambda row: str(row["name"])) == [
        {"name": "channelId", "value": "x", "from": "config.toml"},
        {"name": "duration", "value": "1s", "from": "profile low"},
        {"name": "engine", "value": "local", "from": "environment (AGORA_ENGINE)"},
        {"name": "loop", "value": "2", "from": "config.toml [send-pcm]"},
        {"name": "token", "value": "(3 characters)", "from": "config.toml"},
    ]
    everything = agora(tmp_path, "config", AGORA_APP_ID="a" * 32)
    assert "AGORA_APP_ID" in everything.out
    assert "aaaa..." in everything.out
    assert "a" * 32 not in everything.out
    wrong = agora(tmp_path, "config", "recrod")
    assert (wrong.code, "did you mean record?" in wrong.err) == (2, True)
