"""The published SDK's own voice_detection.py, fetched with pip into a cache and run in isolation.

The package itself is never imported: the one file is executed beside a stub of agora_base, without its
prints (2.1.1 prints on every frame).
"""

import subprocess
import sys
import tarfile
import tempfile
import types
from functools import cache
from pathlib import Path
from typing import Any

import pytest

CACHE = Path.home() / ".cache" / "agora-media-cli-tests"
SOURCE = "agora/rtc/voice_detection.py"


@cache
def voice_detection(version: str) -> Any:
    """Return the module of one published version; skip the test where the registry is out of reach."""
    package = types.ModuleType("agora_isolated")
    base = types.ModuleType("agora_isolated.agora_base")
    base.AudioFrame = base.AudioParams = object  # type: ignore[attr-defined]
    module = types.ModuleType("agora_isolated.voice_detection")
    module.__package__ = "agora_isolated"
    module.print = lambda *_: None  # type: ignore[attr-defined]
    known = {"agora_isolated": package, "agora_isolated.agora_base": base}
    sys.modules.update(known)
    try:
        exec(compile(source(version), SOURCE, "exec"), module.__dict__)
    finally:
        for name in known:
            del sys.modules[name]
    return module


def source(version: str) -> str:
    """Return the text of the file, from the cache or the registry."""
    kept = CACHE / f"voice_detection-{version}.py"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as scratch:
            text = fetched(version, Path(scratch))
            CACHE.mkdir(parents=True, exist_ok=True)
            half = CACHE / f".{version}-{Path(scratch).name}"
            half.write_text(text)
            half.replace(kept)  # whole or not at all: another worker may be at the same file
    return kept.read_text()


def fetched(version: str, scratch: Path) -> str:
    """Download one sdist and return its voice_detection.py."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    command += ["--dest", str(scratch), f"agora-python-server-sdk=={version}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"the package registry did not answer in 100 s for agora-python-server-sdk {version}")
    archives = list(scratch.glob("*.tar.gz"))
    if done.returncode != 0 or not archives:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        pytest.skip(f"agora-python-server-sdk {version} is not to be had from the package registry: {last}")
    with tarfile.open(archives[0]) as archive:
        member = next(name for name in archive.getnames() if name.endswith(SOURCE))
        file = archive.extractfile(member)
        assert file is not None
        return file.read().decode()
