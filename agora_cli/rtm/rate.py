"""What publish() does beyond 60 messages a second: refuse, wait for its turn, or not care."""

import threading
import time
from typing import Literal

from agora_cli.clock import monotonic_us
from agora_cli.rtm.failures import RtmError, failure
from agora_cli.rtm.limits import RateLimit


class Rate:
    """The pace of one client. Safe for threads: while one waits for its turn, the others queue behind it."""

    def __init__(self, policy: Literal["raise", "wait", "unlimited"]) -> None:
        self._policy = policy
        self._limit = RateLimit()
        self._lock = threading.Lock()

    def keep(self) -> None:
        """Count one message that goes now. Raises NetworkError -11025 where the policy is to refuse."""
        if self._policy == "unlimited":
            return
        with self._lock:
            while wait_us := self._limit.wait_us(monotonic_us()):
                if self._policy == "raise":
                    raise failure(
                        RtmError.PUBLISH_TOO_FREQUENT,
                        f"more than {self._limit.per_second} messages in a second",
                        hint=f"wait {wait_us // 1000 + 1} ms",
                    )
                time.sleep(wait_us / 1_000_000)
            self._limit.count(monotonic_us())
