"""A picture and a sound source as one."""

import heapq
from collections.abc import Iterator

from agora_cli.frames import Unit, send_time_us
from agora_cli.sources.base import Source, SourceInfo


class JoinedSource:
    """Give the units of two sources in the order of their send times; both clocks start together.

    It ends when both have ended. close() closes both.
    """

    def __init__(self, video: Source, audio: Source) -> None:
        self._video = video
        self._audio = audio

    @property
    def info(self) -> SourceInfo:
        """Return the picture of one and the sound of the other."""
        video, audio = self._video.info, self._audio.info
        known = video.total_us is not None and audio.total_us is not None
        total_us = max(video.total_us or 0, audio.total_us or 0) if known else None
        notes, warnings = video.notes + audio.notes, video.warnings + audio.warnings
        return SourceInfo(audio.audio, video.video, notes, warnings, total_us)

    @property
    def dropped(self) -> int:
        """Return how many pictures were left out before encoding."""
        return self._video.dropped

    def units(self) -> Iterator[Unit]:
        """Yield the units once. Raises what either source raises."""
        return heapq.merge(self._video.units(), self._audio.units(), key=send_time_us)

    def request_keyframe(self) -> None:
        """Make the next picture a keyframe where the source encodes."""
        self._video.request_keyframe()

    def close(self) -> None:
        """Close both sources."""
        try:
            self._video.close()
        finally:
            self._audio.close()
