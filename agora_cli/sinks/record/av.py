"""A Matroska or MP4 file of one user: picture as it was encoded, sound in sync, whole at every moment."""

from fractions import Fraction
from typing import Any, Literal

import av

from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedVideo, PcmFrame
from agora_cli.media.ffmpeg import add_video_stream
from agora_cli.sinks.axis import MediaAxis
from agora_cli.sinks.output import OutputFile
from agora_cli.sinks.record.audio import PlacedSound
from agora_cli.sinks.record.recorded_file import RecordedFile

AvFormat = Literal["mkv", "mp4"]

# What is gone after kill -9 is one cluster or fragment, what waits to be interleaved, and a picture: measured up to
# 0.38 s (mkv) and 0.45 s (mp4); with 0.5 s for both it was 0.53 and more.
# An MP4 header written before the first packets has no edit list, and sound that begins later comes too early:
# delay_moov writes it with the first fragment. Without max_interleave_delta a silent track would hold the other
# one back for 10 s.
_MUXERS: dict[AvFormat, tuple[str, str, dict[str, str]]] = {
    "mkv": ("matroska", "pcm_s16le", {"cluster_time_limit": "400"}),
    "mp4": ("mp4", "aac", {"movflags": "delay_moov+default_base_moof", "frag_duration": "250000"}),
}
_COMMON = {"flush_packets": "1", "max_interleave_delta": "200000"}


class AvPart:
    """One file with a picture track, a sound track or both; packets of other formats are not accepted.

    Sound is PCM in Matroska, exact to the sample, and AAC in MP4, whose players know little else. Times in
    the file begin at the first unit's. Picture keeps its bytes and its decode order.
    """

    def __init__(
        self,
        file: OutputFile,
        user: str,
        av_format: AvFormat,
        video: EncodedVideo | None,
        audio: PcmFrame | None,
        origin_us: int,
    ) -> None:
        muxer, audio_codec, options = _MUXERS[av_format]
        self._file = file
        self._path = file.path
        self._user = user
        self._video = video
        self._audio = audio
        self._axis = MediaAxis(origin_us)
        self._frames = self._lost = self._samples = self._end_us = 0
        self._audio_start: int | None = None
        self._closed = False
        self._container = av.open(file, "w", format=muxer, options=_COMMON | options)
        if video is not None:
            self._video_stream = add_video_stream(self._container, video)
        if audio is not None:
            layout = "mono" if audio.channels == 1 else "stereo"
            self._audio_stream: Any = self._container.add_stream(audio_codec, rate=audio.sample_rate_hz, layout=layout)
            self._sound = PlacedSound(audio.sample_rate_hz, audio.channels)

    def accepts(self, event: MediaReceived) -> bool:
        """Tell whether a unit fits: the same codec and size, the same rate and channels."""
        unit, video, audio = event.unit, self._video, self._audio
        if isinstance(unit, EncodedVideo) and video is not None:
            return (unit.codec, unit.width, unit.height) == (video.codec, video.width, video.height)
        if isinstance(unit, PcmFrame) and audio is not None:
            return (unit.sample_rate_hz, unit.channels) == (audio.sample_rate_hz, audio.channels)
        return False

    def write(self, event: MediaReceived) -> None:
        """Append one unit."""
        if isinstance(event.unit, EncodedVideo):
            self._write_video(event, event.unit)
        elif isinstance(event.unit, PcmFrame):
            self._write_audio(event, event.unit)

    def flush(self) -> None:
        """Do nothing: FFmpeg hands clusters and fragments of half a second to the system as they are made."""

    def close(self) -> None:
        """Finish the file; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._audio is not None and self._samples:
                self._container.mux(self._audio_stream.encode(None))
        finally:
            with self._file:
                self._container.close()

    def row(self) -> RecordedFile:
        """Return what is in the file so far; `frames` counts pictures, or sound frames where there are none."""
        if self._video is None:
            return RecordedFile(
                str(self._path),
                self._user,
                "audio",
                self._audio_name,
                self._end_us / MICROSECONDS,
                self._frames,
                self._lost,
            )
        kind: Literal["video", "av"] = "video" if self._audio is None else "av"
        codec = self._video.codec + ("" if self._audio is None else f"+{self._audio_name}")
        return RecordedFile(
            str(self._path), self._user, kind, codec, self._end_us / MICROSECONDS, self._frames, self._lost
        )

    @property
    def _audio_name(self) -> str:
        return str(self._audio_stream.codec_context.name)

    def _write_video(self, event: MediaReceived, unit: EncodedVideo) -> None:
        packet = av.Packet(bytes(unit.data))
        packet.stream = self._video_stream
        packet.time_base = Fraction(1, MICROSECONDS)
        packet.dts = self._axis.place(event.epoch, unit.dts_us, event.at_us)
        packet.pts = shown_us = self._axis.place(event.epoch, unit.pts_us, event.at_us)
        packet.is_keyframe = unit.keyframe
        self._container.mux(packet)  # from here on the packet's times are in the stream's own unit
        self._frames += 1
        self._lost += event.lost
        frame_us = MICROSECONDS / unit.frame_rate if unit.frame_rate else 0
        self._end_us = max(self._end_us, int(shown_us + frame_us))

    def _write_audio(self, event: MediaReceived, unit: PcmFrame) -> None:
        if self._audio_start is None:
            start_us = self._axis.place(event.epoch, unit.pts_us, event.at_us)
            self._audio_start = round(start_us * unit.sample_rate_hz / MICROSECONDS)
        for piece in self._sound.pieces(event, unit):
            self._encode(piece, unit)
        if self._video is None:
            self._frames += 1
        self._lost += event.lost
        end = self._audio_start + self._samples
        self._end_us = max(self._end_us, end * MICROSECONDS // unit.sample_rate_hz)

    def _encode(self, piece: memoryview, unit: PcmFrame) -> None:
        count = len(piece) // self._sound.block
        if not count:
            return
        assert self._audio_start is not None
        frame = av.AudioFrame(format="s16", layout="mono" if unit.channels == 1 else "stereo", samples=count)
        frame.planes[0].update(bytes(piece).ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate = unit.sample_rate_hz
        frame.pts = self._audio_start + self._samples
        frame.time_base = Fraction(1, unit.sample_rate_hz)
        self._samples += count
        self._container.mux(self._audio_stream.encode(frame))
