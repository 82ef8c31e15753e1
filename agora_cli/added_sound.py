"""Sound from a file beside pictures from elsewhere: `--videoAudio`."""

from dataclasses import dataclass
from typing import Annotated

from typer import Option

from agora_cli.errors import AgoraError
from agora_cli.media.audio_file import RawFormat, open_audio
from agora_cli.media.joined import JoinedSource
from agora_cli.media.pacing import Stop
from agora_cli.media.pcm import Excerpt
from agora_cli.media.source import Source


@dataclass(frozen=True, slots=True)
class AddedSound:
    """The sound of a video that has none of its own."""

    video_audio: Annotated[
        str, Option("--videoAudio", help="Sound file to send with the pictures.", metavar="FILE")
    ] = ""

    def added_to(self, video: Source, stop: Stop) -> Source:
        """Return `video` with the sound, or itself where none was asked for; it is closed when that fails."""
        if not self.video_audio:
            return video
        try:
            sound = open_audio(self.video_audio, RawFormat(), Excerpt(), stop)
        except AgoraError:
            video.close()
            raise
        return JoinedSource(video, sound)
