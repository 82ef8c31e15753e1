"""One stream to a Media Gateway, or to any other WHIP or RTMP server: units in, the link kept alive."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from agora_cli.clock import monotonic_us
from agora_cli.engines.base import ConnectionSpec, ConnectionStats
from agora_cli.engines.inbox import Inbox
from agora_cli.errors import AgoraError, InputError, NetworkError, RefusedError
from agora_cli.events import Event, KeyframeRequested, LinkChanged, LinkState
from agora_cli.frames import EncodedAudio, EncodedVideo, Metadata, PcmFrame, RawVideo, Unit, VideoCodec
from agora_cli.names import ASSIGNED

# Of units that wait while the link is slow or gone, the oldest go first.
MOST_WAITING = 1000
BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0)
# A link that breaks within this time is no better than none: a server that takes no stream often says so like that.
SOUND_US = 3_000_000
MOST_SHORT_LINKS = 3
CLOSE_S = 3.0
LOST, REJECTED, JOINED_AGAIN = 16, 10, 15


class Publisher(Protocol):
    """One session with a server; connect() once, write() by one thread, close() at the end."""

    @property
    def carried(self) -> tuple[VideoCodec, ...]:
        """Return the codecs of picture that it takes."""

    def connect(self, timeout_s: float) -> None:
        """Begin the session. Raises RefusedError, NetworkError."""

    def write(self, unit: EncodedVideo | PcmFrame | EncodedAudio) -> None:
        """Send one unit. Raises NetworkError once the session is gone."""

    def close(self) -> None:
        """End the session; a second call does nothing."""


class GatewayConnection:
    """A Connection that only sends: see engines.base.Connection for what each method promises.

    A thread of its own writes. A link that breaks is made anew after 0.5, 1, 2, 4, 8 ... seconds; what waits meanwhile
    and pictures up to the next keyframe are left out, and counted as unsent.
    """

    user = ASSIGNED

    def __init__(self, open_publisher: Callable[[Callable[[], None]], Publisher], spec: ConnectionSpec) -> None:
        """Connect. Raises what connecting raises; nothing stays behind then."""
        self._open_publisher = open_publisher
        self._spec = spec
        self._inbox = Inbox()
        self._waiting: deque[EncodedVideo | PcmFrame | EncodedAudio] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._closing = threading.Event()
        self._busy = False
        self._ended_by: AgoraError | None = None
        self._down: NetworkError | None = None
        self._needs_keyframe = True
        self._sent_units = self._sent_bytes = self._unsent = 0
        self._short_links = 0
        self._publisher = self._connected()
        self._connected_us = monotonic_us()
        self._thread = threading.Thread(target=self._run, name="agora-gateway", daemon=True)
        self._thread.start()

    def push(self, unit: Unit) -> None:
        """Hand one unit over; it is sent as soon as those before it."""
        self._check(unit)
        if isinstance(unit, Metadata | RawVideo):
            return  # metadata has no place in these protocols; raw pictures were refused
        with self._changed:
            if self._ended_by is not None:
                raise self._ended_by
            if self._closing.is_set():
                raise NetworkError("connection-closed", "the connection is closed")
            self._waiting.append(unit)
            if len(self._waiting) > MOST_WAITING:
                self._drop(self._waiting.popleft())
            self._sent_units += 1
            self._sent_bytes += len(unit.data)
            self._changed.notify_all()

    def send(self, data: bytes, media_us: int = 0) -> None:
        """Raise InputError: neither WHIP nor RTMP carries messages to a channel."""
        raise InputError("gateway-messages", "the Media Gateway carries no messages", hint="--engine sdk does")

    def request_keyframe(self, user: str) -> None:
        """Do nothing: nothing is received."""

    def events(self, timeout_s: float) -> Iterator[Event]:
        """Yield what has happened to the link, and requests for keyframes."""
        return self._inbox.drain(timeout_s)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was pushed is with the network; who received it nobody says.

        Raises NetworkError where the link is down at the end of that time, or was made anew so shortly before that
        nobody knows whether it holds: nothing of it may have arrived.
        """
        with self._changed:
            done = self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout_s)
        if self._down is not None and not self._closing.is_set():
            raise self._down
        return done

    def stats(self) -> ConnectionStats:
        """Return the counters so far."""
        return ConnectionStats(sent_units=self._sent_units, sent_bytes=self._sent_bytes, unsent=self._unsent)

    def close(self) -> None:
        """End the stream; a second call does nothing."""
        if self._closing.is_set():
            return
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._busy, 0 if self._down else CLOSE_S)
            self._closing.set()
            self._changed.notify_all()
        self._thread.join(CLOSE_S)
        self._publisher.close()
        self._inbox.close()

    def _check(self, unit: Unit) -> None:
        if isinstance(unit, RawVideo):
            raise InputError("raw-video", "a gateway takes encoded pictures only", hint="--codec h264")
        if isinstance(unit, EncodedVideo) and unit.codec not in self._publisher.carried:
            carried = " or ".join(self._publisher.carried)
            raise InputError(
                "video-codec", f"this gateway takes {carried}, the source gives {unit.codec}", "--codec h264"
            )

    def _connected(self) -> Publisher:
        publisher = self._open_publisher(self._want_keyframe)
        publisher.connect(self._spec.timeout_s)
        return publisher

    def _run(self) -> None:
        while (unit := self._next()) is not None:
            try:
                self._write(unit)
            except NetworkError as error:
                self._reconnect(error)
            except AgoraError as error:
                self._end(error)
            except Exception as error:  # the top of a thread: a bug of ours or of a library
                self._end(NetworkError("gateway-bug", f"bug: {type(error).__name__}: {error}"))
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _next(self) -> EncodedVideo | PcmFrame | EncodedAudio | None:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._closing.is_set())
            if self._closing.is_set() or self._ended_by is not None:
                return None
            self._busy = True
            return self._waiting.popleft()

    def _write(self, unit: EncodedVideo | PcmFrame | EncodedAudio) -> None:
        if isinstance(unit, EncodedVideo) and self._needs_keyframe:
            if not unit.keyframe:
                self._drop(unit)
                return
            self._needs_keyframe = False
        self._publisher.write(unit)
        if self._down is not None and monotonic_us() - self._connected_us >= SOUND_US:
            self._down = None

    def _reconnect(self, error: NetworkError) -> None:
        """Make the link anew, with back-off; end the connection where that is not to be."""
        self._down = error
        self._publisher.close()
        self._short_links = self._short_links + 1 if monotonic_us() - self._connected_us < SOUND_US else 0
        if self._short_links >= MOST_SHORT_LINKS:
            words = f"{error.message}, {self._short_links} times at once: are address and streaming key right?"
            self._end(RefusedError("gateway-refused", words))
            return
        self._tell("reconnecting", LOST, error.message)
        for pause_s in BACKOFF_S:
            if self._closing.wait(pause_s):
                return
            try:
                self._publisher = self._connected()
            except NetworkError as again:
                error = again
                continue
            except AgoraError as refusal:
                self._end(refusal)
                return
            self._forget_waiting()
            self._needs_keyframe, self._connected_us = True, monotonic_us()
            self._tell("connected", JOINED_AGAIN, "joined again")
            self._want_keyframe()
            return
        self._end(error)

    def _end(self, error: AgoraError) -> None:
        with self._changed:
            self._ended_by = error
            self._waiting.clear()
        self._tell("failed", REJECTED if isinstance(error, RefusedError) else LOST, error.message)

    def _forget_waiting(self) -> None:
        with self._changed:
            while self._waiting:
                self._drop(self._waiting.popleft())

    def _drop(self, unit: Unit) -> None:
        self._unsent += 1
        if isinstance(unit, EncodedVideo) and not self._needs_keyframe:
            self._needs_keyframe = True
            self._want_keyframe()

    def _want_keyframe(self) -> None:
        self._inbox.put(KeyframeRequested(monotonic_us(), ""))

    def _tell(self, state: LinkState, reason: int, text: str) -> None:
        if not self._closing.is_set():
            self._inbox.put(LinkChanged(monotonic_us(), state, reason, text))
