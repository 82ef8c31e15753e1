"""agora send-mp4"""

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Option

from agora_cli.commands._channel.send import send
from agora_cli.errors import UsageError
from agora_cli.native.codec import codec_name
from agora_cli.options.channel import SendChannelOptions
from agora_cli.options.encoder import EncoderOptions
from agora_cli.options.output import OutputOptions
from agora_cli.options.source import DecryptionKey, ExcerptOptions, InputFile, PaceOptions, chosen_input, decryption_key
from agora_cli.options.values import bitrate_bps, speed_factor
from agora_cli.sources.base import Source
from agora_cli.terminal.interrupts import cut_short, stoppable

if TYPE_CHECKING:
    from agora_cli.sources.container.tracks import WantedTracks


def run(
    *,
    file: InputFile = "",
    video_file: Annotated[str, Option("--videoFile", help="MP4, MOV or MKV, or - for stdin.", metavar="FILE")] = "",
    test_pattern: Annotated[bool, Option("--testPattern", help="Send a test picture and a tone, no file.")] = False,
    video_only: Annotated[bool, Option("--videoOnly", help="Without the sound.")] = False,
    audio_only: Annotated[bool, Option("--audioOnly", help="Without the picture.")] = False,
    track: Annotated[
        list[int] | None, Option("--track", help="Which track, as inspect numbers them; repeatable.", metavar="N")
    ] = None,
    audio_codec: Annotated[
        Literal["pcm", "copy"], Option("--audioCodec", help="copy: the sound's own packets, not decoded.")
    ] = "pcm",
    key: DecryptionKey = "",
    transcode: Annotated[bool, Option("--transcode", help="Encode the picture again, without B-frames.")] = False,
    codec: Annotated[str, Option("--codec", help="What to send: h264, vp8, vp9 or av1.", metavar="CODEC")] = "",
    bitrate: Annotated[
        str,
        Option("--bitrate", rich_help_panel="Encoder", help="Of a picture encoded again: 800k, 2M.", metavar="RATE"),
    ] = "",
    gop: Annotated[
        int | None,
        Option("--gop", rich_help_panel="Encoder", help="Pictures from keyframe to keyframe.", metavar="N", min=1),
    ] = None,
    preset: Annotated[
        str, Option("--preset", rich_help_panel="Encoder", help="The encoder's own word or number.", metavar="NAME")
    ] = "",
    channel: SendChannelOptions,
    excerpt: ExcerptOptions,
    pace: PaceOptions,
    output: OutputOptions,
) -> int:
    """Send picture and sound of a file, in sync, exactly as they were encoded.

    \b
    Examples:
      agora send-mp4 -c demo --testPattern --duration 10s
      agora send-mp4 -c demo film.mp4
      agora send-mp4 -c demo film.mkv --loop inf --start 90s
      agora send-mp4 -c demo film.mov --transcode --bitrate 2M
      agora send-mp4 film.mp4 --dryRun --speed 0

    H264, VP8, VP9 and AV1 pass through; H265 and everything else is encoded again as H264, and a line on stderr
    says so. Sound is decoded to PCM. --start goes back to the keyframe at or before it.
    """
    from agora_cli.sources.container.plan import ContainerOptions, Transcode
    from agora_cli.sources.container.source import open_container
    from agora_cli.sources.container.tracks import WantedTracks
    from agora_cli.sources.limited import limited

    if video_only and audio_only:
        raise UsageError("tracks", "--videoOnly and --audioOnly leave nothing to send")
    options = ContainerOptions(
        wanted=WantedTracks(not audio_only, not video_only, tuple(track or ()), decryption_key(key)),
        copy_sound=audio_codec == "copy",
        transcode=Transcode(
            codec=codec_name(codec) if codec else None,
            bitrate_bps=bitrate_bps(bitrate, "--bitrate") if bitrate else None,
            gop=gop,
            preset=preset,
        ),
        always_transcode=transcode,
    )
    chosen = chosen_input(file, video_file, "--videoFile", "--testPattern", test_pattern)
    length_s = excerpt.of_a_signal("--testPattern") if test_pattern else excerpt.length_s()
    encoder = EncoderOptions(codec or "h264", bitrate, gop, preset)
    with stoppable() as stop:
        with cut_short(stop):
            source = (
                _pattern(encoder, options.wanted, speed_factor(pace.speed))
                if test_pattern
                else open_container(chosen, options, excerpt.excerpt(), stop)
            )
        return send(limited(source, length_s), channel, pace, output.console(), stop)


def _pattern(encoder: EncoderOptions, wanted: "WantedTracks", speed: Fraction) -> Source:
    """Return the test picture, encoded, and the tone, as many of the two as are wanted."""
    from agora_cli.sources.generated import PatternSource, ToneSource
    from agora_cli.sources.joined import JoinedSource

    if not wanted.video:
        return ToneSource()
    picture = encoder.encoded(PatternSource(), "bt601", speed)
    return JoinedSource(picture, ToneSource()) if wanted.audio else picture
