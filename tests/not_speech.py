"""Sounds that are no speech, made here: a VAD that starts on one of them is wrong. 16 kHz mono, -20 dBov or so."""

from collections.abc import Callable

import numpy as np

RATE_HZ = 16_000
SECONDS = 20
LOUD = 3277.0  # -20 dBov

Sound = np.ndarray


def sounds() -> dict[str, Sound]:
    """Return each sound by its name as int16 samples, the same on every run."""
    made = {name: make(np.random.default_rng(7)) for name, make in MAKERS.items()}
    return {name: np.clip(np.round(sound), -32768, 32767).astype(np.int16) for name, sound in made.items()}


def _time() -> Sound:
    return np.arange(SECONDS * RATE_HZ) / RATE_HZ


def _scaled(sound: Sound) -> Sound:
    return sound * (LOUD / np.sqrt(np.mean(sound**2)))


def _coloured(rng: np.random.Generator, slope: float) -> Sound:
    """Return noise whose amplitude falls with frequency ** slope: 0 white, 0.5 pink, 1 brown."""
    count = SECONDS * RATE_HZ
    spectrum = np.fft.rfft(rng.normal(size=count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / RATE_HZ), 20)
    return _scaled(np.fft.irfft(spectrum / frequency**slope, count))


def _hum(_: np.random.Generator) -> Sound:
    return _scaled(sum(np.sin(2 * np.pi * 50 * n * _time()) / n for n in range(1, 12)))


def _fan(rng: np.random.Generator) -> Sound:
    return _coloured(rng, 0.7) * (1 + 0.2 * np.sin(2 * np.pi * 1.3 * _time()))


def _am_noise(rng: np.random.Generator) -> Sound:
    """Return pink noise in waves of 4 Hz: the rhythm of syllables without a voice."""
    return _coloured(rng, 0.5) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * _time()))


def _bursts(rng: np.random.Generator, every_s: float, decay_s: float, low_hz: float) -> Sound:
    """Return short decaying bursts of noise above `low_hz` at uneven times."""
    out, at = np.zeros(SECONDS * RATE_HZ), 0.3
    while at < SECONDS - 1:
        count = int(decay_s * 6 * RATE_HZ)
        spectrum = np.fft.rfft(rng.normal(size=count))
        spectrum[np.fft.rfftfreq(count, 1 / RATE_HZ) < low_hz] = 0
        burst = np.fft.irfft(spectrum, count) * np.exp(-np.arange(count) / (decay_s * RATE_HZ))
        start = int(at * RATE_HZ)
        out[start : start + count] += burst / np.abs(burst).max() * 9000 * rng.uniform(0.4, 1)
        at += every_s * rng.uniform(0.5, 1.5)
    return out


def _keys(rng: np.random.Generator) -> Sound:
    return _bursts(rng, 0.18, 0.006, 1500) + _coloured(rng, 0.5) * 0.02


def _knocks(rng: np.random.Generator) -> Sound:
    return _bursts(rng, 0.6, 0.03, 60) + _coloured(rng, 0.5) * 0.02


def _note(hertz: float, seconds: float, harmonics: int, attack_s: float, decay_s: float) -> Sound:
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    envelope = np.minimum(1, time / attack_s) * np.exp(-time / decay_s)
    return envelope * sum(np.sin(2 * np.pi * hertz * n * time) / n**1.5 for n in range(1, harmonics + 1))


def _music(rng: np.random.Generator) -> Sound:
    """Return plucked chords and a melody, 120 beats a minute."""
    out = np.zeros(SECONDS * RATE_HZ)
    chords = [(0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14)]
    for beat in range(SECONDS * 2 - 2):
        start = beat * RATE_HZ // 2
        tones = [(step, 0.5) for step in chords[beat // 4 % 4]] + [(12 + int(rng.choice([0, 2, 4, 7, 9])), 0.9)]
        for step, gain in tones:
            note = gain * _note(220 * 2 ** (step / 12), 0.9, 6, 0.005, 0.25)
            out[start : start + len(note)] += note
    return _scaled(out)


def _strings(rng: np.random.Generator) -> Sound:
    """Return slow chords of many harmonics with a vibrato of 5.5 Hz."""
    time = _time()
    out = np.zeros(len(time))
    for number, root in enumerate((196.0, 220.0, 174.6, 196.0)):
        inside = np.clip(np.minimum(time - number * 5, number * 5 + 5 - time) / 0.6, 0, 1)
        for interval in (1, 1.25, 1.5, 2):
            phase = 2 * np.pi * root * interval * time + 2.5 * np.sin(2 * np.pi * 5.5 * time + rng.uniform(0, 6))
            out += inside * sum(np.sin(n * phase) / n for n in range(1, 10))
    return _scaled(out)


def _dtmf(rng: np.random.Generator) -> Sound:
    out = np.zeros(SECONDS * RATE_HZ)
    time = np.arange(int(0.12 * RATE_HZ)) / RATE_HZ
    for start in range(4000, len(out) - 4000, int(0.22 * RATE_HZ)):
        low, high = rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477])
        out[start : start + len(time)] = np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time)
    return _scaled(out)


def _siren(_: np.random.Generator) -> Sound:
    hertz = 900 + 400 * np.sin(2 * np.pi * 0.4 * _time())
    return _scaled(np.sin(2 * np.pi * np.cumsum(hertz) / RATE_HZ))


def _ringback(_: np.random.Generator) -> Sound:
    """Return the tone of a called telephone: 440 and 480 Hz, 2 s on and 4 s off."""
    time = _time()
    return _scaled((np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time)) * (time % 6 < 2))


MAKERS: dict[str, Callable[[np.random.Generator], Sound]] = {
    "digital zero": lambda _: np.zeros(SECONDS * RATE_HZ),
    "dither": lambda rng: rng.integers(-1, 2, SECONDS * RATE_HZ).astype(float),
    "white noise": lambda rng: _coloured(rng, 0.0),
    "pink noise": lambda rng: _coloured(rng, 0.5),
    "brown noise": lambda rng: _coloured(rng, 1.0),
    "hum": _hum,
    "fan": _fan,
    "AM noise": _am_noise,
    "keys": _keys,
    "knocks": _knocks,
    "music": _music,
    "strings": _strings,
    "DTMF": _dtmf,
    "siren": _siren,
    "ringback": _ringback,
}
