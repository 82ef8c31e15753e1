"""The little of AV1's low-overhead bitstream format that a late joiner needs (AV1 specification, clause 5.3)."""

from collections.abc import Iterator

from agora_cli.frames import Bytes

SEQUENCE_HEADER, TEMPORAL_DELIMITER = 1, 2
CONFIG_RECORD_BYTES = 4  # av1C before its configOBUs


def obu_types(data: Bytes) -> Iterator[int]:
    """Iterate over the types of the open bitstream units in a temporal unit; what is cut or has no size ends it."""
    view = memoryview(data)
    offset = 0
    while offset < len(view):
        header = view[offset]
        yield header >> 3 & 15
        offset += 2 if header & 4 else 1
        if not header & 2:  # without a size it reaches to the end
            return
        size = shift = 0
        while True:
            if offset >= len(view) or shift > 49:
                return
            byte = view[offset]
            offset += 1
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        offset += size


def with_sequence_header(temporal_unit: Bytes, config_record: Bytes) -> Bytes:
    """Return a keyframe's temporal unit with a sequence header: its own, else that of the container's av1C.

    Containers may keep the header to themselves (AV1 in ISOBMFF, clause 2.3.4); it goes behind a temporal delimiter.
    """
    types = list(obu_types(temporal_unit))
    header = bytes(config_record)[CONFIG_RECORD_BYTES:]
    if SEQUENCE_HEADER in types or not header:
        return temporal_unit
    data = bytes(temporal_unit)
    delimiter = 2 if types[:1] == [TEMPORAL_DELIMITER] else 0
    return data[:delimiter] + header + data[delimiter:]
