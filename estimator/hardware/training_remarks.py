"""What a fine-tuning estimate says beside its figures: the defaults it rests on, and reasons to trust it less."""

import numpy as np

from estimator.hardware.choices import is_any
from estimator.hardware.constants import constants
from estimator.hardware.intervals import FEW_ROWS, gpu_class
from estimator.hardware.remarks import Assumption, Caution
from estimator.hardware.setup import TrainingSetup
from estimator.hardware.shapes import GpuSheet
from estimator.hardware.training_speed import accumulation, base_bits
from estimator.quantities import Quantity, Share


def training_assumptions(setup: TrainingSetup, load_share: Share, pue: Quantity) -> tuple[Assumption, ...]:
    """List the defaults that the figures rest on."""
    used = []
    if setup.gradient_accumulation is None:
        count = float(np.max(accumulation(setup)))
        used.append(Assumption("/gradient_accumulation", count, "1", "micro batches that share an optimizer step"))
    if setup.weight_bits is None and np.ndim(base_bits(setup)) == 0:
        used.append(Assumption("/weight_bits", float(base_bits(setup)), "bit", "usual for the method"))
    if setup.training_tokens is not None:
        if setup.overhead_factor is None:
            factor = constants("training_speed")["job_overhead"]
            used.append(Assumption("/overhead_factor", factor, "1", "whole jobs over warm steps, fitted"))
        if np.ndim(load_share) == 0 and np.ndim(pue) == 0:
            used.append(
                Assumption("/power_load_share", float(load_share), "1", "board power under load over rated power")
            )
            used.append(Assumption("/pue", float(pue), "1", "ordinary data centre"))
    return tuple(used)


def training_warnings(gpu: GpuSheet, setup: TrainingSetup) -> tuple[Caution, ...]:
    """List the reasons to trust the figures less."""
    cautions = []
    if isinstance(gpu.architecture, str) and gpu_class(gpu.architecture) in FEW_ROWS:
        reason = FEW_ROWS[gpu_class(gpu.architecture)]
        cautions.append(Caution("few_measurements", "/gpu", f"{gpu.title}: {reason}; the intervals are wider."))
    if np.any(np.logical_not(setup.packed)) and setup.mean_tokens_per_example is None:
        cautions.append(
            Caution("padding_unknown", "/packed", "Unpacked examples: training_tokens is taken to include padding.")
        )
    emulated = np.logical_and(is_any(setup.precision, "bf16"), np.logical_not(gpu.bf16_supported))
    if np.any(emulated):
        cautions.append(
            Caution(
                "bf16_without_tensor_cores",
                "/precision",
                f"{gpu.title} has no bf16 tensor cores: bf16 runs on fp32 units, about eight times slower; use fp16.",
            )
        )
    alone = is_any(setup.sharding, "none")
    several = False if setup.gpus is None else np.greater(setup.gpus, 1.0)
    if np.ndim(alone) == 0 and alone and np.ndim(several) == 0 and several and not is_any(setup.stack, "megatron"):
        cautions.append(
            Caution("not_sharded", "/sharding", "Several GPUs without sharding: each holds the whole model (as ddp).")
        )
    return tuple(cautions)
