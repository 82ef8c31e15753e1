"""Would the channel take this token, and if not, which mistake was made: each known one has its own words."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from agora_cli.names import ASSIGNED
from agora_cli.tokens.access_token import MAX_LIFE_S, Token, TokenError, parse
from agora_cli.tokens.services import CHAT, JOIN_CHANNEL, KINDS, LOGIN, RTC, RTM, RTM2, Service

INVALID = 110
EXPIRED = 109
# Clocks of one's own server and Agora's differ a little; a token from further ahead is a mistake.
MAX_AHEAD_S = 60
# Seconds no life of a token can have: someone wrote a date where a duration belongs.
_LOOKS_LIKE_A_DATE_S = 10**9


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the token is to be used for; None leaves that point unchecked. `service` is a type of KINDS.

    Without a service, a channel means rtc, and a user alone is compared with every service of the token.
    """

    app_id: str | None = None
    certificate: str | None = field(default=None, repr=False)
    channel: str | None = None
    user: str | None = None
    service: int | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with a token. `number` is Agora's error, or None where the channel would still take it."""

    code: str
    message: str
    hint: str | None = None
    number: int | None = INVALID


def verify(text: str, wanted: Wanted, now_s: int) -> Token:
    """Return the parsed token if the channel would take it, else raise TokenError for its first mistake.

    The signature is checked only when `wanted` has a certificate.
    """
    token = parse(text)
    for mistake in mistakes(token, wanted, now_s):
        if mistake.number is not None:
            raise TokenError(mistake.code, f"{mistake.message} ({mistake.number})", mistake.hint, mistake.number)
    return token


def mistakes(token: Token, wanted: Wanted, now_s: int) -> list[Mistake]:
    """Return all that is wrong with a token for that use, the cause before its consequences."""
    found = [*_app(token, wanted), *_times(token, now_s)]
    for kind in _kinds(token, wanted):
        found += _service(token, kind, wanted, now_s)
    return found


def ends_s(token: Token, kind: int) -> int:
    """Return the Unix time at which the holder is put out of service `kind`: its entry privilege, or the token."""
    service = _granting(token, kind)
    if service is None:
        return token.expires_s
    return token.privilege_ends_s(service.privileges.get(JOIN_CHANNEL if kind == RTC else LOGIN, 0))


def _kinds(token: Token, wanted: Wanted) -> list[int]:
    """Return the services to look at: the one that is named, rtc for a channel, for a user alone all there are."""
    if wanted.service is not None:
        return [wanted.service]
    if wanted.channel is not None:
        return [RTC]
    return [service.type for service in token.services] if wanted.user is not None else []


def _granting(token: Token, kind: int) -> Service | None:
    """Return the service that lets its holder use `kind`: rtm2 is rtm with finer permissions."""
    return token.service(kind) or (token.service(RTM2) if kind == RTM else None)


def _app(token: Token, wanted: Wanted) -> Iterator[Mistake]:
    if wanted.app_id is not None and token.app_id != wanted.app_id:
        yield Mistake(
            "token-app-id",
            f"the token is for App ID {token.app_id}, expected {wanted.app_id}",
            "they differ in case only"
            if token.app_id.lower() == wanted.app_id.lower()
            else "make the token with the App ID and the certificate of one project",
        )
    if wanted.certificate is None or token.signed_by(wanted.certificate):
        return
    if token.app_id.isascii() and token.signed_by(token.app_id):
        hint = "it was signed with the App ID: sign with the App Certificate"
    else:
        hint = "is AGORA_APP_CERTIFICATE the certificate of this App ID, and not its other (secondary) one?"
    yield Mistake("token-signature", "the token's signature was not made with this certificate", hint)


