"""The options of what is sent: which part of a file, how fast, and with what sound."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from typer import Argument, Option

from agora_cli.clock import Stop
from agora_cli.errors import AgoraError, UsageError
from agora_cli.options.values import duration_s, length_s, loop_count
from agora_cli.sinks.expectations import SENT_FIGURES, Expectation, parse
from agora_cli.sources.base import Excerpt, Source

# What to send, without a name: the commands' own options (--audioFile ...) say the same in the SDK's words.
InputFile = Annotated[str, Argument(metavar="[FILE]", help="What to send, or - for stdin.", show_default=False)]

DecryptionKey = Annotated[
    str,
    Option(
        "--decryptionKey",
        envvar="AGORA_DECRYPTION_KEY",
        help="Key of an encrypted MP4 (clear-key CENC), 32 hex digits.",
        metavar="HEX",
        show_default=False,
    ),
]

WaitForReceiver = Annotated[
    str,
    Option("--waitForReceiver", help="Wait for a receiver first; exit 6 after TIME.", metavar="TIME"),
]

ExpectSent = Annotated[
    list[str] | None,
    Option(
        "--expect",
        help="Exit 6 unless it holds; repeatable: units, seconds, bytes, late, dropped, reconnects, receivers.",
        metavar="FIGURE>N",
    ),
]


@dataclass(frozen=True, slots=True)
class AddedSound:
    """The sound of a video that has none of its own."""

    video_audio: Annotated[
        str, Option("--videoAudio", help="Sound file to send with the pictures.", metavar="FILE")
    ] = ""

    def added_to(self, video: Source, stop: Stop) -> Source:
        """Return `video` with the sound, or itself where none was asked for; it is closed when that fails."""
        from agora_cli.sources.joined import JoinedSource
        from agora_cli.sources.sound import RawPcm, open_audio

        if not self.video_audio:
            return video
        try:
            sound = open_audio(self.video_audio, RawPcm(), Excerpt(), stop)
        except AgoraError:
            video.close()
            raise
        return JoinedSource(video, sound)


@dataclass(frozen=True, slots=True)
class ExcerptOptions:
    """Which part of a file, and how often."""

    loop: Annotated[str, Option("--loop", help="How often to send it: a number, or inf.", metavar="N|inf")] = "1"
    start: Annotated[str, Option("--start", help="Where to begin in the file.", metavar="TIME")] = "0"
    duration: Annotated[str, Option("--duration", help="How much to send in all.", metavar="TIME")] = ""

    def excerpt(self) -> Excerpt:
        """Return the checked begin and count. Raises UsageError."""
        return Excerpt(loops=loop_count(self.loop), start_s=duration_s(self.start, "--start"))

    def length_s(self) -> Fraction | None:
        """Return how much to send in all, None for everything. Raises UsageError."""
        return length_s(self.duration)

    def of_a_signal(self, option: str) -> Fraction | None:
        """Return how much of a signal of our own to send, None for no end. Raises UsageError for what files have."""
        if self.loop != "1" or self.start != "0":
            raise UsageError("signal", f"{option} has no beginning and no end: --loop and --start are for files")
        return self.length_s()


@dataclass(frozen=True, slots=True)
class PaceOptions:
    """How fast, how often at once, and whether at all."""

    speed: Annotated[str, Option("--speed", help="2: twice as fast; 0: as fast as it is taken.")] = "1"
    connection_number: Annotated[
        int, Option("--connectionNumber", help="Send into channels NAME, NAME1, NAME2 ...", metavar="N")
    ] = 1
    dry_run: Annotated[bool, Option("--dryRun", help="Do everything but join a channel.")] = False
    wait_for_receiver: WaitForReceiver = ""
    expect: ExpectSent = None

    def expectations(self) -> list[Expectation]:
        """Return what is expected of the figures at the end. Raises UsageError."""
        found = expected_of_sent(self.expect)
        if self.dry_run and any(one.name == "receivers" for one in found):
            raise UsageError("expect", "--expect receivers cannot go with --dryRun: nobody can come")
        return found

    def wait_s(self) -> Fraction:
        """Return how long to wait for a receiver, 0 for not at all. Raises UsageError."""
        if self.dry_run and self.wait_for_receiver:
            raise UsageError("wait-for-receiver", "--waitForReceiver cannot go with --dryRun: nobody can come")
        return duration_s(self.wait_for_receiver or "0", "--waitForReceiver")


def chosen_input(file: str, named: str, option: str, signal: str = "", wants_signal: bool = False) -> str:
    """Return the input that was given as FILE or by `option`, "" where the signal of our own is wanted instead.

    `signal` is the option that asks for one. Raises UsageError for none of the ways, or more than one.
    """
    given = [text for text in (file, named) if text]
    if len(given) + wants_signal > 1:
        both = " and ".join([*map(repr, given), *([signal] if wants_signal else [])])
        raise UsageError("input", f"give one thing to send, not {both}")
    if not given and not wants_signal:
        ways = ["FILE", f"{option} FILE", *([signal] if signal else [])]
        raise UsageError("input", f"what to send is missing: {', '.join(ways[:-1])} or {ways[-1]}")
    return "".join(given)


def decryption_key(text: str) -> str:
    """Return a key as FFmpeg takes it. Raises UsageError, which does not quote it, for anything but 32 hex digits."""
    if text and not re.fullmatch(r"[0-9A-Fa-f]{32}", text):
        raise UsageError("decryption-key", f"--decryptionKey must be 32 hex digits, got {len(text)} characters")
    return text


def expected_of_sent(texts: list[str] | None) -> list[Expectation]:
    """Return what --expect says of the figures of a send command. Raises UsageError that names the wrong word."""
    return [parse(text, SENT_FIGURES) for text in texts or []]
