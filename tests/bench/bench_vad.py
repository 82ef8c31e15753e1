"""VAD: speed beside the SDK's class and beside real time, and quality on labelled speech and on what is none."""

import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from agora_cli.errors import UnavailableError
from agora_cli.native.vad import VadConfig, VadMachine, frame_dtype
from agora_cli.native.vaddump import PERCENT_SCALE
from agora_cli.vad.analysis import Analysis, Settings
from agora_cli.vad.labels import Labels, read_labels
from agora_cli.vad.offline import analyse
from agora_cli.vad.outputs import write_dump
from agora_cli.vad.score import roc_auc, score
from agora_cli.vad.segments import segments_of
from agora_cli.vad.voice.base import VoiceModel
from agora_cli.vad.voice.open import open_voice_model
from tests import not_speech
from tests.bench.figures import alternating, spread, table, timed
from tests.sdk_sources import voice_detection

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "test_data" / "speech.wav"
LABELLED = ROOT.parent / "shared" / "conformance" / "vad"
HOUR = 360_000
MIXES = ("clean", "pink 10 dB", "white 5 dB", "babble 10 dB")
BABBLERS = 6


def main() -> None:
    """Print the tables."""
    machine()
    recordings()
    with tempfile.TemporaryDirectory() as scratch:
        replayed(Path(scratch))
    labelled()
    other_sounds()


def speech(seconds: int) -> Any:
    """Return our own speech file, repeated to a length, as 16 kHz samples."""
    with wave.open(str(SPEECH)) as file:
        once = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)
    return np.resize(once, seconds * 16_000)


def machine() -> None:
    """Compare vad.c with the SDK's own Python class on the same frames."""
    rng = random.Random(1)
    voiced = [bool(rng.getrandbits(1)) for _ in range(200) for _ in range(100)]
    heard = [SimpleNamespace(buffer=b"", voice_prob=100 * v, rms=80, far_field_flag=1) for v in voiced]
    records = np.array([(1, frame.voice_prob, 80, 0, 0) for frame in heard], frame_dtype())

    def theirs(version: str) -> None:
        module = voice_detection(version)
        made = module.AudioVadV2(module.AudioVadConfigV2(16, 30, 50, 0.7, 0.5, 70, 70, -50))
        for frame in heard:
            made.process(frame)

    rows = []
    for rules, version in (("2.1", "2.3.4"), ("2.4", "2.4.10")):
        try:
            voice_detection(version)
        except pytest.skip.Exception as reason:
            print(f"no SDK class to compare with: {reason}")
            return
        times = alternating(
            {
                "sdk": lambda version=version: theirs(version),
                "vad.c": lambda rules=rules: VadMachine(rules, VadConfig()).run(records),
            },
            5,
        )
        faster = [sdk / ours for sdk, ours in zip(times["sdk"], times["vad.c"], strict=True)]
        nanoseconds = [seconds / len(heard) * 1e9 for seconds in times["vad.c"]]
        rows.append([rules, f"voice_detection.py {version}", spread(faster, "x", 0), spread(nanoseconds, "ns", 1)])
    table(["rules", "peer", "vad.c is faster", "a frame"], rows)


def recordings() -> None:
    """Time the whole path of a recording: probability, rms, pitch, machine, dump."""
    seconds = 120
    samples = speech(seconds)
    rows = []
    for name, asked in (("silero", "60 x"), ("earshot", "")):
        try:
            model = open_voice_model(name)
        except UnavailableError as missing:
            print(missing.message)
            continue

        def path(model: VoiceModel = model) -> None:
            with tempfile.TemporaryDirectory() as folder:
                analysis = analyse(samples, Settings(), model)
                sound = samples.view(np.uint8)[: len(analysis.frames) * 320]
                write_dump(Path(folder), "20300101000000", analysis, sound, PERCENT_SCALE)

        path()
        used = [clocked(path) for _ in range(5)]
        speeds = [[seconds / took for took in kind] for kind in zip(*used, strict=True)]
        rows.append([name, spread(speeds[1], "x real time", 0), spread(speeds[0], "x", 0), asked])
    print()
    table(["engine, rms, pitch, dump", "on one core, by its CPU time", "by the clock", "asked"], rows)


