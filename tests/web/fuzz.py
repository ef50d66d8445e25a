"""Random documents against every reader, guided by what they reach in the code: python -m tests.web.fuzz.

atheris (libFuzzer) changes legal documents, keeps what reaches new lines, and goes on from there. A reader may answer
or refuse in its own words; any other exception ends the run and shows the document that caused it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["estimator"]):
    from estimator.errors import EstimatorError
    from estimator.presets import presets
    from estimator.price_book import load_price_book
    from estimator.price_book.tables import read_table
    from estimator.sweeps.tables import read_csv, read_json_lines
    from estimator.web.documents import read_json, read_yaml
    from estimator.web.schemas.estimates import EXAMPLE
    from estimator.web.schemas.scenario import read_scenario
    from estimator.web.takeaway.permalink import make_link, open_link

LONGEST_BYTES = 4096
LONGEST_TABLE_BYTES = 200_000
"""More than the 131,072 characters that the csv module of Python reads in one cell."""
MILLION = int(os.environ.get("FUZZ_DOCUMENTS", "1000000"))
SCENARIOS = [EXAMPLE, *(each.scenario for each in presets().values())]
ROWS = "name,/workload/requests_per_month,/horizon_months\nfirst,1e4,12\nsecond,20000,\n'third',\"3\",24\n"


@dataclass(frozen=True)
class Target:
    """One reader.

    Parameters
    ----------
    read : reads a document, or refuses it
    seeds : legal documents to begin with
    share : of all documents
    longest_bytes : of one document
    """

    read: Callable[[bytes], object]
    seeds: Sequence[bytes]
    share: float
    longest_bytes: int = LONGEST_BYTES


def read_own_prices(document: bytes) -> object:
    """Read an overlay table, which is a file."""
    OWN_PRICES.write_bytes(document)
    return read_table(OWN_PRICES, units=UNITS, overlay=True)


OWN_PRICES = Path(tempfile.gettempdir()) / f"own-prices-{os.getpid()}.csv"
UNITS = load_price_book().units
PRICE_TABLE = (Path(__file__).parents[2] / "pricing" / "gpu_prices.csv").read_bytes()
FEW_PRICES = b"".join(PRICE_TABLE.splitlines(keepends=True)[:4])

TARGETS = {
    "scenario as JSON": Target(
        lambda sent: read_scenario(read_json(sent)), [json.dumps(each).encode() for each in SCENARIOS], 0.4
    ),
    "scenario as YAML": Target(
        lambda sent: read_scenario(read_yaml(sent.decode("utf-8", "replace"))),
        [each.text.encode() for each in presets().values()],
        0.1,
    ),
    "rows as CSV": Target(lambda sent: list(read_csv(_lines(sent))), [ROWS.encode()], 0.3),
    "rows as JSON Lines": Target(
        lambda sent: list(read_json_lines(_lines(sent))), [b'{"/horizon_months": 12}\n{"name": "second"}\n'], 0.1
    ),
    "link": Target(
        lambda sent: open_link(sent.decode("latin-1")),
        [link.encode() for link in map(make_link, SCENARIOS) if link],
        0.08,
    ),
    "own prices": Target(
        read_own_prices,
        [FEW_PRICES, FEW_PRICES + b'"' + b"x" * 140_000, b'"' + b"x" * 140_000],
        0.02,
        LONGEST_TABLE_BYTES,
    ),
}


def _lines(sent: bytes) -> Iterator[str]:
    """Cut a file into lines as the service and the command line do, broken UTF-8 kept as half characters."""
    return iter(sent.decode("utf-8", "surrogateescape").splitlines(keepends=True))


def words_of(node: Any) -> Iterator[str]:
    """Yield every key and every word of a document, for libFuzzer's dictionary."""
    for key, part in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(key, str):
            yield key
        if isinstance(part, dict | list):
            yield from words_of(part)
        elif isinstance(part, str):
            yield part


def attack(name: str) -> None:
    """Send random documents to one reader; ends the process."""
    target = TARGETS[name]

    def one(document: bytes) -> None:
        try:
            target.read(document)
        except EstimatorError:
            return

    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for number, seed in enumerate(target.seeds):
            (seeds / str(number)).write_bytes(seed)
        words = Path(folder) / "words"
        known = {word for word in words_of(SCENARIOS) if word.isascii() and word.isprintable() and '"' not in word}
        words.write_text("".join(f'"{word}"\n' for word in sorted(known) if "\\" not in word), "ascii")
        documents = int(MILLION * target.share)
        limits = [
            f"-runs={documents}",
            f"-max_len={target.longest_bytes}",
            "-seed=1",
            "-timeout=10",
            "-rss_limit_mb=2048",
        ]
        atheris.Setup([name, *limits, "-verbosity=0", "-print_final_stats=1", f"-dict={words}", str(seeds)], one)
        atheris.Fuzz()


def attack_all() -> int:
    """Attack each reader from a process of its own; return how many broke."""
    broken = 0
    for name in TARGETS:
        ended = subprocess.run(
            [sys.executable, "-m", "tests.web.fuzz", name], capture_output=True, text=True, check=False
        )
        found = [line.split()[-1] for line in ended.stderr.splitlines() if "number_of_executed_units" in line]
        told = f"{name}: {found[0] if found else '?'} documents, " + ("BROKEN" if ended.returncode else "none broke it")
        print(told)
        if ended.returncode:
            broken += 1
            print(ended.stdout, ended.stderr)
    return broken


if __name__ == "__main__":
    if len(sys.argv) > 1:
        attack(sys.argv[1])
    sys.exit(attack_all())
