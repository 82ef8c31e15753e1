"""diagnostics/sdk.py: each way in which the SDK can be broken has its own words."""

from pathlib import Path

import pytest

from agora_cli.commands.doctor.sdk import check_sdk
from agora_cli.sdklib.probe import RTC_LIBRARIES, RTM_LIBRARIES, LibraryReport, ProbeReport, probe

# ELF, 64 bit, little-endian, then e_type and e_machine.
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00"
X86_64, AARCH64 = b"\x3e\x00", b"\xb7\x00"


def sdk(root: Path, version: str = "2.4.10", machine: bytes | None = None) -> Path:
    """Make an unpacked SDK whose libraries are ELF headers only."""
    (root / "agora" / "rtc").mkdir(parents=True)
    (root / "agora" / "rtc" / "__init__.py").touch()
    (root / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: agora-python-server-sdk\nVersion: {version}\n")
    (root / "agora" / "agora_sdk").mkdir()
    if machine is not None:
        for name in RTC_LIBRARIES:
            (root / "agora" / "agora_sdk" / name).write_bytes(ELF + machine + bytes(44))
    return root


def loads() -> str | None:
    return None


def whole(*missing: str) -> ProbeReport:
    package = Path(__file__).parents[3] / "agora_cli"
    names = [name for name in RTC_LIBRARIES + RTM_LIBRARIES if name not in missing]
    libraries = tuple(LibraryReport(name, package / name, "x86_64") for name in names)
    libraries += tuple(LibraryReport(name, None) for name in missing)
    return ProbeReport(package, "2.4.10", libraries, "x86_64")


def test_not_installed_is_a_problem_only_where_it_is_asked_for() -> None:
    nothing = ProbeReport(None, None, (), "x86_64")
    assert check_sdk(nothing, loads, asked=False).status == "ok"
    asked = check_sdk(nothing, loads, asked=True)
    assert asked.status == "problem"
    assert "AGORA_SDK_DIR" in (asked.fix or "")


def test_a_wrong_directory_is_told_even_where_the_sdk_is_not_asked_for(tmp_path: Path) -> None:
    check = check_sdk(probe(tmp_path / "none"), loads, asked=False)
    assert (check.status, "is no directory" in check.detail) == ("warning", True)


def test_half_installed(tmp_path: Path) -> None:
    (tmp_path / "agora").mkdir()
    check = check_sdk(probe(tmp_path), loads, asked=True)
    assert (check.status, "half installed" in check.detail) == ("problem", True)
    assert check_sdk(probe(tmp_path), loads, asked=False).status == "warning"


@pytest.mark.parametrize("version", ["2.4.8", "2.5.0", "1.0"])
def test_of_another_version(version: str, tmp_path: Path) -> None:
    check = check_sdk(probe(sdk(tmp_path, version)), loads, asked=True)
    assert version in check.detail
    assert ">=2.4.9,<2.5" in check.detail


def test_without_its_libraries(tmp_path: Path) -> None:
    check = check_sdk(probe(sdk(tmp_path)), loads, asked=True)
    assert "has no libaosl.so" in check.detail


def test_for_another_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    check = check_sdk(probe(sdk(tmp_path, machine=AARCH64)), loads, asked=True)
    assert "is for aarch64, this machine is x86_64" in check.detail


def test_lacking_a_library_of_the_system() -> None:
    report = ProbeReport(
        whole().package,
        "2.4.10",
        tuple(LibraryReport(name, Path(name), "x86_64", ("libX11.so.6",)) for name in RTC_LIBRARIES),
        "x86_64",
    )
    detail = check_sdk(report, loads, asked=True).detail
    assert "libaosl.so needs libX11.so.6: not found" in detail or "half installed" in detail


def test_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProbeReport, "problem", lambda self, rtm=False: None)
    check = check_sdk(whole(), lambda: "it ends the process with signal 11", asked=True)
    assert (check.status, "does not load: it ends the process with signal 11" in check.detail) == ("problem", True)


def test_that_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProbeReport, "problem", lambda self, rtm=False: None)
    check = check_sdk(whole(), loads, asked=True)
    assert (check.status, check.detail.startswith("2.4.10 in ")) == ("ok", True)


def test_without_messages(tmp_path: Path) -> None:
    (tmp_path / "agora" / "rtc").mkdir(parents=True)
    (tmp_path / "agora" / "rtc" / "__init__.py").touch()
    libraries = tuple(LibraryReport(name, Path(name), "x86_64") for name in RTC_LIBRARIES)
    libraries += tuple(LibraryReport(name, None) for name in RTM_LIBRARIES)
    check = check_sdk(ProbeReport(tmp_path / "agora", "2.4.10", libraries, "x86_64"), loads, asked=True)
    assert check.status == "warning"
    assert "no RTM" in check.detail
