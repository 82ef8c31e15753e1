"""nearest.py: a typing error finds its name, another word finds none."""

import pytest

from agora_cli.options.nearest import nearest

NAMES = ["send-pcm", "record", "codecs", "rtm-chat"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("recrod", "record"),
        ("sendpcm", "send-pcm"),
        ("chat", "rtm-chat"),
        ("rec", "record"),
        ("decode", None),
        ("encode", None),
        ("play", None),
        ("", None),
    ],
)
def test_nearest(word: str, name: str | None) -> None:
    assert nearest(word, NAMES) == name
