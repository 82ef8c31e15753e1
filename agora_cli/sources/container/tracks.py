"""Open a container and choose which of its tracks are sent."""

from dataclasses import dataclass, field
from typing import Any

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from agora_cli.errors import InputError, UsageError
from agora_cli.sources.container.file import open_container_file
from agora_cli.sources.input import ByteInput

_ATTACHED_PICTURE = 0x0400  # AV_DISPOSITION_ATTACHED_PIC: the cover of an album


@dataclass(frozen=True, slots=True)
class WantedTracks:
    """Which tracks: `numbers` are those that inspect shows, from 1; none given takes the first of each kind.

    `decryption_key` opens what common encryption has closed: 32 hex digits, "" for none.
    """

    video: bool = True
    audio: bool = True
    numbers: tuple[int, ...] = ()
    decryption_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Tracks:
    """The tracks to send of an open container, at least one, and notes on what was left out."""

    container: InputContainer
    name: str
    video: VideoStream | None
    audio: AudioStream | None
    notes: tuple[str, ...] = ()

    @property
    def sent(self) -> list[VideoStream | AudioStream]:
        """Return the tracks in the order that numbers their units: the picture first, sound last."""
        return [stream for stream in (self.video, self.audio) if stream is not None]

    def close(self) -> None:
        """Close the container; a second call does nothing."""
        self.container.close()


def open_tracks(source: ByteInput, wanted: WantedTracks) -> Tracks:
    """Open a file or a pipe and return its wanted tracks. Raises InputError and UsageError as its two steps do."""
    container = open_container_file(source, wanted.decryption_key)
    try:
        return choose_tracks(container, wanted, source.name)
    except BaseException:
        container.close()
        raise


def choose_tracks(container: InputContainer, wanted: WantedTracks, name: str) -> Tracks:
    """Return the wanted tracks of a container. Raises InputError when one is missing, UsageError for a wrong number."""
    streams = list(container.streams)
    for number in wanted.numbers:
        if not 1 <= number <= len(streams) or streams[number - 1].type not in ("video", "audio"):
            raise UsageError(
                "track", f"--track {number}: {name} has no such picture or sound (agora inspect shows them)"
            )
    chosen = [streams[number - 1] for number in wanted.numbers]
    notes: list[str] = []
    video: VideoStream | None = _one("video", wanted.video, chosen, streams, notes, name)
    audio: AudioStream | None = _one("audio", wanted.audio, chosen, streams, notes, name)
    if wanted.video and video is None:
        hint = "--audioOnly sends its sound" if audio is not None else None
        raise InputError("no-video", f"{name}: no picture in it", hint)
    if not wanted.video and audio is None:
        raise InputError("no-sound", f"{name}: no sound in it")
    return Tracks(container, name, video, audio, tuple(notes))


def _one(kind: str, wanted: bool, chosen: list[Any], streams: list[Any], notes: list[str], name: str) -> Any:
    """Return the chosen stream of a kind, else the first; None when none is wanted or there."""
    if not wanted:
        return None
    for stream in chosen:
        if stream.type == kind:
            return stream
    fit = [stream for stream in streams if stream.type == kind and not stream.disposition & _ATTACHED_PICTURE]
    if not fit:
        return None
    if len(fit) > 1:
        numbers = ", ".join(str(stream.index + 1) for stream in fit)
        kind_name = "picture" if kind == "video" else "sound"
        notes.append(f"{name}: {kind_name} tracks {numbers}; track {fit[0].index + 1} is sent (--track N chooses)")
    return fit[0]
