"""frames.py: lengths and sizes."""

import pytest

from agora_cli.frames import EncodedAudio, PcmFrame, PixelFormat, raw_video_size


def test_pcm_counts_samples_per_channel() -> None:
    frame = PcmFrame(0, 44100, 2, bytes(441 * 4))
    assert (frame.samples, frame.duration_us) == (441, 10_000)


def test_encoded_audio_lasts_what_it_decodes_to() -> None:
    assert EncodedAudio(0, "opus", 48000, 1, 960, b"x").duration_us == 20_000


@pytest.mark.parametrize(
    ("pixel_format", "size"), [("i420", 9 * 9 + 2 * 25), ("nv12", 9 * 9 + 2 * 25), ("rgba", 9 * 9 * 4)]
)
def test_odd_sizes_round_chroma_up(pixel_format: PixelFormat, size: int) -> None:
    assert raw_video_size(pixel_format, 9, 9) == size
