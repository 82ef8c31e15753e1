"""What a page gets over its socket: media as binary messages, everything else as JSON text.

    u16 length of the head, big-endian; the head, JSON in UTF-8; the unit's bytes

The head of sound: `{"kind":"pcm","user","rate","channels"}`, of picture `{"kind":"picture","user","codec","width",
"height","key","at"}` with `at` in microseconds. H264 and H265 stay Annex-B, parameter sets in band.
"""

import json
import struct
from typing import Any

from agora_cli.frames import EncodedVideo, PcmFrame, RawVideo


def pack_sound(user: str, frame: PcmFrame) -> bytes:
    """Return the message of a frame of sound."""
    return _pack({"kind": "pcm", "user": user, "rate": frame.sample_rate_hz, "channels": frame.channels}, frame.data)


def pack_picture(user: str, unit: EncodedVideo | RawVideo) -> bytes:
    """Return the message of a picture; raw ones are I420, NV12 or RGBA, which a browser takes as they are."""
    codec, key = (unit.codec, unit.keyframe) if isinstance(unit, EncodedVideo) else (unit.format, True)
    head = {"kind": "picture", "user": user, "codec": codec, "width": unit.width, "height": unit.height}
    return _pack(head | {"key": key, "at": unit.pts_us}, unit.data)


def pack_text(kind: str, **fields: Any) -> str:
    """Return a message that is no media."""
    return json.dumps({"kind": kind} | fields, ensure_ascii=False)


def _pack(head: dict[str, Any], data: Any) -> bytes:
    text = json.dumps(head, ensure_ascii=False).encode("utf-8", "replace")
    return b"".join((struct.pack(">H", len(text)), text, data))
