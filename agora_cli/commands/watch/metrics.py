"""A watched channel for Prometheus: gauges of the newest look at it, on an address of one's own choice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agora_cli.errors import NetworkError

# Of a track: its name in the document, and what it is.
TRACK_GAUGES = {
    "bitrate": "Bits a second",
    "unitsPerSecond": "Frames or pictures a second",
    "quietSeconds": "Time since the last unit",
    "loss": "Share that never came",
    "jitter": "Jitter as RFC 3550 has it, in seconds",
    "keyframeInterval": "The longest time between keyframes, in seconds",
    "levelNow": "Level of the newest sound, dBFS",
    "missingSeconds": "Media that did not come, by the sender's clock",
    "muted": "1 while muted",
}


class ChannelGauges:
    """Gauges of one channel in a registry of their own; show() sets them to the newest document."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Gauge

        self.registry = CollectorRegistry()
        self._users = Gauge("agora_users", "Users in the channel", ["channel"], registry=self.registry)
        self._tracks = {
            name: Gauge(f"agora_{_snake(name)}", text, ["channel", "user", "track"], registry=self.registry)
            for name, text in TRACK_GAUGES.items()
        }

    def show(self, document: dict[str, Any]) -> None:
        """Take a document; what is not in it is no more."""
        channel = document["channelId"]
        self._users.labels(channel).set(len(document["users"]))
        for name, gauge in self._tracks.items():
            gauge.clear()
            for user in document["users"]:
                for kind in ("audio", "video"):
                    value = user.get(kind, {}).get(name)
                    if value is not None:
                        gauge.labels(channel, user["userId"], kind).set(float(value))


@contextmanager
def served(gauges: ChannelGauges, host: str, port: int) -> Iterator[int]:
    """Serve the gauges over HTTP while the block runs; give the port (0 asks for a free one).

    Raises NetworkError for an address that cannot be had.
    """
    from prometheus_client import start_http_server

    try:
        server, thread = start_http_server(port, host, gauges.registry)
    except (OSError, OverflowError) as error:
        raise NetworkError("metrics-port", f"--metrics: cannot listen on {host} port {port}: {error}") from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
