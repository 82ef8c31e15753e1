"""The options of a VAD run, for every command that has one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Option

from agora_cli.errors import UsageError
from agora_cli.native.vad import Rules, VadConfig
from agora_cli.vad.voice.base import VoiceEngineName

if TYPE_CHECKING:
    from agora_cli.vad.analysis import Settings

# What can judge the sound of a channel: the engines, or the labels that Agora's network gives with each frame.
ChannelVoiceName = Literal["silero", "earshot", "ten", "sdk"]


@dataclass(frozen=True, slots=True)
class VadOptions:
    """Rule set, engine, and the parameters of AudioVadConfigV2 by its own names."""

    rules: Annotated[
        Rules | None,
        Option(
            "--rules",
            help="State machine: as documented, or as SDK 2.1 or 2.4 do it.  [default: 2.1; 2.4 with --vadEngine sdk]",
        ),
    ] = None
    vad_engine: Annotated[
        ChannelVoiceName,
        Option("--vadEngine", help="What tells the voice probability; sdk: Agora's network, in a channel of it."),
    ] = "silero"
    pre_start: Annotated[
        int,
        Option(
            "--preStartRecognizeCount",
            rich_help_panel="VAD parameters",
            help="Pre-roll, in frames of 10 ms.",
            metavar="N",
        ),
    ] = 16
    start_count: Annotated[
        int,
        Option(
            "--startRecognizeCount",
            rich_help_panel="VAD parameters",
            help="Frames that a start is judged by.",
            metavar="N",
        ),
    ] = 30
    stop_count: Annotated[
        int,
        Option(
            "--stopRecognizeCount",
            rich_help_panel="VAD parameters",
            help="Frames that a stop is judged by.",
            metavar="N",
        ),
    ] = 50
    active_percent: Annotated[
        float,
        Option(
            "--activePercent",
            rich_help_panel="VAD parameters",
            help="Share of active frames that starts: above 0, at most 1.",
            metavar="X",
        ),
    ] = 0.7
    inactive_percent: Annotated[
        float,
        Option(
            "--inactivePercent",
            rich_help_panel="VAD parameters",
            help="Share of inactive frames that stops: above 0, at most 1.",
            metavar="X",
        ),
    ] = 0.5
    start_prob: Annotated[
        int,
        Option(
            "--startVoiceProb",
            rich_help_panel="VAD parameters",
            help="Probability (0-100) above which silence ends.",
            metavar="P",
        ),
    ] = 70
    stop_prob: Annotated[
        int,
        Option(
            "--stopVoiceProb",
            rich_help_panel="VAD parameters",
            help="Probability (0-100) above which speech goes on.",
            metavar="P",
        ),
    ] = 70
    start_rms: Annotated[
        int,
        Option(
            "--startRmsThreshold",
            rich_help_panel="VAD parameters",
            help="Loudness for a start, -100 to 0.",
            metavar="DB",
        ),
    ] = -50
    stop_rms: Annotated[
        int,
        Option(
            "--stopRmsThreshold", rich_help_panel="VAD parameters", help="Loudness to go on, -100 to 0.", metavar="DB"
        ),
    ] = -50
    adaptive: Annotated[
        bool,
        Option(
            "--adaptiveRmsThreshold/--fixedRmsThreshold",
            rich_help_panel="VAD parameters",
            help="Rule set 2.4: learn the threshold from speech.",
        ),
    ] = True
    adaptive_factor: Annotated[
        float,
        Option(
            "--adaptiveRmsFactor",
            rich_help_panel="VAD parameters",
            help="Rule set 2.4: share of the learnt loudness.",
            metavar="X",
        ),
    ] = 0.67

    def settings(self, causal: bool) -> "Settings":
        """Return the checked settings. Raises UsageError that names the parameter out of range."""
        from agora_cli.vad.analysis import Settings

        config = VadConfig(
            self.pre_start,
            self.start_count,
            self.stop_count,
            self.active_percent,
            self.inactive_percent,
            self.start_prob,
            self.stop_prob,
            self.start_rms,
            self.stop_rms,
            self.adaptive,
            self.adaptive_factor,
        )
        rules: Rules = "2.4" if self.vad_engine == "sdk" else "2.1"
        return Settings(self.rules or rules, config, causal)

    def file_engine(self) -> VoiceEngineName:
        """Return what judges a recording. Raises UsageError for `sdk`: a recording carries no labels."""
        if self.vad_engine == "sdk":
            raise UsageError(
                "vad-engine",
                "--vadEngine sdk judges by what Agora's network says of each frame: a recording carries none",
                hint="--channelId demo --engine sdk, or --replay DIR for a dump that the SDK wrote",
            )
        return self.vad_engine
