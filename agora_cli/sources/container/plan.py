"""How a container's tracks will be sent: passed through, decoded or encoded again, and why."""

from dataclasses import dataclass
from fractions import Fraction

from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from agora_cli.errors import InputError, UsageError
from agora_cli.frames import AudioCodec, ColorSpace, VideoCodec
from agora_cli.media.encode import EncoderSettings, available_encoders, default_bitrate_bps, default_gop
from agora_cli.native.codec import ChannelCodec, Choice, choose, sendable
from agora_cli.sources.base import AudioInfo, VideoInfo
from agora_cli.sources.container.sampling import PLAIN, sampling_of
from agora_cli.sources.container.tracks import Tracks, WantedTracks
from agora_cli.sources.pcm import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ

# What FFmpeg calls the codecs of channels.
CHANNEL_NAMES: dict[str, VideoCodec] = {"h264": "h264", "hevc": "h265", "vp8": "vp8", "vp9": "vp9", "av1": "av1"}
# What FFmpeg calls the codecs that channels carry.
COPIED: dict[str, AudioCodec] = {
    "opus": "opus",
    "aac": "aac",
    "adpcm_g722": "g722",
    "pcm_alaw": "pcma",
    "pcm_mulaw": "pcmu",
}
# FFmpeg's numbers of colour matrices (ITU-T H.273 table 4).
COLOR_SPACES: dict[int, ColorSpace] = {1: "bt709", 5: "bt601", 6: "bt601", 9: "bt2020"}
DEFAULT_RATE = Fraction(25)
MAX_RATE = 1000
# The mean and the guessed rate of a track with a constant one differ by less: its ends are rounded.
CONSTANT_WITHIN = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Transcode:
    """How to encode again; what is None or "" is chosen to suit the picture and the channel."""

    codec: ChannelCodec | None = None
    bitrate_bps: int | None = None
    gop: int | None = None
    preset: str = ""

    @property
    def said(self) -> bool:
        """Tell whether anything was asked for that only an encoder can do."""
        return bool(self.bitrate_bps or self.gop or self.preset)


@dataclass(frozen=True, slots=True)
class ContainerOptions:
    """What to send of a container, and how. `transcode` says how where it is needed, or always."""

    wanted: WantedTracks = WantedTracks()
    copy_sound: bool = False
    transcode: Transcode = Transcode()
    always_transcode: bool = False


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """What comes out of a container: `encoder` is None where the picture passes through."""

    video: VideoInfo | None
    encoder: EncoderSettings | None
    audio: AudioInfo | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def plan_container(tracks: Tracks, options: ContainerOptions) -> ContainerPlan:
    """Decide for each track. Raises InputError for what cannot be decoded, UnavailableError without an encoder."""
    name = tracks.name
    video: VideoInfo | None = None
    encoder: EncoderSettings | None = None
    audio: AudioInfo | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    if tracks.video is not None:
        video, encoder, choice = _plan_video(tracks.video, options, name)
        if encoder is not None:
            source = tracks.video.codec_context.codec.canonical_name
            made = f"{encoder.codec} at {encoder.bitrate_bps // 1000} kb/s from {source}"
            notes = (f"picture: {made}" + ("" if options.always_transcode else f": {choice.reason}"),)
        warnings = _picture_warnings(tracks.video, name, passes=encoder is None)
    if tracks.audio is not None:
        if tracks.audio.codec_context is None:
            raise InputError("unknown-codec", f"{name}: the sound is in a codec that nothing here decodes")
        if options.copy_sound:
            audio = copied_format(tracks.audio, name)
        else:
            audio, sound_notes = pcm_format(tracks.audio)
            notes += sound_notes
    return ContainerPlan(video, encoder, audio, notes, warnings)


def _picture_warnings(stream: VideoStream, name: str, *, passes: bool) -> tuple[str, ...]:
    """Return what receivers may not show as it is meant."""
    warnings = []
    if passes and stream.codec_context.has_b_frames:
        warnings.append(f"{name}: has B-frames, which real-time receivers may not reorder; --transcode sends none")
    sampling = sampling_of(stream)
    if passes and sampling:
        warnings.append(f"{name}: {sampling}, which many receivers cannot show; --transcode sends {PLAIN}")
    elif "HDR" in sampling:
        warnings.append(f"{name}: {sampling} is not tone-mapped: encoded again it looks pale")
    return tuple(warnings)


