"""How long one micro step of fine-tuning takes on one GPU.

Equation
--------
t = ( sqrt( (t_matmul + t_attention + t_traffic)^2 + t_launch^2 )^3 + t_exchange^3 )^(1/3) + t_optimizer + t_offload

Every term is a count of work divided by a rate of the data sheet and an efficiency from `hardware_constants.csv`:
arithmetic by the peak, reads and writes by the memory bandwidth, exchanges by the link. A launch costs the same on
every GPU, because it is the processor that launches; it hides behind the device's work, and the device behind it.
"""

from dataclasses import dataclass

import numpy as np

from estimator.hardware.adapters import adapted_module_count, adapter_params, adapter_width, trained_embedding_params
from estimator.hardware.choices import by_choice, is_any, when
from estimator.hardware.constants import Constants
from estimator.hardware.setup import TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.quantities import Count, Flop, Quantity, Seconds, Tokens

TERA, GIGA = 1e12, 1e9
NEWER = ("hopper", "blackwell")
"""Architectures after Ampere whose tensor cores are fed asynchronously."""
UNSTATED_ACCUMULATION = 4.0
PCIE_GB_S = 22.0
"""Collectives over the bus of a host, fourth generation."""
ETHERNET_GB_S = 1.2
"""Collectives over ten-gigabit Ethernet between hosts."""
FP32_UNITS_SHARE = 0.125
"""Rate of the fp32 units over that of the fp16 tensor cores, Volta and Turing (15.7 of 125, 8.1 of 65 TFLOP/s)."""
LARGEST_EXPERT_GROUP = 32.0
"""GPUs that experts are divided over in published recipes, at most: beyond it layers are divided instead."""
PACKED_BITS = 4.5
"""Four bits and a 32-bit scale for each 64 weights."""
BACKWARD_OF_ATTENTION = 2.5
"""Work of the backward pass of attention over the forward pass: five products where the forward has two."""


@dataclass(frozen=True, slots=True)
class StepTime:
    """The parts of a micro step [s]; they overlap, so the whole is less than the sum."""

    matmul_seconds: Seconds
    attention_seconds: Seconds
    traffic_seconds: Seconds
    launch_seconds: Seconds
    exchange_seconds: Seconds
    optimizer_seconds: Seconds
    offload_seconds: Seconds

    @property
    def seconds(self) -> Seconds:
        """Return the length of the micro step."""
        device = self.matmul_seconds + self.attention_seconds + self.traffic_seconds
        busy = np.hypot(device, self.launch_seconds)
        overlapped = np.cbrt(busy**3 + self.exchange_seconds**3)
        total: Seconds = overlapped + self.optimizer_seconds + self.offload_seconds
        return total


def micro_step(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, gpus: Quantity, fit: Constants) -> StepTime:
    """Time one micro step of one GPU, part by part."""
    tokens = setup.micro_batch * setup.sequence_tokens
    recompute = when(setup.gradient_checkpointing, 1.0, 0.0)
    return StepTime(
        matmul_seconds=_matmul(shape, gpu, setup, tokens, fit),
        attention_seconds=attention_flop_per_token(shape, setup.sequence_tokens)
        * tokens
        * (1.0 + BACKWARD_OF_ATTENTION + recompute)
        / attention_rate(gpu, setup, fit),
        traffic_seconds=_traffic_bytes(shape, setup, tokens, fit) / (gpu.memory_bandwidth_gb_s * GIGA),
        launch_seconds=_launch(shape, setup, gpus, fit),
        exchange_seconds=_exchange(shape, gpu, setup, gpus, tokens, fit),
        optimizer_seconds=_optimizer(shape, gpu, setup, gpus, fit),
        offload_seconds=when(setup.cpu_offload, _offload(shape, setup, gpus, fit), 0.0),
    )


def attention_flop_per_token(shape: ModelShape, sequence_tokens: Tokens) -> Flop:
    """Count the work of causal attention scores for a token, forward.

    Equation
    --------
    F = 2 L d s,  s the tokens a layer sees: the window where it has one

    Inputs
    ------
    shape : L layers, d = heads x head size
    sequence_tokens : s [token]
    """
    local = np.minimum(sequence_tokens, 2.0 * shape.sliding_window_tokens)
    seen = shape.full_attention_share * sequence_tokens + (1.0 - shape.full_attention_share) * local
    return 2.0 * shape.n_layers * shape.attention_width * seen


def sixteen_bit_share(gpu: GpuSheet, setup: TrainingSetup) -> Quantity:
    """Return the share of the tensor rate that 16 bit reaches: bf16 falls to the fp32 units without bf16 cores."""
    emulated = np.logical_and(is_any(setup.precision, "bf16"), np.logical_not(gpu.bf16_supported))
    return np.where(emulated, FP32_UNITS_SHARE, 1.0)


