"""media/byte_input.py: files, pipes and FIFOs; a stop ends the wait for a silent one."""

import os
import threading
from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.sources.input import ByteInput, open_input


def test_peeking_consumes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(200)))
    with open_input(str(path), Stop()) as source:
        assert source.is_file
        assert source.peek(10) == bytes(range(10))
        assert source.peek(20) == bytes(range(20))
        assert source.read(5) == bytes(range(5))
        assert b"".join(source.chunks()) == bytes(range(5, 200))
        assert source.read() == b""


def test_a_pipe_gives_what_it_has_and_then_its_end() -> None:
    reader, writer = os.pipe()
    source = ByteInput(reader, "pipe", Stop(), owned=True)
    os.write(writer, b"abc")
    assert source.read() == b"abc"
    os.write(writer, b"d")
    os.close(writer)
    assert source.peek(100) == b"d"
    assert source.read() == b"d"
    assert source.read() == b""
    assert not source.is_file
    source.close()


def test_a_fifo_without_writer_can_be_stopped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    stop = Stop()
    source = open_input(str(tmp_path / "fifo"), stop)
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    assert source.read() == b""
    timer.join()
    source.close()


def test_a_fifo_waits_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with open_input(str(tmp_path / "fifo"), Stop()) as source:
        writer = threading.Timer(0.05, (tmp_path / "fifo").write_bytes, [b"late"])
        writer.start()
        assert b"".join(source.chunks()) == b"late"
        writer.join()


def test_a_read_error_names_the_input(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    with (
        ByteInput(descriptor, "somewhere", Stop(), owned=True) as source,
        pytest.raises(InputError, match="somewhere: Is a directory"),
    ):
        source.read()
