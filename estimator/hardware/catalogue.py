"""The GPUs and base models that the estimator knows, by name."""

from functools import lru_cache
from importlib import resources
from typing import cast

import pandas as pd

from estimator.errors import UnknownNameError
from estimator.hardware.shapes import UNLIMITED_TOKENS, GpuSheet, ModelShape


def gpus() -> tuple[str, ...]:
    """List the GPUs of the table."""
    return tuple(_gpu_table().index)


def base_models() -> tuple[str, ...]:
    """List the base models of the table."""
    return tuple(_model_table().index)


def is_base_model(name: str) -> bool:
    """Tell whether a base model is known by this name.

    Examples
    --------
    >>> is_base_model("Qwen/Qwen2.5-7B"), is_base_model("gpt-4.1")
    (True, False)
    """
    return _id("base model", name) is not None


@lru_cache(maxsize=256)
def gpu(name: str) -> GpuSheet:
    """Return the data sheet of a GPU, known by its id or an alias, in any case.

    Raises
    ------
    UnknownNameError : no GPU of that name; the nearest ones are named

    Examples
    --------
    >>> gpu("h100-sxm").memory_bandwidth_gb_s
    3350.0
    >>> gpu("A100-80GB").id
    'A100-80GB-SXM'
    """
    row = _row(_gpu_table(), "GPU", name, gpus())
    return GpuSheet(
        id=str(row.name),
        vendor=str(row["vendor"]),
        architecture=str(row["architecture"]),
        bf16_tflops=float(row["bf16_tflops"]),
        memory_gib=float(row["memory_gib"]),
        memory_bandwidth_gb_s=float(row["memory_bandwidth_gb_s"]),
        bf16_supported=row["bf16_supported"] == "yes",
        fp8_tflops=_or(row["fp8_tflops"], 0.0),
        fp4_tflops=_or(row["fp4_tflops"], 0.0),
        matmul_share_bf16=float(row["matmul_share_bf16"]),
        matmul_share_fp8=_or(row["matmul_share_fp8"], float(row["matmul_share_bf16"])),
        link_gb_s=float(row["link_gb_s"]),
        gpus_per_node=float(row["gpus_per_node"]),
        network_gb_s=float(row["network_gb_s"]),
        power_watts=float(row["power_watts"]),
    )


@lru_cache(maxsize=256)
def base_model(name: str) -> ModelShape:
    """Return the shape of a base model, known by its id, an alias or its repository, in any case.

    Raises
    ------
    UnknownNameError : no base model of that name; the nearest ones are named

    Examples
    --------
    >>> base_model("llama-3.1-8b").n_layers
    32.0
    >>> base_model("Qwen/Qwen2.5-7B").id
    'Qwen2.5-7B'
    """
    row = _row(_model_table(), "base model", name, base_models())
    return ModelShape(
        id=str(row.name),
        params_b=float(row["params_b"]),
        active_params_b=float(row["active_params_b"]),
        n_layers=float(row["n_layers"]),
        hidden_size=float(row["hidden_size"]),
        n_heads=float(row["n_heads"]),
        n_kv_heads=float(row["n_kv_heads"]),
        head_dim=float(row["head_dim"]),
        ffn_size=float(row["ffn_size"]),
        vocab_size=float(row["vocab_size"]),
        tied_embeddings=row["tied_embeddings"] == "yes",
        mlp_matrices=float(row["mlp_matrices"]),
        n_experts=_or(row["n_experts"], 1.0),
        experts_per_token=_or(row["experts_per_token"], 1.0),
        shared_experts=_or(row["shared_experts"], 0.0),
        context_tokens=_or(row["context_tokens"], UNLIMITED_TOKENS),
        sliding_window_tokens=_or(row["sliding_window_tokens"], UNLIMITED_TOKENS),
        full_attention_share=_or(row["full_attention_share"], 1.0),
        kv_bytes_per_token_16bit=_or(row["kv_bytes_per_token_16bit"], 0.0),
    )


def gpu_row(name: str) -> dict[str, str]:
    """Return the whole row of a GPU as text: source, date and verification beside the figures."""
    return _as_text(_row(_gpu_table(), "GPU", name, gpus()))


def base_model_row(name: str) -> dict[str, str]:
    """Return the whole row of a base model as text: source, date and verification beside the figures."""
    return _as_text(_row(_model_table(), "base model", name, base_models()))


@lru_cache(maxsize=1)
def _gpu_table() -> pd.DataFrame:
    return _read("gpus.csv", "gpu")


@lru_cache(maxsize=1)
def _model_table() -> pd.DataFrame:
    return _read("base_models.csv", "model")


def _read(file: str, key: str) -> pd.DataFrame:
    with resources.files("pricing").joinpath(file).open(encoding="utf-8") as table:
        return pd.read_csv(table, dtype=str, keep_default_na=False).set_index(key)


@lru_cache(maxsize=512)
def _id(kind: str, name: str) -> str | None:
    """Find the id that a name, alias or repository stands for."""
    table = _gpu_table() if kind == "GPU" else _model_table()
    asked = _plain(name)
    for known, row in table.iterrows():
        names = [str(known), *row["aliases"].split(";"), row.get("hf_repo", "")]
        if asked in {_plain(other) for other in names if other}:
            return str(known)
    return None


def _plain(name: str) -> str:
    """Drop what people write differently: case, spaces, underscores."""
    return name.strip().lower().replace(" ", "-").replace("_", "-")


def _row(table: pd.DataFrame, kind: str, name: str, known: tuple[str, ...]) -> pd.Series:
    found = _id(kind, name)
    if found is None:
        raise UnknownNameError(kind, name, known)
    row = table.loc[found]
    return cast("pd.Series", row)


def _or(text: str, default: float) -> float:
    return float(text) if text else default


def _as_text(row: pd.Series) -> dict[str, str]:
    return {"id": str(row.name), **{str(column): str(value) for column, value in row.items()}}
