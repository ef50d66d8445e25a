"""A working names what its figure is worked out from: recomputed here from what stands in it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.approaches.predictions import MEDIAN_ERRORS
from estimator.presets import presets

VALIDATION = Path(__file__).parents[3] / "docs" / "validation.md"
TUNED, HYBRID = "tuned 8B on own replicas", "tuned first, hard calls escalated"


def traced(client: FlaskClient, scenario: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/api/v1/estimates?include=trace,assumptions", json=scenario)
    found: dict[str, Any] = answer.get_json()["approaches"]
    return found


def workings(client: FlaskClient, scenario: dict[str, Any]) -> str:
    sent = {"scenario": json.dumps(scenario), "do": "open:workings"}
    return client.post("/estimate", data=sent).get_data(as_text=True)


def working(page: str, figure: str) -> str:
    part = page.partition(f'id="working-{figure}"')[2].partition("</details>")[0]
    return re.sub("<[^>]+>", "", part.replace("<br>", "\n"))


def number(text: str, name: str) -> float:
    return float(re.findall(rf"\b{name} ([\d,.]*\d)", text)[-1].replace(",", ""))


def test_a_tuned_model_is_ready_after_the_work_that_its_working_names(client: FlaskClient) -> None:
    scenario = presets()["review-sentiment"].scenario
    told = working(workings(client, scenario), "2-ready")
    hours = number(told, "annotator hours") / number(told, "annotators")
    hours += number(told, "expert hours") + number(told, "engineer hours")
    months = hours / (number(told, "hours per week") * 52 / 12) + number(told, "training hours") / 730
    assert months == pytest.approx(traced(client, scenario)[TUNED]["lead_time_months"], rel=1e-3)
    assert "L = (H_label / n_people + H_expert + H_engineer) / (h_week 52/12) + H_train / 730" in told


def test_combinations_are_ready_when_their_parts_are(client: FlaskClient) -> None:
    page = workings(client, presets()["support-transcripts"].scenario)
    place = list(presets()["support-transcripts"].scenario["approaches"]).index(HYBRID) + 1
    told = working(page, f"{place}-ready")
    assert "the later of:" in told
    assert "tuned 9B by the token 1.5 months" in told
    assert "As stated" not in told
    stated = json.loads(json.dumps(presets()["support-transcripts"].scenario))
    stated["approaches"][HYBRID]["lead_time_months"] = 3
    assert "As stated in the scenario." in working(workings(client, stated), f"{place}-ready")
    staged = working(workings(client, presets()["review-sentiment"].scenario), "3-ready")
    assert "It serves when few-shot prompt does; tuned 8B on own replicas comes at the switch." in staged


def test_energy_and_memory_follow_from_what_stands_beside_them(client: FlaskClient) -> None:
    """An A100 SXM is rated at 400 W (its data sheet); the parts of the memory are those of the hardware model."""
    scenario = presets()["review-sentiment"].scenario
    found, page = traced(client, scenario)[TUNED], workings(client, scenario)
    energy = working(page, "2-energy_kwh")
    assert number(energy, "power watts") == 400
    by_hand = number(energy, "gpu hours") * 400 * number(energy, "load share") * number(energy, "pue") / 1000
    assert by_hand == pytest.approx(found["resources"]["energy_kwh"], rel=1e-3)
    memory = working(page, "2-memory_gib_per_gpu")
    parts = [float(each.replace(",", "")) for each in re.findall(r"\w+ gib ([\d.,]*\d)", memory)]
    assert len(parts) == 6
    assert sum(parts) == pytest.approx(found["resources"]["memory_gib_per_gpu"], rel=1e-3)
    for named in ("Qwen3-8B", "A100-80GB-SXM", "method lora", "8.6% off in the median", "four in five measurements"):
        assert named in memory


HANDED_ON = (
    "change",
    "run_usd",
    "runs_usd",
    "scorings_usd",
    "scoring",
    "run_gpu_hours",
    "tokens_per_second",
    "prefill_tokens_per_second",
    "decode_tokens_per_second",
)


@pytest.mark.parametrize("preset", sorted(presets()))
def test_no_number_comes_from_nowhere(client: FlaskClient, preset: str) -> None:
    """What one formula hands to the next is the value of a formula above it, or the total of a component."""
    for approach in traced(client, presets()[preset].scenario).values():
        totals = [each["upfront_usd"] for each in approach["components"]]
        for component in approach["components"]:
            above: list[Any] = []
            for step in component["trace"]:
                for name in HANDED_ON:
                    value = step["inputs"].get(name)
                    assert value is None or value in above or value in totals, (component["id"], step["name"], name)
                above.append(step["value"])


def test_a_predicted_speed_names_its_model_and_makes_the_hours(client: FlaskClient) -> None:
    scenario = presets()["review-sentiment"].scenario
    steps = {
        step["name"]: step
        for component in traced(client, scenario)[TUNED]["components"]
        for step in component["trace"]
        if component["id"] in ("training", "hosting")
    }
    job, speed = steps["job_gpu_hours"], steps["tokens_per_second"]
    given = job["inputs"]
    hours = given["training_tokens"] / speed["value"] * given["gpus"] * given["overhead_factor"] / 3600
    assert job["value"] == pytest.approx(hours, rel=1e-12)
    assert given["overhead_factor"] == pytest.approx(1.295)  # job_overhead of pricing/hardware_constants.csv
    for name in ("tokens_per_second", "prefill_tokens_per_second", "decode_tokens_per_second"):
        assert steps[name]["p10"] < steps[name]["value"] < steps[name]["p90"]
        assert "docs/validation.md" in steps[name]["equation"]


def test_the_errors_that_are_told_are_the_measured_ones() -> None:
    table = VALIDATION.read_text().partition("## Summary")[2].partition("\n\nTraining speed after")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("| ")]
    unseen = {row[0].lower(): float(row[3].rstrip(" %")) / 100 for row in rows[2:]}
    assert unseen == pytest.approx(MEDIAN_ERRORS)


def test_dated_sums_name_their_months(client: FlaskClient) -> None:
    """Models that last 15 months are left in month 15 of 24."""
    page = workings(client, presets()["support-transcripts"].scenario)
    told = working(page, "1-end_of_life")
    assert re.search(r"periodic = [\d,.]+ in month 15, else 0", told)
    assert not re.search(r" 0 … 0\b", page)


def test_answered_well_says_which_of_both_it_is(client: FlaskClient) -> None:
    """A curve without a gap to close stays at its plateau: q = 0.95 - 2 / sqrt(1,600) = 0.9 by hand."""
    scenario = json.loads(json.dumps(presets()["support-transcripts"].scenario))
    page = workings(client, scenario)
    assert "or from its quality curve" not in page
    assert "As stated in the scenario." in working(page, "1-success")
    tuned = scenario["approaches"]["tuned 9B by the token"]
    del tuned["success_rate"]
    tuned |= {"train_examples": 1600, "quality": {"plateau": 0.95, "gap": 2.0, "exponent": 0.5}}
    told = working(workings(client, scenario), "2-success")
    assert "Read from the quality curve." in told
    assert "q(D) = q_max - a D^-beta" in told
    assert number(told, "plateau") - number(told, "gap") / number(told, "examples") ** 0.5 == pytest.approx(0.9)


def test_what_is_paid_for_each_task_says_so(client: FlaskClient) -> None:
    scenario = {**presets()["prototype"].scenario, "tasks": 3}
    page = workings(client, scenario)
    one = traced(client, {**scenario, "tasks": 1})["tuned 4B by the token"]["components"]
    three = traced(client, scenario)["tuned 4B by the token"]["components"]
    training, thrice = (next(each for each in found if each["id"] == "training") for found in (one, three))
    assert thrice["total_usd"] == pytest.approx(3 * training["total_usd"])
    assert "What the formulas give before the start, times 3 tasks." in working(page, "2-training")
    assert "times" not in working(page, "2-inference")
