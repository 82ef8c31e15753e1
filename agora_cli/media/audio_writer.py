"""Audio files being written: wav, raw pcm, flac and ogg (Opus), each whole after every flush."""

import os
import struct
from fractions import Fraction
from io import BufferedWriter, FileIO
from typing import Any, BinaryIO, Literal, Protocol

import av

from agora_cli.frames import BYTES_PER_SAMPLE, Bytes
from agora_cli.media.wav import WavWriter

AudioFormat = Literal["wav", "pcm", "flac", "ogg"]
CODEC_NAMES: dict[AudioFormat, str] = {"wav": "pcm_s16le", "pcm": "pcm_s16le", "flac": "flac", "ogg": "opus"}
OPUS_RATES_HZ = (8000, 12000, 16000, 24000, 48000)


class AudioWriter(Protocol):
    """A file of one track of sound. All methods raise OSError when the disk or pipe does."""

    def write(self, samples: Bytes) -> None:
        """Append interleaved s16le samples, whole sample frames."""

    def flush(self) -> None:
        """Make the file readable up to here (the encoded formats: up to their last whole packet)."""

    def close(self) -> None:
        """Finish the file."""


def open_writer(audio_format: AudioFormat, file: FileIO, sample_rate_hz: int, channels: int) -> AudioWriter:
    """Return what writes a format into an empty file, whose write() takes all it is given. Raises OSError."""
    if audio_format == "wav":
        return WavWriter(BufferedWriter(file), sample_rate_hz, channels)
    if audio_format == "pcm":
        return RawWriter(BufferedWriter(file))
    if audio_format == "flac":
        return FlacWriter(file, sample_rate_hz, channels)
    return OpusWriter(file, sample_rate_hz, channels)


class RawWriter:
    """Bare samples on a binary file object, which close() closes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, samples: Bytes) -> None:
        """Append interleaved samples."""
        self._file.write(samples)

    def flush(self) -> None:
        """Hand everything to the system."""
        self._file.flush()

    def close(self) -> None:
        """Flush and close the file."""
        self._file.close()


class EncodedWriter:
    """Sound encoded and muxed by PyAV; the encoder resamples where it must."""

    def __init__(
        self, file: FileIO, muxer: str, codec: str, sample_rate_hz: int, channels: int, encoder_rate_hz: int
    ) -> None:
        self._file = file
        self._block = BYTES_PER_SAMPLE * channels
        self._rate_hz = sample_rate_hz
        self._layout = "mono" if channels == 1 else "stereo"
        self._samples = 0
        options = {"flush_packets": "1"} | ({"page_duration": "200000"} if muxer == "ogg" else {})
        self._container = av.open(file, "w", format=muxer, options=options)
        self._stream: Any = self._container.add_stream(codec, rate=encoder_rate_hz, layout=self._layout)

    def write(self, samples: Bytes) -> None:
        """Encode and append interleaved samples."""
        count = len(samples) // self._block
        if count == 0:
            return
        frame = av.AudioFrame(format="s16", layout=self._layout, samples=count)
        frame.planes[0].update(bytes(samples).ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate = self._rate_hz
        frame.pts = self._samples
        frame.time_base = Fraction(1, self._rate_hz)
        self._samples += count
        self._mux(frame)

    def flush(self) -> None:
        """Do nothing: FFmpeg hands each packet (each page of 200 ms) to the system as it is made."""

    def close(self) -> None:
        """Encode what is left and finish the file."""
        try:
            if self._samples:
                self._mux(None)
        finally:
            with self._file:
                self._container.close()

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)


class OpusWriter(EncodedWriter):
    """Opus in Ogg; rates that Opus has not are resampled to 48 kHz."""

    def __init__(self, file: FileIO, sample_rate_hz: int, channels: int) -> None:
        encoder_rate_hz = sample_rate_hz if sample_rate_hz in OPUS_RATES_HZ else 48000
        super().__init__(file, "ogg", "libopus", sample_rate_hz, channels, encoder_rate_hz)


class FlacWriter(EncodedWriter):
    """FLAC whose STREAMINFO is brought up to date at every flush.

    FFmpeg writes the number of samples at close only; without it libsndfile takes a file for empty.
    """

    def __init__(self, file: FileIO, sample_rate_hz: int, channels: int) -> None:
        super().__init__(file, "flac", "flac", sample_rate_hz, channels, sample_rate_hz)
        self._muxed_samples = 0

    def flush(self) -> None:
        """Write the number of samples muxed so far into STREAMINFO (RFC 9639 section 8.2)."""
        if self._muxed_samples and self._file.seekable():
            form = self._rate_hz << 44 | (self._block // BYTES_PER_SAMPLE - 1) << 41 | (BYTES_PER_SAMPLE * 8 - 1) << 36
            os.pwrite(self._file.fileno(), struct.pack(">Q", form | self._muxed_samples), _STREAMINFO_RATE_OFFSET)

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._muxed_samples += packet.duration or 0
            self._container.mux(packet)


# "fLaC", a block header of 4 bytes, block and frame sizes of 10: then rate (20 bits), channels - 1 (3), sample
# size - 1 (5) and the number of samples (36) share 8 bytes.
_STREAMINFO_RATE_OFFSET = 18
