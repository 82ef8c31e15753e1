"""The published AccessToken2 test vectors: what went in, and the token that the vendor's builders made.

Source: github.com/AgoraIO/Tools, DynamicKey/AgoraDynamicKey, the AccessToken2 tests of python, cpp and nodejs.
All: App ID, certificate, issue time 1111111, expiry 600, salt 1, as below. Only the unpacked bytes are comparable: zlib
builds compress differently, and services without a type order of their own keep the order of insertion.
"""

import hashlib
from dataclasses import dataclass

from agora_cli.tokens import services as s
from agora_cli.tokens.services import Resource, Service

APP_ID = "970CA35de60c44645bbae8a215061b33"
CERTIFICATE = "5CFd2fd1755d40ecb72977518be15d3b"
CHANNEL = "7d72365eb983485397e3e3f9d460bdda"
UID = "2882341273"
ISSUED_S = 1111111
EXPIRE_S = 600
SALT = 1

_RTC_ALL = {privilege: EXPIRE_S for privilege in (s.JOIN_CHANNEL, s.PUBLISH_AUDIO, s.PUBLISH_VIDEO, s.PUBLISH_DATA)}
_RTC = Service(s.RTC, _RTC_ALL, CHANNEL, UID)
_RTM = Service(s.RTM, {s.LOGIN: EXPIRE_S}, user="test_user")
_CHAT = Service(s.CHAT, {1: EXPIRE_S}, user=UID)


@dataclass(frozen=True)
class Vector:
    name: str
    services: tuple[Service, ...]
    token: str


