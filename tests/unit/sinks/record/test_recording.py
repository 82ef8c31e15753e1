"""media/recording.py and what it is made of: files as a player and a checksum see them."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from agora_cli.errors import InputError
from agora_cli.events import DataReceived, MediaReceived
from agora_cli.frames import Metadata, VideoCodec
from agora_cli.sinks.record.plan import RecordPlan
from agora_cli.sinks.record.recorded_file import RecordedFile
from agora_cli.sinks.record.recording import Recording
from tests.unit.units import decoded, decoded_units, pictures, received, sound

SECOND = 1_000_000
ROOT = Path(__file__).parents[4]


def record(plan: RecordPlan, events: list[MediaReceived]) -> list[RecordedFile]:
    recording = Recording(plan)
    for event in sorted(events, key=lambda event: event.at_us):
        recording.write(event)
        recording.flush(event.at_us)
    return recording.close()


def talk(count: int, start_us: int = 0, **fields: int) -> list[MediaReceived]:
    return [received(sound(start_us + n * 10_000, n), **fields) for n in range(count)]  # type: ignore[arg-type]


def test_a_file_per_user_exact_to_the_sample(tmp_path: Path) -> None:
    events = talk(50) + [replace(event, user="8") for event in talk(30)]
    rows = record(RecordPlan("demo", tmp_path), events)
    assert [(Path(row.path).name, row.user, row.seconds, row.frames) for row in rows] == [
        ("demo_7.wav", "7", 0.5, 50),
        ("demo_8.wav", "8", 0.3, 30),
    ]
    for row in rows:
        data, _ = soundfile.read(row.path, dtype="int16")
        np.testing.assert_array_equal(data, np.repeat(np.arange(row.frames), 160))


def test_who_comes_back_goes_on_in_the_same_file_after_silence(tmp_path: Path) -> None:
    again = [replace(event, epoch=2, at_us=event.at_us + 2 * SECOND) for event in talk(10)]
    (row,) = record(RecordPlan("demo", tmp_path), talk(10) + again)
    data, _ = soundfile.read(row.path, dtype="int16")
    assert len(data) == 16000 * 2 + 1600
    assert not data[1600:32000].any()
    np.testing.assert_array_equal(data[32000:], data[:1600])


def test_lost_frames_are_silence_and_counted(tmp_path: Path) -> None:
    events = talk(10)
    events[5] = replace(events[5], lost=2)
    (row,) = record(RecordPlan("demo", tmp_path), events[:3] + events[5:])
    data, _ = soundfile.read(row.path, dtype="int16")
    assert (row.lost, row.frames, len(data)) == (2, 8, 1600)
    assert not data[480:800].any()


def test_padding_is_left_out_and_kept_as_silence_when_more_follows(tmp_path: Path) -> None:
    tail = replace(sound(10_000, 9), padding=60)
    (row,) = record(RecordPlan("demo", tmp_path), [*talk(1), received(tail)])
    assert soundfile.info(row.path).frames == 260
    (row,) = record(RecordPlan("demo", tmp_path), [*talk(1), received(tail), received(sound(20_000, 3))])
    data, _ = soundfile.read(row.path, dtype="int16")
    assert list(data[[259, 260, 319, 320]]) == [9, 0, 0, 3]


def test_another_rate_begins_another_part(tmp_path: Path) -> None:
    events = talk(5) + [received(sound(50_000 + n * 10_000, 1, rate=48000)) for n in range(5)]
    rows = record(RecordPlan("demo", tmp_path), events)
    assert [Path(row.path).name for row in rows] == ["demo_7.wav", "demo_7_2.wav"]
    assert soundfile.info(rows[1].path).samplerate == 48000


def test_rotation(tmp_path: Path) -> None:
    rows = record(RecordPlan("demo", tmp_path, rotate_us=SECOND), talk(250))
    assert [row.seconds for row in rows] == [1.0, 1.0, 0.5]
    joined = b"".join(soundfile.read(row.path, dtype="int16")[0].tobytes() for row in rows)
    assert joined == np.repeat(np.arange(250, dtype="<i2"), 160).tobytes()


def test_one_file_belongs_to_the_first_user(tmp_path: Path) -> None:
    told: list[str] = []
    recording = Recording(RecordPlan("demo", tmp_path, file=tmp_path / "new" / "a.wav"), on_ignored=told.append)
    for event in (*talk(2), replace(talk(1)[0], user="8")):
        recording.write(event)
    (row,) = recording.close()
    assert (row.path, row.user) == (str(tmp_path / "new" / "a.wav"), "7")
    assert recording.ignored == {"8"}
    assert told == ["8"]


def test_mix(tmp_path: Path) -> None:
    events = talk(100) + [replace(event, user="8") for event in talk(100)]
    (row,) = record(RecordPlan("demo", tmp_path, mix=True), events)
    assert (Path(row.path).name, row.user) == ("demo_mixed.wav", "mixed")
    data, _ = soundfile.read(row.path, dtype="int16")
    np.testing.assert_array_equal(data, np.repeat(np.arange(100) * 2, 160))


@pytest.mark.parametrize("av_format", ["mkv", "mp4"])
@pytest.mark.parametrize("codec", ["h264", "h265", "vp9", "av1"])
def test_picture_and_sound_in_one_file(tmp_path: Path, codec: VideoCodec, av_format: str) -> None:
    events = [received(unit) for unit in pictures(codec)] + talk(100)
    plan = RecordPlan("demo", tmp_path, layout="av", av_format=av_format)  # type: ignore[arg-type]
    (row,) = record(plan, events)
    assert (Path(row.path).name, row.kind, row.frames, row.lost) == (f"demo_7.{av_format}", "av", 30, 0)
    assert row.seconds == pytest.approx(1, abs=0.04)
    assert decoded(row.path) == decoded_units(pictures(codec))
    with av.open(row.path) as container:
        sound_start = next(frame.time for frame in container.decode(audio=0))
    assert sound_start == pytest.approx(0, abs=0.03)


KILLED = """
import os, signal, sys
from pathlib import Path
from agora_cli.sinks.record.plan import RecordPlan
from agora_cli.sinks.record.recording import Recording
from tests.unit.units import pictures, received, sound
recording = Recording(RecordPlan("demo", Path(sys.argv[1]), layout="av", av_format=sys.argv[2]))
events = [received(unit) for unit in pictures("h264", 90)] + [received(sound(n * 10_000)) for n in range(300)]
for event in sorted(events, key=lambda event: event.at_us):
    recording.write(event)
    recording.flush(event.at_us)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("av_format", ["mkv", "mp4"])
