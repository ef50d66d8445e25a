"""Which uncertain input matters, and what knowing it would be worth: shares of the variance, value of information."""

from typing import Any

from estimator.estimate import Estimate
from estimator.sensitivity import explain_ranges, write_sensitivity
from estimator.web.words.input_names import in_words

LEAST_SHARE, LEAST_USD = 0.001, 0.5
"""What brings less of the variance, and is worth less to know, is counted and not listed."""


def add_range_shares(estimated: Estimate, found: dict[str, Any]) -> None:
    """Put the shares of the variance and the value of information into an answer.

    Raises
    ------
    EstimatorError : the scenario cannot be computed at one of the draws
    """
    pair = estimated.recommendation.ranking.pair
    if pair is None:
        return
    told = write_sensitivity(
        explain_ranges(estimated.scenario, estimated.book, estimated.computed, pair, estimated.assessment)
    )
    worth = told["value_of_information"] or {"perfect_usd": None, "by_input_usd": {}}
    screened, shares = told["morris"], told["sobol"]
    pointers = list(screened or shares or worth["by_input_usd"])
    rows = [
        {
            "label": in_words(pointer),
            "alone": _part(shares.get(pointer, {}).get("s1")),
            "with_others": _part(shares.get(pointer, {}).get("st")),
            "effect_usd": screened.get(pointer, {}).get("mu_star"),
            "worth_usd": _worth(worth["by_input_usd"].get(pointer)),
        }
        for pointer in pointers
    ]
    rows.sort(key=lambda row: -(row["with_others"] or 0.0) - 1e-300 * (row["effect_usd"] or 0.0))
    found["range_shares"] = {
        "candidate": pair[0],
        "baseline": pair[1],
        "rows": (listed := [row for row in rows if _matters(row)]),
        "left_out": len(rows) - len(listed),
        "screened": bool(screened),
        "perfect_usd": worth["perfect_usd"],
        "warnings": [each["message"] for each in told["warnings"]],
    }


def _part(estimated: float | None) -> float | None:
    """Keep an estimated share between nothing and the whole: it is found by sampling, and may fall outside."""
    return None if estimated is None else min(1.0, max(0.0, estimated))


def _worth(usd: float | None) -> float | None:
    """Count an amount below half a cent as none."""
    return 0.0 if usd is not None and usd < 0.005 else usd


def _matters(row: dict[str, Any]) -> bool:
    part = row["with_others"]
    return part is None or part >= LEAST_SHARE or (row["worth_usd"] or 0.0) >= LEAST_USD
