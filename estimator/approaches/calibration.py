"""Scale an estimate by what the caller has measured."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from estimator.approaches.expected_quality import plain_or_none
from estimator.approaches.faults import refuse_cells
from estimator.approaches.outline import Running
from estimator.approaches.setting import Setting
from estimator.errors import ScenarioError
from estimator.quantities import Quantity, Requests
from estimator.scenario import MonthlyBill

FAR = 2.0
"""A bill this many times the estimate, or less than its reciprocal, is worth a look."""


def billed_as(
    setting: Setting, bill: MonthlyBill | None, run: Callable[[Requests], Running], pointer: str
) -> Callable[[Requests], Running]:
    """Scale running cost so that the month of the bill costs what was billed.

    Raises
    ------
    ScenarioError : the estimate for that month is nothing, so that no factor makes it the bill
    """
    if bill is None:
        return run
    where = f"{pointer}/bill"
    expected = _first_month(run(np.full(setting.month.shape, 1.0) * bill.requests))
    nothing = ScenarioError("The estimate for the requests of this bill is 0: it cannot be scaled.", where)
    refuse_cells(np.greater(expected, 0.0), lambda _: nothing)
    middle = bill.usd / expected
    setting.notes.assume(where, plain_or_none(middle), "1", "your bill over the estimate for its requests")
    if np.any(middle > FAR) or np.any(middle < 1.0 / FAR):
        setting.notes.warn(
            "bill_far_from_estimate",
            where,
            f"The bill is {float(np.max(middle)):.2f} times the estimate for its requests. Check that both mean the "
            "same model, tokens and month.",
        )
    left = 0.0 if bill.quantile is None else bill.residual_share * ndtri(bill.quantile)
    factor: Quantity = middle * np.exp(left)

    def scaled(requests: Requests) -> Running:
        running = run(requests)
        lines = tuple(line.flowing(factor) for line in running.lines)
        return replace(running, lines=lines, usd_per_call=running.usd_per_call * factor)

    return scaled


def _first_month(running: Running) -> Quantity:
    total: Quantity = 0.0
    for line in running.lines:
        monthly = np.asarray(line.monthly_usd)
        total = total + (monthly[..., :1] if monthly.ndim > 1 else monthly.ravel()[0])
    return total