def test_after_kill_9_at_most_half_a_second_is_gone(tmp_path: Path, av_format: str) -> None:
    subprocess.run([sys.executable, "-c", KILLED, tmp_path, av_format], check=False, timeout=60, cwd=ROOT)
    with av.open(str(tmp_path / f"demo_7.{av_format}")) as container:
        last_s = max(float(frame.time) for frame in container.decode(video=0))
    assert 3 - 0.5 <= last_s <= 3


def test_vp8_in_matroska_is_byte_exact(tmp_path: Path) -> None:
    (row,) = record(
        RecordPlan("demo", tmp_path, layout="av", audio_format=None), [received(unit) for unit in pictures("vp8")]
    )
    with av.open(row.path) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert packets == [unit.data for unit in pictures("vp8")]


@pytest.mark.parametrize(("codec", "extension"), [("h264", "h264"), ("vp8", "ivf"), ("av1", "ivf")])
def test_elementary_files(tmp_path: Path, codec: VideoCodec, extension: str) -> None:
    events = [received(unit) for unit in pictures(codec)] + talk(20)
    rows = record(RecordPlan("demo", tmp_path, layout="elementary"), events)
    assert sorted(Path(row.path).name for row in rows) == sorted(["demo_7.wav", f"demo_7.{extension}"])
    video = next(row for row in rows if row.kind == "video")
    assert decoded(video.path) == decoded_units(pictures(codec))
    if codec == "h264":
        assert Path(video.path).read_bytes() == b"".join(bytes(unit.data) for unit in pictures(codec))


@pytest.mark.parametrize("layout", ["av", "elementary"])
def test_it_begins_with_a_keyframe_and_counts_what_it_skips(tmp_path: Path, layout: str) -> None:
    plan = RecordPlan("demo", tmp_path, layout=layout)  # type: ignore[arg-type]
    recording = Recording(plan)
    for unit in pictures("h264")[5:12]:
        recording.write(received(unit))
    assert recording.waiting_for_keyframe == {"7"}
    for unit in pictures("h264")[12:]:
        recording.write(received(unit))
    assert recording.waiting_for_keyframe == set()
    (row,) = recording.close()
    assert (row.frames, row.lost) == (15, 10)
    assert decoded(row.path) == decoded_units(pictures("h264")[15:])


def test_another_size_begins_another_part(tmp_path: Path) -> None:
    larger = [
        replace(unit, pts_us=unit.pts_us + SECOND, dts_us=unit.dts_us + SECOND)
        for unit in pictures("h264", 15, 160, 128)
    ]
    rows = record(RecordPlan("demo", tmp_path, layout="av"), [received(unit) for unit in (*pictures("h264"), *larger)])
    assert [(Path(row.path).name, row.frames) for row in rows] == [("demo_7.mkv", 30), ("demo_7_2.mkv", 15)]


