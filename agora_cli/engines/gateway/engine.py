"""The engine that sends through Agora's Media Gateway, or to any other WHIP or RTMP server, without the native SDK."""

from collections.abc import Callable

from agora_cli.engines.base import ConnectionSpec
from agora_cli.engines.gateway.address import Address
from agora_cli.engines.gateway.connection import GatewayConnection, Publisher
from agora_cli.engines.gateway.rtmp import RtmpPublisher
from agora_cli.engines.gateway.whip import WhipPublisher
from agora_cli.errors import UsageError


class GatewayEngine:
    """Open streams to one address. The streaming key says which channel and user a stream is: nothing else does."""

    def __init__(self, address: Address) -> None:
        self._address = address

    @property
    def name(self) -> str:
        """Return "gateway"."""
        return "gateway"

    def open(self, spec: ConnectionSpec) -> GatewayConnection:
        """Begin a stream.

        Raises UsageError for what a gateway cannot do (receive, encrypt, take the SDK's settings), UnavailableError
        without aiortc for WHIP, RefusedError for a key that is not taken, NetworkError (no answer, no path for media).
        """
        refuse_foreign(spec)
        address, publish = self._address, spec.publish

        def publisher(on_keyframe_wanted: Callable[[], None]) -> Publisher:
            if address.is_whip:
                return WhipPublisher(address, publish, on_keyframe_wanted)
            return RtmpPublisher(address, publish)

        return GatewayConnection(publisher, spec)


def refuse_foreign(spec: ConnectionSpec) -> None:
    """Raise UsageError for what was asked for and no gateway does: nothing is ignored in silence."""
    if spec.subscribe is not None:
        raise UsageError("gateway-sends-only", "--engine gateway only sends", hint="--engine sdk receives too")
    if spec.encryption is not None:
        raise UsageError("gateway-encryption", "a gateway cannot take encrypted media: --encryptionMode is the SDK's")
    if spec.role == "audience":
        raise UsageError("role", "--role audience cannot send, and --engine gateway does nothing else")
    if spec.impair is not None:
        raise UsageError("impair", "--impair is for channels of this machine")
    for name in spec.parameters:
        raise UsageError("parameter", f"--engine gateway has no parameter {name!r}: it is the SDK's")
    if spec.publish.video == "raw":
        raise UsageError("raw-video", "a gateway takes encoded pictures only", hint="--codec h264")
