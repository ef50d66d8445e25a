"""What fine-tuning holds in the memory of one GPU at its peak.

Equation
--------
M = c (weights + optimizer + (gradients^3 + growing^3)^(1/3)) + overhead
growing = kept activations + (recomputed layer^3 + logits^3)^(1/3)

Gradients fill up while activations are freed, and a layer is recomputed after the logits are gone: peaks that never
meet do not add. Weights, gradients and optimizer states are
divided by the GPUs where the sharding divides them; activations never are.
"""

from dataclasses import dataclass

import numpy as np

from estimator.hardware.adapters import adapter_params, adapter_width, trained_embedding_params
from estimator.hardware.choices import by_choice, is_any, when
from estimator.hardware.constants import Constants
from estimator.hardware.setup import TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.hardware.training_speed import weight_bytes
from estimator.quantities import BYTES_PER_GIB, Quantity

GIGA = 1e9
MOMENT_BYTES = {
    "adamw": 2.0,
    "adam": 2.0,
    "paged_adamw": 2.0,
    "adamw_8bit": 1.0,
    "paged_adamw_8bit": 1.0,
    "adafactor": 0.02,
    "lion": 1.0,
    "sgd": 0.0,
}
"""Optimizer moments a parameter in units of the parameter's own bytes (16 bit); 8-bit ones are always one byte each."""


@dataclass(frozen=True, slots=True)
class MemoryParts:
    """What the peak on one GPU is made of; the parts add up to it [GiB].

    Gradients, activations and logits do not peak together: each is scaled to its part in the highest moment.
    `gradients_full` and `growing` are the unscaled gradients, and the unscaled part that grows with the batch.
    """

    weights: Quantity
    gradients: Quantity
    optimizer: Quantity
    activations: Quantity
    logits: Quantity
    overhead: Quantity
    gradients_full: Quantity
    growing: Quantity

    @property
    def allocated_gib(self) -> Quantity:
        """Add the parts up."""
        still = self.weights + self.optimizer + self.overhead
        return still + self.gradients + self.activations + self.logits


def peak_memory(shape: ModelShape, gpu: GpuSheet, setup: TrainingSetup, gpus: Quantity, fit: Constants) -> MemoryParts:
    """Estimate the peak memory of one GPU, part by part."""
    scale = fit["allocator_factor"] / BYTES_PER_GIB
    tokens = setup.micro_batch * setup.sequence_tokens
    kept, working = _activation_bytes(shape, setup, tokens, fit)
    logits = _logit_bytes(shape, setup, tokens, fit)
    gradients, states = _training_state(shape, setup, gpus, fit)
    weights = _weights(shape, setup, gpus, fit)
    growing = kept + np.cbrt(working**3 + logits**3)
    moving = np.cbrt(gradients**3 + growing**3)
    part = moving / np.maximum(gradients + kept + working + logits, 1.0)
    overhead = fit["overhead_gib"] + np.where(np.greater(gpus, 1.0), fit["collective_gib"], 0.0)
    overhead = overhead + when(is_any(setup.sharding, "zero2", "zero3"), fit["bucket_gib"], 0.0)
    room = np.maximum(0.0, (gpu.memory_gib - overhead) / scale - weights - moving)
    paged = is_any(setup.optimizer, "paged_adamw", "paged_adamw_8bit")
    states = when(paged, np.minimum(states, room), states)
    return MemoryParts(
        weights=scale * weights,
        gradients=scale * gradients * part,
        optimizer=scale * states,
        activations=scale * (kept + working) * part,
        logits=scale * logits * part,
        overhead=overhead,
        gradients_full=scale * gradients,
        growing=scale * growing,
    )


def _is_sharded(setup: TrainingSetup) -> Quantity:
    """Tell whether weights are divided: by ZeRO-3 or FSDP, or by Megatron's model parallelism."""
    return when(is_any(setup.sharding, "zero3", "fsdp"), 1.0, when(is_any(setup.stack, "megatron"), 1.0, 0.0))


def _weights(shape: ModelShape, setup: TrainingSetup, gpus: Quantity, fit: Constants) -> Quantity:
    """Hold the weights, and where they are sharded two gathered layers and the embedding beside the shard."""
    whole = weight_bytes(shape, setup)
    sharded = _is_sharded(setup)
    embedding = 2.0 * (shape.params_b * GIGA - shape.block_params)
    gathered = 2.0 * (whole - embedding) / shape.n_layers + embedding
    many = np.where(np.greater(gpus, 1.0), sharded, 0.0)
    resident = when(setup.cpu_offload, 0.0, 1.0) * whole / np.where(many > 0, gpus, 1.0)
    window = np.maximum(many, when(setup.cpu_offload, 1.0, 0.0)) * fit["gathered_layers"] * gathered
    return np.minimum(resident + window, whole + gathered)


