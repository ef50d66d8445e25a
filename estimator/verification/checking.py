"""Every case run live: what is expected beside what comes out."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from math import isclose, isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.answer import answer
from estimator.break_even.roots import by_scan
from estimator.computation import totals
from estimator.errors import ScenarioError
from estimator.estimate import USUAL_SECTIONS, completed, estimate, open_book
from estimator.explanation import plain
from estimator.price_book import Library
from estimator.scenario.pointer import at_base, tokens_of, with_values
from estimator.verification.cases import Case, Figure, cases, exclusions
from estimator.verification.reading import scenario_of

SECTIONS = USUAL_SECTIONS | {"trace"}
WORDS = {
    "worked": "worked by hand",
    "facts": "fact of the literature",
    "published": "published case",
    "peer_errors": "error of a peer",
}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One figure: expected, computed, and whether they agree.

    Parameters
    ----------
    kind : "worked by hand", "fact of the literature", "published case" or "error of a peer" (shown to differ)
    note : what the source printed where it is wrong, and other remarks
    """

    id: str
    title: str
    source: str
    expected: Any
    computed: Any
    unit: str
    tolerance: str
    passed: bool
    kind: str
    note: str = ""


def verify(library: Library | None = None) -> tuple[CaseResult, ...]:
    """Run every case of the package.

    Parameters
    ----------
    library : the price tables, None for those that travel with the package
    """
    tables = _shipped() if library is None else library
    return tuple(result for case in cases() for result in run(case, tables))


@cache
def _shipped() -> Library:
    return Library()


def run(case: Case, library: Library) -> tuple[CaseResult, ...]:
    """Compute the figures of one case."""
    found: Mapping[str, Any] = {}
    if case.scenario is not None:
        found = answer(estimate(scenario_of(case.scenario), library, SECTIONS))
    return tuple(_check(case, figure, _computed(case, figure, found, library)) for figure in case.figures)


def as_document(results: tuple[CaseResult, ...]) -> dict[str, Any]:
    """Write results as plain values, with the published figures that are not computed."""
    passed = sum(result.passed for result in results)
    return {
        "passed": passed,
        "failed": len(results) - passed,
        "cases": [asdict(result) for result in results],
        "not_covered": [asdict(each) for each in exclusions()],
    }


def _check(case: Case, figure: Figure, computed: Any) -> CaseResult:
    shown = _same_parts(figure.expected, computed)
    passed = agrees(figure.expected, shown, figure)
    note = case.note
    if figure.peer is not None:
        passed = passed and not agrees(figure.peer, shown, figure)
        note = f"the source printed {figure.peer}. {note}".strip()
    return CaseResult(
        figure.id,
        figure.title,
        case.source,
        figure.expected,
        shown,
        figure.unit,
        _tolerance(figure),
        passed,
        WORDS[case.kind],
        note,
    )


def _computed(case: Case, figure: Figure, found: Mapping[str, Any], library: Library) -> Any:
    if figure.formula:
        value = plain(_called(figure))
    elif figure.root is not None:
        value = _root(case, figure.root, library)
    else:
        value = look_up(found, figure.at)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value * figure.times
    return value


def _called(figure: Figure) -> Any:
    module, _, name = figure.formula.rpartition(".")
    given = {key: np.array(value) if isinstance(value, list) else value for key, value in figure.inputs.items()}
    value = getattr(import_module(f"estimator.{module}"), name)(**given)
    return value[0] if isinstance(value, tuple) else value


def _root(case: Case, root: Mapping[str, Any], library: Library) -> float | None:
    """Find the value of one input at which two approaches cost the same."""
    asked = scenario_of(case.scenario or {})
    book = open_book(asked, library)
    scenario = at_base(completed(asked, book))

    def gap(points: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        cost = totals(with_values(scenario, {root["vary"]: points[:, None]}), book)
        left, right = cost[root["candidate"]], cost[root["baseline"]]
        return left - right, np.maximum(np.abs(left), np.abs(right))

    found = by_scan(gap, float(root["from"]), float(root["to"])).found
    return found[0].at if found else None


def look_up(found: Any, pointer: str) -> Any:
    """Return what stands in an answer at a pointer; a member of a list may be called by its name.

    Examples
    --------
    >>> look_up({"components": [{"id": "training", "total_usd": 5.0}]}, "/components/training/total_usd")
    5.0
    """
    for token in tokens_of(pointer):
        if isinstance(found, list):
            found = found[int(token)] if token.isdigit() else _called_so(found, token)
        else:
            found = found[token]
    return found


def _called_so(members: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for each in members:
        pair = f"{each.get('candidate')} vs {each.get('baseline')}"
        if name in (each.get("id"), each.get("name"), each.get("code"), pair):
            return each
    raise ScenarioError(f"No {name!r} in this list of an answer.", f"/{name}")


def _same_parts(expected: Any, computed: Any) -> Any:
    """Leave out of what was computed the parts that nothing is expected of."""
    if isinstance(expected, Mapping) and isinstance(computed, Mapping):
        return {name: _same_parts(value, computed.get(name)) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(computed, list) and len(expected) == len(computed):
        return [_same_parts(mine, theirs) for mine, theirs in zip(expected, computed, strict=True)]
    return computed


def agrees(expected: Any, computed: Any, figure: Figure) -> bool:
    """Tell whether a computed figure, or every part of it, agrees with the expected one."""
    if figure.within:
        return bool(computed) and computed[0] <= expected <= computed[-1]
    if isinstance(expected, Mapping):
        return isinstance(computed, Mapping) and all(
            agrees(value, computed.get(name), figure) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(computed, list)
            and len(expected) == len(computed)
            and all(agrees(mine, theirs, figure) for mine, theirs in zip(expected, computed, strict=True))
        )
    if not isinstance(expected, int | float) or not isinstance(computed, int | float):
        return bool(expected == computed)
    if not isfinite(computed):
        return False
    if isinstance(figure.relative, tuple):
        low, high = sorted(expected * (1.0 + bound) for bound in figure.relative)
        return low <= computed <= high
    return isclose(expected, computed, rel_tol=figure.relative, abs_tol=figure.absolute)


def _tolerance(figure: Figure) -> str:
    if figure.within:
        return "inside P10 to P90"
    if isinstance(figure.relative, tuple):
        return f"{figure.relative[0]:+.3g} to {figure.relative[1]:+.3g} of the value"
    parts = []
    if figure.relative:
        parts.append(f"{figure.relative:.3g} of the value")
    if figure.absolute:
        parts.append(f"{figure.absolute:.3g}")
    return " or ".join(parts) or "exact"
