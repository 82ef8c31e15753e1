"""Sound as a gateway takes it: Opus or AAC, 48 kHz, from PCM or compressed sound of any kind."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

import av

from agora_cli.frames import MICROSECONDS, EncodedAudio, PcmFrame
from agora_cli.media.audio_decode import AudioDecoder

RATE_HZ = 48_000
# A frame that begins further than this from the end of the one before starts a new run of samples.
GAP_US = 20_000
BITRATE_BPS = 128_000
GatewaySound = Literal["opus", "aac"]
_ENCODERS = {"opus": "libopus", "aac": "aac"}


class SoundEncoder:
    """Encode one track as 48 kHz stereo; times are microseconds of the sender's clock, counted in samples."""

    def __init__(self, codec: GatewaySound) -> None:
        self._decoder = AudioDecoder()
        self._resampler: Any = None
        self._form = (0, 0)
        # The run of samples: where it began, and how many came since, at the rate of `_form`.
        self._base_us: int | None = None
        self._taken = 0
        context: Any = av.CodecContext.create(_ENCODERS[codec], "w")
        context.sample_rate, context.layout, context.format = RATE_HZ, "stereo", context.codec.audio_formats[0]
        context.bit_rate, context.time_base = BITRATE_BPS, Fraction(1, RATE_HZ)
        context.open()
        self._context: Any = context

    def encode(self, unit: PcmFrame | EncodedAudio) -> Iterator[Any]:
        """Yield FFmpeg packets, pts in samples of 48 kHz. Raises InputError for a packet that is none."""
        frames = [unit] if isinstance(unit, PcmFrame) else self._decoder.decode(0, unit)
        for frame in frames:
            yield from self._encode(frame)

    def finish(self) -> Iterator[Any]:
        """Yield what resampler and encoder still hold."""
        if self._base_us is not None:
            for resampled in self._resampler.resample(None):
                yield from self._context.encode(resampled)
            yield from self._context.encode(None)

    def _encode(self, frame: PcmFrame) -> Iterator[Any]:
        form = (frame.sample_rate_hz, frame.channels)
        if form != self._form:
            self._form, self._base_us = form, None
            self._resampler = av.AudioResampler(
                self._context.format, "stereo", RATE_HZ, frame_size=self._context.frame_size
            )
        taken_us = self._taken * MICROSECONDS // frame.sample_rate_hz
        if self._base_us is None or abs(self._base_us + taken_us - frame.pts_us) > GAP_US:
            # A pause of the sender: the samples go on where its clock says.
            self._base_us, self._taken = frame.pts_us, 0
        layout = "mono" if frame.channels == 1 else "stereo"
        given = av.AudioFrame(format="s16", layout=layout, samples=frame.samples)
        given.sample_rate, given.time_base = frame.sample_rate_hz, Fraction(1, frame.sample_rate_hz)
        given.planes[0].update(bytes(frame.data).ljust(given.planes[0].buffer_size, b"\0"))
        given.pts = self._base_us * frame.sample_rate_hz // MICROSECONDS + self._taken
        self._taken += frame.samples
        for resampled in self._resampler.resample(given):
            yield from self._context.encode(resampled)
