from agora_cli.events import (
    DataReceived,
    DecryptionFailed,
    Event,
    Joined,
    Left,
    MediaReceived,
    Muted,
    VolumeIndication,
)
from agora_cli.frames import EncodedAudio, EncodedVideo, Metadata, PcmFrame, RawVideo
from agora_cli.session.watched import Watched, describe

SECOND = 1_000_000
LOUD = b"\0\x40" * 160


def watched(*events: Event) -> Watched:
    found = Watched("demo", 0)
    for event in events:
        found.take(event)
    return found


def sound(at_us: int, user: str = "7", data: bytes = LOUD) -> MediaReceived:
    return MediaReceived(at_us, user, 1, PcmFrame(at_us, 16000, 1, data))


def test_users_come_and_go_and_come_back() -> None:
    found = watched(Joined(0, "7"), Joined(0, "8"), Left(1, "7", "bye"))
    assert list(found.present()) == ["8"]
    found.take(sound(2))
    assert list(found.present()) == ["7", "8"]


def test_a_document_has_what_a_user_sends() -> None:
    found = watched(
        *(sound(step * 10_000) for step in range(101)),
        *(
            MediaReceived(step * 40_000, "7", 1, EncodedVideo(step * 40_000, step * 40_000, "h264", 64, 48, True, b"x"))
            for step in range(26)
        ),
        DataReceived(0, "7", b"x", 0),
        MediaReceived(0, "7", 1, Metadata(0, "video", b"sei")),
        VolumeIndication(0, "7", 99, None),
    )
    document = found.document(SECOND)
    assert (document["channelId"], document["seconds"]) == ("demo", 1)
    (user,) = document["users"]
    assert (user["userId"], user["talking"], user["messages"], user["volume"]) == ("7", True, 2, 99)
    audio, video = user["audio"], user["video"]
    assert (audio["format"], audio["bitrate"], audio["unitsPerSecond"]) == ("pcm 16000 Hz, 1 channel", 256_000, 100)
    assert (audio["levelNow"], audio["quietSeconds"], audio["loss"]) == (-6, 0, 0)
    assert (video["format"], video["fps"], video["keyframeInterval"]) == ("h264 64x48", 25, 0.04)


def test_talking_is_what_the_engine_says_else_the_level() -> None:
    assert watched(sound(0)).document(0)["users"][0]["talking"] is True
    assert watched(sound(0)).document(3 * SECOND)["users"][0]["talking"] is False
    assert watched(sound(0, data=bytes(320))).document(0)["users"][0]["talking"] is False
    assert watched(sound(0), VolumeIndication(0, "7", 1, False)).document(0)["users"][0]["talking"] is False
    assert watched(Joined(0, "7")).document(0)["users"][0]["talking"] is None


def test_muted_before_and_after_the_track_is_seen() -> None:
    found = watched(Muted(0, "7", "audio", True), sound(0))
    assert found.document(0)["users"][0]["audio"]["muted"] is True
    found.take(Muted(0, "7", "audio", False))
    assert found.document(0)["users"][0]["audio"]["muted"] is False


def test_who_was_heard_once_is_not_locked_out() -> None:
    assert watched(DecryptionFailed(0, "7")).users["7"].locked_out
    assert not watched(sound(0), DecryptionFailed(0, "7")).users["7"].locked_out
    assert not watched(DecryptionFailed(0, "7"), sound(0)).users["7"].locked_out


def test_units_in_words() -> None:
    assert describe(EncodedAudio(0, "opus", 48000, 2, 960, b"")) == "opus 48000 Hz, 2 channels"
    assert describe(RawVideo(0, "i420", 64, 48, b"")) == "i420 64x48"
    assert describe(Metadata(0, "audio", b"")) == "metadata"
