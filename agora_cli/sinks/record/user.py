"""The recording of one user: one lane for sound and picture together, or one for each."""

from collections.abc import Iterator
from typing import Protocol

from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, PcmFrame, RawVideo
from agora_cli.sinks.output import Outlet
from agora_cli.sinks.record.lane import Lane
from agora_cli.sinks.record.openers import OpenAudio, OpenAv, OpenElementary, OpenRaw
from agora_cli.sinks.record.plan import PartNames, RecordPlan
from agora_cli.sinks.record.recorded_file import RecordedFile
from agora_cli.sinks.record.stills import Snapshots


class RecordedTrack(Protocol):
    """What takes the units of one kind: a lane, or a series of pictures. `fault` says why it takes no more."""

    fault: str | None

    @property
    def is_waiting(self) -> bool:
        """Tell whether picture comes that cannot be decoded until a keyframe does."""

    def write(self, event: MediaReceived) -> None:
        """Append one unit."""

    def flush(self) -> None:
        """Make the files readable up to here."""

    def close(self) -> None:
        """Finish the files; a second call does nothing."""

    def rows(self) -> Iterator[RecordedFile]:
        """Yield a row for each file."""


class UserRecording:
    """Hand each unit of one user to the track that wants it. Raises OSError when the disk does.

    Raw pictures have no container to travel in: they become a file of raw pictures whatever the layout,
    unless that wants no picture, or stills.
    """

    def __init__(self, plan: RecordPlan, user: str, outlet: Outlet) -> None:
        names = PartNames(plan, user, outlet)
        self._audio: RecordedTrack
        self._encoded: RecordedTrack | None = None
        self._raw: RecordedTrack | None = None
        if plan.layout == "av":
            self._audio = self._encoded = Lane(OpenAv(user, names, plan.av_format, plan.audio_format), plan.rotate_us)
        else:
            self._audio = Lane(OpenAudio(user, names, plan.audio_format or "wav"), plan.rotate_us)
        if plan.layout == "stills":
            self._encoded = self._raw = Snapshots(user, names.publish, plan.still_us, plan.still_format)
        elif plan.layout != "audio":
            self._raw = Lane(OpenRaw(user, PartNames(plan, user, outlet), plan.raw_format), plan.rotate_us)
        if plan.layout == "raw":
            self._encoded = self._raw
        elif plan.layout == "elementary":
            self._encoded = Lane(OpenElementary(user, PartNames(plan, user, outlet)), plan.rotate_us)

    @property
    def is_waiting(self) -> bool:
        """Tell whether picture comes that cannot be decoded until a keyframe does."""
        return self._encoded is not None and self._encoded.is_waiting

    @property
    def fault(self) -> str | None:
        """Return why some of this user's media is left out, None if nothing is."""
        return next((track.fault for track in self._tracks() if track.fault is not None), None)

    def write(self, event: MediaReceived) -> None:
        """Append one unit; what this recording has no track for is left out."""
        unit = event.unit
        if isinstance(unit, PcmFrame):
            self._audio.write(event)
        elif isinstance(unit, EncodedVideo) and self._encoded is not None:
            self._encoded.write(event)
        elif isinstance(unit, RawVideo) and self._raw is not None:
            self._raw.write(event)

    def flush(self) -> None:
        """Make the files readable up to here."""
        for track in self._tracks():
            track.flush()

    def close(self) -> None:
        """Finish the files; a second call does nothing."""
        failures = []
        for track in self._tracks():
            try:
                track.close()
            except OSError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def rows(self) -> Iterator[RecordedFile]:
        """Yield a row for each file."""
        for track in self._tracks():
            yield from track.rows()

    def _tracks(self) -> list[RecordedTrack]:
        found = (self._audio, self._encoded, self._raw)
        return list({id(track): track for track in found if track is not None}.values())
