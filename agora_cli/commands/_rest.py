"""Agora's REST interface, for the commands that ask it: one request, one answer, each failure with its exit code."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from typer import Option

from agora_cli.errors import InputError, NetworkError, RefusedError, UsageError
from agora_cli.names import is_app_id
from agora_cli.options.values import duration_s

CUSTOMER_KEY, CUSTOMER_SECRET = "AGORA_CUSTOMER_KEY", "AGORA_CUSTOMER_SECRET"
API_URL = "https://api.agora.io"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# More than any answer has; one that is larger is not Agora's.
MAX_ANSWER_BYTES = 4 << 20
MAX_WORDS = 200


@dataclass(frozen=True, slots=True)
class RestOptions:
    """Which project, and where its interface is."""

    app_id: Annotated[
        str, Option("--appId", envvar="AGORA_APP_ID", help="App ID (32 hex digits).", metavar="ID", show_default=False)
    ] = ""
    api_url: Annotated[
        str, Option("--apiUrl", envvar="AGORA_API_URL", help="Where Agora's REST interface is.", metavar="URL")
    ] = API_URL
    timeout: Annotated[str, Option("--timeout", help="How long to wait for an answer.", metavar="TIME")] = "10s"

    def open(self, environ: Mapping[str, str] = os.environ) -> "Rest":
        """Return the interface with the customer's credentials. Raises UsageError for what is missing or wrong."""
        if not is_app_id(self.app_id):
            got = f"{len(self.app_id)} characters" if self.app_id else "none"
            raise UsageError("app-id", f"App ID must be 32 hex digits, got {got}", hint="give --appId or AGORA_APP_ID")
        parts = urlsplit(self.api_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise UsageError("api-url", f"--apiUrl must be https://..., got {self.api_url!r}")
        key, secret = environ.get(CUSTOMER_KEY, "").strip(), environ.get(CUSTOMER_SECRET, "").strip()
        if not key or not secret:
            missing = CUSTOMER_KEY if not key else CUSTOMER_SECRET
            raise UsageError(
                "customer-key",
                f"{missing} is not set",
                hint="the console shows both under RESTful API; they are never given as options",
            )
        return Rest(self.app_id, self.api_url.rstrip("/"), (key, secret), float(duration_s(self.timeout, "--timeout")))


@dataclass(frozen=True, slots=True)
class Rest:
    """Ask for one project. Nothing is followed elsewhere with the credentials: a redirect is an error."""

    app_id: str
    url: str
    credentials: tuple[str, str] = field(repr=False)
    timeout_s: float

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the JSON object of an answer of 200 to 299.

        Raises RefusedError (401, 403, 404), InputError (other 4xx), NetworkError (no answer, 429, 5xx, no JSON).
        """
        import httpx

        try:
            with httpx.Client(auth=self.credentials, timeout=self.timeout_s) as client:
                response = client.request(method, self.url + path, json=body)
        except httpx.TimeoutException as error:
            raise NetworkError("api-timeout", f"{self.url} does not answer within {self.timeout_s:g} s") from error
        except httpx.HTTPError as error:
            raise NetworkError("api-network", f"{self.url} cannot be reached: {error}") from error
        if len(response.content) > MAX_ANSWER_BYTES:
            raise NetworkError("api-answer", f"{self.url} answers with {len(response.content)} bytes")
        document = _document(response.text)
        # Without the path: a streaming key may be in it.
        words = f"{self.url} answers {response.status_code}{_words(document)}"
        if response.status_code in (401, 403, 404):
            raise RefusedError("api-refused", words, hint=_HINTS[response.status_code])
        if 400 <= response.status_code < 500 and response.status_code != 429:
            raise InputError("api-request", words)
        if not 200 <= response.status_code < 300:
            raise NetworkError("api-status", words)
        if document is None:
            raise NetworkError("api-answer", f"{self.url} answers with no JSON object: is it Agora's?")
        if document.get("success") is False or document.get("status", "success") not in ("success", "ok"):
            raise InputError("api-request", f"{self.url} says that it did not succeed{_words(document)}")
        return document


_HINTS = {
    401: f"are {CUSTOMER_KEY} and {CUSTOMER_SECRET} those of this project?",
    403: "the project may not have this service; see the console",
    404: None,
}


def part(text: str) -> str:
    """Return a text as one part of a path."""
    return quote(text, safe="")


def rows_of(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list that an answer holds; what is none is left out."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _document(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _words(document: dict[str, Any] | None) -> str:
    """Return what an answer says of its own failure, as ": words", cut to a line."""
    for name in ("message", "reason", "msg"):
        words = (document or {}).get(name)
        if isinstance(words, str) and words:
            return ": " + "".join(letter if letter.isprintable() else " " for letter in words[:MAX_WORDS])
    return ""
