"""The naive twins of the Annex-B core: the shortest code that says the same, slow and with no thought of speed."""

import re
from collections.abc import Iterator

START_CODE = b"\0\0\0\1"


def find_start_code(data: bytes, start: int = 0) -> int:
    """Twin of scan.find_start_code."""
    return data.find(b"\0\0\1", start)


def nal_list(data: bytes, codec: str = "h264") -> list[tuple[int, int, int]]:
    """Twin of scan.nal_units."""
    out = []
    for match in re.finditer(b"\0\0\1((?:(?!\0\0\1).)*)", data, re.DOTALL):
        nal = match[1].rstrip(b"\0")
        if nal:
            kind = nal[0] >> 1 & 63 if codec == "h265" else nal[0] & 31
            out.append((match.start(1), len(nal), kind))
    return out


def nals(data: bytes) -> list[bytes]:
    """Return the NAL units of an Annex-B access unit."""
    return [data[offset : offset + length] for offset, length, _ in nal_list(data)]


def annexb(units: list[bytes], code: bytes = START_CODE) -> bytes:
    """Join NAL units with start codes."""
    return b"".join(code + unit for unit in units)


def prefixed(units: list[bytes], length_size: int = 4) -> bytes:
    """Join NAL units with lengths."""
    return b"".join(len(unit).to_bytes(length_size, "big") + unit for unit in units)


def unprefixed(packet: bytes, length_size: int = 4) -> list[bytes]:
    """Split a well-formed packet at its lengths."""
    out = []
    while packet:
        length = int.from_bytes(packet[:length_size], "big")
        out.append(packet[length_size : length_size + length])
        packet = packet[length_size + length :]
    return out


def escape(payload: bytes) -> bytes:
    """Insert emulation prevention bytes (7.4.1)."""
    return re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", payload)


def unescape(nal: bytes) -> bytes:
    """Remove emulation prevention bytes."""
    return nal.replace(b"\0\0\3", b"\0\0")


class Writer:
    """Writes the bits of a NAL unit's payload."""

    def __init__(self) -> None:
        self.bits = ""

    def u(self, size: int, value: int = 0) -> "Writer":
        """Write u(n)."""
        assert 0 <= value < 1 << size
        self.bits += format(value, f"0{size}b") if size else ""
        return self

    def ue(self, *values: int) -> "Writer":
        """Write ue(v)."""
        for value in values:
            digits = format(value + 1, "b")
            self.bits += "0" * (len(digits) - 1) + digits
        return self

    def se(self, *values: int) -> "Writer":
        """Write se(v)."""
        return self.ue(*(2 * value - 1 if value > 0 else -2 * value for value in values))

    def nal(self, header: bytes, tail: bytes = b"") -> bytes:
        """Return the NAL unit: stop bit, `tail` behind it, escaped."""
        bits = self.bits + "1"
        bits += "0" * (-len(bits) % 8)
        payload = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        return header + escape(payload + tail)


