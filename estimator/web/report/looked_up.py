"""What an answer took where nothing was stated: the value, and the price row or the model that it comes from."""

from collections.abc import Iterable, Mapping
from typing import Any

from estimator.answer import answer
from estimator.errors import EstimatorError
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.scenario.pointer import at_base, escaped, tokens_of
from estimator.web.schemas.scenario import read_scenario

WAGE = "_usd_per_hour"
BOOK = "price book: "
PRICED = ("price_book", "price_overrides", "currency", "start_date", "tasks")
"""Fields of a scenario that any price may rest on."""
FROM_ELSEWHERE = frozenset({"lead_time_months", "bridge"})
"""What is worked out from other approaches and from labels, too."""
SOME_TASK = {"requests_per_month": 1, "input_tokens": 1, "output_tokens": 1}
SOME_SERVING = {"kind": "api", "prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 1}}
SOME_TRAINING = {"kind": "managed", "prices": {"training_usd_per_mtok": 1}}
SOME_PLANS: dict[str, dict[str, Any]] = {
    "prompt_engineering": {"prompt_tokens": 1, "serving": SOME_SERVING},
    "fine_tuning": {"train_examples": 1, "training": SOME_TRAINING, "serving": SOME_SERVING},
}
"""What stands where something is wrong or missing, while nothing that rests on it is shown."""
MOST_TRIES = 8


def looked_up_of(found: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
    """Return the values of inputs that were left open, by pointer, each with its source; prices with the day.

    Examples
    --------
    >>> row = {"offer": "acme/L40S", "table": "gpu_prices", "source": "acme", "checked_on": "2026-05-24"}
    >>> taken = {"pointer": "/x/usd_per_gpu_hour", "value": 1.39, "basis": "price book: acme/L40S"}
    >>> looked_up_of({"assumptions": [taken], "prices_used": [row]})
    {'/x/usd_per_gpu_hour': (1.39, 'price book: acme/L40S, acme, seen on 2026-05-24')}
    """
    seen = {
        row["offer"]: f"{row['source']}, seen on {row.get('checked_on') or row['recorded_on']}"
        for row in found.get("prices_used", ())
        if row["table"] in ("gpu_prices", "labour_rates")
    }
    looked_up = {}
    for each in found.get("assumptions", ()):
        value, basis, name = each["value"], str(each["basis"]), each["pointer"].rpartition("/")[2]
        offer = basis.removeprefix(BOOK) if basis.startswith(BOOK) else name.removesuffix(WAGE)
        rounded = float(f"{value:.4g}") if isinstance(value, float) else value
        looked_up[each["pointer"]] = (rounded, f"{basis}, {seen[offer]}" if offer in seen else basis)
    return looked_up


def looked_up_beside(document: Any, wrong: Iterable[str], library: Library) -> dict[str, tuple[Any, str]]:
    """Return what is looked up for a scenario that cannot be computed, as far as it holds whatever is put right in it.

    Wages and prices rest on their own object, speeds and sizes on their approach and the task. What is wrong is
    replaced, the rest is computed by the engine, and what rests on a replaced value is left out.

    Parameters
    ----------
    document : the scenario
    wrong : the pointers of what is wrong or missing in it
    library : the price tables
    """
    amiss = set(wrong)
    for _ in range(MOST_TRIES):
        if not isinstance(document, dict) or any(_top(each) in ("", *PRICED) for each in amiss):
            break
        try:
            scenario = at_base(read_scenario(_computable(document, amiss)))
            found = looked_up_of(answer(estimate(scenario, library, frozenset({"assumptions", "prices"}))))
        except EstimatorError as refusal:
            if refusal.pointer in amiss:
                break
            amiss.add(refusal.pointer)
            continue
        return {pointer: each for pointer, each in found.items() if _holds(pointer, amiss) and _in(document, pointer)}
    return {}


def _in(document: Mapping[str, Any], pointer: str) -> bool:
    """Tell whether a value is of the scenario, not of what was computed beside it."""
    top, name, *_ = tokens_of(pointer)
    return top == "rates" or name in _plans(document)


def _plans(document: Mapping[str, Any]) -> Mapping[str, Any]:
    plans = document.get("approaches")
    return plans if isinstance(plans, dict) else {}


def _top(pointer: str) -> str:
    return next(iter(tokens_of(pointer)), "")


def _computable(document: Mapping[str, Any], wrong: Iterable[str]) -> dict[str, Any]:
    """Make a scenario of what prices and speeds rest on, with something else where it is wrong or missing."""
    amiss = [tokens_of(pointer) for pointer in wrong]
    tops = {each[0] for each in amiss}
    made = {name: document[name] for name in (*PRICED, "rates", "workload") if name in document and name not in tops}
    approaches: dict[str, Any] = {}
    for name, plan in _plans(document).items():
        bad = {"".join(each[2:3]) for each in amiss if each[:2] == ["approaches", name]}
        if isinstance(plan, dict) and plan.get("kind") in SOME_PLANS and not bad & {"", "kind"}:
            approaches[name] = _mended(plan, bad)
    others = {"-" * (max(map(len, approaches), default=0) + more): {"kind": "lump_sum"} for more in (1, 2)}
    return {"workload": SOME_TASK, **made, "approaches": approaches | others}


def _mended(plan: Mapping[str, Any], bad: set[str]) -> dict[str, Any]:
    """Leave out what rests on others; where a field is wrong, keep how the approach is trained and served alone."""
    if not bad:
        return {name: value for name, value in plan.items() if name not in FROM_ELSEWHERE}
    kept = {name: plan[name] for name in ("kind", "training", "serving") if name in plan and name not in bad}
    return SOME_PLANS[plan["kind"]] | kept


def _holds(pointer: str, wrong: Iterable[str]) -> bool:
    """Tell whether a value is of the price book or of a model, and rests on nothing that is wrong.

    Examples
    --------
    >>> _holds("/approaches/a/serving/usd_per_gpu_hour", {"/approaches/a/prompt_tokens", "/workload/input_tokens"})
    True
    >>> _holds("/approaches/a/serving/decode_tokens_per_second", {"/workload/input_tokens"})
    False
    """
    above, _, name = pointer.rpartition("/")
    top, *inner = tokens_of(pointer)
    if top not in ("approaches", "rates") or name in FROM_ELSEWHERE:
        return False
    whole = top == "approaches" and name != "usd_per_gpu_hour"
    places = [f"/approaches/{escaped(inner[0])}/", "/workload/"] if whole else [f"{above}/"]
    return not any(f"{each}/".startswith(place) for each in wrong for place in places)
