"""Which uncertain input matters, and what knowing it would be worth: shares of the variance, value of information."""

from typing import Any

from estimator.estimate import Estimate
from estimator.sensitivity import explain_ranges, write_sensitivity
from estimator.web.report.levers import pair_of
from estimator.web.words.input_names import in_words


def add_range_shares(estimated: Estimate, found: dict[str, Any]) -> None:
    """Put the shares of the variance and the value of information into an answer.

    Raises
    ------
    EstimatorError : the scenario cannot be computed at one of the draws
    """
    pair = pair_of(found)
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
            "alone": shares.get(pointer, {}).get("s1"),
            "with_others": shares.get(pointer, {}).get("st"),
            "effect_usd": screened.get(pointer, {}).get("mu_star"),
            "worth_usd": worth["by_input_usd"].get(pointer),
        }
        for pointer in pointers
    ]
    rows.sort(key=lambda row: -(row["with_others"] or 0.0) - 1e-300 * (row["effect_usd"] or 0.0))
    found["range_shares"] = {
        "candidate": pair[0],
        "baseline": pair[1],
        "rows": rows,
        "screened": bool(screened),
        "perfect_usd": worth["perfect_usd"],
        "warnings": [each["message"] for each in told["warnings"]],
    }
