"""Text that somebody else chose, as a terminal may see it."""

import unicodedata

# Control characters (C0, C1, DEL), format characters (bidi overrides among them), lone surrogates, and
# the two separators that end a line.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# They join the letters and emoji of honest text, and move nothing.
_JOINERS = "\u200c\u200d"


def clean(text: str) -> str:
    """Return `text` with each character that could steer a terminal as a visible escape (`\\x1b`), one line long."""
    return "".join(character if _is_safe(character) else _escape(character) for character in text)


def _is_safe(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _UNSAFE


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
