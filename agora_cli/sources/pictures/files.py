"""Where pictures come from, as named bytes: a file, a directory in natural order, a watched one, a stream."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from agora_cli.clock import Clock, Stop
from agora_cli.errors import InputError
from agora_cli.frames import MICROSECONDS
from agora_cli.media.stills.jpeg import SOI, JpegSplitter
from agora_cli.media.stills.picture import is_png, whole

SUFFIXES = (".jpg", ".jpeg")
POLL_US = 50_000
MAX_POLL_US = MICROSECONDS
LEISURE = 20
SETTLE_US = 2 * MICROSECONDS


# Inode, size and time of change: what tells a file that was written again.
Signature: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """One picture's bytes and what to call it; `fault` says why it should not be used.

    Bytes beside a fault are those of a file that no picture ends in: a lenient decoder may still show them.

    `at_us` is the monotonic time at which it was complete, None where it lay there all along.
    """

    name: str
    data: bytes
    fault: str | None = None
    at_us: int | None = None


def natural_key(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Return a sort key by which 2 comes before 10, and A beside a."""
    parts = re.findall(r"\d+|\D+", path.name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in parts], path.name


def list_pictures(directory: Path) -> list[Path]:
    """Return the .jpg and .jpeg files of a directory, any case, hidden ones left out, in natural order.

    Raises InputError where it cannot be read.
    """
    return sorted((Path(entry.path) for entry in _entries(directory) if entry.is_file()), key=natural_key)


def _entries(directory: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return [entry for entry in entries if entry.name.lower().endswith(SUFFIXES) and entry.name[0] != "."]
    except OSError as error:
        raise InputError("directory", f"cannot read {directory}: {error.strerror}") from error


def read_file(path: Path) -> Found:
    """Read one picture file; one that is cut, empty or no picture is returned with its fault."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return Found(path.name, b"", f"cannot be read: {error.strerror}")
    if not data:
        return Found(path.name, b"", "an empty file")
    complete = whole(data)
    if complete is not None:
        return Found(path.name, complete)
    if not is_png(data) and SOI not in data:
        return Found(path.name, b"", f"expected a JPEG or PNG, got {data[:8].hex(' ')}")
    return Found(path.name, data, f"cut: no end of picture in {len(data)} bytes")


def read_files(paths: list[Path], loops: int | None) -> Iterator[Found]:
    """Yield the pictures of `paths`, `loops` times over (None: for ever, until a whole round was useless)."""
    rounds = 0
    while loops is None or rounds < loops:
        for path in paths:
            yield read_file(path)
        rounds += 1


def read_stream(chunks: Iterable[bytes], name: str, clock: Clock) -> Iterator[Found]:
    """Yield the pictures of concatenated JPEG or multipart MJPEG, each as soon as its last byte is there.

    What is cut or damaged is yielded with its fault, called by its byte offset in the stream.
    """
    splitter = JpegSplitter()
    count = named = 0
    for chunk in chunks:
        for picture in splitter.feed(chunk):
            count += 1
            yield Found(f"{name} picture {count}", picture, at_us=clock.now_us())
        yield from _broken(splitter, named, name, clock)
        named = len(splitter.broken)
    splitter.finish()
    yield from _broken(splitter, named, name, clock)


def _broken(splitter: JpegSplitter, named: int, name: str, clock: Clock) -> Iterator[Found]:
    for offset in splitter.broken[named:]:
        yield Found(f"{name} at byte {offset}", b"", "a cut or damaged picture", clock.now_us())


class DirectoryWatch:
    """Yield a directory's pictures, then each new or changed one when it is complete, until stopped.

    A file that is still being written is recognised by its missing end, not by its age: it is read again when
    its size or time changes, and named as cut when it has not for two seconds. Polling needs no dependency
    and works on network file systems too: 20 looks a second, fewer where a look takes long (large directories),
    so that looking never costs more than a twentieth of a core.
    """

    def __init__(self, directory: Path, clock: Clock, stop: Stop) -> None:
        self._directory = directory
        self._clock = clock
        self._stop = stop
        self._seen: dict[str, Signature] = {}
        self._pending: dict[str, tuple[Signature, int]] = {}

    def __iter__(self) -> Iterator[Found]:
        """Yield pictures as they become complete."""
        while not self._stop.is_set():
            start_us = self._clock.now_us()
            changed = self._changed()
            looked_us = self._clock.now_us() - start_us
            yield from self._complete(changed)
            self._clock.sleep_us(min(MAX_POLL_US, max(POLL_US, LEISURE * looked_us)))

    def look(self) -> Iterator[Found]:
        """Yield what has become complete, or hopeless, since the last look."""
        return self._complete(self._changed())

    def _changed(self) -> list[tuple[Path, Signature]]:
        """Return the files that are not as they were when they were sent or given up, in natural order."""
        changed, entries = [], _entries(self._directory)
        for gone in self._seen.keys() - {entry.name for entry in entries}:
            del self._seen[gone]
        for entry in entries:
            signature = _signature(entry)
            if signature is not None and self._seen.get(entry.name) != signature:
                changed.append((Path(entry.path), signature))
        return sorted(changed, key=lambda item: natural_key(item[0]))

    def _complete(self, changed: list[tuple[Path, Signature]]) -> Iterator[Found]:
        for path, signature in changed:
            found = self._look_at(path, signature)
            if found is not None:
                yield found

    def _look_at(self, path: Path, before: Signature) -> Found | None:
        pending, since_us = self._pending.get(path.name, (None, 0))
        if pending == before:
            hopeless = self._clock.now_us() - since_us > SETTLE_US
            return self._done(path, before, read_file(path)) if hopeless else None
        found = read_file(path)
        if _signature(path) != before or found.fault is not None:
            self._pending[path.name] = (before, self._clock.now_us())
            return None
        return self._done(path, before, found)

    def _done(self, path: Path, signature: Signature, found: Found) -> Found:
        self._seen[path.name] = signature
        self._pending.pop(path.name, None)
        return Found(found.name, found.data, found.fault, self._clock.now_us())


def _signature(file: Path | os.DirEntry[str]) -> Signature | None:
    try:
        status = file.stat()
    except OSError:
        return None  # gone since it was listed
    return (status.st_ino, status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
