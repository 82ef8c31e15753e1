"""native/vaddump.c: the SDK's layout to the byte, folders that never clash, and what a kill -9 leaves."""

import os
import signal
import subprocess
import sys
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agora_cli.errors import InputError
from agora_cli.native.vad import START, STOP, VadConfig, VadMachine, frame_dtype
from agora_cli.native.vaddump import FLAG_SCALE, MAX_FRAME_BYTES, DumpWriter

FRAME_BYTES = 8
CONFIG = VadConfig(pre_start_recognize_count=2, start_recognize_count=3, stop_recognize_count=4)
STAMP = "20300102030405"


def frames_of(voice_probs: list[int]) -> Any:
    frames = np.zeros(len(voice_probs), frame_dtype())
    frames["far_field"] = 1
    frames["voice_prob"] = voice_probs
    frames["rms"] = np.arange(len(voice_probs)) % 128
    frames["pitch"] = 200
    return frames


def pcm_of(count: int) -> bytes:
    return b"".join(number.to_bytes(FRAME_BYTES, "little") for number in range(count))


def twin(pcm: bytes, frames: Any, steps: Any, scale: int) -> dict[str, bytes]:
    """Return every file of a dump, as the SDK's VadDump writes them (with our scale for voice_prob)."""

    def curve(values: list[int]) -> bytes:
        return b"".join(array("h", [value] * (FRAME_BYTES // 2)).tobytes() for value in values)

    files = {
        "source.pcm": pcm,
        "rms.pcm": curve([int(rms) * 127 for rms in frames["rms"]]),
        "pitch.pcm": curve([int(pitch) for pitch in frames["pitch"]]),
        "voice_prob.pcm": curve([int(prob) * scale for prob in frames["voice_prob"]]),
    }
    count, label, is_open = 0, "", False
    for i, (frame, step) in enumerate(zip(frames, steps, strict=True)):
        label += f"ct:{count} fct:{i} state:{step['state']} far:{frame['far_field']} vop:{frame['voice_prob']} "
        label += f"rms:{frame['rms']} pitch:{frame['pitch']} mup:{frame['music_prob']}\n"
        if step["state"] == START:
            files[f"vad_{count}.pcm"] = b""
            count, is_open = count + 1, True
        if step["state"] and is_open:
            emitted = pcm[(i + 1 - step["emit_frames"]) * FRAME_BYTES : (i + 1) * FRAME_BYTES]
            files[f"vad_{count - 1}.pcm"] += emitted
        is_open = is_open and step["state"] != STOP
    return files | {"label.txt": label.encode()}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0, 100]), min_size=1, max_size=80), st.integers(1, 80))
def test_a_dump_is_what_its_twin_writes_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, probs: list[int], cut: int
) -> None:
    frames, pcm = frames_of(probs), pcm_of(len(probs))
    steps = VadMachine("2.1", CONFIG).run(frames)
    with DumpWriter(tmp_path_factory.mktemp("dump"), STAMP, FRAME_BYTES) as dump:
        for at in range(0, len(frames), cut):
            part = slice(at, at + cut)
            dump.write(pcm[at * FRAME_BYTES : (at + cut) * FRAME_BYTES], frames[part], steps[part])
    assert contents(dump.path) == twin(pcm, frames, steps, 327)


def test_files_larger_than_the_buffer(tmp_path: Path) -> None:
    frames, pcm = frames_of([100] * 9000 + [0] * 9000), pcm_of(18000)
    steps = VadMachine("2.1", CONFIG).run(frames)
    with DumpWriter(tmp_path, STAMP, FRAME_BYTES) as dump:
        dump.write(pcm, frames, steps)
    assert contents(dump.path) == twin(pcm, frames, steps, 327)


def test_no_two_dumps_of_one_second_share_a_folder(tmp_path: Path) -> None:
    dumps = [DumpWriter(tmp_path / "new", STAMP, FRAME_BYTES) for _ in range(3)]
    for dump in dumps:
        dump.close()
        dump.close()
    assert [dump.path.name for dump in dumps] == [STAMP, STAMP + "_2", STAMP + "_3"]


