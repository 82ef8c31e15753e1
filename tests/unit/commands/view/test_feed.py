"""commands/view/feed.py: events into what pages get, and keyframes asked for those who need one."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agora_cli.commands._channel.watching import Watching
from agora_cli.commands.view.feed import ViewFeed
from agora_cli.commands.view.viewers import Viewers
from agora_cli.events import DataReceived, Joined, Left, MediaReceived
from agora_cli.frames import EncodedVideo, PcmFrame


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def viewers() -> Viewers:
    return Viewers()


@pytest.fixture
def feed(viewers: Viewers, asked: list[str]) -> ViewFeed:
    watched = SimpleNamespace(present=lambda: ["7"])
    connection = SimpleNamespace(request_keyframe=asked.append)
    looking = SimpleNamespace(watched=watched, connection=connection, document=lambda: {"users": []})
    return ViewFeed(cast(Watching, looking), viewers)


def media(user: str, unit: Any) -> MediaReceived:
    return MediaReceived(0, user, 0, unit)


def test_without_anybody_nothing_is_done(feed: ViewFeed) -> None:
    feed.take(media("7", PcmFrame(0, 16000, 1, bytes(320))))
    feed.tick()


def test_all_kinds_of_events(feed: ViewFeed, viewers: Viewers) -> None:
    viewer = viewers.add()
    feed.take(Joined(0, "7"))
    feed.take(media("7", PcmFrame(0, 16000, 1, bytes(320))))
    feed.take(media("7", EncodedVideo(0, 0, "h264", 2, 2, True, b"x")))
    feed.take(DataReceived(0, "7", b"\xffhi", 0))
    feed.take(Left(0, "7", "bye"))
    feed.tick()
    messages = [viewer.next() for _ in range(6)]
    kinds = [
        json.loads(each if isinstance(each, str) else (each or b"")[2:].split(b"}")[0] + b"}") for each in messages
    ]
    assert [each["kind"] for each in kinds] == ["joined", "pcm", "picture", "message", "left", "stats"]
    assert kinds[3]["text"] == "\\xffhi"


def test_a_keyframe_is_asked_of_who_is_there(feed: ViewFeed, viewers: Viewers, asked: list[str]) -> None:
    viewers.add()
    for user in ("7", "gone"):
        feed.take(media(user, EncodedVideo(0, 0, "h264", 2, 2, False, b"x")))
    feed.tick()
    assert asked == ["7"]
