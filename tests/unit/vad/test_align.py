"""From hops to frames: what is known when, and what hindsight says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.vad.align import aligned, causal


@given(st.integers(0, 60), st.sampled_from([256, 512]))
def test_a_frame_knows_the_last_hop_that_is_over(count: int, hop: int) -> None:
    probabilities = np.arange(1, count * 160 // hop + 1, dtype=np.float32)
    known = causal(probabilities, 0, 0.0, hop, 0, count)
    assert known.tolist() == [(frame + 1) * 160 // hop for frame in range(count)]


@given(st.lists(st.integers(1, 700), max_size=20))
def test_causal_in_pieces_is_causal_at_once(pieces: list[int]) -> None:
    total = sum(pieces)
    probabilities = np.linspace(0.1, 1, total // 512, dtype=np.float32) if total >= 512 else np.empty(0, np.float32)
    whole = causal(probabilities, 0, 0.0, 512, 0, total // 160)
    parts, samples, hops, frames, latest = [np.empty(0, np.float32)], 0, 0, 0, 0.0
    for piece in pieces:
        samples += piece
        new = probabilities[hops : samples // 512]
        parts.append(causal(new, hops, latest, 512, frames, samples // 160 - frames))
        latest = float(new[-1]) if len(new) else latest
        hops, frames = samples // 512, samples // 160
    assert np.concatenate(parts).tolist() == whole.tolist()


def test_aligned_draws_a_line_between_the_moments_that_hops_speak_of() -> None:
    probabilities = np.array([0.0, 1.0, 1.0], np.float32)
    drawn = aligned(probabilities, 512, 0, 9)
    assert drawn[0] == 0.0
    assert drawn[1] == 0.0  # its centre, 240, is before the first hop's, 256
    assert drawn[4] == np.float32((720 - 256) / 512)
    assert drawn[5:].tolist() == [1.0] * 4
    assert aligned(probabilities, 512, 440, 9)[1] > 0.8


def test_no_hop_is_no_probability() -> None:
    assert aligned(np.empty(0, np.float32), 512, 440, 3).tolist() == [0, 0, 0]
