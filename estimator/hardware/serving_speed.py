"""How fast a model answers on a group of GPUs: prefill, one decode step, and the requests that fit.

Equation
--------
t_step = hypot(t_read, t_compute) + L t_layer + B t_request + t_0 + t_allreduce
t_read = weights touched / (tp BW e_w) + cache / (tp BW e_kv);  t_compute = 2 P B / (tp peak e_c)

Decoding reads the weights once for the whole batch and the cache of every request; it can never be faster than the
memory gives them, prefill never faster than the peak.
"""

import numpy as np

from estimator.hardware.adapters import adapter_params
from estimator.hardware.choices import by_choice, is_any, when
from estimator.hardware.constants import Constants
from estimator.hardware.setup import ServingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.quantities import BYTES_PER_GIB, Count, Quantity, Seconds, Tokens
from estimator.scenario.serving import ENGINES

GIGA, TERA = 1e9, 1e12
USUAL_MAX_BATCH = {"tensorrt-llm": 2048.0, "vllm": 256.0, "sglang": 512.0, "lmdeploy": 256.0, "tgi": 128.0}
"""Requests that an engine runs at once unless it is told otherwise."""
ENGINE_CLASS = {"tensorrt-llm": "graph", "lmdeploy": "graph", "vllm": "python", "sglang": "python", "tgi": "python"}
"""Engines whose step is captured whole, and engines that schedule each step from Python."""


def kv_bytes_per_token(shape: ModelShape, kv_bits: Quantity) -> Quantity:
    """Count the cache a token leaves behind, over all layers.

    Equation
    --------
    K = 2 L kv heads x head size x bits / 8, or what the model's latent attention keeps

    Inputs
    ------
    shape : layers and key-value heads
    kv_bits : bits a cached number [bit]

    Examples
    --------
    >>> from estimator.hardware.catalogue import base_model
    >>> kv_bytes_per_token(base_model("Llama-3.1-8B"), 16.0)
    131072.0
    """
    plain = 2.0 * shape.n_layers * shape.n_kv_heads * shape.head_dim * 2.0
    latent = np.where(np.greater(shape.kv_bytes_per_token_16bit, 0.0), shape.kv_bytes_per_token_16bit, plain)
    return (latent if np.ndim(latent) else float(latent)) * kv_bits / 16.0


def cached_tokens(shape: ModelShape, context_tokens: Tokens) -> Tokens:
    """Return the tokens that a layer keeps on average: all of them, or the window where it has one."""
    local = np.minimum(context_tokens, shape.sliding_window_tokens)
    return shape.full_attention_share * context_tokens + (1.0 - shape.full_attention_share) * local


def kv_share(shape: ModelShape, setup: ServingSetup) -> Quantity:
    """Return the share of the cache that each GPU of the group holds: heads can be divided, one head cannot."""
    return np.maximum(1.0 / setup.tensor_parallel, 1.0 / np.maximum(shape.n_kv_heads, 1.0))


def served_weight_bytes(shape: ModelShape, bits: Quantity) -> Quantity:
    """Count the bytes of the weights: packed layers, embedding and head in 16 bit."""
    scales = np.where(np.less(bits, 8.0), 1.08, 1.0)
    return shape.block_params * bits / 8.0 * scales + 2.0 * (shape.params_b * GIGA - shape.block_params)


def fitting_batch(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, tokens: Tokens, fit: Constants) -> Count:
    """Count the requests whose cache fits beside the weights; not rounded, may be negative.

    Equation
    --------
    B = (share x memory - weights/tp - adapters - reserve) / (KV bytes of a request on one GPU)
    """
    room = setup.memory_share * gpu.memory_gib * BYTES_PER_GIB
    adapters = setup.adapters * 2.0 * adapter_params(shape, setup.adapter_rank, setup.adapter_targets)
    weights = (served_weight_bytes(shape, setup.weight_bits) + adapters) / setup.tensor_parallel
    request = kv_bytes_per_token(shape, setup.kv_bits) * cached_tokens(shape, tokens) * kv_share(shape, setup)
    return (room - weights - fit["reserve_gib"] * BYTES_PER_GIB) / request


def compute_rate(gpu: GpuSheet, setup: ServingSetup, fit: Constants) -> Quantity:
    """Return the best matmul rate at the precision of the weights [FLOP/s]; packed weights compute in 16 bit."""
    sixteen = gpu.bf16_tflops * gpu.matmul_share_bf16
    eight = np.where(np.greater(gpu.fp8_tflops, 0.0), gpu.fp8_tflops * gpu.matmul_share_fp8, sixteen)
    four = np.where(
        np.greater(gpu.fp4_tflops, 0.0), gpu.fp4_tflops * gpu.matmul_share_fp8 * fit["fp4_efficiency"], sixteen
    )
    bits = setup.weight_bits
    rate: Quantity = np.where(np.equal(bits, 8.0), eight, np.where(np.equal(bits, 4.0), four, sixteen)) * TERA
    return rate * np.where(is_any(gpu.vendor, "NVIDIA"), 1.0, fit["other_vendor_compute"])