class Reader:
    """Reads the bits of a NAL unit's payload; IndexError at the end, ValueError for what cannot be."""

    def __init__(self, nal: bytes, skip: int = 1) -> None:
        self.bits = "".join(format(byte, "08b") for byte in unescape(nal[skip:]))
        self.at = 0

    def u(self, size: int) -> int:
        """Read u(n)."""
        if self.at + size > len(self.bits):
            raise IndexError("bits")
        self.at += size
        return int(self.bits[self.at - size : self.at] or "0", 2)

    def ue(self, most: int = (1 << 32) - 2) -> int:
        """Read ue(v)."""
        zeros = 0
        while self.u(1) == 0:
            zeros += 1
            if zeros > 31:
                raise ValueError("ue")
        value = (1 << zeros) - 1 + self.u(zeros)
        if value > most:
            raise ValueError("range")
        return value

    def se(self) -> int:
        """Read se(v)."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)


HIGH = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}


def read_sps(nal: bytes) -> dict[str, int]:
    """Twin of sps.parse_sps for H.264 up to the cropping."""
    bits = Reader(nal)
    out = {"profile_idc": bits.u(8), "constraint_flags": bits.u(8), "level_idc": bits.u(8), "id": bits.ue(31)}
    chroma, separate, out["bit_depth_luma"] = 1, 0, 8
    if out["profile_idc"] in HIGH:
        chroma = bits.ue(3)
        separate = bits.u(1) if chroma == 3 else 0
        out["bit_depth_luma"] = 8 + bits.ue(6)
        bits.ue(6)
        bits.u(1)
        if bits.u(1):
            for i in range(12 if chroma == 3 else 8):
                if bits.u(1):
                    skip_scaling_list(bits, 16 if i < 6 else 64)
    out["chroma_format_idc"] = chroma
    out["log2_max_frame_num"] = 4 + bits.ue(12)
    out["poc_type"] = bits.ue(2)
    if out["poc_type"] == 0:
        bits.ue(12)
    elif out["poc_type"] == 1:
        bits.u(1)
        bits.se(), bits.se()
        for _ in range(bits.ue(255)):
            bits.se()
    out["max_num_ref_frames"] = bits.ue(16)
    bits.u(1)
    width, height = 16 * (1 + bits.ue(4095)), 16 * (1 + bits.ue(4095))
    out["frame_mbs_only"] = bits.u(1)
    if not out["frame_mbs_only"]:
        height *= 2
        bits.u(1)
    bits.u(1)
    if bits.u(1):
        chroma = 0 if separate else chroma
        x, y = {0: (1, 1), 1: (2, 2), 2: (2, 1), 3: (1, 1)}[chroma]
        left, right, top, bottom = (bits.ue() for _ in range(4))
        width -= (left + right) * x
        height -= (top + bottom) * y * (2 - out["frame_mbs_only"])
        if width <= 0 or height <= 0:
            raise ValueError("crop")
    bits.u(1)
    return out | {"width": width, "height": height}


def skip_scaling_list(bits: Reader, size: int) -> None:
    """Read past scaling_list()."""
    last = scale = 8
    for _ in range(size):
        if scale:
            delta = bits.se()
            if not -128 <= delta <= 127:
                raise ValueError("delta")
            scale = (last + delta + 256) % 256
        last = scale or last


def convert(stored: dict[tuple[int, int], bytes], units: list[bytes], keyframe: bool) -> list[bytes]:
    """Twin of annexb.Converter for H.264: `stored` maps (kind, id) to the newest set and is brought up to date."""
    own = {}
    for unit in units:
        key = set_key(unit)
        if key:
            own[key] = stored[key] = unit
    keyframe = keyframe or any(unit[0] & 31 == 5 or has_recovery_point(unit) for unit in units)
    missing = [stored[key] for key in sorted(stored, key=rank) if key not in own] if keyframe else []
    head = 1 if units and units[0][0] & 31 == 9 else 0
    first = next((i for i, unit in enumerate(units) if 1 <= unit[0] & 31 <= 5), len(units))
    behind = max([head, *(i + 1 for i, unit in enumerate(units[:first]) if unit[0] & 31 in (7, 13, 15))])
    others = [unit for unit in missing if unit[0] & 31 != 8]
    pps = [unit for unit in missing if unit[0] & 31 == 8]
    return units[:head] + others + units[head:behind] + pps + units[behind:]


def rank(key: tuple[int, int]) -> tuple[int, int]:
    """Order SPS, SPS extension, subset SPS, PPS."""
    return [7, 13, 15, 8].index(key[0]), key[1]


def set_key(unit: bytes) -> tuple[int, int] | None:
    """Return kind and id of a parameter set that can be read."""
    kind = unit[0] & 31
    if kind not in (7, 8, 13, 15):
        return None
    try:
        bits = Reader(unit)
        if kind in (7, 15):
            bits.u(24)
        return kind, bits.ue(255 if kind == 8 else 31)
    except (IndexError, ValueError):
        return None


def has_recovery_point(unit: bytes) -> bool:
    """Return whether a NAL unit is SEI with payload type 6 and a legal count."""
    if unit[0] & 31 != 6:
        return False
    try:
        bits = Reader(unit)
        while True:
            kind, size = read_number(bits), read_number(bits)
            if kind == 6:
                bits.ue(65535)
                return True
            for _ in range(size):
                bits.u(8)
    except (IndexError, ValueError):
        return False


def read_number(bits: Reader) -> int:
    """Read a SEI payload type or size."""
    total = 0
    while (byte := bits.u(8)) == 255:
        total += 255
    return total + byte


def pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """Cut data into pieces of these sizes, over and over."""
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        yield data[at : at + size]
        at, turn = at + size, turn + 1
