"""media/pcm_grid.py: pieces of any size become frames on one grid of samples."""

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.frames import PcmFrame
from agora_cli.sources.container.samples import JITTER_US, PcmGrid

RATE = 48_000


def numbered(first: int, count: int) -> bytes:
    return struct.pack(f"<{count}h", *((first + n) % 32_768 for n in range(count)))


def heard(frames: list[PcmFrame]) -> bytes:
    return b"".join(bytes(frame.data[: (frame.samples - frame.padding) * 2]) for frame in frames)


@given(st.lists(st.integers(0, 2000), max_size=20), st.integers(-1000, 10**9))
def test_pieces_of_any_size_make_the_same_frames(sizes: list[int], origin_us: int) -> None:
    grid = PcmGrid(RATE, 1)
    frames: list[PcmFrame] = []
    sent = 0
    for size in sizes:
        frames += grid.push(origin_us + sent * 1_000_000 // RATE, numbered(sent, size))
        sent += size
    frames += grid.flush()
    assert heard(frames) == numbered(0, sent)
    assert [frame.pts_us for frame in frames] == [origin_us + 10_000 * n for n in range(len(frames))]
    assert all(frame.samples == 480 for frame in frames)
    assert all(frame.padding == 0 for frame in frames[:-1])
    assert list(grid.flush()) == []


@given(st.lists(st.integers(-JITTER_US, JITTER_US), min_size=1, max_size=50))
def test_jitter_is_not_heard(jitters_us: list[int]) -> None:
    grid = PcmGrid(RATE, 1)
    frames: list[PcmFrame] = []
    for number, jitter_us in enumerate(jitters_us):
        pts_us = number * 20_000 + (jitter_us if number else 0)
        frames += grid.push(pts_us, numbered(number * 960, 960))
    frames += grid.flush()
    assert heard(frames) == numbered(0, 960 * len(jitters_us))


def test_a_short_gap_is_silence() -> None:
    grid = PcmGrid(RATE, 1)
    frames = [*grid.push(0, numbered(1, 480)), *grid.push(16_000, numbered(1, 192)), *grid.flush()]
    assert heard(frames) == numbered(1, 480) + bytes(2 * 288) + numbered(1, 192)
    assert [frame.pts_us for frame in frames] == [0, 10_000]


def test_a_long_gap_begins_a_new_grid() -> None:
    grid = PcmGrid(RATE, 1)
    frames = [*grid.push(0, numbered(1, 100)), *grid.push(1_000_003, numbered(1, 480)), *grid.flush()]
    assert [(frame.pts_us, frame.padding) for frame in frames] == [(0, 380), (1_000_003, 0)]


@given(st.integers(1, 479), st.integers(500, 10_000))
def test_frames_never_overlap(samples: int, gap: int) -> None:
    grid = PcmGrid(RATE, 1)
    frames = [*grid.push(0, numbered(0, samples))]
    frames += grid.push((samples + gap) * 1_000_000 // RATE, numbered(0, 480))
    frames += grid.flush()
    for before, after in zip(frames, frames[1:], strict=False):
        assert after.pts_us >= before.pts_us + before.duration_us


def test_what_overlaps_is_left_out() -> None:
    grid = PcmGrid(RATE, 1)
    frames = [*grid.push(0, numbered(0, 960)), *grid.push(10_000, numbered(480, 960)), *grid.flush()]
    assert heard(frames) == numbered(0, 1440)
    whole = PcmGrid(RATE, 1)
    frames = [*whole.push(100_000, numbered(0, 480)), *whole.push(0, numbered(0, 480)), *whole.flush()]
    assert heard(frames) == numbered(0, 480)


def test_exact_corrects_a_single_sample() -> None:
    grid = PcmGrid(RATE, 1)
    frames = [*grid.push(0, numbered(1, 480)), *grid.push(10_021, numbered(1, 479), exact=True), *grid.flush()]
    assert heard(frames) == numbered(1, 480) + bytes(2) + numbered(1, 479)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_every_rate_keeps_its_grid(rate: int) -> None:
    grid = PcmGrid(rate, 2)
    frames = [*grid.push(0, bytes(4 * rate)), *grid.flush()]
    sent = 0
    for frame in frames:
        assert frame.pts_us == sent * 1_000_000 // rate
        sent += frame.samples
    assert sum(frame.samples - frame.padding for frame in frames) == rate


def test_a_stereo_sample_stays_whole() -> None:
    grid = PcmGrid(RATE, 2)
    frames = [*grid.push(0, numbered(0, 964)), *grid.flush()]
    assert [len(frame.data) for frame in frames] == [1920, 1920]
    assert frames[1].padding == 478


def test_the_end_is_known() -> None:
    grid = PcmGrid(RATE, 1)
    assert grid.end_us is None
    assert list(grid.push(5, numbered(0, 48))) == []
    assert grid.end_us == 5 + int(Fraction(48, RATE) * 1_000_000)
