"""media/part.py: when parts begin and end, what is held and what is skipped."""

from dataclasses import dataclass, field, replace

import pytest

from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo
from agora_cli.sinks.record.lane import Lane
from agora_cli.sinks.record.part import Held, Part
from agora_cli.sinks.record.recorded_file import RecordedFile
from tests.unit.units import received, sound


def picture(at_us: int, keyframe: bool = False, width: int = 64) -> MediaReceived:
    return received(EncodedVideo(at_us, at_us, "h264", width, 64, keyframe, b"x"))


@dataclass
class FakePart:
    """Keeps what it is given; takes pictures of one width, and sound."""

    width: int
    events: list[MediaReceived] = field(default_factory=list)
    closed: int = 0

    def accepts(self, event: MediaReceived) -> bool:
        return not isinstance(event.unit, EncodedVideo) or event.unit.width == self.width

    def write(self, event: MediaReceived) -> None:
        assert not self.closed
        self.events.append(event)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1

    def row(self) -> RecordedFile:
        return RecordedFile("", "7", "av", "", 0, len(self.events), sum(event.lost for event in self.events))


def lane(parts: list[FakePart], rotate_us: int | None = None) -> Lane:
    def open_part(held: Held, final: bool) -> Part | None:
        first = held.first_keyframe
        if first is None and not final:
            return None
        parts.append(FakePart(first.width if first else 0))
        return parts[-1]

    return Lane(open_part, rotate_us)


def test_sound_is_held_until_the_keyframe_and_pictures_before_it_are_counted() -> None:
    parts: list[FakePart] = []
    tested = lane(parts)
    for event in (received(sound(0)), picture(1), replace(picture(2), lost=3)):
        tested.write(event)
    assert tested.is_waiting
    assert parts == []
    tested.write(picture(3, keyframe=True))
    tested.write(picture(4))
    assert not tested.is_waiting
    tested.close()
    assert [event.at_us for event in parts[0].events] == [0, 3, 4]
    assert [row.lost for row in tested.rows()] == [5]
    assert parts[0].closed == 1


def test_a_picture_of_another_size_waits_for_its_keyframe_while_sound_goes_on() -> None:
    parts: list[FakePart] = []
    tested = lane(parts)
    events = [picture(0, True), picture(1, width=32), received(sound(2)), picture(3, True, 32), picture(4, False, 32)]
    for event in events:
        tested.write(event)
        assert tested.is_waiting == (event.at_us in (1, 2))
    tested.close()
    assert [[event.at_us for event in part.events] for part in parts] == [[0, 2], [3, 4]]
    assert [row.lost for row in tested.rows()] == [0, 1]


def test_a_part_that_is_old_enough_ends_at_the_next_keyframe() -> None:
    parts: list[FakePart] = []
    tested = lane(parts, rotate_us=10)
    for event in (picture(0, True), picture(11), received(sound(12)), picture(13, True), picture(20, True)):
        tested.write(event)
    tested.close()
    assert [[event.at_us for event in part.events] for part in parts] == [[0, 11, 12], [13, 20]]


def test_closing_writes_what_is_held() -> None:
    parts: list[FakePart] = []
    tested = lane(parts)
    tested.write(received(sound(5)))
    tested.close()
    tested.close()
    assert [event.at_us for event in parts[0].events] == [5]
    assert parts[0].closed == 1


def test_the_origin_is_the_earliest_time_of_the_first_epoch() -> None:
    held = Held()
    held.add(received(sound(50)))
    held.add(received(EncodedVideo(60, 40, "h264", 1, 1, True, b"x")))
    held.add(received(sound(0), epoch=2))
    assert held.origin_us == 40


@pytest.mark.parametrize("step", ["write", "flush", "close"])
def test_an_error_of_the_disk_says_which_file_it_was(step: str) -> None:
    class Broken(FakePart):
        def write(self, event: MediaReceived) -> None:
            self._fail("write")

        def flush(self) -> None:
            self._fail("flush")

        def close(self) -> None:
            self._fail("close")

        def _fail(self, here: str) -> None:
            if here == step:
                raise OSError(28, "No space left on device")

        def row(self) -> RecordedFile:
            return RecordedFile("out/a.wav", "7", "audio", "pcm_s16le", 0.0, 0, 0)

    written = Lane(lambda held, final: Broken(64))
    steps = {"write": lambda: written.write(received(sound(0))), "flush": written.flush, "close": written.close}
    for name, action in steps.items():
        if name != step:
            action()
            continue
        with pytest.raises(OSError, match="No space left on device: 'out/a.wav'"):
            action()
        return
