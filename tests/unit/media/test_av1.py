"""media/av1.py: open bitstream units told apart, whole and cut at every byte."""

from agora_cli.media.av1 import SEQUENCE_HEADER, TEMPORAL_DELIMITER, obu_types, with_sequence_header

DELIMITER = bytes.fromhex("1200")
HEADER = bytes.fromhex("0a03aabbcc")
FRAME = bytes.fromhex("3281010102") + bytes(127)
EXTENDED = bytes.fromhex("360002ffff")
RECORD = bytes.fromhex("81000c00") + HEADER


def test_types() -> None:
    assert list(obu_types(DELIMITER + HEADER + FRAME)) == [TEMPORAL_DELIMITER, SEQUENCE_HEADER, 6]
    assert list(obu_types(EXTENDED + HEADER)) == [6, SEQUENCE_HEADER]
    assert list(obu_types(bytes.fromhex("30ffffff"))) == [6]
    assert list(obu_types(b"")) == []


def test_cut_units_end_the_list() -> None:
    data = DELIMITER + HEADER + FRAME
    whole = list(obu_types(data))
    for size in range(len(data)):
        assert list(obu_types(data[:size])) == whole[: len(list(obu_types(data[:size])))]


def test_a_size_without_end_ends_the_list() -> None:
    assert list(obu_types(b"\x0a" + b"\xff" * 20)) == [SEQUENCE_HEADER]


def test_a_keyframe_without_header_gets_it() -> None:
    assert with_sequence_header(FRAME, RECORD) == HEADER + FRAME
    assert with_sequence_header(DELIMITER + FRAME, RECORD) == DELIMITER + HEADER + FRAME


def test_a_keyframe_with_header_stays_as_it_is() -> None:
    unit = memoryview(DELIMITER + HEADER + FRAME)
    assert with_sequence_header(unit, RECORD) is unit
    assert with_sequence_header(unit, b"") is unit
    assert with_sequence_header(FRAME, b"") is FRAME
