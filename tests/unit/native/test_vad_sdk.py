"""native/vad.c against the SDK's own classes: states and emitted bytes of 1,000 random configurations."""

import ast
import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agora_cli.native.vad import Rules, VadConfig, VadMachine, frame_dtype
from tests.sdk_sources import source, voice_detection

FRAMES = 2_000
CONFIGS = 1_000
BATCH = 250
EDGE_SHARES = (0.01, 0.5, 0.7, 0.98, 0.99, 1.0)


def random_config(rng: random.Random) -> VadConfig:
    """Return a configuration anywhere in the documented ranges, its edges more often than chance has it."""

    def share() -> float:
        return rng.choice(EDGE_SHARES) if rng.random() < 0.3 else rng.uniform(0.001, 1)

    return VadConfig(
        pre_start_recognize_count=rng.choice((0, 1, 16, rng.randint(0, 60))),
        start_recognize_count=rng.choice((1, 2, 30, rng.randint(1, 60))),
        stop_recognize_count=rng.choice((1, 2, 50, rng.randint(1, 80))),
        active_percent=share(),
        inactive_percent=share(),
        start_voice_prob=rng.choice((0, 70, 100, rng.randint(0, 100))),
        stop_voice_prob=rng.choice((0, 70, 100, rng.randint(0, 100))),
        start_rms_threshold=rng.choice((-100, -50, 0, rng.randint(-100, 0))),
        stop_rms_threshold=rng.choice((-100, -50, 0, rng.randint(-100, 0))),
        adaptive_rms_threshold=rng.random() < 0.7,
        adaptive_rms_factor=rng.choice((0.67, rng.uniform(0.1, 1.5))),
    )


def random_frames(rng: random.Random, flags: bool) -> list[Any]:
    """Return turns of speech and pauses of 1 to 150 frames, with stray frames of the other kind in them."""
    frames: list[Any] = []
    while len(frames) < FRAMES:
        speech, stray = rng.random() < 0.5, rng.choice((0.0, 0.05, 0.3))
        loud, quiet = rng.randint(60, 120), rng.randint(0, 80)
        for _ in range(rng.randint(1, 150)):
            voiced = speech != (rng.random() < stray)
            prob = int(voiced) if flags else rng.randint(60, 100) if voiced else rng.randint(0, 75)
            rms = max(0, min(127, (loud if voiced else quiet) + rng.randint(-8, 8)))
            number = len(frames)
            frames.append(
                SimpleNamespace(
                    buffer=bytearray(number.to_bytes(3, "little") * rng.randint(1, 3)),
                    voice_prob=prob,
                    rms=rms,
                    far_field_flag=int(rng.random() > 0.03),
                )
            )
    return frames[:FRAMES]


def sdk_machine(version: str, config: VadConfig) -> Any:
    """Return the SDK's AudioVadV2 with every threshold set, also those its constructor has no parameter for."""
    module = voice_detection(version)
    theirs = module.AudioVadConfigV2(
        config.pre_start_recognize_count,
        config.start_recognize_count,
        config.stop_recognize_count,
        config.active_percent,
        config.inactive_percent,
        config.start_voice_prob,
        config.stop_voice_prob,
        config.start_rms_threshold,
    )
    theirs.stop_rms = config.stop_rms_threshold
    theirs.enable_adaptive_rms_threshold = config.adaptive_rms_threshold
    theirs.adaptive_rms_threshold_factor = config.adaptive_rms_factor
    return module.AudioVadV2(theirs)


def differences(rules: Rules, version: str, seed: int) -> int:
    """Return on how many frames of one random run state or emitted bytes differ."""
    rng = random.Random(seed)
    config, frames = random_config(rng), random_frames(rng, flags=rules == "2.4")
    records = np.array([(f.far_field_flag, f.voice_prob, f.rms, 0, 0) for f in frames], frame_dtype())
    steps = VadMachine(rules, config).run(records)
    theirs = sdk_machine(version, config)
    differing = 0
    for i, (state, emitted) in enumerate(zip(steps["state"].tolist(), steps["emit_frames"].tolist(), strict=True)):
        ours = b"".join(frame.buffer for frame in frames[i - emitted + 1 : i + 1])
        differing += theirs.process(frames[i]) != (state, ours)
    return differing


@pytest.mark.timeout(300)
@pytest.mark.parametrize("batch", range(CONFIGS // BATCH))
@pytest.mark.parametrize(("rules", "version"), [("2.1", "2.3.4"), ("2.4", "2.4.10")])
def test_no_difference_to_the_sdk(rules: Rules, version: str, batch: int) -> None:
    seeds = range(batch * BATCH, (batch + 1) * BATCH)
    assert sum(differences(rules, version, seed) for seed in seeds) == 0


def test_the_oldest_and_the_newest_of_the_2_1_family_differ_in_prints_only() -> None:
    def without_prints(version: str) -> str:
        tree = ast.parse(source(version))
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                node.body = [line for line in body if not ast.unparse(line).startswith("print(")]  # type: ignore[attr-defined]
        return ast.dump(tree)

    assert without_prints("2.1.1") == without_prints("2.3.4")


def test_the_comparison_bites() -> None:
    wrong = [seed for seed in range(20) if differences("documented", "2.3.4", seed)]
    assert len(wrong) > 10
