"""Fit and score the hardware models, and write the ledger: ``python -m tests.hardware.validation [--write]``.

With ``--write`` the fitted constants and widths go into pricing/hardware_constants.csv first; without, the table stays
and the fit is compared with it.
"""

import sys
from pathlib import Path

import pandas as pd

from estimator.hardware.constants import constant_table
from tests.hardware.fitting import Constants, Floats, Problem, fit, leave_one_family_out, log_errors, prior_of, score
from tests.hardware.ledger import Ledger, Scored, write_ledger
from tests.hardware.plots import draw
from tests.hardware.problems import PROBLEMS
from tests.hardware.published_cases import published_cases
from tests.hardware.widths import fit_widths, held, held_unseen, sigmas_of

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "pricing" / "hardware_constants.csv"
DOCS = ROOT / "docs"


def scored(problem: Problem) -> tuple[Scored, Constants, dict[str, float]]:
    """Fit one model on all rows, score it in sample and on unseen families, and fit its widths."""
    rows = problem.rows()
    fitted = fit(problem, rows)
    seen = log_errors(problem, rows, fitted)
    unseen: Floats = leave_one_family_out(problem, rows)
    widths = fit_widths(problem, rows, unseen)
    inside = held(unseen, sigmas_of(problem, rows, widths))
    return Scored(problem, rows, seen, unseen, inside, held_unseen(problem, rows, unseen)), fitted, widths


def write_constants(constants: dict[tuple[str, str], float]) -> None:
    """Put fitted values into the table; its other columns and rows stay."""
    table = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    for row in table.index:
        key = (table.loc[row, "model"], table.loc[row, "name"])
        if key in constants:
            table.loc[row, "value"] = f"{constants[key]:.4g}"
    table.to_csv(TABLE, index=False, lineterminator="\n")


def main(arguments: list[str]) -> int:
    """Fit, score, write; return 1 if the table no longer holds the fit."""
    figures, constants = [], {}
    for problem in PROBLEMS:
        result, fitted, widths = scored(problem)
        figures.append(result)
        names, _, _ = prior_of(problem.name)
        constants.update({(problem.name, name): fitted[name] for name in names})
        constants.update({("spread", name): value for name, value in widths.items()})
        print(problem.name, {name: round(value, 3) for name, value in score(result.unseen).items()})
    if "--write" in arguments:
        write_constants(constants)
        print(f"wrote {TABLE.relative_to(ROOT)}; run again to write the ledger from it")
        return 0
    table = constant_table()
    held_values = {(row["model"], row["name"]): row["value"] for row in table.to_dict("records")}
    moved = [key for key, value in constants.items() if abs(held_values[key] / value - 1.0) > 0.02]
    (DOCS / "validation").mkdir(parents=True, exist_ok=True)
    plots = {item.problem.name: draw(item.problem, item.rows, item.unseen, DOCS / "validation") for item in figures}
    write_ledger(DOCS / "validation.md", Ledger(figures, plots, published_cases(), moved))
    print(f"wrote docs/validation.md; constants that left the table: {moved or 'none'}")
    return 1 if moved else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
