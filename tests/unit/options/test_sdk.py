"""sdk_options.py: options into parameters, and what is said before joining."""

from pathlib import Path
from typing import Any

import pytest

from agora_cli.commands._channel.join import sdk_dir
from agora_cli.engines.sdk.parameters import SdkParameters, read_parameters
from agora_cli.errors import UsageError
from agora_cli.options.groups import as_command
from agora_cli.options.sdk import AI_SERVER_WARNING, SdkOptions, SdkReceiveOptions, SdkSendOptions


def parse(*arguments: str) -> SdkSendOptions:
    """Return the options of a sender that a command line gives, through Typer as in a command."""
    taken: list[SdkSendOptions] = []

    def run(options: SdkSendOptions) -> int:
        taken.append(options)
        return 0

    as_command(run).main(args=list(arguments), standalone_mode=False)
    return taken[0]


def test_incremental_sending_needs_its_sound_beforehand() -> None:
    assert parse("--incremental", "2000:2").lead_us() == 2_000_000
    assert parse().lead_us() == 0


def test_nothing_asked_for_is_no_parameter() -> None:
    assert parse().parameters() == {}
    assert parse().warnings() == []


def test_every_option_is_a_parameter() -> None:
    options = parse(
        *("--scenario", "ai-server", "--profile", "iot", "--area", "eu", "--domainLimit", "--logFilter", "off"),
        *("--logFile", "x.log", "--apm", "ns", "--incremental", "2000:2", "--simulcast", "320x180@15:150k"),
        *("--sdkCodec", "vp9"),
        *("--channelProfile", "communication", "--logSize", "2048", "--dataDir", "d", "--configDir", "c"),
        *("--portRange", "40000-40100"),
        *("--reuseConnections", "--param", "a=1", "--param", "b=x=y"),
    )
    receiving = SdkReceiveOptions(receive_rate="16000", receive_channels="2", low_stream=True, muted_frames=True)
    assert options.parameters() | receiving.parameters() == {
        "scenario": "ai-server",
        "profile": "iot",
        "area": "eu",
        "domainLimit": "1",
        "logFilter": "off",
        "logFile": "x.log",
        "apm": "ns",
        "incremental": "2000:2",
        "simulcast": "320x180@15:150k",
        "sdkCodec": "vp9",
        "sampleRate": "16000",
        "numOfChannels": "2",
        "channelProfile": "communication",
        "logSize": "2048",
        "dataDir": "d",
        "configDir": "c",
        "portRange": "40000-40100",
        "lowStream": "1",
        "mutedFrames": "1",
        "reuseConnections": "1",
        "param.a": "1",
        "param.b": "x=y",
    }
    assert options.warnings() == [AI_SERVER_WARNING]
    assert read_parameters(options.parameters()).native == '{"a": 1, "b": "x=y"}'


def test_the_engine_knows_every_option_and_has_no_other_setting() -> None:
    fields = set(SdkParameters.__dataclass_fields__) - {"native", "volume_ms", "vad"}
    renamed = {"receive_rate": "sample_rate_hz", "receive_channels": "channels"}
    both = {**SdkSendOptions.__dataclass_fields__, **SdkReceiveOptions.__dataclass_fields__}
    given = {renamed.get(name, name) for name in both if name != "param"}
    assert fields == given
    assert set(SdkSendOptions.__dataclass_fields__) & set(SdkReceiveOptions.__dataclass_fields__) == set(
        SdkOptions.__dataclass_fields__
    )


@pytest.mark.parametrize(
    "bad",
    [{"param": ["x"]}, {"param": ["=1"]}, {"scenario": "loud"}, {"area": "x"}, {"apm": "x"}, {"sdk_codec": "h265"}],
)
def test_mistakes_are_found_before_joining(bad: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        SdkSendOptions(**bad).parameters()


def test_the_unpacked_sdk() -> None:
    assert sdk_dir({}) is None
    assert sdk_dir({"AGORA_SDK_DIR": ""}) is None
    assert sdk_dir({"AGORA_SDK_DIR": "/opt/sdk"}) == Path("/opt/sdk")
