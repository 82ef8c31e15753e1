"""agora send-yuv"""

from typing import TYPE_CHECKING, Annotated, Literal

from typer import Option

from agora_cli.commands._channel.send import send
from agora_cli.errors import UsageError
from agora_cli.frames import ColorSpace, PixelFormat
from agora_cli.options.channel import SendChannelOptions
from agora_cli.options.encoder import RAW, EncoderOptions, frame_rate
from agora_cli.options.output import OutputOptions
from agora_cli.options.source import AddedSound, InputFile, PaceOptions, chosen_input
from agora_cli.options.values import length_s, loop_count, speed_factor
from agora_cli.terminal.interrupts import cut_short, stoppable

if TYPE_CHECKING:
    from agora_cli.sources.yuv import YuvLayout

YuvFormat = Literal["i420", "nv12", "rgba"]
ColorName = Literal["bt601", "bt709", "bt2020", "unspecified"]


def run(
    *,
    file: InputFile = "",
    video_file: Annotated[str, Option("--videoFile", help="Raw video file, or - for stdin.", metavar="FILE")] = "",
    width: Annotated[int, Option("--width", help="Of a picture, in pixels.", metavar="N")] = 0,
    height: Annotated[int, Option("--height", help="Of a picture, in pixels.", metavar="N")] = 0,
    fps: Annotated[str, Option("--fps", help="Pictures a second.", metavar="RATE")] = "30",
    format_name: Annotated[YuvFormat, Option("--format", help="How a picture lies in the file.")] = "i420",
    color_space: Annotated[ColorName, Option("--colorSpace", help="Its colour matrix.")] = "unspecified",
    alpha: Annotated[bool, Option("--alpha", help="A plane of opacity follows each picture.")] = False,
    loop: Annotated[str, Option("--loop", help="How often to send it: a number, or inf.", metavar="N|inf")] = "1",
    duration: Annotated[str, Option("--duration", help="How much to send in all.", metavar="TIME")] = "",
    channel: SendChannelOptions,
    encoder: EncoderOptions,
    sound: AddedSound,
    pace: PaceOptions,
    output: OutputOptions,
) -> int:
    """Send raw video, encoded or as it is.

    \b
    Examples:
      agora send-yuv -c demo clip.yuv --width 1280 --height 720
      agora send-yuv -c demo in.raw --format nv12 --width 8 --height 8
      avatar | agora send-yuv -c demo - --width 640 --height 640
      agora send-yuv -c demo clip.yuv --width 64 --height 64 --alpha

    Encoded video carries no alpha plane; --codec raw does, where the engine can.
    """
    from agora_cli.sources.limited import limited
    from agora_cli.sources.yuv import YuvSource

    chosen = chosen_input(file, video_file, "--videoFile")
    layout = yuv_layout(format_name, width, height, alpha, color_space)
    encoder.check()
    speed, limit_s = speed_factor(pace.speed), length_s(duration)
    rate, loops = frame_rate(fps), loop_count(loop)
    if loops != 1 and chosen == "-":
        raise UsageError("loop", "--loop cannot repeat stdin")
    console = output.console()
    if alpha and encoder.codec != RAW:
        console.warn(f"the alpha plane is left out: {encoder.codec} carries none (--codec raw does)")
    with stoppable() as stop:
        with cut_short(stop):
            source = YuvSource(chosen, layout, rate, stop, loops=loops, on_tail=console.warn)
        video = sound.added_to(encoder.encoded(source, color_space, speed), stop)
        return send(limited(video, limit_s), channel, pace, console, stop)


def yuv_layout(pixel_format: PixelFormat, width: int, height: int, alpha: bool, color_space: ColorSpace) -> "YuvLayout":
    """Return the checked layout. Raises UsageError, also for a size that is missing."""
    from agora_cli.sources.yuv import YuvLayout

    for side, option in ((width, "--width"), (height, "--height")):
        if side == 0:
            raise UsageError("picture-size", f"{option} is missing: raw video does not say its own size")
    return YuvLayout(pixel_format, width, height, alpha, color_space)
