"""Build the native core, and end in one readable sentence when the machine cannot."""

import shutil
import sys
import sysconfig
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext


def missing_tool() -> str | None:
    """Return what this machine lacks to compile the core, as a sentence, or None."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if not any(shutil.which(name) for name in (compiler, "cc", "gcc", "clang")):
        return (
            "agora-media-cli: no C compiler found; install one and try again "
            "(Debian/Ubuntu: apt-get install gcc python3-dev, Fedora: dnf install gcc python3-devel, "
            "macOS: xcode-select --install)"
        )
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return (
            f"agora-media-cli: the C headers of Python {version} are missing; install them and try again "
            "(Debian/Ubuntu: apt-get install python3-dev, Fedora: dnf install python3-devel)"
        )
    return None


class BuildCore(build_ext):
    """Check for the compiler first: distutils' own failure names neither the cause nor the cure."""

    def run(self) -> None:
        sentence = missing_tool()
        if sentence is not None:
            sys.exit(sentence)
        super().run()


setup(
    cffi_modules=["agora_cli/native/build.py:ffibuilder"],
    cmdclass={"build_ext": BuildCore},
    # One wheel for 3.10 and later; free-threaded builds have no stable ABI.
    options={} if sysconfig.get_config_var("Py_GIL_DISABLED") else {"bdist_wheel": {"py_limited_api": "cp310"}},
)
