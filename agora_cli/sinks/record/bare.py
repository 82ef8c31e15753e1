"""A file of bare encoded picture: Annex-B for H264 and H265, IVF for VP8, VP9 and AV1, MJPEG."""

import io

from agora_cli.events import MediaReceived
from agora_cli.frames import MICROSECONDS, EncodedVideo, VideoCodec
from agora_cli.media.ivf import pack_ivf_frame, pack_ivf_header
from agora_cli.sinks.output import OutputFile
from agora_cli.sinks.record.recorded_file import RecordedFile

EXTENSIONS: dict[VideoCodec, str] = {
    "h264": "h264",
    "h265": "h265",
    "vp8": "ivf",
    "vp9": "ivf",
    "av1": "ivf",
    "jpeg": "mjpeg",
}


class ElementaryPart:
    """One picture stream, byte for byte as it came. It takes EncodedVideo only."""

    def __init__(self, file: OutputFile, user: str, first: EncodedVideo) -> None:
        self._path = file.path
        self._user = user
        self._first = first
        self._file = io.BufferedWriter(file)
        self._frames = self._lost = 0
        self._start_us = first.pts_us
        self._end_us = first.pts_us
        self._is_ivf = EXTENSIONS[first.codec] == "ivf"
        if self._is_ivf:
            self._file.write(pack_ivf_header(first.codec, first.width, first.height))

    def accepts(self, event: MediaReceived) -> bool:
        """Tell whether a picture has this file's codec and size."""
        unit, first = event.unit, self._first
        same = isinstance(unit, EncodedVideo) and (unit.codec, unit.width, unit.height)
        return same == (first.codec, first.width, first.height)

    def write(self, event: MediaReceived) -> None:
        """Append one access unit."""
        unit = event.unit
        assert isinstance(unit, EncodedVideo)
        if self._is_ivf:
            self._file.write(pack_ivf_frame(unit.pts_us - self._start_us, len(unit.data)))
        self._file.write(unit.data)
        self._frames += 1
        self._lost += event.lost
        frame_us = int(MICROSECONDS / unit.frame_rate) if unit.frame_rate else 0
        self._end_us = max(self._end_us, unit.pts_us + frame_us)

    def flush(self) -> None:
        """Hand everything to the system."""
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        """Flush and close the file; a second call does nothing."""
        self._file.close()

    def row(self) -> RecordedFile:
        """Return what is in the file so far."""
        seconds = (self._end_us - self._start_us) / MICROSECONDS
        return RecordedFile(str(self._path), self._user, "video", self._first.codec, seconds, self._frames, self._lost)
