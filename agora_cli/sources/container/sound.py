"""The sound track of a container: decoded to PCM on one grid of samples, or its packets as they are."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream

from agora_cli.errors import InputError
from agora_cli.frames import MICROSECONDS, EncodedAudio, PcmFrame
from agora_cli.media.adts import pack_adts_header, read_audio_config
from agora_cli.media.ffmpeg import reason
from agora_cli.sources.base import AudioInfo
from agora_cli.sources.container.clock import TickClock
from agora_cli.sources.container.extent import Extent
from agora_cli.sources.container.samples import PcmGrid

BYTES_PER_S16 = 2
# What decoders have to hear before the first sample that counts: Opus 80 ms (RFC 7845 clause 4.6), AAC a frame.
PREROLL_S = Fraction(8, 100)


class SoundDecoder:
    """Decode one run of a track onto a grid that all runs share.

    `extent` is what was decoded so far.
    """

    def __init__(
        self, stream: AudioStream, info: AudioInfo, grid: PcmGrid, clock: TickClock, from_us: int | None, name: str
    ) -> None:
        self.extent = Extent()
        self._context = stream.codec_context
        self._grid = grid
        self._clock = clock
        self._from_us = from_us
        self._name = name
        self._info = info
        self._exact = True
        self._held: list[av.AudioFrame] = []
        self._held_s = Fraction(0)
        self._begin_s = (stream.start_time or 0) * clock.time_base
        self._tick_samples = math.ceil(clock.time_base * info.sample_rate_hz)
        self._block = BYTES_PER_S16 * info.channels
        layout = "mono" if info.channels == 1 else "stereo"
        self._resampler = av.AudioResampler(format="s16", layout=layout, rate=info.sample_rate_hz)

    def push(self, packet: "av.Packet[Any]") -> Iterator[PcmFrame]:
        """Yield the frames that a packet completes. Raises InputError for what cannot be decoded."""
        _, correction = self._clock.continued(packet.dts, packet.duration or 0)
        if correction and packet.pts is not None:
            packet.pts += correction
        frames = self._decoded(packet)
        yield from self._release()
        self._held = frames
        self._held_s = (packet.duration or 0) * self._clock.time_base

    def flush(self) -> Iterator[PcmFrame]:
        """Yield what the decoder still holds at the end of a run; the grid keeps a part of a frame for the next.

        The last packet's length says how much of what it decodes to belongs to the track.
        """
        rest = self._decoded(None) + self._resampler.resample(None)
        samples = sum(frame.samples for frame in self._held)
        # FFmpeg counts the last packet of an MP4 from the track's length, without the delay at its begin.
        kept = round((self._held_s + max(Fraction(0), self._begin_s)) * self._info.sample_rate_hz)
        if rest or not 0 < kept < samples - self._tick_samples:
            kept = samples
        for frame in self._held:
            yield from self._placed(frame, min(frame.samples, kept))
            kept -= min(frame.samples, kept)
        self._held = rest
        yield from self._release()

    def _release(self) -> Iterator[PcmFrame]:
        frames, self._held = self._held, []
        for frame in frames:
            yield from self._placed(frame, frame.samples)

    def _decoded(self, packet: "av.Packet[Any] | None") -> list[av.AudioFrame]:
        try:
            return [frame for decoded in self._context.decode(packet) for frame in self._resampler.resample(decoded)]
        except av.FFmpegError as error:
            where = f" at byte {packet.pos}" if packet is not None and packet.pos else ""
            raise InputError("malformed-media", f"{self._name}: sound{where}: {reason(error)}") from error

    def _placed(self, frame: av.AudioFrame, samples: int) -> Iterator[PcmFrame]:
        rate_hz = self._info.sample_rate_hz
        begin = self.extent.end or Fraction(0)
        if frame.pts is not None and frame.time_base is not None:
            begin = frame.pts * frame.time_base
        self.extent.cover(begin, Fraction(samples, rate_hz))
        pts_us = int(begin * MICROSECONDS // 1) + self._clock.shift_us
        data = memoryview(frame.planes[0])[: samples * self._block]
        if self._from_us is not None and pts_us < self._from_us:
            early = -((pts_us - self._from_us) * rate_hz // MICROSECONDS)
            data = data[early * self._block :]
            pts_us += early * MICROSECONDS // rate_hz
        if data:
            yield from self._grid.push(pts_us, data, self._exact)
            self._exact = False


class SoundCopier:
    """Send the packets of one run as they are; AAC gets an ADTS header, so that it says itself what it is."""

    def __init__(self, stream: AudioStream, info: AudioInfo, clock: TickClock, from_us: int | None) -> None:
        assert info.codec is not None
        self._info = info
        self._codec = info.codec
        self._clock = clock
        self._from_us = from_us
        self.extent = Extent(clock.time_base)
        self._needed_from = (stream.start_time or 0) - round(PREROLL_S / clock.time_base)
        samples_per_tick = clock.time_base * info.sample_rate_hz
        self._samples, self._ticks = samples_per_tick.numerator, samples_per_tick.denominator
        extradata = stream.codec_context.extradata
        self._config = read_audio_config(extradata) if info.codec == "aac" and extradata else None

    def push(self, packet: "av.Packet[Any]") -> Iterator[EncodedAudio]:
        """Yield the packet as a unit; nothing for one before the edit list that no decoder needs."""
        duration = packet.duration or 0
        ticks, _ = self._clock.continued(packet.dts if packet.pts is None else packet.pts, duration)
        if packet.is_discard and ticks < self._needed_from:
            return
        self.extent.cover(ticks, duration)
        pts_us = self._clock.us(ticks)
        if self._from_us is not None and pts_us < self._from_us:
            return
        samples = (duration * self._samples + self._ticks // 2) // self._ticks
        data = bytes(packet)
        if self._config is not None:
            data = pack_adts_header(self._config, len(data)) + data
        yield EncodedAudio(pts_us, self._codec, self._info.sample_rate_hz, self._info.channels, samples, data)

    def flush(self) -> Iterator[EncodedAudio]:
        """Yield nothing: a packet is sent as soon as it is read."""
        return iter(())
