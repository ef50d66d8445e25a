"""How a model is tuned: by a provider, or on own or rented GPUs."""

from dataclasses import dataclass
from typing import ClassVar

from estimator.scenario.inputs import choice, flag, nested, number, share, text, whole
from estimator.scenario.serving import Owned, Prices
from estimator.scenario.shape import Shape
from estimator.scenario.workload import Number

METHODS = ("full", "lora", "qlora")
SHARDINGS = ("none", "ddp", "zero2", "zero3", "fsdp")
STACKS = ("eager", "compiled", "megatron")
PRECISIONS = ("bf16", "fp16", "fp8")
LORA_TARGETS = ("all-linear", "attention", "attention-qv")


@dataclass(frozen=True, kw_only=True, slots=True)
class ManagedTraining:
    """Let a provider train: tokens, or hours, with a least charge."""

    kind: ClassVar[str] = "managed"
    service: str | None = text(None, "Tuning service of the price book.", nullable=True, names="service")
    base_model: str | None = text(None, "Base model to tune there.", nullable=True, names="tuned_model")
    method: str | None = text(None, "Tuning method of the service, such as sft, dpo or rft.", nullable=True)
    tier: str | None = text(None, "Tier of the service, such as global or developer.", nullable=True)
    prices: Prices | None = nested(Prices, None, "Prices in the place of a service of the price book.", nullable=True)
    hours_per_run: Number = number(None, "h/run", "Hours of a run where the provider bills hours.", nullable=True)
    padded_to_tokens: Number = number(
        None, "token/example", "Length that each row is padded to and billed at; null = its own length.", nullable=True
    )
    validation_passes: Number = number(0.0, "1/run", "Passes over the validation examples that are billed in each run.")
    grader_usd_per_run: Number = number(0.0, "USD/run", "Price of the graders of reinforcement tuning.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """A short measured run of the same set-up: it shifts and narrows the estimate."""

    seconds_per_step: Number = number(None, "s", "Mean seconds of a warm optimiser step.", nullable=True, low_open=True)
    tokens_per_second: Number = number(
        None, "token/s", "Warm tokens per second of all GPUs.", nullable=True, low_open=True
    )
    peak_memory_gib: Number = number(None, "GiB", "Peak memory of one GPU.", nullable=True, low_open=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuTraining:
    """Train on own or rented GPUs."""

    kind: ClassVar[str] = "gpus"
    base_model: str | None = text(None, "Base model whose shape is known here.", nullable=True, names="base_model")
    shape: Shape | None = nested(Shape, None, "Shape of a model that is not known here.", nullable=True)
    method: str = choice("lora", METHODS, "What is trained.", basis="the usual first choice")
    lora_rank: Number = whole(16, "1", "Rank of the adapters.", low=1, high=65536, basis="common rank", fixed=True)
    lora_targets: str = choice("all-linear", LORA_TARGETS, "Layers that get adapters.", basis="the usual choice")
    weight_bits: Number = number(
        None,
        "bit",
        "Bits of a frozen weight; null = 4 for qlora, else 16.",
        low=1.0,
        high=32.0,
        nullable=True,
        fixed=True,
    )
    gpu: str | None = text(None, "GPU whose speed and memory are known here.", nullable=True, names="gpu")
    gpus: Number = whole(
        None, "GPU", "GPUs of a run; null = the smallest number that fits.", nullable=True, low=1, high=1e6, fixed=True
    )
    provider: str | None = text(None, "Provider whose GPU price is taken.", nullable=True, names="provider")
    commitment: str = choice(
        "on_demand", ("on_demand", "reserved", "spot"), "Kind of GPU price.", basis="no commitment"
    )
    usd_per_gpu_hour: Number = number(None, "USD/h", "Price of one GPU for one hour; null = price book.", nullable=True)
    owned: Owned | None = nested(Owned, None, "Hardware bought instead of rented.", nullable=True)
    mfu: Number = share(
        None,
        "Share of the GPU's peak speed that is useful work: 6 operations for each parameter and token, 4 where the base is "
        "frozen (LoRA); null = hardware model.",
        nullable=True,
        low_open=True,
    )
    padding_factor: Number = number(
        1.0, "1", "Padded over useful tokens, where an MFU is stated.", low=1.0, high=1e4, basis="packed rows"
    )
    overhead_factor: Number = number(
        None,
        "1",
        "Whole job over warm steps; null = 1.2 with a stated MFU, else the hardware model's.",
        low=1.0,
        high=1e4,
        nullable=True,
    )
    startup_hours: Number = number(
        0.25,
        "h/run",
        "Hours each GPU of a run is billed before the first step.",
        high=1e4,
        basis="judgement: image, weights, data",
    )
    search_data_share: Number = share(
        1.0, "Share of the data that all runs but the last train on.", basis="every run trains on all data"
    )
    sharding: str = choice("none", SHARDINGS, "How the state is spread over the GPUs.", basis="one GPU, or replicas")
    stack: str = choice(
        "eager",
        STACKS,
        "Software: eager PyTorch, compiled or fused kernels, Megatron-class.",
        basis="the usual Hugging Face stack",
    )
    precision: str = choice("bf16", PRECISIONS, "Precision of the matrix products.", basis="the usual choice")
    optimizer: str = choice(
        "adamw", ("adamw", "adamw_8bit", "paged_adamw_8bit", "adafactor", "sgd"), "Optimiser.", basis="the usual choice"
    )
    sequence_tokens: Number = whole(
        None,
        "token",
        "Length of a training sequence; null = the tokens of an example.",
        nullable=True,
        low=1,
        high=1e8,
        fixed=True,
    )
    micro_batch: Number = whole(
        2, "1", "Sequences in a micro batch of one GPU.", low=1, high=1e6, basis="small, so that it fits", fixed=True
    )
    gradient_checkpointing: bool = flag(True, "Whether activations are recomputed.", basis="saves memory")
    packed: bool = flag(True, "Whether short examples share a sequence.", basis="no padding")
    cpu_offload: bool = flag(False, "Whether state is kept in host memory.", basis="slow; only when stated")
    gpu_hours_quantile: Number = share(
        None,
        "Where in the measured spread of the hardware model the GPU-hours are taken, 0.9 = nine in ten jobs take less; null = the median, drawn where bands are asked.",
        nullable=True,
        low_open=True,
        high_open=True,
    )
    memory_quantile: Number = share(
        None,
        "Where in the measured spread of the hardware model the peak memory is taken: it sets the number of GPUs where "
        "none is stated; null = the median, drawn where bands are asked.",
        nullable=True,
        low_open=True,
        high_open=True,
    )
    probe: Probe | None = nested(Probe, None, "A measured probe run of the same set-up.", nullable=True)


TRAINING = {each.kind: each for each in (ManagedTraining, GpuTraining)}
Training = ManagedTraining | GpuTraining
