"""Decode compressed sound as it arrives, one packet at a time."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import av

from agora_cli.errors import InputError
from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS, AudioCodec, EncodedAudio, PcmFrame

_DECODERS: dict[AudioCodec, str] = {
    "opus": "libopus",
    "aac": "aac",
    "g722": "g722",
    "pcma": "pcm_alaw",
    "pcmu": "pcm_mulaw",
}


class AudioDecoder:
    """One sender's decoder; it starts anew when the sender, its codec or its format does."""

    def __init__(self) -> None:
        self._undecodable = 0
        self._key: tuple[object, ...] | None = None
        self._context: Any = None
        self._resampler: Any = None

    def events(self, event: MediaReceived) -> Iterator[MediaReceived]:
        """Yield an event with compressed sound as events with PCM, any other as it is.

        A packet that cannot be decoded is a lost one: the next event says so.
        """
        if not isinstance(event.unit, EncodedAudio):
            yield event
            return
        lost = event.lost + self._undecodable
        try:
            frames = list(self.decode(event.epoch, event.unit))
        except InputError:  # one sender's bad packet must not end everybody's recording
            self._undecodable = lost + 1
            return
        self._undecodable = 0
        for number, frame in enumerate(frames):
            yield replace(event, unit=frame, lost=0 if number else lost)

    def decode(self, epoch: int, unit: EncodedAudio) -> Iterator[PcmFrame]:
        """Yield what one packet decodes to, at the packet's time, rate and channels.

        Raises InputError for bytes that are no packet of the codec.
        """
        key = (epoch, unit.codec, unit.sample_rate_hz, unit.channels)
        if key != self._key:
            self._key = key
            layout = "mono" if unit.channels == 1 else "stereo"
            self._context = av.CodecContext.create(_DECODERS[unit.codec], "r")
            self._context.sample_rate = unit.sample_rate_hz
            self._context.layout = layout
            self._resampler = av.AudioResampler("s16", layout, unit.sample_rate_hz)
        samples = 0
        try:
            for decoded in self._context.decode(av.Packet(bytes(unit.data))):
                for frame in self._resampler.resample(decoded):
                    data = bytes(frame.planes[0])[: frame.samples * 2 * unit.channels]
                    pts_us = unit.pts_us + samples * MICROSECONDS // unit.sample_rate_hz
                    samples += frame.samples
                    yield PcmFrame(pts_us, unit.sample_rate_hz, unit.channels, data)
        except av.FFmpegError as error:
            raise InputError("malformed-media", f"not a packet of {unit.codec}: {error}") from error
