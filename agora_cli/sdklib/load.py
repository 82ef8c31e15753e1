"""Load Agora's package: its submodules run, its `agora/__init__.py` never does.

What that file would do (delete and download the libraries, switch TLS verification off for the process)
is replaced by a stub module with the four names that the submodules want from it. The rest of the package
has side effects too, each undone here: it sets ssl's default context, logs at ERROR, ends the process when
a library does not load, and prints to stdout from native threads.
"""

import ctypes
import importlib
import logging
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from agora_cli.errors import UnavailableError
from agora_cli.sdklib import repairs
from agora_cli.sdklib.probe import RTC_LIBRARIES, RTM_LIBRARIES, library_dir, probe, version_tuple

RTC_MODULES = (
    "agora_base",
    "agora_service",
    "rtc_connection",
    "rtc_connection_observer",
    "local_user",
    "local_user_observer",
    "audio_frame_observer",
    "audio_vad_manager",
    "voice_detection",
    "video_frame_observer",
    "video_encoded_frame_observer",
)
_STUB_MARK = "loaded_by_agora_cli"


@dataclass(frozen=True, slots=True)
class Rtc:
    """The modules of `agora.rtc` that an engine needs, by their names; one of these a process.

    `base` holds all configuration classes (two classes are called EncodedVideoFrameInfo: the one in `base`
    is right). `service_claim` is taken by whoever creates the one service that a process may have.
    """

    version: tuple[int, ...]
    library_dir: Path
    base: ModuleType
    service: ModuleType
    connection: ModuleType
    connection_observer: ModuleType
    local_user_observer: ModuleType
    audio_frame_observer: ModuleType
    voice_detection: ModuleType
    video_frame_observer: ModuleType
    video_encoded_frame_observer: ModuleType
    service_claim: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class Rtm:
    """The modules of `agora.rtm`: `base` has the configuration and event classes, `client` create_rtm_client()."""

    version: tuple[int, ...]
    library_dir: Path
    base: ModuleType
    client: ModuleType


def load_rtc(sdk_dir: Path | None = None) -> Rtc:
    """Load the RTC half and return it; a second call returns the same object.

    `sdk_dir` is what AGORA_SDK_DIR names (see `probe`), None for the installed package. Raises
    UnavailableError when the SDK is missing, half installed, of another version or for another processor.
    """
    stub = _stub(sdk_dir, rtm=False)
    loaded: Rtc | None = getattr(stub, "rtc_modules", None)
    if loaded is None:
        _preload(Path(stub.sdk_library_dir), RTC_LIBRARIES[:1])
        modules = _import("agora.rtc", RTC_MODULES)
        repairs.repair_rtc(modules["local_user"], modules["rtc_connection"])
        repairs.repair_vad(modules["audio_vad_manager"])
        loaded = Rtc(
            version=stub.version,
            library_dir=Path(stub.sdk_library_dir),
            base=modules["agora_base"],
            service=modules["agora_service"],
            connection=modules["rtc_connection"],
            connection_observer=modules["rtc_connection_observer"],
            local_user_observer=modules["local_user_observer"],
            audio_frame_observer=modules["audio_frame_observer"],
            voice_detection=modules["voice_detection"],
            video_frame_observer=modules["video_frame_observer"],
            video_encoded_frame_observer=modules["video_encoded_frame_observer"],
        )
        stub.rtc_modules = loaded
    return loaded


def load_rtm(sdk_dir: Path | None = None) -> Rtm:
    """Load the RTM half and return it; as load_rtc() else."""
    stub = _stub(sdk_dir, rtm=True)
    loaded: Rtm | None = getattr(stub, "rtm_modules", None)
    if loaded is None:
        # libagora_rtm_sdk_c.so needs libagora_rtm_sdk.so, but the package loads it first.
        _preload(Path(stub.sdk_library_dir), RTC_LIBRARIES[:1] + RTM_LIBRARIES[:1])
        modules = _import("agora.rtm", ("rtm_base", "rtm_client"))
        repairs.repair_rtm(modules["rtm_client"])
        loaded = Rtm(stub.version, Path(stub.sdk_library_dir), modules["rtm_base"], modules["rtm_client"])
        stub.rtm_modules = loaded
    return loaded


def observer(interface: type, **callbacks: Callable[..., Any]) -> Any:
    """Return an observer of the package's class `interface` that calls `callbacks`; all others do nothing.

    Raises TypeError for a callback that the interface does not have: it would never be called.
    """
    unknown = [name for name in callbacks if not hasattr(interface, name)]
    if unknown:
        raise TypeError(f"{interface.__name__} has no {', '.join(unknown)}")
    methods = {name: staticmethod(callback) for name, callback in callbacks.items()}
    return type(interface.__name__, (interface,), methods)()


def _stub(sdk_dir: Path | None, rtm: bool) -> Any:
    """Return the module that stands for `agora`, made at the first call."""
    report = probe(sdk_dir, dependencies=False)
    if problem := report.problem(rtm):
        raise problem
    assert report.package is not None
    assert report.version is not None
    present = sys.modules.get("agora")
    if present is not None:
        if not hasattr(present, _STUB_MARK):
            raise UnavailableError("sdk-imported", "the package agora was imported by somebody else in this process")
        if list(present.__path__) != [str(report.package)]:
            raise UnavailableError("sdk-twice", f"another SDK is loaded already: {present.__path__[0]}")
        return present
    stub: Any = ModuleType("agora")
    setattr(stub, _STUB_MARK, True)
    stub.__path__ = [str(report.package)]
    stub.sdk_root_dir = str(report.package)
    stub.sdk_library_dir = str(library_dir(report.package))
    stub.sdk_rtc_dir = str(report.package / "rtc")
    stub.sdk_rtm_dir = str(report.package / "rtm")
    stub.version = version_tuple(report.version)
    sys.modules["agora"] = stub
    return stub


def _preload(directory: Path, names: tuple[str, ...]) -> None:
    for name in names:
        try:
            ctypes.CDLL(str(directory / name), mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            raise _not_loadable(str(error)) from error


def _import(package: str, names: tuple[str, ...]) -> dict[str, ModuleType]:
    """Import submodules of the package with its side effects undone; on failure nothing of it stays behind."""
    _silence_logger()
    before = set(sys.modules)
    try:
        with _ssl_untouched():
            modules = {name: importlib.import_module(f"{package}.{name}") for name in names}
    except (SystemExit, OSError, AttributeError, ImportError) as error:
        for name in set(sys.modules) - before:
            del sys.modules[name]
        # sys.exit(1) follows an OSError of ctypes, which then is its context.
        cause = error.__context__ if isinstance(error, SystemExit) and error.__context__ else error
        raise _not_loadable(str(cause)) from error
    for name, module in list(sys.modules.items()):
        if name.startswith("agora."):
            module.print = _print_nothing  # type: ignore[attr-defined]
    return modules


def _not_loadable(cause: str) -> UnavailableError:
    return UnavailableError(
        "sdk-load",
        f"Agora's SDK does not load: {cause.splitlines()[0] if cause else 'no reason given'}",
        "agora doctor",
    )


def _silence_logger() -> None:
    logger = logging.getLogger("agora")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


@contextmanager
def _ssl_untouched() -> Iterator[None]:
    context = ssl._create_default_https_context
    try:
        yield
    finally:
        ssl._create_default_https_context = context


def _print_nothing(*values: object, **options: object) -> None:
    """Stand for `print` in the package: its lines would land in piped output."""
