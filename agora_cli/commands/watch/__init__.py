"""agora watch"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from agora_cli.commands.watch.metrics import ChannelGauges, served
from agora_cli.commands.watch.screen import lines, table
from agora_cli.errors import Exit, UsageError
from agora_cli.options.channel import ReceiveChannelOptions
from agora_cli.options.output import OutputOptions
from agora_cli.options.values import duration_s
from agora_cli.terminal.console import Console
from agora_cli.terminal.text import clean

if TYPE_CHECKING:
    from agora_cli.session.why import Why

# So long a channel is watched before it is judged, or shown once: keyframes and messages come in seconds.
LOOK_S = "3s"
DRAWN_S, TOLD_S = 0.25, 1.0


def run(
    channel: ReceiveChannelOptions,
    output: OutputOptions,
    why: Annotated[bool, Option("--why", help="Say in a sentence why the channel is silent; exit 6 if it is.")] = False,
    once: Annotated[bool, Option("--once", help="Look for a moment, print what there is, and leave.")] = False,
    duration: Annotated[
        str, Option("--duration", help="Stop after TIME; with --why and --once 3s.", metavar="TIME")
    ] = "",
    metrics: Annotated[
        int | None, Option("--metrics", help="Serve Prometheus metrics; 0: a free port.", metavar="PORT")
    ] = None,
    metrics_host: Annotated[
        str, Option("--metricsHost", help="Where to listen: only this machine can read it.", metavar="ADDRESS")
    ] = "127.0.0.1",
) -> int:
    """Look at a channel: users, tracks, rates, loss, levels; or say why it is silent.

    \b
    Examples:
      agora watch --channelId demo
      agora watch --channelId demo --why
      agora watch --channelId demo --once --json
      agora watch --channelId demo --json --duration 1m > demo.ndjson
      agora watch --channelId demo --metrics 9464

    A table on a terminal, a line a track and second in a pipe, a JSON document a second with --json.
    """
    from agora_cli.commands._channel.watching import watching
    from agora_cli.terminal.interrupts import stoppable

    if metrics is not None and not 0 <= metrics <= 65535:
        raise UsageError("metrics-port", f"--metrics must be a port of 0 to 65535, got {metrics}")
    brief = why or once
    length_s = float(duration_s(duration or LOOK_S, "--duration")) if duration or brief else None
    console = output.console()
    with stoppable() as stop, watching(channel, console) as looking, ExitStack() as stack:
        shows: list[Callable[[dict[str, Any]], None]] = []
        if not brief:
            shows.append(stack.enter_context(_shown(console)))
        if metrics is not None:
            shows.append(stack.enter_context(_served(looking.document(), metrics_host, metrics, console)))

        def tick() -> None:
            document = looking.document()
            for show in shows:
                show(document)

        every_s = DRAWN_S if console.draws and not brief else TOLD_S
        looking.run(length_s, stop, every_s, tick)
        last, verdict = looking.document(), looking.why() if why else None
    if verdict is not None:
        return stop.exit_code or _judge(console, last, verdict)
    if brief and not console.json_output:
        for line in lines(last):
            console.line(line)
    elif console.json_output:
        console.result({"ok": True} | last)
    return stop.exit_code


def _judge(console: Console, last: dict[str, Any], verdict: "Why") -> int:
    """Print a verdict and return the exit code: 6 where the channel is silent."""
    code = Exit.OK if verdict.ok else Exit.EXPECTATION
    if console.json_output:
        document: dict[str, Any] = {"ok": verdict.ok} | last | verdict.to_json()
        if not verdict.ok:
            document["error"] = {"code": verdict.code, "exit": int(code), "message": verdict.sentence}
        console.result(document)
        return code
    for line in (verdict.sentence, *(f"  {fact}" for fact in verdict.evidence)):
        console.line(clean(line))
    if verdict.hint:
        console.hint(verdict.hint)
    return code


@contextmanager
def _shown(console: Console) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Give what shows each document: a table that is drawn anew, a line a track, or the document itself."""
    if console.json_output:
        yield lambda document: console.line(json.dumps(document, ensure_ascii=False))
    elif console.draws:
        from rich.live import Live

        with Live(console=console.screen(), auto_refresh=False) as live:
            yield lambda document: live.update(table(document), refresh=True)
    else:

        def told(document: dict[str, Any]) -> None:
            for line in lines(document):
                console.line(line)

        yield told


@contextmanager
def _served(
    document: dict[str, Any], host: str, port: int, console: Console
) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Serve metrics, and give what takes each new document."""
    gauges = ChannelGauges()
    gauges.show(document)
    with served(gauges, host, port) as found:
        console.status(f"metrics: http://{host}:{found}/metrics")
        yield gauges.show
