"""Training: limits and dimensions as properties, probes, refusals, candidates in arrays."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from estimator.errors import ImpossibleSetupError, ScenarioError, UnknownNameError
from estimator.hardware.adapters import adapter_params, target_modules, trained_embedding_params
from estimator.hardware.catalogue import base_model, gpu
from estimator.hardware.setup import TrainingSetup
from estimator.hardware.shapes import infer_shape, stack
from estimator.hardware.training import estimate_training, model_flop_per_token, training_speed
from estimator.hardware.training_fit import stated_gpus, training_memory
from estimator.scenario.training import METHODS, SHARDINGS, STACKS

LLAMA = base_model("Llama-3.1-8B")
A100, H100, CARD = gpu("A100-80GB-SXM"), gpu("H100-SXM"), gpu("RTX-4090")
models = st.sampled_from(["Llama-3.2-1B", "Llama-3.1-8B", "Qwen2.5-14B", "Qwen3-30B-A3B", "phi-2"]).map(base_model)
cards = st.sampled_from(["A100-80GB-SXM", "H100-SXM", "B200", "RTX-4090", "MI300X", "Gaudi2"]).map(gpu)
setups = st.builds(
    TrainingSetup,
    method=st.sampled_from(METHODS),
    lora_rank=st.sampled_from([8.0, 64.0]),
    stack=st.sampled_from(STACKS),
    sharding=st.sampled_from(SHARDINGS),
    gpus=st.sampled_from([1.0, 2.0, 8.0]),
    sequence_tokens=st.sampled_from([256.0, 1024.0, 2048.0]),
    micro_batch=st.sampled_from([1.0, 4.0]),
    gradient_checkpointing=st.booleans(),
    training_tokens=st.just(1e7),
)


def fitting(model, card, setup):
    """Answer with as many GPUs as it takes; some set-ups do not fit any number."""
    try:
        return estimate_training(model, card, replace(setup, gpus=None))
    except ImpossibleSetupError:
        reject()


@pytest.mark.property
@settings(max_examples=150, deadline=None)
@given(models, cards, setups)
def test_no_run_beats_the_peak(model, card, setup) -> None:
    speed = float(training_speed(model, card, setup).p50) / setup.gpus
    least_work = (4.0 if setup.method != "full" else 6.0) * (model.matmul_params)
    assert speed * least_work <= card.bf16_tflops * 1e12


@pytest.mark.property
@settings(max_examples=100, deadline=None)
@given(models, cards, setups)
def test_more_gpus_without_exchange_halve_the_time(model, card, setup) -> None:
    # adapters alone are exchanged once a step: with a link a thousand times faster nothing is left to exchange
    fast = replace(card, link_gb_s=1e9, network_gb_s=1e9, gpus_per_node=1024.0)
    setup = replace(setup, method="lora", sharding="ddp", cpu_offload=False)
    one = training_speed(model, fast, replace(setup, gpus=4.0)).p50
    two = training_speed(model, fast, replace(setup, gpus=8.0)).p50
    assert two == pytest.approx(2.0 * one, rel=1e-3)


@pytest.mark.property
@settings(max_examples=100, deadline=None)
@given(models, cards, setups)
def test_memory_grows_with_everything_it_should(model, card, setup) -> None:
    def peak(**changes) -> float:
        return float(training_memory(model, card, replace(setup, **changes)).allocated.p50)

    now = peak()
    assert peak(micro_batch=2 * setup.micro_batch) > now
    assert peak(sequence_tokens=2 * setup.sequence_tokens) > now
    assert peak(gradient_checkpointing=False) >= peak(gradient_checkpointing=True)
    assert peak(flash_attention=False) >= now
    assert peak(method="qlora", weight_bits=4.0) < peak(method="qlora", weight_bits=8.0)
    assert peak(method="lora", lora_rank=128.0) > peak(method="lora", lora_rank=8.0)
    assert peak(method="full", optimizer="sgd") <= peak(method="full", optimizer="adamw_8bit") <= peak(method="full")
    assert peak(method="full", sharding="fsdp", gpus=8.0) <= peak(method="full", sharding="fsdp", gpus=2.0)


@pytest.mark.property
@settings(max_examples=100, deadline=None)
@given(models, cards, setups)
def test_the_parts_add_up_and_the_quantiles_are_in_order(model, card, setup) -> None:
    answer = fitting(model, card, setup)
    parts = answer.memory.parts
    total = parts.weights + parts.gradients + parts.optimizer + parts.activations + parts.logits + parts.overhead
    assert total == pytest.approx(answer.memory.allocated.p50)
    assert answer.tokens_per_second.p10 < answer.tokens_per_second.p50 < answer.tokens_per_second.p90
    assert answer.memory.reserved.p50 > answer.memory.allocated.p50
    assert answer.gpu_hours.p50 == pytest.approx(answer.gpus * answer.wall_clock_hours.p50)
    assert answer.fits.answer in {"yes", "likely"}
    assert 0 < answer.mfu < 1


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(models, cards, setups)
def test_the_largest_micro_batch_fits_and_the_next_does_not(model, card, setup) -> None:
    answer = fitting(model, card, setup)
    most = answer.largest_micro_batch
    at_most = replace(setup, gpus=answer.gpus, sharding="fsdp" if answer.gpus > 1 else setup.sharding)
    if at_most.sharding in {"fsdp", setup.sharding} and most >= 1:
        room = float(card.memory_gib) * (1 + 1e-6)
        same = training_memory(model, card, replace(at_most, micro_batch=most)).allocated.p50
        more = training_memory(model, card, replace(at_most, micro_batch=most + 1)).allocated.p50
        if setup.sharding in {"none", "ddp", "fsdp"}:
            assert same <= room
            assert more > card.memory_gib * (1 - 1e-6)


def test_lora_approaches_two_thirds_of_the_work() -> None:
    setup = TrainingSetup(method="lora", lora_rank=1.0, lora_targets="q", sequence_tokens=1.0)
    ratio = model_flop_per_token(LLAMA, setup) / model_flop_per_token(LLAMA, replace(setup, method="full"))
    assert ratio == pytest.approx(2.0 / 3.0, abs=1e-4)


def test_attention_work_of_a_window() -> None:
    # Gemma 2: half of the layers see 4,096 tokens; a window of w costs a causal score as a sequence of 2 w would
    gemma = base_model("Gemma-2-9b")
    setup = TrainingSetup(method="full", sequence_tokens=16384.0)
    dense = replace(gemma, full_attention_share=1.0)
    width = 2.0 * 42 * 16 * 256 * 3
    difference = model_flop_per_token(dense, setup) - model_flop_per_token(gemma, setup)
    assert difference == pytest.approx(width * 0.5 * (16384 - 8192))


def test_a_probe_shifts_and_narrows() -> None:
    setup = TrainingSetup(training_tokens=1e8, probe={"tokens_per_second": 5000.0})
    answer = estimate_training(LLAMA, A100, setup)
    assert answer.tokens_per_second.p50 == pytest.approx(5000.0)
    before = answer.before_probe
    assert before.tokens_per_second.p50 != pytest.approx(5000.0)
    assert answer.tokens_per_second.sigma < before.tokens_per_second.sigma
    assert answer.gpu_hours.p50 / before.gpu_hours.p50 == pytest.approx(before.tokens_per_second.p50 / 5000.0)
    assert answer.mfu / before.mfu == pytest.approx(5000.0 / before.tokens_per_second.p50)


def test_a_probe_by_seconds_per_step() -> None:
    setup = TrainingSetup(gpus=2.0, sharding="ddp", micro_batch=4.0, probe={"seconds_per_step": 2.0})
    assert estimate_training(LLAMA, A100, setup).tokens_per_second.p50 == pytest.approx(2 * 4 * 2048 / 2.0)
    accumulated = replace(setup, gradient_accumulation=8.0)
    assert estimate_training(LLAMA, A100, accumulated).tokens_per_second.p50 == pytest.approx(8 * 2 * 4 * 2048 / 2.0)


def test_a_probe_of_another_length_scales_this_one() -> None:
    short = TrainingSetup(sequence_tokens=512.0)
    half = training_speed(LLAMA, A100, short).p50 / 2.0
    probe = {"tokens_per_second": half, "sequence_tokens": 512.0}
    answer = estimate_training(LLAMA, A100, TrainingSetup(sequence_tokens=2048.0, probe=probe))
    assert answer.tokens_per_second.p50 == pytest.approx(answer.before_probe.tokens_per_second.p50 / 2.0)
    same = estimate_training(LLAMA, A100, TrainingSetup(probe={"tokens_per_second": 1.0}))
    assert answer.tokens_per_second.sigma > same.tokens_per_second.sigma


def test_a_probe_of_memory() -> None:
    answer = estimate_training(LLAMA, CARD, TrainingSetup(probe={"peak_memory_gib": 23.0}))
    assert answer.memory.allocated.p50 == pytest.approx(23.0)
    assert answer.fits.answer == "likely"
    assert answer.before_probe.fits.answer != "yes"


def test_the_smallest_number_of_gpus_is_found_and_sharded() -> None:
    answer = estimate_training(base_model("Llama-3.1-70B"), A100, TrainingSetup(gpus=None, micro_batch=1.0))
    assert answer.gpus == answer.minimum_gpus == 4.0
    assert any(a.pointer == "/gpus" for a in answer.assumptions)
    assert estimate_training(LLAMA, A100, TrainingSetup(gpus=None)).gpus == 1.0


def test_what_would_make_it_fit() -> None:
    setup = TrainingSetup(method="full", micro_batch=8.0, gradient_checkpointing=False)
    answer = estimate_training(LLAMA, CARD, setup)
    assert answer.fits.answer == "no"
    (way,) = answer.ways_out
    assert len(way.changes) > 1
    assert way.memory_gib <= CARD.memory_gib
    nearly = TrainingSetup(micro_batch=4.0, gradient_checkpointing=False)
    single = {way.changes[0][0] for way in estimate_training(LLAMA, CARD, nearly).ways_out}
    assert "/gradient_checkpointing" in single
    assert estimate_training(LLAMA, A100, TrainingSetup()).ways_out == ()
    giant = TrainingSetup(method="full", precision="fp16", micro_batch=512.0, gpus=1024.0, sharding="fsdp")
    assert estimate_training(base_model("Llama-3.1-405B"), gpu("T4"), giant).ways_out == ()


def test_padding_restarts_and_overhead_lengthen_the_job() -> None:
    setup = TrainingSetup(training_tokens=1e8, overhead_factor=1.0)
    hours = estimate_training(LLAMA, A100, setup).gpu_hours.p50

    def longer(**changes) -> float:
        return estimate_training(LLAMA, A100, replace(setup, **changes)).gpu_hours.p50 / hours

    assert longer(packed=False, mean_tokens_per_example=512.0) == pytest.approx(4.0)
    assert longer(mean_tokens_per_example=512.0) == pytest.approx(1.0)
    assert longer(expected_restart_share=0.2) == pytest.approx(1.2)
    assert longer(overhead_factor=1.5) == pytest.approx(1.5)
    assert longer(overhead_factor=None) > 1.0
    assert longer(startup_hours=1.0) == pytest.approx(1.0 + 1.0 / hours)


def test_no_tokens_no_hours() -> None:
    answer = estimate_training(LLAMA, A100, TrainingSetup())
    assert answer.gpu_hours is None
    assert answer.wall_clock_hours is None
    assert answer.energy_kwh is None
    assert answer.before_probe is None


def test_energy_is_hours_times_power() -> None:
    answer = estimate_training(LLAMA, H100, TrainingSetup(training_tokens=1e8), power_load_share=0.5, pue=1.2)
    assert answer.energy_kwh.p50 == pytest.approx(answer.gpu_hours.p50 * 0.7 * 0.5 * 1.2)


@pytest.mark.parametrize(
    ("changes", "model", "card", "says"),
    [
        ({"precision": "fp8"}, "Llama-3.1-8B", "A100-80GB-SXM", "use bf16"),
        ({"precision": "fp8"}, "phi-2", "T4", "use fp16"),
        ({"sequence_tokens": 8192.0}, "phi-2", "A100-80GB-SXM", "context is 2048"),
        ({"method": "full", "weight_bits": 4.0}, "phi-2", "A100-80GB-SXM", "cannot be trained"),
        ({"method": "qlora", "weight_bits": 16.0}, "phi-2", "A100-80GB-SXM", "weight_bits 4 or 8"),
        ({"method": "full"}, "Llama-3.1-405B", "RTX-4090", "take"),
        ({"gpus": None, "micro_batch": 4096.0}, "Llama-3.1-8B", "T4", "reduce the micro batch"),
    ],
)
def test_impossible_setups_say_what_would_work(changes, model, card, says) -> None:
    with pytest.raises(ImpossibleSetupError, match=says) as refusal:
        estimate_training(base_model(model), gpu(card), TrainingSetup(**changes))
    assert refusal.value.pointer.startswith("/")


def test_larger_than_any_number_of_gpus() -> None:
    with pytest.raises(ImpossibleSetupError, match="more memory"):
        estimate_training(
            base_model("Llama-3.1-405B"), gpu("T4"), TrainingSetup(method="full", precision="fp16", micro_batch=4096.0)
        )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"method": "lorra"}, UnknownNameError),
        ({"stack": "egaer"}, UnknownNameError),
        ({"sharding": "zero"}, UnknownNameError),
        ({"optimizer": "adamwx"}, UnknownNameError),
        ({"precision": "fp4"}, UnknownNameError),
        ({"lora_targets": "q,vv"}, UnknownNameError),
        ({"micro_batch": 0.0}, ScenarioError),
        ({"gpus": 0.0}, ScenarioError),
        ({"probe": {"tokens_per_second": 0.0}}, ScenarioError),
        ({"probe": {"tokens_per_secnd": 10.0}}, UnknownNameError),
    ],
)
def test_bad_input_is_refused(changes, error) -> None:
    with pytest.raises(error):
        estimate_training(LLAMA, A100, TrainingSetup(**changes))


def test_an_open_number_of_gpus_must_be_found_first() -> None:
    with pytest.raises(ScenarioError, match="number of GPUs is open"):
        stated_gpus(TrainingSetup(gpus=None))


@pytest.mark.parametrize(
    ("card", "changes", "code"),
    [
        ("MI300X", {}, "few_measurements"),
        ("RTX-4090", {}, "few_measurements"),
        ("V100", {}, "bf16_without_tensor_cores"),
        ("A100", {"packed": False}, "padding_unknown"),
        ("A100", {"gpus": 2.0}, "not_sharded"),
    ],
)
def test_cautions(card, changes, code) -> None:
    answer = estimate_training(base_model("phi-2"), gpu(card), TrainingSetup(**changes))
    assert code in {warning.code for warning in answer.warnings}


def test_a_slow_interconnect_is_slow() -> None:
    def speed(interconnect: str, gpus: float) -> float:
        setup = TrainingSetup(method="full", sharding="fsdp", gpus=gpus, interconnect=interconnect, micro_batch=1.0)
        return float(training_speed(LLAMA, A100, setup).p50)

    assert speed("ethernet", 8.0) < speed("pcie", 8.0) < speed("usual", 8.0) == speed("nvlink", 8.0)
    assert speed("usual", 16.0) / 16.0 <= speed("usual", 8.0) / 8.0


def test_bf16_without_bf16_cores_is_slow() -> None:
    phi, v100 = base_model("phi-2"), gpu("V100")
    slow = training_speed(phi, v100, TrainingSetup(micro_batch=4.0)).p50
    assert training_speed(phi, v100, TrainingSetup(micro_batch=4.0, precision="fp16")).p50 > 3 * slow


def test_amd_and_gaudi_are_wider_than_measured_gpus() -> None:
    def width(card: str) -> float:
        return float(training_speed(LLAMA, gpu(card), TrainingSetup()).sigma)

    assert width("MI300X") > width("A100")
    assert width("Gaudi2") > width("H100")


def test_candidates_in_arrays_get_the_answers_they_would_get_alone() -> None:
    rng = np.random.default_rng(7)
    count = 200
    shapes = [base_model(n) for n in rng.choice(["Llama-3.1-8B", "Qwen3-30B-A3B", "phi-2"], count)]
    sheets = [gpu(n) for n in rng.choice(["A100-80GB-SXM", "H100-SXM", "RTX-4090", "V100"], count)]
    words = {
        "method": rng.choice(METHODS, count),
        "stack": rng.choice(STACKS, count),
        "sharding": rng.choice(SHARDINGS, count),
        "lora_targets": rng.choice(["q,v", "all-linear"], count),
        "optimizer": rng.choice(["adamw", "paged_adamw_8bit"], count),
    }
    numbers = {"gpus": rng.choice([4.0, 8.0], count), "micro_batch": rng.choice([1.0, 2.0], count)}
    truths = {"gradient_checkpointing": rng.random(count) < 0.5, "cpu_offload": rng.random(count) < 0.2}
    together = estimate_training(
        stack(shapes), stack(sheets), TrainingSetup(training_tokens=1e7, **words, **numbers, **truths)
    )
    for i in range(count):
        setup = TrainingSetup(
            training_tokens=1e7,
            **{k: str(v[i]) for k, v in words.items()},
            **{k: float(v[i]) for k, v in numbers.items()},
            **{k: bool(v[i]) for k, v in truths.items()},
        )
        alone = estimate_training(shapes[i], sheets[i], setup)
        assert together.tokens_per_second.p50[i] == pytest.approx(alone.tokens_per_second.p50)
        assert together.memory.allocated.p50[i] == pytest.approx(alone.memory.allocated.p50)
        assert together.gpu_hours.p90[i] == pytest.approx(alone.gpu_hours.p90)
        assert together.fits.answer[i] == alone.fits.answer
        assert together.minimum_gpus[i] == (np.inf if alone.minimum_gpus is None else alone.minimum_gpus)
        assert together.largest_micro_batch[i] == alone.largest_micro_batch


def test_impossible_candidates_are_marked() -> None:
    both = estimate_training(LLAMA, stack([A100, H100]), TrainingSetup(precision="fp8"))
    assert both.possible.tolist() == [False, True]
    open_count = estimate_training(stack([LLAMA, base_model("Llama-3.1-70B")]), A100, TrainingSetup(gpus=None))
    assert open_count.gpus.tolist() == [1.0, 4.0]


def test_adapters_by_hand() -> None:
    # Llama 3.1 8B, rank 8 on q and v: 32 layers x 8 x ((4096 + 4096) + (4096 + 1024))
    assert adapter_params(LLAMA, 8.0, "q,v") == 32 * 8 * (8192 + 5120)
    assert adapter_params(LLAMA, 8.0, "q_proj,v_proj,lm_head") == 32 * 8 * 13312 + 8 * (4096 + 128256)
    assert trained_embedding_params(LLAMA, "q,embed") == 2 * 128256 * 4096
    assert adapter_params(infer_shape(params_b=1.0, mlp_matrices=2.0), 1.0, "gate") == 0
    assert target_modules("all-linear") == {"q", "k", "v", "o", "gate", "up", "down"}
