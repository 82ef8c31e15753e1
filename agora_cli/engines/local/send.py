"""Units and messages into the channel: one publisher a medium, one sequence a kind."""

from collections import Counter, defaultdict
from collections.abc import Callable

import zenoh
from zenoh import ext
from zenoh.ext import AdvancedPublisher

from agora_cli.clock import monotonic_us
from agora_cli.engines.limits import MessageLimits
from agora_cli.engines.local.cipher import Cipher
from agora_cli.engines.local.impair.link import ImpairedLink
from agora_cli.engines.local.keys import Keys
from agora_cli.engines.local.wire import MESSAGE, SEQ_MODULUS, kind_of, medium_of, pack_origin, pack_unit
from agora_cli.errors import AgoraError
from agora_cli.frames import Bytes, Unit
from agora_cli.mesh.failures import foreign_errors, translate, translated
from agora_cli.mesh.session import Declared, Mesh

# At 60 messages a second: what a reader that hangs for half a minute finds when it is back.
MESSAGE_CACHE = 2000
# Always, not only after a message: it may fall into the time without a link, and the last message with it.
MESSAGE_HEARTBEAT_S = 0.5


class LocalSender:
    """Push the units of one stay; `units` and `bytes` count what went out.

    `link` delays what is sent; `on_failure` is called, on its thread, with why something delayed did not go out.
    """

    def __init__(
        self,
        mesh: Mesh,
        keys: Keys,
        stay: tuple[str, int],
        cipher: Cipher,
        link: ImpairedLink | None,
        on_failure: Callable[[AgoraError], None],
    ) -> None:
        self.units = 0
        self.bytes = 0
        self._mesh = mesh
        self._keys = keys
        self._user, self._epoch = stay
        self._user_bytes = self._user.encode()
        self._cipher = cipher
        self._link = link
        self._on_failure = on_failure
        self._foreign = foreign_errors()
        self._audio: zenoh.Publisher | None = None
        self._video: zenoh.Publisher | None = None
        self._messages: AdvancedPublisher | None = None
        self._limits = MessageLimits()
        self._sent: defaultdict[int, int] = defaultdict(int)

    def push(self, unit: Unit) -> None:
        """Send one unit now. Raises InputError for a number beyond its field, NetworkError where the link is gone."""
        kind = kind_of(unit)
        seq = self._sent[kind]
        header, payload = pack_unit(unit, self._epoch, seq % SEQ_MODULUS, self._user_bytes)
        sealed = self._cipher.seal(header, payload)
        try:
            self._put(kind, self._publisher(kind), header, sealed)
        except self._foreign as error:
            raise translate(error, "push a unit") from error
        self._sent[kind] = seq + 1
        self.units += 1
        self.bytes += len(payload)

    def send(self, data: bytes, media_us: int) -> None:
        """Send a message of 1..1024 bytes, at most 60 and 30 KB a second. Raises InputError beyond the limits."""
        self._limits.admit(monotonic_us(), len(data))
        seq = self._sent[MESSAGE]
        header = pack_origin(MESSAGE, self._epoch, seq % SEQ_MODULUS, media_us, self._user_bytes)
        with translated("send a message"):
            self._put(MESSAGE, self._message_publisher(), header, self._cipher.seal(header, data))
        self._sent[MESSAGE] = seq + 1

    @property
    def impaired(self) -> Counter[str]:
        """Return what the impaired link, if any, did to packets so far."""
        return self._link.counts if self._link is not None else Counter()

    def drain(self, timeout_s: float | None) -> bool:
        """Wait until the impaired link, if any, holds nothing back; False after `timeout_s` seconds."""
        return self._link is None or self._link.drain(timeout_s)

    def close(self) -> None:
        """Undeclare the publishers."""
        if self._link is not None:
            self._link.close()
        publishers: tuple[Declared | None, ...] = (self._audio, self._video, self._messages)
        for declared in publishers:
            if declared is not None:
                declared.undeclare()

    def _put(self, kind: int, publisher: zenoh.Publisher | AdvancedPublisher, header: bytes, sealed: Bytes) -> None:
        ready = sealed if isinstance(sealed, bytes | bytearray) else bytes(sealed)
        if self._link is None:
            publisher.put(ready, attachment=header)
            return

        def deliver(payload: bytes) -> None:
            try:
                publisher.put(payload, attachment=header)
            except self._foreign as error:
                self._on_failure(translate(error, "push a unit"))

        self._link.carry(medium_of(kind), self._user, bytes(ready), deliver)

    def _publisher(self, kind: int) -> zenoh.Publisher:
        if medium_of(kind) == "audio":
            if self._audio is None:
                self._audio = self._declare(self._keys.audio(self._user), urgent=True)
            return self._audio
        if self._video is None:
            self._video = self._declare(self._keys.video(self._user), urgent=False)
        return self._video

    def _declare(self, key: str, *, urgent: bool) -> zenoh.Publisher:
        priority = zenoh.Priority.REAL_TIME if urgent else zenoh.Priority.INTERACTIVE_HIGH
        # Never express: unbatched, bursts of 100 streams lost 1-7 % on an idle machine.
        return self._mesh.session.declare_publisher(
            key, priority=priority, congestion_control=zenoh.CongestionControl.DROP
        )

    def _message_publisher(self) -> AdvancedPublisher:
        if self._messages is None:
            self._messages = ext.declare_advanced_publisher(
                self._mesh.session,
                self._keys.messages(self._user),
                congestion_control=zenoh.CongestionControl.DROP,
                priority=zenoh.Priority.DATA_HIGH,
                cache=ext.CacheConfig(max_samples=MESSAGE_CACHE),
                sample_miss_detection=ext.MissDetectionConfig(heartbeat=MESSAGE_HEARTBEAT_S, sporadic_heartbeat=None),
            )
        return self._messages
