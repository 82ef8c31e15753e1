"""Write WAV so that the file is whole at every flush, whatever happens next.

RIFF sizes stand at the start of the file: the stdlib and FFmpeg write them at close, and a crash leaves a
file that some players refuse. Here every flush brings them up to date. Space for a ds64 chunk is kept, so
that a file beyond 4 GiB becomes RF64 in place (EBU Tech 3306).
"""

import os
import struct
from contextlib import suppress
from typing import BinaryIO

from agora_cli.frames import BYTES_PER_SAMPLE, Bytes

HEADER_BYTES = 80
UNKNOWN_SIZE = 0xFFFFFFFF
_DS64_BYTES = 28


def pack_header(sample_rate_hz: int, channels: int, data_bytes: int | None) -> bytes:
    """Return the HEADER_BYTES before the samples of a s16le file; None is a size that is not known.

    Multimedia Programming Interface and Data Specifications 1.0, "WAVE"; RF64 by EBU Tech 3306 section 3.
    """
    block = BYTES_PER_SAMPLE * channels
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, sample_rate_hz, sample_rate_hz * block, block, 16)
    if data_bytes is None:
        riff, room, riff_size, size = b"RIFF", b"JUNK", UNKNOWN_SIZE, UNKNOWN_SIZE
        ds64 = bytes(_DS64_BYTES)
    elif data_bytes + HEADER_BYTES - 8 < UNKNOWN_SIZE:
        riff, room, riff_size, size = b"RIFF", b"JUNK", data_bytes + HEADER_BYTES - 8, data_bytes
        ds64 = bytes(_DS64_BYTES)
    else:
        riff, room, riff_size, size = b"RF64", b"ds64", UNKNOWN_SIZE, UNKNOWN_SIZE
        ds64 = struct.pack("<QQQI", data_bytes + HEADER_BYTES - 8, data_bytes, data_bytes // block, 0)
    return (
        struct.pack("<4sI4s4sI", riff, riff_size, b"WAVE", room, _DS64_BYTES)
        + ds64
        + fmt
        + struct.pack("<4sI", b"data", size)
    )


class WavWriter:
    """A s16le WAV file on a binary file object, which close() closes. Raises OSError as the file does."""

    def __init__(self, file: BinaryIO, sample_rate_hz: int, channels: int) -> None:
        self._file = file
        self._format = (sample_rate_hz, channels)
        self._data_bytes = 0
        self._seekable = file.seekable()
        file.write(pack_header(*self._format, 0 if self._seekable else None))

    def write(self, samples: Bytes) -> None:
        """Append interleaved samples, whole sample frames."""
        self._file.write(samples)
        self._data_bytes += len(samples)

    def flush(self) -> None:
        """Put all that was written and its true size on disk (or down the pipe)."""
        if self._seekable:
            self._file.seek(0)
            self._file.write(pack_header(*self._format, self._data_bytes))
            self._file.seek(0, 2)
        self._file.flush()

    def close(self) -> None:
        """Flush and close the file; where the disk is full, the header tells of all samples that found room."""
        try:
            self.flush()
        except OSError:
            self._count_what_is_there()
            raise
        finally:
            self._file.close()

    def _count_what_is_there(self) -> None:
        """Write the header around what waits in the file object's buffer, over bytes that have their place."""
        with suppress(OSError):
            descriptor = self._file.fileno()
            block = BYTES_PER_SAMPLE * self._format[1]
            samples = max(0, os.fstat(descriptor).st_size - HEADER_BYTES) // block
            os.pwrite(descriptor, pack_header(*self._format, samples * block), 0)
