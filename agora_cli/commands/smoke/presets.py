"""What is expected of a channel for each use, and in words why it may not be so."""

from collections.abc import Mapping
from typing import Any

from agora_cli.sinks.expectations import Expectation, parse
from agora_cli.sinks.probe.measure import PROBE_FIGURES

_SOUND = (
    "audio.first<2s",
    "audio.latency.p95<200ms",
    "audio.loss<1%",
    "audio.duplicates<1%",
    "audio.reordered<1%",
    "audio.outage<200ms",
    "audio.jitter<30ms",
    "audio.drift<5000",
    "audio.level>-26dB",
    "audio.silence<2%",
    "audio.snr>6dB",
    "audio.swapped<1%",
    "audio.strangers<1%",
    "audio.unknown<5%",
)
_PICTURE = (
    "video.first<3s",
    "video.latency.p95<400ms",
    "video.loss<1%",
    "video.duplicates<1%",
    "video.reordered<1%",
    "video.outage<500ms",
    "video.drift<5000",
    "video.frozenSeconds<1s",
    "video.psnr>25dB",
    "video.ssim>0.8",
    "video.colorError<8",
    "video.scale>0.9",
    "video.strangers<1%",
    "video.unknown<5%",
    "video.keyframe<1.5s",
)
_MESSAGES = (
    "messages.loss<=0%",
    "messages.duplicates<=0%",
    "messages.reordered<=0%",
    "messages.roundTrip.p95<400ms",
)
PRESETS: dict[str, tuple[str, ...]] = {
    "voice": _SOUND + _MESSAGES,
    "video": _PICTURE + _MESSAGES,
    "avatar": (*_SOUND, *_PICTURE, "av.offset<45ms", "av.unacceptable<5%", *_MESSAGES),
}
# What a receiver alone cannot know.
_NEEDS_SENDER = ("messages.roundTrip.", "video.keyframe")

# A figure that fails, and what that mostly means; what stands first explains what stands below it.
_CAUSES: tuple[tuple[str, str], ...] = (
    ("strangers", "the media of two users are swapped: users are told apart wrongly"),
    ("swapped", "left and right are swapped: a converter interleaves the channels the wrong way round"),
    ("silence", "a silent track: the microphone is muted, or silence is put in where sound does not come"),
    ("outage", "the link was gone for a while: an outage, a reconnect, or a sender that stood still"),
    ("loss", "packets are lost on the way: a congested or bad network, or a receiver that does not keep up"),
    ("unknown", "what comes is not what was sent: damaged packets, a wrong decoder, or another sender's media"),
    ("frozenSeconds", "the picture stands still while the channel runs: a hung capture or encoder"),
    ("scale", "the picture was made smaller: the encoder or the network fell back to another size"),
    ("colorError", "the colours are wrong: chroma planes swapped, or another colour matrix or range"),
    ("drift", "the sender's clock runs faster or slower than ours: it paces by its own count, not by time"),
    ("offset", "sound and picture take ways of different length: one of them is buffered longer"),
    ("unacceptable", "sound and picture take ways of different length: one of them is buffered longer"),
    ("latency.p95", "the way is long or queues fill: distance, a jitter buffer, or a machine without time"),
    ("roundTrip.p95", "the way is long or queues fill: distance, a jitter buffer, or a machine without time"),
    ("first", "the start is slow: the first keyframe or the first packets came late"),
    ("jitter", "packets come unevenly: a shared network or a busy machine"),
    ("duplicates", "packets come twice: two paths, or a resend that was not needed"),
    ("reordered", "packets overtake each other: two paths, or queues by priority"),
    ("level", "the sound is quieter than it was sent: a gain on the way"),
    ("snr", "the sound is noisy: too low a bit rate, clipping, or another signal mixed in"),
    ("psnr", "the picture is coarse: too low a bit rate"),
    ("ssim", "the picture is coarse: too low a bit rate"),
    ("keyframe", "a request for a keyframe is not answered: late joiners will wait for a picture"),
)


def expectations(preset: str, own: list[str], *, receives_only: bool) -> list[Expectation]:
    """Return what a preset asks for, but what `own` says of the same figure. Raises UsageError that names a word."""
    asked = [parse(text, PROBE_FIGURES) for text in own]
    kept = [
        expectation
        for expectation in (parse(text, PROBE_FIGURES) for text in PRESETS[preset])
        if not any(f".{expectation.name}".endswith(f".{one.name}") for one in asked)
        and not (receives_only and expectation.name.startswith(_NEEDS_SENDER))
    ]
    return kept + asked


def known(expected: list[Expectation], users: Mapping[str, Mapping[str, Any]]) -> tuple[list[Expectation], list[str]]:
    """Return the expectations without those on latency where it cannot be known, and the names of the latter."""
    blind = {
        f"{kind}.latency."
        for figures in users.values()
        for kind in ("audio", "video")
        if kind in figures and figures[kind]["first"] is not None and figures[kind]["latency"]["max"] is None
    }
    left_out = [one.name for one in expected if one.name.startswith(tuple(blind))] if blind else []
    return [one for one in expected if one.name not in left_out], left_out


def causes(failures: list[str], users: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the likeliest causes of lines of failure, the first the one that explains most; at most three."""
    names = [line.split(":")[0] for line in failures]
    silent = [user for user, figures in users.items() if all(_nothing(figures, kind) for kind in ("audio", "video"))]
    if silent:
        return [f"no media of user {user} came: it sends nothing, or cannot be decrypted" for user in silent]
    found: list[str] = []
    for figure, cause in _CAUSES:
        hit = any(f".{name.split('<')[0].split('>')[0].strip()}".endswith(f".{figure}") for name in names)
        if hit and cause not in found:
            found.append(cause)
    return found[:3]


def _nothing(figures: Mapping[str, Any], kind: str) -> bool:
    return kind not in figures or figures[kind]["first"] is None