def decode_step(
    shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, batch: Count, context: Tokens, fit: Constants
) -> Seconds:
    """Time one step that gives every request of the batch its next token."""
    tp = setup.tensor_parallel
    bandwidth = gpu.memory_bandwidth_gb_s * GIGA
    nvidia = is_any(gpu.vendor, "NVIDIA")
    touched = 1.0 - (1.0 - shape.experts_per_token / shape.n_experts) ** np.maximum(batch, 1.0)
    head = 2.0 * shape.vocab_size * shape.hidden_size
    layers = served_weight_bytes(shape, setup.weight_bits) - 2.0 * shape.embedding_params
    dense_share = np.where(shape.is_sparse, 0.06, 1.0)
    read = head + layers * (dense_share + (1.0 - dense_share) * touched)
    weights = read / (tp * bandwidth * fit["weight_bandwidth_efficiency"])
    kind = by_choice(setup.engine, {e: fit[f"kv_bandwidth_efficiency_{ENGINE_CLASS[e]}"] for e in ENGINES})
    kind = kind * np.where(nvidia, 1.0, fit["other_vendor_attention"])
    repeated = np.where(nvidia, 1.0, shape.n_heads / shape.n_kv_heads)
    held = kv_bytes_per_token(shape, setup.kv_bits) * cached_tokens(shape, context) * kv_share(shape, setup)
    cache = batch * held * repeated
    reading = weights + cache / (bandwidth * kind)
    sparse = np.where(shape.is_sparse, fit["expert_efficiency"], 1.0)
    rate = tp * compute_rate(gpu, setup, fit) * fit["decode_efficiency"] * sparse
    computing = 2.0 * shape.matmul_params * batch / rate
    layer = by_choice(setup.engine, {e: fit[f"layer_us_{ENGINE_CLASS[e]}"] for e in ENGINES})
    layer = layer * np.where(nvidia, 1.0, fit["other_vendor_launch"])
    request = by_choice(setup.engine, {e: fit[f"request_us_{ENGINE_CLASS[e]}"] for e in ENGINES}) * batch
    fixed = (shape.n_layers * layer + request) / 1e6 + fit["step_ms"] / 1e3
    step: Seconds = np.hypot(reading, computing) + fixed + _all_reduce(shape, gpu, setup, batch, fit)
    return step


def prefill_seconds(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, tokens: Tokens, fit: Constants) -> Seconds:
    """Time the reading of one request's input."""
    new = tokens * (1.0 - setup.prefix_hit_share)
    sparse = np.where(shape.is_sparse, fit["expert_efficiency"], 1.0)
    rate = setup.tensor_parallel * compute_rate(gpu, setup, fit) * fit["prefill_efficiency"] * sparse
    sixteen = setup.tensor_parallel * gpu.bf16_tflops * gpu.matmul_share_bf16 * TERA * fit["prefill_efficiency"] * 0.6
    layers = 2.0 * shape.active_block_params * new / rate
    attention = 2.0 * shape.n_layers * shape.attention_width * cached_tokens(shape, tokens) * new / sixteen
    return layers + attention + _all_reduce(shape, gpu, setup, new, fit)


def _all_reduce(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, tokens: Tokens, fit: Constants) -> Seconds:
    """Sum the partial results of the group, twice a layer."""
    tp = setup.tensor_parallel
    moved = 2.0 * (tp - 1.0) / tp * tokens * shape.hidden_size * 2.0
    across = np.where(np.greater(tp, gpu.gpus_per_node), gpu.network_gb_s / gpu.gpus_per_node, gpu.link_gb_s)
    once = fit["allreduce_us"] / 1e6 + moved / (across * GIGA * fit["link_efficiency"])
    together: Seconds = np.where(np.greater(tp, 1.0), 2.0 * shape.n_layers * once, 0.0)
    return together


def engine_batch(setup: ServingSetup) -> Count:
    """Return the most requests that the engine runs at once."""
    return by_choice(setup.engine, USUAL_MAX_BATCH) if setup.max_batch is None else setup.max_batch


def running_batch(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, fit: Constants) -> Count:
    """Count the requests that run together: what is asked, what the engine runs, what fits; at least one."""
    reserved = by_choice(setup.engine, {e: 1.0 if ENGINE_CLASS[e] == "graph" else 0.5 for e in ENGINES})
    room = fitting_batch(shape, gpu, setup, setup.input_tokens + setup.output_tokens * reserved, fit)
    most = np.minimum(engine_batch(setup), room)
    if setup.concurrency is None:
        return np.maximum(1.0, most)
    together = np.maximum(1.0, np.minimum(setup.concurrency, room))
    waves = setup.concurrency / np.ceil(setup.concurrency / together)
    return when(setup.static_batch, waves, together)


def output_rate(shape: ModelShape, gpu: GpuSheet, setup: ServingSetup, batch: Count, fit: Constants) -> Quantity:
    """Return the generated tokens per second of the group at a batch, prefill included.

    Equation
    --------
    R = B / ( t_step + (B / n_out) t_prefill )
    """
    context = setup.input_tokens + setup.output_tokens * 0.5
    step = decode_step(shape, gpu, setup, batch, context, fit)
    reading = prefill_seconds(shape, gpu, setup, setup.input_tokens, fit)
    rate: Quantity = batch / (step + batch / setup.output_tokens * reading)
    return rate
