"""Small sound files as strangers have them: without tags, behind junk, in every wrapping."""

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile

RATE_HZ = 44_100
SOUNDFILE = {
    "caf": "CAF",
    "aiff": "AIFF",
    "au": "AU",
    "w64": "W64",
    "rf64": "RF64",
    "wavex": "WAVEX",
    "flac": "FLAC",
}


def tone(samples: int = RATE_HZ, channels: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """Return a quiet tone: what is much louder was never it."""
    wave = (np.sin(np.arange(samples) * 0.05) * 6000).astype(np.int16)
    return np.repeat(wave[:, None], channels, axis=1)


def encoded(
    muxer: str,
    codec: str,
    samples: int = RATE_HZ,
    channels: int = 1,
    options: dict[str, str] | None = None,
    **muxer_options: str,
) -> bytes:
    """Return a tone in a format of PyAV's; `options` go to the encoder."""
    target = io.BytesIO()
    with av.open(target, "w", format=muxer, options=muxer_options) as out:
        stream: Any = out.add_stream(codec, rate=RATE_HZ, options=options or {})
        stream.layout = "mono" if channels == 1 else "stereo"
        frame = av.AudioFrame.from_ndarray(tone(samples, channels).reshape(1, -1), format="s16", layout=stream.layout)
        frame.sample_rate = RATE_HZ
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return target.getvalue()


def bare_mp3(variable: bool = False) -> bytes:
    """Return MP3 frames alone: no ID3, no Xing header."""
    rate = {"flags": "+qscale", "global_quality": "472"} if variable else {"b": "64000"}
    return encoded("mp3", "libmp3lame", options=rate, id3v2_version="0", write_xing="0")


def amr(frames: int = 50) -> bytes:
    """Return AMR of 12.2 kb/s (RFC 4867 clause 5): frames of 20 ms that decode to something quiet."""
    return b"#!AMR\n" + (b"\x3c" + bytes(31)) * frames


def with_soundfile(path: Path, kind: str) -> Path:
    """Write the tone in one of SOUNDFILE."""
    soundfile.write(path, tone(), RATE_HZ, format=SOUNDFILE[kind], subtype="PCM_16")
    return path


BARE = {
    "aac": lambda: encoded("adts", "aac"),
    "mp3-cbr": bare_mp3,
    "mp3-vbr": lambda: bare_mp3(variable=True),
    "mp2": lambda: encoded("mp2", "mp2"),
    "ac3": lambda: encoded("ac3", "ac3"),
    "eac3": lambda: encoded("eac3", "eac3"),
    "mp3-behind-zeros": lambda: bytes(700) + bare_mp3(),
    "mp3-cut-from-a-stream": lambda: bare_mp3()[100:],
    "aac-behind-junk": lambda: b"\x12\x34\x56" * 30 + encoded("adts", "aac"),
    "ts": lambda: encoded("mpegts", "aac"),
    "m2ts": lambda: encoded("mpegts", "aac", mpegts_m2ts_mode="1"),
    "flv": lambda: encoded("flv", "aac"),
    "loas": lambda: encoded("latm", "aac"),
    "amr": amr,
    "wv": lambda: encoded("wv", "wavpack"),
    "tta": lambda: encoded("tta", "tta"),
    "avi": lambda: encoded("avi", "pcm_s16le"),
    "asf": lambda: encoded("asf", "wmav2", options={"b": "64000"}),
    "aifc": lambda: encoded("aiff", "pcm_s16be"),
    "voc": lambda: encoded("voc", "pcm_u8"),
}
