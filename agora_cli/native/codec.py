"""Which video codec travels in a channel, and what must be done to the input: the core's codec matrix."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, cast, get_args

from agora_cli.errors import UnavailableError, UsageError
from agora_cli.frames import VideoCodec
from agora_cli.native.ffi import check, ffi, lib

ChannelCodec = Literal["h264", "h265", "vp8", "vp9", "av1"]
Direction = Literal["send", "receive"]
Action = Literal["pass", "encode", "transcode", "refuse"]

CHANNEL_CODECS: tuple[ChannelCodec, ...] = get_args(ChannelCodec)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

_NUMBERS = {
    "h264": lib.AGORA_CODEC_H264,
    "h265": lib.AGORA_CODEC_H265,
    "vp8": lib.AGORA_CODEC_VP8,
    "vp9": lib.AGORA_CODEC_VP9,
    "av1": lib.AGORA_CODEC_AV1,
}
_NAMES = {number: cast(ChannelCodec, name) for name, number in _NUMBERS.items()}
_DIRECTIONS = {"send": lib.AGORA_SEND, "receive": lib.AGORA_RECEIVE}
_ACTIONS: dict[int, Action] = {
    lib.AGORA_PASS: "pass",
    lib.AGORA_ENCODE: "encode",
    lib.AGORA_TRANSCODE: "transcode",
    lib.AGORA_REFUSE: "refuse",
}
_OTHER_SPELLINGS: dict[str, ChannelCodec] = {"avc": "h264", "h.264": "h264", "hevc": "h265", "h.265": "h265"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What travels: `codec` is None when `action` is "refuse"; `reason` is one line for the user."""

    codec: ChannelCodec | None
    action: Action
    reason: str


def choose(
    requested: str,
    direction: Direction,
    width: int,
    height: int,
    *,
    encoded: str | None = None,
    encoders: Iterable[str] = CHANNEL_CODECS,
    carried: Iterable[str] = CHANNEL_CODECS,
) -> Choice:
    """Return which codec travels when `requested` is asked for, and what to do to get there.

    `encoded` names the codec of what is to be sent, None for raw pictures; it and `requested` may be any
    name at all: a codec that channels do not know is transcoded to H264. `width` and `height` are pixels, 0
    when not known. `encoders` is what this machine can encode, `carried` what the engine takes.
    """
    query = ffi.new("agora_codec_query *")
    query.requested = _number(requested)
    query.direction = _DIRECTIONS[direction]
    query.input = lib.AGORA_CODEC_NONE if encoded is None else _number(encoded)
    query.width, query.height = width, height
    query.encoders, query.carried = _set(encoders), _set(carried)
    answer = ffi.new("agora_codec_answer *")
    check(lib.agora_codec_choose(query, answer))
    reason = ffi.string(answer.reason).decode("ascii")
    return Choice(_NAMES.get(answer.codec), _ACTIONS[answer.action], reason)


def sendable(choice: Choice, requested: str, encoders: Iterable[str]) -> ChannelCodec:
    """Return the codec of a choice, or raise UnavailableError naming what this machine can encode."""
    if choice.codec is None:
        raise UnavailableError(
            "encoder-missing",
            f"cannot send {requested}: {choice.reason}",
            hint=f"encoders here: {' '.join(sorted(encoders)) or 'none'}",
        )
    return choice.codec


def codec_name(text: str, *also: str) -> ChannelCodec:
    """Return `text` as one of the matrix's codecs, in any case (also AVC, HEVC).

    Raises UsageError that suggests; `also` are other words that --codec takes, for that message.
    """
    name = text.lower()
    name = _OTHER_SPELLINGS.get(name, name)
    if name in CHANNEL_CODECS:
        return name
    near = get_close_matches(name, (*CHANNEL_CODECS, *_OTHER_SPELLINGS), n=2, cutoff=0.5)
    raise UsageError(
        "codec",
        f"--codec must be one of {', '.join((*CHANNEL_CODECS, *also))}, got {text!r}",
        hint=f"did you mean {' or '.join(near)}?" if near else None,
    )


def _number(codec: VideoCodec | str) -> int:
    return int(_NUMBERS.get(codec, lib.AGORA_CODEC_OTHER))


def _set(codecs: Iterable[str]) -> int:
    return sum({1 << _number(codec) for codec in codecs})
