"""agora streamkey and agora channel against a server that answers as Agora's reference pages say."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.cli.run import Ran, agora

APP_ID = "0123456789abcdef0123456789abcdef"
KEY, SECRET = "customer-key", "customer-secret"
STREAM_KEY = "stream/key 1"
BASIC = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()


class Twin(BaseHTTPRequestHandler):
    """Streaming keys, channels and kicking rules, as documented; `answer` overrides all of it."""

    server: "TwinServer"

    def do_GET(self) -> None:
        self.take("GET")

    def do_POST(self) -> None:
        self.take("POST")

    def do_DELETE(self) -> None:
        self.take("DELETE")

    def take(self, method: str) -> None:
        """Answer a request and keep it."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        asked = (method, parts.path, parts.query, json.loads(body) if body else None)
        self.server.asked.append(asked)
        status, document = self.server.answer or self.answered(*asked)
        if self.headers.get("Authorization") != BASIC:
            status, document = 401, {"message": "Invalid authentication credentials"}
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answered(self, method: str, path: str, query: str, body: Any) -> tuple[int, Any]:
        keys = f"/eu/v1/projects/{APP_ID}/rtls/ingress/streamkeys"
        known = {"channel": "demo", "uid": "7", "expiresAfter": 3600, "createdAt": "2026-01-02T03:04:05Z"}
        if method == "POST" and path == keys:
            return 200, {"status": "success", "data": known | {"streamKey": STREAM_KEY}}
        if path.startswith(keys + "/"):
            if unquote(path.rpartition("/")[2]) != STREAM_KEY:
                return 404, {"message": "Resource is not found and destroyed."}
            return 200, {"status": "success", "data": known | {"streamKey": STREAM_KEY}} if method == "GET" else {}
        if path == f"/dev/v1/channel/{APP_ID}":
            first = query.startswith("page_no=0")
            count = 500 if first else 3
            rows = [{"channel_name": f"c{n + 500 * (not first)}", "user_count": n} for n in range(count)]
            return 200, {"success": True, "data": {"channels": rows, "total_size": 503}}
        if path == f"/dev/v1/channel/user/{APP_ID}/demo%201":
            data = {"channel_exist": True, "mode": 2, "broadcasters": [7], "audience": [8, 9], "audience_total": 2}
            return 200, {"success": True, "data": data}
        if path.startswith(f"/dev/v1/channel/user/{APP_ID}/"):
            return 200, {"success": True, "data": {"channel_exist": False}}
        if path == "/dev/v1/kicking-rule":
            return 200, {"status": "success", "id": 1953}
        return 404, {"message": "no Route matched with those values"}

    def log_message(self, *words: Any) -> None:
        """Say nothing."""


