"""Lists of a scenario as rows of fields, and ranges by the numbers that their distribution takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from estimator.errors import EstimatorError
from estimator.price_book.tables import PRICE_TABLES
from estimator.scenario import Range
from estimator.scenario.inputs import REQUIRED, Input, choice, number, share, text
from estimator.scenario.plans import Event
from estimator.scenario.pointer import escaped
from estimator.scenario.quality import PromptPilot, ShotPilot, TuningPilot


@dataclass(frozen=True)
class Correlation:
    """How two uncertain inputs move together."""

    first: str = text(REQUIRED, "One uncertain input.", names="range")
    second: str = text(REQUIRED, "The other.", names="range")
    rank_correlation: float = number(REQUIRED, "1", "Rank correlation, -1 to 1.", low=-1.0, high=1.0, fixed=True)


@dataclass(frozen=True)
class Discount:
    """A negotiated discount on every price that matches."""

    offers: str = text(REQUIRED, "Provider, or pattern of offers such as openai/gpt-4.1*.")
    share: float = share(REQUIRED, "Part of the price that is taken off.", fixed=True)
    prices: str = text("*", "Pattern of price names.", basis="all prices")


@dataclass(frozen=True)
class Factor:
    """A factor on every price that matches."""

    offers: str = text(REQUIRED, "Offer, or pattern of offers such as openai/gpt-4.1*.")
    factor: float = number(REQUIRED, "1", "1.2 = 20% dearer.", low=0.0, low_open=True, high=1000.0, fixed=True)
    prices: str = text("*", "Pattern of price names.", basis="all prices")


@dataclass(frozen=True)
class OwnPrice:
    """An own price in the place of a row of the price book."""

    table: str = choice(REQUIRED, PRICE_TABLES, "Table of the price book.")
    offer: str = text(REQUIRED, "Offer of that table, such as anthropic/claude-sonnet-5-5.")
    price: str = text(REQUIRED, "Name of the price, such as input_token.")
    value: float = number(REQUIRED, "", "The price, in the unit of that row.", low=-1e15, fixed=True)


FIRST_ROWS: dict[type, dict[str, Any]] = {
    Event: {"month": 12, "usd": None},
    TuningPilot: {"examples": 200, "success_rate": 0.8},
    PromptPilot: {"hours": 10, "success_rate": 0.8},
    ShotPilot: {"shots": 5, "success_rate": 0.8},
    Correlation: {"first": "", "second": "", "rank_correlation": 0.5},
    Discount: {"offers": "", "share": 0.1},
    Factor: {"offers": "", "factor": 1.2},
    OwnPrice: {"table": "token_prices", "offer": "", "price": "input_token", "value": 1},
}
"""What a new row begins with; no sum of money that nobody stated."""


def sorts_of_rows(name: str, declared: Input) -> dict[str, type]:
    """Return the classes of the rows of a list, by what a button calls them; empty where the input is no such list."""
    if declared.kind == "objects" and declared.variants:
        return {"row": next(iter(declared.variants.values()))}
    if name == "correlations":
        return {"correlation": Correlation}
    return {"discount": Discount, "factor": Factor, "own price": OwnPrice} if name == "price_overrides" else {}


def sort_of_row(name: str, declared: Input, row: Any) -> type | None:
    """Return the class of one row."""
    sorts = sorts_of_rows(name, declared)
    if len(sorts) > 1:
        known: Mapping[str, Any] = row if isinstance(row, Mapping) else {}
        return Factor if "factor" in known else Discount if "share" in known or "offers" in known else OwnPrice
    return next(iter(sorts.values()), None)


# -- ranges -----------------------------------------------------------------------------------------------------------

CORNERS: dict[str, dict[str, str]] = {
    "pert": {"low": "low", "mode": "likely", "high": "high"},
    "triangular": {"low": "low", "mode": "likely", "high": "high"},
    "uniform": {"low": "low", "high": "high"},
    "normal": {"mean": "mean", "sd": "spread"},
    "lognormal": {"low": "1 in 10 below", "high": "1 in 10 above"},
}
"""The numbers of each distribution, with what they are called."""
SHAPES = {
    "pert": "bell between the ends",
    "triangular": "triangle",
    "uniform": "all alike",
    "normal": "normal",
    "lognormal": "lognormal",
}
P90 = 1.2815515655446004
"""Standard deviations between the mean of a normal distribution and its P90."""


def corners_of(value: Any) -> dict[str, Any] | None:
    """Return the numbers of a range as they stand, by name; None for what is no range that fields can hold."""
    if not isinstance(value, Mapping):
        return None
    names = CORNERS.get(value.get("dist", "pert"), {})
    known = set(names) & set(value)
    return {name: value.get(name) for name in names} if known else None


def pointers_of_ranges(node: Any, pointer: str = "") -> list[str]:
    """List where ranges stand in a document.

    Examples
    --------
    >>> pointers_of_ranges({"workload": {"input_tokens": {"low": 1, "mode": 2, "high": 3}}})
    ['/workload/input_tokens']
    """
    if not isinstance(node, Mapping):
        return []
    if corners_of(node):
        return [pointer]
    return [
        found for name, child in node.items() for found in pointers_of_ranges(child, f"{pointer}/{escaped(str(name))}")
    ]


def reshaped(value: Mapping[str, Any], dist: str, *, whole: bool = False) -> dict[str, Any]:
    """Write a range by another distribution that lies about where the first one did, around the same base.

    What is no number yet stays under its own name.

    Parameters
    ----------
    value : the range as it stands
    dist : the other distribution
    whole : whether its numbers are whole

    Examples
    --------
    >>> reshaped({"low": 60, "mode": 90, "high": 180}, "uniform")
    {'dist': 'uniform', 'low': 60, 'high': 180}
    >>> reshaped({"dist": "normal", "mean": 10.0, "sd": 0}, "pert")
    {'low': 10.0, 'mode': 10.0, 'high': 10.0}
    >>> reshaped({"dist": "lognormal", "low": 20, "high": 180}, "triangular")
    {'dist': 'triangular', 'low': 20, 'mode': 60.0, 'high': 180}
    """
    stated = {name: number for name, number in value.items() if isinstance(number, int | float)}
    low, high, mean = (stated.get(name) for name in ("low", "high", "mean"))
    mode = base_of_shape(value)
    if mean is not None:
        low, high = (mean + sign * P90 * stated.get("sd", 0.0) for sign in (-1, 1))
    numbers = {"low": low, "mode": mode, "high": high, "mean": mode}
    if whole:
        numbers = {name: None if number is None else round(number) for name, number in numbers.items()}
    if low is not None and high is not None:
        numbers["sd"] = (high - low) / (2 * P90)
    shape = {} if dist == "pert" else {"dist": dist}
    return shape | {name: value.get(name) if numbers.get(name) is None else numbers[name] for name in CORNERS[dist]}


def base_of_shape(value: Mapping[str, Any]) -> float | None:
    """Return the number that stands for a range, as the engine takes it; None where it is not yet a range.

    Examples
    --------
    >>> base_of_shape({"dist": "lognormal", "low": 20_000, "high": 180_000}), base_of_shape({"low": 1, "high": ""})
    (60000.0, None)
    """
    stated: dict[str, Any] = {name: number for name, number in value.items() if isinstance(number, int | float)}
    try:
        return Range(dist=value.get("dist", "pert"), **stated).base
    except (EstimatorError, TypeError):  # a number is missing, in the wrong order, or none that a range has
        return None
