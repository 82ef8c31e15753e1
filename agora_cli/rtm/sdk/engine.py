"""Log in to Agora's own network."""

from pathlib import Path

from agora_cli.names import is_app_id
from agora_cli.rtm.base import RtmSpec
from agora_cli.rtm.failures import RtmError, failure
from agora_cli.rtm.sdk.client import SdkRtmClient
from agora_cli.sdklib.load import load_rtm


class SdkRtmEngine:
    """Log in through the package that `sdk_dir` names (AGORA_SDK_DIR), None for the installed one."""

    name = "sdk"

    def __init__(self, sdk_dir: Path | None = None) -> None:
        self._sdk_dir = sdk_dir

    def login(self, spec: RtmSpec) -> SdkRtmClient:
        """Log in. Raises RefusedError, NetworkError, or UnavailableError without the package or its libraries."""
        if not is_app_id(spec.app_id):
            raise failure(RtmError.INVALID_APP_ID, f"an App ID is 32 hex digits, got {len(spec.app_id)} characters")
        return SdkRtmClient(load_rtm(self._sdk_dir), spec)
