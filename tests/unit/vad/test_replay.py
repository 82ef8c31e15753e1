"""Dumps read back: whole, torn, wrong, and judged again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agora_cli.errors import InputError
from agora_cli.native.vad import VadConfig
from agora_cli.vad.analysis import Settings
from agora_cli.vad.outputs import write_dump
from agora_cli.vad.replay import read_dump, replay, states_differing
from tests.unit.vad.made import run

LINE = "ct:{n} fct:{n} state:0 far:1 vop:{vop} rms:{rms} pitch:0 mup:0\n"


def dump(folder: Path, text: str, source_bytes: int | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "label.txt").write_text(text)
    if source_bytes is not None:
        (folder / "source.pcm").write_bytes(bytes(source_bytes))
    return folder


def lines(count: int, vop: int = 0, rms: int = 80) -> str:
    return "".join(LINE.format(n=n, vop=vop, rms=rms) for n in range(count))


def test_what_this_tool_wrote_comes_back(tmp_path: Path) -> None:
    analysis = run((100, 0.0), (100, 1.0), (100, 0.5))
    pcm = np.arange(300 * 320, dtype=np.uint32).astype(np.uint8)
    recorded = read_dump(write_dump(tmp_path, "20300101000000", analysis, pcm, 327))
    assert recorded.frames.tolist() == analysis.frames.tolist()
    assert (recorded.frame_bytes, recorded.sample_rate_hz, recorded.channels) == (320, 16_000, 1)
    assert recorded.pcm().tobytes() == pcm.tobytes()
    again = replay(recorded, analysis.settings)
    assert again.steps.tolist() == analysis.steps.tolist()
    assert states_differing(recorded, again) == 0
    assert states_differing(recorded, replay(recorded, Settings(config=VadConfig(stop_voice_prob=30)))) > 0


@given(st.integers(0, 130))
def test_a_file_cut_at_any_offset_gives_its_whole_lines(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    text = lines(3)
    folder = dump(tmp_path_factory.mktemp("dump"), text[: len(text) - cut], 960)
    whole = text[: len(text) - cut].count("\n") + (
        cut == 1 or cut == 1 + len(text) // 3 or cut == 1 + len(text) // 3 * 2
    )
    if not whole:
        with pytest.raises(InputError, match="holds no frame"):
            read_dump(folder)
        return
    recorded = read_dump(folder)
    assert len(recorded.frames) == whole
    torn = not text[: len(text) - cut].endswith("\n") and cut % (len(text) // 3) != 1
    assert any("torn line" in note for note in recorded.notes) == torn


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no frame"),
        ("hello\n", "line 1 (byte 0): expected ct: fct: state: far: vop: rms: pitch: mup:, got 'hello'"),
        (lines(2) + "ct:2 fct:2\n" + lines(1), "line 3 (byte 104): expected ct: fct:"),
        (lines(1).replace("vop:0", "vop:"), "line 1 (byte 0)"),
        (lines(1).replace("vop:0", "vop:1-2"), "line 1 (byte 0)"),
        (lines(3, vop=101), "line 1: vop must be 0 to 100, got 101"),
        (lines(2) + lines(1, vop=-1), "line 3: vop must be 0 to 100, got -1"),
        (lines(1, rms=128), "line 1: rms must be 0 to 127, got 128"),
        (lines(1).replace("state:0", "state:4"), "line 1: state must be -2 to 3, got 4"),
        (lines(1).replace("pitch:0", "pitch:99999999999"), "line 1: pitch must be -2147483648 to 2147483647"),
        (lines(1).replace("mup:0", "mup:99999999999999999999999"), "line 1"),
    ],
)
def test_a_wrong_label_file_is_told_by_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_dump(dump(tmp_path / "d", text, 320))
    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_negative_values_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    text = lines(2).replace("far:1", "far:-1").replace("\n", "\r\n")
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "label.txt").write_bytes(text.encode())
    assert read_dump(folder).frames["far_field"].tolist() == [-1, -1]


def test_folders_that_are_no_dumps(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a dump folder: it has no label.txt"):
        read_dump(tmp_path)
    with pytest.raises(InputError, match="is not a dump folder: there is no such folder"):
        read_dump(tmp_path / "none")


def test_a_dump_without_sound_is_silent(tmp_path: Path) -> None:
    recorded = read_dump(dump(tmp_path / "d", lines(10)))
    assert recorded.pcm().tobytes() == bytes(3200)
    assert any("has no sound" in note for note in recorded.notes)


@pytest.mark.parametrize(
    ("frame_bytes", "form"),
    [(160, (8_000, 1)), (320, (16_000, 1)), (640, (32_000, 1)), (960, (48_000, 1)), (1920, (48_000, 2))],
)
def test_the_form_of_the_sound_is_told_from_a_frames_size(
    tmp_path: Path, frame_bytes: int, form: tuple[int, int]
) -> None:
    recorded = read_dump(dump(tmp_path / "d", lines(10), 10 * frame_bytes + 100))
    assert (recorded.sample_rate_hz, recorded.channels) == form
    assert len(recorded.pcm()) == 10 * frame_bytes
    assert recorded.notes == ()


def test_a_form_that_is_told_wins(tmp_path: Path) -> None:
    recorded = read_dump(dump(tmp_path / "d", lines(10), 6_400), sample_rate_hz=16_000, channels=2)
    assert (recorded.frame_bytes, recorded.sample_rate_hz, recorded.channels) == (640, 16_000, 2)


def test_sound_that_does_not_fit_is_noted(tmp_path: Path) -> None:
    notes = read_dump(dump(tmp_path / "d", lines(100), 20_000)).notes
    assert notes == ("source.pcm has 20000 bytes where 100 lines of label.txt want 16000",)


def test_values_are_taken_as_they_stand(tmp_path: Path) -> None:
    flags = read_dump(dump(tmp_path / "flags", lines(100, vop=1, rms=0), 32_000))
    assert flags.is_flagged
    assert (replay(flags, Settings("2.4")).steps["state"] == 1).sum() == 1
    under_2_1 = replay(flags, Settings("2.1"))
    assert not under_2_1.steps["state"].any()
    assert any("vop is only ever 0 or 1" in note for note in under_2_1.notes)
    percents = read_dump(dump(tmp_path / "percents", lines(100, vop=100, rms=10), 32_000))
    under_2_4 = replay(percents, Settings("2.4"))
    assert not under_2_4.steps["state"].any()
    assert any("vop is a percentage" in note for note in under_2_4.notes)
