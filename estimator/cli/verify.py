"""Compute published and hand-worked cases and compare: estimator verify."""

import sys
from typing import Any

import click
import orjson

from estimator.cli.library import open_library
from estimator.cli.tables import table
from estimator.verification import CaseResult, as_document, verify
from estimator.verification.cases import cases
from estimator.verification.checking import run

STATES = {True: "ok", False: "DIFFERS"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Every figure as JSON.")
@click.option("--failed", "only_failed", is_flag=True, help="List the failed figures alone.")
def command(*, as_json: bool, only_failed: bool) -> None:
    """Compute every published and hand-worked case; exit code 1 if a figure differs."""
    library = open_library()
    if as_json:
        found = verify(library)
        click.echo(orjson.dumps(as_document(found), option=orjson.OPT_INDENT_2).decode())
    else:
        results: list[CaseResult] = []
        with click.progressbar(cases(), label="computing", file=sys.stderr, hidden=not sys.stderr.isatty()) as shown:
            for case in shown:
                results += run(case, library)
        found = tuple(results)
        click.echo("\n".join(_lines(found, only_failed=only_failed)))
    sys.exit(0 if all(result.passed for result in found) else 1)


def _lines(found: tuple[CaseResult, ...], *, only_failed: bool) -> list[str]:
    listed = [result for result in found if not (only_failed and result.passed)]
    rows = [
        [STATES[each.passed], each.id, _short(each.expected), _short(each.computed), each.unit, each.source]
        for each in listed
    ]
    passed = sum(result.passed for result in found)
    written = [table(["", "case", "expected", "computed", "unit", "source"], rows, numbers_from=9)] if rows else []
    return [*written, f"{passed} of {len(found)} figures agree"]


def _short(value: Any) -> str:
    words = f"{value:.8g}" if isinstance(value, float) else str(value)
    return words if len(words) <= 40 else f"{words[:37]}..."
