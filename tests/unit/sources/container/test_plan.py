"""sources/container/plan.py: what passes through, what is encoded again, and whether a rate is constant."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agora_cli.errors import InputError, UsageError
from agora_cli.sources.container.plan import ContainerOptions, Transcode, constant_rate, plan_container
from agora_cli.sources.container.tracks import Tracks


def video(codec: str = "h264", size: tuple[int, int] = (1280, 720), **rest: Any) -> Any:
    rates = {"average_rate": Fraction(25), "base_rate": Fraction(25), "guessed_rate": Fraction(25)} | rest
    context = SimpleNamespace(
        codec=SimpleNamespace(canonical_name=codec),
        width=size[0],
        height=size[1],
        bit_rate=1_000_000,
        has_b_frames=False,
        format=None,
        colorspace=2,
    )
    return SimpleNamespace(codec_context=context, **rates)


def plan(stream: Any, options: ContainerOptions | None = None) -> Any:
    return plan_container(Tracks(cast(Any, None), "film", stream, None), options or ContainerOptions())


@pytest.mark.parametrize(
    ("codec", "size", "sent", "passes"),
    [
        ("h264", (320, 240), "h264", True),
        ("vp8", (320, 240), "vp8", True),
        ("vp9", (320, 240), "vp9", True),
        ("av1", (1280, 720), "av1", True),
        ("av1", (640, 360), "h264", False),
        ("hevc", (1280, 720), "h264", False),
        ("prores", (1280, 720), "h264", False),
    ],
)
def test_what_travels(codec: str, size: tuple[int, int], sent: str, passes: bool) -> None:
    found = plan(video(codec, size))
    assert found.video.codec == sent
    assert (found.encoder is None) == passes
    assert bool(found.notes) != passes


def test_always_transcode() -> None:
    found = plan(video(), ContainerOptions(always_transcode=True))
    assert found.encoder.codec == "h264"
    assert found.notes == ("picture: h264 at 1612 kb/s from h264",)
    other = plan(video(), ContainerOptions(transcode=Transcode(codec="vp9"), always_transcode=True))
    assert other.encoder.codec == "vp9"


def test_encoder_options_need_an_encoder() -> None:
    with pytest.raises(UsageError, match="need --transcode"):
        plan(video(), ContainerOptions(transcode=Transcode(bitrate_bps=1000)))
    assert plan(video("hevc"), ContainerOptions(transcode=Transcode(gop=5))).encoder.gop == 5


def test_what_cannot_be_decoded() -> None:
    with pytest.raises(InputError, match="in a codec that nothing here decodes"):
        plan(SimpleNamespace(codec_context=None))
    with pytest.raises(InputError, match="the size of its picture is not known"):
        plan(video(size=(0, 0)))


@pytest.mark.parametrize(
    ("average", "base", "constant"),
    [
        (Fraction(30_000, 1001), Fraction(30_000, 1001), True),
        (Fraction(2999, 100), Fraction(30), True),
        (Fraction(25), Fraction(50), True),
        (Fraction(97, 10), Fraction(1000), False),
        (Fraction(15), Fraction(30), True),
        (Fraction(20), Fraction(30), False),
    ],
)
def test_a_constant_rate(average: Fraction, base: Fraction, constant: bool) -> None:
    stream = video(average_rate=average, base_rate=base)
    assert constant_rate(stream) == (average if constant else None)


def test_a_rate_that_is_not_said() -> None:
    assert constant_rate(video(average_rate=None, base_rate=None, guessed_rate=None)) is None
