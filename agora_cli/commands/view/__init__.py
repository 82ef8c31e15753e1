"""agora view"""

from contextlib import ExitStack
from typing import Annotated

from typer import Option

from agora_cli.errors import UsageError
from agora_cli.options.channel import ReceiveChannelOptions
from agora_cli.options.output import OutputOptions
from agora_cli.options.values import duration_s

TICK_S = 0.5


def run(
    channel: ReceiveChannelOptions,
    output: OutputOptions,
    port: Annotated[
        int, Option("--port", help="Where the page is, on this machine; 0: a free port.", metavar="PORT")
    ] = 0,
    duration: Annotated[str, Option("--duration", help="Stop after TIME.", metavar="TIME")] = "",
) -> int:
    """Show and play a channel in a browser: a page on this machine, its address on stdout.

    \b
    Examples:
      agora view --channelId demo
      agora view --channelId demo --port 8080 --duration 10m

    Encoded picture goes to the browser as it is (WebCodecs decodes it), sound as PCM; a browser that is too slow
    loses pictures up to the next keyframe. Whoever has the address can look on: it holds a random token.
    """
    from agora_cli.commands._channel.watching import watching
    from agora_cli.commands.view.feed import ViewFeed
    from agora_cli.commands.view.server import served
    from agora_cli.commands.view.viewers import Viewers
    from agora_cli.terminal.interrupts import stoppable

    if not 0 <= port <= 65535:
        raise UsageError("view-port", f"--port must be 0 to 65535, got {port}")
    length_s = float(duration_s(duration, "--duration")) if duration else None
    console, viewers = output.console(), Viewers()
    with stoppable() as stop, watching(channel, console) as looking, ExitStack() as stack:
        address = stack.enter_context(served(viewers, port))
        if console.json_output:
            console.result({"ok": True, "channelId": looking.watched.channel, "address": address})
        else:
            console.line(address)
        feed = ViewFeed(looking, viewers)
        looking.run(length_s, stop, TICK_S, feed.tick, feed.take)
    return stop.exit_code
