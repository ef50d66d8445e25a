import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from estimator.hardware.catalogue import base_model, gpu
from estimator.hardware.serving import estimate_serving
from estimator.hardware.setup import ServingSetup
from estimator.web.api.resources import EXAMPLE


def post(client: FlaskClient, sent: Any, status: int = 200) -> Any:
    answer = client.post("/api/v1/resources", json=sent)
    assert answer.status_code == status, answer.data
    return json.loads(answer.data)


def test_both_parts_are_answered_with_their_errors(client: FlaskClient) -> None:
    found = post(client, EXAMPLE)
    for part, name in (
        ("training", "tokens_per_second"),
        ("training", "gpu_hours"),
        ("serving", "requests_per_second"),
    ):
        spread = found[part][name]
        assert 0 < spread["p10"] < spread["p50"] < spread["p90"]
    memory = found["training"]["memory_gib_per_gpu"]
    assert sum(memory["parts"].values()) == pytest.approx(memory["allocated"]["p50"])
    assert found["assumptions"]
    assert all(each["pointer"].startswith(("/training", "/serving")) for each in found["assumptions"])


def test_every_unknown_name_of_both_parts_is_reported(client: FlaskClient) -> None:
    asked = {"training": {"base_model": "Llama-3.1-8BB", "gpu": "H100-SMX"}, "serving": {"gpu": "A101-80GB"}}
    refusal = client.post("/api/v1/resources", json=asked)
    assert refusal.status_code == 422
    assert [each["pointer"] for each in refusal.json["errors"]] == [
        "/training/base_model",
        "/training/gpu",
        "/serving/gpu",
    ]


def test_the_figures_are_those_of_the_hardware_model(client: FlaskClient) -> None:
    found = post(client, {"serving": EXAMPLE["serving"]})
    setup = ServingSetup(input_tokens=1024.0, output_tokens=256.0)
    expected = estimate_serving(base_model("Llama-3.1-8B"), gpu("H100-SXM"), setup)
    assert found["serving"]["output_tokens_per_second"]["p50"] == expected.output_tokens_per_second.p50
    assert found["training"] is None


def test_a_job_that_does_not_fit_is_told_the_ways_out_and_each_of_them_fits(client: FlaskClient) -> None:
    job = {"base_model": "Llama-3.1-8B", "gpu": "RTX-4090", "method": "lora", "sequence_tokens": 8192, "micro_batch": 4}
    found = post(client, {"training": job})["training"]
    assert found["fits"]["answer"] == "no"
    assert found["ways_out"]
    for way in found["ways_out"]:
        changed = {**job, **{each["pointer"].removeprefix("/training/"): each["value"] for each in way["changes"]}}
        again = post(client, {"training": changed})["training"]
        assert again["memory_gib_per_gpu"]["allocated"]["p50"] <= found["memory_gib_per_gpu"]["allocated"]["p50"]


def test_a_shape_stands_in_the_place_of_a_base_model(client: FlaskClient) -> None:
    found = post(client, {"serving": {"shape": {"params_b": 7}, "gpu": "H100-SXM"}})
    assert found["serving"]["largest_batch"] > 1


@pytest.mark.parametrize(
    ("sent", "pointer", "words"),
    [
        ({}, "", "training, for serving, or for both"),
        ({"training": {"base_model": "Llama-3.1-8", "gpu": "H100-SXM"}}, "/training/base_model", "Llama-3.1-8B"),
        ({"serving": {"base_model": "Llama-3.1-8B", "gpu": "H10"}}, "/serving/gpu", "H100-SXM"),
        ({"serving": {"gpu": "H100-SXM"}}, "/serving/base_model", "base_model or give a shape"),
        (
            {"serving": {"base_model": "Llama-3.1-8B", "gpu": "H100-SXM", "weight_bits": 5}},
            "/serving/weight_bits",
            "4, 8",
        ),
        ({"training": {"gpu": "H100-SXM", "lora_ranc": 5}}, "/training/lora_ranc", "lora_rank"),
        ({"serving": {"base_model": "Llama-3.1-405B", "gpu": "T4"}}, "/serving", ""),
        (
            {"serving": {"shape": {"params_b": 7, "experts_per_token": 9}, "gpu": "H100-SXM"}},
            "/serving/shape/experts_per_token",
            "more experts than",
        ),
    ],
)
def test_what_cannot_be_is_told_with_its_pointer(client: FlaskClient, sent: Any, pointer: str, words: str) -> None:
    (found,) = post(client, sent, 422)["errors"]
    assert found["pointer"].startswith(pointer)
    assert words in found["detail"]
