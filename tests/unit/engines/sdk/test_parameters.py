"""engines/sdk/parameters.py: every key, and one line for every mistake."""

import json

import pytest

from agora_cli.engines.sdk.parameters import AREAS, Incremental, SdkParameters, Simulcast, read_parameters
from agora_cli.errors import UsageError


def test_nothing_asked_for() -> None:
    assert read_parameters({}) == SdkParameters()
    assert SdkParameters().scenario == 0  # not ai-server, the package's default


def test_every_key() -> None:
    assert read_parameters(
        {
            "scenario": "ai-server",
            "profile": "music-high-quality-stereo",
            "area": "eu, NA",
            "domainLimit": "true",
            "logFilter": "debug",
            "logFile": "/tmp/x.log",
            "apm": "aec,dump",
            "incremental": "2000:5",
            "simulcast": "320x180@15:150k",
            "sdkCodec": "av1",
            "channelProfile": "communication",
            "logSize": "2048",
            "dataDir": "d",
            "configDir": "c",
            "portRange": "40000-40100",
            "lowStream": "1",
            "mutedFrames": "1",
            "reuseConnections": "1",
            "sampleRate": "16000",
            "numOfChannels": "2",
            "volumeIndication": "0",
            "vadConfig": '{"stopRecognizeCount": 80}',
        }
    ) == SdkParameters(
        scenario=9,
        profile=5,
        area=6,
        domain_limit=True,
        log_filter=0x80F,
        log_file="/tmp/x.log",
        apm=frozenset({"aec", "dump"}),
        incremental=Incremental(2000, 5),
        simulcast=Simulcast(320, 180, 15, 150000),
        sdk_codec=12,
        channel_profile=0,
        log_size=2048,
        data_dir="d",
        config_dir="c",
        port_range=(40000, 40100),
        low_stream=True,
        muted_frames=True,
        reuse_connections=True,
        sample_rate_hz=16000,
        channels=2,
        volume_ms=0,
        vad='{"stopRecognizeCount": 80}',
    )


@pytest.mark.parametrize(("value", "switches"), [("off", None), ("on", {"ns", "ains", "bghvs"}), ("agc", {"agc"})])
def test_audio_processing(value: str, switches: set[str] | None) -> None:
    assert read_parameters({"apm": value}).apm == switches


def test_private_parameters_are_one_json_object() -> None:
    given = {"param.a.b": "true", "param.c": "1.5", "param.d": "text", "param.e": '"1"', "param.f": '{"g": [1]}'}
    native = read_parameters(given).native
    assert json.loads(native) == {"a.b": True, "c": 1.5, "d": "text", "e": "1", "f": {"g": [1]}}


def test_all_areas_are_one_bit_each() -> None:
    assert sum(bits for name, bits in AREAS.items() if name != "glob") == 0x3F


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("colour", "red"),
        ("scenario", "AI_SERVER"),
        ("profile", ""),
        ("area", "eu,mars"),
        ("domainLimit", "yes"),
        ("channelProfile", "game"),
        ("logSize", "63"),
        ("portRange", "40100-40000"),
        ("portRange", "80-90"),
        ("portRange", "40000"),
        ("logFilter", "loud"),
        ("apm", "on,ns"),
        ("incremental", "2000"),
        ("incremental", "2000:1"),
        ("incremental", "2000:6"),
        ("incremental", "0:2"),
        ("simulcast", "320x180"),
        ("simulcast", "0x180@15:150k"),
        ("sampleRate", "11025"),
        ("numOfChannels", "3"),
        ("volumeIndication", "-1"),
        ("volumeIndication", "\u0663"),
    ],
)
def test_a_mistake_names_its_key_and_value(key: str, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_parameters({key: value})
    assert key in caught.value.message
    assert caught.value.code == "sdk-parameter"


def test_what_belongs_to_the_service() -> None:
    base = read_parameters({})
    assert base.of_service == read_parameters({"scenario": "chorus", "param.x": "1"}).of_service
    for key, value in {"area": "eu", "domainLimit": "1", "logFilter": "off", "apm": "on", "logFile": "x"}.items():
        assert base.of_service != read_parameters({key: value}).of_service
