"""sources/container/tracks.py: which tracks are sent."""

from pathlib import Path

import pytest

from agora_cli.clock import Stop
from agora_cli.errors import AgoraError, UsageError
from agora_cli.sources.container.plan import ContainerOptions
from agora_cli.sources.container.tracks import WantedTracks, open_tracks
from agora_cli.sources.input import open_input
from tests.media_files import Film, make_film
from tests.unit.sources.container.films import AUDIO_ONLY, VIDEO_ONLY, opened, pictures, sound, units


def test_only_what_is_wanted_is_sent(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4")
    video = units(path, ContainerOptions(VIDEO_ONLY))
    assert len(pictures(video)) == len(video) == 60
    audio = units(path, ContainerOptions(AUDIO_ONLY))
    assert len(sound(audio)) == len(audio)
    assert audio[0].pts_us == 0
    source = opened(path, ContainerOptions(AUDIO_ONLY))
    assert source.info.video is None
    source.close()


def test_of_two_video_tracks_the_first_is_sent_and_another_can_be_chosen(tmp_path: Path) -> None:
    path = make_film(tmp_path / "film.mp4", Film(second_video=True, pictures=10))
    source = opened(path)
    assert any("picture tracks 1, 2; track 1 is sent" in note for note in source.info.notes)
    source.close()
    chosen = opened(path, ContainerOptions(WantedTracks(numbers=(2,))))
    assert chosen.info.notes == ()
    assert len(pictures(list(chosen.units()))) == 10
    chosen.close()


def failure(path: Path, wanted: WantedTracks | None = None) -> AgoraError:
    with pytest.raises(AgoraError) as caught:
        with open_input(str(path), Stop()) as source:
            open_tracks(source, wanted or WantedTracks()).close()
    return caught.value


def test_sound_alone_is_not_a_picture(tmp_path: Path) -> None:
    path = make_film(tmp_path / "sound.mp4", Film(codec=""))
    error = failure(path)
    assert (error.code, error.hint) == ("no-video", "--audioOnly sends its sound")
    silent = make_film(tmp_path / "silent.mp4", Film(sound=""))
    assert failure(silent, WantedTracks(video=False)).code == "no-sound"


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_track_that_is_not_there(tmp_path: Path, number: int) -> None:
    error = failure(make_film(tmp_path / "film.mp4"), WantedTracks(numbers=(number,)))
    assert isinstance(error, UsageError)
    assert f"--track {number}" in error.message
