"""Everybody in one file: up to nine pictures in a grid, and all sound mixed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedVideo, PcmFrame, RawVideo
from agora_cli.media.encode import EncoderSettings, VideoEncoder
from agora_cli.media.mosaic import Mosaic
from agora_cli.media.video_decode import VideoDecoder
from agora_cli.sinks.record.mixer import Mixer

GRID_USER = "grid"
# A user whose picture has not changed for this long gives its place to the others.
FORGET_US = 10 * MICROSECONDS


@dataclass(slots=True)
class _Sender:
    """One user's decoder, and when its last picture came."""

    decoder: VideoDecoder
    at_us: int = 0
    shown: bool = False


class GridRecording:
    """Turn the units of all users into those of one user, "grid", and hand them to a lane.

    Pictures are placed by the time of their arrival, so users need no common clock. The grid is drawn at the
    encoder's rate from the first unit on, black until there is a picture. `ignored` names users beyond the
    ninth. Invariant: the next picture is number `_drawn` of those that begin at `_origin_us`, when the first
    unit of all came.
    """

    def __init__(
        self,
        settings: EncoderSettings,
        write: Callable[[MediaReceived], None],
        on_ignored: Callable[[str], None] = lambda user: None,
    ) -> None:
        """Open the encoder; `write` takes the grid's own units, `on_ignored` each user who finds no place in it.

        Raises what VideoEncoder raises.
        """
        self.ignored: set[str] = set()
        self._on_ignored = on_ignored
        self._write = write
        self._rate: Fraction = settings.frame_rate
        self._encoder = VideoEncoder(settings)
        self._grid = Mosaic(settings.width, settings.height)
        self._mixer = Mixer()
        self._senders: dict[str, _Sender] = {}
        self._origin_us: int | None = None
        self._sound_origin_us: int | None = None
        self._drawn = 0

    @property
    def waiting_for_keyframe(self) -> set[str]:
        """Return the users whose picture cannot be decoded until their next keyframe."""
        return {user for user, sender in self._senders.items() if sender.decoder.is_waiting}

    def write(self, event: MediaReceived) -> None:
        """Take one unit of anybody in; compressed sound has to be decoded before."""
        unit = event.unit
        if self._origin_us is None and isinstance(unit, EncodedVideo | RawVideo | PcmFrame):
            self._origin_us = event.at_us
        if isinstance(unit, EncodedVideo | RawVideo):
            self._draw_until(event.at_us)
            self._show(event)
        elif isinstance(unit, PcmFrame):
            if self._sound_origin_us is None:
                self._sound_origin_us = event.at_us
            mixed = self._mixer.add(event.at_us, event.user, event.epoch, unit)
            if mixed is not None:
                self._write_sound(mixed, event.at_us)

    def flush(self, at_us: int) -> None:
        """Draw all pictures up to a moment; called a few times a second, also while nothing comes."""
        self._draw_until(at_us)

    def close(self, at_us: int) -> None:
        """Hand over all that is left; the lane is the caller's to close."""
        self._draw_until(at_us)
        rest = self._mixer.finish()
        if rest is not None:
            self._write_sound(rest, at_us)
        self._write_units(self._encoder.flush(), at_us)

    def _show(self, event: MediaReceived) -> None:
        sender = self._senders.setdefault(event.user, _Sender(VideoDecoder()))
        for frame in sender.decoder.frames(event):
            sender.at_us = event.at_us
            sender.shown = self._grid.show(event.user, frame)
            if not sender.shown and event.user not in self.ignored:
                self.ignored.add(event.user)
                self._on_ignored(event.user)

    def _draw_until(self, at_us: int) -> None:
        if self._origin_us is None:
            return
        for user, sender in self._senders.items():
            if sender.shown and at_us - sender.at_us > FORGET_US:
                self._grid.remove(user)
                sender.shown = False
        for pts_us in self._due(at_us - self._origin_us):
            self._write_units(self._encoder.encode(self._grid.picture(pts_us)), at_us)

    def _due(self, until_us: int) -> Iterator[int]:
        while (pts_us := int(self._drawn * MICROSECONDS / self._rate)) <= until_us:
            self._drawn += 1
            yield pts_us

    def _write_units(self, units: list[EncodedVideo], at_us: int) -> None:
        for unit in units:
            self._write(MediaReceived(at_us, GRID_USER, 0, unit))

    def _write_sound(self, frame: PcmFrame, at_us: int) -> None:
        # The mix's own axis begins with the first sound, ours with the first unit of all.
        assert self._sound_origin_us is not None
        assert self._origin_us is not None
        placed = replace(frame, pts_us=frame.pts_us + self._sound_origin_us - self._origin_us)
        self._write(MediaReceived(at_us, GRID_USER, 0, placed))
