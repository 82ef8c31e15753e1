"""agora channels"""

import os
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from agora_cli.options.output import OutputOptions

if TYPE_CHECKING:
    from agora_cli.engines.local.roll import Seat


def run(output: OutputOptions) -> int:
    """List the channels that are alive on this machine: namespaces, channels, users, processes.

    \b
    Examples:
      agora channels
      agora channels --json

    These are the local engine's channels of your own processes; --appId of a channel command names the namespace.
    """
    from agora_cli.engines.local.roll import seats
    from agora_cli.mesh.directory import default_runtime_dir

    console = output.console()
    rows = by_channel(seats(default_runtime_dir(os.environ)))
    if output.json:
        console.result({"ok": True, "channels": rows})
    elif rows:
        table = [[row["namespace"], row["channel"], _users(row["users"])] for row in rows]
        console.table(["namespace", "channel", "users (process)"], table)
    else:
        console.status("no channel is alive on this machine")
    return 0


def by_channel(seats: Iterable["Seat"]) -> list[dict[str, Any]]:
    """Return a row for each channel of sorted seats: `namespace`, `channel`, and its `users` with their process."""
    return [
        {"namespace": namespace, "channel": channel, "users": [{"userId": one.user, "pid": one.pid} for one in users]}
        for (namespace, channel), users in groupby(seats, lambda seat: (seat.namespace, seat.channel))
    ]


def _users(users: list[dict[str, Any]]) -> str:
    return "\n".join(f"{user['userId']} ({user['pid']})" for user in users)
