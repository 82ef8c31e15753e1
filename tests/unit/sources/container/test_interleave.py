"""media/interleave.py against a stable sort."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import InputError
from agora_cli.frames import EncodedVideo, PcmFrame, Unit
from agora_cli.sources.container.interleave import MAX_HELD_US, TrackUnit, interleaved


def video(dts_us: int) -> EncodedVideo:
    return EncodedVideo(dts_us + 40_000, dts_us, "h264", 16, 16, False, b"v")


def audio(pts_us: int) -> PcmFrame:
    return PcmFrame(pts_us, 48_000, 1, b"aa")


def send_us(unit: Unit) -> int:
    return unit.dts_us if isinstance(unit, EncodedVideo) else unit.pts_us


@given(
    st.lists(st.integers(0, 100_000), max_size=40).map(sorted),
    st.lists(st.integers(0, 100_000), max_size=40).map(sorted),
    st.randoms(use_true_random=False),
)
def test_units_come_sorted_however_the_tracks_arrive(videos: list[int], audios: list[int], random: object) -> None:
    tracks: list[list[Unit]] = [[video(t) for t in videos], [audio(t) for t in audios]]

    def arrive() -> Iterator[TrackUnit]:
        left = [list(track) for track in tracks]
        while any(left):
            track = random.choice([n for n in (0, 1) if left[n]])  # type: ignore[attr-defined]
            yield track, left[track].pop(0)

    found = list(interleaved(arrive(), 2))
    assert [send_us(unit) for unit in found] == sorted(videos + audios)
    assert [unit for unit in found if isinstance(unit, EncodedVideo)] == tracks[0]


def test_one_track_does_not_wait() -> None:
    units = iter([(0, video(0)), (0, video(1))])
    found = interleaved(units, 1)
    assert next(found) == video(0)
    assert next(units) == (0, video(1))


def test_a_silent_track_holds_the_other_back_for_a_while_only() -> None:
    asked = 0

    def arrive() -> Iterator[TrackUnit]:
        nonlocal asked
        for number in range(1000):
            asked = number
            yield 0, video(number * 40_000)

    first = next(interleaved(arrive(), 2))
    assert first == video(0)
    assert asked * 40_000 == MAX_HELD_US + 40_000


def test_what_waits_is_given_before_a_fault() -> None:
    def arrive() -> Iterator[TrackUnit]:
        yield 0, video(0)
        yield 0, video(40_000)
        yield 1, audio(10_000)
        raise InputError("cut", "cut")

    found: list[Unit] = []
    with pytest.raises(InputError):
        found.extend(interleaved(arrive(), 2))
    assert found == [video(0), audio(10_000), video(40_000)]
