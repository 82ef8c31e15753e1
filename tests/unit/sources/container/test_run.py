"""sources/container/run.py: packets in order, all dated, from the wanted start."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from agora_cli.errors import InputError
from agora_cli.sources.container.run import Run
from agora_cli.sources.container.tracks import WantedTracks, choose_tracks
from tests.media_files import NTSC, Film, make_film


def opened(path: Path, start_s: Fraction = Fraction(0), wanted: WantedTracks | None = None) -> Run:
    return Run(choose_tracks(av.open(str(path)), wanted or WantedTracks(), "film"), start_s)


def test_matroska_s_missing_decoding_times_are_completed(tmp_path: Path) -> None:
    """Matroska keeps times of showing only; FFmpeg cannot tell when the first packets are decoded."""
    path = make_film(tmp_path / "film.mkv", Film(sound=""))
    with av.open(str(path)) as container:
        assert next(container.demux(video=0)).dts is None
    run = opened(path)
    packets = list(run.packets())
    run.close()
    times = [packet.dts for packet in packets]
    assert None not in times
    assert times == sorted(t for t in times if t is not None)
    assert all(p.pts is not None and p.dts is not None and p.dts <= p.pts for p in packets)
    assert len(packets) == 60


def test_every_packet_comes_once(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4")
    with av.open(str(path)) as container:
        expected = [(p.stream_index, p.pts, p.size) for p in container.demux() if p.size]
    run = opened(path)
    assert [(p.stream_index, p.pts, p.size) for p in run.packets()] == expected
    run.close()
    run.close()


def test_where_the_first_unit_is_sent(tmp_path: Path) -> None:
    run = opened(make_film(tmp_path / "film.mp4"))
    assert run.origin_s(reordered=True, priming=False) == -2 / NTSC
    assert run.origin_s(reordered=False, priming=False) == 0
    assert run.origin_s(reordered=False, priming=True) == Fraction(-1024, 48_000)
    assert (run.from_s, run.leads_in) == (None, False)
    run.close()


def test_a_start_is_a_keyframe(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(b_frames=0))
    run = opened(path, Fraction("1.2"))
    first = next(packet for packet in run.packets() if packet.stream_index == 0)
    assert first.is_keyframe
    assert run.from_s == 30 / NTSC == run.origin_s(reordered=True, priming=False)
    run.close()
    sound = opened(path, Fraction("1.2"), WantedTracks(video=False))
    assert sound.from_s == Fraction("1.2")
    assert [stream.index for stream in sound.tracks.sent] == [1]
    sound.close()
    with pytest.raises(InputError, match="--start is behind its end at 2.0"):
        opened(path, Fraction(3))
