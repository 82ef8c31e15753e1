"""A WHIP server on aiortc, a stranger to our sender: `python -m tests.contract.whip_server JSON`.

Prints {"port": N} when it listens. Takes one session at a time; when it ends (DELETE, or stdin closes) the process
prints what came: for each kind of media the number of frames decoded, and of pictures the mean of each luma plane.
The JSON gives `key` (the Bearer token wanted), `status` (answer every POST with it), `loss` (share of incoming media
packets that are thrown away), `die_after` (end the first session without a word after so many pictures, once).
"""

import asyncio
import contextlib
import json
import random
import sys
import threading
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError


class Server:
    """What came, and the one session that is going on."""

    def __init__(self, key: str = "", status: int = 0, loss: float = 0.0, die_after: int = 0) -> None:
        self.key, self.status, self.loss, self.die_after = key, status, loss, die_after
        self.audio, self.audio_samples = 0, 0
        self.pictures: list[float] = []
        self.sizes: set[tuple[int, int]] = set()
        self.sessions, self.deleted, self.lost = 0, 0, 0
        self.seen_tokens: list[str] = []
        self.offers: list[str] = []
        self.peer: RTCPeerConnection | None = None
        self.done = asyncio.Event()
        self.random = random.Random(5)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        request, *lines = head.split("\r\n")
        method, path, _ = request.split(" ")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        status, extra, answer = await self.answer(method, path, fields, body.decode())
        head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n{extra}\r\n"
        writer.write(head.encode() + answer.encode())
        await writer.drain()
        writer.close()
        if method == "DELETE" and self.sessions > bool(self.die_after):
            self.done.set()

    async def answer(self, method: str, path: str, fields: dict[str, str], body: str) -> tuple[int, str, str]:
        """Return the status, more header lines and the body of an answer."""
        if method == "DELETE":
            self.deleted += 1
            if self.peer is not None and path == f"/session/{self.sessions}":
                await self.peer.close()
            return 200, "", ""
        self.seen_tokens.append(fields.get("authorization", ""))
        if self.status:
            return self.status, "", "no"
        if self.key and fields.get("authorization") != f"Bearer {self.key}":
            return 401, "", "no such key"
        self.sessions += 1
        self.offers.append(body)
        self.peer = peer = RTCPeerConnection()
        peer.on("track", lambda track: asyncio.ensure_future(self.take(track, peer)))
        await peer.setRemoteDescription(RTCSessionDescription(body, "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        for transceiver in peer.getTransceivers():
            self.lossy(transceiver.receiver.transport)
        return (
            201,
            f"Location: /session/{self.sessions}\r\nContent-Type: application/sdp\r\n",
            peer.localDescription.sdp,
        )

    def lossy(self, transport: Any) -> None:
        """Throw away some of the media packets that come in."""
        handle = transport._handle_rtp_data

        async def handle_some(data: bytes, arrival_time_ms: int) -> None:
            if self.random.random() < self.loss:
                self.lost += 1
            else:
                await handle(data, arrival_time_ms)

        if self.loss and handle.__name__ != "handle_some":
            transport._handle_rtp_data = handle_some

    async def take(self, track: Any, peer: RTCPeerConnection) -> None:
        """Decode a track to its end."""
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if track.kind == "audio":
                    self.audio += 1
                    self.audio_samples += frame.samples
                else:
                    self.sizes.add((frame.width, frame.height))
                    self.pictures.append(float(frame.to_ndarray(format="gray").mean()))
                    if self.die_after and len(self.pictures) == self.die_after and self.sessions == 1:
                        await peer.close()


async def main() -> None:
    """Serve until the session ends; see the module."""
    server = Server(**json.loads(sys.argv[1]))
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    print(json.dumps({"port": listener.sockets[0].getsockname()[1]}), flush=True)  # noqa: T201 - the answer to the test
    loop = asyncio.get_running_loop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(server.done.set)), daemon=True).start()
    await server.done.wait()
    await asyncio.sleep(0.3)  # what the decoders still hold
    names = ("audio", "audio_samples", "sessions", "deleted", "lost", "seen_tokens", "pictures", "offers")
    document = {name: getattr(server, name) for name in names} | {"sizes": sorted(server.sizes)}
    print(json.dumps(document), flush=True)  # noqa: T201 - the answer to the test


if __name__ == "__main__":
    asyncio.run(main())
