"""Events as lines: NDJSON, or a message's bare bytes; and a plain sentence for people."""

import json
import time
from typing import Any

from agora_cli.clock import monotonic_us
from agora_cli.events import LinkChanged, PacketRefused, TokenExpiring
from agora_cli.rtm.base import LockChanged, Message, MessagesLost, MetadataChanged, PresenceChange, RtmEvent

EventBody = dict[str, Any]


def document(event: RtmEvent, now_us: int, monotonic_us: int) -> EventBody:
    """Return an event as a JSON object; `time` is Unix seconds.

    `now_us` and `monotonic_us` are the same moment on both clocks: only messages carry a wall clock.
    """
    if isinstance(event, Message):
        return _message(event)
    wall_us = now_us - monotonic_us + event.at_us
    return {"event": _NAMES[type(event)], "time": wall_us / 1_000_000, **_body(event)}


def ndjson(event: RtmEvent) -> str:
    """Return an event as one line of JSON."""
    return json.dumps(document(event, time.time_ns() // 1000, monotonic_us()), ensure_ascii=False)


def sentence(event: RtmEvent) -> str:
    """Return what happened, for a person; messages are printed as they are, not by this."""
    match event:
        case PresenceChange(kind="state"):
            pairs = ", ".join(f"{key}={value}" for key, value in event.state.items())
            return f"{event.user}: {pairs or 'no state'}"
        case PresenceChange():
            return f"{event.user} {'is gone' if event.kind == 'lost' else event.kind}"
        case MetadataChanged():
            changes = [f"{key}={item.value}" for key, item in event.changed.items()]
            changes += [f"{key} removed" for key in event.removed]
            return f"metadata revision {event.revision}: {', '.join(changes)}"
        case LockChanged():
            by = f" by {event.owner}" if event.kind == "acquired" else f" (was {event.owner}'s)" if event.owner else ""
            return f"lock {event.name} {event.kind}{by}"
        case MessagesLost():
            return f"{event.count} messages of {event.publisher} are lost"
        case LinkChanged():
            return f"{event.state}: {event.text}"
        case TokenExpiring():
            return f"the token ends in {event.seconds_left} s"
        case PacketRefused():
            return f"a packet in the name of {event.user or 'nobody in particular'} was refused: {event.reason}"
        case Message():
            return f"{event.publisher}: {text_of(event)}"


def text_of(message: Message) -> str:
    """Return a message for a person: text, or how much binary it is."""
    text = _exact_text(message)
    return f"({len(message.data)} bytes of binary)" if text is None else text


_NAMES: dict[type, str] = {
    PresenceChange: "presence",
    MetadataChanged: "metadata",
    LockChanged: "lock",
    MessagesLost: "lost",
    LinkChanged: "link",
    PacketRefused: "refused",
    TokenExpiring: "token-expiring",
}


def _message(message: Message) -> EventBody:
    body: EventBody = {"event": "message", "time": message.sent_us / 1_000_000}
    body["channel"] = message.channel or None
    body["publisher"] = message.publisher
    text = _exact_text(message)
    if text is None:
        import base64

        body["base64"] = base64.b64encode(message.data).decode()
    else:
        body["text"] = text
    if message.from_history:
        body["history"] = True
    return body


def _exact_text(message: Message) -> str | None:
    """Return the text whose UTF-8 is the message, None where there is none or its publisher calls it binary."""
    try:
        return message.data.decode() if message.is_text else None
    except UnicodeDecodeError:
        return None


def _body(
    event: PresenceChange | MetadataChanged | LockChanged | MessagesLost | LinkChanged | PacketRefused | TokenExpiring,
) -> EventBody:
    match event:
        case PresenceChange():
            return {"channel": event.channel, "user": event.user, "kind": event.kind, "state": dict(event.state)}
        case MetadataChanged():
            items = {key: {"value": item.value, "revision": item.revision} for key, item in event.changed.items()}
            removed = list(event.removed)
            return {"channel": event.channel, "revision": event.revision, "items": items, "removed": removed}
        case LockChanged():
            return {"channel": event.channel, "name": event.name, "kind": event.kind, "owner": event.owner}
        case MessagesLost():
            return {"channel": event.channel or None, "publisher": event.publisher, "count": event.count}
        case TokenExpiring():
            return {"secondsLeft": event.seconds_left}
        case PacketRefused():
            return {"user": event.user, "reason": event.reason}
        case LinkChanged():
            return {"state": event.state, "reason": event.reason, "text": event.text}
