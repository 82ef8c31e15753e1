"""Compile the C core as `agora_cli.native._core` (cffi, API mode, stable ABI).

The headers are the single source of truth: what cffi needs to know is read from them, so a declaration
is never written twice. Run by setup.py; imported by nothing at run time.
"""

import re
import sys
from pathlib import Path

from cffi import FFI

HERE = Path(__file__).parent
HEADERS = (
    "core.h",
    "level.h",
    "scan.h",
    "sps.h",
    "sets.h",
    "extradata.h",
    "annexb.h",
    "slice.h",
    "access_unit.h",
    "codec.h",
    "vad.h",
    "vaddump.h",
    "crash.h",
)
SOURCES = (
    "core.c",
    "level.c",
    "scan.c",
    "sps.c",
    "hevc_sps.c",
    "sets.c",
    "extradata.c",
    "annexb.c",
    "slice.c",
    "picture_order.c",
    "access_unit.c",
    "codec.c",
    "vad.c",
    "vaddump.c",
    "crash.c",
)

_DIRECTIVE = re.compile(r"^[ \t]*#(?![ \t]*define[ \t]+\w+[ \t]+-?\d+[ \t]*$).*$", re.MULTILINE)


def declarations(header: str) -> str:
    """Return `header` as cffi reads it: without preprocessor lines, `#define NAME <integer>` kept."""
    return _DIRECTIVE.sub("", header)


ffibuilder = FFI()
for name in HEADERS:
    ffibuilder.cdef(declarations((HERE / name).read_text()))

ffibuilder.set_source(
    "agora_cli.native._core",
    '#include "core.h"\n',
    sources=[f"agora_cli/native/{name}" for name in SOURCES],
    depends=[str(path) for path in sorted(HERE.glob("*.h"))],
    include_dirs=[str(HERE)],
    extra_compile_args=[]
    if sys.platform == "win32"
    else [
        "-std=c11",
        "-O3",
        "-fvisibility=hidden",
        "-D_FORTIFY_SOURCE=2",
        "-fstack-protector-strong",
        "-Wall",
        "-Wextra",
    ],
)
