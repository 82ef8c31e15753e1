"""One user, logged in to Agora's own network.

The package carries messages only: presence, history, metadata and locks have no functions in it (its event
structures for them raise when read), so those calls raise UnavailableError -10022. A message is sent without
waiting; how it ended is raised by the next publish() or by flush().
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from agora_cli.clock import monotonic_us
from agora_cli.errors import AgoraError
from agora_cli.events import LinkChanged, LinkState
from agora_cli.reasons import TOKEN_RENEWED
from agora_cli.rtm.base import ANY_REVISION, Channel, ChannelMetadata, Lock, Message, RtmEvent, RtmSpec, Target
from agora_cli.rtm.events import EventQueue
from agora_cli.rtm.failures import RtmError, failure
from agora_cli.rtm.limits import CHANNELS_MAX, check_message, check_message_channel, check_user
from agora_cli.rtm.rate import Rate
from agora_cli.rtm.sdk.requests import Requests
from agora_cli.sdklib.load import Rtm, observer

GOODBYE_S = 2.0
SAME_USER = 19
# RTM_LINK_STATE and RTM_LINK_STATE_CHANGE_REASON of AgoraRtmBase.h.
_STATES: dict[int, LinkState] = {1: "reconnecting", 2: "connected", 3: "disconnected", 4: "reconnecting", 5: "failed"}
_REASONS = {27: SAME_USER, 28: 3, 29: 14, 17: 9, 16: 8}


class SdkRtmClient:
    """An RtmClient over the official package."""

    engine = "sdk"

    def __init__(self, rtm: Rtm, spec: RtmSpec) -> None:
        """Log in. Raises RefusedError or NetworkError with the RTM error number of the answer."""
        self._rtm = rtm
        self._user = spec.user
        self._timeout_s = spec.timeout_s
        self._mint_token = spec.mint_token
        self._rate = Rate(spec.rate)
        self._queue = EventQueue()
        self._requests = Requests()
        self._channels: set[str] = set()
        self._gone: AgoraError | None = None
        self._closed = False
        self._closing = threading.Lock()  # held while a thread of ours uses what close() releases
        self._log_dir = Path(tempfile.mkdtemp(prefix="agora-rtm-"))
        try:
            self._native = rtm.client.create_rtm_client(self._config(spec))
            if not self._native.is_valid:
                code = rtm.client.created_code or RtmError.NOT_INITIALIZED
                raise self._failure("start the SDK's RTM client", code)
            # Where tokens are not required Agora takes the App ID in their place.
            self._ask("log in", *self._native.login(spec.token or spec.app_id))
        except BaseException:
            self._release()
            raise

    @property
    def user(self) -> str:
        """Return our user id."""
        return self._user

    def subscribe(self, channel: str, history: int = 0) -> None:
        """Hear a channel from now on; the package cannot read history, so none comes."""
        self._check()
        check_message_channel(channel)
        if len(self._channels) >= CHANNELS_MAX:
            raise failure(RtmError.TOO_MANY_CHANNELS, f"a client has at most {CHANNELS_MAX} channels")
        options = self._rtm.base.SubscribeOptions(with_message=True, with_presence=False)
        self._ask(f"subscribe to {channel!r}", *self._native.subscribe(channel, options))
        self._channels.add(channel)

    def unsubscribe(self, channel: str) -> None:
        """Leave a channel: see RtmClient."""
        self._check()
        if channel not in self._channels:
            raise failure(RtmError.NOT_SUBSCRIBED, f"not subscribed to channel {channel!r}")
        self._ask(f"unsubscribe from {channel!r}", *self._native.unsubscribe(channel))
        self._channels.discard(channel)

    def publish(self, target: Target, data: bytes, *, is_text: bool = True, store: bool = False) -> None:
        """Send a message; raises what an earlier one came to, too: see RtmClient."""
        self._check()
        check_message(data)
        base = self._rtm.base
        if isinstance(target, Channel):
            name, kind = check_message_channel(target.name), base.RtmChannelType.RTM_CHANNEL_TYPE_MESSAGE
        else:
            name, kind = check_user(target.name), base.RtmChannelType.RTM_CHANNEL_TYPE_USER
        self._raise_failed()
        self._rate.keep()
        form = base.RtmMessageType.RTM_MESSAGE_TYPE_STRING if is_text else base.RtmMessageType.RTM_MESSAGE_TYPE_BINARY
        options = base.PublishOptions(channel_type=kind, message_type=form, store_in_history=store)
        code, request_id = self._native.publish(name, data, options)
        if code != 0:
            raise self._failure("publish", code)
        self._requests.watch(request_id)

    def who(self, channel: str) -> Mapping[str, Mapping[str, str]]:
        """Raise UnavailableError -10022: the package has no presence."""
        self._lacks("presence")

    def set_state(self, channel: str, state: Mapping[str, str]) -> None:
        """Raise UnavailableError -10022: the package has no presence."""
        self._lacks("presence")

    def history(self, channel: str, limit: int = 100) -> Sequence[Message]:
        """Raise UnavailableError -10022: the package cannot read history."""
        self._lacks("reading of history")

    def metadata(self, channel: str) -> ChannelMetadata:
        """Raise UnavailableError -10022: the package has no metadata."""
        self._lacks("metadata")

    def set_metadata(
        self,
        channel: str,
        items: Mapping[str, str],
        *,
        revision: int = ANY_REVISION,
        revisions: Mapping[str, int] | None = None,
        lock: str | None = None,
    ) -> int:
        """Raise UnavailableError -10022: the package has no metadata."""
        self._lacks("metadata")

    def remove_metadata(
        self,
        channel: str,
        keys: Sequence[str] | None = None,
        *,
        revision: int = ANY_REVISION,
        lock: str | None = None,
    ) -> int:
        """Raise UnavailableError -10022: the package has no metadata."""
        self._lacks("metadata")

    def set_lock(self, channel: str, name: str, ttl_s: float = 10) -> None:
        """Raise UnavailableError -10022: the package has no locks."""
        self._lacks("locks")

    def acquire_lock(self, channel: str, name: str, wait_s: float = 0) -> Lock:
        """Raise UnavailableError -10022: the package has no locks."""
        self._lacks("locks")

    def release_lock(self, channel: str, name: str) -> None:
        """Raise UnavailableError -10022: the package has no locks."""
        self._lacks("locks")

    def remove_lock(self, channel: str, name: str) -> None:
        """Raise UnavailableError -10022: the package has no locks."""
        self._lacks("locks")

    def locks(self, channel: str) -> Sequence[Lock]:
        """Raise UnavailableError -10022: the package has no locks."""
        self._lacks("locks")

    def events(self, timeout_s: float) -> Iterator[RtmEvent]:
        """Yield what has arrived: see RtmClient."""
        yield from self._queue.drain()
        self._queue.take(timeout_s)
        yield from self._queue.drain()

    def flush(self, timeout_s: float) -> bool:
        """Wait until the network has taken all that we published; raises what a message came to."""
        done = self._requests.wait_all(timeout_s)
        self._raise_failed()
        return done

    def close(self) -> None:
        """Log out: see RtmClient."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        self._requests.wait_all(GOODBYE_S)
        code, request_id = self._native.logout()
        if code == 0:
            self._requests.wait(request_id, GOODBYE_S)
        self._queue.close()
        self._release()

    def _config(self, spec: RtmSpec) -> Any:
        base = self._rtm.base
        done = self._requests.answer
        handler = observer(
            base.IRtmEventHandler,
            on_message_event=self._on_message,
            on_link_state_event=self._on_link,
            on_token_privilege_will_expire=self._on_token_expiring,
            on_login_result=done,
            on_logout_result=done,
            on_publish_result=done,
            on_renew_token_result=lambda request_id, server, channel, code: done(request_id, code),
            on_subscribe_result=lambda request_id, channel, code: done(request_id, code),
            on_unsubscribe_result=lambda request_id, channel, code: done(request_id, code),
        )
        # Without a log of its own the package writes ./logs/rtm.log into the user's directory.
        log = base.RtmLogConfig(str(self._log_dir / "rtm.log"), 1024, base.RtmLogLevel.RTM_LOG_LEVEL_NONE)
        return base.RtmConfig(app_id=spec.app_id, user_id=spec.user, event_handler=handler, log_config=log)

    def _ask(self, doing: str, code: int, request_id: int) -> None:
        answer = self._requests.wait(request_id, self._timeout_s) if code == 0 else code
        if answer is None:
            raise failure(RtmError.LOGIN_TIMEOUT, f"cannot {doing}: no answer in {self._timeout_s:g} s")
        if answer != 0:
            raise self._failure(doing, answer)

    def _failure(self, doing: str, code: int) -> AgoraError:
        reason = self._native.get_error_reason(code)
        return failure(code, f"cannot {doing}{': ' + reason if reason else ''}")

    def _raise_failed(self) -> None:
        code = self._requests.failed()
        if code is not None:
            raise self._failure("publish", code)

    def _check(self) -> None:
        if self._gone is not None:
            raise self._gone
        if self._closed:
            raise failure(RtmError.NOT_LOGIN, "logged out")

    def _lacks(self, what: str) -> NoReturn:
        raise failure(
            RtmError.SERVICE_NOT_SUPPORTED, f"Agora's Python package has no {what}", hint="--engine local has"
        )

    def _on_message(self, event: Any) -> None:
        base = self._rtm.base
        is_channel = event.channel_type == base.RtmChannelType.RTM_CHANNEL_TYPE_MESSAGE
        message = Message(
            monotonic_us(),
            event.channel_name if is_channel else "",
            event.publisher,
            event.message,
            event.message_type == base.RtmMessageType.RTM_MESSAGE_TYPE_STRING,
            time.time_ns() // 1000,
        )
        self._queue.put([message])

    def _on_link(self, event: Any) -> None:
        if event is None or self._closed or event.current_state not in _STATES:
            return
        state, reason = _STATES[event.current_state], _REASONS.get(event.reason_code, 0)
        if state == "failed":
            self._gone = failure(RtmError.LOGIN_REJECTED, f"the link failed: {event.reason}")
        text = event.reason or f"RTM link reason {event.reason_code}"
        self._queue.put([LinkChanged(monotonic_us(), state, reason, text)])

    def _on_token_expiring(self, channel: str) -> None:
        # Callbacks must not call the SDK, and a token may come from a file or another program.
        threading.Thread(target=self._renew, name="rtm-renew", daemon=True).start()

    def _renew(self) -> None:
        if self._mint_token is None:
            return
        reason, text = TOKEN_RENEWED, "token renewed"
        try:
            token = self._mint_token()
            with self._closing:
                if self._closed:
                    return
                asked = self._native.renew_token(token)
            self._ask("renew the token", *asked)
        except AgoraError as error:
            reason, text = 0, error.message
        if not self._closed:
            self._queue.put([LinkChanged(monotonic_us(), "connected", reason, text)])

    def _release(self) -> None:
        native = getattr(self, "_native", None)
        if native is not None:
            native.release()
        shutil.rmtree(self._log_dir, ignore_errors=True)
