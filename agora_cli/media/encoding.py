"""A source of raw pictures made into one of encoded video, which drops before it encodes when it is late."""

from collections.abc import Iterator

from agora_cli.errors import InputError
from agora_cli.frames import RawVideo, Unit
from agora_cli.media.encode import EncoderSettings, VideoEncoder
from agora_cli.media.source import Source, SourceInfo, VideoInfo


class EncodingSource:
    """Encode the pictures of another source; all its other units pass through.

    A picture is encoded when it is asked for, so the encoder runs in the time between two deadlines. Who
    paces tells how late it is through drop_before(): a picture whose time is over is not worth encoding, and
    leaving it out costs the receiver nothing, as no later one refers to it.
    """

    def __init__(self, source: Source, settings: EncoderSettings, notes: tuple[str, ...] = ()) -> None:
        """Open the encoder; `notes` go before the source's own. Raises what VideoEncoder raises."""
        self._dropped = 0
        self._source = source
        self._encoder = VideoEncoder(settings)
        self._due_us = 0
        info = source.info
        video = VideoInfo(
            settings.width,
            settings.height,
            codec=settings.codec,
            frame_rate=settings.frame_rate,
            bitrate_bps=settings.bitrate_bps,
        )
        self._info = SourceInfo(info.audio, video, notes + info.notes, info.warnings)

    @property
    def info(self) -> SourceInfo:
        """Return what the source gives, its pictures as encoded video."""
        return self._info

    @property
    def dropped(self) -> int:
        """Return how many pictures were left out before encoding, as they came too late."""
        return self._dropped + self._source.dropped

    def drop_before(self, pts_us: int) -> None:
        """From now on leave out pictures with an earlier `pts_us` instead of encoding them; any thread may call.

        The pacer calls it when it is late, with the media time that it should be at, less what it tolerates.
        """
        self._due_us = pts_us

    def units(self) -> Iterator[Unit]:
        """Yield encoded video, and the source's other units where they belong."""
        try:
            for unit in self._source.units():
                if not isinstance(unit, RawVideo):
                    yield unit
                elif unit.pts_us < self._due_us:
                    self._dropped += 1
                else:
                    yield from self._encoder.encode(unit)
        except InputError:
            yield from self._encoder.flush()
            raise
        yield from self._encoder.flush()

    def request_keyframe(self) -> None:
        """Make the next picture that is encoded a keyframe."""
        self._encoder.request_keyframe()

    def close(self) -> None:
        """Close the source; the encoder goes with this object."""
        self._source.close()
