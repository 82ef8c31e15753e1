"""When a lane knows enough to begin a file, and which: the start of every kind of part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

from agora_cli.frames import EncodedVideo, RawVideo
from agora_cli.media.audio_writer import AudioFormat
from agora_cli.sinks.output import OutputFile
from agora_cli.sinks.record.audio import AudioPart
from agora_cli.sinks.record.av import AvFormat, AvPart
from agora_cli.sinks.record.bare import EXTENSIONS, ElementaryPart
from agora_cli.sinks.record.part import Held, Part
from agora_cli.sinks.record.raw import RawFormat, RawPart

# How long a file waits for the second of two tracks, and for a keyframe, before it begins without.
HOLD_US = 500_000
KEYFRAME_HOLD_US = 2_000_000

P = ParamSpec("P")
NextFile = Callable[[str], OutputFile]


@dataclass(frozen=True, slots=True)
class OpenAudio:
    """Begin a sound file with the first frame."""

    user: str
    next_file: NextFile
    audio_format: AudioFormat

    def __call__(self, held: Held, final: bool) -> Part | None:
        """Return the part, or None while no sound came."""
        first = held.first_pcm
        if first is None:
            return None
        return _begun(self.next_file(self.audio_format), AudioPart, self.user, self.audio_format, first)


@dataclass(frozen=True, slots=True)
class OpenElementary:
    """Begin a picture file with the first keyframe; what comes before it cannot be decoded."""

    user: str
    next_file: NextFile

    def __call__(self, held: Held, final: bool) -> Part | None:
        """Return the part, or None while no keyframe came."""
        first = held.first_keyframe
        if first is None:
            return None
        return _begun(self.next_file(EXTENSIONS[first.codec]), ElementaryPart, self.user, first)


@dataclass(frozen=True, slots=True)
class OpenAv:
    """Begin a file with both tracks where both come, `audio_format` saying what sound alone becomes.

    It waits HOLD_US for the second track, and KEYFRAME_HOLD_US for a keyframe when picture comes.
    """

    user: str
    next_file: NextFile
    av_format: AvFormat
    audio_format: AudioFormat | None

    def __call__(self, held: Held, final: bool) -> Part | None:
        """Return the part, or None to see more."""
        audio, video = held.first_pcm, held.first_keyframe
        limit_us = KEYFRAME_HOLD_US if held.is_waiting else HOLD_US
        if (audio is None or video is None) and held.span_us < limit_us and not final:
            return None
        if audio is not None and video is None and self.audio_format is not None:
            return _begun(self.next_file(self.audio_format), AudioPart, self.user, self.audio_format, audio)
        file = self.next_file(self.av_format)
        return _begun(file, AvPart, self.user, self.av_format, video, audio, held.origin_us)


@dataclass(frozen=True, slots=True)
class OpenRaw:
    """Begin a file of decoded picture with the first keyframe, or with the first raw picture."""

    user: str
    next_file: NextFile
    raw_format: RawFormat

    def __call__(self, held: Held, final: bool) -> Part | None:
        """Return the part, or None while nothing decodable came."""
        pictures = (event.unit for event in held.events if isinstance(event.unit, EncodedVideo | RawVideo))
        first = next(pictures, None)
        if first is None:
            return None
        return _begun(self.next_file(self.raw_format), RawPart, self.user, self.raw_format, first)


def _begun(
    file: OutputFile, make: Callable[Concatenate[OutputFile, P], Part], *args: P.args, **kwargs: P.kwargs
) -> Part:
    """Return the part that `make` begins in a file, or leave no file."""
    try:
        return make(file, *args, **kwargs)
    except Exception:
        file.discard()
        raise
