"""sources/vorbis.py: the end is where the last page says, unless more than a block follows."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.sources.vorbis import MAX_BLOCK_SAMPLES, exact_end, vorbis_samples


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=12), st.integers(1, 20_000))
def test_against_a_naive_twin(lengths: list[int], end: int) -> None:
    chunks = [bytes([number + 1]) * (2 * length) for number, length in enumerate(lengths)]
    rest = b"".join(chunks[1:])
    behind = len(rest) // 2 - end
    wanted = rest if behind > MAX_BLOCK_SAMPLES else rest[: 2 * end]
    got = b"".join(exact_end(chunks, 2 * end, 2))
    assert got == wanted


def test_nothing_is_kept_back_of_a_chained_stream() -> None:
    chunks = [b"x", b"a" * 100, b"b" * (MAX_BLOCK_SAMPLES * 2), b"c" * 50, b"d" * 50]
    assert b"".join(exact_end(chunks, 60, 2)) == b"".join(chunks[1:])


@pytest.mark.parametrize(
    ("container", "codec", "duration", "start", "samples"),
    [
        ("ogg", "vorbis", 900, 0, 900),
        ("ogg", "vorbis", 900, None, 900),
        ("ogg", "vorbis", None, 0, None),
        ("ogg", "vorbis", 900, 17, None),
        ("ogg", "opus", 900, 0, None),
        ("matroska,webm", "vorbis", 900, 0, None),
    ],
)
def test_when_it_is_known(container: str, codec: str, duration: int | None, start: int | None, samples: Any) -> None:
    opened = SimpleNamespace(format=SimpleNamespace(name=container))
    stream = SimpleNamespace(codec_context=SimpleNamespace(name=codec), duration=duration, start_time=start)
    assert vorbis_samples(opened, stream) == samples
