"""Lines of stdin as messages, exact to the byte, without a limit on how long a line makes us wait.

Read from the descriptor, not through sys.stdin: a thread that waits inside a Python buffer cannot be left at
the end of the process.
"""

import codecs
import os
from collections.abc import Iterator

from agora_cli.errors import InputError
from agora_cli.rtm.limits import MESSAGE_MAX_BYTES

READ_BYTES = 65_536


def lines(descriptor: int) -> Iterator[bytes]:
    """Yield each line without its end ("\\n"; a "\\r" before it stays), the last one with or without it.

    Raises InputError with the line's number as soon as one is longer than a message may be.
    """
    rest = b""
    number = 1
    while True:
        block = os.read(descriptor, READ_BYTES)
        *whole, rest = (rest + block).split(b"\n") if block else [rest, b""]
        if not block and not whole[0]:
            return
        for line in whole:
            _check_length(line, number)
            yield line
            number += 1
        _check_length(rest, number)
        if not block:
            return


def check_text(line: bytes, number: int) -> None:
    """Raise InputError, naming the first bad byte, for a line that is not UTF-8."""
    try:
        codecs.utf_8_decode(line, "strict", True)
    except UnicodeDecodeError as error:
        raise InputError(
            "rtm-text",
            f"stdin line {number} is not UTF-8: byte {error.start + 1} is 0x{line[error.start]:02x}",
            hint="--binary sends lines of any bytes",
        ) from error


def _check_length(line: bytes, number: int) -> None:
    if len(line) > MESSAGE_MAX_BYTES:
        raise InputError(
            "rtm-11010",
            f"stdin line {number} is too long: a message must be at most {MESSAGE_MAX_BYTES} bytes (RTM error -11010)",
        )
