"""agora send-jpeg"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Option

from agora_cli.commands._channel.send import send
from agora_cli.errors import UsageError
from agora_cli.options.channel import SendChannelOptions
from agora_cli.options.encoder import EncoderOptions, frame_rate
from agora_cli.options.output import OutputOptions
from agora_cli.options.source import AddedSound, InputFile, PaceOptions, chosen_input
from agora_cli.options.values import length_s, loop_count, speed_factor
from agora_cli.terminal.interrupts import cut_short, stoppable

if TYPE_CHECKING:
    from agora_cli.sources.pictures.open import PictureSpec

FitName = Literal["contain", "cover", "stretch"]


def run(
    *,
    file: InputFile = "",
    image_file: Annotated[
        str, Option("--imageFile", help="A picture, an MJPEG file, or - for JPEG on stdin.", metavar="FILE")
    ] = "",
    directory: Annotated[
        Path | None, Option("--dir", help="Directory of .jpg and .jpeg files, in natural order.", metavar="DIR")
    ] = None,
    fps: Annotated[str, Option("--fps", help="Pictures a second.", metavar="RATE")] = "30",
    width: Annotated[int, Option("--width", help="Of the video; default: the first picture's.", metavar="N")] = 0,
    height: Annotated[int, Option("--height", help="Of the video; default: the first picture's.", metavar="N")] = 0,
    fit: Annotated[FitName, Option("--fit", help="How pictures of another shape get that size.")] = "contain",
    loop: Annotated[str, Option("--loop", help="How often to send them: a number, or inf.", metavar="N|inf")] = "1",
    duration: Annotated[str, Option("--duration", help="How much to send in all.", metavar="TIME")] = "",
    watch: Annotated[bool, Option("--watch", help="Go on with each new file of --dir.")] = False,
    channel: SendChannelOptions,
    encoder: EncoderOptions,
    sound: AddedSound,
    pace: PaceOptions,
    output: OutputOptions,
) -> int:
    """Send pictures as video.

    \b
    Examples:
      agora send-jpeg -c demo frames/ --fps 25
      agora send-jpeg -c demo logo.jpg --loop inf --codec vp8
      agora send-jpeg -c demo render/ --watch --width 1280 --height 720
      ffmpeg -i in.mp4 -f mjpeg - | agora send-jpeg -c demo -

    Turned upright by their EXIF orientation and scaled to one size. What stands around a picture or between its
    segments is passed over and told; a damaged one is left out, named and counted, a single --imageFile shown as far
    as it goes. With --watch a file that is still being written waits until it is whole.
    """
    from agora_cli.sources.limited import limited
    from agora_cli.sources.pictures.open import open_pictures

    if file and directory is not None:
        raise UsageError("input", f"give one thing to send, not {file!r} and {str(directory)!r}")
    if file and Path(file).is_dir():
        directory, file = Path(file), ""
    if file or image_file:
        image_file = chosen_input(file, image_file, "--imageFile")
    spec = picture_spec(image_file, directory, fps, width, height, fit, loop, watch)
    encoder.check()
    speed, limit_s = speed_factor(pace.speed), length_s(duration)
    spec = replace(spec, lasts_s=limit_s)
    console = output.console()
    with stoppable() as stop:
        if spec.size is None and (spec.watch or spec.file == "-"):
            console.status("waiting for the first picture, which decides the size")
        with cut_short(stop):
            pictures = open_pictures(spec, stop, console.warn)
        video = sound.added_to(encoder.encoded(pictures, "bt601", speed), stop)
        return send(limited(video, limit_s), channel, pace, console, stop)


def picture_spec(
    image_file: str,
    directory: Path | None,
    fps: str,
    width: int,
    height: int,
    fit: FitName,
    loop: str,
    watch: bool,
) -> "PictureSpec":
    """Return what the options ask for. Raises UsageError where they contradict each other."""
    from agora_cli.sources.pictures.open import PictureSpec

    if bool(image_file) == (directory is not None):
        raise UsageError("input", "give FILE, --imageFile or --dir, one of them", hint="frames/, or - for stdin")
    if watch and directory is None:
        raise UsageError("watch", "--watch needs --dir")
    if bool(width) != bool(height):
        raise UsageError("picture-size", "--width and --height go together")
    if width < 0 or height < 0:
        raise UsageError("picture-size", f"--width and --height must be 1 or more, got {width}x{height}")
    loops = loop_count(loop)
    if loops != 1 and (watch or image_file == "-"):
        raise UsageError("loop", f"--loop cannot repeat {'a watched directory' if watch else 'stdin'}")
    return PictureSpec(
        frame_rate(fps), directory, image_file or None, (width, height) if width else None, fit, loops, watch
    )
