"""What a person is told about our own link: that it is lost or back, our token, and who has another key."""

from agora_cli.events import DecryptionFailed, Event, Joined, Left, LinkChanged, PacketRefused, TokenExpiring
from agora_cli.reasons import TOKEN_RENEWED


def channel_news(event: Event) -> str | None:
    """Return the line about who comes and goes, or about our own link; None for every other event."""
    if isinstance(event, Joined):
        return f"user {event.user} joined"
    if isinstance(event, Left):
        return f"user {event.user} left" + (" (link lost)" if event.reason == "lost" else "")
    return link_news(event)


def link_news(event: Event) -> str | None:
    """Return the line about an event of our own link; None for every other, and for an end, which is an error."""
    if isinstance(event, DecryptionFailed):
        who = f"user {event.user}" if event.user else "somebody"
        what = f"messages of {who}" if event.number == 122 else who
        return f"{what} cannot be decrypted: another key, salt or mode, or none"
    if isinstance(event, PacketRefused):
        who = f"user {event.user}" if event.user else "nobody in particular"
        return f"a packet in the name of {who} was refused: {event.reason}"
    if isinstance(event, TokenExpiring):
        return f"the token ends in {event.seconds_left} s"
    if not isinstance(event, LinkChanged) or event.state not in ("reconnecting", "connected"):
        return None
    if event.reason == TOKEN_RENEWED:
        return event.text
    return f"link {event.state}" + (f": {event.text}" if event.text else "")
