from dataclasses import replace
from fractions import Fraction

import av
import numpy as np

from agora_cli.events import MediaReceived
from agora_cli.frames import EncodedVideo, Metadata, PcmFrame, RawVideo
from agora_cli.media.encode import EncoderSettings
from agora_cli.sinks.record.wall import FORGET_US, GridRecording
from tests.unit.stills import planes
from tests.unit.units import pictures

SETTINGS = EncoderSettings("h264", 256, 144, Fraction(10), 1_000_000, 20)


class Lane:
    """What the grid writes."""

    def __init__(self) -> None:
        self.events: list[MediaReceived] = []

    def write(self, event: MediaReceived) -> None:
        assert (event.user, event.epoch) == ("grid", 0)
        self.events.append(event)

    @property
    def pictures(self) -> list[EncodedVideo]:
        return [event.unit for event in self.events if isinstance(event.unit, EncodedVideo)]

    @property
    def sound(self) -> list[PcmFrame]:
        return [event.unit for event in self.events if isinstance(event.unit, PcmFrame)]

    def luma(self) -> "list[np.ndarray[tuple[int, int], np.dtype[np.uint8]]]":
        context = av.CodecContext.create("h264", "r")
        frames = [frame for unit in self.pictures for frame in context.decode(av.Packet(bytes(unit.data)))]
        return [planes(frame.to_ndarray(), 256, 144)[0] for frame in [*frames, *context.decode(None)]]


def flat(value: int) -> RawVideo:
    return RawVideo(0, "i420", 64, 36, bytes([value] * 2304 + [128] * 1152))


def received(at_us: int, user: str, unit: object, **changes: int) -> MediaReceived:
    return MediaReceived(at_us, user, 1, unit, **changes)  # type: ignore[arg-type]


def test_two_users_are_drawn_at_the_rate_by_their_arrival() -> None:
    lane = Lane()
    grid = GridRecording(SETTINGS, lane.write)
    grid.write(received(1_000_000, "a", flat(60)))
    grid.write(received(1_450_000, "b", flat(200)))
    grid.flush(1_700_000)
    grid.close(2_000_000)
    assert [unit.pts_us for unit in lane.pictures] == [number * 100_000 for number in range(11)]
    luma = lane.luma()
    assert len(luma) == 11
    assert [abs(int(y[72, 128]) - 60) < 5 for y in luma[1:4]] == [True] * 3
    assert [abs(int(y[72, 64]) - 60) < 5 and abs(int(y[72, 192]) - 200) < 5 for y in luma[5:]] == [True] * 6


def test_encoded_users_are_decoded_and_asked_for_keyframes() -> None:
    lane = Lane()
    grid = GridRecording(SETTINGS, lane.write)
    grid.write(received(0, "late", pictures("vp9")[3]))
    assert grid.waiting_for_keyframe == {"late"}
    for number, unit in enumerate(pictures("h264")):
        grid.write(received(number * 33_333, "a", unit))
    grid.write(received(999_000, "late", pictures("vp9")[15]))
    assert grid.waiting_for_keyframe == set()
    grid.close(1_000_000)
    assert len(lane.pictures) == 11
    assert lane.luma()[-1][72, 128:].max() > 100


def test_sound_is_mixed_onto_the_same_axis() -> None:
    lane = Lane()
    grid = GridRecording(SETTINGS, lane.write)
    grid.write(received(1_000_000, "a", flat(60)))
    loud = PcmFrame(0, 8000, 1, np.full(80, 1000, "<i2").tobytes())
    for number in range(100):
        for user in ("a", "b"):
            at_us = 1_500_000 + number * 10_000
            grid.write(received(at_us, user, replace(loud, pts_us=number * 10_000)))
    grid.write(received(2_500_000, "a", Metadata(0, "video", b"x")))
    grid.close(2_500_000)
    assert lane.sound[0].pts_us == 500_000
    samples = np.frombuffer(b"".join(bytes(frame.data) for frame in lane.sound), "<i2")
    assert (len(samples), set(samples)) == (8000, {2000})


def test_sound_first_begins_with_black() -> None:
    lane = Lane()
    grid = GridRecording(SETTINGS, lane.write)
    grid.write(received(1_000_000, "a", PcmFrame(0, 8000, 1, bytes(160))))
    grid.write(received(1_300_000, "a", flat(200)))
    grid.close(1_500_000)
    assert lane.sound[0].pts_us == 0
    luma = lane.luma()
    assert int(luma[0][72, 128]) < 20
    assert int(luma[-1][72, 128]) > 190


def test_a_user_who_is_silent_for_long_gives_its_place() -> None:
    lane = Lane()
    grid = GridRecording(SETTINGS, lane.write)
    grid.write(received(0, "a", flat(60)))
    grid.write(received(0, "b", flat(200)))
    for at_us in range(0, FORGET_US + 200_000, 100_000):
        grid.write(received(at_us, "a", flat(60)))
    grid.close(FORGET_US + 200_000)
    assert abs(int(lane.luma()[-1][72, 192]) - 60) < 5


def test_a_tenth_user_is_named() -> None:
    lane = Lane()
    told: list[str] = []
    grid = GridRecording(SETTINGS, lane.write, told.append)
    for number in range(11):
        grid.write(received(0, str(number), flat(60)))
    assert grid.ignored == {"9", "10"}
    assert sorted(told) == ["10", "9"]
