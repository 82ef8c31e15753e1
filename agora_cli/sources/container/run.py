"""One way through a container: packets of the chosen tracks, from the wanted start, with all their times."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.stream import Discard

from agora_cli.errors import InputError
from agora_cli.frames import MICROSECONDS
from agora_cli.media.ffmpeg import reason, time_base_of
from agora_cli.sources.container.file import check_complete, check_packet, is_encrypted
from agora_cli.sources.container.tracks import Tracks

# How many packets may come before the first of each track, or before FFmpeg knows the first decoding time.
MAX_PEEKED = 2000


class Run:
    """One way through a container: the chosen tracks' packets from the wanted start.

    It owns the open tracks, and closes them when it cannot begin. `from_s` is where sound begins after a seek, None
    without one.
    """

    def __init__(self, tracks: Tracks, start_s: Fraction) -> None:
        self.tracks = tracks
        self._container = tracks.container
        self._name = tracks.name
        self._peeked: list[av.Packet[Any]] = []
        try:
            self._discard_others()
            if start_s:
                self._seek(start_s)
            self._demuxed = self._demux()
            self._peek()
            self.from_s = self._from_s(start_s) if start_s else None
        except BaseException:
            tracks.close()
            raise

    def origin_s(self, reordered: bool, priming: bool) -> Fraction:
        """Return the earliest time of sending, of the first picture or the first sound, before packets() is asked.

        `reordered`: pictures are sent in the order of decoding, else of showing. `priming`: what an encoder put
        before the sound is sent too; else a decoder leaves it out.
        """
        times = []
        video, audio = self.tracks.video, self.tracks.audio
        if video is not None:
            first = self._first_packet(video.index)
            times.append(_sent_s(first) if reordered else _shown_s(first))
        packet = next((packet for packet in self._peeked if audio and packet.stream_index == audio.index), None)
        if audio is not None and packet is not None and self.from_s is None:
            begin_s = _shown_s(packet)
            if not priming and audio.start_time is not None:
                begin_s = max(begin_s, audio.start_time * time_base_of(audio))
            times.append(begin_s)
        return min(times, default=self.from_s or Fraction(0))

    @property
    def leads_in(self) -> bool:
        """Tell whether the picture begins before its edit list does, as decoding has to."""
        video = self.tracks.video
        return video is not None and bool(self._first_packet(video.index).is_discard)

    def packets(self) -> "Iterator[av.Packet[Any]]":
        """Yield the packets in the file's order. Raises InputError at a fault or where the file is cut."""
        yield from self._peeked
        self._peeked = []
        yield from self._demuxed
        check_complete(self._container, self._name)

    def close(self) -> None:
        """Close the container; a second call does nothing."""
        self.tracks.close()

    def _discard_others(self) -> None:
        """Let FFmpeg skip the packets of the tracks that are not sent."""
        sent = {stream.index for stream in self.tracks.sent}
        for stream in self._container.streams:
            if stream.index not in sent:
                stream.discard = Discard.all

    def _demux(self) -> "Iterator[av.Packet[Any]]":
        position = 0
        try:
            for packet in self._container.demux(self.tracks.sent):
                if packet.size == 0 and packet.dts is None:  # PyAV's way to tell the end of a track
                    continue
                position = packet.pos or position
                check_packet(self._container, packet, self._name)
                yield packet
        except (av.FFmpegError, OSError) as error:
            raise InputError("malformed-media", f"{self._name}: {reason(error)} behind byte {position}") from error

    def _seek(self, start_s: Fraction) -> None:
        """Go to the keyframe at or before the start."""
        duration = self._container.duration
        if duration is not None and start_s * MICROSECONDS >= duration:
            raise InputError(
                "start-beyond", f"{self._name}: --start is behind its end at {duration / MICROSECONDS:.3f} s"
            )
        lead = self.tracks.video or self.tracks.audio
        assert lead is not None
        try:
            ticks = int((start_s + self._begin_s()) / time_base_of(lead))
            self._container.seek(ticks, stream=lead, backward=True)
        except av.FFmpegError as error:
            raise InputError("not-seekable", f"{self._name}: cannot seek: {reason(error)}") from error

    def _begin_s(self) -> Fraction:
        return Fraction(self._container.start_time or 0, MICROSECONDS)

    def _peek(self) -> None:
        """Read until each track's first packets are known, then complete their decoding times."""
        missing = {stream.index for stream in self.tracks.sent}
        undated: list[av.Packet[Any]] = []
        for packet in self._demuxed:
            self._peeked.append(packet)
            if is_encrypted(packet):
                raise InputError(
                    "encrypted",
                    f"{self._name}: track {packet.stream_index + 1} is encrypted",
                    hint="with its key: --decryptionKey, or AGORA_DECRYPTION_KEY",
                )
            if packet.dts is None:
                if packet.stream_index in missing:
                    undated.append(packet)
            else:
                missing.discard(packet.stream_index)
                _date(undated, packet)
            if not missing or len(self._peeked) >= MAX_PEEKED:
                break

    def _first_packet(self, index: int) -> "av.Packet[Any]":
        for packet in self._peeked:
            if packet.stream_index == index:
                return packet
        raise InputError("no-media", f"{self._name}: track {index + 1} has no media in the asked part")

    def _from_s(self, start_s: Fraction) -> Fraction:
        """Return where sound begins after a seek: with the keyframe, or exactly where it was asked to."""
        video = self.tracks.video
        return start_s + self._begin_s() if video is None else _shown_s(self._first_packet(video.index))


def _date(undated: "list[av.Packet[Any]]", packet: "av.Packet[Any]") -> None:
    """Give packets without decoding time, all before `packet` in its track, the times that lead up to its own."""
    assert packet.dts is not None
    mine = [other for other in undated if other.stream_index == packet.stream_index]
    for distance, other in enumerate(reversed(mine), 1):
        other.dts = packet.dts - distance * (packet.duration or other.duration or 1)
        undated.remove(other)


def _sent_s(packet: "av.Packet[Any]") -> Fraction:
    ticks = packet.dts if packet.dts is not None else packet.pts or 0
    return ticks * Fraction(packet.time_base)


def _shown_s(packet: "av.Packet[Any]") -> Fraction:
    ticks = packet.pts if packet.pts is not None else packet.dts or 0
    return ticks * Fraction(packet.time_base)
