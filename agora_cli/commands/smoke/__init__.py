"""agora smoke"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Option

from agora_cli.errors import Exit, UsageError
from agora_cli.frames import MICROSECONDS
from agora_cli.options.channel import MediaChannelOptions
from agora_cli.options.encoder import EncoderOptions, frame_rate
from agora_cli.options.output import OutputOptions
from agora_cli.options.values import duration_s
from agora_cli.terminal.console import Console

if TYPE_CHECKING:
    from agora_cli.media.probe.signal import ProbeSignal

MAX_LENGTH_S = 3600


def run(
    channel: MediaChannelOptions,
    output: OutputOptions,
    preset: Annotated[
        Literal["voice", "video", "avatar"],
        Option("--preset", help="What is sent and expected: sound, picture, or both in sync; messages always."),
    ] = "avatar",
    expect: Annotated[
        list[str] | None,
        Option("--expect", help="Exit 6 unless it holds; replaces the preset's own.", metavar="FIGURE<N"),
    ] = None,
    duration: Annotated[str, Option("--duration", help="How long to send.", metavar="TIME")] = "5s",
    side: Annotated[
        Literal["both", "sender", "receiver"],
        Option("--side", help="Be one side only, the other is elsewhere."),
    ] = "both",
    against: Annotated[
        str, Option("--against", help="Measure our own signal as this user echoes it.", metavar="USER")
    ] = "",
    codec: Annotated[str, Option("--codec", help="h264, vp8, vp9, av1 or raw.", metavar="CODEC")] = "h264",
    bitrate: Annotated[str, Option("--bitrate", help="Of the picture, 100k and above.", metavar="RATE")] = "",
    width: Annotated[int, Option("--width", help="Of the picture, even, 64 or more.")] = 320,
    height: Annotated[int, Option("--height", help="Of the picture, even, 36 or more.")] = 180,
    fps: Annotated[str, Option("--fps", help="Pictures a second.", metavar="RATE")] = "15",
    channels: Annotated[int, Option("--numOfChannels", help="1 or 2 channels of sound.")] = 2,
    junit: Annotated[Path | None, Option("--junit", rich_help_panel="Output", help="Write JUnit XML.")] = None,
    html: Annotated[Path | None, Option("--html", rich_help_panel="Output", help="Write a page with plots.")] = None,
    self_test: Annotated[
        bool, Option("--selfTest", help="Measure known faults without a channel, and print both.")
    ] = False,
) -> int:
    """Send a known signal through a channel, and measure what comes out.

    \b
    Examples:
      agora smoke --channelId ci
      agora smoke -c ci --preset voice --expect 'latency.p95<80ms'
      agora smoke -c ci --impair loss=5% --html smoke.html --junit smoke.xml
      agora smoke -c ci --side receiver --json (--side sender elsewhere)
      agora smoke --selfTest

    Two participants join and send to each other; exit 6 names what is not as expected, and why that may be.
    Figures: first, latency, loss, duplicates, reordered, outage, jitter, drift (millionths), strangers (media
    of another user), unknown; level, silence, snr, swapped of sound; fps, freezes, frozenSeconds, psnr, ssim,
    colorError, scale, keyframe of picture; av.offset, av.soundLate, and the shares outside ITU-R BT.1359's
    windows av.noticed and av.unacceptable; messages.loss, messages.roundTrip. --json shows them all.
    """
    from agora_cli.commands.smoke.presets import expectations

    console = output.console()
    if self_test:
        return _self_test(console)
    if side != "both" and against:
        raise UsageError("smoke-sides", "--against needs --side both: it sends and measures")
    signal = _signal(preset, duration, width, height, fps, channels)
    expected = expectations(preset, expect or [], receives_only=side == "receiver")
    encoder = EncoderOptions(codec=codec, bitrate=bitrate)
    encoder.check()
    from agora_cli.commands.smoke.report import check_writable
    from agora_cli.commands.smoke.trial import Trial
    from agora_cli.commands.smoke.verdict import tell
    from agora_cli.terminal.interrupts import stoppable

    reports = {path: kind for path, kind in ((junit, "junit"), (html, "html")) if path is not None}
    for path in reports:
        check_writable(path)
    with stoppable() as stop:
        trial = Trial(channel, signal, encoder, console, stop)
        found = trial.run(side, against)
    if stop.exit_code:
        return stop.exit_code
    return tell(trial, found, preset, expected, reports, console)


def _signal(preset: str, duration: str, width: int, height: int, fps: str, channels: int) -> "ProbeSignal":
    from agora_cli.media.probe.signal import ProbeSignal

    length_s = duration_s(duration, "--duration")
    if not 1 <= length_s <= MAX_LENGTH_S:
        raise UsageError("duration", f"--duration must be 1 s to {MAX_LENGTH_S} s, got {duration!r}")
    if channels not in (1, 2):
        raise UsageError("channels", f"--numOfChannels must be 1 or 2, got {channels}")
    if width < 64 or height < 36 or width % 2 or height % 2:
        raise UsageError("picture-size", f"a picture must be even and at least 64x36, got {width}x{height}")
    picture = preset != "voice"
    return ProbeSignal(
        0,
        int(length_s * MICROSECONDS),
        channels if preset != "video" else 0,
        width if picture else 0,
        height if picture else 0,
        frame_rate(fps),
    )


def _self_test(console: Console) -> int:
    from agora_cli.commands.smoke.synthetic import injections, measured

    table, document, failures = [], [], []
    for injection in injections():
        value = measured(injection)
        good = injection.holds(value)
        said = "not known" if value is None else f"{value:.4g}"
        table.append([injection.name, injection.figure, f"{injection.injected:.4g}", said, "ok" if good else "WRONG"])
        row = {"fault": injection.name, "figure": injection.figure, "injected": injection.injected, "measured": value}
        document.append(row | {"ok": good})
        if not good:
            failures.append(f"{injection.name}: {injection.figure} should be {injection.injected:g}, is {said}")
    if not console.json_output:
        console.table(["fault", "figure", "injected", "measured", ""], table)
    console.result({"ok": True, "selfTest": document}, f"{len(table) - len(failures)} of {len(table)} right", failures)
    return Exit.EXPECTATION if failures else Exit.OK
