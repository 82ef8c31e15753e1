"""The voice activity state machine: parameters by the SDK's names, frames in, states and reasons out."""

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from agora_cli.errors import UsageError
from agora_cli.native.ffi import check, ffi, lib

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Frames: TypeAlias = "npt.NDArray[np.void]"
Steps: TypeAlias = "npt.NDArray[np.void]"

Rules = Literal["documented", "2.1", "2.4"]
RULES: tuple[Rules, ...] = get_args(Rules)
SILENT, START, SPEAKING, STOP = range(4)
MAX_COUNT = int(lib.AGORA_VAD_MAX_COUNT)

FRAME_FIELDS = ("far_field", "voice_prob", "rms", "pitch", "music_prob")
STEP_FIELDS = ("state", "active", "emit_frames", "counted", "window", "queued", "queue_size", "rms_threshold")


@dataclass(frozen=True, slots=True)
class VadConfig:
    """The parameters of AudioVadConfigV2 and their defaults; a field's camelCase name is the SDK's.

    Counts are frames of 10 ms, at most one minute of them; percents are shares above 0 and at most 1;
    probabilities are 0..100, thresholds -100..0 dB. The last two are read by rule set 2.4 only. Raises
    UsageError that names the parameter, its range and what was given.
    """

    pre_start_recognize_count: int = 16
    start_recognize_count: int = 30
    stop_recognize_count: int = 50
    active_percent: float = 0.7
    inactive_percent: float = 0.5
    start_voice_prob: int = 70
    stop_voice_prob: int = 70
    start_rms_threshold: int = -50
    stop_rms_threshold: int = -50
    adaptive_rms_threshold: bool = True
    adaptive_rms_factor: float = 0.67

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            open_ended = isinstance(low, float)  # a share of 0 would always be reached
            if not math.isfinite(value) or not (low < value if open_ended else low <= value) or value > high:
                wanted = f"above {low:g} and at most {high:g}" if open_ended else f"{low} to {high}"
                raise UsageError("vad-parameter", f"{sdk_name(name)} must be {wanted}, got {value:g}")


_RANGES: dict[str, tuple[float, float]] = {
    "pre_start_recognize_count": (0, MAX_COUNT),
    "start_recognize_count": (1, MAX_COUNT),
    "stop_recognize_count": (1, MAX_COUNT),
    "active_percent": (0.0, 1),
    "inactive_percent": (0.0, 1),
    "start_voice_prob": (0, 100),
    "stop_voice_prob": (0, 100),
    "start_rms_threshold": (-100, 0),
    "stop_rms_threshold": (-100, 0),
    "adaptive_rms_factor": (0.0, 10),
}


def sdk_name(field: str) -> str:
    """Return a parameter's name as the SDK spells it: startVoiceProb for start_voice_prob."""
    head, *tail = field.split("_")
    return head + "".join(word.capitalize() for word in tail)


def frame_dtype() -> "np.dtype[np.void]":
    """Return the record of one 10 ms frame: far_field, voice_prob, rms, pitch, music_prob, all int32."""
    import numpy as np

    return np.dtype([(name, np.int32) for name in FRAME_FIELDS])


def step_dtype() -> "np.dtype[np.void]":
    """Return the record of one decision, all int32.

    state is 0 silent, 1 start, 2 speaking, 3 stop; active 0 or 1; emit_frames how many of the newest frames
    are emitted; counted the active frames (while silent) or inactive ones (while speaking) among the newest
    `window`; queued of queue_size the fill before a transition empties it; rms_threshold what rms was
    compared with.
    """
    import numpy as np

    return np.dtype([(name, np.int32) for name in STEP_FIELDS])


class VadMachine:
    """One stream's state machine (vad.c has the rules in prose and as tables)."""

    def __init__(self, rules: Rules, config: VadConfig) -> None:
        self._state = ffi.new("agora_vad *")
        values: dict[str, Any] = {field.name: getattr(config, field.name) for field in fields(config)}
        check(lib.agora_vad_init(self._state, RULES.index(rules), ffi.new("agora_vad_config *", values)))

    def run(self, frames: Frames) -> Steps:
        """Judge the next frames of the stream: an array of frame_dtype() gives one of step_dtype(), as long.

        The machine remembers: frames may come one by one or by the hour, the decisions are the same.
        """
        import numpy as np

        frames = np.ascontiguousarray(frames, frame_dtype())
        steps = np.empty(len(frames), step_dtype())
        if len(frames):
            lib.agora_vad_run(
                self._state,
                ffi.from_buffer("agora_vad_frame[]", frames.view(np.uint8)),
                len(frames),
                ffi.from_buffer("agora_vad_step[]", steps.view(np.uint8), require_writable=True),
            )
        return steps
