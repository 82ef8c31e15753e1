"""vad-dump as a user runs it: stdout, stderr and exit code apart."""

import json
import signal
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from .run import Ran, agora, command, environment, start, wait_until_it_catches

SPEECH = Path(__file__).parents[2] / "test_data" / "speech.wav"
FILES = {
    "frames.csv",
    "report.html",
    "segments.TextGrid",
    "segments.json",
    "segments.rttm",
    "segments.txt",
    "segments.vtt",
}
DUMP = {"label.txt", "pitch.pcm", "rms.pcm", "source.pcm", "voice_prob.pcm"}


def wav(path: Path, samples: np.ndarray, rate_hz: int = 16_000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(samples.dtype.itemsize)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return path


def speech() -> np.ndarray:
    with wave.open(str(SPEECH)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)


def dumped(tmp_path: Path, *args: object, stdin: bytes = b"") -> Ran:
    return agora(tmp_path, "vad-dump", *args, "--output", tmp_path / "out", stdin=stdin)


def one_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, text
    return lines[0]


def test_all_that_it_writes(tmp_path: Path) -> None:
    ran = dumped(tmp_path, SPEECH, "--json")
    assert ran.code == 0
    document = ran.json
    assert list(document) == ["ok", "rules", "vadEngine", "frames", "segments", "dump", "scores"]
    assert document["ok"] is True
    assert (document["rules"], document["vadEngine"], document["scores"]) == ("2.1", "silero", {})
    folder = Path(document["dump"])
    assert folder.parent == tmp_path / "out"
    assert {path.name for path in folder.parent.iterdir()} == FILES | {folder.name}
    assert {path.name for path in folder.iterdir()} == DUMP | {one["file"] for one in document["segments"]}
    samples = speech()
    whole = len(samples) // 160 * 160
    assert (folder / "source.pcm").read_bytes() == samples[:whole].tobytes()
    assert document["frames"] == whole // 160
    for name in ("rms.pcm", "pitch.pcm", "voice_prob.pcm"):
        assert (folder / name).stat().st_size == 2 * whole
    assert document["segments"]
    for one in document["segments"]:
        assert list(one) == ["startS", "endS", "startReason", "stopReason", "file"]
        seconds = (folder / one["file"]).stat().st_size / 32_000
        assert abs(seconds - (one["endS"] - one["startS"])) < 1e-6
    assert "far field and music cannot be known" in ran.err


def test_what_a_person_sees(tmp_path: Path) -> None:
    ran = dumped(tmp_path, SPEECH)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert [line.split(" ")[0] for line in lines[1:4]] == ["rms", "prob", "vad"]
    assert "[" in lines[3]
    assert "of 29 active" in ran.out
    assert "\x1b" not in ran.out
    assert max(map(len, lines)) <= 100
    assert f"open {tmp_path}/out/report.html in a browser" in ran.err


def test_two_runs_in_a_second_have_two_dumps(tmp_path: Path) -> None:
    for _ in range(2):
        assert dumped(tmp_path, SPEECH, "--noReport").code == 0
    assert len([path for path in (tmp_path / "out").iterdir() if path.is_dir()]) == 2
    assert not (tmp_path / "out" / "report.html").exists()


def test_the_default_folder_is_named_after_the_file(tmp_path: Path) -> None:
    line = command("vad-dump", "--audioFile", SPEECH, "--quiet")
    done = subprocess.run(line, cwd=tmp_path, env=environment(tmp_path), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0
    assert done.stderr == b""
    assert (tmp_path / "speech-vad" / "report.html").is_file()


def test_replay_of_its_own_dump(tmp_path: Path) -> None:
    first = dumped(tmp_path, SPEECH, "--json").json
    again = agora(tmp_path, "vad-dump", "--replay", first["dump"], "--output", tmp_path / "again", "--json")
    assert again.code == 0
    assert "differs from the one in label.txt nowhere" in again.err
    assert again.json["segments"] == first["segments"]
    assert again.json["vadEngine"] == "label.txt"
    for name in DUMP:
        assert (Path(again.json["dump"]) / name).read_bytes() == (Path(first["dump"]) / name).read_bytes()
    other = agora(tmp_path, "vad-dump", "--replay", first["dump"], "-o", tmp_path / "x", "--stopRecognizeCount", "200")
    assert "differs from the one in label.txt in" in other.err


def test_raw_pcm_on_stdin_live(tmp_path: Path) -> None:
    ran = dumped(
        tmp_path, "-", "--sampleRate", 16_000, "--numOfChannels", 1, "--live", "--json", stdin=speech().tobytes()
    )
    assert ran.code == 0
    *events, document = ran.ndjson
    assert [event["event"] for event in events] == ["start", "stop"] * (len(events) // 2)
    assert [event["reason"] for event in events[::2]] == [one["startReason"] for one in document["segments"]]
    assert Path(document["dump"], "source.pcm").read_bytes() == speech()[: document["frames"] * 160].tobytes()


def test_a_start_is_told_while_stdin_is_still_open(tmp_path: Path) -> None:
    process = start(tmp_path, "vad-dump", "-", "--sampleRate", "16000", "--numOfChannels", "1", "--live", "--json",
                    "--output", tmp_path / "out", stdin=subprocess.PIPE)  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.buffer.write(speech()[:64_000].tobytes())
    process.stdin.buffer.flush()
    event = json.loads(process.stdout.readline())
    assert event["event"] == "start"
    assert event["soundFromS"] < event["atS"] < 4
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert json.loads(out.splitlines()[-1])["segments"][0]["startS"] == event["soundFromS"]
    assert f"speech starts: {event['reason']}" in err


def test_a_live_stdin_ends_cleanly_on_ctrl_c(tmp_path: Path) -> None:
    process = start(tmp_path, "vad-dump", "-", "--sampleRate", "16000", "--numOfChannels", "1", "--live", "--json",
                    "--output", tmp_path / "out", stdin=subprocess.PIPE)  # fmt: skip
    assert process.stdin is not None
    process.stdin.buffer.write(speech().tobytes())
    process.stdin.buffer.flush()
    source = next(path for path in appears(tmp_path / "out", "*/source.pcm", 32_000))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    document = json.loads(out.splitlines()[-1])
    assert document["ok"] is True
    assert Path(document["dump"]) == source.parent


@pytest.mark.parametrize("live", [(), ("--live",)])
def test_a_signal_before_any_sound(tmp_path: Path, live: tuple[str, ...]) -> None:
    process = start(tmp_path, "vad-dump", "-", *live, "--json", "--output", tmp_path / "out", stdin=subprocess.PIPE)
    wait_until_it_catches(process, signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 143
    assert json.loads(out)["error"] == {"code": "stopped", "exit": 143, "message": "stopped before any input came"}
    assert "error:" not in err


@pytest.mark.parametrize("live", [(), ("--live",)])
def test_sound_before_damage_is_judged_and_the_damage_told(tmp_path: Path, live: tuple[str, ...]) -> None:
    torn = tmp_path / "torn.pcm"
    torn.write_bytes(speech().tobytes() + b"x")
    raw = (torn, "--sampleRate", 16_000, "--numOfChannels", 1, *live)
    ran = dumped(tmp_path, *raw, "--json")
    assert (ran.code, ran.ndjson[-1]["error"]["code"]) == (3, "odd-bytes")
    assert "were sent" not in ran.err
    (dump,) = [path for path in (tmp_path / "out").iterdir() if path.is_dir()]
    assert (dump / "source.pcm").read_bytes() == speech()[: len(speech()) // 160 * 160].tobytes()
    assert FILES < {path.name for path in dump.parent.iterdir()}
    ran = dumped(tmp_path, *raw)
    assert ran.code == 3
    assert "vad_N" in ran.out
    assert "ends inside a sample" in one_line(ran.err)


def appears(folder: Path, pattern: str, size: int) -> list[Path]:
    import time

    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = [path for path in folder.glob(pattern) if path.stat().st_size >= size]
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"no {pattern} of {size} bytes in {folder}")


def test_labels_comparison_and_tuning(tmp_path: Path) -> None:
    found = dumped(tmp_path, SPEECH, "--json").json["segments"]
    labels = tmp_path / "labels.txt"
    spans = [(1 + 1.4 * n, 1.8 + 1.4 * n) for n in range(4)]
    labels.write_text("".join(f"{start}\t{end}\tspeech\n" for start, end in spans))
    args = ("--labels", labels, "--compare", "rules=documented,stopVoiceProb=30", "--tune", "--sweep",
            "stopRecognizeCount=30:60:10")  # fmt: skip
    document = dumped(tmp_path, SPEECH, *args, "--json").json
    assert found == document["segments"]
    assert list(document["scores"]) == [
        "auc", "f1", "precision", "recall", "miss", "false", "split", "merge", "utterances", "ser", "onsetMsP50",
        "offsetMsP50", "clipped",
    ]  # fmt: skip
    assert document["compare"]["rules"] == "documented"
    assert document["tune"]["runs"] == 5
    assert document["tune"]["held_out_ser_before"] >= document["tune"]["held_out_ser"]
    ran = dumped(tmp_path, SPEECH, *args)
    assert ran.code == 0
    assert "label " in ran.out
    assert "best of 5: " in ran.out
    assert "ser on held-out sound" in ran.out


def test_another_engine_beside_it(tmp_path: Path) -> None:
    pytest.importorskip("earshot", reason="the extra earshot is not installed")
    ran = dumped(tmp_path, SPEECH, "--compare", "vadEngine=earshot", "--json")
    assert ran.code == 0
    assert ran.json["compare"]["vadEngine"] == "earshot"
    assert dumped(tmp_path, SPEECH, "--vadEngine", "earshot", "--json").json["vadEngine"] == "earshot"


def test_an_engine_that_is_not_here(tmp_path: Path) -> None:
    try:
        import ten_vad  # noqa: F401
    except ImportError:
        ran = dumped(tmp_path, SPEECH, "--vadEngine", "ten", "--json")
        assert ran.code == 7
        assert "needs the package ten-vad" in one_line(ran.err)
        assert "restricted licence" in ran.json["error"]["hint"]
        assert not (tmp_path / "out").exists()


def test_rule_set_2_4_warns(tmp_path: Path) -> None:
    ran = dumped(tmp_path, SPEECH, "--rules", "2.4")
    assert ran.code == 0
    assert "on a raw recording it wakes on noise" in ran.err
    assert "in a row" in ran.out


SECOND = 16_000


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("silence", 100),
        ("30 ms", 3),
        ("8 bit", 100),
        ("96 kHz", 100),
        ("5.1", 100),
        ("8 kHz", 100),
        ("44.1 kHz stereo", 100),
    ],
)
def test_sounds_of_any_form(tmp_path: Path, name: str, frames: int) -> None:
    quiet = np.zeros(SECOND, np.int16)
    made = {
        "silence": (quiet, 16_000, 1),
        "30 ms": (quiet[:480], 16_000, 1),
        "8 bit": (np.full(SECOND, 128, np.uint8), 16_000, 1),
        "96 kHz": (np.zeros(96_000, np.int16), 96_000, 1),
        "5.1": (np.zeros(6 * 48_000, np.int16), 48_000, 6),
        "8 kHz": (np.zeros(8_000, np.int16), 8_000, 1),
        "44.1 kHz stereo": (np.zeros(88_200, np.int16), 44_100, 2),
    }
    samples, rate_hz, channels = made[name]
    ran = dumped(tmp_path, wav(tmp_path / "in.wav", samples, rate_hz, channels), "--json")
    assert ran.code == 0, ran.err
    assert (ran.json["frames"], ran.json["segments"]) == (frames, [])
    assert "no start: the nearest was" in ran.err


def test_files_that_are_no_sound(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "short.pcm").write_bytes(bytes(300))
    (tmp_path / "text.wav").write_text("hello, this is a text\n" * 20)
    for name, message in (
        ("empty.wav", "is empty"),
        ("short.pcm", "shorter than one frame of 10 ms"),
        ("text.wav", "is text, expected sound"),
        ("none.wav", "no such file"),
    ):
        ran = dumped(tmp_path, tmp_path / name)
        assert (ran.code, ran.out) == (3, ""), ran.err
        assert message in one_line(ran.err)


def test_dumps_that_cannot_be_replayed(tmp_path: Path) -> None:
    good = "ct:0 fct:0 state:0 far:1 vop:0 rms:0 pitch:0 mup:0\n"
    for text, message in (
        (None, "it has no label.txt"),
        ("", "holds no frame"),
        (good + good.replace("vop:0", "vop:101"), "line 2: vop must be 0 to 100, got 101"),
        (good + "ct:1\n" + good, "line 2 (byte 51): expected ct:"),
    ):
        folder = tmp_path / "dump"
        folder.mkdir(exist_ok=True)
        if text is not None:
            (folder / "label.txt").write_text(text)
        ran = dumped(tmp_path, "--replay", folder)
        assert (ran.code, ran.out) == (3, "")
        assert message in one_line(ran.err)
    (folder / "label.txt").write_text(good * 3 + good[:20])
    ran = dumped(tmp_path, "--replay", folder, "--json")
    assert (ran.code, ran.json["frames"]) == (0, 3)
    assert "ends in a torn line (20 bytes), which is left out" in ran.err


def test_labels_that_cannot_be_used(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    for text, message in (("0\t100\tspeech\n", "a label ends at 100.000 s"), ("x\n", "expected a start and an end")):
        labels.write_text(text)
        ran = dumped(tmp_path, SPEECH, "--labels", labels)
        assert (ran.code, ran.out) == (3, "")
        assert message in one_line(ran.err)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file in the way")
    ran = dumped(tmp_path, SPEECH)
    assert (ran.code, ran.out) == (3, "")
    assert "cannot make the folder" in one_line(ran.err)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "expected one of FILE, --audioFile, --replay and --channelId"),
        ((SPEECH, "--replay", "x"), "expected one of FILE, --audioFile, --replay and --channelId"),
        ((SPEECH, "--audioFile", SPEECH), "expected one of FILE, --audioFile, --replay and --channelId"),
        ((SPEECH, "--activePercent", "0"), "activePercent must be above 0 and at most 1, got 0"),
        ((SPEECH, "--activePercent", "1.1"), "activePercent must be above 0 and at most 1, got 1.1"),
        ((SPEECH, "--startVoiceProb", "101"), "startVoiceProb must be 0 to 100, got 101"),
        ((SPEECH, "--stopRmsThreshold", "5"), "stopRmsThreshold must be -100 to 0, got 5"),
        ((SPEECH, "--startRecognizeCount", "0"), "startRecognizeCount must be 1 to 6000, got 0"),
        ((SPEECH, "--rules", "3"), "invalid value for '--rules'"),
        ((SPEECH, "--tune"), "--tune needs --labels"),
        ((SPEECH, "--compare", "speed=2"), "cannot read 'speed=2' as name=value"),
        ((SPEECH, "--labels", "x", "--sweep", "speed=2"), "--sweep 'speed=2'"),
        ((SPEECH, "--sampleRate", "1"), "--sampleRate must be 8000 to 48000, got 1"),
        ((SPEECH, "--numOfChannels", "9"), "--numOfChannels must be 1 or 2, got 9"),
    ],
)
def test_a_wrong_command_line(tmp_path: Path, args: tuple[object, ...], message: str) -> None:
    ran = dumped(tmp_path, *args, "--json")
    assert ran.code == 2
    assert message in one_line(ran.err)
    assert ran.json["error"]["exit"] == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("args", [("--vadEngine", "earshot"), ("--compare", "vadEngine=earshot"), ("--live",)])
def test_a_replay_has_no_voice_engine(tmp_path: Path, args: tuple[str, ...]) -> None:
    ran = dumped(tmp_path, "--replay", tmp_path, *args, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (2, "replay-engine")


def test_the_folder_around_a_dump_is_told_which_one_to_name(tmp_path: Path) -> None:
    (tmp_path / "20260102030405").mkdir()
    (tmp_path / "20260102030405" / "label.txt").touch()
    ran = dumped(tmp_path, "--replay", tmp_path, "--json")
    assert ran.code == 3
    assert ran.json["error"]["hint"] == f"--replay {tmp_path / '20260102030405'}"
