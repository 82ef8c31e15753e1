"""agora send-pcm"""

from typing import Annotated

from typer import Option

from agora_cli.commands._channel.send import send
from agora_cli.errors import UsageError
from agora_cli.options.channel import SendChannelOptions
from agora_cli.options.output import OutputOptions
from agora_cli.options.source import ExcerptOptions, InputFile, PaceOptions, chosen_input
from agora_cli.sources.base import Source
from agora_cli.sources.pcm import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ
from agora_cli.terminal.interrupts import cut_short, stoppable


def run(
    *,
    file: InputFile = "",
    audio_file: Annotated[str, Option("--audioFile", help="Sound file, or - for stdin.", metavar="FILE")] = "",
    tone: Annotated[bool, Option("--tone", help="Send a tone of 440 Hz, no file.")] = False,
    sample_rate: Annotated[
        int | None, Option("--sampleRate", help="Of raw PCM, in Hz (8000-48000).", metavar="HZ")
    ] = None,
    channels: Annotated[int | None, Option("--numOfChannels", help="Of raw PCM: 1 or 2.", metavar="N")] = None,
    channel: SendChannelOptions,
    excerpt: ExcerptOptions,
    pace: PaceOptions,
    output: OutputOptions,
) -> int:
    """Send sound into a channel, exactly paced.

    \b
    Examples:
      agora send-pcm -c demo --tone --duration 5s
      agora send-pcm -c demo speech.wav
      agora send-pcm -c demo tone.pcm --sampleRate 16000
      arecord -f S16_LE -r 48000 | agora send-pcm -c demo -

    WAV, FLAC, OGG, MP3, AAC, AMR, AIFF, CAF, AU, W64 and the sound of MP4, MKV and MPEG-TS are recognised by
    content. Raw s16le PCM is what comes on stdin, is named .pcm, .raw, .sw or .s16le, or has its --sampleRate given.
    """
    from agora_cli.sources.generated import ToneSource
    from agora_cli.sources.limited import limited
    from agora_cli.sources.sound import RawPcm, open_audio

    if sample_rate is not None and not MIN_RATE_HZ <= sample_rate <= MAX_RATE_HZ:
        raise UsageError("sample-rate", f"--sampleRate must be {MIN_RATE_HZ} to {MAX_RATE_HZ}, got {sample_rate}")
    if channels is not None and not 1 <= channels <= MAX_CHANNELS:
        raise UsageError("channels", f"--numOfChannels must be 1 or {MAX_CHANNELS}, got {channels}")
    chosen = chosen_input(file, audio_file, "--audioFile", "--tone", tone)
    length_s = excerpt.of_a_signal("--tone") if tone else excerpt.length_s()
    with stoppable() as stop:
        with cut_short(stop):
            raw = RawPcm(sample_rate, channels)
            source: Source = ToneSource() if tone else open_audio(chosen, raw, excerpt.excerpt(), stop)
        return send(limited(source, length_s), channel, pace, output.console(), stop)
