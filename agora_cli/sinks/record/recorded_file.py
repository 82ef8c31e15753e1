"""What a recording left on disk: one frozen row a file, as `record --json` prints it."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """One finished file. `frames` counts the units in it, `lost` those that never came."""

    path: str
    user: str
    kind: Literal["audio", "video", "av", "data", "picture"]
    codec: str
    seconds: float
    frames: int
    lost: int

    def to_json(self) -> dict[str, Any]:
        """Return the row with the file's checksum; reads the file. A pipe (`-`, or one with a name) has none."""
        row = asdict(self)
        row["userId"] = row.pop("user")
        row["seconds"] = round(self.seconds, 6)
        row["sha256"] = sha256(Path(self.path)) if Path(self.path).is_file() else None
        return row


def sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
