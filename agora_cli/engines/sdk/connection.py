"""One participant in one channel of Agora's network."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from agora_cli.clock import monotonic_us
from agora_cli.engines.base import ConnectionSpec, ConnectionStats, Subscribe
from agora_cli.engines.inbox import Inbox
from agora_cli.engines.limits import MessageLimits
from agora_cli.engines.sdk.encryption import encryption_config
from agora_cli.engines.sdk.link import Link
from agora_cli.engines.sdk.parameters import SdkParameters
from agora_cli.engines.sdk.receive import SdkReceiver
from agora_cli.engines.sdk.send import SdkSender, av1_rule
from agora_cli.engines.sdk.service import ConnectionKind, SdkService, check_code
from agora_cli.engines.sdk.vad_config import vad_config
from agora_cli.engines.sdk.worker import Worker
from agora_cli.errors import NetworkError
from agora_cli.events import Event, Joined, Left, TokenExpiring
from agora_cli.frames import Unit
from agora_cli.reasons import error_failure
from agora_cli.sdklib.load import Rtc, observer

DISCONNECT_TIMEOUT_S = 2.0
# The SDK warns this long before a privilege ends.
EXPIRY_NOTICE_S = 30
USER_DROPPED = 1
# VideoStreamType of agora_base
HIGH_STREAM, LOW_STREAM = 0, 1
FRAMES_A_SECOND = 100


class SdkConnection:
    """A connection over the official SDK: see engines.base.Connection for what each method promises.

    Native calls are made with `_lock` held, so that close() cannot release what another thread is using;
    callbacks take no lock of ours.
    """

    def __init__(self, rtc: Rtc, service: SdkService, spec: ConnectionSpec, parameters: SdkParameters) -> None:
        """Join. Raises what connecting raises; nothing stays behind then."""
        self._rtc = rtc
        self._service = service
        self._spec = spec
        self._parameters = parameters
        self._inbox = Inbox()
        self._link = Link(self._inbox)
        self._worker = Worker(self._link.note)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._limits = MessageLimits()
        self._sent_units = 0
        self._sent_bytes = 0
        wanted = spec.subscribe or Subscribe(audio=False, video="none", data=False)
        self._receiver = SdkReceiver(self._inbox, wanted.mixed, wanted.users, bool(parameters.vad))
        encryption = encryption_config(rtc, spec.encryption) if spec.encryption else None
        self._kind: ConnectionKind
        self._native: Any
        self._kind, self._native = service.take(spec, parameters)
        self._sender = SdkSender(rtc, self._native, spec.publish, parameters)
        connected = False
        try:
            if encryption is not None:
                check_code(self._native.enable_encryption(1, encryption), "enable_encryption")
            self._register(wanted)
            token = spec.token or spec.app_id  # a project without certificate takes its App ID for a token
            check_code(self._native.connect(token, spec.channel, spec.user), "connect")
            self._link.wait_connected(spec.timeout_s)
            connected = True
            if spec.role == "broadcaster":
                self._sender.prepare()
                if rule := av1_rule(spec.publish, parameters):
                    self._link.note(rule)
        except BaseException:
            self._leave(connected)
            raise

    @property
    def user(self) -> str:
        """Return our own user id, after assignment."""
        return self._link.user

    @property
    def closed(self) -> bool:
        """Tell whether close() was called."""
        return self._closing.is_set()

    def push(self, unit: Unit) -> None:
        """Send one unit now."""
        if self._spec.role == "audience":
            raise error_failure(119)
        with self._lock:
            self._check_open()
            self._sender.push(unit)
            self._sent_units += 1
            self._sent_bytes += len(unit.data)

    def send(self, data: bytes, media_us: int = 0) -> None:
        """Send a data-stream message; the SDK carries no `media_us`."""
        if self._spec.role == "audience":
            raise error_failure(119)
        with self._lock:
            self._check_open()
            self._limits.admit(monotonic_us(), len(data))
            # Bytes, not text: the package would count characters.
            check_code(self._native.send_stream_message(bytes(data)), "send_stream_message")
            self._sender.given()
            self._sent_units += 1
            self._sent_bytes += len(data)

    def request_keyframe(self, user: str) -> None:
        """Ask a sender for a keyframe."""
        with self._lock:
            self._check_open()
            check_code(self._native.send_intra_request(user), "send_intra_request")

    def interrupt(self) -> None:
        """Stop the sound that was pushed and is not yet played, as when somebody begins to talk."""
        with self._lock:
            self._check_open()
            self._sender.interrupt()

    def events(self, timeout_s: float) -> Iterator[Event]:
        """Yield what has arrived."""
        return self._inbox.drain(timeout_s)

    def flush(self, timeout_s: float) -> bool:
        """Wait until the SDK has sent all that it was given; it does not say who received it."""
        with self._lock:
            self._check_open()
            wait_s = self._sender.finish()
        self._closing.wait(max(0.0, min(wait_s, timeout_s)))
        return wait_s <= timeout_s

    def stats(self) -> ConnectionStats:
        """Return the counters; what was lost on the way the SDK repairs or conceals, and does not count."""
        return ConnectionStats(
            sent_units=self._sent_units,
            sent_bytes=self._sent_bytes,
            received_units=self._receiver.units,
            received_bytes=self._receiver.bytes,
            dropped=self._inbox.dropped,
            rtt_us=self._link.rtt_us,
        )

    def close(self) -> None:
        """Say goodbye and let go of all resources; a second call does nothing."""
        if not self._closing.is_set():
            self._leave(connected=True)

    def _leave(self, connected: bool) -> None:
        self._closing.set()
        self._link.closing()
        self._worker.close()
        with self._lock:
            self._native.disconnect()
            ended = self._link.wait_ended(DISCONNECT_TIMEOUT_S) if connected else False
            reusable = ended and self._parameters.reuse_connections and self._spec.encryption is None
            self._service.give_back(self._kind, self._native, reusable)
            self._native = None
        self._inbox.close()

    def _check_open(self) -> None:
        if self._closing.is_set():
            raise NetworkError("connection-closed", "the connection is closed")
        if self._link.ended_by is not None:
            raise self._link.ended_by

    def _register(self, wanted: Subscribe) -> None:
        """Register every observer, in the order that the SDK wants: parameters before their observer."""
        rtc, link, receiver, native = self._rtc, self._link, self._receiver, self._native
        callbacks: dict[str, Callable[..., Any]] = {
            "on_connected": link.connected,
            "on_disconnected": link.disconnected,
            "on_reconnecting": link.reconnecting,
            "on_reconnected": link.reconnected,
            "on_connection_lost": link.lost,
            "on_connection_failure": link.failed,
            "on_error": link.error,
            "on_token_privilege_will_expire": self._on_token_will_expire,
            "on_token_privilege_did_expire": link.token_expired,
            "on_encryption_error": link.encryption_error,
            "on_transport_stats": link.transport_stats,
            "on_user_joined": self._on_user_joined,
            "on_user_left": self._on_user_left,
            "on_user_account_updated": lambda native, uid, account: receiver.accounts.update({uid: account}),
            "on_aiqos_capability_missing": self._on_capability_missing,
        }
        interface = rtc.connection_observer.IRTCConnectionObserver
        check_code(native.register_observer(observer(interface, **callbacks)), "register_observer")
        interface = rtc.local_user_observer.IRTCLocalUserObserver
        callbacks = {
            "on_intra_request_received": receiver.keyframe_requested,
            "on_user_info_updated": receiver.user_info,
        }
        if wanted.data:
            callbacks["on_stream_message"] = receiver.stream_message
        if wanted.audio:
            callbacks["on_audio_meta_data_received"] = receiver.audio_metadata
            callbacks["on_audio_volume_indication"] = receiver.volumes
        code = native.register_local_user_observer(observer(interface, **callbacks))
        check_code(code, "register_local_user_observer")
        if wanted.audio:
            self._register_audio(wanted.mixed)
        if wanted.video != "none":
            self._register_video(wanted)

    def _register_audio(self, mixed: bool) -> None:
        local_user, rate_hz, channels = (
            self._native.get_local_user(),
            self._parameters.sample_rate_hz,
            self._parameters.channels,
        )
        if self._parameters.volume_ms:
            code = local_user.set_audio_volume_indication_parameters(self._parameters.volume_ms, 3, True)
            check_code(code, "set_audio_volume_indication_parameters")
        if mixed:
            samples = rate_hz // FRAMES_A_SECOND * channels
            code = local_user.set_playback_audio_frame_parameters(channels, rate_hz, 0, samples)
            check_code(code, "set_playback_audio_frame_parameters")
        else:
            code = local_user.set_playback_audio_frame_before_mixing_parameters(channels, rate_hz)
            check_code(code, "set_playback_audio_frame_before_mixing_parameters")
        interface = self._rtc.audio_frame_observer.IAudioFrameObserver
        taker = observer(interface, **self._receiver.audio_callbacks())
        config = vad_config(self._rtc, self._parameters.vad) if self._parameters.vad else None
        code = self._native.register_audio_frame_observer(taker, int(config is not None), config)
        check_code(code, "register_audio_frame_observer")

    def _register_video(self, wanted: Subscribe) -> None:
        if not wanted.users:
            options = self._video_options(wanted)
            check_code(self._native.get_local_user().subscribe_all_video(options), "subscribe_all_video")
        if wanted.video == "encoded":
            interface = self._rtc.video_encoded_frame_observer.IVideoEncodedFrameObserver
            taker = observer(interface, on_encoded_video_frame=self._receiver.encoded_video)
            code = self._native.register_video_encoded_frame_observer(taker)
            check_code(code, "register_video_encoded_frame_observer")
        else:
            interface = self._rtc.video_frame_observer.IVideoFrameObserver
            taker = observer(interface, on_frame=self._receiver.picture)
            check_code(self._native.register_video_frame_observer(taker), "register_video_frame_observer")

    def _video_options(self, wanted: Subscribe) -> Any:
        base = self._rtc.base
        stream = base.VideoStreamType(LOW_STREAM if self._parameters.low_stream else HIGH_STREAM)
        return base.VideoSubscriptionOptions(type=stream, encodedFrameOnly=wanted.video == "encoded")

    def _on_user_joined(self, native: Any, user: str) -> None:
        self._receiver.user_joined(user)
        self._inbox.put(Joined(monotonic_us(), user))
        if self._spec.subscribe is not None and user in self._spec.subscribe.users:
            self._worker.do(lambda: self._subscribe_to(user))

    def _on_user_left(self, native: Any, user: str, reason: int) -> None:
        self._inbox.put(Left(monotonic_us(), user, "lost" if reason == USER_DROPPED else "bye"))

    def _on_token_will_expire(self, native: Any, token: str) -> None:
        self._inbox.put(TokenExpiring(monotonic_us(), EXPIRY_NOTICE_S))
        self._worker.do(self._renew_token)

    def _on_capability_missing(self, native: Any, recommended: int) -> int:
        self._link.note(
            "somebody here does not use the ai-client scenario and may hear nothing: try --scenario default"
        )
        return -1  # the SDK does nothing itself; None would be an error

    def _renew_token(self) -> None:
        """Mint and hand over a new token, on the worker's thread."""
        if self._spec.mint_token is None:
            return
        token = self._spec.mint_token()
        with self._lock:
            if not self._closing.is_set():
                check_code(self._native.renew_token(token), "renew_token")
                self._link.token_renewed()

    def _subscribe_to(self, user: str) -> None:
        wanted = self._spec.subscribe
        assert wanted is not None
        with self._lock:
            if self._closing.is_set():
                return
            local_user = self._native.get_local_user()
            if wanted.audio:
                check_code(local_user.subscribe_audio(user), "subscribe_audio")
            if wanted.video != "none":
                check_code(local_user.subscribe_video(user, self._video_options(wanted)), "subscribe_video")
