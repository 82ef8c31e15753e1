"""A token as people and programs read it: one line, a table, a JSON document."""

from datetime import datetime, timezone
from typing import Any

from agora_cli.tokens.access_token import VERSION, Token
from agora_cli.tokens.services import KINDS, PERMISSIONS, RESOURCES, Resource, Service
from agora_cli.tokens.verdict import Mistake

_SIGNATURE = {
    "holds": "holds",
    "broken": "was not made with this certificate",
    "unchecked": "not checked: AGORA_APP_CERTIFICATE is not set",
}


def summary(token: Token) -> str:
    """Return what a token is for, in one line."""
    return "token for " + ", ".join(" ".join([service.name, *_fields(service)]) for service in token.services)


def facts(token: Token, found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what holds for the whole token, as names and values; `found` is its document."""
    lines = [
        ("App ID", token.app_id),
        ("issued", found["issuedAt"]),
        ("ends", f"{found['expiresAt']} ({left(found['secondsLeft'], 0)})"),
        ("salt", str(token.salt)),
        ("signature", _SIGNATURE[found["signature"]]),
    ]
    if token.unknown_service is not None:
        lines.append(("unread", f"from service {token.unknown_service} on, which this version does not know"))
    return lines


def rows(token: Token, now_s: int) -> list[list[str]]:
    """Return a table row for each privilege: service, what it is for, privilege, time left."""
    table = []
    for service in token.services:
        what = "\n".join([*_fields(service), *map(_resource, service.resources)])
        name = service.name
        for number, seconds in sorted(service.privileges.items()) or [(0, 0)]:
            ends_s = token.privilege_ends_s(seconds)
            time_left = left(ends_s, now_s) if ends_s > now_s else "expired"
            table.append([name, what, service.privilege_name(number) if number else "all", time_left])
            name = what = ""
    return table


def document(token: Token, certificate: str | None, wrong: list[Mistake], now_s: int) -> dict[str, Any]:
    """Return all that is known of a token, for --json."""
    signature = "unchecked"
    if certificate is not None:
        signature = "holds" if token.signed_by(certificate) else "broken"
    return {
        "ok": True,
        "version": VERSION,
        "appId": token.app_id,
        "issuedAt": date(token.issued_s),
        "expiresAt": date(token.expires_s),
        "secondsLeft": token.expires_s - now_s,
        "salt": token.salt,
        "signature": signature,
        "services": [_service(token, service, now_s) for service in token.services],
        "unknownService": token.unknown_service,
        "mistakes": [
            {"code": item.code, "number": item.number, "message": item.message, "hint": item.hint} for item in wrong
        ],
    }


def date(unix_s: int) -> str:
    """Return a Unix time in UTC: `2026-01-02T03:04:05Z`."""
    return datetime.fromtimestamp(unix_s, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def left(end_s: int, now_s: int) -> str:
    """Return the time from now to `end_s` as a person says it: `59m 58s left`, `expired 3s ago`."""
    seconds = abs(end_s - now_s)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    text = f"{hours // 24} days"
    if hours < 48:
        parts = [(hours, "h"), (minutes, "m"), (seconds % 60, "s")]
        text = " ".join(f"{value}{unit}" for value, unit in parts if value) or "0s"
    return f"{text} left" if end_s > now_s else f"expired {text} ago"


def _fields(service: Service) -> list[str]:
    """Return the texts and numbers of a service; an empty user is any user."""
    names = [name for name in KINDS[service.type].fields if name != "resources"]
    values = [(name, str(getattr(service, name))) for name in names]
    return [f"{name} {value or ('any' if name == 'user' else 'none')}" for name, value in values]


def _service(token: Token, service: Service, now_s: int) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: getattr(service, name) for name in KINDS[service.type].fields if name != "resources"
    }
    if service.resources:
        fields["resources"] = [_resource(line) for line in service.resources]
    privileges = [
        {"name": service.privilege_name(number), "secondsLeft": token.privilege_ends_s(seconds) - now_s}
        for number, seconds in sorted(service.privileges.items())
    ]
    return {"type": service.type, "name": service.name, **fields, "privileges": privileges}


def _resource(line: Resource) -> str:
    kind = RESOURCES[line.kind] if line.kind < len(RESOURCES) else f"kind {line.kind}"
    permission = PERMISSIONS[line.permission] if line.permission < len(PERMISSIONS) else f"mode {line.permission}"
    return f"{kind}:{permission}: {', '.join(line.names)}"
