"""POST /api/v1/sweeps and /api/v1/sensitivity."""

import csv
import io
import json

import pytest

from tests.two_sums import TWO_SUMS

pytestmark = pytest.mark.contract

TRAFFIC, UPFRONT = "/workload/requests_per_month", "/approaches/A/upfront_usd"
AXES = [
    {"pointer": "/workload/requests_per_month", "values": [100, 1000]},
    {"pointer": "/horizon_months", "values": [4, 10]},
]
# by hand: A = 100 + 0.01 V T, B = 0.03 V T; A breaks even after 100 / (0.02 V) months
EXPECTED = [
    ({"requests": 100, "months": 4}, 104.0, 12.0, "B", None),
    ({"requests": 100, "months": 10}, 110.0, 30.0, "B", None),
    ({"requests": 1000, "months": 4}, 140.0, 120.0, "B", None),
    ({"requests": 1000, "months": 10}, 200.0, 300.0, "A", 5.0),
]


def ask(client, path, body, accept="application/json"):
    return client.post(f"/api/v1/{path}", json=body, headers={"Accept": accept})


def test_a_grid_has_a_row_for_every_combination_the_first_axis_slowest(client):
    rows = ask(client, "sweeps", {"scenario": TWO_SUMS, "axes": AXES}).get_json()["rows"]
    for row, (values, dear, cheap, winner, first) in zip(rows, EXPECTED, strict=True):
        assert list(row["values"].values()) == [values["requests"], values["months"]]
        assert row["total_usd"] == pytest.approx({"A": dear, "B": cheap})
        assert row["winner"] == winner
        assert row["break_even"]["A"]["first"] == (None if first is None else pytest.approx(first))


def test_the_same_rows_come_as_csv_and_as_json_lines(client):
    body = {"scenario": TWO_SUMS, "axes": AXES}
    rows = ask(client, "sweeps", body).get_json()["rows"]
    lines = ask(client, "sweeps", body, "application/x-ndjson").get_data(as_text=True).splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = list(csv.DictReader(io.StringIO(ask(client, "sweeps", body, "text/csv").get_data(as_text=True))))
    assert [float(line["total_usd A"]) for line in table] == pytest.approx([row["total_usd"]["A"] for row in rows])


@pytest.mark.parametrize(
    ("axes", "pointer"),
    [
        ([{"pointer": "/workload/requests_per_month"}], "/axes/0"),
        ([{"pointer": "/workload/requests", "from": 1, "to": 2}], "/axes/0/pointer"),
        ([{"pointer": "/workload/requests_per_month", "from": 1, "to": 2, "values": [1]}], "/axes/0"),
        ([], "/axes"),
    ],
)
def test_an_axis_that_says_nothing_or_too_much_is_refused_at_its_place(client, axes, pointer):
    answer = ask(client, "sweeps", {"scenario": TWO_SUMS, "axes": axes})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"].startswith(pointer)


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        (
            [
                {"pointer": TRAFFIC, "from": 1, "to": 9, "points": 2000},
                {"pointer": UPFRONT, "from": 1, "to": 9, "points": 200},
            ],
            "200000",
        ),
        (
            [
                {"pointer": "/horizon_months", "from": 1, "to": 600, "points": 600},
                {"pointer": "/start_date", "values": [f"2027-01-{day:02}" for day in range(1, 11)]},
            ],
            "one by one",
        ),
        ([{"pointer": TRAFFIC, "from": 1, "to": 9, "points": 2001}], "at most 2000"),
    ],
)
def test_a_grid_that_is_too_large_is_refused_before_it_is_computed(client, axes, words):
    answer = ask(client, "sweeps", {"scenario": TWO_SUMS, "axes": axes})
    assert answer.status_code == 422
    assert words in answer.get_json()["errors"][0]["detail"]


def test_a_grid_is_byte_for_byte_the_same_each_time(client):
    body = {"scenario": TWO_SUMS, "axes": AXES}
    assert ask(client, "sweeps", body).data == ask(client, "sweeps", body).data


def test_flags_can_be_swept(client):
    axes = [{"pointer": "/approaches/C/serving/autoscaled", "values": [True, False]}]
    gpus = {"kind": "gpus", "base_model": "Llama-3.1-8B", "gpu": "H100-SXM", "min_replicas": 0}
    prompt = {"kind": "prompt_engineering", "prompt_tokens": 500, "effort_hours": 1, "serving": gpus}
    scenario = {**TWO_SUMS, "approaches": {**TWO_SUMS["approaches"], "C": prompt}}
    busy, kept = ask(client, "sweeps", {"scenario": scenario, "axes": axes}).get_json()["rows"]
    assert (busy["values"], kept["values"]) == ({axes[0]["pointer"]: True}, {axes[0]["pointer"]: False})
    assert busy["total_usd"]["C"] < kept["total_usd"]["C"]


def test_a_tornado_is_sorted_by_swing_and_knows_the_difference_at_both_ends(client):
    found = ask(client, "sensitivity", {"scenario": TWO_SUMS, "candidate": "A", "baseline": "B"}).get_json()
    swings = [bar["swing"] for bar in found["tornado"]]
    assert swings == sorted(swings, reverse=True)
    bar = next(each for each in found["tornado"] if each["pointer"] == "/workload/requests_per_month")
    # D = 100 - 0.02 V T with V at 0.8 and 1.2 of 1,000 and T = 10
    assert (bar["low"], bar["high"]) == pytest.approx((800, 1200))
    assert (bar["at_low"], bar["at_high"]) == pytest.approx((-60, -140))


def test_an_unknown_approach_names_the_nearest_one(client):
    answer = ask(client, "sensitivity", {"scenario": TWO_SUMS, "candidate": "AA"})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/candidate"


def test_a_job_that_fits_no_number_of_gpus_is_excluded_and_breaks_nothing(client):
    tuned = {
        "kind": "fine_tuning",
        "serving": {"kind": "api", "prices": {"input_usd_per_mtok": 1, "output_usd_per_mtok": 1}},
    }
    tuned["training"] = {"kind": "gpus", "gradient_checkpointing": False}
    scenario = {**TWO_SUMS, "approaches": {**TWO_SUMS["approaches"], "0": tuned}}
    scenario["workload"] = {"requests_per_month": 250000, "input_tokens": 400, "output_tokens": 20}
    answer = ask(client, "options", {"scenario": scenario, "models": [], "services": []})
    assert answer.status_code == 200
    assert answer.get_json()["excluded_found"] > 0
