"""send-jpeg's way from a file to a frame that can be pushed, beside the SDK sample's way through Pillow."""

import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from agora_cli.clock import SystemClock
from agora_cli.frames import RawVideo
from agora_cli.media.encode import EncoderSettings, VideoEncoder, to_frame
from agora_cli.media.stills.picture import Canvas, PictureDecoder
from agora_cli.native.level import Plane, pack_i420
from agora_cli.session.pacing import Pacer
from agora_cli.sources.encoded import EncodingSource
from agora_cli.sources.pictures.files import read_file, read_files
from agora_cli.sources.pictures.source import JpegSource
from tests.bench.figures import ratios, spread, table

WIDTH, HEIGHT, PICTURES, ROUNDS = 1920, 1080, 8, 15
RATE = Fraction(30)


def make_pictures(directory: Path) -> list[Path]:
    """Write 1080p JPEGs like a camera's (4:2:0, quality 80, a little grain): 150-240 KB each."""
    paths = []
    for number in range(PICTURES):
        random = np.random.default_rng(number)
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
        waves = [
            sum(22 * np.sin(fx * x + fy * y) for fx, fy in random.uniform(-0.06, 0.06, (6, 2))) + 128 for _ in range(3)
        ]
        pixels = np.stack(waves, -1) + random.normal(0, 9, (HEIGHT, WIDTH, 1))
        image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
        paths.append(directory / f"{number}.jpg")
        image.save(paths[-1], quality=80, subsampling="4:2:0")
    return paths


def by_pillow(path: Path) -> bytearray:
    """Do what the SDK's sample does."""
    with Image.open(path) as image:
        return bytearray(image.convert("RGBA").tobytes())


def all_by_pillow(paths: list[Path]) -> None:
    """Read and convert all pictures, each let go when it is done, as after a push."""
    for path in paths:
        by_pillow(path)


def all_in_one_thread(paths: list[Path], decoder: PictureDecoder) -> None:
    """The same with our decoder alone."""
    for path in paths:
        decoder.decode(read_file(path).data, Canvas(WIDTH, HEIGHT))


def all_as_send_jpeg_runs(paths: list[Path]) -> None:
    """The same with two workers, four pictures ahead."""
    source = JpegSource(read_files(paths, 1), RATE, size=(WIDTH, HEIGHT))
    for _ in source.units():
        pass
    source.close()


def still_to_frame(paths: list[Path]) -> None:
    """Print the way from file to frame: all pictures by each way in turn, so that all meet the same neighbours."""
    decoder = PictureDecoder()
    peer = "Pillow: open().convert(RGBA) -> bytearray"
    ways: dict[str, Callable[[], None]] = {
        peer: lambda: all_by_pillow(paths),
        "agora, one thread": lambda: all_in_one_thread(paths, decoder),
        "agora, as send-jpeg runs: two workers": lambda: all_as_send_jpeg_runs(paths),
    }
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS + 1):
        for name, way in ways.items():
            start, cpu_start = time.perf_counter(), time.process_time()
            way()
            if number:  # the first round warms up
                wall[name].append((time.perf_counter() - start) * 1e3 / len(paths))
                cpu[name].append((time.process_time() - cpu_start) * 1e3 / len(paths))
    sizes = [path.stat().st_size // 1000 for path in paths]
    print(f"1080p JPEG file ({min(sizes)}-{max(sizes)} KB) -> limited-range I420, ready to push; warm, ms a picture")
    faster = {name: [1 / ratio for ratio in values] for name, values in ratios(wall, peer).items()}
    table(
        ("way", "on the clock", "times as fast", "CPU"),
        [(name, spread(wall[name]), spread(faster[name]), spread(cpu[name])) for name in ways],
    )


def stages(paths: list[Path]) -> None:
    """Print where the time of a 1080p30 frame goes, one thread, H264 ultrafast."""
    decoder = PictureDecoder()
    encoder = VideoEncoder(EncoderSettings("h264", WIDTH, HEIGHT, RATE, 4_000_000, 60, "ultrafast", "bt601"))
    names = ("read", "decode", "convert", "copy in", "encode")
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(120):
        path = paths[number // 4 % len(paths)]
        marks = [time.perf_counter()]
        data = read_file(path).data
        marks.append(time.perf_counter())
        frame = decoder.frame(data)
        marks.append(time.perf_counter())
        y, u, v = (Plane(memoryview(p), p.line_size, p.width, p.height) for p in frame.planes)
        picture = RawVideo(number * 33_333, "i420", WIDTH, HEIGHT, pack_i420((y, u, v), WIDTH, HEIGHT, True), "bt601")
        marks.append(time.perf_counter())
        ready = to_frame(picture)
        marks.append(time.perf_counter())
        encoder.encode_frame(ready, picture.pts_us)
        marks.append(time.perf_counter())
        for name, begin, end in zip(names, marks, marks[1:], strict=False):
            taken[name].append((end - begin) * 1e3)
    print("1080p H264 ultrafast at 4 Mb/s, ms a frame, everything in one thread; 33.33 are there")
    table(tuple(names), [[spread(taken[name][10:]) for name in names]])


def sustained(paths: list[Path]) -> None:
    """Print how late the frames of ten seconds of send-jpeg are, to a pacer of absolute deadlines."""
    settings = EncoderSettings("h264", WIDTH, HEIGHT, RATE, 4_000_000, 60, "ultrafast", "bt601")
    source = EncodingSource(JpegSource(read_files([path for path in paths for _ in range(4)], 10), RATE), settings)
    pacer, frames = Pacer(SystemClock()), 0
    cpu = time.process_time()
    for unit in source.units():
        pacer.wait(unit.pts_us)
        frames += 1
        if frames == 300:
            break
    cpu = time.process_time() - cpu
    source.close()
    print(
        f"1080p30 H264 ultrafast for 10 s, a new picture every 4 frames: {frames} frames, {pacer.late} late, "
        f"{source.dropped} dropped, {cpu / 10:.0%} of one core"
    )


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as directory:
        paths = make_pictures(Path(directory))
        still_to_frame(paths)
        print()
        stages(paths)
        print()
        sustained(paths)
