"""commands/view/viewers.py: what a slow browser loses, and that it can go on after it."""

import threading

from agora_cli.commands.view.viewers import MOST_BYTES, MOST_MESSAGES, Viewer, Viewers


def queued(viewer: Viewer, count: int) -> list[bytes | str | None]:
    return [viewer.next() for _ in range(count)]


def test_a_picture_waits_for_its_keyframe() -> None:
    viewer = Viewer()
    viewer.put_picture("7", b"delta", False)
    assert (viewer.waiting, viewer.dropped) == ({"7"}, 1)
    viewer.put_picture("7", b"key", True)
    viewer.put_picture("7", b"delta", False)
    assert viewer.waiting == set()
    assert queued(viewer, 2) == [b"key", b"delta"]


def test_a_full_queue_loses_media_keeps_text_and_asks_for_keyframes() -> None:
    viewer = Viewer()
    viewer.put("joined")
    viewer.put_picture("7", b"key", True)
    for _ in range(MOST_MESSAGES - 2):
        viewer.put_picture("7", b"delta", False)
    viewer.put_picture("7", b"one too many", False)
    assert viewer.waiting == {"7"}
    assert viewer.dropped == MOST_MESSAGES
    viewer.put_picture("7", b"delta", False)
    viewer.put_picture("7", b"next key", True)
    assert queued(viewer, 2) == ["joined", b"next key"]


def test_the_bytes_are_bounded_too() -> None:
    viewer = Viewer()
    viewer.put_picture("7", bytes(MOST_BYTES - 1), True)
    viewer.put(bytes(2))
    viewer.put("text")
    assert queued(viewer, 1) == ["text"]


def test_a_close_ends_who_waits() -> None:
    viewer = Viewer()
    found: list[bytes | str | None] = [b""]
    thread = threading.Thread(target=lambda: found.append(viewer.next()))
    thread.start()
    viewer.close()
    thread.join(10)
    assert found == [b"", None]


def test_everybody_gets_everything_until_gone() -> None:
    viewers = Viewers()
    one, two = viewers.add(), viewers.add()
    viewers.picture("7", b"key", True)
    viewers.remove(one)
    assert len(viewers) == 1
    viewers.give("text")
    viewers.picture("8", b"delta", False)
    assert queued(two, 2) == [b"key", "text"]
    assert one.next() is None
    assert viewers.waiting == {"8"}
    viewers.close()
    assert two.next() is None
