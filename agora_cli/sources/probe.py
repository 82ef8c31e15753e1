"""The known signal (media/probe) as a source: sound of 48 kHz in frames of 20 ms, pictures, or both."""

from collections.abc import Iterator

from agora_cli.frames import MICROSECONDS, PcmFrame, RawVideo, Unit
from agora_cli.media.probe import noise
from agora_cli.media.probe.picture import Caption, draw
from agora_cli.media.probe.signal import FRAME_US, RATE_HZ, ProbeSignal
from agora_cli.sources.base import AudioInfo, SourceInfo, VideoInfo


class ProbeSource:
    """Give the signal in the order of its time."""

    def __init__(self, signal: ProbeSignal) -> None:
        self._signal = signal

    @property
    def info(self) -> SourceInfo:
        """Return what is to come."""
        signal = self._signal
        picture = VideoInfo(signal.width, signal.height, pixel_format="i420", frame_rate=signal.frame_rate)
        return SourceInfo(
            AudioInfo(RATE_HZ, signal.channels) if signal.channels else None,
            picture if signal.width else None,
            total_us=signal.length_us,
        )

    @property
    def dropped(self) -> int:
        """Return 0: the signal is always there."""
        return 0

    def units(self) -> Iterator[Unit]:
        """Yield the units, each picture before the sound of its moment."""
        signal = self._signal
        frame = picture = 0
        while True:
            sound_us = frame * FRAME_US if signal.channels else signal.length_us
            picture_us = int(picture * MICROSECONDS / signal.frame_rate) if signal.width else signal.length_us
            if min(sound_us, picture_us) >= signal.length_us:
                return
            if picture_us <= sound_us:
                yield self._picture(picture, picture_us)
                picture += 1
            else:
                count = RATE_HZ * FRAME_US // MICROSECONDS
                data = noise.sound(signal.identity, signal.channels, RATE_HZ, frame * count, count)
                yield PcmFrame(sound_us, RATE_HZ, signal.channels, data)
                frame += 1

    def request_keyframe(self) -> None:
        """Do nothing: every picture stands alone."""

    def close(self) -> None:
        """Hold nothing."""

    def _picture(self, number: int, pts_us: int) -> RawVideo:
        signal = self._signal
        data = draw(Caption(signal.identity, number, pts_us // 1000), signal.width, signal.height)
        return RawVideo(pts_us, "i420", signal.width, signal.height, data, "bt601")
