"""The options of `record` that say what files it makes."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from typer import Option

from agora_cli.errors import UsageError
from agora_cli.frames import MICROSECONDS
from agora_cli.options.encoder import frame_rate
from agora_cli.options.values import duration_s

if TYPE_CHECKING:
    from agora_cli.sinks.record.plan import RecordPlan

RecordFormat = Literal["auto", "wav", "pcm", "flac", "ogg", "mkv", "mp4", "h264", "ivf", "yuv", "y4m", "jpg", "png"]
VideoName = Literal["encoded", "yuv", "none"]
LayoutName = Literal["separate", "grid"]
AV_FORMATS: tuple[RecordFormat, ...] = ("mkv", "mp4")
# What a name ends in that was meant as a file: a folder is rarely called so, and then it can be made before.
FILE_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}")
PICTURE_FORMATS: tuple[RecordFormat, ...] = (*AV_FORMATS, "h264", "ivf", "yuv", "y4m", "jpg", "png")


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """What files to make."""

    target: Annotated[
        Path, Option("--output", "-o", help="Directory (a file per user), or one file.", metavar="PATH")
    ] = Path()
    format_name: Annotated[RecordFormat, Option("--format", help="auto: by name, else wav, or mkv with picture.")] = (
        "auto"
    )
    video: Annotated[VideoName, Option("--video", help="The picture as it came, as raw frames, or none.")] = "encoded"
    mix: Annotated[bool, Option("--mix", help="The sound of all users in one file.")] = False
    layout: Annotated[LayoutName, Option("--layout", help="grid: up to 9 users' pictures in one file.")] = "separate"
    width: Annotated[int, Option("--width", help="Of the grid.", metavar="N")] = 1280
    height: Annotated[int, Option("--height", help="Of the grid.", metavar="N")] = 720
    fps: Annotated[str, Option("--fps", help="Of the grid.", metavar="RATE")] = "30"
    snapshot: Annotated[
        str, Option("--snapshot", help="A picture (jpg or png) every TIME, no video.", metavar="TIME")
    ] = ""
    rotate: Annotated[str, Option("--rotate", help="Begin a new file every TIME.", metavar="TIME")] = ""
    overwrite: Annotated[
        bool, Option("--overwrite", help="Replace files of an earlier recording; else new ones get a number.")
    ] = False

    def plan(self, channel: str) -> "RecordPlan":
        """Return where and how to record: a known extension that is no directory means one file.

        Raises UsageError for options that contradict each other.
        """
        from agora_cli.sinks.record.plan import RecordPlan

        extension = next((name for name in get_args(RecordFormat) if f".{name}" == self.target.suffix.lower()), None)
        file = None if extension is None or self.target.is_dir() else self.target
        if file is None and FILE_SUFFIX.fullmatch(self.target.suffix) and not self.target.is_dir():
            known = ", ".join(name for name in get_args(RecordFormat) if name != "auto")
            raise UsageError(
                "format",
                f"--output {self.target}: no {self.target.suffix} is written",
                hint=f"one file ends in {known}; a directory of that name must be there already",
            )
        if file is not None and self.format_name not in ("auto", extension):
            raise UsageError("format", f"--format {self.format_name} contradicts the file name {self.target.name}")
        chosen: RecordFormat = self.format_name if file is None or extension is None else extension
        self._check(chosen)
        rotate_us = _us(self.rotate, "--rotate")
        plan = RecordPlan(channel, self.target, file=file, mix=self.mix, rotate_us=rotate_us, overwrite=self.overwrite)
        if self.layout == "grid":
            return self._grid(plan, chosen)
        if self.snapshot:
            still_us = _us(self.snapshot, "--snapshot") or MICROSECONDS
            return replace(plan, layout="stills", still_us=still_us, still_format="png" if chosen == "png" else "jpg")
        return self._separate(plan, chosen)

    def _check(self, chosen: RecordFormat) -> None:
        if chosen in PICTURE_FORMATS and (self.video == "none" or self.mix):
            other = "--mix" if self.mix else "--video none"
            raise UsageError("format", f"{chosen} is for picture: it cannot go with {other}")
        if self.layout == "grid" and (self.mix or self.snapshot or self.video == "none"):
            raise UsageError("layout", "--layout grid cannot go with --mix, --snapshot or --video none")
        if self.layout == "grid" and chosen not in ("auto", *AV_FORMATS):
            raise UsageError("layout", f"--layout grid makes mkv or mp4, not {chosen}")
        if bool(self.snapshot) != (chosen in ("jpg", "png")) and (not self.snapshot or chosen != "auto"):
            raise UsageError("snapshot", f"--snapshot makes jpg or png, and they need it; the format is {chosen}")
        if self.video == "yuv" and chosen not in ("auto", "yuv", "y4m"):
            raise UsageError("format", f"--video yuv makes y4m or yuv, not {chosen}")

    def _grid(self, plan: "RecordPlan", chosen: RecordFormat) -> "RecordPlan":
        from agora_cli.media.encode import EncoderSettings, default_bitrate_bps, default_gop

        rate = frame_rate(self.fps)
        bitrate = default_bitrate_bps(self.width, self.height, rate)
        settings = EncoderSettings("h264", self.width, self.height, rate, bitrate, default_gop(rate))
        return replace(
            plan, layout="av", av_format="mp4" if chosen == "mp4" else "mkv", audio_format=None, grid=settings
        )

    def _separate(self, plan: "RecordPlan", chosen: RecordFormat) -> "RecordPlan":
        if chosen == "yuv" or chosen == "y4m" or self.video == "yuv":
            return replace(plan, layout="raw", raw_format="yuv" if chosen == "yuv" else "y4m")
        if chosen == "auto":
            return plan if self.video == "none" or self.mix else replace(plan, layout="av")
        if chosen == "mkv" or chosen == "mp4":
            return replace(plan, layout="av", av_format=chosen, audio_format=None)
        if chosen == "h264" or chosen == "ivf":
            return replace(plan, layout="elementary")
        assert chosen != "jpg"  # _check() wants --snapshot with it
        assert chosen != "png"
        return replace(plan, audio_format=chosen)


def _us(text: str, option: str) -> int | None:
    if not text:
        return None
    duration = duration_s(text, option)
    if duration == 0:
        raise UsageError("duration", f"{option} must be above 0, got {text!r}")
    return max(1, int(duration * MICROSECONDS))
