"""media/wav.py: whole at every flush, RF64 beyond 4 GiB, a pipe without sizes."""

import io
import struct
from pathlib import Path
from typing import Any

import pytest
import soundfile

from agora_cli.media.wav import HEADER_BYTES, WavWriter, pack_header


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000])
def test_libsndfile_reads_it_after_every_flush(tmp_path: Path, rate: int, channels: int) -> None:
    path = tmp_path / "a.wav"
    writer = WavWriter(path.open("wb"), rate, channels)
    samples = bytes(range(256)) * 4 * channels
    for number in range(1, 4):
        writer.write(samples)
        writer.flush()
        data, read_rate = soundfile.read(path, dtype="int16", always_2d=True)
        assert read_rate == rate
        assert data.tobytes() == samples * number
    writer.write(b"\1\2" * channels)
    writer.close()
    data, _ = soundfile.read(path, dtype="int16", always_2d=True)
    assert data.tobytes() == samples * 3 + b"\1\2" * channels


def test_sizes_beyond_4_gib_go_to_ds64() -> None:
    largest = 0xFFFFFFFF - HEADER_BYTES + 8 - 1
    assert pack_header(48000, 2, largest)[:4] == b"RIFF"
    header = pack_header(48000, 2, largest + 1)
    assert header[:4] == b"RF64"
    assert struct.unpack_from("<I", header, 4) == (0xFFFFFFFF,)
    assert header[12:16] == b"ds64"
    assert struct.unpack_from("<QQQI", header, 20) == (largest + 1 + 72, largest + 1, (largest + 1) // 4, 0)
    assert header[-8:] == b"data\xff\xff\xff\xff"


def test_the_header_has_one_length_whatever_the_size() -> None:
    assert {len(pack_header(16000, 1, size)) for size in (None, 0, 2**40)} == {HEADER_BYTES}


def test_a_pipe_gets_unknown_sizes_and_no_seek() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def close(self) -> None:
            self.flush()

    pipe = Pipe()
    writer = WavWriter(pipe, 16000, 1)
    writer.write(b"\1\2")
    writer.flush()
    writer.close()
    assert pipe.getvalue() == pack_header(16000, 1, None) + b"\1\2"


class FullDisk(io.FileIO):
    """A disk that has room for so many bytes."""

    room = HEADER_BYTES + 2001

    def write(self, data: Any, /) -> int:
        part = memoryview(data)[: max(0, self.room - self.tell())]
        if not part:
            raise OSError(28, "No space left on device")
        return super().write(part)


def test_a_full_disk_keeps_every_whole_sample_that_found_room(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    writer = WavWriter(io.BufferedWriter(FullDisk(path, "w")), 8000, 1)
    samples = bytes(range(250)) * 4
    for _ in range(2):
        writer.write(samples)
        writer.flush()
    writer.write(samples)
    with pytest.raises(OSError, match="No space left"):
        writer.flush()
    with pytest.raises(OSError, match="No space left"):
        writer.close()
    data, _ = soundfile.read(path, dtype="int16")
    assert data.tobytes() == samples * 2
