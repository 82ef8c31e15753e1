"""sources/sound.py: every container exact or converted, every bad file one clear line."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from agora_cli.clock import Stop
from agora_cli.errors import InputError
from agora_cli.frames import PcmFrame
from agora_cli.media.ivf import pack_ivf_frame, pack_ivf_header
from agora_cli.sources.base import Excerpt
from agora_cli.sources.pcm import PcmSource
from agora_cli.sources.sound import RawPcm, open_audio
from tests.sound_files import BARE, RATE_HZ, SOUNDFILE, bare_mp3, tone, with_soundfile
from tests.unit.units import pictures

ANY = RawPcm()


def noise(samples: int, channels: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    return np.random.default_rng(7).integers(-20000, 20000, (samples, channels), dtype=np.int16)


def opened(path: Path, raw: RawPcm = ANY, **excerpt: object) -> PcmSource:
    return open_audio(str(path), raw, Excerpt(**excerpt), Stop())  # type: ignore[arg-type]


def collect(source: PcmSource, units: list[PcmFrame]) -> None:
    for unit in source.units():
        assert isinstance(unit, PcmFrame)
        units.append(unit)


def content(source: PcmSource) -> bytes:
    units: list[PcmFrame] = []
    collect(source, units)
    return content_of(units)


def content_of(units: list[PcmFrame]) -> bytes:
    return b"".join(bytes(unit.data)[: len(unit.data) - 2 * unit.channels * unit.padding] for unit in units)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 11025, 12345, 16000, 22050, 24000, 32000, 44100, 48000])
@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_lossless_files_are_exact(tmp_path: Path, kind: str, rate: int, channels: int) -> None:
    path = tmp_path / "file.bin"
    samples = noise(rate // 4 + 7, channels)
    soundfile.write(path, samples, rate, format=kind.upper(), subtype="PCM_16")
    source = opened(path, loops=2, start_s=Fraction(1, 20))
    assert source.info.audio is not None
    assert (source.info.audio.sample_rate_hz, source.info.audio.channels) == (rate, channels)
    assert source.info.notes == ()
    assert content(source) == samples[int(Fraction(1, 20) * rate) :].tobytes() * 2


@pytest.mark.parametrize(("subtype", "name"), [("PCM_24", "pcm_s24le (s32)"), ("FLOAT", "pcm_f32le (flt)")])
def test_wider_samples_are_converted_and_said_so(tmp_path: Path, subtype: str, name: str) -> None:
    path = tmp_path / "a.wav"
    samples = noise(3000)
    soundfile.write(path, samples / 32768, 16000, subtype=subtype)
    source = opened(path)
    assert source.info.notes == (f"{path}: {name} converted to 16 bits",)
    got = np.frombuffer(content(source), "<i2").astype(int)
    assert np.abs(got - samples[:, 0]).max() <= 1


@pytest.mark.parametrize(("kind", "subtype"), [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")])
def test_lossy_files_keep_their_length(tmp_path: Path, kind: str, subtype: str) -> None:
    path = tmp_path / "no-extension"
    soundfile.write(path, noise(48000), 48000, format=kind, subtype=subtype)
    assert len(content(opened(path))) / 2 == pytest.approx(48000, abs=2400)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
@pytest.mark.parametrize("samples", [100, 500, 1000, 12345, 44100])
def test_vorbis_has_the_samples_that_libvorbis_gives(tmp_path: Path, rate: int, samples: int) -> None:
    path = tmp_path / "a.ogg"
    soundfile.write(path, tone(samples, 2), rate, format="OGG", subtype="VORBIS")
    wanted, _ = soundfile.read(path, dtype="float32")
    got = np.frombuffer(content(opened(path)), "<i2").reshape(-1, 2)
    assert len(got) == len(wanted) == samples
    assert np.abs(got / 32768 - wanted).max() < 2 / 32768


def test_vorbis_chained_behind_vorbis_is_all_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    parts = []
    for samples in (30_000, 20_000):
        soundfile.write(path, tone(samples), 44100, format="OGG", subtype="VORBIS")
        parts.append(path.read_bytes())
    path.write_bytes(b"".join(parts))
    assert len(content(opened(path))) / 2 == pytest.approx(50_000, abs=2500)


def test_96_khz_becomes_48(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(96000), 96000)
    source = opened(path)
    assert source.info.audio is not None
    assert source.info.audio.sample_rate_hz == 48000
    assert source.info.notes == (f"{path}: 96000 Hz is above 48000 Hz, resampled to that",)
    assert len(content(source)) == pytest.approx(96000, abs=100)


def test_raw_pcm_is_exact_and_a_guess_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "a.pcm"
    path.write_bytes(noise(1000).tobytes())
    source = opened(path)
    assert source.info.warnings == (
        f"{path}: --sampleRate or --numOfChannels not given, taken as raw s16le at 16000 Hz, 1 channel(s)",
    )
    assert content(source) == path.read_bytes()
    assert opened(path, RawPcm(48000, 2)).info.warnings == ()


@pytest.mark.parametrize(
    ("raw", "unsaid"),
    [(RawPcm(48000), "--numOfChannels"), (RawPcm(channels=2), "--sampleRate")],
)
def test_the_warning_names_only_what_was_not_given(tmp_path: Path, raw: RawPcm, unsaid: str) -> None:
    path = tmp_path / "a.pcm"
    path.write_bytes(noise(1000).tobytes())
    (warning,) = opened(path, raw).info.warnings
    assert warning.startswith(f"{path}: {unsaid} not given, taken as raw s16le at ")


def test_raw_pcm_that_looks_like_mp3_is_raw_where_a_format_is_given(tmp_path: Path) -> None:
    path = tmp_path / "a.pcm"
    path.write_bytes(b"\xff\xfb\x90\x64" * 100)
    assert content(opened(path, RawPcm(16000, 1))) == path.read_bytes()


def test_a_lying_wav_size_is_read_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    samples = noise(3000)
    soundfile.write(path, samples, 16000)
    data = bytearray(path.read_bytes())
    data[40:44] = b"\xf0\xff\xff\x7f"
    path.write_bytes(data)
    assert content(opened(path)) == samples.tobytes()


@pytest.mark.parametrize("cut", [1, 3, 1000, 5990])
def test_a_cut_wav_is_sent_and_then_told(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.wav"
    samples = noise(3000)
    soundfile.write(path, samples, 16000)
    path.write_bytes(path.read_bytes()[:-cut])
    units: list[PcmFrame] = []
    left = (6000 - cut) // 2
    with pytest.raises(InputError, match=rf"a\.wav: ends after {left} of the 3000 samples that its header promises"):
        collect(opened(path), units)
    assert content_of(units) == samples.tobytes()[: left * 2]


def test_a_wav_of_7_hz_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(100), 7)
    with pytest.raises(InputError, match="7 Hz, expected 8000 or more"):
        opened(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0", "not readable as wav"),
        (b"this is a text file, surely not sound\n" * 3, "is text, expected sound"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 60, "is a JPEG picture, expected sound"),
        (b"fLaC" + b"\0" * 60, "not readable as flac"),
    ],
)
def test_bad_files(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "bad"
    path.write_bytes(data)
    with pytest.raises(InputError, match=f"{path}:? .*{message}|{path} {message}"):
        opened(path)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        opened(tmp_path / "none")
    with pytest.raises(InputError, match="is a directory, expected a file"):
        opened(tmp_path)


def test_six_channels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(1000, 6), 48000)
    with pytest.raises(InputError, match="6 channels, expected 1 or 2"):
        opened(path)


def test_a_picture_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ivf"
    unit = pictures("vp8")[0]
    path.write_bytes(pack_ivf_header("vp8", 128, 96) + pack_ivf_frame(0, len(unit.data)) + bytes(unit.data))
    with pytest.raises(InputError, match="no sound in it"):
        opened(path)


QUIET = 12_000  # the tone's peak is 6000, noise of compressed bytes reaches 32767
COARSE = {"amr", "voc"}  # what they hold is not the tone


@pytest.mark.parametrize("name", BARE)
def test_strangers_sound_is_decoded_not_sent_as_noise(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(BARE[name]())
    source = opened(path)
    assert source.info.warnings == ()
    assert source.info.audio is not None
    got = np.frombuffer(content(source), "<i2").astype(int)
    assert len(got) / source.info.audio.sample_rate_hz == pytest.approx(1, abs=0.12)
    assert np.abs(got).max() < QUIET
    if name not in COARSE:
        assert np.abs(got).max() > 4000


@pytest.mark.parametrize("name", SOUNDFILE)
def test_lossless_wrappings_are_exact(tmp_path: Path, name: str) -> None:
    source = opened(with_soundfile(tmp_path / "file.bin", name))
    assert source.info.audio is not None
    assert source.info.audio.sample_rate_hz == RATE_HZ
    assert content(source) == tone().tobytes()


def test_what_nothing_recognises_is_refused_with_two_ways_out(tmp_path: Path) -> None:
    path = tmp_path / "sound.bin"
    path.write_bytes(noise(5000).tobytes())
    with pytest.raises(InputError, match=f"{path}: no sound format is recognised in it") as caught:
        opened(path)
    assert caught.value.hint == "for raw s16le PCM give --sampleRate (and --numOfChannels), or name it .pcm"
    assert content(opened(path, RawPcm(16000))) == path.read_bytes()


@pytest.mark.parametrize("suffix", [".pcm", ".raw", ".sw", ".s16le", ".PCM"])
def test_a_name_can_say_that_it_is_raw(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(noise(1000).tobytes())
    assert content(opened(path)) == path.read_bytes()


def test_a_raw_name_does_not_make_mp3_noise(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    path.write_bytes(bare_mp3())
    assert np.abs(np.frombuffer(content(opened(path)), "<i2").astype(int)).max() < QUIET


def test_metadata_that_are_not_utf8_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(), RATE_HZ)
    tags = b"INFOINAM\x04\0\0\0\xfe\xff\x80a"
    data = path.read_bytes() + b"LIST" + len(tags).to_bytes(4, "little") + tags
    path.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    assert content(opened(path)) == tone().tobytes()


def test_a_format_given_for_a_file_that_says_its_own_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(160), 16000, subtype="PCM_16")
    assert opened(path).info.notes == ()
    (note,) = opened(path, RawPcm(8000)).info.notes
    assert note == f"{path} says its own format: that of raw PCM is not needed"
