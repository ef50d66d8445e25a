"""Bands and probabilities as plain values, in the shape of the HTTP contract."""

from typing import Any

import numpy as np

from estimator.uncertainty.assessment import Assessment
from estimator.uncertainty.bands import Band, Odds, probability_error


def write_bands(found: Assessment, name: str) -> dict[str, Any]:
    """Write the bands of one approach."""
    return {
        "bands": {
            "total_usd": write_band(found.total[name]) | {"mean_standard_error": float(found.total[name].mean_error)},
            "cumulative_usd": write_band(found.cumulative[name]),
            "success_rate": write_band(found.success[name]) if name in found.success else None,
        },
        "probability_target_reached": found.on_target.get(name),
        "standard_errors": {
            "probability_best": float(probability_error(found.best[name], found.draws)),
            "probability_target_reached": None
            if name not in found.on_target
            else float(probability_error(found.on_target[name], found.draws)),
        },
        "probability_best": found.best[name],
        "expected_regret_usd": found.regret_usd[name],
    }


def write_band(band: Band) -> dict[str, Any]:
    """Write quantiles and mean: a number each, or a list over t = 0..T."""
    return {name: np.asarray(getattr(band, name)).tolist() for name in ("p10", "p50", "p90", "mean")}


def write_odds(odds: Odds) -> dict[str, Any]:
    """Write how likely one approach is cheaper than another, and when."""
    quantiles = {"p10": odds.month_p10, "p50": odds.month_p50, "p90": odds.month_p90}
    at_horizon = float(odds.cheaper[-1])
    return {
        "probability_cheaper": odds.cheaper.tolist(),
        "probability_never": odds.never,
        "month_quantiles": {**quantiles, "beyond_horizon": None in quantiles.values()},
        "difference_usd": write_band(odds.difference),
        "standard_errors": {
            "probability_cheaper_at_horizon": float(probability_error(at_horizon, odds.draws)),
            "probability_never": float(probability_error(odds.never, odds.draws)),
            "difference_mean_usd": float(odds.difference.mean_error[-1]),
            "difference_p50_usd": float(odds.difference.p50_error[-1]),
        },
    }


def write_assessment(found: Assessment) -> dict[str, Any]:
    """Write what was drawn, and what knowing more would be worth."""
    return {
        "draws": found.draws,
        "seed": found.seed,
        "inputs": [{"pointer": each.pointer, "calibrated": each.calibrated} for each in found.inputs],
        "probability_best": found.best,
        "probability_setup_cannot_run": found.unable,
        "value_of_information": {
            "perfect_usd": found.perfect_information_usd,
            "by_input_usd": found.information_about_usd,
            "waiting_usd": found.waiting_usd,
        },
    }
