"""engines/local/send.py: which publisher takes a unit, in which order, and what a dead link does."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import zenoh

from agora_cli.engines.impairment import Impairment, ImpairmentPlan
from agora_cli.engines.local.cipher import Plain
from agora_cli.engines.local.impair.link import ImpairedLink
from agora_cli.engines.local.keys import Keys
from agora_cli.engines.local.send import LocalSender
from agora_cli.engines.local.wire import unpack_origin, unpack_unit
from agora_cli.errors import AgoraError, NetworkError
from agora_cli.frames import EncodedVideo, PcmFrame, Unit
from agora_cli.mesh.session import Mesh

KEYS = Keys.of("demo", "plain")
EPOCH = 7


class Session:
    """A zenoh session that notes what is put; a dead one refuses."""

    def __init__(self, *, dead: bool = False) -> None:
        self.dead = dead
        self.declared: list[tuple[str, zenoh.Priority]] = []
        self.put: list[tuple[str, bytes, bytes]] = []
        self.undeclared = 0

    def declare_publisher(self, key: str, *, priority: zenoh.Priority, congestion_control: Any) -> Any:
        self.declared.append((key, priority))

        def put(payload: bytes, *, attachment: bytes) -> None:
            if self.dead:
                raise zenoh.ZError("the session is closed")
            self.put.append((key, payload, attachment))

        def undeclare() -> None:
            self.undeclared += 1

        return SimpleNamespace(put=put, undeclare=undeclare)


def sender(session: Session, link: ImpairedLink | None = None, failures: list[AgoraError] | None = None) -> LocalSender:
    mesh = cast(Mesh, SimpleNamespace(session=session))
    take = failures.append if failures is not None else pytest.fail
    return LocalSender(mesh, KEYS, ("anna", EPOCH), Plain(), link, take)


def sound(pts_us: int) -> PcmFrame:
    return PcmFrame(pts_us, 16000, 1, b"\1\0" * 160)


def picture(pts_us: int) -> EncodedVideo:
    return EncodedVideo(pts_us, pts_us, "h264", 320, 240, True, b"\0\0\0\1\x65")


def test_each_medium_has_a_publisher_made_with_its_first_unit_and_a_sequence_a_kind() -> None:
    session = Session()
    out = sender(session)
    units: list[Unit] = [sound(0), picture(0), sound(10_000)]
    for unit in units:
        out.push(unit)
    assert session.declared == [
        (KEYS.audio("anna"), zenoh.Priority.REAL_TIME),
        (KEYS.video("anna"), zenoh.Priority.INTERACTIVE_HIGH),
    ]
    origins = [unpack_origin(header) for _, _, header in session.put]
    assert [(origin.user, origin.epoch, origin.seq) for origin in origins] == [
        ("anna", EPOCH, 0),
        ("anna", EPOCH, 0),
        ("anna", EPOCH, 1),
    ]
    arrived = [unpack_unit(origin, put[2], put[1]) for origin, put in zip(origins, session.put, strict=True)]
    assert arrived == units
    assert (out.units, out.bytes) == (3, 2 * 320 + 5)
    out.close()
    assert session.undeclared == 2


def test_what_did_not_go_out_is_not_counted_and_its_number_not_used_up() -> None:
    session = Session(dead=True)
    out = sender(session)
    with pytest.raises(NetworkError, match="push a unit"):
        out.push(sound(0))
    session.dead = False
    out.push(sound(0))
    assert out.units == 1
    assert unpack_origin(session.put[0][2]).seq == 0


def test_a_delayed_unit_that_finds_a_dead_link_is_told() -> None:
    session, failures = Session(dead=True), list[AgoraError]()
    late = ImpairmentPlan("", by_medium={"audio": Impairment(delay_us=1000)})
    out = sender(session, ImpairedLink(late, "out"), failures)
    out.push(sound(0))
    assert out.drain(10)
    assert [type(failure) for failure in failures] == [NetworkError]
    out.close()
