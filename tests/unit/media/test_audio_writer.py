"""media/audio_writer.py: exact formats are exact, all survive kill -9 up to their last flush."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import soundfile

from agora_cli.media.audio_writer import AudioFormat, open_writer
from tests.unit.units import new_file

FORMATS: tuple[AudioFormat, ...] = get_args(AudioFormat)


def noise(samples: int, channels: int) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return np.random.default_rng(1).integers(-20000, 20000, (samples, channels), dtype=np.int16)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 44100, 48000])
@pytest.mark.parametrize("audio_format", ["wav", "flac", "pcm"])
def test_lossless_formats_are_exact(tmp_path: Path, audio_format: AudioFormat, rate: int, channels: int) -> None:
    path = tmp_path / f"a.{audio_format}"
    samples = noise(rate // 2 + 13, channels)
    writer = open_writer(audio_format, new_file(path), rate, channels)
    data = samples.tobytes()
    for offset in range(0, len(data), 1764):
        writer.write(data[offset : offset + 1764])
    writer.close()
    if audio_format == "pcm":
        assert path.read_bytes() == data
        return
    got, got_rate = soundfile.read(path, dtype="int16", always_2d=True)
    assert got_rate == rate
    np.testing.assert_array_equal(got, samples)


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000])
def test_opus_keeps_the_length(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "a.ogg"
    writer = open_writer("ogg", new_file(path), rate, 1)
    writer.write(noise(rate, 1).tobytes())
    writer.close()
    info = soundfile.info(path)
    assert info.subtype == "OPUS"
    assert info.duration == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("audio_format", FORMATS)
def test_nothing_written_is_still_a_file(tmp_path: Path, audio_format: AudioFormat) -> None:
    path = tmp_path / f"a.{audio_format}"
    open_writer(audio_format, new_file(path), 16000, 1).close()
    assert path.exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from agora_cli.media.audio_writer import open_writer
writer = open_writer(sys.argv[1], Path(sys.argv[2]).open("wb", buffering=0), 48000, 1)
frame = bytes(range(240)) * 4
for number in range(300):
    writer.write(frame)
    if number % 25 == 24:
        writer.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("audio_format", ["wav", "flac", "ogg"])
def test_after_kill_9_at_most_half_a_second_is_gone(tmp_path: Path, audio_format: AudioFormat) -> None:
    path = tmp_path / f"a.{audio_format}"
    subprocess.run([sys.executable, "-c", KILLED, audio_format, path], check=False, timeout=60)
    data, rate = soundfile.read(path, dtype="int16")
    assert 3 - 0.5 <= len(data) / rate <= 3
    if audio_format != "ogg":
        expected = np.frombuffer(bytes(range(240)) * 4 * 300, dtype="<i2")
        np.testing.assert_array_equal(data, expected[: len(data)])
