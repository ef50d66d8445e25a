"""A range takes another shape or becomes one value, and what the engine computes with stays."""

from copy import deepcopy
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from estimator.presets import presets
from estimator.scenario import Range
from estimator.web.documents import write_yaml
from estimator.web.form.actions import act, read_sent
from estimator.web.form.draft import Draft, digest


def done(document: dict[str, Any], action: str) -> dict[str, Any]:
    """Press a button."""
    draft = Draft(deepcopy(document))
    act(draft, action)
    return dict(draft.document)


def laid(document: dict[str, Any], **fields: str) -> dict[str, Any]:
    """Send fields over a document."""
    text = write_yaml(document)
    return dict(read_sent({"scenario": text, "digest": digest(text), **fields}, set()).document)


RANGES = st.one_of(
    st.tuples(st.sampled_from(["uniform", "lognormal"]), st.lists(st.floats(0.5, 1e6), min_size=2, max_size=2)).map(
        lambda drawn: {"dist": drawn[0], "low": min(drawn[1]), "high": max(drawn[1])}
    ),
    st.tuples(st.sampled_from(["pert", "triangular"]), st.lists(st.floats(0.5, 1e6), min_size=3, max_size=3)).map(
        lambda drawn: {"dist": drawn[0], **dict(zip(("low", "mode", "high"), sorted(drawn[1]), strict=True))}
    ),
    st.builds(
        lambda mean, share: {"dist": "normal", "mean": mean, "sd": mean * share}, st.floats(1, 1e6), st.floats(0, 0.5)
    ),
)


@given(RANGES, st.sampled_from(["pert", "triangular", "normal", "single"]))
def test_another_shape_with_a_base_of_its_own_keeps_that_of_the_range(value: dict[str, Any], dist: str) -> None:
    """The base is that of the engine (scenario/ranges.py): the number that an estimate without draws takes."""
    expected = pytest.approx(Range(**value).base)
    at = "/workload/requests_per_month"
    document = {"workload": {"requests_per_month": value}}
    if dist == "single":
        assert done(document, f"single:{at}")["workload"]["requests_per_month"] == expected
    elif dist != value["dist"]:
        changed = laid(document, **{f"{at}#dist": dist})["workload"]["requests_per_month"]
        assert Range(**changed).base == expected


def test_one_value_in_the_place_of_a_range_leaves_the_totals(client: FlaskClient) -> None:
    """The median of a lognormal range with P10 20,000 and P90 150,000 is the root of their product, 54,772."""
    scenario = deepcopy(presets()["prototype"].scenario)
    at = "/workload/requests_per_month"
    scenario["workload"]["requests_per_month"] = {"dist": "lognormal", "low": 20_000, "high": 150_000}
    one = done(scenario, f"single:{at}")
    assert one["workload"]["requests_per_month"] == pytest.approx(54_772.2558, rel=1e-8)
    before, after = (client.post("/api/v1/estimates", json=each).get_json()["approaches"] for each in (scenario, one))
    for name, each in before.items():
        assert after[name]["total_usd"] == pytest.approx(each["total_usd"])


def test_whole_numbers_stay_whole_in_another_shape() -> None:
    """Between 10 and 15 replicas lie 12.5, which no field takes."""
    at = "/approaches/own/serving/min_replicas"
    serving = {"kind": "gpus", "min_replicas": {"dist": "uniform", "low": 10, "high": 15}}
    document = {"approaches": {"own": {"kind": "fine_tuning", "serving": serving}}}
    assert done(document, f"single:{at}")["approaches"]["own"]["serving"]["min_replicas"] == 12
    changed = laid(document, **{f"{at}#dist": "pert"})["approaches"]["own"]["serving"]["min_replicas"]
    assert changed == {"low": 10, "mode": 12, "high": 15}


@pytest.mark.parametrize("dist", ["uniform", "normal", "lognormal"])
def test_a_range_that_cannot_be_read_yet_takes_another_shape(dist: str) -> None:
    at = "/labelling/seconds_per_label"
    held = {"low": "sixty", "mode": None, "high": 180}
    changed = laid({"labelling": {"seconds_per_label": held}}, **{f"{at}#dist": dist})["labelling"]["seconds_per_label"]
    assert changed.get("low", "sixty") == "sixty"
    assert changed["dist"] == dist