def _times(token: Token, now_s: int) -> Iterator[Mistake]:
    if token.expire_s >= _LOOKS_LIKE_A_DATE_S:
        yield Mistake(
            "token-expiry-date",
            f"the token's expiry is the date {token.expire_s}, expected seconds from now, at most {MAX_LIFE_S}",
            "the 006 builders took a date here, the 007 builders take a duration",
        )
        return
    if token.expire_s > MAX_LIFE_S:
        yield Mistake(
            "token-expiry-long",
            f"the token's expiry is {token.expire_s} s, Agora cuts it at {MAX_LIFE_S} s (24 h)",
            number=None,
        )
    if token.issued_s > now_s + MAX_AHEAD_S:
        yield Mistake(
            "token-from-future",
            f"the token was issued {token.issued_s - now_s} s in the future",
            "compare the clocks of the two machines; issue time and expiry may be swapped",
        )
    if now_s >= token.expires_s:
        hint = "make a new one"
        if token.issued_s < _LOOKS_LIKE_A_DATE_S:
            hint = f"its issue time {token.issued_s} is no date of today: are issue time and expiry swapped?"
        yield Mistake("token-expired", f"the token expired {now_s - token.expires_s} s ago", hint, EXPIRED)
    for service in token.services:
        yield from _swapped(token, service)


def _swapped(token: Token, service: Service) -> Iterator[Mistake]:
    longest = max(service.privileges.values(), default=0)
    if longest > token.expire_s:
        yield Mistake(
            "token-expiry-swapped",
            f"{service.name} privileges last {longest} s but the token only {token.expire_s} s",
            "the token's own expiry wins: are token_expire and privilege_expire swapped?",
            number=None,
        )


def _service(token: Token, kind: int, wanted: Wanted, now_s: int) -> Iterator[Mistake]:
    service = _granting(token, kind)
    name = KINDS[kind].name
    if service is None:
        has = " and ".join(dict.fromkeys(service.name for service in token.services)) or "nothing that we know"
        yield Mistake(
            f"token-not-for-{name}",
            f"the token is for {has}, expected {name}",
            f"make one that has both: --service {name} beside the others" if token.services else None,
        )
        return
    if wanted.channel is not None and "channel" in KINDS[service.type].fields:
        yield from _channel(service, wanted.channel)
    if wanted.user is not None and "user" in KINDS[service.type].fields:
        yield from _user(service, wanted.user)
    entry = JOIN_CHANNEL if kind == RTC else LOGIN
    if kind in (RTC, RTM, RTM2, CHAT) and entry not in service.privileges:
        yield Mistake("token-privilege", f"the token lacks the privilege {service.privilege_name(entry)}")
    for privilege, seconds in sorted(service.privileges.items()):
        ends = token.privilege_ends_s(seconds)
        if ends <= now_s < token.expires_s:
            message = f"the privilege {service.privilege_name(privilege)} expired {now_s - ends} s ago"
            yield Mistake(
                "token-expired", message, "the token itself still holds", EXPIRED if privilege == entry else None
            )


def _channel(service: Service, channel: str) -> Iterator[Mistake]:
    if service.channel == channel:
        return
    same = service.channel.strip().casefold() == channel.strip().casefold()
    yield Mistake(
        "token-channel",
        f"the token is for channel {service.channel!r}, expected {channel!r}",
        "they differ in case or in spaces only" if same else None,
    )


def _user(service: Service, user: str) -> Iterator[Mistake]:
    """Compare users as Agora does: byte by byte, where an empty user in the token lets anybody in."""
    if service.user in ("", user):
        return
    message = f"the token is for user {service.user!r}, expected {user!r}"
    hint = None
    if service.user == ASSIGNED:
        hint = "it was made with the text '0'; only the number 0 (an empty user) lets any user in"
    elif user == ASSIGNED:
        message = f"the token is for user {service.user!r}, but the channel is to assign one"
        hint = f"join with --userId {service.user}, or make a token for user 0"
    elif _is_number(service.user) != _is_number(user):
        hint = "one is an integer user id and the other a string account: a token has to be made for the very one used"
    elif _is_number(user) and service.user.lstrip("0") == user.lstrip("0"):
        hint = "it was made with a string that has leading zeros; an integer user id has none"
    yield Mistake("token-user", message, hint)


def _is_number(user: str) -> bool:
    return user.isascii() and user.isdigit()
