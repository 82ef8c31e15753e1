"""The options of every command that encodes video, and the one way from them to an encoder's settings."""

import os
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from typer import Option

from agora_cli.errors import AgoraError, UsageError
from agora_cli.frames import ColorSpace
from agora_cli.native.codec import choose, codec_name, sendable
from agora_cli.options.values import bitrate_bps
from agora_cli.sources.base import Source, VideoInfo
from agora_cli.sources.rated import RatedSource

if TYPE_CHECKING:
    from agora_cli.media.encode import EncoderSettings

RAW = "raw"
MAX_FPS = 240
_NTSC = {"23.976": 24, "29.97": 30, "59.94": 60, "119.88": 120}


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """How pictures are compressed."""

    codec: Annotated[str, Option("--codec", help="h264, vp8, vp9, av1, or raw (as they are).", metavar="CODEC")] = (
        "h264"
    )
    bitrate: Annotated[
        str,
        Option(
            "--bitrate",
            rich_help_panel="Encoder",
            help="For instance 800k or 2M; default: by size and rate.",
            metavar="RATE",
        ),
    ] = ""
    gop: Annotated[
        int | None,
        Option(
            "--gop",
            rich_help_panel="Encoder",
            help="Most pictures from keyframe to keyframe; default: 2 s.",
            metavar="N",
        ),
    ] = None
    preset: Annotated[
        str,
        Option(
            "--preset",
            rich_help_panel="Encoder",
            help="The encoder's own: ultrafast ... veryslow, or a number.",
            metavar="NAME",
        ),
    ] = ""

    def check(self) -> None:
        """Raise UsageError for what is wrong whatever the pictures are."""
        if self.codec != RAW:
            codec_name(self.codec, RAW)
        elif self.gop is not None or self.preset:
            raise UsageError(
                "encoder", "--gop and --preset are for our own encoder: --codec raw leaves it to the engine"
            )
        if self.bitrate:
            bitrate_bps(self.bitrate, "--bitrate")
        if self.gop is not None and self.gop < 1:
            raise UsageError("gop", f"--gop must be 1 or more, got {self.gop}")

    def encoded(self, source: Source, color_space: ColorSpace, speed: Fraction) -> Source:
        """Return `source` with its pictures encoded as asked; its notes begin with the codec and why it is that.

        `raw` leaves the pictures as they are and says which bit rate the engine is to keep; `speed` is the pacer's
        (0: unpaced). Raises UsageError, and UnavailableError where the encoder is missing; `source` is closed then.
        """
        from agora_cli.sources.encoded import EncodingSource

        video = source.info.video
        if video is None or (self.codec == RAW and not self.bitrate):
            return source
        if self.codec == RAW:
            return RatedSource(source, bitrate_bps(self.bitrate, "--bitrate"))
        # SVT-AV1 writes to stderr by itself, past FFmpeg's log; this is the only way to keep it quiet.
        os.environ.setdefault("SVT_LOG", "0")
        try:
            settings, notes = self._settings(video, color_space)
            return EncodingSource(source, settings, notes, speed=speed)
        except AgoraError:
            source.close()
            raise

    def _settings(self, video: VideoInfo, color_space: ColorSpace) -> "tuple[EncoderSettings, tuple[str, ...]]":
        from agora_cli.media.encode import EncoderSettings, available_encoders, default_bitrate_bps, default_gop
        from agora_cli.media.fit import even

        self.check()
        requested, encoders = codec_name(self.codec, RAW), available_encoders()
        width, height, rate = even(video.width), even(video.height), video.frame_rate
        assert rate is not None  # sources of raw pictures have one
        choice = choose(requested, "send", width, height, encoders=encoders)
        bitrate = bitrate_bps(self.bitrate, "--bitrate") if self.bitrate else default_bitrate_bps(width, height, rate)
        settings = EncoderSettings(
            sendable(choice, requested, encoders),
            width,
            height,
            rate,
            bitrate,
            self.gop or default_gop(rate),
            self.preset if choice.codec == requested else "",
            color_space,
        )
        notes = [f"{width}x{height} {settings.codec} at {bitrate // 1000} kb/s: {choice.reason}"]
        if self.preset != settings.preset:
            notes.append(f"--preset {self.preset} was for {requested}: not used")
        return settings, tuple(notes)


def frame_rate(text: str, option: str = "--fps") -> Fraction:
    """Read frames a second, above 0 to 240: `30`, `12.5`, `30000/1001`, and 29.97 as exactly that.

    Raises UsageError naming the option.
    """
    if text in _NTSC:
        return Fraction(_NTSC[text] * 1000, 1001)
    match = re.fullmatch(r"\d+(?:\.\d+)?|(\d+)/[1-9]\d*", text, re.ASCII)
    rate = Fraction(text) if match else Fraction(0)
    if not 0 < rate <= MAX_FPS:
        raise UsageError("frame-rate", f"{option} must be above 0 to {MAX_FPS} frames a second, got {text!r}")
    return rate