def attention_rate(gpu: GpuSheet, setup: TrainingSetup, fit: Constants) -> Quantity:
    """Return the rate of fused attention [FLOP/s]: kernels written for Ampere reach a smaller share of later GPUs."""
    newer = by_choice(
        setup.stack,
        {
            "eager": fit["attention_newer_flash"],
            "compiled": fit["attention_newer_flash"],
            "megatron": fit["attention_newer_megatron"],
        },
    )
    ported = when(is_any(gpu.architecture, *NEWER), newer, 1.0)
    best = gpu.bf16_tflops * gpu.matmul_share_bf16 * sixteen_bit_share(gpu, setup) * TERA
    return best * fit["attention_efficiency"] * ported


def matmul_rate(gpu: GpuSheet, setup: TrainingSetup, fit: Constants) -> Quantity:
    """Return the matmul rate held in the precision asked [FLOP/s]."""
    eight = np.where(np.greater(gpu.fp8_tflops, 0.0), gpu.fp8_tflops * gpu.matmul_share_fp8, gpu.bf16_tflops)
    sixteen = gpu.bf16_tflops * gpu.matmul_share_bf16 * sixteen_bit_share(gpu, setup)
    rate = when(is_any(setup.precision, "fp8"), eight, sixteen) * TERA
    return rate * when(is_any(gpu.architecture, *NEWER), fit["sustained_newer"], 1.0)


def accumulation(setup: TrainingSetup) -> Count:
    """Return the micro batches between two optimizer steps: as stated, else four."""
    return UNSTATED_ACCUMULATION if setup.gradient_accumulation is None else setup.gradient_accumulation


def base_bits(setup: TrainingSetup) -> Quantity:
    """Return the bits a weight of the base is held in: as stated, else 4 for QLoRA and 16 for the others."""
    usual = when(is_any(setup.method, "qlora"), 4.0, 16.0)
    return usual if setup.weight_bits is None else setup.weight_bits


def _matmul(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, tokens: Tokens, fit: Constants) -> Seconds:
    """Multiply every token by every active parameter, forward, backward and again where recomputed."""
    passes = when(is_any(setup.method, "full"), 3.0, 2.0)
    recomputed = when(setup.gradient_checkpointing, 1.0, 0.0)
    adapters = when(is_any(setup.method, "full"), 0.0, adapter_params(shape, setup.lora_rank, setup.lora_targets))
    work = 2.0 * tokens * (passes * shape.matmul_params + recomputed * shape.active_block_params + 3.0 * adapters)
    stack = by_choice(
        setup.stack,
        {name: fit[f"matmul_efficiency_{name}"] for name in ("eager", "compiled", "megatron")},
    )
    eight = when(is_any(setup.precision, "fp8"), fit["fp8_efficiency"], 1.0)
    sparse = np.where(shape.is_sparse, fit["expert_efficiency"], 1.0)
    computing = work / (matmul_rate(gpu, setup, fit) * stack * eight * sparse)
    touched = 1.0 - (1.0 - shape.experts_per_token / shape.n_experts) ** tokens
    weights_read = 2.0 * (shape.embedding_params * 0.5 + shape.block_params * touched) * (passes + recomputed)
    reading = weights_read / (gpu.memory_bandwidth_gb_s * GIGA * fit["bandwidth_efficiency"])
    total: Seconds = np.hypot(computing, reading)
    return total


def _traffic_bytes(shape: ModelShape, setup: TrainingSetup, tokens: Tokens, fit: Constants) -> Quantity:
    """Count what is read and written beside the matmuls: norms, activations, adapters, logits, unpacked weights."""
    names = ("eager", "compiled", "megatron")
    recompute = when(setup.gradient_checkpointing, 1.0, 0.0)
    passes = 2.5 + recompute
    experts = shape.experts_per_token + shape.shared_experts
    routed = np.where(shape.is_sparse, 4.0 * shape.experts_per_token * shape.hidden_size, 0.0)
    width = 3.0 * shape.hidden_size + shape.ffn_size * experts + shape.attention_width + routed
    pointwise = by_choice(setup.stack, {name: fit[f"pointwise_passes_{name}"] for name in names})
    adapting = by_choice(setup.stack, {name: fit[f"adapter_passes_{name}"] for name in names})
    frozen = when(is_any(setup.method, "full"), 0.0, 1.0)
    adapted = frozen * adapting * adapter_width(shape, setup.lora_targets, experts)
    logit = by_choice(setup.stack, {name: fit[f"logit_bytes_{name}"] for name in names}) * shape.vocab_size
    packed_weights = np.where(np.less(base_bits(setup), 16.0), shape.block_params, 0.0)
    unpacking = by_choice(setup.stack, {name: fit[f"dequantise_bytes_{name}"] for name in names})
    unfused = when(setup.flash_attention, 0.0, 1.0) * fit["score_bytes"] * shape.n_heads * setup.sequence_tokens
    per_token = passes * shape.n_layers * (2.0 * (pointwise * width + adapted) + unfused) + logit
    return tokens * per_token + packed_weights * unpacking * (2.0 + recompute)