def test_no_value_overflows(tmp_path: Path) -> None:
    frames = frames_of([100, 2, 2**31 - 1, -(2**31)])
    frames["rms"] = [127, 0, 2**31 - 1, -5000]
    frames["pitch"] = [0, 500, 40000, -40000]
    steps = VadMachine("2.1", CONFIG).run(frames)
    with DumpWriter(tmp_path, STAMP, FRAME_BYTES) as dump:
        dump.write(pcm_of(4), frames, steps)

    def curve(name: str) -> list[int]:
        return np.fromfile(dump.path / name, "<i2")[:: FRAME_BYTES // 2].tolist()

    assert curve("voice_prob.pcm") == [32700, 654, 32767, -32768]
    assert curve("rms.pcm") == [16129, 0, 32767, -32768]
    assert curve("pitch.pcm") == [0, 500, 32767, -32768]


def test_flags_are_scaled_as_in_the_sdk(tmp_path: Path) -> None:
    frames = frames_of([0, 1])
    with DumpWriter(tmp_path, STAMP, FRAME_BYTES, FLAG_SCALE) as dump:
        dump.write(pcm_of(2), frames, VadMachine("2.4", CONFIG).run(frames))
    assert set(np.fromfile(dump.path / "voice_prob.pcm", "<i2").tolist()) == {0, 16129}


def test_a_stream_joined_while_speaking_has_no_first_segment(tmp_path: Path) -> None:
    frames = frames_of([100] * 20)
    steps = VadMachine("2.1", CONFIG).run(frames)[10:]
    with DumpWriter(tmp_path, STAMP, FRAME_BYTES) as dump:
        dump.write(pcm_of(10), frames[10:], steps)
    assert sorted(contents(dump.path)) == ["label.txt", "pitch.pcm", "rms.pcm", "source.pcm", "voice_prob.pcm"]


def test_all_that_was_written_outlives_a_kill(tmp_path: Path) -> None:
    child = f"""
import sys
from tests.unit.native.test_vaddump import *
frames = frames_of([100] * 50)
steps = VadMachine("2.1", CONFIG).run(frames)
dump = DumpWriter(Path({str(tmp_path)!r}), STAMP, FRAME_BYTES)
for i in range(50):
    dump.write(pcm_of(50)[i * FRAME_BYTES : (i + 1) * FRAME_BYTES], frames[i : i + 1], steps[i : i + 1])
print("written", flush=True)
sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
    frames = frames_of([100] * 50)
    steps = VadMachine("2.1", CONFIG).run(frames)
    assert contents(tmp_path / STAMP) == twin(pcm_of(50), frames, steps, 327)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot make the folder .*/file: File exists"):
        DumpWriter(tmp_path / "file", STAMP, FRAME_BYTES)
    with pytest.raises(InputError, match=r"cannot write a dump in .*: File name too long"):
        DumpWriter(tmp_path, "9" * 5000, FRAME_BYTES)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full to stand for a full disk")
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    dump = DumpWriter(tmp_path, STAMP, FRAME_BYTES)
    full = os.open("/dev/full", os.O_WRONLY)
    label = next(fd for fd in range(3, os.sysconf("SC_OPEN_MAX")) if is_file(fd, dump.path / "label.txt"))
    os.dup2(full, label)
    os.close(full)
    frames = frames_of([0])
    with pytest.raises(InputError, match="No space left on device"):
        dump.write(pcm_of(1), frames, VadMachine("2.1", CONFIG).run(frames))
    dump.close()


def is_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


@pytest.mark.parametrize("frame_bytes", [0, -2, 3, MAX_FRAME_BYTES + 2])
def test_frames_of_an_impossible_size(tmp_path: Path, frame_bytes: int) -> None:
    with pytest.raises(ValueError, match=f"frames of {frame_bytes} bytes"):
        DumpWriter(tmp_path, STAMP, frame_bytes)


def test_arguments_that_do_not_go_together(tmp_path: Path) -> None:
    frames = frames_of([0, 0])
    steps = VadMachine("2.1", CONFIG).run(frames)
    with DumpWriter(tmp_path, STAMP, FRAME_BYTES) as dump, pytest.raises(ValueError, match="8 bytes, 2 frames"):
        dump.write(pcm_of(1), frames, steps)
