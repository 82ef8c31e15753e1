"""Make test_data/: small files of our own, and the manifest that says what made each.

Needs espeak-ng on the path (Debian: apt-get install espeak-ng). The files are committed; run this only to
change them.
"""

import hashlib
import shutil
import subprocess
from pathlib import Path

DATA = Path(__file__).parent.parent / "test_data"
SENTENCES = "A channel is silent. Who is in it, and what did they send? Now you can hear for yourself."


def speech(path: Path) -> str:
    """Write synthetic speech, 16 kHz mono WAV, and return the command that made it."""
    native = path.with_suffix(".22050.wav")
    spoken = ["espeak-ng", "-v", "en-gb", "-s", "150", "-w", str(native), SENTENCES]
    subprocess.run(spoken, check=True)
    resample(native, path)
    native.unlink()
    return f"espeak-ng -v en-gb -s 150 {SENTENCES!r}, resampled from 22.05 to 16 kHz by PyAV"


def resample(source: Path, target: Path) -> None:
    """Write `source` as 16 kHz mono s16 WAV."""
    import av

    from agora_cli.media.wav import WavWriter

    writer = WavWriter(target.open("wb"), 16000, 1)
    resampler = av.AudioResampler("s16", "mono", 16000)
    with av.open(str(source)) as container:
        for frame in [*container.decode(audio=0), None]:
            for out in resampler.resample(frame):
                writer.write(bytes(out.planes[0])[: out.samples * 2])
    writer.close()


def manifest(rows: dict[str, str]) -> str:
    """Return the manifest's text."""
    lines = [
        "# Test data",
        "",
        "Made by `python scripts/make_test_data.py`.",
        "",
        "| file | made by | sha256 |",
        "|---|---|---|",
    ]
    for name, command in rows.items():
        digest = hashlib.sha256((DATA / name).read_bytes()).hexdigest()
        lines.append(f"| {name} | {command} | {digest} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    assert shutil.which("espeak-ng"), "espeak-ng is missing"
    DATA.mkdir(exist_ok=True)
    made = {"speech.wav": speech(DATA / "speech.wav")}
    (DATA / "MANIFEST.md").write_text(manifest(made))
