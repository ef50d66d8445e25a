"""Ask aiconfigurator, where it is installed and covers the system: it looks measured kernels up.

It is the optional extra ``serving``. It knows recent engine versions on listed NVIDIA systems, dense gated decoders
are handed to it by their shape, and it needs seconds for an answer: so it is asked for one deployment at a time, on
request, never for candidates in arrays.
"""

import json
import logging
from dataclasses import dataclass
from importlib import import_module, util
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from estimator.hardware.setup import ServingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.quantities import Count, Quantity

SYSTEMS = {
    "A100-80GB-SXM": "a100_sxm",
    "A100-80GB-PCIe": "a100_pcie",
    "A30": "a30",
    "B200": "b200_sxm",
    "B300": "b300_sxm",
    "GB200": "gb200",
    "GB300": "gb300",
    "H100-PCIe": "h100_pcie",
    "H100-SXM": "h100_sxm",
    "H200-SXM": "h200_sxm",
    "L4": "l4",
    "L40S": "l40s",
    "RTX-PRO-6000": "rtx_pro_6000_server",
}
BACKENDS = {"tensorrt-llm": "trtllm", "vllm": "vllm", "sglang": "sglang"}
WEIGHTS = {16.0: "bfloat16", 8.0: "fp8", 4.0: "nvfp4"}
CACHES = {16.0: "bfloat16", 8.0: "fp8"}
PACKAGE = "aiconfigurator"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the measured kernels add up to, for one group of GPUs."""

    output_tokens_per_second: Quantity
    decode_tokens_per_second: Quantity
    time_to_first_token_ms: Quantity


def is_installed() -> bool:
    """Tell whether the optional package is there."""
    return util.find_spec(PACKAGE) is not None


def look_up(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, batch: Count) -> LookedUp | None:
    """Look one deployment up; None where the package is missing or does not cover it.

    Examples
    --------
    >>> from estimator.hardware.catalogue import base_model, gpu
    >>> look_up(base_model("Llama-3.1-8B"), gpu("MI300X"), ServingSetup(), 8.0) is None
    True
    """
    asked = _question(shape, gpu, setup)
    if asked is None or not is_installed():
        return None
    logging.getLogger(PACKAGE).setLevel(logging.ERROR)
    estimate = import_module(f"{PACKAGE}.cli.api").cli_estimate
    with TemporaryDirectory() as folder:
        Path(folder, "config.json").write_text(json.dumps(_configuration(shape)), encoding="utf-8")
        try:
            answer = estimate(
                folder,
                asked.pop("system"),
                isl=int(setup.input_tokens),
                osl=int(setup.output_tokens),
                batch_size=max(1, int(batch)),
                tp_size=int(setup.tensor_parallel),
                **asked,
            )
        except (ArithmeticError, LookupError, OSError, RuntimeError, ValueError):
            return None
    speed = float(answer.tokens_per_second)
    if not speed > 0:
        return None
    return LookedUp(speed, max(1, int(batch)) / float(answer.tpot) * 1e3, float(answer.ttft))


def _question(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup) -> dict[str, Any] | None:
    """Translate words and bits; None where there is no word for them."""
    figures = (shape.n_layers, setup.tensor_parallel, setup.weight_bits, setup.kv_bits, setup.input_tokens)
    if any(np.ndim(figure) for figure in figures):
        return None
    plain_decoder = not shape.is_sparse and shape.kv_bytes_per_token_16bit == 0 and shape.full_attention_share == 1
    gated = np.greater(shape.mlp_matrices, 2.0)
    system, backend = SYSTEMS.get(str(gpu.id)), BACKENDS.get(str(setup.engine))
    weights, cache = WEIGHTS.get(float(setup.weight_bits)), CACHES.get(float(setup.kv_bits))
    if not (plain_decoder and gated and system and backend and weights and cache):
        return None
    return {"system": system, "backend_name": backend, "gemm_quant_mode": weights, "kvcache_quant_mode": cache}


def _configuration(shape: ModelShape) -> dict[str, Any]:
    """Describe the shape in the words of a published model configuration."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": int(shape.hidden_size),
        "num_hidden_layers": int(shape.n_layers),
        "num_attention_heads": int(shape.n_heads),
        "num_key_value_heads": int(shape.n_kv_heads),
        "head_dim": int(shape.head_dim),
        "intermediate_size": int(shape.ffn_size),
        "vocab_size": int(shape.vocab_size),
        "max_position_embeddings": int(shape.context_tokens),
        "torch_dtype": "bfloat16",
        "tie_word_embeddings": bool(shape.tied_embeddings),
        "rms_norm_eps": 1e-5,
        "rope_theta": 500_000.0,
        "hidden_act": "silu",
    }
