"""What a token can grant: Agora's services as one table, and one service's grant as a value.

A service on the wire is `u16 type, map privileges, fields`; the fields differ by type and stand in `KINDS`
in the order in which they are packed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Field = Literal["channel", "user", "room", "role", "resources"]

RTC, RTM, STREAMING, FPA, CHAT, FCDN, APAAS, RTM2, CONVERSATIONAL_AI, SPEECH_TO_TEXT = range(1, 11)

JOIN_CHANNEL, PUBLISH_AUDIO, PUBLISH_VIDEO, PUBLISH_DATA = range(1, 5)
LOGIN = 1
NO_ROLE = -1


@dataclass(frozen=True, slots=True)
class ServiceKind:
    """One type of service: its name, the names of its privileges, the fields that follow them."""

    name: str
    privileges: Mapping[int, str]
    fields: tuple[Field, ...]


KINDS: Mapping[int, ServiceKind] = {
    RTC: ServiceKind(
        "rtc",
        {
            JOIN_CHANNEL: "join-channel",
            PUBLISH_AUDIO: "publish-audio",
            PUBLISH_VIDEO: "publish-video",
            PUBLISH_DATA: "publish-data",
        },
        ("channel", "user"),
    ),
    RTM: ServiceKind("rtm", {LOGIN: "login"}, ("user",)),
    STREAMING: ServiceKind("streaming", {1: "publish-mixed", 2: "publish-raw"}, ("channel", "user")),
    FPA: ServiceKind("fpa", {LOGIN: "login"}, ()),
    CHAT: ServiceKind("chat", {1: "user", 2: "app"}, ("user",)),
    FCDN: ServiceKind("fcdn", {1: "publish", 2: "play"}, ("channel", "user")),
    APAAS: ServiceKind("apaas", {1: "room-user", 2: "user", 3: "app"}, ("room", "user", "role")),
    RTM2: ServiceKind("rtm2", {LOGIN: "login"}, ("user", "resources")),
    CONVERSATIONAL_AI: ServiceKind("convoai", {}, ()),
    SPEECH_TO_TEXT: ServiceKind("stt", {}, ()),
}
TYPES: Mapping[str, int] = {kind.name: number for number, kind in KINDS.items()}

# What an RTM2 grant is about, and what it allows; positions are the numbers on the wire.
RESOURCES = ("message-channels", "stream-channels", "group-channels", "server-groups", "users")
PERMISSIONS = ("read", "write")


@dataclass(frozen=True, slots=True)
class Resource:
    """One line of an RTM2 grant: `kind` indexes RESOURCES and `permission` PERMISSIONS; newer numbers are kept."""

    kind: int
    permission: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """What a token grants for one service.

    `privileges` maps a privilege to the seconds after issue at which it ends; 0 means as long as the token.
    An empty `user` stands for any user (uid 0). Fields that the type does not have stay at their defaults.
    """

    type: int
    privileges: Mapping[int, int] = field(default_factory=dict)
    channel: str = ""
    user: str = ""
    room: str = ""
    role: int = NO_ROLE
    resources: tuple[Resource, ...] = ()

    @property
    def name(self) -> str:
        """Return the service's name, `service 99` for one that this table does not know."""
        kind = KINDS.get(self.type)
        return kind.name if kind else f"service {self.type}"

    def privilege_name(self, privilege: int) -> str:
        """Return the name of one privilege of this service, `privilege 9` for an unknown one."""
        kind = KINDS.get(self.type)
        return kind.privileges.get(privilege, f"privilege {privilege}") if kind else f"privilege {privilege}"
