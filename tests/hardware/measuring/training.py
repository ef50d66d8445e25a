"""Measure warm steps and peak memory of fine-tuning on one GPU: `python -m tests.hardware.measuring.training`.

    python -m tests.hardware.measuring.training --gpu H100-SXM --set eager --out rows.csv --budget-seconds 500

Needs torch, transformers and peft; bitsandbytes for QLoRA, liger-kernel for the set `fused`. No network: models get
random weights. Writes one row a case in the columns of tests/hardware/rows/own_training.csv. Each process measures one
set, because the fused kernels replace parts of transformers for good. Cases that run out of memory are written with
the outcome `out_of_memory`, cases that fail otherwise are printed and left out.
"""

import argparse
import csv
import gc
import math
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn

from tests.hardware.measuring.cases import SETS, SHAPES, Case, Shape, base_params
from tests.hardware.measuring.surroundings import sensors, surroundings

GIB = 2.0**30
WARM_UP_STEPS = 4
LEAST_STEPS, MOST_STEPS, TIMED_SECONDS = 6, 40, 2.0
MODULES = {
    "all-linear": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
    "attention": ["q_proj", "k_proj", "v_proj", "o_proj"],
    "qv": ["q_proj", "v_proj"],
}


@dataclass(frozen=True)
class Steps:
    """Timed steps [ms] and the peak memory they reached [GiB]."""

    steps_ms: list[float]
    forward_ms: float
    backward_ms: float
    optimizer_ms: float
    allocated_gib: float
    reserved_gib: float
    sm_clock_mhz: float
    power_watts: float


def build(shape: Shape, device: torch.device) -> nn.Module:
    """Build a decoder with random weights in bf16."""
    config = transformers.LlamaConfig(
        num_hidden_layers=shape.n_layers,
        hidden_size=shape.hidden_size,
        num_attention_heads=shape.n_heads,
        num_key_value_heads=shape.n_kv_heads,
        head_dim=shape.head_dim,
        intermediate_size=shape.ffn_size,
        vocab_size=shape.vocab_size,
        tie_word_embeddings=shape.tied_embeddings,
        max_position_embeddings=8192,
        use_cache=False,
        pad_token_id=None,
        bos_token_id=1,
        eos_token_id=2,
    )
    config._attn_implementation = "sdpa"
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            return transformers.LlamaForCausalLM(config)
    finally:
        torch.set_default_dtype(before)


def quantise(model: nn.Module, device: torch.device) -> None:
    """Replace the linear layers of the blocks by 4-bit ones (nf4, scales quantised again)."""
    import bitsandbytes as bnb

    for layer in model.model.layers:
        for block in (layer.self_attn, layer.mlp):
            for name, linear in list(block.named_children()):
                if isinstance(linear, nn.Linear):
                    packed = bnb.nn.Linear4bit(
                        linear.in_features,
                        linear.out_features,
                        bias=False,
                        compute_dtype=torch.bfloat16,
                        compress_statistics=True,
                        quant_type="nf4",
                        device="meta",
                    )
                    packed.weight = bnb.nn.Params4bit(
                        linear.weight.data, requires_grad=False, compress_statistics=True, quant_type="nf4"
                    )
                    setattr(block, name, packed.to(device))
                    del linear


def with_adapters(model: nn.Module, case: Case) -> nn.Module:
    """Add adapters as peft adds them: no dropout, in 32 bit beside a base in 16 bit unless the case says otherwise."""
    import peft

    config = peft.LoraConfig(
        r=case.lora_rank,
        lora_alpha=2 * case.lora_rank,
        target_modules=MODULES[case.lora_targets],
        task_type="CAUSAL_LM",
    )
    return peft.get_peft_model(model, config, autocast_adapter_dtype=not case.adapters_in_16_bit)


def fuse() -> None:
    """Let Liger replace norms, rotations, gates and the loss of Llama models built from now on."""
    from liger_kernel.transformers import apply_liger_kernel_to_llama

    apply_liger_kernel_to_llama(
        rope=True, swiglu=True, rms_norm=True, cross_entropy=False, fused_linear_cross_entropy=True
    )


