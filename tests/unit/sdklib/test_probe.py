"""sdklib/probe.py: every kind of broken installation is told apart, and nothing is imported or run."""

import platform
import struct
import sys
from pathlib import Path

import pytest

from agora_cli.sdklib.probe import MACHINES, RTC_LIBRARIES, RTM_LIBRARIES, elf_machine, probe, version_tuple

OTHER_MACHINE = next(number for number, name in MACHINES.items() if name != platform.machine())
THIS_MACHINE = next(number for number, name in MACHINES.items() if name == platform.machine())


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide an SDK that another test of this process has loaded."""
    for name in [name for name in sys.modules if name.split(".")[0] == "agora"]:
        monkeypatch.delitem(sys.modules, name)


def elf(machine: int, little: bool = True) -> bytes:
    """Return the first bytes of an ELF file."""
    return b"\x7fELF\x02" + bytes([1 if little else 2]) + bytes(12) + struct.pack("<H" if little else ">H", machine)


def sdk(root: Path, version: str | None = "2.4.10", machine: int = THIS_MACHINE, skip: str = "") -> Path:
    """Make what looks like an unpacked SDK; its Python files must never run."""
    package = root / "agora"
    for part in ("rtc", "rtm", "agora_sdk"):
        (package / part).mkdir(parents=True)
    for path in (package / "__init__.py", package / "rtc" / "__init__.py"):
        path.write_text("raise AssertionError('imported')")
    for name in RTC_LIBRARIES + RTM_LIBRARIES:
        if name != skip:
            (package / "agora_sdk" / name).write_bytes(elf(machine))
    if version is not None:
        (root / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: agora-python-server-sdk\nVersion: {version}\n")
    return root


def code(root: Path | None, rtm: bool = False) -> str:
    problem = probe(root, dependencies=False).problem(rtm)
    return problem.code if problem else ""


def test_a_whole_sdk_has_no_problem(tmp_path: Path) -> None:
    report = probe(sdk(tmp_path), dependencies=False)
    assert report.package == tmp_path / "agora"
    assert report.version == "2.4.10"
    assert report.supported
    assert report.problem() is None
    assert report.problem(rtm=True) is None
    assert "agora" not in sys.modules


def test_the_package_itself_may_be_named(tmp_path: Path) -> None:
    sdk(tmp_path)
    assert probe(tmp_path / "agora", dependencies=False).problem() is None


@pytest.mark.parametrize("version", ["2.4.8", "2.5", "2.5.0", "3.0", "x", None])
def test_other_versions_are_refused(tmp_path: Path, version: str | None) -> None:
    assert code(sdk(tmp_path, version)) == "sdk-version"


@pytest.mark.parametrize("version", ["2.4.9", "2.4.10", "2.4.11.post1"])
def test_these_versions_are_taken(tmp_path: Path, version: str) -> None:
    assert code(sdk(tmp_path, version)) == ""


def test_no_sdk(tmp_path: Path) -> None:
    assert code(None) == "sdk-missing"


def test_a_named_directory_without_an_sdk_is_named(tmp_path: Path) -> None:
    problem = probe(tmp_path).problem()
    assert problem is not None
    assert (problem.code, problem.message) == ("sdk-dir", f"AGORA_SDK_DIR={tmp_path} has no agora/ in it")
    problem = probe(tmp_path / "none").problem()
    assert problem is not None
    assert problem.message == f"AGORA_SDK_DIR={tmp_path / 'none'} is no directory"


def test_an_empty_folder_is_half_an_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "agora").mkdir()
    assert code(tmp_path) == "sdk-half-installed"
    monkeypatch.syspath_prepend(tmp_path)
    assert code(None) == "sdk-half-installed"


def test_an_installed_sdk_is_found_by_its_dist_info(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk(tmp_path, version=None)
    metadata = tmp_path / "agora_python_server_sdk-2.4.9.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: agora-python-server-sdk\nVersion: 2.4.9\n")
    monkeypatch.syspath_prepend(tmp_path)
    report = probe(None, dependencies=False)
    assert (report.version, report.problem()) == ("2.4.9", None)
    assert "agora" not in sys.modules


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    problem = probe(sdk(tmp_path, skip="libagora_rtc_sdk.so"), dependencies=False).problem()
    assert problem is not None
    assert problem.code == "sdk-library-missing"
    assert "libagora_rtc_sdk.so" in problem.message


def test_a_missing_rtm_library_keeps_rtc_running(tmp_path: Path) -> None:
    sdk(tmp_path, skip="libagora_rtm_sdk_c.so")
    assert code(tmp_path) == ""
    assert code(tmp_path, rtm=True) == "sdk-library-missing"


def test_libraries_for_another_processor(tmp_path: Path) -> None:
    problem = probe(sdk(tmp_path, machine=OTHER_MACHINE), dependencies=False).problem()
    assert problem is not None
    assert problem.code == "sdk-arch"
    assert MACHINES[OTHER_MACHINE] in problem.message
    assert platform.machine() in problem.message


def test_what_is_no_library_at_all(tmp_path: Path) -> None:
    sdk(tmp_path)
    (tmp_path / "agora" / "agora_sdk" / "libaosl.so").write_bytes(b"<html>")
    assert code(tmp_path) == "sdk-arch"


def test_ldd_names_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk(tmp_path / "sdk")
    tools = tmp_path / "bin"
    tools.mkdir()
    ldd = tools / "ldd"
    ldd.write_text("#!/bin/sh\necho '  libaosl.so => not found'\necho '  libmagic.so.7 => not found'\n")
    ldd.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    report = probe(tmp_path / "sdk")
    assert {library.missing for library in report.libraries} == {("libmagic.so.7",)}
    problem = report.problem()
    assert problem is not None
    assert problem.code == "sdk-dependency"


def test_without_ldd_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert probe(sdk(tmp_path)).problem() is None


@pytest.mark.parametrize("length", range(20))
def test_a_cut_elf_header_is_no_elf(tmp_path: Path, length: int) -> None:
    path = tmp_path / "x.so"
    path.write_bytes(elf(62)[:length])
    assert elf_machine(path) is None


def test_elf_headers(tmp_path: Path) -> None:
    path = tmp_path / "x.so"
    for content, machine in ((elf(183), "aarch64"), (elf(62, little=False), "x86_64"), (elf(999), "machine 999")):
        path.write_bytes(content)
        assert elf_machine(path) == machine
    path.write_bytes(elf(62).replace(b"\x02\x01", b"\x02\x07", 1))
    assert elf_machine(path) is None


def test_versions_as_numbers() -> None:
    assert version_tuple("2.4.10") == (2, 4, 10) > version_tuple("2.4.9")
    assert version_tuple("2.4.10rc1") == (2, 4, 10)
    assert version_tuple("next") == ()