class TwinServer(ThreadingHTTPServer):
    """The server; `asked` are method, path, query and body of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Twin)
        self.asked: list[tuple[str, str, str, Any]] = []
        self.answer: tuple[int, Any] | None = None


@pytest.fixture
def twin() -> Iterator[TwinServer]:
    with TwinServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(home: Path, twin: TwinServer, *args: str, **extra: str) -> Ran:
    url = {"AGORA_API_URL": f"http://127.0.0.1:{twin.server_address[1]}", "AGORA_APP_ID": APP_ID}
    return agora(home, *args, **url | {"AGORA_CUSTOMER_KEY": KEY, "AGORA_CUSTOMER_SECRET": SECRET} | extra)


def test_a_key_is_made_shown_and_deleted(tmp_path: Path, twin: TwinServer) -> None:
    made = ask(tmp_path, twin, "streamkey", "create", "--region", "eu", "-c", "demo", "-u", "7", "--expire", "1h")
    assert (made.code, made.out) == (0, STREAM_KEY + "\n")
    path = f"/eu/v1/projects/{APP_ID}/rtls/ingress/streamkeys"
    settings = {"channel": "demo", "uid": "7", "expiresAfter": 3600}
    assert twin.asked.pop() == ("POST", path, "", {"settings": settings})
    shown = ask(tmp_path, twin, "streamkey", "show", "--region", "eu", AGORA_STREAM_KEY=STREAM_KEY)
    assert shown.code == 0
    assert [line.split() for line in shown.out.splitlines()][:3] == [
        ["channel", "demo"],
        ["uid", "7"],
        ["expiresAfter", "3600"],
    ]
    assert STREAM_KEY not in shown.out + shown.err
    assert twin.asked.pop()[:2] == ("GET", f"{path}/stream%2Fkey%201")
    deleted = ask(tmp_path, twin, "streamkey", "delete", "--region", "eu", STREAM_KEY, "--json")
    assert deleted.json == {"ok": True, "region": "eu"}
    assert twin.asked.pop()[0] == "DELETE"
    as_json = ask(tmp_path, twin, "streamkey", "create", "--region", "eu", "-c", "demo", "-u", "7", "--json").json
    assert (as_json["streamKey"], as_json["channel"], as_json["ok"]) == (STREAM_KEY, "demo", True)


def test_channels_are_listed_page_by_page(tmp_path: Path, twin: TwinServer) -> None:
    listed = ask(tmp_path, twin, "channel", "list", "--json").json
    assert [row["channelId"] for row in listed["channels"]] == [f"c{n}" for n in range(503)]
    assert [query for _, _, query, _ in twin.asked] == ["page_no=0&page_size=500", "page_no=1&page_size=500"]


def test_who_is_in_a_channel(tmp_path: Path, twin: TwinServer) -> None:
    found = ask(tmp_path, twin, "channel", "users", "demo 1", "--json")
    users = [{"userId": "7", "role": "broadcaster"}] + [{"userId": user, "role": "audience"} for user in ("8", "9")]
    assert found.json == {"ok": True, "channelId": "demo 1", "exists": True, "users": users}
    nobody = ask(tmp_path, twin, "channel", "users", "empty")
    assert (nobody.code, nobody.out) == (6, "")
    assert "nobody is in empty" in nobody.err


def test_a_user_is_kicked(tmp_path: Path, twin: TwinServer) -> None:
    kicked = ask(tmp_path, twin, "channel", "kick", "demo", "--userId", "7", "--time", "10m", "--json")
    assert kicked.json == {"ok": True, "channelId": "demo", "userId": "7", "ruleId": 1953}
    rule = {"appid": APP_ID, "cname": "demo", "uid": 7, "time": 10, "privileges": ["join_channel"]}
    assert twin.asked == [("POST", "/dev/v1/kicking-rule", "", rule)]


@pytest.mark.parametrize(
    ("answer", "code", "exit_code"),
    [
        ((401, {"message": "no"}), "api-refused", 4),
        ((403, {}), "api-refused", 4),
        ((404, {"message": "gone"}), "api-refused", 4),
        ((400, {"message": "bad\x1b[31m uid"}), "api-request", 3),
        ((200, {"status": "failed", "reason": "not so"}), "api-request", 3),
        ((429, {"message": "slow down"}), "api-status", 5),
        ((500, b"oops"), "api-status", 5),
        ((302, {}), "api-status", 5),
        ((200, b"<html>"), "api-answer", 5),
        ((200, b"[]"), "api-answer", 5),
        ((200, {"status": "success"}), "api-answer", 5),
    ],
)
def test_each_failure_has_its_exit_code(
    tmp_path: Path, twin: TwinServer, answer: tuple[int, Any], code: str, exit_code: int
) -> None:
    twin.answer = answer
    ran = ask(tmp_path, twin, "streamkey", "show", STREAM_KEY, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (exit_code, code)
    assert STREAM_KEY not in ran.err
    assert "\x1b" not in ran.err
    assert SECRET not in ran.out + ran.err


def test_a_server_that_does_not_answer(tmp_path: Path, twin: TwinServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        late = ask(tmp_path, twin, "channel", "list", "--json", "--timeout", "300ms", AGORA_API_URL=url)
    assert (late.code, late.json["error"]["code"]) == (5, "api-timeout")
    gone = ask(tmp_path, twin, "channel", "list", "--json", AGORA_API_URL="http://127.0.0.1:1")
    assert (gone.code, gone.json["error"]["code"]) == (5, "api-network")


@pytest.mark.parametrize(
    ("args", "extra", "words"),
    [
        (("channel", "list"), {"AGORA_APP_ID": "x"}, "App ID must be 32 hex digits"),
        (("channel", "list"), {"AGORA_CUSTOMER_SECRET": ""}, "AGORA_CUSTOMER_SECRET is not set"),
        (("channel", "list"), {"AGORA_API_URL": "http://example.org"}, "--apiUrl must be https"),
        (("channel", "kick", "demo"), {}, "--userId must be a number"),
        (("channel", "kick", "demo", "-u", "7", "--time", "90s"), {}, "whole minutes up to 24h"),
        (("channel", "users", "ü"), {}, "ü"),
        (("streamkey", "create", "-c", "demo"), {}, "--channelId and --userId are wanted"),
        (("streamkey", "show"), {}, "none is given"),
    ],
)
def test_mistakes_are_found_before_anything_is_asked(
    tmp_path: Path, twin: TwinServer, args: tuple[str, ...], extra: dict[str, str], words: str
) -> None:
    ran = ask(tmp_path, twin, *args, **extra)
    assert ran.code == 2
    assert words in ran.err
    assert twin.asked == []
