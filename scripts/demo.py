"""The main job on one machine: a recorder and a sender as two processes, then a comparison sample by sample."""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SPEECH = Path(__file__).parent.parent / "test_data" / "speech.wav"
TIMEOUT_S = 60


def agora(*args: str) -> list[str]:
    """Return the command line of this environment's tool."""
    return [sys.executable, "-m", "agora_cli", *args]


def main() -> int:
    """Send a speech file into a channel while another process records it; return 0 when nothing was lost."""
    with tempfile.TemporaryDirectory(prefix="agora-demo-") as directory:
        channel = ("--channelId", "demo", "--appId", Path(directory).name, "--engine", "local")
        record = agora("record", *channel, "--output", directory, "--waitForUser", "20s", "--untilLeft", "--json")
        send = agora("send-pcm", *channel, "--audioFile", str(SPEECH), "--userId", "7")
        print("$ agora", " ".join(record[3:]), "&", flush=True)
        with subprocess.Popen(record, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as recorder:
            wait_until_joined(recorder)
            print("$ agora", " ".join(send[3:]), flush=True)
            subprocess.run(send, check=True, timeout=TIMEOUT_S)
            out, _ = recorder.communicate(timeout=TIMEOUT_S)
        return report(json.loads(out))


def wait_until_joined(recorder: "subprocess.Popen[str]") -> None:
    """Pass the recorder's status lines on until it is in the channel."""
    assert recorder.stderr is not None
    for line in recorder.stderr:
        print(line, end="", flush=True)
        if line.startswith("joined"):
            return


def report(result: dict[str, object]) -> int:
    """Print what was recorded and whether it is the source, sample for sample."""
    print(json.dumps(result, indent=2))
    files = result.get("files")
    if not isinstance(files, list) or len(files) != 1:
        print("FAILED: expected one recorded file")
        return 1
    sent, recorded = samples(SPEECH), samples(Path(files[0]["path"]))
    print(f"sent     {len(sent) // 2} samples, sha256 {hashlib.sha256(sent).hexdigest()}")
    print(f"recorded {len(recorded) // 2} samples, sha256 {hashlib.sha256(recorded).hexdigest()}")
    print("bit-exact" if sent == recorded else "FAILED: the recording differs")
    return 0 if sent == recorded else 1


def samples(path: Path) -> bytes:
    """Return the samples of a 16-bit WAV file."""
    import soundfile

    data, _ = soundfile.read(path, dtype="int16")
    return bytes(data.tobytes())


if __name__ == "__main__":
    sys.exit(main())
