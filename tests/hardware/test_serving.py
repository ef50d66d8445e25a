"""Serving: floors and ceilings as properties, a published sweep, latency, refusals, candidates in arrays."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from estimator.errors import ImpossibleSetupError, ScenarioError, UnknownNameError
from estimator.hardware.adapters import adapter_params
from estimator.hardware.catalogue import base_model, gpu
from estimator.hardware.constants import constants
from estimator.hardware.serving import estimate_serving
from estimator.hardware.serving_speed import (
    cached_tokens,
    decode_step,
    fitting_batch,
    kv_bytes_per_token,
    prefill_seconds,
    served_weight_bytes,
)
from estimator.hardware.setup import ServingSetup
from estimator.hardware.shapes import infer_shape, stack
from estimator.scenario.serving import ENGINES

LLAMA, H100, A100 = base_model("Llama-3.1-8B"), gpu("H100-SXM"), gpu("A100-80GB-SXM")
models = st.sampled_from(["Llama-3.1-8B", "Qwen2.5-14B", "Qwen3-30B-A3B", "gpt-oss-20b", "Llama-3.3-70B"]).map(
    base_model
)
cards = st.sampled_from(["A100-80GB-SXM", "H100-SXM", "H200-SXM", "B200", "MI300X", "L40S"]).map(gpu)
setups = st.builds(
    ServingSetup,
    tensor_parallel=st.sampled_from([1.0, 2.0, 4.0, 8.0]),
    engine=st.sampled_from(ENGINES),
    weight_bits=st.sampled_from([4.0, 8.0, 16.0]),
    kv_bits=st.sampled_from([8.0, 16.0]),
    input_tokens=st.sampled_from([128.0, 1024.0, 4096.0]),
    output_tokens=st.sampled_from([64.0, 512.0]),
)


def can_run(model, card, setup) -> bool:
    tokens = setup.input_tokens + setup.output_tokens
    return model.n_heads % setup.tensor_parallel == 0 and bool(
        fitting_batch(model, card, setup, tokens, constants("serving_speed")) >= 1
    )


@pytest.mark.property
@settings(max_examples=200, deadline=None)
@given(models, cards, setups, st.sampled_from([1.0, 8.0, 64.0]))
def test_decode_never_beats_bandwidth_and_prefill_never_beats_the_peak(model, card, setup, batch) -> None:
    fit = constants("serving_speed")
    bandwidth = card.memory_bandwidth_gb_s * 1e9 * setup.tensor_parallel
    cache = batch * kv_bytes_per_token(model, setup.kv_bits) * cached_tokens(model, setup.input_tokens)
    head = 2.0 * model.vocab_size * model.hidden_size
    touched = model.block_params * setup.weight_bits / 8 * min(1.0, model.experts_per_token / model.n_experts)
    step = float(decode_step(model, card, setup, batch, setup.input_tokens, fit))
    assert step * bandwidth > (touched if model.n_experts == 1 else 0) + head + cache
    first = float(prefill_seconds(model, card, setup, setup.input_tokens, fit))
    fastest = max(card.bf16_tflops, card.fp8_tflops, card.fp4_tflops) * 1e12 * setup.tensor_parallel
    assert first * fastest > 2.0 * model.active_block_params * setup.input_tokens


@pytest.mark.property
@settings(max_examples=150, deadline=None)
@given(models, cards, setups)
def test_more_requests_in_flight_are_never_slower_together_and_never_faster_each(model, card, setup) -> None:
    assume(can_run(model, card, setup))
    few = estimate_serving(model, card, replace(setup, concurrency=2.0))
    many = estimate_serving(model, card, replace(setup, concurrency=8.0))
    assert many.output_tokens_per_second.p50 >= few.output_tokens_per_second.p50
    assert many.time_to_first_token_ms.p50 >= few.time_to_first_token_ms.p50
    if many.batch > few.batch:
        each = many.decode_tokens_per_second.p50 / many.batch
        assert each <= few.decode_tokens_per_second.p50 / few.batch
    assert many.output_tokens_per_second.p50 <= many.decode_tokens_per_second.p50
    assert few.output_tokens_per_second.p10 < few.output_tokens_per_second.p50 < few.output_tokens_per_second.p90


@pytest.mark.property
@settings(max_examples=100, deadline=None)
@given(models, cards, setups)
def test_room_grows_with_packing_and_shrinks_with_length(model, card, setup) -> None:
    fit = constants("serving_speed")

    def room(**changes) -> float:
        return float(fitting_batch(model, card, replace(setup, **changes), 2048.0, fit))

    assert room(weight_bits=4.0) > room(weight_bits=16.0)
    assume(room(kv_bits=16.0) > 0)
    assert room(kv_bits=8.0) == pytest.approx(2.0 * room(kv_bits=16.0))
    assert fitting_batch(model, card, setup, 8192.0, fit) < fitting_batch(model, card, setup, 1024.0, fit)
    assert room(adapters=10.0) < room()


@pytest.mark.golden
def test_a_published_sweep_of_concurrency() -> None:
    # NVIDIA NIM, Llama-3.3-70B in fp8 on two H100, 5,000 tokens in and 500 out: inside a factor of 1.5 all along
    measured = {1: 51.67, 5: 218.48, 25: 623.4, 50: 814.37, 100: 917.26, 150: 920.9}
    setup = ServingSetup(
        engine="tensorrt-llm",
        tensor_parallel=2.0,
        weight_bits=8.0,
        kv_bits=8.0,
        input_tokens=5000.0,
        output_tokens=500.0,
    )
    model = base_model("Llama-3.3-70B")
    speeds = []
    for concurrency, tokens in measured.items():
        answer = estimate_serving(model, H100, replace(setup, concurrency=float(concurrency)))
        speeds.append(answer.output_tokens_per_second.p50)
        assert tokens / 1.5 < speeds[-1] < tokens * 1.5
    assert speeds == sorted(speeds)
    assert speeds[-1] == speeds[-2]
    assert "concurrency_above_memory" in {w.code for w in answer.warnings}


def test_cache_by_hand() -> None:
    # 2 x 32 layers x 8 heads x 128 x 2 bytes; DeepSeek-V3 keeps 512 + 64 numbers a layer, 61 layers, 2 bytes
    assert kv_bytes_per_token(LLAMA, 16.0) == 2 * 32 * 8 * 128 * 2
    assert kv_bytes_per_token(LLAMA, 8.0) == 32 * 8 * 128 * 2
    assert kv_bytes_per_token(base_model("DeepSeek-V3"), 16.0) == 61 * 576 * 2
    gemma = base_model("Gemma-2-9b")
    assert cached_tokens(gemma, 8192.0) == 0.5 * 8192 + 0.5 * 4096
    assert cached_tokens(LLAMA, 8192.0) == 8192.0


def test_the_batch_that_fits_by_hand() -> None:
    setup = ServingSetup(memory_share=0.5, adapters=4.0, adapter_rank=8.0, adapter_targets="q,v")
    fit = constants("serving_speed").replaced({"reserve_gib": 1.0})
    adapters = 4 * 2 * adapter_params(LLAMA, 8.0, "q,v")
    room = 0.5 * 79.2 * 2**30 - (LLAMA.block_params + LLAMA.embedding_params) * 2 - adapters - 2**30
    assert fitting_batch(LLAMA, A100, setup, 1000.0, fit) == pytest.approx(room / (131072 * 1000))
    assert served_weight_bytes(LLAMA, 16.0) == pytest.approx(8.03e9 * 2)


def test_one_key_value_head_cannot_be_divided() -> None:
    falcon = base_model("Falcon-7B")
    fit = constants("serving_speed")
    alone = fitting_batch(falcon, H100, ServingSetup(), 1024.0, fit)
    shape = replace(falcon, n_heads=72.0)
    both = fitting_batch(shape, H100, ServingSetup(tensor_parallel=2.0), 1024.0, fit)
    assert both < 1.3 * alone


def test_a_latency_target_limits_the_requests_in_flight() -> None:
    free = estimate_serving(LLAMA, A100, ServingSetup(input_tokens=4096.0))
    target = 0.9 * free.time_to_first_token_ms.p50
    held = estimate_serving(LLAMA, A100, ServingSetup(input_tokens=4096.0, time_to_first_token_ms=target))
    assert held.batch < free.batch
    assert held.time_to_first_token_ms.p50 <= target
    impossible = estimate_serving(LLAMA, A100, ServingSetup(time_to_first_token_ms=0.001))
    assert impossible.batch == 1
    assert "latency_out_of_reach" in {w.code for w in impossible.warnings}


def test_replicas_for_a_demand() -> None:
    setup = ServingSetup(requests_per_second=100.0, max_utilisation=0.5, peak_to_average=2.0)
    answer = estimate_serving(LLAMA, A100, setup)
    assert answer.replicas == np.ceil(400.0 / answer.requests_per_second.p50)
    assert estimate_serving(LLAMA, A100, ServingSetup()).replicas is None
    assert estimate_serving(LLAMA, A100, ServingSetup(requests_per_second=1e-6)).replicas == 1.0


def test_a_static_batch_runs_in_even_waves() -> None:
    setup = ServingSetup(input_tokens=2048.0, output_tokens=2048.0, concurrency=200.0)
    flowing = estimate_serving(LLAMA, gpu("A100-40GB"), setup)
    waves = estimate_serving(LLAMA, gpu("A100-40GB"), replace(setup, static_batch=True))
    assert waves.batch == pytest.approx(200.0 / np.ceil(200.0 / flowing.batch))


def test_a_cached_prefix_is_not_read_again() -> None:
    cold = estimate_serving(LLAMA, A100, ServingSetup(input_tokens=4096.0))
    warm = estimate_serving(LLAMA, A100, ServingSetup(input_tokens=4096.0, prefix_hit_share=0.9))
    assert warm.time_to_first_token_ms.p50 < cold.time_to_first_token_ms.p50
    assert warm.output_tokens_per_second.p50 > cold.output_tokens_per_second.p50


@pytest.mark.parametrize(
    ("changes", "model", "says"),
    [
        ({"tensor_parallel": 3.0}, "Llama-3.1-8B", "use tensor_parallel 1, 2, 4"),
        ({"input_tokens": 4096.0}, "phi-2", "context is 2048"),
        ({}, "Llama-3.3-70B", "use tensor_parallel 2"),
        ({}, "Llama-3.1-405B", "use tensor_parallel 16"),
        ({}, "DeepSeek-V3", "use tensor_parallel 32"),
    ],
)
def test_impossible_deployments_say_what_would_work(changes, model, says) -> None:
    with pytest.raises(ImpossibleSetupError, match=says) as refusal:
        estimate_serving(base_model(model), H100, ServingSetup(**changes))
    assert refusal.value.pointer.startswith("/")


def test_a_model_for_no_group_of_these_gpus() -> None:
    with pytest.raises(ImpossibleSetupError, match="more memory"):
        estimate_serving(base_model("DeepSeek-V3"), gpu("T4"), ServingSetup())


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"engine": "vlm"}, UnknownNameError),
        ({"weight_bits": 5.0}, ScenarioError),
        ({"kv_bits": 3.0}, ScenarioError),
        ({"output_tokens": 0.0}, ScenarioError),
        ({"concurrency": 0.0}, ScenarioError),
    ],
)
def test_bad_input_is_refused(changes, error) -> None:
    with pytest.raises(error):
        estimate_serving(LLAMA, H100, ServingSetup(**changes))


def test_cautions() -> None:
    def codes(card: str, **changes) -> set[str]:
        return {w.code for w in estimate_serving(LLAMA, gpu(card), ServingSetup(**changes)).warnings}

    assert "few_measurements" in codes("MI300X")
    assert "no_fp8" in codes("A100", weight_bits=8.0)
    assert codes("H100", weight_bits=8.0) == set()


def test_candidates_in_arrays_get_the_answers_they_would_get_alone() -> None:
    rng = np.random.default_rng(3)
    count = 150
    shapes = [base_model(n) for n in rng.choice(["Llama-3.1-8B", "Qwen3-30B-A3B", "Llama-3.2-3B"], count)]
    sheets = [gpu(n) for n in rng.choice(["A100-80GB-SXM", "H100-SXM", "MI300X", "B200"], count)]
    engine = rng.choice(ENGINES, count)
    bits, tp = rng.choice([4.0, 8.0, 16.0], count), rng.choice([1.0, 2.0], count)
    together = estimate_serving(
        stack(shapes), stack(sheets), ServingSetup(engine=engine, weight_bits=bits, tensor_parallel=tp)
    )
    for i in range(count):
        setup = ServingSetup(engine=str(engine[i]), weight_bits=float(bits[i]), tensor_parallel=float(tp[i]))
        alone = estimate_serving(shapes[i], sheets[i], setup)
        assert together.output_tokens_per_second.p90[i] == pytest.approx(alone.output_tokens_per_second.p90)
        assert together.time_to_first_token_ms.p50[i] == pytest.approx(alone.time_to_first_token_ms.p50)
        assert together.largest_batch[i] == alone.largest_batch
        assert together.possible[i]


def test_impossible_candidates_are_marked() -> None:
    both = estimate_serving(stack([LLAMA, base_model("Llama-3.3-70B")]), H100, ServingSetup())
    assert both.possible.tolist() == [True, False]
    divided = estimate_serving(stack([LLAMA, LLAMA]), H100, ServingSetup(tensor_parallel=np.array([2.0, 3.0])))
    assert divided.possible.tolist() == [True, False]


def test_a_shape_alone_is_enough() -> None:
    answer = estimate_serving(infer_shape(params_b=8.0), H100, ServingSetup(concurrency=16.0))
    known = estimate_serving(LLAMA, H100, ServingSetup(concurrency=16.0))
    assert answer.output_tokens_per_second.p50 == pytest.approx(known.output_tokens_per_second.p50, rel=0.1)
