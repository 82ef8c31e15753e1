"""The last words of a process whose native code dies."""

import json

from agora_cli.errors import CrashError
from agora_cli.native.ffi import check, ffi, lib

CODE = "native-crash"
HINT_BYTES = 300  # as JSON at most six times as long: it fits AGORA_CRASH_TEXT_MAX
_SIGNAL = "\0"


class CrashGuard:
    """Make a crash of native code say what happened and end with exit code 8.

    Works for SIGABRT, SIGSEGV, SIGBUS, SIGILL and SIGFPE of any thread, on systems that have sigaction. One
    a process: signal handlers are.
    """

    def __init__(self, json_output: bool = False) -> None:
        """Prepare; with `json_output` stdout gets the JSON document of the error as well."""
        self._json_output = json_output

    def arm(self, hint: str) -> None:
        """Set the handlers; `hint` is one line for the user, cut at HINT_BYTES."""
        message = f"native code died ({_SIGNAL}); what was recorded until then is on disk"
        line = f"error: {message}\nhint: {_cut(hint)}\n"
        document = ""
        if self._json_output:
            body = {"code": CODE, "exit": int(CrashError.exit), "message": message}
            document = json.dumps({"ok": False, "error": body | {"hint": _cut(hint)}}, ensure_ascii=False) + "\n"
        texts = [*_halves(line, _SIGNAL), *_halves(document, json.dumps(_SIGNAL)[1:-1])]
        pieces = [piece for text in texts for piece in (ffi.from_buffer(text), len(text))]
        check(lib.agora_crash_arm(int(CrashError.exit), *pieces))

    def disarm(self) -> None:
        """Put back the handlers that were there before."""
        lib.agora_crash_disarm()


def _halves(text: str, mark: str) -> tuple[bytes, bytes]:
    before, _, after = text.partition(mark)
    return before.encode(), after.encode()


def _cut(text: str) -> str:
    return text.encode()[:HINT_BYTES].decode(errors="ignore")
