"""A recording is judged into its folder, and its failure is told before anything is written."""

from pathlib import Path

import pytest

from agora_cli.commands.vad_dump.recording import VadRequest, judge_recording
from agora_cli.errors import InputError
from agora_cli.sources.sound import RawPcm
from agora_cli.terminal.console import Console
from agora_cli.vad.analysis import Settings


def request(path: Path, target: Path) -> VadRequest:
    return VadRequest(str(path), None, RawPcm(16_000, 1), Settings(), "silero", None, target, None, None, report=False)


def test_a_recording_leaves_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound = tmp_path / "a.pcm"
    sound.write_bytes(bytes(32_000))
    assert judge_recording(request(sound, tmp_path / "out"), Console(json_output=True, quiet=True)) == 0
    assert '"frames": 100' in capsys.readouterr().out
    assert (tmp_path / "out" / "segments.json").is_file()


def test_less_than_a_frame_is_no_recording(tmp_path: Path) -> None:
    sound = tmp_path / "a.pcm"
    sound.write_bytes(bytes(100))
    with pytest.raises(InputError, match="a.pcm is shorter than one frame of 10 ms"):
        judge_recording(request(sound, tmp_path / "out"), Console(json_output=True, quiet=True))
    assert not (tmp_path / "out").exists()
