"""The settings that only Agora's SDK has, read from ConnectionSpec.parameters.

Names are the SDK's own, in lower case with dashes: AUDIO_SCENARIO_AI_SERVER is `ai-server`. The numbers are
those of agora_base (areas and log levels of AgoraBase.h) and the same in all supported versions.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agora_cli.errors import UsageError

SCENARIOS = {
    "default": 0,
    "game-streaming": 3,
    "chatroom": 5,
    "chorus": 7,
    "meeting": 8,
    "ai-server": 9,
    "ai-client": 10,
}
PROFILES = {
    "default": 0,
    "speech-standard": 1,
    "music-standard": 2,
    "music-standard-stereo": 3,
    "music-high-quality": 4,
    "music-high-quality-stereo": 5,
    "iot": 6,
}
AREAS = {"cn": 0x1, "na": 0x2, "eu": 0x4, "as": 0x8, "jp": 0x10, "in": 0x20, "glob": 0xFFFFFFFF}
LOG_FILTERS = {"off": 0, "critical": 0x08, "error": 0x0C, "warn": 0x0E, "info": 0x0F, "debug": 0x80F}
APM_SWITCHES = frozenset({"ns", "ains", "aec", "agc", "bghvs", "dump"})
RECEIVED_RATES_HZ = (8000, 16000, 24000, 32000, 44100, 48000)
# Those of VideoCodecType (agora_base) that the SDK encodes itself; it decodes H265 only.
ENCODED_CODECS = {"vp8": 1, "h264": 2, "vp9": 5, "av1": 12}
CHANNEL_PROFILES = {"communication": 0, "live": 1}
PARAMETER_PREFIX = "param."


@dataclass(frozen=True, slots=True)
class Incremental:
    """Send the first `ms` milliseconds of each round of sound `speed` (2..5) times as fast as real time."""

    ms: int
    speed: int


@dataclass(frozen=True, slots=True)
class Simulcast:
    """The small stream beside the main one."""

    width: int
    height: int
    frame_rate: int
    bitrate_bps: int


@dataclass(frozen=True, slots=True)
class SdkParameters:
    """Checked settings of one connection; those of the service must agree among all connections of a process.

    `apm` None: audio processing off; a set of APM_SWITCHES: these on, all others off. `native` goes to the
    SDK as JSON parameters, one object. `volume_ms` 0: no volume indications. `sdk_codec` is what the SDK's own
    encoder makes of raw pictures. `vad` asks for labels and for the SDK's own VAD: its parameters as one JSON
    object, by their documented names.
    """

    scenario: int = 0
    profile: int = 0
    area: int = AREAS["glob"]
    domain_limit: bool = False
    log_filter: int | None = None
    log_file: str = ""
    apm: frozenset[str] | None = None
    incremental: Incremental | None = None
    simulcast: Simulcast | None = None
    sdk_codec: int = ENCODED_CODECS["h264"]
    channel_profile: int = CHANNEL_PROFILES["live"]
    log_size: int = 5120
    data_dir: str = ""
    config_dir: str = ""
    port_range: tuple[int, int] = (0, 0)
    low_stream: bool = False
    muted_frames: bool = False
    reuse_connections: bool = False
    sample_rate_hz: int = 48000
    channels: int = 1
    volume_ms: int = 500
    vad: str = ""
    native: str = ""

    @property
    def of_service(self) -> tuple[object, ...]:
        """Return the part that belongs to the one service of a process."""
        log = self.log_filter, self.log_file, self.log_size
        places = self.data_dir, self.config_dir
        return self.area, self.domain_limit, log, places, self.apm, self.channel_profile, self.muted_frames


def read_parameters(parameters: Mapping[str, str]) -> SdkParameters:
    """Return the checked settings. Raises UsageError for an unknown key or a value out of range."""
    known = {key: value for key, value in parameters.items() if not key.startswith(PARAMETER_PREFIX)}
    for key in known:
        if key not in _READERS:
            raise UsageError("sdk-parameter", f"the sdk engine has no parameter {key}")
    values = {_FIELDS.get(key, key): _READERS[key](key, value) for key, value in known.items()}
    native = {
        key.removeprefix(PARAMETER_PREFIX): _json_value(value)
        for key, value in parameters.items()
        if key.startswith(PARAMETER_PREFIX)
    }
    return SdkParameters(**values, native=json.dumps(native) if native else "")


def _choice(table: Mapping[str, int], key: str, value: str) -> int:
    if value not in table:
        raise UsageError("sdk-parameter", f"{key} must be one of {', '.join(table)}, got {value!r}")
    return table[value]


def _areas(key: str, value: str) -> int:
    bits = 0
    for name in value.split(","):
        bits |= _choice(AREAS, key, name.strip().lower())
    return bits


def _switch(key: str, value: str) -> bool:
    return bool(_choice({"0": 0, "1": 1, "false": 0, "true": 1, "off": 0, "on": 1}, key, value))


def _apm(key: str, value: str) -> frozenset[str] | None:
    if value == "off":
        return None
    # What APMConfig() switches on by itself.
    names = frozenset({"ns", "ains", "bghvs"}) if value == "on" else frozenset(value.split(","))
    if unknown := names - APM_SWITCHES:
        expected = f"on, off or some of {','.join(sorted(APM_SWITCHES))}"
        raise UsageError("sdk-parameter", f"{key} must be {expected}, got {', '.join(sorted(unknown))}")
    return names


def _incremental(key: str, value: str) -> Incremental:
    match = re.fullmatch(r"(\d{1,6}):([2-5])", value)
    if match is None or int(match[1]) == 0:
        raise UsageError("sdk-parameter", f"{key} must be MS:SPEED with a speed of 2 to 5, like 2000:2, got {value!r}")
    return Incremental(int(match[1]), int(match[2]))


def _simulcast(key: str, value: str) -> Simulcast:
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})@([1-9]\d{0,2}):([1-9]\d{0,5})k", value)
    if match is None:
        raise UsageError("sdk-parameter", f"{key} must be WxH@FPS:KBITk, like 320x180@15:150k, got {value!r}")
    return Simulcast(int(match[1]), int(match[2]), int(match[3]), int(match[4]) * 1000)


def _ports(key: str, value: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})-(\d{1,5})", value, re.ASCII)
    if match is None or not 1024 <= int(match[1]) <= int(match[2]) <= 65535:
        raise UsageError("sdk-parameter", f"{key} must be FROM-TO within 1024-65535, got {value!r}")
    return int(match[1]), int(match[2])


def _number(key: str, value: str, allowed: tuple[int, ...] | range) -> int:
    if not (value.isascii() and value.isdigit() and int(value) in allowed):
        some = f"{allowed.start} to {allowed.stop - 1}" if isinstance(allowed, range) else _list(allowed)
        raise UsageError("sdk-parameter", f"{key} must be {some}, got {value!r}")
    return int(value)


def _list(numbers: tuple[int, ...]) -> str:
    return f"one of {', '.join(map(str, numbers))}"


def _json_value(text: str) -> object:
    """Return `true`, `12` or `"x"` as JSON means them, any other text as itself."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


