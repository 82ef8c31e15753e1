"""The codec matrix, cell by cell, against a naive twin."""

import pytest

from agora_cli.errors import UnavailableError, UsageError
from agora_cli.native.codec import CHANNEL_CODECS, DIRECTIONS, Choice, Direction, choose, codec_name, sendable

SIDES = (0, 1, 2, 180, 359, 360, 361, 362, 640, 1080, 4096)
INPUTS = (None, *CHANNEL_CODECS, "mpeg4")
ENCODERS = ("h264", "vp8", "vp9", "av1")


def twin(requested: str, direction: Direction, width: int, height: int, encoded: str | None) -> tuple[str | None, str]:
    """Say the rules of the matrix as the reference page does."""
    if direction == "receive":
        return (requested, "pass") if requested in CHANNEL_CODECS else (None, "refuse")
    codec = requested
    if requested not in CHANNEL_CODECS or requested == "h265":
        codec = "h264"
    if requested == "av1" and not min(width, height) > 360:
        codec = "h264"
    if encoded is None:
        return codec, "encode"
    return codec, "pass" if encoded == codec else "transcode"


@pytest.mark.parametrize("encoded", INPUTS)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("requested", [*CHANNEL_CODECS, "mpeg4"])
def test_every_cell_is_what_the_twin_says(requested: str, direction: Direction, encoded: str | None) -> None:
    for width in SIDES:
        for height in SIDES:
            choice = choose(requested, direction, width, height, encoded=encoded)
            assert (choice.codec, choice.action) == twin(requested, direction, width, height, encoded), (width, height)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640), (360, 360), (4000, 1)])
def test_360_lines_fall_back_in_both_orientations(width: int, height: int) -> None:
    reason = "AV1 is sent only above 360 lines on the shorter side: H264 is sent instead"
    assert choose("av1", "send", width, height) == Choice("h264", "encode", reason)


@pytest.mark.parametrize(("width", "height"), [(640, 361), (361, 640), (361, 361)])
def test_361_lines_are_av1_in_both_orientations(width: int, height: int) -> None:
    assert choose("av1", "send", width, height).codec == "av1"


def test_an_encoder_that_is_missing_is_refused_by_name() -> None:
    choice = choose("av1", "send", 1280, 720, encoders=("h264", "vp8"))
    assert (choice.codec, choice.action) == (None, "refuse")
    with pytest.raises(UnavailableError, match="cannot send av1: this machine has no encoder") as caught:
        sendable(choice, "av1", ("vp8", "h264"))
    assert caught.value.hint == "encoders here: h264 vp8"
    assert sendable(choose("h264", "send", 2, 2), "h264", ()) == "h264"


def test_passing_needs_no_encoder() -> None:
    assert choose("vp9", "send", 640, 480, encoded="vp9", encoders=()).action == "pass"
    assert choose("h265", "send", 640, 480, encoded="h265", encoders=()).action == "refuse"


def test_an_engine_that_does_not_carry_a_codec_gets_h264() -> None:
    choice = choose("vp9", "send", 640, 480, encoded="vp9", encoders=ENCODERS, carried=("h264",))
    assert choice == Choice("h264", "transcode", "the engine does not carry this codec: H264 is sent instead")
    assert choose("vp9", "send", 640, 480, carried=("vp8",)).action == "refuse"
    assert choose("vp9", "receive", 640, 480, carried=("h264",)).action == "refuse"


@pytest.mark.parametrize(("text", "name"), [("H264", "h264"), ("avc", "h264"), ("H.265", "h265"), ("AV1", "av1")])
def test_a_codec_is_known_by_its_other_names(text: str, name: str) -> None:
    assert codec_name(text) == name


@pytest.mark.parametrize(("text", "suggested"), [("h246", "h264"), ("vp7", "vp"), ("hvec", "hevc"), ("av2", "av1")])
def test_an_unknown_codec_suggests(text: str, suggested: str) -> None:
    with pytest.raises(UsageError, match=f"--codec must be one of .*, got '{text}'") as caught:
        codec_name(text)
    assert suggested in (caught.value.hint or "")


def test_a_codec_like_nothing_suggests_nothing() -> None:
    with pytest.raises(UsageError) as caught:
        codec_name("realvideo")
    assert caught.value.hint is None
