"""One line of a bill: amounts over the months, and the formulas and inputs they came from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from estimator.quantities import Months, Quantity, Usd

Value = TypeVar("Value")

COMPONENTS = (
    "labelling",
    "test_labelling",
    "curation",
    "training",
    "evaluation",
    "prompt_effort",
    "engineering",
    "deployment",
    "inference",
    "hosting",
    "fixed",
    "upkeep",
    "refresh",
    "end_of_life",
    "requirement_changes",
    "failures",
    "bridge",
    "delay",
    "hardware_purchase",
    "lump_sum",
)
"""Every component a bill may have, in the order in which an answer lists them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One formula, applied.

    Parameters
    ----------
    formula : the function; its docstring holds the equation and the units
    inputs : what it was given, by the names of its parameters
    value : what came out
    """

    formula: Callable[..., Any]
    inputs: dict[str, Any]
    value: Any


@dataclass(frozen=True, slots=True)
class Prediction:
    """A number that a model fitted to measurements gives: no equation on one line.

    Parameters
    ----------
    name, unit : the number
    model : which model it is, and how far off it was
    inputs : what it was given
    value : what came out
    spread : the same with its measured error: four of five measurements lie between its p10 and p90
    """

    name: str
    unit: str
    model: str
    inputs: dict[str, Any]
    value: Any
    spread: Any


Steps = tuple[Step | Prediction, ...]


class Working:
    """Apply formulas and keep every step, so that an amount can show how it was worked out.

    Examples
    --------
    >>> from estimator.components.labour import labour_usd
    >>> work = Working()
    >>> work(labour_usd, hours=2.0, wage=50.0)
    100.0
    >>> work.steps[0].inputs
    {'hours': 2.0, 'wage': 50.0}
    """

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps: list[Step | Prediction] = []

    def __call__(self, formula: Callable[..., Value], /, **inputs: Any) -> Value:
        """Apply one formula and note it."""
        value = formula(**inputs)
        self.steps.append(Step(formula, inputs, value))
        return value


@dataclass(frozen=True, slots=True)
class CostLine:
    """The amounts of one component.

    Parameters
    ----------
    component : one of COMPONENTS
    upfront_usd : paid at t = 0; a number or a column (cells, 1)
    monthly_usd : the flow of each month; a number, (months,), or (cells, months)
    event_usd : sums paid at the end of each month, as jumps; the same shapes
    quantity, quantity_unit : what the money buys: hours, tokens, GPU-hours
    steps : how the amounts were worked out
    between : the same line for an approach that serves in the months (start, end] alone, what is paid up front paid at
        the start; None where the amounts of those months stay as they are
    """

    component: str
    upfront_usd: Usd = 0.0
    monthly_usd: Usd = 0.0
    event_usd: Usd = 0.0
    quantity: Quantity | None = None
    quantity_unit: str = ""
    steps: Steps = ()
    between: "Callable[[Months, Months], CostLine] | None" = None

    def times(self, factor: Quantity) -> "CostLine":
        """Multiply every amount and the quantity."""
        between = self.between
        return replace(
            self,
            upfront_usd=self.upfront_usd * factor,
            monthly_usd=self.monthly_usd * factor,
            event_usd=self.event_usd * factor,
            quantity=None if self.quantity is None else self.quantity * factor,
            between=None if between is None else lambda start, end: between(start, end).times(factor),
        )

    def flowing(self, share: Quantity) -> "CostLine":
        """Keep a share of the monthly flow, and everything else."""
        flow = self.monthly_usd
        return self if type(flow) is float and flow == 0.0 else replace(self, monthly_usd=flow * share)