def nominal_rate(stream: VideoStream) -> Fraction | None:
    """Return the pictures a second as the container says or FFmpeg guesses, None when not even that."""
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate is not None and 0 < rate <= MAX_RATE:
            return Fraction(rate)
    return None


def encoder_settings(stream: VideoStream, codec: ChannelCodec, wanted: Transcode) -> EncoderSettings:
    """Return the settings for a track; an odd side loses its last column or line. Raises UsageError."""
    rate = nominal_rate(stream) or DEFAULT_RATE
    width, height = max(2, stream.codec_context.width & ~1), max(2, stream.codec_context.height & ~1)
    return EncoderSettings(
        codec=codec,
        width=width,
        height=height,
        frame_rate=rate,
        bitrate_bps=wanted.bitrate_bps or default_bitrate_bps(width, height, rate),
        gop=wanted.gop or default_gop(rate),
        preset=wanted.preset,
        color_space=COLOR_SPACES.get(stream.codec_context.colorspace, "unspecified"),
    )


def constant_rate(stream: VideoStream) -> Fraction | None:
    """Return the pictures a second, or None when they come at varying distances."""
    mean, base = stream.average_rate, stream.base_rate
    if not mean or not base:
        return nominal_rate(stream)
    # The base rate is the lowest of which all distances are multiples; fields double it.
    constant = any(abs(mean * fields / base - 1) <= CONSTANT_WITHIN for fields in (1, 2))
    return nominal_rate(stream) if constant else None


def choose_codec(stream: VideoStream, options: ContainerOptions) -> Choice:
    """Return which codec travels for a track, and what has to be done for that."""
    context = stream.codec_context
    encoded = CHANNEL_NAMES.get(context.codec.canonical_name, "other")
    return choose(
        options.transcode.codec or ("h264" if options.always_transcode else encoded),
        "send",
        context.width,
        context.height,
        encoded=None if options.always_transcode else encoded,
        encoders=available_encoders(),
    )


def _plan_video(
    stream: VideoStream, options: ContainerOptions, name: str
) -> tuple[VideoInfo, EncoderSettings | None, Choice]:
    context = stream.codec_context
    if context is None:
        raise InputError("unknown-codec", f"{name}: the picture is in a codec that nothing here decodes")
    if not context.width or not context.height:
        raise InputError("malformed-media", f"{name}: the size of its picture is not known")
    choice = choose_codec(stream, options)
    codec = sendable(choice, context.codec.canonical_name, available_encoders())
    rate = constant_rate(stream)
    if choice.action == "pass":
        if options.transcode.said:
            raise UsageError("transcode", "--bitrate, --gop and --preset need --transcode: the picture passes through")
        bitrate_bps = context.bit_rate or 0
        return VideoInfo(context.width, context.height, codec, None, rate, bitrate_bps), None, choice
    settings = encoder_settings(stream, codec, options.transcode)
    info = VideoInfo(settings.width, settings.height, codec, None, settings.frame_rate, settings.bitrate_bps)
    return info, settings, choice


def pcm_format(stream: AudioStream) -> tuple[AudioInfo, tuple[str, ...]]:
    """Return the PCM that a track becomes, and notes on what had to be changed for that."""
    rate_hz, channels = stream.rate or 0, stream.channels
    notes = []
    if channels > MAX_CHANNELS:
        notes.append(f"sound: {channels} channels mixed down to {MAX_CHANNELS}")
        channels = MAX_CHANNELS
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        notes.append(f"sound: {rate_hz} Hz is outside 8-48 kHz, resampled to {MAX_RATE_HZ} Hz")
        rate_hz = MAX_RATE_HZ
    return AudioInfo(rate_hz, channels), tuple(notes)


def copied_format(stream: AudioStream, name: str) -> AudioInfo:
    """Return what a track is when its packets are sent as they are. Raises InputError when no channel carries it."""
    codec = COPIED.get(stream.codec_context.codec.canonical_name)
    if codec is None:
        raise InputError(
            "audio-codec",
            f"{name}: no channel carries {stream.codec_context.codec.canonical_name} sound",
            hint="without --audioCodec copy it is decoded to PCM",
        )
    return AudioInfo(stream.rate or 0, stream.channels, codec)