class Marks:
    """Moments on the device's own clock; on a processor, on the host's."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.moments: list[Any] = []

    def mark(self) -> None:
        if self.device.type == "cuda":
            event = torch.cuda.Event(enable_timing=True)
            event.record()
            self.moments.append(event)
        else:
            self.moments.append(time.perf_counter())

    def intervals_ms(self) -> list[float]:
        if self.device.type == "cuda":
            torch.cuda.synchronize()
        pairs = zip(self.moments, self.moments[1:], strict=False)
        if self.device.type == "cuda":
            return [a.elapsed_time(b) for a, b in pairs]
        return [1e3 * (b - a) for a, b in pairs]


def batches(shape: Shape, case: Case, device: torch.device) -> Iterator[torch.Tensor]:
    """Give random tokens without end, from four batches made beforehand."""
    size = (4, case.micro_batch, case.sequence_tokens)
    made = torch.randint(0, shape.vocab_size, size, device=device)
    while True:
        yield from made


def prepared(case: Case, stack: str, device: torch.device) -> tuple[nn.Module, AbstractContextManager[Any]]:
    """Build the model of a case, and the context its forward pass runs in."""
    model = build(SHAPES[case.model], device)
    if case.method == "qlora":
        quantise(model, device)
    if case.method != "full":
        model.requires_grad_(requires_grad=False)
        model = with_adapters(model, case)
    inner = model.base_model.model if case.method != "full" else model
    if case.gradient_checkpointing:
        inner.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if stack == "compiled":
        for layer in inner.model.layers:
            layer.compile()
    model.train()
    mixed = case.method != "full"
    return model, torch.autocast(device.type, dtype=torch.bfloat16) if mixed else nullcontext()


def run(case: Case, stack: str, device: torch.device) -> Steps:
    """Train some steps: warm up, then time."""
    model, context = prepared(case, stack, device)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-5, fused=True)
    source = batches(SHAPES[case.model], case, device)
    on_gpu = device.type == "cuda"
    gc.collect()
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()

    def step(mark: Callable[[], None]) -> None:
        tokens = next(source)
        with context:
            loss = model(input_ids=tokens, labels=tokens).loss
        mark()
        loss.backward()
        mark()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        mark()

    started = time.perf_counter()
    for warming in range(WARM_UP_STEPS):
        if warming == WARM_UP_STEPS - 1:
            started = time.perf_counter()
        step(lambda: None)
        if on_gpu:
            torch.cuda.synchronize()
    count = min(MOST_STEPS, max(LEAST_STEPS, math.ceil(TIMED_SECONDS / (time.perf_counter() - started))))
    marks = Marks(device)
    marks.mark()
    for _ in range(count):
        step(marks.mark)
    clock, power = sensors(device)
    parts = marks.intervals_ms()
    return Steps(
        steps_ms=[sum(parts[i : i + 3]) for i in range(0, len(parts), 3)],
        forward_ms=statistics.median(parts[0::3]),
        backward_ms=statistics.median(parts[1::3]),
        optimizer_ms=statistics.median(parts[2::3]),
        allocated_gib=torch.cuda.max_memory_allocated() / GIB if on_gpu else math.nan,
        reserved_gib=torch.cuda.max_memory_reserved() / GIB if on_gpu else math.nan,
        sm_clock_mhz=clock,
        power_watts=power,
    )


def row_of(case: Case, stack: str, gpu: str, date: str) -> dict[str, Any]:
    """Describe a case in the columns of the table."""
    shape = asdict(SHAPES[case.model])
    params_b = round(base_params(SHAPES[case.model]) / 1e9, 4)
    shape["tied_embeddings"] = int(shape["tied_embeddings"])
    adapters = {"full": "", "lora": "peft", "qlora": "peft+bitsandbytes"}[case.method]
    kernels = {"eager": "", "fused": "liger", "compiled": "torch.compile"}.get(stack, "")
    return {
        "family": "own_measurement",
        "source": "own measurement",
        "measured_on": date,
        "kind": "steady_throughput",
        "model": case.model,
        "params_b": params_b,
        "active_params_b": params_b,
        **shape,
        "mlp_matrices": 3,
        "n_experts": "",
        "experts_per_token": "",
        "method": case.method,
        "lora_rank": case.lora_rank or "",
        "lora_targets": case.lora_targets,
        "adapter_bits": "" if case.method == "full" else 16 if case.adapters_in_16_bit else 32,
        "weight_bits": 4 if case.method == "qlora" else 16,
        "gpu": gpu,
        "gpus": 1,
        "sharding": "none",
        "stack": "eager" if stack in ("eager", "tiny") else "compiled",
        "framework": "+".join(part for part in ("transformers", adapters, kernels) if part),
        "precision": "bf16",
        "optimizer": "adamw",
        "optimizer_in_backward": "n",
        "sequence_tokens": case.sequence_tokens,
        "micro_batch": case.micro_batch,
        "gradient_accumulation": 1,
        "gradient_checkpointing": "y" if case.gradient_checkpointing else "n",
        "packed": "y",
        "cpu_offload": "n",
        "flash_attention": "y",
        "chunked_loss": "y" if stack == "fused" else "n",
    }


def figures_of(case: Case, steps: Steps) -> dict[str, Any]:
    """Summarise what was measured."""
    middle = statistics.median(steps.steps_ms)
    deciles = statistics.quantiles(steps.steps_ms, n=10)
    return {
        "tokens_per_second": round(1e3 * case.micro_batch * case.sequence_tokens / middle, 1),
        "peak_memory_gib": round(steps.allocated_gib, 3),
        "peak_reserved_gib": round(steps.reserved_gib, 3),
        "step_ms": round(middle, 2),
        "step_ms_p10": round(deciles[0], 2),
        "step_ms_p90": round(deciles[-1], 2),
        "forward_ms": round(steps.forward_ms, 2),
        "backward_ms": round(steps.backward_ms, 2),
        "optimizer_ms": round(steps.optimizer_ms, 2),
        "sm_clock_mhz": steps.sm_clock_mhz,
        "power_watts": round(steps.power_watts, 0),
        "warm_up_steps": WARM_UP_STEPS,
        "timed_steps": len(steps.steps_ms),
        "outcome": "measured",
    }


FIGURES = (
    "tokens_per_second",
    "peak_memory_gib",
    "peak_reserved_gib",
    "step_ms",
    "step_ms_p10",
    "step_ms_p90",
    "forward_ms",
    "backward_ms",
    "optimizer_ms",
    "sm_clock_mhz",
    "power_watts",
    "warm_up_steps",
    "timed_steps",
)


def measured(case: Case, stack: str, device: torch.device) -> dict[str, Any]:
    """Measure a case, or say that it does not fit."""
    try:
        return figures_of(case, run(case, stack, device))
    except torch.OutOfMemoryError:
        return {**dict.fromkeys(FIGURES, ""), "outcome": "out_of_memory"}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Measure fine-tuning on one GPU.")
    parser.add_argument("--gpu", required=True, help="the GPU's id in pricing/gpus.csv")
    parser.add_argument("--set", required=True, choices=list(SETS), help="which cases")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d", time.gmtime()))
    parser.add_argument("--budget-seconds", type=float, default=math.inf, help="start no case after this")
    parser.add_argument("--from-case", type=int, default=0, help="leave out so many cases of the set")
    asked = parser.parse_args(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    around = surroundings(device)
    print(around, flush=True)
    if asked.set == "fused":
        fuse()
    started = time.perf_counter()
    with asked.out.open("w", newline="", encoding="utf-8") as file:
        writer = None
        for case in SETS[asked.set][asked.from_case :]:
            if time.perf_counter() - started > asked.budget_seconds:
                print("budget spent before", case, flush=True)
                break
            torch.manual_seed(0)
            try:
                row = {**row_of(case, asked.set, asked.gpu, asked.date), **measured(case, asked.set, device), **around}
            except Exception:  # noqa: BLE001  (one case that fails must not lose the others)
                print("failed:", case, traceback.format_exc(limit=-4), flush=True)
                continue
            finally:
                gc.collect()
                if device.type == "cuda":
                    torch.cuda.empty_cache()
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow(row)
            file.flush()
            shown = [row[name] for name in ("tokens_per_second", "peak_memory_gib", "peak_reserved_gib", "outcome")]
            print(f"{time.perf_counter() - started:5.0f}", case.model, case.method, row["stack"], *shown, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
