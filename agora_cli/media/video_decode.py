"""Received picture as frames that can be looked at: decoded where it is encoded, passed through where it is raw."""

from collections.abc import Iterator
from typing import Any

import av
from av.video.codeccontext import VideoCodecContext

from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, RawVideo, VideoCodec
from agora_cli.media.encode import to_frame

_DECODERS: dict[VideoCodec, tuple[str, dict[str, str]]] = {
    "h264": ("h264", {}),
    "h265": ("hevc", {}),
    "vp8": ("vp8", {}),
    "vp9": ("vp9", {}),
    # Without it dav1d holds pictures back, one for each of its threads.
    "av1": ("libdav1d", {"max_frame_delay": "1"}),
    "jpeg": ("mjpeg", {}),
}


class VideoDecoder:
    """One sender's decoder; it starts anew when the sender, its codec or its size does.

    It gives whole pictures only: after a loss or damage it waits for the next keyframe (`is_waiting`) instead
    of showing grey blocks. `undecodable` counts the units it could not use.
    """

    def __init__(self) -> None:
        self.undecodable = 0
        self._key: tuple[object, ...] | None = None
        self._context: VideoCodecContext | None = None
        self._waits = False

    @property
    def is_waiting(self) -> bool:
        """Tell whether nothing can be decoded until a keyframe comes."""
        return self._waits

    def frames(self, event: MediaReceived) -> Iterator[av.VideoFrame]:
        """Yield the pictures that a unit completes, in the order of showing, their pts in microseconds.

        Units that are no picture give none.
        """
        unit = event.unit
        if isinstance(unit, RawVideo):
            frame = to_frame(unit)
            frame.pts = unit.pts_us
            yield frame
        elif isinstance(unit, EncodedVideo):
            yield from self._decode(event, unit)

    def finish(self) -> Iterator[av.VideoFrame]:
        """Yield the pictures that are still held back; the next unit starts anew."""
        context, self._context, self._key = self._context, None, None
        if context is not None:
            yield from self._run(context, None)

    def _decode(self, event: MediaReceived, unit: EncodedVideo) -> Iterator[av.VideoFrame]:
        key = (event.epoch, unit.codec, unit.width, unit.height)
        if key != self._key:
            yield from self.finish()
            self._key, self._context, self._waits = key, _open(unit.codec), True
        self._waits = (self._waits or event.lost > 0) and not unit.keyframe
        if self._waits:
            self.undecodable += 1
            return
        assert self._context is not None
        packet = av.Packet(bytes(unit.data))
        packet.pts, packet.dts = unit.pts_us, unit.dts_us
        yield from self._run(self._context, packet)

    def _run(self, context: VideoCodecContext, packet: "av.Packet[Any] | None") -> Iterator[av.VideoFrame]:
        try:
            yield from context.decode(packet)
        except av.FFmpegError:  # one sender's bad unit must not end everybody's recording
            self.undecodable += 1
            self._waits = True
            context.flush_buffers()


def _open(codec: VideoCodec) -> VideoCodecContext:
    name, options = _DECODERS[codec]
    context = av.CodecContext.create(name, "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1  # with frame threads a picture comes out late by as many
    context.options = options
    context.open()
    return context
