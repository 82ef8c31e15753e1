"""`python -m tests.bench [part ...]`: run the benches named, or all; each prints its own table."""

import importlib
import sys
from pathlib import Path

NAMES = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main() -> None:
    """Run the benches."""
    wanted = sys.argv[1:] or NAMES
    unknown = set(wanted) - set(NAMES)
    if unknown:
        sys.exit(f"no such bench: {', '.join(sorted(unknown))} (there are: {', '.join(NAMES)})")
    for name in wanted:
        print(f"== {name}", flush=True)
        importlib.import_module(f"tests.bench.bench_{name}").main()
        print(flush=True)


main()
