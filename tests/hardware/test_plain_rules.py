"""The plain forms against the literature and the hand-worked example W2."""

import numpy as np
import pytest

from estimator.components.training import billed_gpu_hours, compute_gpu_hours
from estimator.errors import ImpossibleSetupError
from estimator.hardware.energy import emissions_kg, energy_kwh
from estimator.hardware.flops import (
    flops_per_token,
    model_flops_utilisation,
)
from estimator.hardware.memory_rules import decode_floor_seconds, smallest_gpu_count, state_bytes

pytestmark = pytest.mark.golden

# W2: self-hosted LoRA of 8.03e9 parameters with 42e6 trainable ones; every figure worked by hand
PARAMS, ADAPTERS = 8.03e9, 42e6


def test_w2_training_work() -> None:
    tokens = 6000 * 900 * 3
    lora = flops_per_token("lora", PARAMS, ADAPTERS)
    assert tokens == 16_200_000
    assert lora == pytest.approx(32372000000.0, rel=1e-9)
    assert flops_per_token("full", PARAMS) == pytest.approx(48180000000.0, rel=1e-9)
    assert lora * tokens == pytest.approx(5.244264e17, rel=1e-9)
    hours = compute_gpu_hours(tokens, lora, 1.0, 989e12, 0.3)
    assert hours == pytest.approx(0.4909807887, rel=1e-8)
    billed = billed_gpu_hours(1.0, hours, 1.25, 1.0, 0.25, 1.0)
    assert billed == pytest.approx(0.8637259858, rel=1e-8)
    assert 12 * billed == pytest.approx(10.36471183, rel=1e-8)
    assert 12 * billed * 2.99 == pytest.approx(30.99048837, rel=1e-8)


def test_w2_full_tuning_bills_the_start_up_of_four_gpus() -> None:
    hours = compute_gpu_hours(16_200_000, flops_per_token("full", PARAMS), 1.0, 989e12, 0.3)
    assert billed_gpu_hours(12.0, hours, 1.25, 12.0, 0.25, 4.0) * 2.99 == pytest.approx(68.65360465, rel=1e-8)


@pytest.mark.parametrize(
    ("rule", "gigabytes", "on_80", "on_24"),
    [("full", 128.48, 4, 16), ("lora", 16.732, 1, 2), ("qlora", 4.81447625, 1, 1)],
)
def test_w2_memory_fit(rule: str, gigabytes: float, on_80: int, on_24: int) -> None:
    state = state_bytes(rule, PARAMS, ADAPTERS)
    assert state / 1e9 == pytest.approx(gigabytes, rel=1e-8)
    assert smallest_gpu_count(state, 80.0, 6.0, 2.0) == on_80
    assert smallest_gpu_count(state, 24.0, 6.0, 2.0) == on_24


def test_gpu_counts_for_many_states_at_once() -> None:
    states = state_bytes("full", np.array([8.03e9, 70e9]))
    assert smallest_gpu_count(states, 80.0, 6.0, 2.0).tolist() == [4.0, 32.0]


def test_no_room_beside_the_activations() -> None:
    with pytest.raises(ImpossibleSetupError, match="reduce the micro batch"):
        smallest_gpu_count(1e9, 16.0, 14.0, 2.0)


def test_t_few_flops() -> None:
    # Liu et al. 2022: an encoder-decoder spends N a token forward, 3N in training; a decoder 2N
    assert pytest.approx(1.133e12, rel=0.01) == 11e9 * 103
    training = flops_per_token("full", 11e9) / 2.0 * 1000 * 8 * 103
    assert training == pytest.approx(2.719e16, rel=0.01)
    decoder = flops_per_token("full", 175e9) / 3.0 * 4121
    assert decoder == pytest.approx(1.4424e15, rel=0.01)
    assert training / (decoder - 11e9 * 103) == pytest.approx(18.87, rel=0.005)


def test_nemo_lora_of_70b() -> None:
    # NVIDIA NeMo: 176 TFLOP/s and 608.42 tokens/s per H100: LoRA is counted at 4 N
    assert pytest.approx(0.178, rel=0.005) == 176 / 989
    assert pytest.approx(4.10 * 70.6e9, rel=0.01) == 176e12 / 608.42
    assert model_flops_utilisation(608.42, 176e12 / 608.42, 989.0) == pytest.approx(0.178, rel=0.005)


@pytest.mark.parametrize(("width", "rank", "share"), [(4096, 16, 0.674479), (8192, 256, 0.729167)])
def test_lora_against_full_compute(width: int, rank: int, share: float) -> None:
    # one square matrix N x N with an adapter of rank R: (2 N^2 + 6 N R) / (3 N^2), our 4N + 6P over 6N with P = 2NR
    matrix = float(width * width)
    lora = flops_per_token("lora", matrix, 2.0 * width * rank)
    assert lora / flops_per_token("full", matrix) == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize(("rule", "gigabytes"), [("full_bf16", 783.6), ("full", 1044.8), ("qlora", 33.69)])
def test_qlora_paper(rule: str, gigabytes: float) -> None:
    # Dettmers et al. 2023: 65.3e9 parameters at 12 B, 16 B and 4.127 bit
    assert state_bytes(rule, 65.3e9) / 1e9 == pytest.approx(gigabytes, rel=0.001)


@pytest.mark.parametrize(("bytes_a_weight", "bandwidth", "milliseconds"), [(2.0, 2.039e12, 7.88), (1.0, 3.35e12, 2.40)])
def test_decode_floor(bytes_a_weight: float, bandwidth: float, milliseconds: float) -> None:
    assert decode_floor_seconds(8.03e9 * bytes_a_weight, bandwidth) * 1e3 == pytest.approx(milliseconds, rel=0.01)


def test_prompt_tuning_has_no_adapter_work_and_attention_is_optional() -> None:
    assert flops_per_token("prompt_tuning", 1e9, 1e6) == 4e9
    assert flops_per_token("full", 1e9, n_layers=10.0, hidden_size=100.0, sequence_tokens=50.0) == 6e9 + 12 * 50_000


def test_energy_and_carbon() -> None:
    # 10 h x 0.5 kW x 0.8 x 1.25 = 5 kWh; 0.3 kg/kWh -> 1.5 kg
    assert energy_kwh(10.0, 500.0, 0.8, 1.25) == pytest.approx(5.0)
    assert emissions_kg(5.0, 0.3) == pytest.approx(1.5)
