from fractions import Fraction
from pathlib import Path

import av
import pytest

from agora_cli.clock import Stop
from agora_cli.sources.base import Excerpt
from agora_cli.sources.container.plan import ContainerOptions
from agora_cli.sources.container.sampling import sampling_of
from agora_cli.sources.container.source import open_container

CASES = [
    ("libx264", "yuv420p", 1, ""),
    ("libx264", "yuv420p10le", 1, "10-bit 4:2:0"),
    ("libx264", "yuv422p", 1, "8-bit 4:2:2"),
    ("libx264", "yuv444p", 1, "8-bit 4:4:4"),
    ("libx264", "yuv420p10le", 16, "10-bit 4:2:0, HDR (PQ)"),
    ("libx264", "yuv420p10le", 18, "10-bit 4:2:0, HDR (HLG)"),
]


def film(path: Path, codec: str, pixels: str, transfer: int) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = pixels
        stream.codec_context.color_trc = transfer
        stream.codec_context.time_base = Fraction(1, 10)
        for number in range(5):
            frame = av.VideoFrame(64, 64, "yuv420p").reformat(format=pixels)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("codec", "pixels", "transfer", "expected"), CASES)
def test_what_is_not_plain_is_named(codec: str, pixels: str, transfer: int, expected: str, tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", codec, pixels, transfer)
    with av.open(str(path)) as container:
        assert sampling_of(container.streams.video[0]) == expected
    source = open_container(str(path), ContainerOptions(), Excerpt(), Stop())
    told = [warning for warning in source.info.warnings if "B-frames" not in warning]
    source.close()
    assert told == (
        [f"{path}: {expected}, which many receivers cannot show; --transcode sends 8-bit 4:2:0"] * bool(expected)
    )


def test_light_that_is_not_tone_mapped_is_told(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", "libx264", "yuv420p10le", 16)
    source = open_container(str(path), ContainerOptions(always_transcode=True), Excerpt(), Stop())
    (told,) = source.info.warnings
    source.close()
    assert told == f"{path}: 10-bit 4:2:0, HDR (PQ) is not tone-mapped: encoded again it looks pale"
