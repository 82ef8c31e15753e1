"""Where the Media Gateway is: its documented addresses by region, or any other WHIP or RTMP server's."""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from agora_cli.errors import UsageError

# docs.agora.io, Media Gateway: the WHIP entries of each region.
REGIONS = {region: f"https://whip-rtcpush-prod-{region}.agoramdn.com/whip" for region in ("na", "eu", "ap", "cn")}
PORTS = {"http": 80, "https": 443, "rtmp": 1935, "rtmps": 443}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address: `scheme` http, https, rtmp or rtmps, and the streaming key, which is never printed."""

    url: str
    scheme: str
    host: str
    port: int
    path: str
    key: str = field(repr=False)

    @property
    def is_whip(self) -> bool:
        """Tell WHIP from RTMP."""
        return self.scheme in ("http", "https")


def address_of(url: str, region: str, key: str) -> Address:
    """Return the address of `--url`, or of `--region`; raises UsageError, also where the key would travel in the clear.

    A key of RTMP that is the last part of the path is taken from there.
    """
    if url and region:
        raise UsageError("gateway-address", "give --url or --region, not both")
    if region and region not in REGIONS:
        raise UsageError("gateway-region", f"--region must be one of {', '.join(REGIONS)}, got {region!r}")
    if not url and not region:
        raise UsageError("gateway-address", "--engine gateway needs --url or --region", hint="--region eu")
    parts = _parts(url or REGIONS[region])
    host, scheme = parts.hostname or "", parts.scheme.lower()
    path = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    if scheme in ("rtmp", "rtmps") and not key:
        path, _, key = path.rpartition("/")
    if not key:
        raise UsageError(
            "stream-key", "which stream? the streaming key is missing", hint="AGORA_STREAM_KEY or --streamKeyFile"
        )
    if not key.isprintable() or " " in key:
        raise UsageError("stream-key", f"the streaming key must be one word, got {len(key)} characters that are not")
    if scheme in ("http", "rtmp") and scheme == "http" and host not in LOOPBACK:
        raise UsageError("gateway-address", f"--url http://{host} would send the key in the clear: https is wanted")
    if scheme in ("rtmp", "rtmps") and not path:
        raise UsageError("gateway-address", f"--url {scheme}://{host}: the application is missing, as in /live")
    return Address(url or REGIONS[region], scheme, host, parts.port or PORTS[scheme], path, key)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = parts.scheme.lower() in PORTS and parts.hostname is not None
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        known = False
    if not known:
        raise UsageError("gateway-address", "--url must be http(s)://HOST/... (WHIP) or rtmp(s)://HOST/APP")
    if parts.username is not None or parts.password is not None:
        raise UsageError("gateway-address", "--url has a user or password in it: the key goes into AGORA_STREAM_KEY")
    return parts
