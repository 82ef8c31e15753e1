"""The writer of a dump folder in the layout of the SDK's VadDump."""

import os
from pathlib import Path
from typing import Final

import numpy as np

from agora_cli.errors import InputError
from agora_cli.frames import Bytes
from agora_cli.native.ffi import ffi, lib
from agora_cli.native.vad import Frames, Steps

FLAG_SCALE: Final = 127 * 127
"""What voice_prob.pcm is multiplied by where voice_prob is 0 or 1, as in the SDK."""
PERCENT_SCALE: Final = 327
"""The same where voice_prob is 0..100: 32700 at most, where the SDK's own scale overflows from 3 on."""
MAX_FRAME_BYTES: Final = int(lib.AGORA_VADDUMP_MAX_FRAME)


class DumpWriter:
    """A folder `YYYYMMDDHHMMSS` below `parent`, made anew: `_2`, `_3` ... is added within the same second.

    `stamp` is that name, `frame_bytes` the bytes of 10 ms. What write() was given is with the operating
    system when it returns and outlives a kill -9. Use as a context manager, or close(). Raises InputError
    where a file cannot be made or written.
    """

    def __init__(self, parent: Path, stamp: str, frame_bytes: int, voice_prob_scale: int = PERCENT_SCALE) -> None:
        self._parent = parent
        self._frame_bytes = frame_bytes
        self._dump = ffi.new("agora_vaddump *")
        try:
            parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError("dump-folder", f"cannot make the folder {parent}: {error.strerror}") from error
        self._check(
            lib.agora_vaddump_open(self._dump, os.fsencode(parent), stamp.encode(), frame_bytes, voice_prob_scale)
        )
        self.path: Final = Path(os.fsdecode(ffi.string(self._dump.path)))

    def write(self, pcm: Bytes, frames: Frames, steps: Steps) -> None:
        """Append frames: `pcm` has len(frames) * frame_bytes bytes, `frames` and `steps` go together."""
        if len(frames) != len(steps) or memoryview(pcm).nbytes != len(frames) * self._frame_bytes:
            raise ValueError(f"{memoryview(pcm).nbytes} bytes, {len(frames)} frames and {len(steps)} steps")
        if len(frames):
            status = lib.agora_vaddump_write(
                self._dump,
                ffi.from_buffer("uint8_t[]", pcm),
                ffi.from_buffer("agora_vad_frame[]", np.ascontiguousarray(frames).view(np.uint8)),
                ffi.from_buffer("agora_vad_step[]", np.ascontiguousarray(steps).view(np.uint8)),
                len(frames),
            )
            self._check(status)

    def close(self) -> None:
        """Close all files; a second call does nothing."""
        self._check(lib.agora_vaddump_close(self._dump))

    def __enter__(self) -> "DumpWriter":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def _check(self, status: int) -> None:
        if status == lib.AGORA_E_ARGUMENT:
            raise ValueError(f"frames of {self._frame_bytes} bytes cannot be dumped")
        if status < 0:
            raise InputError("dump-write", f"cannot write a dump in {self._parent}: {os.strerror(self._dump.failure)}")