def _training_state(
    shape: ModelShape, setup: TrainingSetup, gpus: Quantity, fit: Constants
) -> tuple[Quantity, Quantity]:
    """Count gradients and optimizer states (with fp32 copies) [byte]."""
    total = shape.params_b * GIGA
    zero = is_any(setup.sharding, "zero2", "zero3")
    master = when(zero, 1.0, when(is_any(setup.stack, "megatron"), 1.0, 0.0))
    if setup.master_weights is not None:
        master = when(setup.master_weights, 1.0, 0.0)
    moments = by_choice(setup.optimizer, MOMENT_BYTES)
    eight_bit = is_any(setup.optimizer, "adamw_8bit", "paged_adamw_8bit")
    per_moment = 2.0 + 2.0 * master
    state = when(eight_bit, 2.0, moments * per_moment) + 4.0 * master
    gradient = (2.0 + 4.0 * master) * when(setup.optimizer_in_backward, 0.05, 1.0)
    divided = np.where(
        np.greater(gpus, 1.0),
        when(is_any(setup.sharding, "none", "ddp"), when(is_any(setup.stack, "megatron"), gpus, 1.0), gpus),
        1.0,
    )
    on_gpu = when(setup.cpu_offload, 0.0, 1.0)
    adapters = adapter_params(shape, setup.lora_rank, setup.lora_targets)
    extra = trained_embedding_params(shape, setup.lora_targets)
    light = (adapters * fit["adapter_state_bytes"] + extra * fit["embedding_state_bytes"]) / divided
    trains_all = is_any(setup.method, "full")
    gradients = when(trains_all, gradient * total / divided * on_gpu, 0.25 * light)
    states = when(trains_all, state * total / divided * on_gpu, 0.75 * light)
    return gradients, states


def _activation_bytes(
    shape: ModelShape, setup: TrainingSetup, tokens: Quantity, fit: Constants
) -> tuple[Quantity, Quantity]:
    """Count what is kept for the backward pass, and the layer that is recomputed in it [byte].

    With checkpointing the inputs of all layers are kept and one layer lives at a time, after the logits are gone;
    without it every layer is kept.
    """
    experts = shape.experts_per_token + shape.shared_experts
    kv = shape.n_kv_heads * shape.head_dim
    inner = shape.ffn_size * experts * (shape.mlp_matrices - 1.0) / 2.0
    fused = by_choice(setup.stack, {"eager": 1.0, "compiled": fit["fused_share"], "megatron": fit["fused_share"]})
    frozen = fit["hidden_bytes_frozen"] * shape.hidden_size + fit["inner_bytes_frozen"] * inner
    frozen = frozen + fit["adapter_input_bytes"] * adapter_width(shape, setup.lora_targets, experts) / 2.0
    trained = fit["hidden_bytes_full"] * shape.hidden_size + fit["inner_bytes_full"] * inner
    attention = 4.0 * (shape.attention_width + kv)
    layer = tokens * fused * (when(is_any(setup.method, "full"), trained, frozen) + attention)
    scores = shape.n_heads * setup.micro_batch * setup.sequence_tokens**2.0 * fit["score_bytes"]
    layer = layer + when(setup.flash_attention, 0.0, 1.0) * scores
    inputs = tokens * 2.0 * shape.hidden_size * shape.n_layers
    kept = when(setup.gradient_checkpointing, inputs, layer * shape.n_layers)
    return kept, when(setup.gradient_checkpointing, fit["recomputed_layers"] * layer, 0.0 * layer)


def _logit_bytes(shape: ModelShape, setup: TrainingSetup, tokens: Quantity, fit: Constants) -> Quantity:
    """Hold the logits of a micro batch with their fp32 copies, or of a piece of it."""
    chunked = (
        when(is_any(setup.stack, "eager"), 0.0, 1.0)
        if setup.chunked_loss is None
        else when(setup.chunked_loss, 1.0, 0.0)
    )
    return tokens * shape.vocab_size * fit["logit_bytes"] * (1.0 - 0.875 * chunked)
