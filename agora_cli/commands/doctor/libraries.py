"""Checks of what was installed: our native core, PyAV's codecs, the voice model."""

from collections.abc import Callable, Sequence

from agora_cli.commands.doctor.check import Check, ok, problem, warning

REINSTALL = "install the package again: pip install --force-reinstall agora-media-cli"
# What commands cannot do without, then what only some modes use: (PyAV's name, what it is for).
NEEDED_CODECS = (
    ("libx264", "w", "sending pictures as H264"),
    ("h264", "r", "reading H264"),
    ("libopus", "w", "recording Ogg"),
    ("aac", "r", "reading MP4 sound"),
    ("mjpeg", "r", "reading JPEG"),
)
OTHER_CODECS = (
    ("libvpx", "w", "sending VP8"),
    ("libvpx-vp9", "w", "sending VP9"),
    ("libsvtav1", "w", "sending AV1"),
    ("hevc", "r", "reading H265"),
    ("mp3", "r", "reading MP3"),
    ("vp8", "r", "reading VP8"),
    ("vp9", "r", "reading VP9"),
    ("libdav1d", "r", "reading AV1"),
)
# No model takes digital silence for speech; one that does was loaded wrongly.
SILENCE_MAX = 0.5


def check_core(self_test: Callable[[], Sequence[str]], functions: Callable[[], Sequence[str]]) -> Check:
    """Tell whether the native core gives known answers; `self_test` names those of its functions that do not."""
    wrong = self_test()
    if wrong:
        return problem("native core", f"wrong answers from {', '.join(wrong)}", REINSTALL)
    return ok("native core", f"{len(functions())} functions, known answers from all")


def check_codecs(has: Callable[[str, str], bool], version: Callable[[], str]) -> Check:
    """Tell which codecs PyAV lacks; `has(name, "r" or "w")` tells whether it has a decoder or encoder."""
    missing = [f"{name} ({purpose})" for name, mode, purpose in NEEDED_CODECS if not has(name, mode)]
    fix = "use the wheels of PyAV from PyPI: pip install --force-reinstall --only-binary av av"
    if missing:
        return problem("codecs", f"PyAV {version()} lacks {', '.join(missing)}", fix)
    missing = [f"{name} ({purpose})" for name, mode, purpose in OTHER_CODECS if not has(name, mode)]
    if missing:
        return warning("codecs", f"PyAV {version()} lacks {', '.join(missing)}", fix)
    return ok("codecs", f"PyAV {version()}, all {len(NEEDED_CODECS) + len(OTHER_CODECS)} that are used")


def check_voice(silence: Callable[[], float]) -> Check:
    """Tell whether the voice model runs; `silence` loads it and returns its probability of speech in silence."""
    probability = silence()
    if not 0 <= probability < SILENCE_MAX:
        return problem("voice model", f"silero takes silence for speech: probability {probability:.3f}", REINSTALL)
    return ok("voice model", f"silero runs, silence is speech with probability {probability:.3f}")


def has_codec(name: str, mode: str) -> bool:
    """Tell whether PyAV has an encoder (`w`) or decoder (`r`) of that name. Raises ImportError without PyAV."""
    import av

    try:
        av.Codec(name, "w" if mode == "w" else "r")
    except (ValueError, av.FFmpegError):
        return False
    return True


def pyav_version() -> str:
    """Return PyAV's version. Raises ImportError without PyAV."""
    import av

    return str(av.__version__)