VECTORS = [
    Vector(
        "rtc",
        (Service(s.RTC, {s.JOIN_CHANNEL: EXPIRE_S}, CHANNEL, UID),),
        "007eJxTYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQw"
        "MTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxgDCaiTj",
    ),
    Vector(
        "rtc of any user",
        (Service(s.RTC, {s.JOIN_CHANNEL: EXPIRE_S}, CHANNEL, ""),),
        "007eJxTYLhzZP08Lxa1Pg57+TcXb/3cZ3wi4V6kbpbOog0G2dOYk20UGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQw"
        "MTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiQwMADacImo=",
    ),
    Vector(
        "rtm",
        (_RTM,),
        "007eJxSYOCdJftjyTM2zxW6Xhm/5T0j5LdcUt/xYVt48fb5Mp3PX9coMFiaGzg7GpumpJoZJJuYmJmYJiUlplokGhmaGpgZJhkbu38RYIhg"
        "YmBgZABhJgZGBkYwn5OhJLW4JL60OLUIEAAA//9ZVh6A",
    ),
    Vector(
        "chat user",
        (_CHAT,),
        "007eJxTYNAIsnbS3v/A5t2TC6feR15r+6cq8bqAvfaW+tk/Vzz+p6xTYLA0N3B2NDZNSTUzSDYxMTMxTUpKTLVINDI0NTAzTDI2dv8iwBDB"
        "xMDAyADCrEDMCOZzMRhZWBgZmxgamRsDAB+lHrg=",
    ),
    Vector(
        "chat app",
        (Service(s.CHAT, {2: EXPIRE_S}),),
        "007eJxTYNDNaz3snC8huEfHWdz6s98qltq4zqy9fl99Uh0FDvy6F6DAYGlu4OxobJqSamaQbGJiZmKalJSYapFoZGhqYGaYZGzs/kWAIYKJ"
        "gYGRAYRZgZgJzGdgAACt8hhr",
    ),
    Vector(
        "rtm, chat and apaas room user",
        (
            Service(s.APAAS, {1: EXPIRE_S}, room="123", user=UID, role=1),
            Service(s.RTM, {s.LOGIN: EXPIRE_S}, user=UID),
            Service(s.CHAT, {1: EXPIRE_S}, user=hashlib.md5(UID.encode()).hexdigest()),
        ),
        "007eJxTYOi6fYVB7qlA2ZWQ+Ko3N2IafQOddj+K4tjh3PS7P2vx4a0KDJbmBs6OxqYpqWYGySYmZiamSUmJqRaJRoamBmaGScbG7l8EGCKY"
        "GBgYGRgYmBmYgDQjmM/FYGRhYWRsYmhkbswKF1VgMDMwMza2MDYxskg0NktLSjROSzIzMDZISk1OszCwNEllh6tlZjA0MkY2hpEBANqIKYQ=",
    ),
    Vector(
        "apaas user",
        (Service(s.APAAS, {2: EXPIRE_S}, user=UID),),
        "007eJxTYEg4e9Zj9gch+QkfFi1qM7tdkn1G3Kzt6FTJpTpzRQ4brixTYLA0N3B2NDZNSTUzSDYxMTMxTUpKTLVINDI0NTAzTDI2dv8iwBDB"
        "xMDAyADC7EDMBOYzMHAxGFlYGBmbGBqZG///DwDuNR56",
    ),
    Vector(
        "apaas app",
        (Service(s.APAAS, {3: EXPIRE_S}),),
        "007eJxTYJgT3rumdJdoWJpC3aNTb4o76swyLsrHvmznOn/x1cQM9gcKDJbmBs6OxqYpqWYGySYmZiamSUmJqRaJRoamBmaGScbG7l8EGCKY"
        "GBgYGUCYHYiZwXwQ+P8fAADUHTQ=",
    ),
    Vector(
        "rtc, rtm, chat and apaas",
        (_RTC, _RTM, _CHAT, Service(s.APAAS, {2: EXPIRE_S}, user=UID)),
        "007eJxTYPhwIyX+i9+qlu/37Lum6OY/e/d3Uu3HbnWtw2trr6m4cHMpMFiaGzg7GpumpJoZJJuYmJmYJiUlplokGhmaGpgZJhkbu38RYIhg"
        "YmBgZGBgYAGSIAziM4FJZjDJAiYVGMxTzI2MzUxTkywtjE0sTI0tzVONU43TLFNMzAySUlISuRiMLCyMjE0MjcyNmYDmQEziZChJLS6JLy1O"
        "LWKFCyIrZQeKQaxDFf//HwBHLTNe",
    ),
    Vector(
        "rtc, rtm, streaming and fpa",
        (_RTC, _RTM, Service(s.STREAMING, {1: EXPIRE_S, 2: EXPIRE_S}, CHANNEL, UID), Service(s.FPA)),
        "007eJxTYFgedFLiTXNWtuzC7DTnrFeCpxKDp+r3eVnVrrEK9M+vm6/AYGlu4OxobJqSamaQbGJiZmKalJSYapFoZGhqYGaYZGzs/kWAIYKJ"
        "gYGRgYGBBUiCMIjPBCaZwSQLmFRgME8xNzI2M01NsrQwNrEwNbY0TzVONU6zTDExM0hKSUnkYjCysDAyNjE0MjdmApoDMYmToSS1uCS+tDi1"
        "iJmBCcV40oxkAToRACRUNJQ=",
    ),
    Vector(
        "streaming, fcdn and rtm2",
        (
            Service(s.STREAMING, {1: EXPIRE_S, 2: EXPIRE_S}, CHANNEL, UID),
            Service(s.FCDN, {1: EXPIRE_S, 2: EXPIRE_S}, CHANNEL, UID),
            Service(
                s.RTM2,
                {s.LOGIN: EXPIRE_S},
                user="test_user",
                resources=(
                    Resource(0, 0, ("message-a", "message-b")),
                    Resource(1, 1, ("stream-a",)),
                    Resource(4, 0, ("user-a",)),
                ),
            ),
        ),
        "007eJxTYPj86Lzdz79M25wNn/lMfvu+TkfmdpiviKvChm8ZV3SWndytwGBpbuDsaGyakmpmkGxiYmZimpSUmGqRaGRoamBmmGRs7P5FgCGC"
        "iYGBkYGBgRkImYAsEJ8JTCowmKeYGxmbmaYmWVoYm1iYGluapxqnGqdZppiYGSSlpCRyMRhZWBgZmxgamRuzUaSbA6gXopuToSS1uCS+tDi1"
        "iJkB4jQmoGBuanFxYnqqbiKCmcTIAIEcDMUlRamJubqJLGD1jAxsDCD9uokAO/VDvQ==",
    ),
    Vector(
        "several services of one type",
        (
            Service(s.STREAMING, {1: EXPIRE_S}, CHANNEL, UID),
            Service(s.STREAMING, {2: EXPIRE_S}, CHANNEL, ""),
            Service(s.STREAMING, {1: EXPIRE_S, 2: EXPIRE_S}, CHANNEL, "stream-account"),
            Service(s.FCDN, {1: EXPIRE_S}, CHANNEL, UID),
            Service(s.FCDN, {2: EXPIRE_S}, CHANNEL, ""),
            Service(s.FCDN, {1: EXPIRE_S, 2: EXPIRE_S}, CHANNEL, "fcdn-account"),
        ),
        "007eJxTYLi93GuuUHrO9Fr71KVJKqfDby8RezlVfGLMO77DIl79U40UGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQw"
        "MTAwMjAwsDEwMzAyMIL5CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxiB9TETqY2BgZmCC2kKsHj6G4pKi"
        "1MRc3cTk5PzSvBI2Mt3JRpI72Uh2Jw9DWnJKHsyVAElvX1c=",
    ),
]
