"""commands/view/packets.py: a head that says what it is, then the bytes as they came."""

import json
from typing import Any

from agora_cli.commands.view.packets import pack_picture, pack_sound, pack_text
from agora_cli.frames import EncodedVideo, PcmFrame, RawVideo


def parted(message: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(message[:2], "big")
    return json.loads(message[2 : 2 + length]), message[2 + length :]


def test_sound() -> None:
    message = pack_sound("änna", PcmFrame(0, 16000, 2, b"abcd"))
    assert parted(message) == ({"kind": "pcm", "user": "änna", "rate": 16000, "channels": 2}, b"abcd")


def test_an_encoded_picture_says_whether_it_can_be_the_first() -> None:
    for key in (True, False):
        head, data = parted(pack_picture("7", EncodedVideo(40_000, 0, "vp9", 320, 180, key, b"xyz")))
        assert data == b"xyz"
        assert head == {
            **{"kind": "picture", "user": "7", "codec": "vp9", "width": 320, "height": 180},
            **{"key": key, "at": 40_000},
        }


def test_every_raw_picture_can_be_the_first() -> None:
    head, _ = parted(pack_picture("7", RawVideo(0, "i420", 2, 2, bytes(6))))
    assert (head["codec"], head["key"]) == ("i420", True)


def test_a_name_that_is_no_text_ends_nobody() -> None:
    assert parted(pack_sound("\ud800", PcmFrame(0, 16000, 1, b"")))[0]["user"] == "?"


def test_text() -> None:
    assert json.loads(pack_text("message", user="7", text="</script>")) == {
        **{"kind": "message", "user": "7", "text": "</script>"}
    }