def test_rotation_waits_for_a_keyframe(tmp_path: Path) -> None:
    plan = RecordPlan("demo", tmp_path, layout="av", rotate_us=SECOND // 5)
    events = [received(unit) for unit in pictures("h264")] + talk(100)
    rows = record(plan, events)
    assert [row.frames for row in rows] == [15, 15]
    assert decoded(rows[1].path) == decoded_units(pictures("h264")[15:])


def test_sound_alone_becomes_wav_and_picture_that_comes_later_a_new_part(tmp_path: Path) -> None:
    late = [replace(unit, pts_us=unit.pts_us + SECOND, dts_us=unit.dts_us + SECOND) for unit in pictures("h264")]
    rows = record(RecordPlan("demo", tmp_path, layout="av"), talk(200) + [received(unit) for unit in late])
    assert [(Path(row.path).name, row.kind) for row in rows] == [("demo_7.wav", "audio"), ("demo_7_2.mkv", "av")]
    assert rows[0].seconds + rows[1].seconds == pytest.approx(2, abs=0.05)


def test_sound_and_picture_keep_their_distance_across_a_restart(tmp_path: Path) -> None:
    first = [received(unit) for unit in pictures("h264")] + talk(100)
    again = [replace(event, epoch=2, at_us=event.at_us + 3 * SECOND) for event in first]
    (row,) = record(RecordPlan("demo", tmp_path, layout="av"), first + again)
    with av.open(row.path) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times[30] - times[0] == pytest.approx(3, abs=0.002)
    assert row.seconds == pytest.approx(4, abs=0.05)


def test_messages_and_metadata_become_lines(tmp_path: Path) -> None:
    recording = Recording(RecordPlan("demo", tmp_path))
    recording.write_data(DataReceived(0, "7", "čau".encode(), 1_500_000))
    recording.write(received(Metadata(20_000, "audio", b"\0\xff")))
    (row,) = recording.close()
    assert (row.kind, row.frames) == ("data", 2)
    lines = [json.loads(line) for line in (tmp_path / "demo_7.messages.jsonl").read_text().splitlines()]
    assert lines == [
        {"time": 1.5, "kind": "data", "text": "čau"},
        {"time": 0.02, "kind": "audio-metadata", "base64": "AP8="},
    ]


def test_a_directory_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot write the recording: .*file/out: Not a directory"):
        Recording(RecordPlan("demo", tmp_path / "file" / "out"))


def test_a_user_called_like_a_part_keeps_a_file_of_its_own(tmp_path: Path) -> None:
    events = [*talk(200), *(replace(event, user="7_2") for event in talk(200))]
    rows = record(RecordPlan("demo", tmp_path, rotate_us=SECOND), events)
    assert len({row.path for row in rows}) == len(rows) == 4
    assert {row.user for row in rows} == {"7", "7_2"}


def test_the_longest_user_id_is_recorded_with_its_messages(tmp_path: Path) -> None:
    user = "u" * 255
    recording = Recording(RecordPlan("demo", tmp_path))
    for event in talk(10, user=user):  # type: ignore[arg-type]
        recording.write(event)
    recording.write_data(DataReceived(0, user, b"hello", 0))
    assert [(row.user, row.frames) for row in recording.close()] == [(user, 10), (user, 1)]


def test_picture_that_no_container_takes_costs_its_sender_the_picture_and_nobody_else_anything(tmp_path: Path) -> None:
    noise = b"\0\0\0\1\x67" + bytes(range(64, 104)) + b"\0\0\0\1\x68\xce\x55\0\0\0\1\x65" + bytes(range(1, 200))
    bad = [replace(unit, data=noise, keyframe=True) for unit in pictures("h264", 10)]
    events = [*(received(unit) for unit in bad), *talk(100), *(replace(event, user="8") for event in talk(100))]
    recording = Recording(RecordPlan("demo", tmp_path, layout="av"))
    for event in sorted(events, key=lambda event: event.at_us):
        recording.write(event)
    rows = recording.close()
    assert sorted((row.user, row.kind, row.seconds) for row in rows) == [("7", "audio", 1.0), ("8", "audio", 1.0)]
    assert set(recording.faults) == {"7"}


def test_a_fifo_is_not_opened_again_for_its_checksum(tmp_path: Path) -> None:
    fifo = tmp_path / "talk.wav"
    os.mkfifo(fifo)
    row = RecordedFile(str(fifo), "7", "audio", "pcm_s16le", 1.0, 1, 0)
    opener = threading.Thread(target=row.to_json, daemon=True)
    opener.start()
    opener.join(5)
    assert not opener.is_alive()


@pytest.mark.parametrize("plan", [{"layout": "av"}, {"layout": "av", "av_format": "mp4"}, {"layout": "elementary"}])
def test_a_picture_that_comes_twice_or_late_costs_itself_only(tmp_path: Path, plan: dict[str, str]) -> None:
    events = [received(unit) for unit in pictures("h264")]
    events[10:12] = [replace(events[11], lost=1), replace(events[10], lost=-1, at_us=events[11].at_us)]
    events.insert(20, replace(events[19]))
    recording = Recording(RecordPlan("demo", tmp_path, **plan))  # type: ignore[arg-type]
    for event in events:
        recording.write(event)
    (row,) = recording.close()
    assert recording.faults == {}
    assert (row.frames, row.lost) == (29, 1)
