"""What is asked of the hardware model about a fine-tuning job."""

from collections.abc import Mapping
from dataclasses import dataclass

from estimator.hardware.choices import Choice, Truth
from estimator.quantities import Count, Hours, Quantity, Share, Tokens

OPTIMIZERS = ("adamw", "adam", "adamw_8bit", "paged_adamw", "paged_adamw_8bit", "adafactor", "lion", "sgd")
INTERCONNECTS = ("usual", "nvlink", "infiniband", "pcie", "ethernet")
PROBES = ("seconds_per_step", "tokens_per_second", "peak_memory_gib")
PROBED_AT = ("sequence_tokens", "micro_batch", "gpus", "gradient_accumulation")
"""Where a probe may differ from the set-up that it speaks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetup:
    """A fine-tuning job as the caller describes it; arrays hold one candidate an entry.

    Parameters
    ----------
    gpus : number of GPUs; None = the smallest number that fits
    gradient_accumulation : micro batches between two optimizer steps; None = 1 in a probe, 4 for the optimizer's share
    mean_tokens_per_example : mean length where examples are padded to `sequence_tokens`; None = no padding
    master_weights : keep an fp32 copy of trained weights; None = as the sharding usually does (ZeRO: yes, else no)
    optimizer_in_backward : gradients are freed as they are applied
    chunked_loss : the logits are never held whole; None = in compiled and Megatron stacks
    flash_attention : the score matrix is never held whole
    expected_restart_share : share of the job that is run again after failures
    interconnect : what the GPUs exchange over; "usual" = as the data sheet's systems have it
    overhead_factor : whole job over warm steps; None = the calibrated one
    memory_quantile : where in its spread the peak memory stands that a number of GPUs is found for; None = the median
    probe : a measured figure of a short run: of this very set-up, or of one that differs in what the probe also states
    """

    method: Choice = "lora"
    lora_rank: Count = 16.0
    lora_targets: Choice = "all-linear"
    weight_bits: Quantity | None = None
    gpus: Count | None = 1.0
    sharding: Choice = "none"
    stack: Choice = "eager"
    precision: Choice = "bf16"
    optimizer: Choice = "adamw"
    sequence_tokens: Tokens = 2048.0
    micro_batch: Count = 1.0
    gradient_checkpointing: Truth = True
    packed: Truth = True
    cpu_offload: Truth = False
    training_tokens: Tokens | None = None
    interconnect: Choice = "usual"
    probe: Mapping[str, Quantity] | None = None
    gradient_accumulation: Count | None = None
    mean_tokens_per_example: Tokens | None = None
    master_weights: Truth | None = None
    optimizer_in_backward: Truth = False
    chunked_loss: Truth | None = None
    flash_attention: Truth = True
    expected_restart_share: Share = 0.0
    overhead_factor: Quantity | None = None
    startup_hours: Hours = 0.0
    memory_quantile: Quantity | None = None


SERVING_BITS = (4.0, 8.0, 16.0)
KV_BITS = (4.0, 8.0, 16.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingSetup:
    """A serving deployment as the caller describes it; arrays hold one candidate an entry.

    Parameters
    ----------
    tensor_parallel : GPUs that hold one copy of the model together
    concurrency : requests in flight; None = as many as fit
    requests_per_second : demand; the answer then says how many replicas meet it
    time_to_first_token_ms : latency target; it limits the requests in flight
    static_batch : all requests start together and wait for each other
    max_batch : what the engine is configured to run at once; None = the engine's usual maximum
    adapters, adapter_rank : LoRA adapters served from one base
    memory_share : share of the GPU's memory that the engine may use
    prefix_hit_share : share of the input found in the prefix cache
    """

    tensor_parallel: Count = 1.0
    engine: Choice = "vllm"
    weight_bits: Quantity = 16.0
    kv_bits: Quantity = 16.0
    input_tokens: Tokens = 1024.0
    output_tokens: Tokens = 256.0
    concurrency: Count | None = None
    requests_per_second: Quantity | None = None
    time_to_first_token_ms: Quantity | None = None
    static_batch: Truth = False
    max_batch: Count | None = None
    adapters: Count = 0.0
    adapter_rank: Count = 16.0
    adapter_targets: Choice = "all-linear"
    memory_share: Share = 0.9
    max_utilisation: Share = 0.8
    peak_to_average: Quantity = 1.0
    prefix_hit_share: Share = 0.0
