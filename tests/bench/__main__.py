"""Print every bench as one table: `make bench`, or `python -m tests.bench NAME ...` for some of them."""

import sys

from tests.bench import decisions, engine, keys, page, service
from tests.bench.table import show

BENCHES = {**engine.BENCHES, **decisions.BENCHES, **service.BENCHES, **page.BENCHES, **keys.BENCHES}


def main(names: list[str]) -> None:
    """Run the benches that are named, all without a name."""
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        sys.exit(f"Unknown bench: {', '.join(unknown)}. Known: {', '.join(BENCHES)}.")
    for name in names or BENCHES:
        show(BENCHES[name]())


if __name__ == "__main__":
    main(sys.argv[1:])
