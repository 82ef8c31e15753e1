"""What an event of the link means for a session that cannot go on after it."""

from agora_cli.events import DecryptionFailed, Event, LinkChanged
from agora_cli.reasons import connection_failure, error_failure


def raise_if_ended(event: Event) -> None:
    """Raise what an event means for a session that cannot go on after it."""
    if isinstance(event, LinkChanged) and event.state == "failed":
        raise connection_failure(event.reason, event.text)
    if isinstance(event, DecryptionFailed):
        failure = error_failure(120, f"user {event.user}" if event.user else "")
        failure.hint = "give both sides the same --encryptionMode, key and salt"
        raise failure
