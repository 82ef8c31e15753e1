"""What the contract tests do with the sdk engine, each in a process of its own: `python -m ... NAME JSON`.

A scenario gets an engine and the test's arguments, and returns a document, which the process prints as its
only line. The process fails on an exception that a callback swallowed, and on objects of the package that
are still alive when all is closed.
"""

import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

from agora_cli.engines.base import ConnectionSpec, Encryption, Publish, Subscribe
from agora_cli.engines.sdk.connection import SdkConnection
from agora_cli.engines.sdk.engine import SdkEngine
from agora_cli.errors import AgoraError
from agora_cli.events import DataReceived, DecryptionFailed, Event, Joined, LinkChanged, MediaReceived
from agora_cli.frames import EncodedAudio, EncodedVideo, Metadata, PcmFrame, RawVideo

APP_ID = "0123456789abcdef0123456789abcdef"
WAIT_S = 20.0
TONE = bytes(range(0, 160)) * 2
NO_SOUND = Subscribe(audio=False, video="none", data=True)
SCENARIOS: dict[str, Callable[..., Any]] = {}


def scenario(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function callable by its name from the command line."""
    SCENARIOS[function.__name__] = function
    return function


def spec(user: str = "7", **values: Any) -> ConnectionSpec:
    """Return what to join: channel "demo", unless told otherwise."""
    return ConnectionSpec(**({"app_id": APP_ID, "channel": "demo", "user": user, "timeout_s": WAIT_S} | values))


def wait_for(connection: SdkConnection, wanted: Callable[[list[Event]], bool]) -> list[Event]:
    """Return the events up to the one that makes `wanted` true, or all that came within WAIT_S."""
    found: list[Event] = []
    deadline = time.monotonic() + WAIT_S
    while not wanted(found) and time.monotonic() < deadline:
        for event in connection.events(0.05):
            found.append(event)
    return found


def units(events: list[Event], kind: type) -> list[Any]:
    """Return the units of one kind."""
    return [event.unit for event in events if isinstance(event, MediaReceived) and isinstance(event.unit, kind)]


def count(kind: type, number: int) -> Callable[[list[Event]], bool]:
    """Return a condition: that many units of a kind came."""
    return lambda events: len(units(events, kind)) >= number


def pcm(number: int, rate_hz: int = 16000, samples: int = 160) -> PcmFrame:
    """Return the frame `number` of a track of equal frames."""
    return PcmFrame(number * samples * 1_000_000 // rate_hz, rate_hz, 1, (TONE * 10)[: samples * 2])


def video(number: int, keyframe: bool, codec: Any = "h264") -> EncodedVideo:
    """Return the access unit `number` of a track of 25 pictures a second."""
    data = b"\0\0\0\1" + bytes([0x65 if keyframe else 0x41]) + bytes([number]) * 50
    return EncodedVideo(number * 40000, number * 40000, codec, 320, 240, keyframe, data, Fraction(25))


@scenario
def send_pcm(engine: SdkEngine, frames: int = 5, rate_hz: int = 16000, samples: int = 160, **parameters: str) -> Any:
    """Send PCM and close, as send-pcm does."""
    with closing(engine.open(spec(publish=Publish(audio="pcm"), parameters=parameters))) as connection:
        for number in range(frames):
            connection.push(pcm(number, rate_hz, samples))
        flushed = connection.flush(2.0)
        return {"flushed": flushed, "user": connection.user, "sent": connection.stats().sent_units}


@scenario
def send_video(engine: SdkEngine, codec: str = "h264", audio: bool = True) -> Any:
    """Send encoded video and PCM, interleaved, as send-mp4 does."""
    publish = Publish(
        audio="pcm" if audio else "none", video="encoded", video_codec=codec, width=320, height=240, bitrate_bps=500000
    )
    with closing(engine.open(spec(publish=publish))) as connection:
        for number in range(3):
            connection.push(video(number, number == 0, codec))
            if audio:
                for part in range(4):
                    connection.push(pcm(4 * number + part))
        connection.flush(2.0)
    return {}


@scenario
def record(engine: SdkEngine, mixed: bool = False, video_mode: str = "encoded", **parameters: str) -> Any:
    """Receive PCM and video of another connection of this process, as record does."""
    wanted = Subscribe(audio=True, video=video_mode, mixed=mixed)  # type: ignore[arg-type]
    publish = Publish(audio="pcm", video="encoded", video_codec="h264", width=320, height=240)
    with (
        closing(engine.open(spec("9", subscribe=wanted, parameters=parameters))) as receiver,
        closing(engine.open(spec("7", publish=publish))) as sender,
    ):
        joined = wait_for(receiver, lambda events: any(isinstance(event, Joined) for event in events))
        for number in range(2):
            sender.push(video(number, number == 0))
        for number in range(3):
            sender.push(pcm(number))
        found = wait_for(receiver, lambda events: count(PcmFrame, 3)(events) and count(EncodedVideo, 2)(events))
        media = [event for event in found if isinstance(event, MediaReceived)]
        return {
            "joined": [event.user for event in joined if isinstance(event, Joined)],
            "users": sorted({event.user for event in media}),
            "audio": [[unit.pts_us, unit.sample_rate_hz, unit.channels] for unit in units(found, PcmFrame)],
            "same": b"".join(unit.data for unit in units(found, PcmFrame)) == b"".join(pcm(n).data for n in range(3)),
            "video": [[u.pts_us, u.codec, u.width, u.height, u.keyframe] for u in units(found, EncodedVideo)],
            "video_same": [unit.data for unit in units(found, EncodedVideo)]
            == [video(0, True).data, video(1, False).data],
        }


@scenario
def binary(engine: SdkEngine) -> Any:
    """Send messages and metadata with zero bytes in them, and get them back exactly."""
    messages = [b"\0", b"a\0b", bytes(range(256)) * 4, "gr\u00fc\u00df".encode()]
    metadata = b"m\0eta\0"
    with (
        closing(engine.open(spec("9", subscribe=Subscribe(video="none")))) as receiver,
        closing(engine.open(spec("7", publish=Publish(audio="pcm")))) as sender,
    ):
        for message in messages:
            sender.send(message)
        sender.push(Metadata(0, "audio", metadata))
        found = wait_for(receiver, count(Metadata, 1))
        received = [event.data for event in found if isinstance(event, DataReceived)]
        return {
            "messages": received == messages,
            "metadata": [unit.data == metadata for unit in units(found, Metadata)],
        }


@scenario
def pictures(engine: SdkEngine, frame_rate: int = 25, bitrate_bps: int = 300000, **parameters: str) -> Any:
    """Send raw pictures with metadata, receive them decoded."""
    picture = bytes(range(96)) * 4 * 4
    publish = Publish(video="raw", width=32, height=32, frame_rate=Fraction(frame_rate), bitrate_bps=bitrate_bps)
    with (
        closing(engine.open(spec("9", subscribe=Subscribe(audio=False, video="raw")))) as receiver,
        closing(engine.open(spec("7", publish=publish, parameters=parameters))) as sender,
    ):
        sender.push(Metadata(0, "video", b"se\0i"))
        for number in range(2):
            sender.push(RawVideo(number * 40000, "i420", 32, 32, picture, "bt709"))
        sender.push(RawVideo(80000, "rgba", 32, 32, bytes(4096), alpha=bytes(1024)))
        sender.push(RawVideo(120000, "nv12", 32, 32, bytes(1536)))
        found = wait_for(receiver, count(RawVideo, 2))
        return {
            "same": [unit.data == picture for unit in units(found, RawVideo)],
            "first_us": units(found, RawVideo)[0].pts_us,
            "metadata": [unit.data.decode("latin-1") for unit in units(found, Metadata)],
        }


@scenario
def encoded_audio(engine: SdkEngine) -> Any:
    """Send packets of each codec that the SDK takes."""
    results = {}
    for codec in ("opus", "aac", "g722", "pcma", "pcmu"):
        publish = Publish(audio="encoded", audio_codec=codec)  # type: ignore[arg-type]
        with closing(engine.open(spec(publish=publish))) as connection:
            connection.push(EncodedAudio(0, codec, 48000, 2, 960, bytearray(b"\0packet")))  # type: ignore[arg-type]
            results[codec] = connection.stats().sent_units
    return results


@scenario
def events(engine: SdkEngine, wanted: int = 0, mint: bool = False, stats: bool = False, **values: Any) -> Any:
    """Join and tell the first `wanted` things that happen (AGORA_FAKE_SCRIPT says what)."""
    minted: list[str] = []

    def mint_token() -> str:
        minted.append("new-token")
        return minted[-1]

    joined = spec(subscribe=Subscribe(), mint_token=mint_token if mint else None, **values)
    with closing(engine.open(joined)) as connection:
        found = wait_for(connection, lambda found: len(found) >= wanted)
        finish_jobs(connection)
        found += connection.events(0)
        deadline = time.monotonic() + WAIT_S
        while stats and connection.stats().rtt_us is None and time.monotonic() < deadline:
            time.sleep(0.001)
        rtt_us = connection.stats().rtt_us
    return {"events": [describe(event) for event in found], "minted": minted, "rtt_us": rtt_us}


def finish_jobs(connection: SdkConnection) -> None:
    """Wait until the worker has done what it was given."""
    done = threading.Event()
    connection._worker.do(done.set)
    assert done.wait(WAIT_S)


def describe(event: Event) -> list[Any]:
    """Return an event as a list for JSON, without its time."""
    if isinstance(event, LinkChanged):
        return ["LinkChanged", event.state, event.reason, event.text]
    return [type(event).__name__, *(getattr(event, name) for name in ("user", "seconds_left") if hasattr(event, name))]


@scenario
def keyframe(engine: SdkEngine) -> Any:
    """Ask a sender for a keyframe, interrupt it."""
    publish = Publish(audio="pcm", video="encoded", video_codec="h264")
    with (
        closing(engine.open(spec("9", subscribe=Subscribe()))) as receiver,
        closing(engine.open(spec("7", publish=publish))) as sender,
    ):
        wait_for(receiver, lambda events: any(isinstance(event, Joined) for event in events))
        receiver.request_keyframe("7")
        asked = wait_for(sender, lambda events: "KeyframeRequested" in [type(event).__name__ for event in events])
        sender.push(pcm(0, samples=1600))
        sender.interrupt()
        return {"asked": [type(e).__name__ for e in asked], "left_s": sender._sender.finish()}


@scenario
def chosen_users(engine: SdkEngine) -> Any:
    """Receive of one user only."""
    wanted = Subscribe(users=frozenset({"7"}))
    publish = Publish(audio="pcm")
    with (
        closing(engine.open(spec("9", subscribe=wanted))) as receiver,
        closing(engine.open(spec("7", publish=publish))) as chosen,
        closing(engine.open(spec("8", publish=publish))) as other,
    ):
        wait_for(receiver, lambda found: sum(isinstance(event, Joined) for event in found) == 2)
        finish_jobs(receiver)  # the subscription is made by a thread of its own
        for number in range(3):
            other.push(pcm(number))
            chosen.push(pcm(number))
        found = wait_for(receiver, count(PcmFrame, 3))
        return {"users": sorted({event.user for event in found if isinstance(event, MediaReceived)})}


@scenario
def encryption(
    engine: SdkEngine, mode: str = "aes-256-gcm2", other_key: str = "secret", other_mode: str = "", other_salt: int = 1
) -> Any:
    """Send encrypted to a receiver with `other_key`, `other_mode` and a salt that begins with `other_salt`."""
    salt = bytes(range(1, 33)) if mode.endswith("2") else b""
    salt_of_other = bytes([other_salt]) + salt[1:] if salt else b""
    other = Encryption(other_mode or mode, other_key.encode(), salt_of_other)
    with (
        closing(engine.open(spec("9", subscribe=Subscribe(), encryption=other))) as receiver,
        closing(
            engine.open(spec("7", publish=Publish(audio="pcm"), encryption=Encryption(mode, b"secret", salt)))
        ) as sender,
    ):
        for number in range(3):
            sender.push(pcm(number))
        done = lambda found: count(PcmFrame, 3)(found) or any(isinstance(e, DecryptionFailed) for e in found)  # noqa: E731
        found = wait_for(receiver, done)
        return {"frames": len(units(found, PcmFrame)), "failed": any(isinstance(e, DecryptionFailed) for e in found)}


@scenario
def unseen(engine: SdkEngine) -> Any:
    """Join as a listener, and tell whom a broadcaster hears of, before and after it came."""
    with (
        closing(engine.open(spec("5", role="audience", subscribe=Subscribe()))),
        closing(engine.open(spec("9", subscribe=Subscribe()))) as watcher,
        closing(engine.open(spec("6", role="audience", subscribe=Subscribe()))) as late,
        closing(engine.open(spec("7", publish=Publish(audio="pcm")))),
    ):
        heard = wait_for(watcher, lambda found: any(isinstance(event, Joined) for event in found))
        seen = wait_for(late, lambda found: sum(isinstance(event, Joined) for event in found) == 2)
        joined = lambda found: sorted(event.user for event in found if isinstance(event, Joined))  # noqa: E731
        return {"watcher": joined(heard), "listener": joined(seen)}


@scenario
def reuse(engine: SdkEngine, reuse: str = "1") -> Any:
    """Join several channels one after the other."""
    for number in range(3):
        wanted = spec(channel=f"demo{number}", publish=Publish(audio="pcm"), parameters={"reuseConnections": reuse})
        with closing(engine.open(wanted)) as connection:
            connection.push(pcm(0))
            connection.flush(2.0)
    return {}


@scenario
def several(engine: SdkEngine) -> Any:
    """Open connections with different scenarios at once, then one with another area."""
    publish = Publish(audio="pcm")
    with (
        closing(engine.open(spec("7", publish=publish, parameters={"scenario": "chorus"}))),
        closing(engine.open(spec("8", publish=publish, parameters={"scenario": "ai-server"}))),
    ):
        return failure(lambda: engine.open(spec("9", parameters={"area": "eu"})))


@scenario
def second_service(engine: SdkEngine) -> Any:
    """Start a second engine in one process."""
    with closing(engine.open(spec())):
        return failure(lambda: SdkEngine(Path(os.environ["AGORA_SDK_DIR"])).open(spec("8")))


@scenario
def refused(engine: SdkEngine, **values: Any) -> Any:
    """Try to join and tell the error."""
    if "publish" in values:
        values["publish"] = Publish(**values["publish"])
    return failure(lambda: engine.open(spec(**values)))


@scenario
def refused_units(engine: SdkEngine) -> Any:
    """Push what cannot be sent, and tell each error."""
    publish = Publish(video="encoded", video_codec="h264")
    with closing(engine.open(spec(publish=publish))) as connection:
        bad = {
            "pcm": lambda: connection.push(pcm(0)),
            "codec": lambda: connection.push(video(0, True, "vp8")),
            "metadata": lambda: connection.push(Metadata(0, "video", b"x")),
            "audio_metadata": lambda: connection.push(Metadata(0, "audio", bytes(65))),
            "empty": lambda: connection.send(b""),
            "large": lambda: connection.send(bytes(1025)),
            "fast": lambda: [connection.send(b"x") for _ in range(61)],
        }
        answers = {name: failure(action)["code"] for name, action in bad.items()}
    answers["closed"] = failure(lambda: connection.push(video(0, True)))["code"]
    with closing(engine.open(spec("8", role="audience", publish=Publish(audio="pcm")))) as listener:
        answers["audience"] = failure(lambda: listener.push(pcm(0)))["code"]
        answers["audience_data"] = failure(lambda: listener.send(b"x"))["code"]
    return answers


@scenario
def facts(engine: SdkEngine) -> Any:
    """Tell what the package made of our calls, where the native library cannot see it."""
    with closing(engine.open(spec(subscribe=Subscribe(), publish=Publish(audio="pcm")))) as connection:
        native = connection._native
        result = {"vad": native.local_user.audio_frame_observer._enable_vad}
        connection.close()
        connection.close()
        return result | {"user": connection.user}


@scenario
def misbehave(engine: SdkEngine, how: str) -> Any:
    """Do in a callback what is forbidden there: the harness must see it."""
    with closing(engine.open(spec("9", subscribe=Subscribe()))) as receiver:
        called = threading.Event()

        def callback(user: str) -> None:
            if how == "call":
                receiver._native.send_stream_message(b"x")
            called.set()
            if how == "raise":
                raise ValueError("planted")

        receiver._receiver.user_joined = callback  # type: ignore[method-assign]
        with closing(engine.open(spec("7"))):
            called.wait(WAIT_S)
    return {}


@scenario
def leak(engine: SdkEngine) -> Any:
    """Keep a connection of the package alive: the harness must see it."""
    connection = engine.open(spec())
    sys.modules["kept"] = connection._native
    connection.close()
    return {}


@scenario
def push_refused(engine: SdkEngine) -> Any:
    """Push one unit of each kind while the native library refuses them all (AGORA_FAKE_ERRORS)."""
    publish = Publish(audio="pcm", video="encoded", video_codec="h264")
    with closing(engine.open(spec(publish=publish))) as connection:
        return {
            "pcm": failure(lambda: connection.push(pcm(0))),
            "video": failure(lambda: connection.push(video(0, True))),
            "data": failure(lambda: connection.send(b"x")),
            "metadata": failure(lambda: connection.push(Metadata(0, "audio", b"x"))),
            "keyframe": failure(lambda: connection.request_keyframe("7")),
        }


def failure(action: Callable[[], Any]) -> dict[str, Any]:
    """Return the error that an action raises, {} when it raises none."""
    try:
        result = action()
    except AgoraError as error:
        return {"code": error.code, "exit": int(error.exit), "message": error.message}
    if isinstance(result, SdkConnection):
        result.close()
    return {}


def survivors() -> Iterator[str]:
    """Yield what is still alive of the package's and our own connection objects."""
    gc.collect()
    for thing in gc.get_objects():
        if type(thing).__name__ in ("RTCConnection", "SdkConnection", "LocalUser", "RTCConnectionObserverInner"):
            yield type(thing).__name__


def main() -> None:
    """Run one scenario; see the module."""
    swallowed: list[str] = []
    sys.unraisablehook = lambda event: swallowed.append(f"unraisable: {event.exc_type.__name__}: {event.exc_value}")
    json_output = os.environ.get("TEST_JSON_OUTPUT") == "1"
    engine = SdkEngine(Path(os.environ["AGORA_SDK_DIR"]), json_output)
    result = SCENARIOS[sys.argv[1]](engine, **json.loads(sys.argv[2]))
    engine.close()
    del engine
    complaints = swallowed + [f"alive: {name}" for name in survivors()]
    if complaints:
        sys.exit("\n".join(complaints))
    print(json.dumps(result))  # noqa: T201 - the answer to the test


if __name__ == "__main__":
    main()
