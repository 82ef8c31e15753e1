"""The recording of one user: one lane for sound and picture together, or one for each."""

from collections.abc import Iterator
from dataclasses import replace

from agora_cli.errors import InputError
from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedAudio, EncodedVideo, PcmFrame
from agora_cli.media.audio_decode import AudioDecoder
from agora_cli.media.openers import OpenAudio, OpenAv, OpenElementary
from agora_cli.media.part import Lane
from agora_cli.media.record_plan import PartNames, RecordPlan
from agora_cli.media.recorded_file import RecordedFile


class UserRecording:
    """Hand each unit of one user to the lane that wants it. Raises OSError when the disk does."""

    def __init__(self, plan: RecordPlan, user: str) -> None:
        self._decoder = AudioDecoder()
        self._undecodable = 0
        self._video: Lane | None = None
        if plan.layout == "av":
            opener = OpenAv(user, PartNames(plan, user), plan.av_format, plan.audio_format)
            self._audio = self._video = Lane(opener, plan.rotate_us)
            return
        self._audio = Lane(OpenAudio(user, PartNames(plan, user), plan.audio_format or "wav"), plan.rotate_us)
        if plan.layout == "elementary":
            self._video = Lane(OpenElementary(user, PartNames(plan, user)), plan.rotate_us)

    @property
    def is_waiting(self) -> bool:
        """Tell whether picture comes that cannot be decoded until a keyframe does."""
        return self._video is not None and self._video.is_waiting

    def write(self, event: MediaReceived) -> None:
        """Append one unit; compressed sound is decoded first."""
        unit = event.unit
        if isinstance(unit, PcmFrame):
            self._audio.write(event)
        elif isinstance(unit, EncodedAudio):
            self._write_encoded(event, unit)
        elif isinstance(unit, EncodedVideo) and self._video is not None:
            self._video.write(event)

    def _write_encoded(self, event: MediaReceived, unit: EncodedAudio) -> None:
        lost = event.lost + self._undecodable
        try:
            frames = list(self._decoder.decode(event.epoch, unit))
        except InputError:  # one sender's bad packet must not end everybody's recording
            self._undecodable = lost + 1
            return
        self._undecodable = 0
        for number, frame in enumerate(frames):
            self._audio.write(replace(event, unit=frame, lost=0 if number else lost))

    def flush(self) -> None:
        """Make the files readable up to here."""
        for lane in self._lanes():
            lane.flush()

    def close(self) -> None:
        """Finish the files; a second call does nothing."""
        failures = []
        for lane in self._lanes():
            try:
                lane.close()
            except OSError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def rows(self) -> Iterator[RecordedFile]:
        """Yield a row for each file."""
        for lane in self._lanes():
            yield from lane.rows()

    def _lanes(self) -> list[Lane]:
        if self._video is None or self._video is self._audio:
            return [self._audio]
        return [self._audio, self._video]
