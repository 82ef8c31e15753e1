"""agora send-h264"""

from typing import Annotated

from typer import Option

from agora_cli.commands._channel.send import send
from agora_cli.options.channel import SendChannelOptions
from agora_cli.options.encoder import frame_rate
from agora_cli.options.output import OutputOptions
from agora_cli.options.source import ExcerptOptions, InputFile, PaceOptions, chosen_input
from agora_cli.terminal.interrupts import cut_short, stoppable


def run(
    *,
    file: InputFile = "",
    video_file: Annotated[str, Option("--videoFile", help="H.264 byte stream, or - for stdin.", metavar="FILE")] = "",
    fps: Annotated[
        str, Option("--fps", help="Pictures a second, 30 or 30000/1001; overrides the stream's own.", metavar="RATE")
    ] = "",
    channel: SendChannelOptions,
    excerpt: ExcerptOptions,
    pace: PaceOptions,
    output: OutputOptions,
) -> int:
    """Send an H.264 elementary stream, exactly as it is encoded.

    \b
    Examples:
      agora send-h264 -c demo camera.h264
      agora send-h264 -c demo clip.264 --fps 30000/1001 --loop inf
      rpicam-vid -t 0 --codec h264 -o - | agora send-h264 -c demo -

    Whole access units are sent, one a picture, at equal distances: at --fps, else at the rate that the stream
    says, else at 25. --start goes back to the keyframe at or before it. Keyframes without parameter sets get
    them, so that whoever joins late sees a picture at the next keyframe.
    """
    from agora_cli.sources.h264 import open_elementary
    from agora_cli.sources.limited import limited

    chosen = chosen_input(file, video_file, "--videoFile")
    length_s = excerpt.length_s()
    with stoppable() as stop:
        with cut_short(stop):
            source = open_elementary(chosen, frame_rate(fps) if fps else None, excerpt.excerpt(), stop)
        return send(limited(source, length_s), channel, pace, output.console(), stop)
