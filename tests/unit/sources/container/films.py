"""Films as sources, for the tests of this folder."""

from typing import Any

import numpy as np

from agora_cli.clock import Stop
from agora_cli.frames import EncodedVideo, PcmFrame, Unit
from agora_cli.sources.base import Excerpt
from agora_cli.sources.container.plan import ContainerOptions
from agora_cli.sources.container.source import ContainerSource, open_container
from agora_cli.sources.container.tracks import WantedTracks

FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
VIDEO_ONLY = WantedTracks(audio=False)
AUDIO_ONLY = WantedTracks(video=False)
ALL = ContainerOptions()


def opened(path: object, options: ContainerOptions = ALL, **excerpt: Any) -> ContainerSource:
    return open_container(str(path), options, Excerpt(**excerpt), Stop())


def units(path: object, options: ContainerOptions = ALL, **excerpt: Any) -> list[Unit]:
    source = opened(path, options, **excerpt)
    try:
        return list(source.units())
    finally:
        source.close()


def pictures(found: list[Unit]) -> list[EncodedVideo]:
    return [unit for unit in found if isinstance(unit, EncodedVideo)]


def sound(found: list[Unit]) -> list[PcmFrame]:
    return [unit for unit in found if isinstance(unit, PcmFrame)]


def send_us(unit: Unit) -> int:
    return unit.dts_us if isinstance(unit, EncodedVideo) else unit.pts_us


def samples(frames: list[PcmFrame]) -> "np.ndarray[Any, np.dtype[np.int16]]":
    """Return the samples of frames as a recorder keeps them: without padding."""
    parts = [
        np.frombuffer(frame.data, np.int16).reshape(-1, frame.channels)[: frame.samples - frame.padding]
        for frame in frames
    ]
    return np.concatenate(parts)[:, 0]


def tone(count: int, step: int = 1) -> "np.ndarray[Any, np.dtype[np.int16]]":
    return (np.sin(np.arange(count) * 0.05 * step) * 20_000).astype(np.int16)
