"""A portfolio: a row out for every row in, in its order, each as its own estimate says."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from estimator.errors import ScenarioError
from estimator.estimate import estimate
from estimator.price_book import Library
from estimator.scenario import Scenario
from estimator.sweeps import portfolio, read_csv, read_json_lines

Read = Callable[[Any], Scenario]
TABLE = """project,{requests},/approaches/prompt/prompt_tokens,/horizon_months,/rates/annotator_usd_per_hour
alpha,50000,1850,12,28
beta,many,1850,12,28
gamma,-5,1850,12,28
delta,50000,,24,
epsilon,50000,1850,12
zeta,50000,1850,7.5,28
eta,75000,900,12,35
""".format(requests="/workload/requests_per_month")


def answered(rows: Any, library: Library, read: Read, template: Scenario | None) -> list[dict[str, Any]]:
    return [row for part in portfolio(rows, library, read, template) for row in part.rows()]


def total_alone(document: dict[str, Any], library: Library, read: Read, **values: Any) -> dict[str, float]:
    document = copy.deepcopy(document)
    document["workload"]["requests_per_month"] = values.pop("requests")
    document["approaches"]["prompt"]["prompt_tokens"] = values.pop("prompt", 1850)
    document["rates"]["annotator_usd_per_hour"] = values.pop("wage", 28)
    found = estimate(read({**document, **values}), library, frozenset())
    return {name: float(curve.total_usd[0]) for name, curve in found.computed.curves.items()}


def test_a_table_over_a_template(document: dict[str, Any], library: Library, read: Read) -> None:
    rows = answered(read_csv(TABLE.splitlines()), library, read, read(document))
    assert [row["row"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [row["labels"].get("project") for row in rows] == [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
    ]
    wrong = {row["row"]: row["error"] for row in rows if row["error"]}
    assert {number: error["pointer"] for number, error in wrong.items()} == {
        2: "/workload/requests_per_month",
        3: "/workload/requests_per_month",
        5: "",
        6: "/horizon_months",
    }
    assert "'many'" in wrong[2]["detail"]
    assert rows[0]["total_usd"] == pytest.approx(total_alone(document, library, read, requests=50000))
    # an empty cell leaves what the template says
    assert rows[3]["total_usd"] == pytest.approx(
        total_alone(document, library, read, requests=50000, horizon_months=24)
    )
    assert rows[6]["total_usd"] == pytest.approx(
        total_alone(document, library, read, requests=75000, prompt=900, wage=35)
    )
    assert all((row["winner"] is None) == (row["error"] is not None) for row in rows)


def test_rows_may_name_different_pointers(document: dict[str, Any], library: Library, read: Read) -> None:
    lines = [
        {"/workload/requests_per_month": 50000, "id": 7},
        {"/approaches/prompt/serving/prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}},
        {"/workload/requests_per_moth": 50000},
        {"/delay_policy": "wait"},
        [],
        {"/workload/requests_per_month": True},
        {"/workload/requests_per_month": "100"},
    ]
    text = [json.dumps(line) for line in lines]
    text[1:1] = ["", "{nonsense", '{"/workload/requests_per_month": NaN}']
    rows = answered(read_json_lines(text), library, read, read(document))
    assert len(rows) == 9
    assert [row["error"] is None for row in rows] == [True, False, False, True] + [False] * 5
    assert rows[0]["labels"] == {"id": 7}
    assert "requests_per_month" in rows[4]["error"]["detail"]
    cheaper = copy.deepcopy(document)
    cheaper["approaches"]["prompt"]["serving"]["prices"] = {"input_usd_per_mtok": 1, "output_usd_per_mtok": 2}
    assert rows[3]["total_usd"] == pytest.approx(total_alone(cheaper, library, read, requests=200000))


def test_a_whole_scenario_a_line(document: dict[str, Any], library: Library, read: Read) -> None:
    other = copy.deepcopy(document)
    del other["approaches"]["later"]
    broken = {**document, "horizon_months": 0}
    lines = [json.dumps({**each, "name": name}) for name, each in (("one", document), ("two", other), ("x", broken))]
    rows = answered(read_json_lines([*lines, "7"]), library, read, None)
    assert [row["error"] is None for row in rows] == [True, True, False, False]
    assert rows[0]["labels"] == {"name": "one"}
    assert list(rows[1]["total_usd"]) == ["prompt", "tuned"]
    assert rows[2]["error"]["pointer"] == "/horizon_months"


def test_blocks_do_not_change_the_rows(
    document: dict[str, Any], library: Library, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = answered(read_csv(TABLE.splitlines()), library, read, read(document))
    monkeypatch.setattr("estimator.sweeps.projects.BLOCK_ROWS", 2)
    assert answered(read_csv(TABLE.splitlines()), library, read, read(document)) == whole


@pytest.mark.parametrize("table", ["", "\n", "a,a\n1,2\n"])
def test_a_table_without_a_clear_header_is_refused(table: str) -> None:
    with pytest.raises(ScenarioError):
        list(read_csv(table.splitlines()))
