"""A chat for scripts: each line of stdin is a message, each message received a line of stdout."""

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from agora_cli.clock import Stop
from agora_cli.commands.rtm_chat.lines import ndjson, sentence, text_of
from agora_cli.commands.rtm_chat.stdin import check_text, lines
from agora_cli.errors import AgoraError, ExpectationError
from agora_cli.events import LinkChanged
from agora_cli.reasons import connection_failure
from agora_cli.rtm.base import Message, RtmClient, RtmEvent, Target
from agora_cli.terminal.console import Console
from agora_cli.terminal.text import clean

WAIT_S = 0.1
# As long as a publisher keeps messages for a reader that is stopped.
FLUSH_S = 30.0
IDLE_S = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send and for how long to listen.

    `messages` go first; then each line of `stdin` (a descriptor) if it is not None. Leave after `count`
    messages or `timeout_s`; without either when all is sent, unless `stay`.
    """

    target: Target
    messages: tuple[tuple[bytes, bool], ...] = ()
    stdin: int | None = None
    binary: bool = False
    store: bool = True
    count: int | None = None
    timeout_s: float | None = None
    stay: bool = False


class PipeSender(threading.Thread):
    """Publishes all that the plan has to say; `failure` says why it ended early."""

    def __init__(self, client: RtmClient, plan: Plan, console: Console, stop: Stop) -> None:
        super().__init__(name="rtm-sender", daemon=True)
        self.sent = 0
        self.sent_bytes = 0
        self.failure: AgoraError | None = None
        self._finished = False
        self._sent_at = time.monotonic()
        self._client = client
        self._plan = plan
        self._console = console
        self._stop_wish = stop

    def run(self) -> None:
        """Send until the input or the chat ends."""
        try:
            for data, is_text in self._outgoing():
                if self._stop_wish.is_set():
                    break
                self._client.publish(self._plan.target, data, is_text=is_text, store=self._plan.store)
                self.sent += 1
                self._sent_at = time.monotonic()
                self.sent_bytes += len(data)
        except AgoraError as error:
            self.failure = error
        self._finished = True

    def is_idle(self) -> bool:
        """Tell whether all is sent; with `count` given, a stdin that has been silent for a while is all."""
        if self._finished or self._plan.count is None:
            return self._finished
        return time.monotonic() - self._sent_at >= IDLE_S

    def _outgoing(self) -> Iterator[tuple[bytes, bool]]:
        yield from self._plan.messages
        if self._plan.stdin is None:
            return
        for number, line in enumerate(lines(self._plan.stdin), 1):
            if not line:
                self._console.warn(f"stdin line {number} is empty: not sent")
                continue
            if not self._plan.binary:
                check_text(line, number)
            yield line, not self._plan.binary


def run_pipe(client: RtmClient, plan: Plan, console: Console, stop: Stop) -> dict[str, int]:
    """Send and receive as planned; return {"sent", "received", "bytes"}.

    Raises ExpectationError when less than `count` came in time, what the sender raised, and RefusedError when
    the channel puts us out.
    """
    deadline = None if plan.timeout_s is None else time.monotonic() + plan.timeout_s
    sender = PipeSender(client, plan, console, stop)
    sender.start()
    received = 0
    while not stop.is_set():
        wait_s = WAIT_S if deadline is None else max(0.0, min(WAIT_S, deadline - time.monotonic()))
        for event in client.events(wait_s):
            _print(event, console)
            received += isinstance(event, Message)
            if received == plan.count:
                break
        sys.stdout.buffer.flush()
        if sender.failure is not None:
            client.flush(FLUSH_S)
            raise sender.failure
        if deadline is not None and time.monotonic() >= deadline:
            break
        enough = not plan.stay and deadline is None if plan.count is None else received >= plan.count
        if enough and sender.is_idle():
            break
    if not stop.is_set():
        _finish(client, plan, received)
    return {"sent": sender.sent, "received": received, "bytes": sender.sent_bytes}


def _finish(client: RtmClient, plan: Plan, received: int) -> None:
    if not client.flush(FLUSH_S):
        raise ExpectationError(
            "rtm-not-taken", f"not everybody present took all messages within {FLUSH_S:g} s", hint="is one stopped?"
        )
    if plan.count is not None and received < plan.count:
        raise ExpectationError("rtm-count", f"got {received} of {plan.count} messages in {plan.timeout_s:g} s")


def _print(event: RtmEvent, console: Console) -> None:
    if console.json_output:
        sys.stdout.buffer.write(ndjson(event).encode() + b"\n")
    elif isinstance(event, Message) and sys.stdout.isatty():
        console.line(clean(text_of(event)))
    elif isinstance(event, Message):
        sys.stdout.buffer.write(event.data + b"\n")
    else:
        console.status(sentence(event))
    if isinstance(event, LinkChanged) and event.state == "failed":
        sys.stdout.buffer.flush()
        raise connection_failure(event.reason, event.text)
