"""Find Agora's package and say whether it can run here, without importing or loading any of it.

A plain `import agora` would delete and download libraries and switch TLS verification off for the whole
process, so everything that can be known before is read from files: the version from the package's
metadata, the processor from the libraries' ELF headers, what they lack from `ldd`.
"""

import importlib.metadata
import importlib.util
import platform
import re
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from agora_cli.errors import UnavailableError

OLDEST = (2, 4, 9)
TOO_NEW = (2, 5)
RANGE = ">=2.4.9,<2.5"
# The order in which they are loaded matters: each needs those before it.
RTC_LIBRARIES = ("libaosl.so", "libagora_rtc_sdk.so")
RTM_LIBRARIES = ("libagora_rtm_sdk.so", "libagora_rtm_sdk_c.so")
LDD_TIMEOUT_S = 10.0
INSTALL_HINT = "pip install 'agora-media-cli[sdk]', or unpack the SDK and set AGORA_SDK_DIR; --engine local needs none"
DIR_HINT = "name the directory of an unpacked SDK, which holds agora/rtc and agora/agora_sdk"

# e_machine of the ELF header (System V ABI, chapter 4) -> what platform.machine() says.
MACHINES = {3: "i686", 40: "armv7l", 62: "x86_64", 183: "aarch64", 243: "riscv64"}


@dataclass(frozen=True, slots=True)
class LibraryReport:
    """One native library: where it is (None: nowhere), for which processor (None: no ELF file), what it lacks."""

    name: str
    path: Path | None
    machine: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What was found. `package` is the directory `agora`, None when there is none; `version` None: not told.

    `named` is the directory that was asked about, None for what is installed.
    """

    package: Path | None
    version: str | None
    libraries: tuple[LibraryReport, ...]
    machine: str
    named: Path | None = None

    @property
    def supported(self) -> bool:
        """Tell whether the version is one that this tool was tested against."""
        return self.version is not None and OLDEST <= version_tuple(self.version) < TOO_NEW

    def problem(self, rtm: bool = False) -> UnavailableError | None:
        """Return the first thing that keeps RTC (or RTM, with `rtm`) from running, None when nothing does."""
        if self.package is None and self.named is not None:
            found = "has no agora/ in it" if self.named.is_dir() else "is no directory"
            return UnavailableError("sdk-dir", f"AGORA_SDK_DIR={self.named} {found}", DIR_HINT)
        if self.package is None:
            return UnavailableError("sdk-missing", "Agora's SDK is not installed", INSTALL_HINT)
        if not (self.package / "rtc" / "__init__.py").is_file():
            return UnavailableError(
                "sdk-half-installed",
                f"Agora's SDK is half installed: {self.package} has no rtc/",
                f"a failed install leaves this behind: remove {self.package} and install again",
            )
        if not self.supported:
            return UnavailableError(
                "sdk-version", f"Agora's SDK must be {RANGE}, {self.package} is {self.version or 'of unknown version'}"
            )
        wanted = RTC_LIBRARIES + RTM_LIBRARIES if rtm else RTC_LIBRARIES
        problems = (self._library_problem(library) for library in self.libraries if library.name in wanted)
        return next((problem for problem in problems if problem), None)

    def _library_problem(self, library: LibraryReport) -> UnavailableError | None:
        if library.path is None:
            return UnavailableError(
                "sdk-library-missing",
                f"Agora's SDK has no {library.name} in {self.package}/agora_sdk",
                "its installer downloads the libraries from Agora's host: see 'Agora's own network' in the README",
            )
        if library.machine != self.machine:
            found = library.machine or "no ELF library"
            return UnavailableError("sdk-arch", f"{library.path} is for {found}, this machine is {self.machine}")
        if library.missing:
            return UnavailableError("sdk-dependency", f"{library.path} needs {', '.join(library.missing)}: not found")
        return None


def probe(sdk_dir: Path | None = None, dependencies: bool = True) -> ProbeReport:
    """Return what is known of the SDK in `sdk_dir`, or of the installed one.

    `sdk_dir` is an unpacked source archive, a directory with `agora/` in it, or that `agora/` itself.
    `dependencies` asks ldd what the libraries lack, about 10 ms each. Never raises.
    """
    package = _package(sdk_dir)
    if package is None:
        return ProbeReport(None, None, (), platform.machine(), sdk_dir)
    names = RTC_LIBRARIES + RTM_LIBRARIES
    libraries = tuple(_library(name, library_dir(package), dependencies) for name in names)
    return ProbeReport(package, _version(package), libraries, platform.machine(), sdk_dir)


def library_dir(package: Path) -> Path:
    """Return where the libraries of a package are."""
    return package / "agora_sdk"


def version_tuple(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: "2.4.10" is (2, 4, 10)."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(number) for number in match[0].split(".")) if match else ()


def _package(sdk_dir: Path | None) -> Path | None:
    if sdk_dir is not None:
        inner = sdk_dir / "agora"
        return inner if inner.is_dir() else sdk_dir if (sdk_dir / "rtc").is_dir() else None
    loaded = sys.modules.get("agora")
    if loaded is not None:  # find_spec raises for a module without a spec
        locations = list(getattr(loaded, "__path__", ()))
    else:
        spec = importlib.util.find_spec("agora")
        locations = list(spec.submodule_search_locations or ()) if spec else []
    # Other things are called agora too: a directory without rtc/ counts only when nothing better is there.
    paths = [Path(location) for location in locations]
    return next((path for path in paths if (path / "rtc").is_dir()), paths[0] if paths else None)


def _version(package: Path) -> str | None:
    """Return the version in the metadata beside a package: PKG-INFO of an archive, or an installed dist-info."""
    candidates = [package.parent / "PKG-INFO"]
    for pattern in ("agora_python_server_sdk*.dist-info/METADATA", "agora_python_server_sdk*.egg-info/PKG-INFO"):
        candidates += sorted(package.parent.glob(pattern))
    for metadata in candidates:
        if metadata.is_file():
            found: str | None = importlib.metadata.PathDistribution(metadata.parent).metadata["Version"]
            return found
    return None


def _library(name: str, directory: Path, dependencies: bool) -> LibraryReport:
    path = directory / name
    if not path.is_file():
        return LibraryReport(name, None)
    machine = elf_machine(path)
    missing = _missing(path) if dependencies and machine == platform.machine() else ()
    return LibraryReport(name, path, machine, missing)


def elf_machine(path: Path) -> str | None:
    """Return the processor that an ELF file is for, "machine N" when it has no name here, None when it is no ELF."""
    with path.open("rb") as file:
        header = file.read(20)
    if len(header) < 20 or header[:4] != b"\x7fELF" or header[5] not in (1, 2):
        return None
    (machine,) = struct.unpack_from("<H" if header[5] == 1 else ">H", header, 18)
    return MACHINES.get(machine, f"machine {machine}")


def _missing(path: Path) -> tuple[str, ...]:
    try:
        result = subprocess.run(["ldd", path], capture_output=True, text=True, timeout=LDD_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):  # no ldd: loading the library will tell
        return ()
    # Libraries of the SDK's own directory are found at run time: they are loaded before those that need them.
    names = re.findall(r"^\s*(\S+) => not found", result.stdout, re.MULTILINE)
    return tuple(name for name in names if not (path.parent / name).is_file())
