"""The live run: any cut of the stream, any rate, a dump along the way."""

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agora_cli.native.vad import START
from agora_cli.native.vaddump import DumpWriter
from agora_cli.vad.analysis import Settings
from agora_cli.vad.live import LIVE_FRAME_BYTES, LiveVad
from tests.unit.vad.made import LoudnessModel, tone

SOUND = np.concatenate([np.zeros(8_000, np.int16), tone(200, 1, peak=30_000), np.zeros(8_000, np.int16)])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3_000), max_size=30), st.sampled_from([256, 512]))
def test_cutting_the_stream_changes_nothing(pieces: list[int], hop: int) -> None:
    whole = LiveVad(Settings(), LoudnessModel(hop))
    returned = whole.push(SOUND.tobytes(), 16_000, 1)
    live = LiveVad(Settings(), LoudnessModel(hop))
    at, steps = 0, []
    for piece in [*pieces, len(SOUND)]:
        steps.append(live.push(SOUND[at : at + piece].tobytes(), 16_000, 1))
        at += piece
    assert [decision for part in steps for decision in part] == returned
    first, second = whole.close(), live.close()
    assert first.frames.tolist() == second.frames.tolist()
    assert first.probability.tolist() == second.probability.tolist()


def test_decisions_come_as_soon_as_they_can() -> None:
    live = LiveVad(Settings(), LoudnessModel())
    seen = []
    for frame in range(len(SOUND) // 160):
        found = live.push(SOUND[frame * 160 : frame * 160 + 160].tobytes(), 16_000, 1)
        seen += [(frame, decision) for decision in found]
        assert all(decision.at_s == (frame + 1) / 100 for decision in found)
    assert len(live.close().frames) == 200
    assert [decision.is_start for _, decision in seen] == [True, False]
    assert seen[0][1].reason.startswith(f"start at {seen[0][1].at_s:.2f} s: ")
    # Onset at frame 50, heard with the first whole hop of it, and 20 active frames wanted.
    assert 50 + 20 <= seen[0][0] <= 50 + 20 + 7


def test_rate_and_channels_may_change_in_the_middle() -> None:
    live = LiveVad(Settings(), LoudnessModel())
    stereo = np.repeat(tone(200, 1, 48_000, peak=30_000), 2)
    live.push(stereo.tobytes(), 48_000, 2)
    live.push(tone(200, 1, peak=30_000).tobytes(), 16_000, 1)
    analysis = live.close()
    assert abs(len(analysis.frames) - 200) <= 1
    assert (analysis.steps["state"] == START).sum() == 1


def test_the_dump_is_written_along(tmp_path: Path) -> None:
    with DumpWriter(tmp_path, "20300101000000", LIVE_FRAME_BYTES) as dump:
        live = LiveVad(Settings(), LoudnessModel(), dump)
        live.push(SOUND[:16_000].tobytes(), 16_000, 1)
        assert (dump.path / "source.pcm").read_bytes() == SOUND[:16_000].tobytes()
        live.push(SOUND[16_000:].tobytes(), 16_000, 1)
        analysis = live.close()
    assert (dump.path / "source.pcm").read_bytes() == SOUND.tobytes()
    assert len((dump.path / "label.txt").read_text().splitlines()) == len(analysis.frames)
    assert (dump.path / "vad_0.pcm").stat().st_size > 0


def test_a_stream_of_nothing() -> None:
    live = LiveVad(Settings(), LoudnessModel())
    assert live.push(b"", 48_000, 2) == []
    assert len(live.close().frames) == 0
