"""The engine that reaches Agora's own network through the official package."""

import atexit
import threading
from pathlib import Path

from agora_cli.engines.base import ConnectionSpec
from agora_cli.engines.sdk.connection import SdkConnection
from agora_cli.engines.sdk.parameters import SdkParameters, read_parameters
from agora_cli.engines.sdk.service import SdkService
from agora_cli.errors import UsageError
from agora_cli.names import is_app_id
from agora_cli.native.crash import CrashGuard
from agora_cli.sdklib.load import Rtc, load_rtc


class SdkEngine:
    """Open connections on the one service that a process may have.

    The package is loaded by the first open(), the service lives until close() or the end of the process.
    While it lives, a crash of the native library ends the process with exit code 8 and a line that says so.
    """

    def __init__(self, sdk_dir: Path | None = None, json_output: bool = False) -> None:
        """Load nothing yet. `sdk_dir` is what AGORA_SDK_DIR names, None for the installed package.

        `json_output` makes a crash print the JSON document of an error on stdout too.
        """
        self._sdk_dir = sdk_dir
        self._guard = CrashGuard(json_output)
        self._lock = threading.Lock()
        self._service: SdkService | None = None
        self._connections: list[SdkConnection] = []

    @property
    def name(self) -> str:
        """Return "sdk"."""
        return "sdk"

    def open(self, spec: ConnectionSpec) -> SdkConnection:
        """Join a channel.

        Raises UnavailableError (SDK missing, half installed, second service), UsageError (App ID, parameters,
        settings that differ from an open connection's), RefusedError and NetworkError (the channel's answer).
        """
        if not is_app_id(spec.app_id):
            raise UsageError(
                "app-id",
                f"an App ID is 32 hex digits, got {len(spec.app_id)} characters",
                hint="the console of Agora shows it; --engine local takes any name",
            )
        if spec.impair is not None:
            raise UsageError(
                "impair", "--impair is for channels on this machine, Agora's network is as it is", "--engine local"
            )
        parameters = read_parameters(spec.parameters)
        rtc = load_rtc(self._sdk_dir)
        with self._lock:
            service = self._started(rtc, spec, parameters)
            service.check(spec, parameters)
            connection = SdkConnection(rtc, service, spec, parameters)
            self._connections = [open_one for open_one in self._connections if not open_one.closed]
            self._connections.append(connection)
        return connection

    def close(self) -> None:
        """Close what is open and release the service; the process cannot open another. A second call does nothing."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
            if self._service is not None:
                self._service.close()
                self._service = None
                self._guard.disarm()
                atexit.unregister(self.close)

    def _started(self, rtc: Rtc, spec: ConnectionSpec, parameters: SdkParameters) -> SdkService:
        if self._service is None:
            self._service = SdkService(rtc, spec, parameters)
            # After the library's own start, which may set handlers of its own.
            self._guard.arm(f"the SDK's log: {self._service.log_file}")
            atexit.register(self.close)
        return self._service
