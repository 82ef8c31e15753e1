"""Build an SDK that can be loaded: the published Python sources with fake native libraries beside them.

Every symbol that the package looks up gets a weak stub (found by a scan of its syntax trees); the functions
written by hand in the *.c files here override theirs. The result is cached in the temporary directory, by a
hash of the C sources, the compiler's version and the version of the package.
"""

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
VERSIONS = ("2.4.9", "2.4.10")
DISTRIBUTION = "agora-python-server-sdk"
CFLAGS = ["-std=gnu11", "-g", "-O1", "-fPIC", "-shared", "-pthread", "-Wall", "-Wextra", "-Werror"]
# library -> its own sources, the variable whose attributes are its symbols, the libraries that it needs
LIBRARIES = {
    "libaosl": (("fake_core.c",), None, ()),
    "libagora_rtc_sdk": (("fake_rtc.c", "fake_media.c", "fake_receive.c"), "agora_lib", ("libaosl",)),
    "libagora_rtm_sdk": (("fake_rtm.c",), None, ("libaosl",)),
    "libagora_rtm_sdk_c": (("fake_rtm_c.c",), "rtm_lib", ("libagora_rtm_sdk", "libaosl")),
}


class NotPossibleError(Exception):
    """This machine cannot build the fake: no compiler, or no package registry."""


def build(version: str) -> Path:
    """Return the directory to name in AGORA_SDK_DIR; raises NotPossibleError with the reason."""
    if shutil.which("gcc") is None:
        raise NotPossibleError("no gcc to build the fake native library")
    cache = Path(tempfile.gettempdir()) / f"agora-sdk-fake-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    with (cache / f"{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may come at once
        sources = _sources(version, cache)
        target = cache / f"{version}-{_digest(version)}"
        if not target.exists():
            unfinished = cache / f"{target.name}.new"
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(sources, unfinished)
            _compile(unfinished / "agora")
            unfinished.rename(target)
    return target


def symbols(package: Path, variable: str) -> list[str]:
    """Return the attributes of the library object `variable` that the package's sources use."""
    names = {
        node.attr
        for path in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == variable
    }
    return sorted(names)


def _sources(version: str, cache: Path) -> Path:
    """Return the unpacked source archive of a version, downloaded once."""
    unpacked = cache / f"agora_python_server_sdk-{version}"
    if unpacked.exists():
        return unpacked
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    command = [*download, "--disable-pip-version-check", "--dest", str(cache), f"{DISTRIBUTION}=={version}"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    if result.returncode != 0:
        raise NotPossibleError(f"{DISTRIBUTION} {version} cannot be downloaded: {result.stderr.strip()[-200:]}")
    unfinished = cache / f"{unpacked.name}.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    with tarfile.open(cache / f"{unpacked.name}.tar.gz") as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(unfinished, filter="data")
        else:  # Debian 12 has Python 3.11.2, which came before it
            archive.extractall(unfinished)
    (unfinished / unpacked.name).rename(unpacked)
    unfinished.rmdir()
    return unpacked


def _digest(version: str) -> str:
    compiler = subprocess.run(["gcc", "--version"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(compiler + version.encode())
    for path in [*sorted(HERE.glob("*.[ch]")), HERE / "build.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _compile(package: Path) -> None:
    libraries = package / "agora_sdk"
    libraries.mkdir()
    for name, (sources, variable, needs) in LIBRARIES.items():
        inputs = [str(HERE / source) for source in sources]
        if variable is not None:
            stubs = libraries / f"{name}_stubs.c"
            stubs.write_text(_stubs(symbols(package, variable)))
            inputs.append(str(stubs))
        links = [f"-l:{need}.so" for need in needs]
        command = ["gcc", *CFLAGS, f"-I{HERE}", *inputs, f"-Wl,-soname,{name}.so", f"-L{libraries}", *links]
        subprocess.run([*command, "-lm", "-o", str(libraries / f"{name}.so")], check=True)


def _stubs(names: list[str]) -> str:
    lines = ['#include "fake.h"']
    lines += [f'__attribute__((weak)) long {name}(void) {{ return fake_call("{name}", "", 0); }}' for name in names]
    return "\n".join(lines) + "\n"
