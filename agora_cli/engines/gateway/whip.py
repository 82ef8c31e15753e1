"""Media into a WHIP session (RFC 9725) through aiortc: H264 as it is, sound as Opus.

FFmpeg's whip muxer was measured beside it, to a server that loses 3 % of the packets: 5 of 150 pictures arrived, with
aiortc, which sends again what was lost, 149 (the last one waits in every receiver for one after it); connecting took
1.10 s against 0.05 s. The muxer also verifies no certificate of the server that gets the key.
"""

import asyncio
import concurrent.futures
import importlib.util
import threading
from collections.abc import Callable, Coroutine
from fractions import Fraction
from typing import Any, TypeVar

import av

from agora_cli.engines.base import Publish
from agora_cli.engines.gateway.address import Address
from agora_cli.engines.gateway.sound import SoundEncoder
from agora_cli.errors import AgoraError, InputError, NetworkError, RefusedError, UnavailableError
from agora_cli.frames import MICROSECONDS, EncodedAudio, EncodedVideo, PcmFrame, VideoCodec

REFUSED = {
    401: "the streaming key is not valid",
    403: "the streaming key may not publish",
    404: "there is no such stream",
}
MAX_ANSWER_BYTES = 1 << 20
GOODBYE_S = 2.0
# What is given to the last packets to leave before the session is taken down.
TAIL_S = 0.2
_Answer = TypeVar("_Answer")


def check_aiortc() -> None:
    """Raise UnavailableError where aiortc is not installed."""
    if importlib.util.find_spec("aiortc") is None:
        raise UnavailableError(
            "aiortc-missing",
            "WHIP needs the package aiortc",
            hint="pip install 'agora-media-cli[gateway]', or rtmps://",
        )


