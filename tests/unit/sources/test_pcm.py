"""media/pcm.py: frames exact to the sample, whatever the chunks; excerpts, loops, tails, torn samples."""

from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import InputError
from agora_cli.frames import Bytes, PcmFrame
from agora_cli.sources.base import Excerpt
from agora_cli.sources.pcm import PcmSource, frame_samples


def chunked(data: bytes, cuts: list[int]) -> Callable[[], Iterator[Bytes]]:
    """Return runs that yield `data` cut at the given places."""
    edges = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    return lambda: iter([data[a:b] for a, b in zip(edges, edges[1:], strict=False)])


def frames(source: PcmSource) -> list[PcmFrame]:
    return [unit for unit in source.units() if isinstance(unit, PcmFrame)]


def content(units: list[PcmFrame]) -> bytes:
    return b"".join(bytes(unit.data)[: len(unit.data) - 2 * unit.channels * unit.padding] for unit in units)


@pytest.mark.parametrize(
    ("rate", "samples"),
    [(8000, 80), (11025, 441), (12345, 123), (16000, 160), (22050, 441), (44100, 441), (48000, 480)],
)
def test_a_frame_is_the_shortest_of_10_20_40_ms_that_is_whole(rate: int, samples: int) -> None:
    assert frame_samples(rate) == samples


@given(
    st.binary(min_size=1, max_size=5000),
    st.lists(st.integers(0, 5000), max_size=20),
    st.sampled_from([8000, 11025, 22050, 48000]),
    st.sampled_from([1, 2]),
    st.integers(1, 3),
    st.fractions(0, Fraction(1, 20)),
)
def test_against_a_naive_twin(
    data: bytes,
    cuts: list[int],
    rate: int,
    channels: int,
    loops: int,
    start_s: Fraction,
) -> None:
    block = 2 * channels
    data = data[: len(data) // block * block]
    expected = data[int(start_s * rate) * block :] * loops
    source = PcmSource(chunked(data, cuts), rate, channels, Excerpt(loops, start_s))
    if not expected:
        with pytest.raises(InputError, match="no sound in the asked part"):
            frames(source)
        return
    units = frames(source)
    assert content(units) == expected
    assert {unit.samples for unit in units} == {frame_samples(rate)}
    assert all(unit.padding == 0 for unit in units[:-1])
    for number, unit in enumerate(units):
        assert unit.pts_us == number * frame_samples(rate) * 1_000_000 // rate


@pytest.mark.parametrize("extra", [1, 2, 3])
def test_a_torn_sample_is_told_after_the_whole_ones_were_given(extra: int) -> None:
    data = bytes(range(200)) * 4
    source = PcmSource(chunked(data + b"x" * extra, [1, 2, 3, 700]), 8000, 2, name="in.pcm")
    units: list[PcmFrame] = []
    match = rf"in\.pcm: ends inside a sample at byte 800: {800 + extra} bytes is no multiple of 4"
    with pytest.raises(InputError, match=match):
        collect(source, units)
    assert content(units) == data


def collect(source: PcmSource, units: list[PcmFrame]) -> None:
    for unit in source.units():
        assert isinstance(unit, PcmFrame)
        units.append(unit)


def test_an_endless_loop_of_nothing_ends() -> None:
    with pytest.raises(InputError, match="no sound"):
        frames(PcmSource(chunked(b"", []), 8000, 1, Excerpt(loops=0)))
