"""Bring the units of several tracks into the order in which they are sent."""

from collections import deque
from collections.abc import Iterator
from typing import TypeAlias

from agora_cli.errors import InputError
from agora_cli.frames import Unit, send_time_us

# track number, unit; the units of one track come in order.
TrackUnit: TypeAlias = tuple[int, Unit]

# A track that is silent for so long does not hold the others back. Demuxers of files keep tracks within a second.
MAX_HELD_US = 3_000_000


def interleaved(units: Iterator[TrackUnit], tracks: int) -> Iterator[Unit]:
    """Yield units by their send time: dts for encoded video, else pts.

    Memory is bounded: no more than MAX_HELD_US of a track wait for another one. A unit that comes later than that
    is yielded at once, out of order. When `units` raises InputError, what waits is yielded before.
    """
    if tracks == 1:
        for _, unit in units:
            yield unit
        return
    queues: list[deque[tuple[int, Unit]]] = [deque() for _ in range(tracks)]
    try:
        for track, unit in units:
            queue = queues[track]
            send_us = send_time_us(unit)
            queue.append((send_us, unit))
            while all(queues) or (queue and send_us - queue[0][0] > MAX_HELD_US):
                yield _pop_earliest(queues)
    except InputError:
        yield from _rest(queues)
        raise
    yield from _rest(queues)


def _rest(queues: list[deque[tuple[int, Unit]]]) -> Iterator[Unit]:
    while any(queues):
        yield _pop_earliest(queues)


def _pop_earliest(queues: list[deque[tuple[int, Unit]]]) -> Unit:
    return min((queue for queue in queues if queue), key=lambda queue: queue[0][0]).popleft()[1]
