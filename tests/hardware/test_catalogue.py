"""The tables of GPUs and base models."""

import numpy as np
import pandas as pd
import pytest

from estimator.approaches.machines import params_b_of
from estimator.errors import ScenarioError, UnknownNameError
from estimator.hardware.catalogue import base_model, base_model_row, base_models, gpu, gpu_row, gpus
from estimator.hardware.shapes import infer_shape, stack
from tests.hardware.fitting import ROWS


@pytest.mark.tables
def test_every_gpu_reads_and_has_a_source() -> None:
    for name in gpus():
        sheet = gpu(name)
        assert sheet.memory_gib > 0
        assert 0 < sheet.matmul_share_bf16 <= 1
        assert sheet.power_watts > 0
        row = gpu_row(name)
        assert row["source"]
        assert row["as_of"]
        assert row["verification"]


def test_an_unknown_size_is_told_without_a_search_for_near_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services that price by the size ask it of every model; that search took half of a whole estimate."""
    monkeypatch.delattr("estimator.errors.nearest_names")
    assert params_b_of("Qwen/Qwen2.5-7B") == base_model("Qwen2.5-7B").params_b
    assert params_b_of("no such model, asked for the first time") is None


@pytest.mark.tables
def test_every_base_model_reads_and_has_a_source() -> None:
    assert len(base_models()) >= 45
    for name in base_models():
        shape = base_model(name)
        assert shape.n_heads % shape.n_kv_heads == 0
        assert shape.active_params_b <= shape.params_b
        assert base_model_row(name)["source"]


@pytest.mark.tables
@pytest.mark.parametrize("name", [n for n in base_models() if base_model(n).n_experts == 1])
def test_dense_totals_recompute_from_the_architecture(name: str) -> None:
    # embeddings + L (2 h heads d + 2 h kv d + matrices h ffn): norms and biases are below two per cent
    shape = base_model(name)
    attention = 2 * shape.hidden_size * shape.head_dim * (shape.n_heads + shape.n_kv_heads)
    feed_forward = shape.mlp_matrices * shape.hidden_size * shape.ffn_size
    total = shape.embedding_params + shape.n_layers * (attention + feed_forward)
    assert total / (shape.params_b * 1e9) == pytest.approx(1.0, abs=0.02)


@pytest.mark.tables
@pytest.mark.parametrize("file", ["training.csv", "memory.csv", "serving.csv"])
def test_every_measured_row_names_a_known_gpu_and_a_source(file: str) -> None:
    rows = pd.read_csv(ROWS / file)
    assert rows["id"].is_unique
    assert rows["source"].str.len().min() > 0
    for name in rows["gpu"].unique():
        assert gpu(name).id == name


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("h100-sxm", "H100-SXM"),
        ("A100-80GB", "A100-80GB-SXM"),
        ("A100_SXM_40GB", "A100-40GB"),
        ("rtx 4090", "RTX-4090"),
        ("A6000", "RTX-A6000"),
    ],
)
def test_gpu_aliases(asked: str, found: str) -> None:
    assert gpu(asked).id == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [("llama-2-7b", "Llama-2-7B"), ("meta-llama/Llama-3.1-8B", "Llama-3.1-8B"), ("mistral-7b", "Mistral-7B-v0.1")],
)
def test_model_aliases(asked: str, found: str) -> None:
    assert base_model(asked).id == found


def test_unknown_names_bring_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as gpu_error:
        gpu("H100-SXN")
    assert "H100-SXM" in gpu_error.value.nearest
    with pytest.raises(UnknownNameError) as model_error:
        base_model("Llama-3.1-9B")
    assert "Llama-3.1-8B" in model_error.value.nearest


@pytest.mark.parametrize("params_b", [0.5, 1.0, 3.0, 8.0, 34.0, 70.0, 405.0])
def test_a_size_alone_makes_a_shape_of_that_size(params_b: float) -> None:
    shape = infer_shape(params_b=params_b)
    attention = 2 * shape.hidden_size * shape.head_dim * (shape.n_heads + shape.n_kv_heads)
    layers = shape.n_layers * (attention + 3 * shape.hidden_size * shape.ffn_size)
    assert (layers + shape.embedding_params) / 1e9 == pytest.approx(params_b, rel=0.02)


def test_a_size_alone_is_close_to_published_proportions() -> None:
    # Llama 3.1 8B and 70B: 32 and 80 layers of 4096 and 8192 channels
    assert infer_shape(params_b=8.03).hidden_size == 4096
    assert infer_shape(params_b=70.55).hidden_size == pytest.approx(8192, rel=0.15)


def test_known_figures_are_kept() -> None:
    shape = infer_shape(params_b=30.5, active_params_b=3.3, n_layers=48.0, n_heads=32.0, n_experts=128.0)
    assert (shape.active_params_b, shape.n_layers, shape.n_experts) == (3.3, 48.0, 128.0)


def test_contradictions_are_refused() -> None:
    with pytest.raises(ScenarioError, match="more than 0"):
        infer_shape(params_b=0.0)
    with pytest.raises(ScenarioError, match="active parameters"):
        infer_shape(params_b=7.0, active_params_b=8.0)
    with pytest.raises(ScenarioError, match="evenly"):
        infer_shape(params_b=7.0, n_heads=32.0, n_kv_heads=5.0)


def test_stacked_sheets_have_one_entry_a_candidate() -> None:
    both = stack([gpu("H100-SXM"), gpu("RTX-4090")])
    np.testing.assert_allclose(both.memory_gib, [gpu("H100-SXM").memory_gib, gpu("RTX-4090").memory_gib])
    assert both.title == "the GPU"
