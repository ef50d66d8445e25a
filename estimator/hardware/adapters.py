"""The adapters that LoRA adds: how many parameters, and how much they read and write.

Targets are a preset (`all-linear`, `attention`, `qv`) or module names joined by commas: q, k, v, qkv, o, gate, up,
down, mlp; `lm_head` gives the output head an adapter, `embed` trains embedding and head themselves.
"""

import numpy as np

from estimator.errors import UnknownNameError
from estimator.hardware.choices import Choice, by_word
from estimator.hardware.shapes import ModelShape
from estimator.quantities import Count, Quantity

PRESETS = {
    "all-linear": "q,k,v,o,gate,up,down",
    "all": "q,k,v,o,gate,up,down",
    "attention": "q,k,v,o",
    "qv": "q,v",
    "qkv": "q,k,v",
    "mlp": "gate,up,down",
}
MODULES = ("q", "k", "v", "o", "gate", "up", "down", "lm_head", "embed")
ALIASES = {"attn_qkv": "qkv", "fc": "mlp", "fc1": "up", "fc2": "down", "wte": "embed", "dense": "o"}


def target_modules(targets: str) -> frozenset[str]:
    """Read the modules that carry an adapter.

    Raises
    ------
    UnknownNameError : a module nobody knows

    Examples
    --------
    >>> sorted(target_modules("q_proj, v_proj"))
    ['q', 'v']
    >>> sorted(target_modules("attention"))
    ['k', 'o', 'q', 'v']
    """
    modules: set[str] = set()
    for part in targets.split(","):
        word = part.strip().lower().removesuffix("_proj")
        word = ALIASES.get(word, word)
        found = PRESETS.get(word, word).split(",")
        for module in found:
            if module not in MODULES:
                raise UnknownNameError("LoRA target", part.strip(), [*PRESETS, *MODULES], "/lora_targets")
        modules.update(found)
    return frozenset(modules)


def adapter_width(shape: ModelShape, targets: Choice, experts: Quantity = 1.0) -> Quantity:
    """Add the input and output widths of all adapted modules of a layer.

    Equation
    --------
    W = sum over targets of (in + out)

    Inputs
    ------
    shape : widths of the modules
    targets : modules with an adapter
    experts : expert copies of the feed-forward modules counted [1]
    """
    h, d, f = shape.hidden_size, shape.attention_width, shape.ffn_size * experts
    kv = shape.n_kv_heads * shape.head_dim
    gated: Quantity = np.where(np.greater(shape.mlp_matrices, 2.0), 1.0, 0.0)
    h_all = h * experts
    widths: dict[str, Quantity] = {
        "q": h + d,
        "k": h + kv,
        "v": h + kv,
        "o": d + h,
        "gate": (h_all + f) * gated,
        "up": h_all + f,
        "down": f + h_all,
    }

    def added(word: str) -> Quantity:
        total: Quantity = 0.0 * h
        for module in target_modules(word) & widths.keys():
            total = total + widths[module]
        return total

    return by_word(targets, added)


def adapted_module_count(targets: Choice) -> Quantity:
    """Count the adapted modules of a layer."""
    return by_word(targets, lambda word: float(len(target_modules(word) - {"lm_head", "embed"})))


def adapter_params(shape: ModelShape, rank: Count, targets: Choice) -> Count:
    """Count the trainable parameters of LoRA.

    Equation
    --------
    P = L r sum (in + out) [+ r (h + V) with a head adapter]

    Inputs
    ------
    shape : layers and widths
    rank : r [1]
    targets : adapted modules

    Examples
    --------
    >>> from estimator.hardware.catalogue import base_model
    >>> float(adapter_params(base_model("Llama-3.1-8B"), 16.0, "all-linear"))
    41943040.0
    """
    head = by_word(
        targets, lambda word: float("lm_head" in target_modules(word) and "embed" not in target_modules(word))
    )
    layers = shape.n_layers * adapter_width(shape, targets, shape.n_experts + shape.shared_experts)
    return rank * (layers + head * (shape.hidden_size + shape.vocab_size))


def trained_embedding_params(shape: ModelShape, targets: Choice) -> Count:
    """Count the parameters of embedding and head where they are trained beside the adapters."""
    return shape.embedding_params * by_word(targets, lambda word: float("embed" in target_modules(word)))
