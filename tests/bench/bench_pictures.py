"""send-jpeg's way from a file to a frame that can be pushed, beside the SDK sample's way through Pillow."""

import statistics
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from agora_cli.frames import RawVideo
from agora_cli.media.encode import EncoderSettings, VideoEncoder, to_frame
from agora_cli.media.jpeg import JpegSource
from agora_cli.media.picture import Canvas, PictureDecoder
from agora_cli.media.picture_files import read_file, read_files

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


def in_turns(works: list[Callable[[Path], object]], paths: list[Path]) -> list[list[float]]:
    """Time several ways in alternation, so that a busy neighbour hurts all alike."""
    times: list[list[float]] = [[] for _ in works]
    for work in works:
        for path in paths:
            work(path)
    for _ in range(ROUNDS):
        for path in paths:
            for work, taken in zip(works, times, strict=True):
                start = time.perf_counter()
                work(path)
                taken.append((time.perf_counter() - start) * 1e3)
    return times


def pipeline_ms(paths: list[Path]) -> list[float]:
    """Return the milliseconds a picture of JpegSource, which decodes in two workers, for each round."""
    times = []
    for _ in range(5):
        source = JpegSource(read_files(paths, 8), RATE)
        units = source.units()
        next(units)
        start = time.perf_counter()
        count = sum(1 for _ in units)
        times.append((time.perf_counter() - start) * 1e3 / count)
        source.close()
    return times


def row(name: str, times: list[float], peer: float) -> str:
    """Return one line of the table: median, tenth and ninetieth percentile, ratio to the peer's median."""
    ordered = sorted(times)
    low, high = ordered[len(ordered) // 10], ordered[len(ordered) * 9 // 10]
    median = statistics.median(times)
    return f"  {name:<52}{median:8.2f}{low:8.2f}{high:8.2f}{peer / median:8.2f}x"


def still_to_frame(paths: list[Path]) -> None:
    """Print the way from file to frame."""
    decoder, canvas = PictureDecoder(), Canvas(WIDTH, HEIGHT)
    pillow, ours = in_turns([by_pillow, lambda path: decoder.decode(read_file(path).data, canvas)], paths)
    peer = statistics.median(pillow)
    sizes = [path.stat().st_size // 1000 for path in paths]
    print(f"1080p JPEG file ({min(sizes)}-{max(sizes)} KB) -> frame ready to push, ms a picture, warm")
    print(f"  {'':<52}{'median':>8}{'p10':>8}{'p90':>8}{'ratio':>9}")
    print(row('Pillow open().convert("RGBA") -> bytearray', pillow, peer))
    print(row("agora, one picture at a time -> limited-range I420", ours, peer))
    print(row("agora, as send-jpeg runs (two workers) -> the same", pipeline_ms(paths), peer))


def stages(paths: list[Path]) -> None:
    """Print where the time of a 1080p30 frame goes, one thread, H264 ultrafast."""
    from agora_cli.native.level import Plane, pack_i420

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
    medians = {name: statistics.median(times[10:]) for name, times in taken.items()}
    text = ", ".join(f"{name} {median:.2f}" for name, median in medians.items())
    print(f"1080p H264 ultrafast, ms a frame: {text}; in all {sum(medians.values()):.2f} of 33.33")


def sustained(paths: list[Path]) -> None:
    """Print how late the frames of ten seconds of send-jpeg are, to a pacer of absolute deadlines."""
    from agora_cli.media.encoding import EncodingSource
    from agora_cli.media.pacing import Pacer, SystemClock

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
    print(f"1080p30 H264 ultrafast for 10 s: {frames} frames, {pacer.late} late, {cpu / 10:.0%} of one core")


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as directory:
        paths = make_pictures(Path(directory))
        still_to_frame(paths)
        stages(paths)
        sustained(paths)


if __name__ == "__main__":
    main()
