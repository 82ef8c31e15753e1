"""send-mp4: the whole path without an engine against bare demuxing, and CPU of sending in real time.

Asked: `--dryRun --speed 0` at most 1.15 times a bare demux of the same file; picture and sound of 1080p30 at 8 Mb/s
below 10 % of a core.
"""

import tempfile
import time
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from agora_cli.clock import Stop, SystemClock
from agora_cli.commands._channel.join import publication
from agora_cli.engines.base import Connection, ConnectionSpec, Engine
from agora_cli.engines.local.engine import LocalEngine
from agora_cli.engines.null import NullConnection
from agora_cli.session.pacing import Pacer
from agora_cli.session.push import Push
from agora_cli.sources.base import Excerpt
from agora_cli.sources.container.plan import ContainerOptions
from agora_cli.sources.container.source import open_container
from agora_cli.sources.container.tracks import WantedTracks
from agora_cli.sources.limited import limited

from .figures import alternating, ratios, spread, table

SIZE = (1920, 1080)
PICTURES = 300
REPEATS = 4
ROUNDS = 7
REAL_TIME_S = 15
PICTURE_ONLY = ContainerOptions(wanted=WantedTracks(audio=False))
COPIED = ContainerOptions(copy_sound=True)


def make_film(path: Path, bitrate_bps: int) -> None:
    """Write 10 s of 1080p30 noise at a bit rate, with AAC."""
    noise = np.random.default_rng(1).integers(60, 100, (4, SIZE[1] * 3 // 2, SIZE[0]), dtype=np.uint8)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
        video: Any = out.add_stream("libx264", rate=30)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.bit_rate = bitrate_bps
        video.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency", "threads": "2"}
        video.codec_context.gop_size = 60
        audio: Any = out.add_stream("aac", rate=48_000, layout="stereo")
        for index in range(PICTURES):
            picture = noise[index % 4].copy()
            picture[:, index * 8 % 1800 : index * 8 % 1800 + 100] = 200
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 30)
            out.mux(video.encode(frame))
            wave = np.sin(np.arange(index * 1600, (index + 1) * 1600) * 0.06).astype(np.float32) * 0.5
            tone = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
            tone.sample_rate, tone.pts, tone.time_base = 48_000, index * 1600, Fraction(1, 48_000)
            out.mux(audio.encode(tone))
        for stream in (video, audio):
            out.mux(stream.encode(None))


def demux(path: Path, picture_only: bool) -> None:
    """Read every packet and look at nothing."""
    for _ in range(REPEATS):
        with av.open(str(path)) as container:
            streams = [container.streams.video[0]] if picture_only else [*container.streams]
            for _packet in container.demux(streams):
                pass


def send(
    path: Path,
    options: ContainerOptions,
    excerpt: Excerpt,
    speed: Fraction,
    engine: Engine | None = None,
    limit_s: Fraction | None = None,
) -> None:
    """Do what `send-mp4 --dryRun` does, or with an engine what it does without."""
    source = limited(open_container(str(path), options, excerpt, Stop()), limit_s)
    pacer = Pacer(SystemClock(), speed)
    connection: Connection = NullConnection()
    if engine is not None:
        connection = engine.open(ConnectionSpec("bench", "bench", publish=publication(source.info)))
    with closing(connection), closing(source):
        Push(source, [connection], pacer, lambda unit: None, lambda event: None).run()


def speeds(path: Path) -> list[list[str]]:
    """Return the rows of one file: each way of sending against demuxing the same tracks."""
    every = Excerpt(loops=REPEATS)
    times = alternating(
        {
            "demux picture": lambda: demux(path, True),
            "send --videoOnly": lambda: send(path, PICTURE_ONLY, every, Fraction(0)),
            "demux both": lambda: demux(path, False),
            "send --audioCodec copy": lambda: send(path, COPIED, every, Fraction(0)),
            "send (sound decoded)": lambda: send(path, ContainerOptions(), every, Fraction(0)),
        },
        ROUNDS,
    )
    rows = []
    for name, peer in (
        ("send --videoOnly", "demux picture"),
        ("send --audioCodec copy", "demux both"),
        ("send (sound decoded)", "demux both"),
    ):
        mine = [value / REPEATS / PICTURES * 1e6 for value in times[name]]
        rows.append([f"{path.stem}: {name}", spread(mine, "us", 1), spread(ratios(times, peer)[name], "x")])
    return rows


def real_time_cpu(path: Path, engine: Engine | None) -> str:
    """Return the CPU share of sending picture and decoded sound in real time."""
    begin, cpu = time.monotonic(), time.process_time()
    send(path, ContainerOptions(), Excerpt(loops=0), Fraction(1), engine, Fraction(REAL_TIME_S))
    return f"{(time.process_time() - cpu) / (time.monotonic() - begin) * 100:.1f} % of a core"


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as directory:
        rows = []
        for megabits in (8, 50):
            path = Path(directory) / f"1080p30 {megabits} Mb-s.mp4"
            make_film(path, megabits * 1_000_000)
            rows += speeds(path)
        table(["--dryRun --speed 0", "a picture", "of bare demux"], rows)
        print()
        path = Path(directory) / "1080p30 8 Mb-s.mp4"
        engines: dict[str, Engine | None] = {"--dryRun": None, "local engine": LocalEngine(Path(directory))}
        rows = [[f"8 Mb/s, AAC decoded: {name}", real_time_cpu(path, engine)] for name, engine in engines.items()]
        table(["1080p30 in real time", f"CPU over {REAL_TIME_S} s"], rows)
