"""`agora doctor`: what works on this machine, what does not, and what to do."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from typer import Option

from agora_cli.commands.doctor.check import Check, guarded, ok, warning
from agora_cli.commands.doctor.libraries import (
    REINSTALL,
    check_codecs,
    check_core,
    check_voice,
    has_codec,
    pyav_version,
)
from agora_cli.commands.doctor.loop import Participant, check_loop
from agora_cli.commands.doctor.machine import check_clock, check_disk, check_python, check_shared_memory
from agora_cli.commands.doctor.sdk import check_sdk
from agora_cli.commands.doctor.settings import check_configuration, check_environment
from agora_cli.engines.choose import choose_engine_name
from agora_cli.errors import Exit
from agora_cli.options.channel import EngineChoice, MediaChannelOptions
from agora_cli.options.output import OutputOptions
from agora_cli.terminal.console import Console

LOAD_TIMEOUT_S = 30.0
CHANNEL_S = 3.0
# What each engine cannot do without: a problem there means that it cannot run here.
NEEDED = {
    "local": ("python", "native core", "codecs", "local engine", "environment"),
    "sdk": ("python", "native core", "codecs", "agora sdk", "environment"),
}
_LOAD = """
import sys
from pathlib import Path
from agora_cli.errors import AgoraError
from agora_cli.sdklib.load import load_rtc
try:
    load_rtc(*map(Path, sys.argv[1:]))
except AgoraError as error:
    sys.exit(error.message)
"""
_MARKS = {"ok": "ok", "warning": "warning", "problem": "PROBLEM"}


def run(
    output: OutputOptions,
    engine: Annotated[
        EngineChoice, Option("--engine", envvar="AGORA_ENGINE", help="The engine that has to run.")
    ] = "auto",
    app_id: Annotated[
        str, Option("--appId", envvar="AGORA_APP_ID", help="App ID: auto means sdk with one.", show_default=False)
    ] = "",
    channel_id: Annotated[
        str, Option("--channelId", "-c", help="Say too why this channel is silent; exit 6 if it is.", metavar="NAME")
    ] = "",
) -> int:
    """Check this machine: libraries, codecs, engines, settings, clock, disk.

    \b
    Examples:
      agora doctor
      agora doctor --engine sdk
      agora doctor --json
      agora doctor --channelId demo

    Exits 7 when the asked engine cannot run here (auto: sdk with a 32-hex App ID, else local), else 0.
    With --channelId the channel is watched for 3 s. Nothing else is sent beyond this machine; secrets are not shown.
    """
    console = output.console()
    asked = choose_engine_name(engine, app_id) if engine == "auto" else engine
    console.status(f"checking for engine {asked}")
    checks = examine(asked)
    silent = False
    if channel_id:
        judged = guarded("channel", lambda: _channel(MediaChannelOptions(channel_id, app_id, engine=engine), console))
        silent = judged.status != "ok"
        checks.append(judged)
    broken = [check for check in checks if check.status == "problem" and check.name in NEEDED[asked]]
    code = Exit.UNAVAILABLE if broken else Exit.EXPECTATION if silent else Exit.OK
    if output.json:
        console.result(_document(asked, checks, broken))
    else:
        console.table(["", "check", "found"], [[_MARKS[check.status], check.name, check.detail] for check in checks])
        for check in checks:
            if check.fix:
                console.line(f"to fix {check.name}: {check.fix}")
    console.status(f"engine {asked} cannot run here: {broken[0].name}" if broken else f"engine {asked} can run here")
    return code


def examine(asked: str) -> list[Check]:
    """Return every check in the order of a machine's layers; none of them ends the others."""
    return [
        check_python(),
        guarded("native core", _core, REINSTALL),
        guarded("codecs", lambda: check_codecs(has_codec, pyav_version), REINSTALL),
        guarded("voice model", lambda: check_voice(_silence), REINSTALL),
        guarded("local engine", lambda: check_loop("local engine", _join_local()), REINSTALL),
        guarded("agora sdk", lambda: _sdk(asked == "sdk")),
        check_environment(os.environ, _token_mistake),
        guarded("configuration", lambda: check_configuration(os.environ)),
        check_clock(),
        guarded("disk", lambda: check_disk(Path.cwd())),
        guarded("shared memory", check_shared_memory),
    ]


def _channel(channel: MediaChannelOptions, console: Console) -> Check:
    from agora_cli.commands._channel.watching import judged
    from agora_cli.terminal.interrupts import stoppable

    with stoppable() as stop:
        found = judged(channel, console, CHANNEL_S, stop)
    detail = "; ".join((found.sentence, *found.evidence[2:]))
    return ok("channel", detail) if found.ok else warning("channel", detail, found.hint)


def _core() -> Check:
    from agora_cli.native.selftest import functions, wrong_functions

    return check_core(wrong_functions, functions)


def _silence() -> float:
    import numpy as np

    from agora_cli.vad.voice.open import open_voice_model

    model = open_voice_model("silero")
    return float(np.max(model.stream().feed(np.zeros(model.hop_samples * 4, np.int16))))


def _join_local() -> Callable[[], Participant]:
    """Return what joins a channel that nobody else uses, in the directory that commands use."""
    from agora_cli.engines.base import ConnectionSpec, Publish, Subscribe
    from agora_cli.mesh.failures import foreign_errors

    foreign_errors()  # raises exit 7 with the way to install it where zenoh is missing
    from agora_cli.engines.local.engine import LocalEngine
    from agora_cli.mesh.directory import default_runtime_dir

    engine = LocalEngine(default_runtime_dir(os.environ))
    spec = ConnectionSpec(f"doctor {os.getpid()}", "doctor", publish=Publish(audio="pcm"), subscribe=Subscribe())
    return lambda: engine.open(spec)


def _sdk(asked: bool) -> Check:
    from agora_cli.sdklib.probe import probe

    directory = os.environ.get("AGORA_SDK_DIR")
    return check_sdk(probe(Path(directory) if directory else None), lambda: _load_sdk(directory), asked)


def _load_sdk(directory: str | None) -> str | None:
    """Load the SDK in a process of its own, because a broken native library takes its process with it."""
    command = [sys.executable, "-c", _LOAD, *([directory] if directory else [])]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=LOAD_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"it takes longer than {LOAD_TIMEOUT_S:.0f} s"
    if child.returncode < 0:
        return f"it ends the process with signal {-child.returncode}"
    return None if child.returncode == 0 else (child.stderr.strip().splitlines() or ["no reason given"])[-1]


def _token_mistake(text: str) -> str | None:
    """Return what is wrong with a token whatever it is used for, None when nothing is."""
    from agora_cli.errors import AgoraError
    from agora_cli.options.credentials import certificate
    from agora_cli.tokens.verdict import Wanted, verify

    try:
        verify(text.strip(), Wanted(os.environ.get("AGORA_APP_ID") or None, certificate()), int(time.time()))
    except AgoraError as error:
        return error.message
    return None


def _document(asked: str, checks: list[Check], broken: list[Check]) -> dict[str, Any]:
    document: dict[str, Any] = {"ok": not broken, "engine": asked, "checks": [asdict(check) for check in checks]}
    if broken:
        message = f"engine {asked} cannot run here: {broken[0].name}: {broken[0].detail}"
        error = {"code": "engine-cannot-run", "exit": int(Exit.UNAVAILABLE), "message": message}
        document["error"] = error | ({"hint": broken[0].fix} if broken[0].fix else {})
    return document
