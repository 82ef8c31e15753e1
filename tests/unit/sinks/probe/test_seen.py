"""sinks/probe/seen.py: what each picture says, and PSNR and SSIM against values worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, RawVideo
from agora_cli.media.probe.picture import Caption
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.sinks.probe.seen import see
from agora_cli.sources.probe import ProbeSource


def arrivals(length_us: int = 200_000) -> list[MediaReceived]:
    """Return the signal's pictures, raw."""
    units = ProbeSource(ProbeSignal(1, length_us, channels=0)).units()
    return [MediaReceived(1000 + unit.pts_us, "7", 1, unit) for unit in units]


def test_what_was_sent_is_seen() -> None:
    seen = list(see(arrivals()))
    assert [one.caption for one in seen] == [Caption(1, 0, 0), Caption(1, 1, 66), Caption(1, 2, 133)]
    assert {(one.psnr_db, one.ssim, one.color_error, one.width) for one in seen} == {(100.0, 1.0, 0.0, 320)}


def test_psnr_is_that_of_a_known_error() -> None:
    (event, *_) = arrivals()
    picture = np.frombuffer(event.unit.data, np.uint8)
    other = np.where(picture > 128, picture - 4, picture + 4).astype(np.uint8).tobytes()
    (seen,) = see([replace(event, unit=replace(event.unit, data=other))])
    assert seen.psnr_db == pytest.approx(20 * np.log10(255 / 4), abs=0.01)
    assert seen.ssim is not None
    assert seen.ssim < 0.999


def test_what_cannot_be_seen_is_a_row_all_the_same() -> None:
    tiny = MediaReceived(1, "7", 1, RawVideo(0, "i420", 8, 8, bytes(96)))
    broken = MediaReceived(2, "7", 1, EncodedVideo(0, 0, "h264", 320, 180, True, b"\0\0\0\1\x65zzz"))
    grey = MediaReceived(3, "7", 1, RawVideo(0, "i420", 320, 180, bytes(86400)))
    seen = list(see([tiny, broken, grey]))
    assert [(one.shown, one.caption) for one in seen] == [(True, None), (False, None), (True, None)]