_READERS: dict[str, Callable[[str, str], Any]] = {
    "scenario": lambda key, value: _choice(SCENARIOS, key, value),
    "profile": lambda key, value: _choice(PROFILES, key, value),
    "area": _areas,
    "domainLimit": _switch,
    "logFilter": lambda key, value: _choice(LOG_FILTERS, key, value),
    "logFile": lambda key, value: value,
    "apm": _apm,
    "incremental": _incremental,
    "simulcast": _simulcast,
    "sdkCodec": lambda key, value: _choice(ENCODED_CODECS, key, value),
    "channelProfile": lambda key, value: _choice(CHANNEL_PROFILES, key, value),
    "logSize": lambda key, value: _number(key, value, range(64, 1_048_577)),
    "dataDir": lambda key, value: value,
    "configDir": lambda key, value: value,
    "portRange": _ports,
    "lowStream": _switch,
    "mutedFrames": _switch,
    "reuseConnections": _switch,
    "sampleRate": lambda key, value: _number(key, value, RECEIVED_RATES_HZ),
    "numOfChannels": lambda key, value: _number(key, value, (1, 2)),
    "vadConfig": lambda key, value: value,
    "volumeIndication": lambda key, value: _number(key, value, range(0, 60001)),
}
_FIELDS = {
    "domainLimit": "domain_limit",
    "logFilter": "log_filter",
    "logFile": "log_file",
    "sdkCodec": "sdk_codec",
    "channelProfile": "channel_profile",
    "logSize": "log_size",
    "dataDir": "data_dir",
    "configDir": "config_dir",
    "portRange": "port_range",
    "lowStream": "low_stream",
    "mutedFrames": "muted_frames",
    "reuseConnections": "reuse_connections",
    "sampleRate": "sample_rate_hz",
    "numOfChannels": "channels",
    "vadConfig": "vad",
    "volumeIndication": "volume_ms",
}
