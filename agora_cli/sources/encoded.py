"""A source of raw pictures made into one of encoded video, which drops before it encodes when it cannot keep up."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from agora_cli.clock import Clock, SystemClock
from agora_cli.errors import InputError
from agora_cli.frames import EncodedVideo, RawVideo, Unit
from agora_cli.media.encode import EncoderSettings, VideoEncoder
from agora_cli.sources.base import Source, SourceInfo, VideoInfo

# How far the encoder may fall behind before pictures are dropped: three frames at 30 a second.
TOLERANCE_US = 100_000


class EncodingSource:
    """Encode the pictures of another source; all its other units pass through.

    A picture is encoded when it is asked for, so the encoder runs in the time between two deadlines. A
    picture that the encoder has no time for is dropped before it is encoded: no later one refers to it, so the
    receiver sees a lower rate and nothing else, and the delay does not grow.

    Invariant: `_debt_us` is the time spent encoding less the media time that has passed since, never below 0.
    The encoder's own time decides, not how late the sender is: an input that stalls is no reason to drop. Nor
    is the first picture, which starts the encoder's threads: the pacer's clock begins after it.
    """

    def __init__(
        self,
        source: Source,
        settings: EncoderSettings,
        notes: tuple[str, ...] = (),
        *,
        speed: Fraction = Fraction(1),
        clock: Clock | None = None,
    ) -> None:
        """Open the encoder; `notes` go before the source's own. Raises what VideoEncoder raises.

        `speed` is the pacer's: how fast media time passes; 0 means that nobody waits and nothing is dropped.
        """
        self._source = source
        self._encoder = VideoEncoder(settings)
        self._speed = speed
        self._clock = clock or SystemClock()
        self._dropped = 0
        self._debt_us = 0
        self._began = False
        self._last_pts_us: int | None = None
        info = source.info
        video = VideoInfo(
            settings.width,
            settings.height,
            codec=settings.codec,
            frame_rate=settings.frame_rate,
            bitrate_bps=settings.bitrate_bps,
        )
        self._info = replace(info, video=video, notes=notes + info.notes)

    @property
    def info(self) -> SourceInfo:
        """Return what the source gives, its pictures as encoded video."""
        return self._info

    @property
    def dropped(self) -> int:
        """Return how many pictures were left out before encoding."""
        return self._dropped + self._source.dropped

    def units(self) -> Iterator[Unit]:
        """Yield encoded video, and the source's other units where they belong."""
        try:
            for unit in self._source.units():
                if not isinstance(unit, RawVideo):
                    yield unit
                elif self._has_time_for(unit):
                    yield from self._encode(unit)
                else:
                    self._dropped += 1
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

    def _has_time_for(self, picture: RawVideo) -> bool:
        if self._speed == 0:
            return True
        if self._last_pts_us is not None:
            passed_us = int((picture.pts_us - self._last_pts_us) / self._speed)
            self._debt_us = max(0, self._debt_us - passed_us)
        self._last_pts_us = picture.pts_us
        return self._debt_us <= TOLERANCE_US

    def _encode(self, picture: RawVideo) -> list[EncodedVideo]:
        start_us = self._clock.now_us()
        units = self._encoder.encode(picture)
        spent_us = self._clock.now_us() - start_us
        self._debt_us += spent_us if self._began else 0
        self._began = True
        return units
