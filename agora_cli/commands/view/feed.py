"""From events of a channel to what the pages get."""

from collections import defaultdict

from agora_cli.commands._channel.watching import Watching
from agora_cli.commands.view.packets import pack_picture, pack_sound, pack_text
from agora_cli.commands.view.viewers import Viewers
from agora_cli.events import DataReceived, Event, Joined, Left, MediaReceived
from agora_cli.frames import EncodedVideo, PcmFrame, RawVideo
from agora_cli.media.audio_decode import AudioDecoder


class ViewFeed:
    """Hand everything on to whoever looks, and ask senders for the keyframes that somebody needs."""

    def __init__(self, looking: Watching, viewers: Viewers) -> None:
        self._looking = looking
        self._viewers = viewers
        self._decoders: defaultdict[str, AudioDecoder] = defaultdict(AudioDecoder)

    def take(self, event: Event) -> None:
        """Hand one event on; without anybody who looks, nothing is done for it."""
        if not len(self._viewers):
            return
        if isinstance(event, MediaReceived):
            self._media(event)
        elif isinstance(event, DataReceived):
            text = event.data.decode("utf-8", "backslashreplace")
            self._viewers.give(pack_text("message", user=event.user, text=text))
        elif isinstance(event, Joined | Left):
            self._viewers.give(pack_text("joined" if isinstance(event, Joined) else "left", user=event.user))

    def tick(self) -> None:
        """Send the figures, and ask for keyframes."""
        self._viewers.give(pack_text("stats", **self._looking.document()))
        for user in self._viewers.waiting & set(self._looking.watched.present()):
            self._looking.connection.request_keyframe(user)

    def _media(self, event: MediaReceived) -> None:
        unit = event.unit
        if isinstance(unit, EncodedVideo | RawVideo):
            keyframe = not isinstance(unit, EncodedVideo) or unit.keyframe
            self._viewers.picture(event.user, pack_picture(event.user, unit), keyframe)
            return
        for decoded in self._decoders[event.user].events(event):
            if isinstance(decoded.unit, PcmFrame):
                self._viewers.give(pack_sound(event.user, decoded.unit))
