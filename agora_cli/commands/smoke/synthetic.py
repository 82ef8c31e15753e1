"""A channel of known faults, without any engine: what the measuring side must find in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import MICROSECONDS, PcmFrame, RawVideo
from agora_cli.media.probe.picture import COLOURS, Caption, draw
from agora_cli.media.probe.signal import ProbeSignal
from agora_cli.sinks.probe.measure import Reception, measure
from agora_cli.sinks.probe.note import Note
from agora_cli.sources.probe import ProbeSource

LENGTH_US = 6_000_000
START_US, TRANSIT_US = 50_000_000, 2_000
NOTE_US = 100_000
USER = "1"

Arrivals = list[MediaReceived]
Fault = Callable[[Arrivals], Arrivals]


@dataclass(frozen=True, slots=True)
class Injection:
    """One fault, and the figure that must show it: within a tenth, or within `grain` (about one frame)."""

    name: str
    figure: str
    injected: float
    grain: float
    fault: Fault = list
    note_fault: Callable[[list[DataReceived]], list[DataReceived]] = list

    def holds(self, measured: float | None) -> bool:
        """Tell whether the figure is what was injected."""
        return measured is not None and abs(measured - self.injected) <= max(abs(self.injected) / 10, self.grain)


def injections() -> tuple[Injection, ...]:
    """Return every fault that the measuring side is held to."""
    sound, picture = 1 / 300, 1 / 90
    wrong = sum(2 * abs(u - v) for _, u, v in COLOURS) / (3 * len(COLOURS))
    return (
        Injection("nothing", "audio.loss", 0, 0),
        Injection("nothing", "video.latency.p50", TRANSIT_US / 1e6, 0.001),
        Injection("5 % loss of sound", "audio.loss", 0.05, sound, _every(20, 7, PcmFrame, _gone)),
        Injection("5 % loss of picture", "video.loss", 1 / 18, picture, _every(18, 7, RawVideo, _gone)),
        Injection("300 ms delay", "audio.latency.p95", 0.302, 0.001, _each(_MEDIA, _later(300_000))),
        Injection("sound 100 ms late", "av.soundLate", 0.1, 0.02, _each((PcmFrame,), _later(100_000))),
        Injection("sound 100 ms early", "av.soundLate", -0.1, 0.02, _each((RawVideo,), _later(100_000))),
        Injection("clock 1 % fast", "audio.driftPpm", 10_000, 100, _each(_MEDIA, _faster(1.01))),
        Injection("picture frozen 2 s", "video.frozenSeconds", 2.0, 0.067, _frozen),
        Injection("silent half the time", "audio.silence", 0.5, sound, _silent),
        Injection("left and right swapped", "audio.swapped", 1.0, sound, _each((PcmFrame,), _crossed)),
        Injection("users swapped, sound", "audio.strangers", 1.0, sound, _strangers),
        Injection("users swapped, picture", "video.strangers", 1.0, picture, _strangers),
        Injection("4 % of sound twice", "audio.duplicates", 0.04 / 1.04, sound, _every(25, 9, PcmFrame, _twice)),
        Injection("5 % of sound out of order", "audio.reordered", 0.05, sound, _every(20, 9, PcmFrame, _overtaking)),
        Injection("outage of 2 s, sound", "audio.outage", 2.0, 0.02, _outage),
        Injection("outage of 2 s, picture", "video.outage", 2.0, 0.067, _outage),
        Injection("wrong colours", "video.colorError", wrong, 0.5, _each((RawVideo,), _blue_for_red)),
        Injection("half the size", "video.scale", 0.5, 0.01, _half),
        Injection("level 12 dB down", "audio.level", -32.0, 0.2, _each((PcmFrame,), _quieter)),
        Injection("10 % of messages twice", "messages.duplicates", 6 / 66, 1 / 66, note_fault=_notes_twice),
        Injection("10 % of messages lost", "messages.loss", 0.1, 1 / 60, note_fault=_notes_lost),
        Injection("10 % of messages out of order", "messages.reordered", 0.1, 1 / 60, note_fault=_notes_turned),
    )


def measured(injection: Injection) -> float | None:
    """Return what the measuring side finds for an injection."""
    signal = ProbeSignal(0, LENGTH_US)
    notes = [
        DataReceived(START_US + number * NOTE_US, USER, Note(0, number, START_US + number * NOTE_US).pack(), 0)
        for number in range(LENGTH_US // NOTE_US)
    ]
    media = sorted(injection.fault(_arrivals(signal)), key=lambda event: event.at_us)
    reception = Reception(signal, media, injection.note_fault(notes), START_US, START_US, len(notes))
    value: Any = measure(reception).figures
    for name in injection.figure.split("."):
        value = value[name]
    return None if value is None else float(value)


def _arrivals(signal: ProbeSignal) -> Arrivals:
    units = ProbeSource(signal).units()
    return [MediaReceived(START_US + TRANSIT_US + unit.pts_us, USER, 1, unit) for unit in units]


_MEDIA: tuple[type[Any], ...] = (PcmFrame, RawVideo)


def _each(kinds: tuple[type[Any], ...], change: Callable[[MediaReceived], MediaReceived]) -> Fault:
    return lambda events: [change(event) if isinstance(event.unit, kinds) else event for event in events]


def _every(count: int, which: int, kind: type[Any], change: Callable[[MediaReceived], Arrivals]) -> Fault:
    def fault(events: Arrivals) -> Arrivals:
        return list(_changed(events))

    def _changed(events: Arrivals) -> Iterator[MediaReceived]:
        number = 0
        for event in events:
            if isinstance(event.unit, kind):
                number += 1
                if number % count == which:
                    yield from change(event)
                    continue
            yield event

    return fault


def _gone(event: MediaReceived) -> Arrivals:
    return []


def _twice(event: MediaReceived) -> Arrivals:
    return [event, event]


def _overtaking(event: MediaReceived) -> Arrivals:
    return [replace(event, at_us=event.at_us - 30_000)]


def _later(delay_us: int) -> Callable[[MediaReceived], MediaReceived]:
    return lambda event: replace(event, at_us=event.at_us + delay_us)


def _faster(speed: float) -> Callable[[MediaReceived], MediaReceived]:
    return lambda event: replace(event, at_us=START_US + int((event.at_us - START_US) / speed))


def _with(event: MediaReceived, data: bytes) -> MediaReceived:
    return replace(event, unit=replace(event.unit, data=data))


def _crossed(event: MediaReceived) -> MediaReceived:
    samples = memoryview(event.unit.data).cast("B").cast("h")
    return _with(
        event, b"".join(bytes(samples[at : at + 1]) for pair in range(0, len(samples), 2) for at in (pair + 1, pair))
    )


def _quieter(event: MediaReceived) -> MediaReceived:
    return _with(event, (np.frombuffer(event.unit.data, "<i2") * 10 ** (-12 / 20)).astype("<i2").tobytes())


def _silent(events: Arrivals) -> Arrivals:
    half_us = START_US + LENGTH_US // 2
    return [
        _with(event, bytes(len(event.unit.data)))
        if isinstance(event.unit, PcmFrame) and event.at_us - TRANSIT_US >= half_us
        else event
        for event in events
    ]


def _strangers(events: Arrivals) -> Arrivals:
    return _arrivals(ProbeSignal(1, LENGTH_US))


def _outage(events: Arrivals) -> Arrivals:
    return [event for event in events if not 2 * MICROSECONDS <= event.unit.pts_us < 4 * MICROSECONDS]


def _frozen(events: Arrivals) -> Arrivals:
    still = next(
        event.unit for event in events if isinstance(event.unit, RawVideo) and event.unit.pts_us >= MICROSECONDS
    )
    return [
        _with(event, bytes(still.data))
        if isinstance(event.unit, RawVideo) and MICROSECONDS <= event.unit.pts_us <= 3 * MICROSECONDS
        else event
        for event in events
    ]


def _blue_for_red(event: MediaReceived) -> MediaReceived:
    data = bytes(event.unit.data)
    luma = len(data) * 2 // 3
    chroma = luma // 4
    return _with(event, data[:luma] + data[luma + chroma :] + data[luma : luma + chroma])


def _half(events: Arrivals) -> Arrivals:
    halved = []
    for event in events:
        unit = event.unit
        if isinstance(unit, RawVideo):
            number = round(unit.pts_us * 15 / MICROSECONDS)
            data = draw(Caption(0, number, unit.pts_us // 1000), unit.width // 2, unit.height // 2)
            event = replace(event, unit=replace(unit, width=unit.width // 2, height=unit.height // 2, data=data))
        halved.append(event)
    return halved


def _notes_twice(notes: list[DataReceived]) -> list[DataReceived]:
    return [note for number, note in enumerate(notes) for _ in range(2 if number % 10 == 3 else 1)]


def _notes_lost(notes: list[DataReceived]) -> list[DataReceived]:
    return [note for number, note in enumerate(notes) if number % 10 != 3]


def _notes_turned(notes: list[DataReceived]) -> list[DataReceived]:
    order = sorted(range(len(notes)), key=lambda number: number + (1.5 if number % 10 == 3 else 0))
    return [notes[number] for number in order]
