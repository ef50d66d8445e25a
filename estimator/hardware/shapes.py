"""What the hardware model must know of a language model and of a GPU.

Every figure may be a number or an array with one entry a candidate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from estimator.errors import ScenarioError
from estimator.hardware.choices import Choice, Truth
from estimator.quantities import Quantity

UNLIMITED_TOKENS = 1e9
"""A context or window that never binds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShape:
    """The architecture of a decoder: enough for FLOPs, bytes and cache.

    Parameters
    ----------
    params_b, active_params_b : parameters held, and parameters a token passes through [1e9]
    ffn_size : inner width of the feed-forward block; of one expert if there are experts
    mlp_matrices : 3 with a gate, 2 without
    n_experts, experts_per_token, shared_experts : 1, 1 and 0 for a dense model
    context_tokens : longest sequence the model takes
    sliding_window_tokens, full_attention_share : window of the local layers, and the share of layers without one
    kv_bytes_per_token_16bit : cache of a token where the shape does not say it (latent attention), 0 = from the shape
    """

    id: Choice = ""
    params_b: Quantity
    active_params_b: Quantity
    n_layers: Quantity
    hidden_size: Quantity
    n_heads: Quantity
    n_kv_heads: Quantity
    head_dim: Quantity
    ffn_size: Quantity
    vocab_size: Quantity
    tied_embeddings: Truth = False
    mlp_matrices: Quantity = 3.0
    n_experts: Quantity = 1.0
    experts_per_token: Quantity = 1.0
    shared_experts: Quantity = 0.0
    context_tokens: Quantity = UNLIMITED_TOKENS
    sliding_window_tokens: Quantity = UNLIMITED_TOKENS
    full_attention_share: Quantity = 1.0
    kv_bytes_per_token_16bit: Quantity = 0.0

    @property
    def title(self) -> str:
        """Name the model in a message: by its id if it is one model that has one."""
        return self.id if isinstance(self.id, str) and self.id else "the model"

    @property
    def attention_width(self) -> Quantity:
        """Heads times head size: the width of the queries."""
        return self.n_heads * self.head_dim

    @property
    def embedding_params(self) -> Quantity:
        """Parameters of the input embedding and, where untied, of the output head [1]."""
        return self.vocab_size * self.hidden_size * (2.0 - np.multiply(self.tied_embeddings, 1.0))

    @property
    def block_params(self) -> Quantity:
        """Parameters of all layers, every expert counted [1]."""
        return np.maximum(self.params_b * 1e9 - self.embedding_params, 0.2e9 * self.params_b)

    @property
    def active_block_params(self) -> Quantity:
        """Parameters of the layers that one token passes through [1]."""
        return np.maximum(self.active_params_b * 1e9 - self.embedding_params, 0.2e9 * self.active_params_b)

    @property
    def matmul_params(self) -> Quantity:
        """Parameters that multiply each token: active layers and the output head [1]."""
        return self.active_block_params + self.vocab_size * self.hidden_size

    @property
    def is_sparse(self) -> Truth:
        """Whether the model routes tokens to experts."""
        return np.greater(self.n_experts, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuSheet:
    """A GPU as its data sheet and published matmul measurements describe it.

    Parameters
    ----------
    bf16_tflops, fp8_tflops, fp4_tflops : dense peak rates, 0 where the GPU has none [1e12 FLOP/s]
    memory_gib : what a program can use of the memory [GiB]
    matmul_share_bf16, matmul_share_fp8 : best measured matmul rate over the peak
    link_gb_s : collective bandwidth to a neighbour inside a node, each direction [GB/s]
    network_gb_s : bandwidth of all network cards of a node together, each direction [GB/s]
    """

    id: Choice = ""
    vendor: Choice = "NVIDIA"
    architecture: Choice = "ampere"
    bf16_tflops: Quantity
    memory_gib: Quantity
    memory_bandwidth_gb_s: Quantity
    bf16_supported: Truth = True
    fp8_tflops: Quantity = 0.0
    fp4_tflops: Quantity = 0.0
    matmul_share_bf16: Quantity = 0.8
    matmul_share_fp8: Quantity = 0.72
    link_gb_s: Quantity = 22.0
    gpus_per_node: Quantity = 8.0
    network_gb_s: Quantity = 25.0
    power_watts: Quantity = 400.0

    @property
    def title(self) -> str:
        """Name the GPU in a message: by its id if it is one GPU that has one."""
        return self.id if isinstance(self.id, str) and self.id else "the GPU"


Sheet = TypeVar("Sheet", ModelShape, GpuSheet)


def stack(sheets: Sequence[Sheet]) -> Sheet:
    """Join one sheet a candidate into one sheet of arrays.

    Examples
    --------
    >>> small, large = infer_shape(params_b=7.0), infer_shape(params_b=70.0)
    >>> stack([small, large, small]).params_b.tolist()
    [7.0, 70.0, 7.0]
    """
    first = sheets[0]
    joined: dict[str, Any] = {
        part.name: np.array([getattr(sheet, part.name) for sheet in sheets]) for part in fields(first)
    }
    return type(first)(**joined)


def infer_shape(params_b: float, **known: Any) -> ModelShape:
    """Complete a shape from what is known of it; the size alone is enough.

    Missing figures follow the proportions of published dense decoders: layers of 128 times as many channels as there
    are layers, heads of 128 channels, four query heads a key-value head, a gated feed-forward block that takes the
    remaining parameters, 128,256 tokens of vocabulary.

    Raises
    ------
    ScenarioError : the figures contradict each other

    Examples
    --------
    >>> shape = infer_shape(params_b=8.03)
    >>> int(shape.n_layers), int(shape.hidden_size), int(shape.n_kv_heads)
    (32, 4096, 8)
    """
    if not params_b > 0:
        raise ScenarioError(f"A model of {params_b} billion parameters was asked for: give more than 0.", "/params_b")
    given: dict[str, Any] = {name: value for name, value in known.items() if value is not None}
    given.setdefault("active_params_b", params_b)
    if given["active_params_b"] > params_b:
        raise ScenarioError(
            f"{given['active_params_b']} billion active parameters of {params_b} billion: a token cannot pass through "
            "more parameters than there are.",
            "/active_params_b",
        )
    if given.get("experts_per_token", 1.0) > given.get("n_experts", 1.0):
        raise ScenarioError(
            f"{given['experts_per_token']:g} experts a token of {given.get('n_experts', 1.0):g}: a token cannot pass "
            "through more experts than there are.",
            "/experts_per_token",
        )
    hidden = given.setdefault("hidden_size", _usual_hidden_size(params_b, given))
    layers = given.setdefault("n_layers", float(max(2, round(hidden / 128))))
    given.setdefault("head_dim", 128.0 if "n_heads" not in given else hidden / given["n_heads"])
    given.setdefault("n_heads", float(max(1, round(hidden / given["head_dim"]))))
    given.setdefault("n_kv_heads", _usual_kv_heads(given["n_heads"]))
    given.setdefault("tied_embeddings", params_b < 4)
    given.setdefault("vocab_size", 128_256.0 if params_b > 1 else 50_304.0)
    given.setdefault("mlp_matrices", 3.0)
    given.setdefault("n_experts", 1.0)
    given.setdefault("experts_per_token", 1.0)
    embedding = given["vocab_size"] * hidden * (1.0 if given["tied_embeddings"] else 2.0)
    attention = 2.0 * hidden * given["head_dim"] * (given["n_heads"] + given["n_kv_heads"])
    left = max((params_b * 1e9 - embedding) / layers - attention, hidden * hidden)
    given.setdefault("ffn_size", float(round(left / (given["mlp_matrices"] * hidden * given["n_experts"]))))
    shape = ModelShape(params_b=params_b, **given)
    if shape.n_heads % shape.n_kv_heads:
        raise ScenarioError(
            f"{shape.n_heads:g} heads cannot share {shape.n_kv_heads:g} key-value heads evenly: "
            "give a number of key-value heads that divides the heads.",
            "/n_kv_heads",
        )
    return shape


def _usual_hidden_size(params_b: float, given: Mapping[str, Any]) -> float:
    """Return a width: from the layers if they are known (P = 12 L h^2), else from h = 128 L; embeddings left out."""
    vocabulary = given.get("vocab_size", 128_256.0 if params_b > 1 else 50_304.0)
    width = 1024.0
    for _ in range(20):
        layers = max(params_b * 1e9 - 2.0 * vocabulary * width, 0.3e9 * params_b)
        square = layers / (12.0 * given["n_layers"]) if "n_layers" in given else (128.0 * layers / 12.0) ** (2.0 / 3.0)
        width = 0.5 * (width + square**0.5)
    step = 512 if width > 2048 else 128
    return float(max(step, step * round(width / step)))


def _usual_kv_heads(n_heads: float) -> float:
    """Return a quarter of the heads, at most 8 from 32 heads on, if it divides them; else all of them."""
    for candidate in (8.0, 4.0, 2.0):
        if n_heads >= 4 * candidate and n_heads % candidate == 0:
            return candidate
    return float(n_heads)