def _launch(shape: ModelShape, setup: TrainingSetup, gpus: Quantity, fit: Constants) -> Seconds:
    """Launch the kernels of every layer, one pass after the other."""
    passes = 2.0 + when(setup.gradient_checkpointing, 1.0, 0.0)
    frozen = when(is_any(setup.method, "full"), 0.0, 1.0)
    gathered = np.where(np.greater(gpus, 1.0), when(is_any(setup.sharding, "zero3", "fsdp"), 1.0, 0.0), 0.0)
    eager = (
        fit["launch_ms_eager"]
        + fit["launch_ms_adapter"] * frozen * adapted_module_count(setup.lora_targets)
        + fit["launch_ms_gathered"] * gathered
    )
    per_layer = by_choice(
        setup.stack, {"eager": eager, "compiled": fit["launch_ms_compiled"], "megatron": fit["launch_ms_compiled"]}
    )
    return shape.n_layers * passes * per_layer / 1e3


def link_bytes_per_second(gpu: GpuSheet, setup: TrainingSetup, gpus: Quantity, fit: Constants) -> Quantity:
    """Return what a collective moves past each GPU: the link inside a node, the node's network beyond."""
    beyond = np.minimum(gpu.link_gb_s, gpu.network_gb_s)
    sheet = np.where(np.greater(gpus, gpu.gpus_per_node), beyond, gpu.link_gb_s)
    slowest = when(is_any(setup.interconnect, "pcie"), PCIE_GB_S, np.inf)
    slowest = when(is_any(setup.interconnect, "ethernet"), ETHERNET_GB_S, slowest)
    return np.minimum(sheet, slowest) * GIGA * fit["link_efficiency"]


def _exchange(
    shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, gpus: Quantity, tokens: Tokens, fit: Constants
) -> Seconds:
    """Gather sharded weights, reduce gradients, send tokens to their experts."""
    trains_all = is_any(setup.method, "full")
    weights = weight_bytes(shape, setup)
    trained = when(
        trains_all,
        shape.params_b * GIGA,
        adapter_params(shape, setup.lora_rank, setup.lora_targets)
        + trained_embedding_params(shape, setup.lora_targets),
    )
    gradients = 2.0 * trained
    gathers = 2.0 * weights + when(trains_all, gradients, 0.0)
    per_step = 2.0 * gradients / accumulation(setup)
    moved = by_choice(
        setup.sharding, {"none": per_step, "ddp": per_step, "zero2": per_step, "zero3": gathers, "fsdp": gathers}
    )
    moved = when(is_any(setup.stack, "megatron"), 0.0 * moved, moved)
    ring = (gpus - 1.0) / gpus
    groups = np.minimum(np.minimum(gpus, shape.n_experts), LARGEST_EXPERT_GROUP)
    outside = np.maximum(0.0, 1.0 - gpu.gpus_per_node / groups) * fit["expert_crossing"]
    routed = np.where(
        np.logical_and(shape.is_sparse, np.greater(gpus, 1.0)),
        tokens * shape.n_layers * shape.experts_per_token * shape.hidden_size * 8.0,
        0.0,
    )
    card = gpu.network_gb_s / gpu.gpus_per_node * GIGA * fit["link_efficiency"]
    inside = gpu.link_gb_s * GIGA * fit["link_efficiency"]
    return moved * ring / link_bytes_per_second(gpu, setup, gpus, fit) + routed * (
        outside / card + (1.0 - outside) / inside
    )


def weight_bytes(shape: ModelShape, setup: TrainingSetup) -> Quantity:
    """Return the bytes of the weights that stand still or are trained, in 16 bit or packed."""
    bits = base_bits(setup)
    bits = np.where(np.equal(bits, 4.0), PACKED_BITS, bits)
    return shape.block_params * bits / 8.0 + 2.0 * (shape.params_b * GIGA - shape.block_params)


def _optimizer(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, gpus: Quantity, fit: Constants) -> Seconds:
    """Read and write states, gradients and weights once in an optimizer step; spread over its micro steps."""
    shared = when(is_any(setup.sharding, "none", "ddp"), np.where(is_any(setup.stack, "megatron"), gpus, 1.0), gpus)
    everything = shape.params_b * GIGA * fit["optimizer_bytes"] / (shared * gpu.memory_bandwidth_gb_s * GIGA)
    idle = when(setup.cpu_offload, 0.0, 1.0)
    return when(is_any(setup.method, "full"), everything, 0.0 * everything) * idle / accumulation(setup)


def _offload(shape: ModelShape, setup: TrainingSetup, gpus: Quantity, fit: Constants) -> Seconds:
    """Move weights and gradients over the host bus; step the optimizer in host memory."""
    trains_all = is_any(setup.method, "full")
    moved = when(trains_all, 8.0, 6.0) * shape.params_b * GIGA / gpus
    host_step = when(trains_all, 28.0, 0.0) * shape.params_b * GIGA
    return moved / (fit["host_bus_gb_s"] * GIGA) + host_step / (fit["host_memory_gb_s"] * GIGA)
