"""The data-stream messages and metadata of one user, a JSON line each."""

import base64
import io
import json

from agora_cli.frames import MICROSECONDS, Bytes
from agora_cli.sinks.output import OutputFile
from agora_cli.sinks.record.recorded_file import RecordedFile


class MessageLog:
    """Append to a .jsonl file; each line is on disk when write() returns. Raises OSError when the disk does."""

    def __init__(self, file: OutputFile, user: str) -> None:
        self._path = file.path
        self._user = user
        self._file = io.TextIOWrapper(io.BufferedWriter(file), encoding="utf-8", line_buffering=True)
        self._count = 0
        self._last_us = 0

    def write(self, media_us: int, kind: str, data: Bytes) -> None:
        """Append one message: `time` in seconds on the sender's media clock, `text`, or `base64` if not UTF-8."""
        row: dict[str, object] = {"time": media_us / MICROSECONDS, "kind": kind}
        try:
            row["text"] = bytes(data).decode("utf-8")
        except UnicodeDecodeError:
            row["base64"] = base64.b64encode(data).decode("ascii")
        self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._count += 1
        self._last_us = media_us

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._file.close()

    def row(self) -> RecordedFile:
        """Return the file's row."""
        return RecordedFile(str(self._path), self._user, "data", "jsonl", self._last_us / MICROSECONDS, self._count, 0)