def clocked(action: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that a call takes by the clock, and of CPU time, child processes included.

    CPU time is what a machine shared with other work does not stretch out.
    """
    before = os.times()
    took = timed(action)
    after = os.times()
    return took, sum(after[:4]) - sum(before[:4])


def replayed(folder: Path) -> None:
    """Time `vad-dump --replay` of an hour as a command, with all files and with the report too."""
    rng = np.random.default_rng(1)
    frames = np.zeros(HOUR, frame_dtype())
    frames["far_field"] = 1
    frames["voice_prob"] = np.repeat(rng.integers(0, 101, HOUR // 100), 100)
    frames["rms"] = rng.integers(40, 110, HOUR)
    settings = Settings()
    steps = VadMachine("2.1", settings.config).run(frames)
    made = Analysis(settings, "label.txt", frames, steps, np.zeros(HOUR, np.float32), 16_000, 1)
    sound = speech(3600).view(np.uint8)
    dump = write_dump(folder / "in", "20300101000000", made, sound, PERCENT_SCALE)

    def replay(*more: str) -> None:
        shutil.rmtree(folder / "out", ignore_errors=True)
        command = [sys.executable, "-m", "agora_cli", "vad-dump", "--replay", str(dump), "--stopVoiceProb", "50"]
        subprocess.run([*command, "--output", str(folder / "out"), *more], check=True, capture_output=True)

    def copied() -> None:
        shutil.rmtree(folder / "out", ignore_errors=True)
        shutil.copytree(dump, folder / "out")

    actions: dict[str, Callable[[], object]] = {
        "all files, no report": lambda: replay("--noReport"),
        "with the report and its hour of sound": replay,
        "peer: shutil.copytree of the dump": copied,
    }
    rows = []
    for name, action in actions.items():
        used = [clocked(action) for _ in range(3)]
        took, cpu = zip(*used, strict=True)
        rows.append([name, spread(cpu, "s"), spread(took, "s"), "under 2 s" if "no report" in name else ""])
    size = sum(path.stat().st_size for path in dump.iterdir()) / 1e6
    print()
    table([f"replay of an hour ({size:.0f} MB dump)", "CPU time", "by the clock", "asked"], rows)


def labelled() -> None:
    """Score every engine on the labelled speech, clean and in three noises, with hindsight and without."""
    print()
    if not LABELLED.is_dir():
        print(f"no labelled speech: {LABELLED} is not there")
        return
    files = sorted(LABELLED.glob("*.wav"))
    clean = [pcm(path) for path in files]
    labels = [
        read_labels(path.with_suffix(".scv"), len(sound) / 16_000) for path, sound in zip(files, clean, strict=True)
    ]
    rows = []
    for name in ("silero", "earshot", "ten"):
        try:
            model = open_voice_model(name)
        except UnavailableError as missing:
            print(missing.message)
            continue
        for causal in (False, True):
            rows.append([f"{name}, {'causal' if causal else 'aligned'}", *quality(model, clean, labels, causal)])
    rows.append(["asked of silero, aligned", ">= .965", "<= .170", *[""] * len(MIXES)])
    table(["12 labelled files, rules 2.1", "AUC", "SER", *(f"SER {mix}" for mix in MIXES)], rows)


def quality(model: VoiceModel, clean: list[Any], labels: list[Labels], causal: bool) -> list[str]:
    """Return the AUC on clean speech, the mean SER over the mixes, and the SER of each."""
    rng = np.random.default_rng(0)
    rates = []
    auc = 0.0
    for mix in MIXES:
        errors = utterances = 0
        truths, probabilities = [], []
        for number, (sound, spoken) in enumerate(zip(clean, labels, strict=True)):
            analysis = analyse(mixed(mix, clean, number, spoken, rng), Settings(causal=causal), model)
            scores = score(analysis, spoken)
            errors += scores.miss + scores.false + scores.split + scores.merge
            utterances += scores.utterances
            truths.append(spoken.mask(len(analysis.frames)))
            probabilities.append(analysis.probability)
            assert len(sound) // 160 == len(analysis.frames)
        rates.append(errors / utterances)
        if mix == "clean":
            auc = roc_auc(np.concatenate(truths), np.concatenate(probabilities)) or 0.0
    return [f"{auc:.4f}", f"{np.mean(rates):.3f}", *(f"{rate:.3f}" for rate in rates)]


def mixed(mix: str, clean: list[Any], number: int, spoken: Labels, rng: np.random.Generator) -> Any:
    """Return a file with noise added: the signal-to-noise ratio is that of its labelled speech."""
    sound = clean[number].astype(float)
    if mix == "clean":
        return clean[number]
    noise_name, decibels = mix.split()[:2]
    if noise_name == "babble":
        others = [clean[(number + step) % len(clean)].astype(float) for step in range(1, BABBLERS + 1)]
        noise = sum(np.resize(other / np.sqrt(np.mean(other**2)), len(sound)) for other in others)
    else:
        spectrum = np.fft.rfft(rng.normal(size=len(sound)))
        slope = 0.5 if noise_name == "pink" else 0.0
        noise = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** slope, len(sound))
    is_speech = np.repeat(spoken.mask(len(sound) // 160 + 1), 160)[: len(sound)]
    gain = np.sqrt(np.mean(sound[is_speech] ** 2) / np.mean(noise**2) / 10 ** (float(decibels) / 10))
    return np.clip(np.round(sound + gain * noise), -32768, 32767).astype(np.int16)


def pcm(path: Path) -> Any:
    """Return a 16-bit mono WAV as samples."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)


def other_sounds() -> None:
    """Count the false starts on sounds that are no speech."""
    print()
    sounds = not_speech.sounds()
    rows = []
    for name in ("silero", "earshot"):
        with contextlib.suppress(UnavailableError):
            model = open_voice_model(name)
            starts = {sound: len(segments_of(analyse(samples, Settings(), model))) for sound, samples in sounds.items()}
            woken = ", ".join(f"{sound} {count}" for sound, count in starts.items() if count)
            rows.append([name, str(sum(starts.values())), woken or "none", "0" if name == "silero" else ""])
    table([f"{len(sounds)} sounds of {not_speech.SECONDS} s", "false starts", "on", "asked"], rows)
