"""media/inspection.py: what is said of a file is what was put into it."""

from fractions import Fraction
from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.commands.inspect.inspection import inspect_file
from agora_cli.commands.inspect.report import FileReport
from agora_cli.errors import InputError
from tests.media_files import CONFORMANCE, NTSC, Film, elementary, make_film

STREAMS = {
    "test_cif_P_CABAC_slice": (300, (14, 14), "Main"),
    "jm_1080p_allslice": (1, (8160, 8160), "Baseline"),
    "VID_1280x720_cabac_temporal_direct": (300, (1, 1), "High"),
}


def report(path: object) -> FileReport:
    return inspect_file(str(path), Stop())


def test_a_film(tmp_path: Path) -> None:
    found = report(make_film(tmp_path / "film.mp4"))
    video, audio = found.tracks
    assert found.fault is None
    assert found.container == "QuickTime / MOV"
    assert (video.kind, video.codec, video.profile) == ("video", "h264", "High")
    assert (video.width, video.height, video.packets) == (160, 120, 60)
    assert (video.frame_rate, video.constant_rate) == (NTSC, True)
    assert video.keyframes == 4
    assert video.keyframe_interval_s == pytest.approx((0.5005, 0.5005))
    assert video.b_frames
    assert video.slices == (1, 1)
    assert video.parameter_sets == "out of band"
    assert video.seconds == pytest.approx(2.002)
    assert video.sending == "send-mp4: passes through as h264"
    assert (audio.codec, audio.sample_rate_hz, audio.channels) == ("aac", 48_000, 1)
    assert "or passed through with --audioCodec copy as aac" in audio.sending
    assert sum(video.kilobits) == pytest.approx(video.bitrate_bps * video.seconds / 1000, rel=0.001)


def test_a_varying_rate_and_no_b_frames(tmp_path: Path) -> None:
    film = Film(pictures=5, picture_times=[0, 10, 100, 110, 400], b_frames=0, sound="")
    (video,) = report(make_film(tmp_path / "film.mkv", film)).tracks
    assert video.constant_rate is False
    assert video.b_frames == 0
    assert video.frame_rate == 10


def test_an_elementary_stream(tmp_path: Path) -> None:
    path = tmp_path / "film.bin"
    path.write_bytes(elementary())
    found = report(path)
    (video,) = found.tracks
    assert found.container == "H.264 byte stream"
    assert (video.frame_rate, video.packets, video.parameter_sets) == (NTSC, 60, "in band")
    assert video.b_frames
    assert video.sending == "send-h264: passes through, its own timing"
    path.write_bytes(elementary()[:-700])
    assert 0 < report(path).tracks[0].packets <= 60


@pytest.mark.skipif(not CONFORMANCE.exists(), reason=f"no conformance streams in {CONFORMANCE}")
@pytest.mark.parametrize("name", STREAMS)
def test_conformance_streams(name: str) -> None:
    (video,) = report(CONFORMANCE / f"{name}.264").tracks
    assert (video.packets, video.slices, video.profile) == STREAMS[name]
    assert (video.frame_rate == Fraction(30)) == name.startswith("VID")
    assert bool(video.b_frames) == name.startswith("VID")


def test_how_it_would_be_sent(tmp_path: Path) -> None:
    hevc = make_film(tmp_path / "hevc.mp4", Film(codec="libx265", pictures=3, sound="flac"))
    video, audio = report(hevc).tracks
    assert video.sending == "send-mp4: encoded again as h264: H265 can only be received: H264 is sent instead"
    assert video.parameter_sets == "out of band"
    assert video.slices == (1, 1)
    assert audio.sending == "decoded to PCM, 48000 Hz, 1 channel(s)"
    unknown = make_film(tmp_path / "film.mp4", Film(pictures=3, sound=""))
    unknown.write_bytes(unknown.read_bytes().replace(b"avc1", b"zzz1"))
    assert report(unknown).tracks[0].sending == "cannot be sent: nothing here decodes it"


def test_an_encrypted_file_is_said_to_be(tmp_path: Path) -> None:
    key = "00112233445566778899aabbccddeeff"
    options = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": key, "encryption_kid": key}
    for track in report(make_film(tmp_path / "film.mp4", Film(muxer_options=options))).tracks:
        assert track.encrypted
        assert track.sending == "cannot be sent: encrypted"


def test_a_damaged_file_is_reported_up_to_there(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(muxer_options={"movflags": "faststart"}))
    path.write_bytes(path.read_bytes()[:-8000])
    found = report(path)
    assert found.fault is not None
    assert "is cut" in found.fault
    assert 0 < found.tracks[0].packets < 60


def test_sound_files(tmp_path: Path) -> None:
    (track,) = report(make_film(tmp_path / "tone.wav", Film(codec="", sound="pcm_s16le"), "wav")).tracks
    assert (track.kind, track.codec, track.bitrate_bps) == ("audio", "pcm_s16le", 768_000)


@pytest.mark.parametrize("data", [b"", b"this is not a media file at all", bytes(300), b"\0\0\0\1\x09\x10"])
def test_what_is_no_media_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(InputError):
        report(path)
