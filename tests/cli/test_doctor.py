"""`agora doctor` as a process: broken set-ups are told apart, and the exit code says whether the engine can run."""

import platform
from pathlib import Path
from typing import Any

import pytest

from tests.contract.sdk_fake.fixtures import sdk_or_skip
from tests.unit.commands.doctor.test_sdk import AARCH64, X86_64, sdk
from tests.unit.tokens.vectors import APP_ID, CERTIFICATE

from .run import Ran, agora

BLOCK = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise ImportError("blocked for this test")
sys.meta_path.insert(0, Block())
"""


def doctor(home: Path, *args: str, blocked: str = "", **extra: str) -> tuple[Ran, dict[str, dict[str, Any]]]:
    """Run doctor, with one module that cannot be imported; return the run and the checks by name."""
    if blocked:
        (home / "sitecustomize.py").write_text(BLOCK.format(name=blocked))
        extra["PYTHONPATH"] = str(home)
    ran = agora(home, "doctor", "--json", *args, **extra)
    return ran, {check["name"]: check for check in ran.json["checks"]}


def test_a_sound_machine(tmp_path: Path) -> None:
    ran, checks = doctor(tmp_path)
    assert {name: check["status"] for name, check in checks.items() if check["status"] == "problem"} == {}
    assert ran.code == 0
    assert ran.json["ok"] is True
    assert ran.json["engine"] == "local"
    assert list(checks) == [
        "python",
        "native core",
        "codecs",
        "voice model",
        "local engine",
        "agora sdk",
        "environment",
        "configuration",
        "clock",
        "disk",
        "shared memory",
    ]
    assert ran.err == "checking for engine local\nengine local can run here\n"


def test_the_table_and_the_last_line(tmp_path: Path) -> None:
    ran = agora(tmp_path, "doctor", "--engine", "sdk")
    assert ran.code == 7
    assert "PROBLEM" in ran.out
    assert "to fix agora sdk: pip install 'agora-media-cli[sdk]'" in ran.out
    assert ran.err == "checking for engine sdk\nengine sdk cannot run here: agora sdk\n"


@pytest.mark.parametrize(
    ("blocked", "name", "code"),
    [
        ("agora_cli.native._core", "native core", 7),
        ("av", "codecs", 7),
        ("onnxruntime", "voice model", 0),
        ("zenoh", "local engine", 7),
    ],
)
def test_a_missing_library(blocked: str, name: str, code: int, tmp_path: Path) -> None:
    ran, checks = doctor(tmp_path, blocked=blocked)
    assert checks[name]["status"] == "problem"
    assert checks[name]["fix"]
    others = [check["name"] for check in checks.values() if check["status"] == "problem" and check["name"] != name]
    assert others == ([] if name != "native core" else [*others])
    assert ran.code == code
    if code:
        assert ran.json["error"]["exit"] == 7
        assert ran.json["error"]["message"].startswith(f"engine local cannot run here: {name}: ")


def half(root: Path) -> Path:
    (root / "agora").mkdir(parents=True)
    return root


HERE = {"x86_64": X86_64, "aarch64": AARCH64}.get(platform.machine(), X86_64)
OTHER = AARCH64 if HERE == X86_64 else X86_64


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda root: root, "is no directory"),
        (half, "half installed"),
        (lambda root: sdk(root, "2.3.4"), "must be >=2.4.9,<2.5"),
        (lambda root: sdk(root), "has no libaosl.so"),
        (lambda root: sdk(root, machine=OTHER), "this machine is"),
        (lambda root: sdk(root, machine=HERE), "does not load"),
    ],
    ids=["missing", "half installed", "version", "no libraries", "another processor", "damaged"],
)
def test_a_broken_sdk(broken: Any, words: str, tmp_path: Path) -> None:
    directory = broken(tmp_path / "sdk")
    ran, checks = doctor(tmp_path, "--engine", "sdk", AGORA_SDK_DIR=str(directory))
    assert checks["agora sdk"]["status"] == "problem"
    assert words in checks["agora sdk"]["detail"]
    assert ran.code == 7


def test_a_local_engine_whose_directory_others_can_enter(tmp_path: Path) -> None:
    (tmp_path / "agora").mkdir(mode=0o777)
    (tmp_path / "agora").chmod(0o777)
    ran, checks = doctor(tmp_path)
    assert checks["local engine"]["status"] == "problem"
    assert ran.code == 7


def test_an_app_id_asks_for_the_sdk(tmp_path: Path) -> None:
    ran, _ = doctor(tmp_path, "--appId", APP_ID)
    assert (ran.code, ran.json["engine"]) == (7, "sdk")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AGORA_APP_CERTIFICATE": CERTIFICATE[1:]}, "must be 32 hex digits, it has 31 characters"),
        ({"AGORA_TOKEN": f"006{APP_ID}IAB"}, "old 006 format"),
    ],
)
def test_malformed_settings(variables: dict[str, str], words: str, tmp_path: Path) -> None:
    ran, checks = doctor(tmp_path, "--engine", "local", AGORA_APP_ID=APP_ID, **variables)
    assert words in checks["environment"]["detail"]
    assert ran.code == 7
    for secret in variables.values():
        assert secret not in ran.out + ran.err


@pytest.mark.parametrize("version", ["2.4.9", "2.4.10"])
def test_a_whole_sdk(version: str, tmp_path: Path) -> None:
    directory = sdk_or_skip(version)
    ran, checks = doctor(tmp_path, "--engine", "sdk", AGORA_SDK_DIR=str(directory))
    assert checks["agora sdk"]["status"] == "ok"
    assert f"{version} in " in checks["agora sdk"]["detail"]
    assert ran.code == 0
