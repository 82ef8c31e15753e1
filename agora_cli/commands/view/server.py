"""The page and its socket on loopback, behind an address that cannot be guessed."""

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from importlib.resources import files

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Origin

from agora_cli.commands.view.viewers import Viewers
from agora_cli.errors import NetworkError

HOST = "127.0.0.1"
# Nothing of another origin, and nothing of a name in the channel, may run or load here.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"


def page() -> bytes:
    """Return the page with its style and script put in."""
    folder = files("agora_cli.commands.view")
    text = folder.joinpath("view.html").read_text("utf-8")
    for name in ("css", "js"):
        text = text.replace(f"@@{name}@@", folder.joinpath(f"view.{name}").read_text("utf-8"))
    return text.encode()


@contextmanager
def served(viewers: Viewers, port: int) -> Iterator[str]:
    """Serve the page while the block runs; give its address. Raises NetworkError for a port that cannot be had."""
    try:
        listening = socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        raise NetworkError("view-port", f"--port: cannot listen on {HOST} port {port}: {error}") from error
    secret = secrets.token_urlsafe(16)
    origin = f"http://{HOST}:{listening.getsockname()[1]}"
    server = serve(
        lambda connection: _feed(connection, viewers),
        sock=listening,
        process_request=lambda connection, request: _answer(connection, request, f"/{secret}/"),
        origins=[Origin(origin)],
        compression=None,
        max_size=1024,
    )
    thread = threading.Thread(target=server.serve_forever, name="view-server", daemon=True)
    thread.start()
    try:
        yield f"{origin}/{secret}/"
    finally:
        viewers.close()
        server.shutdown()
        thread.join()


def _answer(connection: ServerConnection, request: Request, root: str) -> Response | None:
    """Answer a request: None lets the socket open; whoever does not know the address learns nothing."""
    path = request.path.encode()
    if secrets.compare_digest(path, f"{root}media".encode()):
        return None
    if not secrets.compare_digest(path, root.encode()):
        return connection.respond(HTTPStatus.NOT_FOUND, "nothing here\n")
    response = connection.respond(HTTPStatus.OK, "")
    body = page()
    for name in ("Content-Type", "Content-Length"):
        del response.headers[name]
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Content-Length"] = str(len(body))
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.body = body
    return response


def _feed(connection: ServerConnection, viewers: Viewers) -> None:
    viewer = viewers.add()
    try:
        while (message := viewer.next()) is not None:
            connection.send(message)
    except ConnectionClosed:
        return  # the browser has gone, in mid-stream or not
    finally:
        viewers.remove(viewer)