class WhipPublisher:
    """Send one stream over WHIP. A loop of its own runs in a thread; write() hands over and returns at once.

    `on_keyframe_wanted` is called from that thread when the server cannot go on without a keyframe.
    """

    carried: tuple[VideoCodec, ...] = ("h264",)

    def __init__(self, address: Address, publish: Publish, on_keyframe_wanted: Callable[[], None]) -> None:
        check_aiortc()
        self._address = address
        self._publish = publish
        self._on_keyframe_wanted = on_keyframe_wanted
        self._sound = SoundEncoder("opus") if publish.audio != "none" else None
        self._session = ""
        self._lost = False
        self._peer: Any = None
        self._tracks: dict[str, asyncio.Queue[Any]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="agora-whip", daemon=True)

    def connect(self, timeout_s: float) -> None:
        """Negotiate until media can flow. Raises RefusedError (401, 403, 404), NetworkError (all else, time-out)."""
        self._thread.start()
        try:
            self._wait(self._negotiate(timeout_s), timeout_s)
        except BaseException:
            self._lost = True
            self.close()
            raise

    def write(self, unit: EncodedVideo | PcmFrame | EncodedAudio) -> None:
        """Send one unit. Raises NetworkError once the session is gone, InputError for B-frames."""
        if self._lost:
            raise NetworkError("gateway-lost", f"{self._where()}: the session was lost")
        if isinstance(unit, EncodedVideo):
            if unit.pts_us != unit.dts_us:
                raise InputError(
                    "b-frames", "WHIP carries no B-frames, the picture has some", "--transcode, or rtmps://"
                )
            packet: Any = av.Packet(bytes(unit.data))
            packet.pts, packet.time_base = unit.pts_us, Fraction(1, MICROSECONDS)
            self._put("video", packet)
        elif self._sound is not None:
            for packet in self._sound.encode(unit):
                self._put("audio", packet)

    def close(self) -> None:
        """End the session; a second call does nothing."""
        if self._loop.is_closed():
            return
        try:
            self._wait(self._goodbye(), GOODBYE_S)
        except AgoraError:
            pass  # nobody is there to hear it
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(GOODBYE_S)
        if not self._thread.is_alive():
            self._loop.close()

    def _put(self, kind: str, packet: Any) -> None:
        self._loop.call_soon_threadsafe(self._tracks[kind].put_nowait, packet)

    async def _negotiate(self, timeout_s: float) -> None:
        from aiortc import RTCPeerConnection, RTCRtpSender, RTCSessionDescription

        self._peer = RTCPeerConnection()
        connected = asyncio.Event()
        self._peer.on("connectionstatechange", lambda: self._follow_state(connected))
        kinds = [kind for kind in ("audio", "video") if getattr(self._publish, kind) != "none"]
        for kind in kinds:
            self._tracks[kind] = asyncio.Queue()
            transceiver = self._peer.addTransceiver(_track(kind, self._tracks[kind]), direction="sendonly")
            if kind == "video":
                known = RTCRtpSender.getCapabilities("video").codecs
                wanted = [codec for codec in known if codec.mimeType in ("video/H264", "video/rtx")]
                transceiver.setCodecPreferences(wanted)
                transceiver.sender._send_keyframe = self._on_keyframe_wanted  # it would ask an encoder of aiortc's own
        await self._peer.setLocalDescription(await self._peer.createOffer())
        answer = await self._post(self._peer.localDescription.sdp, timeout_s)
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        except Exception as error:  # aiortc raises all kinds for an answer that it cannot follow
            raise NetworkError("gateway-answer", f"{self._where()}: no usable answer: {error}") from error
        await connected.wait()
        if self._lost:
            raise NetworkError("gateway-ice", f"{self._where()}: no path for media (ICE or DTLS failed)")

    def _follow_state(self, connected: asyncio.Event) -> None:
        state = self._peer.connectionState
        self._lost = self._lost or state in ("failed", "closed", "disconnected")
        if state == "connected" or self._lost:
            connected.set()

    async def _post(self, offer: str, timeout_s: float) -> str:
        """Send the offer, return the answer; no redirect is followed with the key."""
        import httpx

        headers = {"Authorization": f"Bearer {self._address.key}", "Content-Type": "application/sdp"}
        try:
            async with httpx.AsyncClient(timeout=timeout_s) as client:
                response = await client.post(self._address.url, content=offer, headers=headers)
        except httpx.TimeoutException as error:
            raise NetworkError("gateway-timeout", f"{self._where()}: no answer within {timeout_s:g} s") from error
        except httpx.HTTPError as error:
            raise NetworkError("gateway-network", f"{self._where()} cannot be reached: {error}") from error
        if response.status_code in REFUSED:
            raise RefusedError(
                "gateway-refused", f"{self._where()}: {REFUSED[response.status_code]} ({response.status_code})"
            )
        if response.status_code not in (200, 201) or len(response.content) > MAX_ANSWER_BYTES:
            raise NetworkError(
                "gateway-status", f"{self._where()} answers {response.status_code}, expected 201 and an SDP"
            )
        location = response.headers.get("location", "")
        self._session = str(response.url.join(location)) if location else ""
        return response.text

    async def _goodbye(self) -> None:
        """Let the queues run empty, take the session down by DELETE (RFC 9725, 4.2), close the peer."""
        import httpx

        while not self._lost and any(queue.qsize() for queue in self._tracks.values()):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0 if self._lost else TAIL_S)
        if self._session:
            try:
                async with httpx.AsyncClient(timeout=GOODBYE_S) as client:
                    await client.delete(self._session, headers={"Authorization": f"Bearer {self._address.key}"})
            except httpx.HTTPError:
                pass  # it ends by itself when nothing comes any more
        if self._peer is not None:
            await self._peer.close()

    def _wait(self, work: Coroutine[Any, Any, _Answer], timeout_s: float) -> _Answer:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_s)
        except concurrent.futures.TimeoutError as error:
            future.cancel()
            raise NetworkError("gateway-timeout", f"{self._where()}: no connection within {timeout_s:g} s") from error

    def _where(self) -> str:
        return f"{self._address.scheme}://{self._address.host}"


def _track(kind: str, queue: asyncio.Queue[Any]) -> Any:
    """Return a track of aiortc that gives the packets of a queue, encoded as they are."""
    from aiortc import MediaStreamTrack

    async def recv(self: Any) -> Any:
        return await queue.get()

    return type("PacketTrack", (MediaStreamTrack,), {"kind": kind, "recv": recv})()
