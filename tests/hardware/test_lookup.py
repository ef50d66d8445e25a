"""The optional look-up of measured kernels, with a stand-in for the package that answers what it was asked."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from estimator.hardware import lookup
from estimator.hardware.catalogue import base_model, gpu
from estimator.hardware.lookup import look_up
from estimator.hardware.serving import estimate_serving
from estimator.hardware.setup import ServingSetup

LLAMA, H100 = base_model("Llama-3.1-8B"), gpu("H100-SXM")
SETUP = ServingSetup(engine="tensorrt-llm", weight_bits=8.0, kv_bits=8.0, concurrency=64.0)


@pytest.fixture
def asked(monkeypatch) -> dict:
    """Put a package in place that says 5,000 tokens/s, and remember what it was asked."""
    seen: dict = {}

    def cli_estimate(folder, system, **options):
        seen.update(options, system=system, config=json.loads(Path(folder, "config.json").read_text()))
        if seen["tp_size"] == 8:
            raise RuntimeError("out of memory")
        speed = 0.0 if seen["isl"] == 1 else 5000.0
        return SimpleNamespace(tokens_per_second=speed, tpot=10.0, ttft=50.0)

    for name in ("aiconfigurator", "aiconfigurator.cli", "aiconfigurator.cli.api"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sys.modules["aiconfigurator.cli.api"].cli_estimate = cli_estimate
    monkeypatch.setattr(lookup, "is_installed", lambda: True)
    return seen


def test_the_answer_says_who_spoke(asked) -> None:
    answer = estimate_serving(LLAMA, H100, SETUP, ask_aiconfigurator=True)
    assert answer.answered_by == "aiconfigurator"
    assert answer.output_tokens_per_second.p50 == 5000.0
    assert answer.decode_tokens_per_second.p50 == pytest.approx(64 / 0.010)
    assert answer.time_to_first_token_ms.p50 == 50.0
    assert answer.requests_per_second.p50 == pytest.approx(5000.0 / 256)
    assert (asked["system"], asked["backend_name"], asked["gemm_quant_mode"]) == ("h100_sxm", "trtllm", "fp8")
    assert asked["batch_size"] == 64
    assert asked["config"]["num_key_value_heads"] == 8
    roofline = estimate_serving(LLAMA, H100, SETUP)
    assert roofline.answered_by == "roofline"
    assert answer.output_tokens_per_second.sigma != roofline.output_tokens_per_second.sigma


@pytest.mark.parametrize(
    ("model", "card", "setup"),
    [
        ("Qwen3-30B-A3B", "H100-SXM", SETUP),
        ("phi-2", "H100-SXM", SETUP),
        ("Gemma-2-9b", "H100-SXM", SETUP),
        ("Llama-3.1-8B", "MI300X", SETUP),
        ("Llama-3.1-8B", "H100-SXM", replace(SETUP, engine="tgi")),
        ("Llama-3.1-8B", "H100-SXM", replace(SETUP, kv_bits=4.0)),
        ("Llama-3.1-8B", "H100-SXM", replace(SETUP, weight_bits=np.array([8.0, 16.0]))),
        ("Llama-3.1-8B", "H100-SXM", replace(SETUP, tensor_parallel=8.0)),
        ("Llama-3.1-8B", "H100-SXM", replace(SETUP, input_tokens=1.0)),
    ],
)
def test_what_it_does_not_cover(asked, model, card, setup) -> None:
    assert look_up(base_model(model), gpu(card), setup, 8.0) is None


def test_uncovered_deployments_fall_back_to_the_roofline(asked) -> None:
    assert estimate_serving(LLAMA, gpu("MI300X"), SETUP, ask_aiconfigurator=True).answered_by == "roofline"


def test_without_the_package(monkeypatch) -> None:
    monkeypatch.setattr(lookup, "PACKAGE", "no_such_package_here")
    assert not lookup.is_installed()
    assert look_up(LLAMA, H100, SETUP, 8.0) is None
