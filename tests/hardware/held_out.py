"""Score rows that no fit has seen by what the API would answer: ``python -m tests.hardware.held_out rows.csv ...``.

Rows of `tests.hardware.measuring` have the columns of the fitted rows and are read by the same code; the constants are
those of the table. They must never enter a fit, or nothing would be left that tells whether the intervals hold.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from estimator.hardware.setup import TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.hardware.spread import Spread
from estimator.hardware.training import training_speed
from estimator.hardware.training_fit import fits_in, training_memory
from tests.hardware.fitting import ROWS, Bools, Floats, score
from tests.hardware.held_out_serving import milliseconds
from tests.hardware.problems import shapes_of, sheets_of, training_setups_of

TRACED = ROWS / "traced_memory.csv"
"""Peaks counted by `tests.hardware.measuring.tracing`."""
PUBLISHED = ROWS / "held_out.csv"
"""Published runs that were found after the fit and stay out of it."""
ANCHOR_ROW, ANCHOR_MODEL = "M0380", "llama-3.1-8b"
"""A measured peak among the fitted rows, and the trace of the same set-up."""
SMALL_GIB = 5.0
TITLES = {
    "tokens_per_second": "training speed",
    "peak_memory_gib": "peak memory allocated",
    "peak_reserved_gib": "reserved memory",
}
ANSWERS: dict[str, Callable[[ModelShape, GpuSheet, TrainingSetup], Spread]] = {
    "tokens_per_second": training_speed,
    "peak_memory_gib": lambda shape, sheet, setup: training_memory(shape, sheet, setup).allocated,
    "peak_reserved_gib": lambda shape, sheet, setup: training_memory(shape, sheet, setup).reserved,
}
"""Measured column -> the answer it is held against."""
DESCRIBING = (
    *("model", "method", "lora_targets", "stack", "sequence_tokens", "micro_batch", "gradient_checkpointing"),
    *("kind", "size", "batch", "context_tokens"),
)
SERVING_COLUMN = "milliseconds"
"""What rows of `tests.hardware.measuring.serving` measure; held_out_serving.py predicts it."""


@dataclass(frozen=True)
class HeldOut:
    """Rows with a measured figure, ln(predicted / measured), and which of them lie between P10 and P90."""

    column: str
    rows: pd.DataFrame
    predicted: Spread
    errors: Floats
    held: Bools


def held_out(rows: pd.DataFrame, column: str) -> HeldOut:
    """Predict the rows that have a figure in a column."""
    known = rows[rows[column].notna()].reset_index(drop=True)
    answer = milliseconds(known) if column == SERVING_COLUMN else ANSWERS[column](*asked(known))
    measured = known[column].to_numpy(float)
    errors = np.log(np.asarray(answer.p50) / measured)
    return HeldOut(column, known, answer, errors, (answer.p10 <= measured) & (measured <= answer.p90))


def asked(rows: pd.DataFrame) -> tuple[ModelShape, GpuSheet, TrainingSetup]:
    """Turn rows into what a caller would ask, with the accumulation and the 32-bit weights that the rows state."""
    setup = replace(training_setups_of(rows), gradient_accumulation=rows["gradient_accumulation"].to_numpy(float))
    if "master_weights" in rows:
        setup = replace(setup, master_weights=(rows["master_weights"] == "y").to_numpy())
    return shapes_of(rows), sheets_of(rows), setup


def fits_against_outcomes() -> pd.DataFrame:
    """Count the answers to whether a job fits by what became of it: rows are outcomes, columns answers."""
    rows = pd.read_csv(PUBLISHED)
    rows = rows[rows["family"] == "fms_acceleration"]
    shape, sheet, setup = asked(rows)
    answers = fits_in(training_memory(shape, sheet, setup), sheet).answer
    counts = pd.crosstab(rows["outcome"].to_numpy(), np.asarray(answers))
    return counts.reindex(columns=["yes", "likely", "no"], fill_value=0)


def every_held_out() -> dict[str, HeldOut]:
    """Score each figure of each family of held-out rows."""
    rows = pd.concat([pd.read_csv(TRACED), pd.read_csv(PUBLISHED)], ignore_index=True)
    return {
        f"{family}: {TITLES[column]}": held_out(own, column)
        for family, own in rows.groupby("family", sort=False)
        for column in ANSWERS
        if own[column].notna().any()
    }


def parts_of(result: HeldOut) -> pd.Series:
    """Name the part of its family that each row belongs to."""
    rows = result.rows
    if "own_trace" in set(rows["family"]):
        kinds = rows["method"] + rows["gradient_checkpointing"].map({"y": ", layers recomputed", "n": ", all kept"})
        return kinds.where(rows["peak_memory_gib"] >= SMALL_GIB, f"below {SMALL_GIB:g} GiB")
    if result.column == "tokens_per_second":
        kinds = rows["method"] + ", " + rows["stack"]
        return kinds.where(rows["n_experts"].fillna(1) <= 1, "experts, LoRA and QLoRA")
    return rows["method"] + rows["gpus"].map(lambda gpus: ", one GPU" if gpus == 1 else ", sharded")


def anchor_gib() -> tuple[float, float]:
    """Return the peak traced and the peak measured of the same set-up [GiB]."""
    traced, fitted = pd.read_csv(TRACED), pd.read_csv(ROWS / "memory.csv")
    return (
        float(traced.loc[traced["model"] == ANCHOR_MODEL, "peak_memory_gib"].iloc[0]),
        float(fitted.loc[fitted["id"] == ANCHOR_ROW, "peak_memory_gib"].iloc[0]),
    )


def chapter() -> str:
    """Write the chapter of docs/validation.md."""
    lines = []
    for name, result in every_held_out().items():
        lines.append(_line(name, result.errors, result.held))
        parts = parts_of(result)
        for part in sorted(parts.unique()) if parts.nunique() > 2 else []:
            own = (parts == part).to_numpy()
            lines.append(_line(f"- {part}", result.errors[own], result.held[own]))
    head = "| rows | number | medAPE | P90 | sigma | median ln error | 80 % interval holds |\n|" + " --- |" * 7
    traced, measured = anchor_gib()
    anchor = f"{traced:.1f} GiB traced, {measured:.1f} published (row {ANCHOR_ROW})"
    fits = fits_against_outcomes()
    titles = {"measured": "ran", "out_of_memory": "ran out of memory"}
    fit = [f"| {titles[str(name)]} | {int(counts.sum())} | {_cells(counts)} |" for name, counts in fits.iterrows()]
    told = "| runs of fms_acceleration | number | yes | likely | no |\n|" + " --- |" * 5
    return TEXT.format(table="\n".join([head, *lines]), fits="\n".join([told, *fit]), anchor=anchor)


def _cells(counts: pd.Series) -> str:
    return " | ".join(str(int(count)) for count in counts)


def _line(name: str, errors: Floats, held: Bools) -> str:
    figures = score(errors)
    shares = [f"{100 * value:.1f} %" for value in (figures["medape"], figures["p90"])]
    rest = [f"{figures['sigma']:.3f}", f"{figures['bias']:+.2f}", f"{100 * float(np.mean(held)):.1f} %"]
    return "| " + " | ".join([name, str(int(figures["rows"])), *shares, *rest]) + " |"


TEXT = """## Held-out rows

These rows enter no fit, and never may. They are predicted by the constants of the table, exactly as the API would
answer; `python -m tests.hardware.held_out FILE` scores any table with the same columns.

{table}

Whether a job fits, as answered, against what became of it:

{fits}

- **fms_acceleration** (`held_out.csv`): 171 runs of the transformers trainer on one, two and four A100 80 GB, found
  after the fit: Mistral 7B, Llama 3 8B, Llama 2 70B, PowerLM 3B, Santacoder, Mixtral 8x7B; full, LoRA and QLoRA
  (bitsandbytes, GPTQ); op by op and with fused kernels; sequences packed to 4,096 tokens (Santacoder 2,048), every
  layer recomputed, 100 steps, speed from the trainer, peaks from torch and from the driver. Read from the sources:
  speed is per GPU; more than one GPU shards by FSDP, with 32-bit weights where 20 bytes a parameter are held in full
  fine-tuning. Assumed: the SXM form of the GPU.
- **Dense models are predicted to 6 % in speed** (nine runs in ten inside the interval) **and all models to 9 % in
  reserved memory** (three in four). A "yes" to whether a job fits was right in 155 of 162 runs, a "no" in 63 of 67;
  five of the seven wrong ones are Llama 2 70B in 4 bit on two GPUs. Experts are predicted wrongly: Mixtral with
  frozen 4-bit or 16-bit experts runs 1.6 times faster than predicted; the only fitted rows of experts are of Megatron
  trainers over many nodes. What torch allocates is off by 14 % and its interval holds 63 % of the runs: the fitted
  rows mix what torch allocates with what a driver reports. Take the reserved figure.
- **universal_llm_trainer** (`held_out.csv`): one project's table of full and LoRA fine-tuning on H100, RTX PRO 6000
  and A100, two sequences of 8,192 tokens, every layer recomputed. **No row lies in the interval of speed: the runs
  are 1.5 to 3.6 times slower than predicted**, LoRA slower than full fine-tuning. Its configurations ask for
  deterministic kernels and read the loss back after every step; its seconds are those of a progress bar, and what
  else they hold is not said. Such set-ups are outside what the inputs describe; a probe run brings them in. Its peaks
  are read as reserved memory in decimal GB, since its weights are; it computes the loss in 16 bit, which the model
  does not know, so with large vocabularies the prediction is up to 1.7 times too high. Its QLoRA rows are left out:
  beside 4-bit weights everything else is held in 32 bit, which no input says; Gemma 2 and offload to the host are
  left out because attention and accumulation are not stated.
- **own_trace** (`traced_memory.csv`, 2026-11-21): decoders of 0.4 to 14 billion parameters in shapes that no fitted
  row has, 512 to 4,096 tokens, micro batches of 1 to 8. Two training steps of transformers and peft run on tensors
  that have shapes but no numbers, and the storages alive are added up (`python -m tests.hardware.measuring.tracing`).
  It is a count by a second program, **not a measurement of a GPU**: workspaces of the matrix libraries and the
  context of the driver are missing. Held against the one published peak of the same stack: {anchor}. QLoRA, fused and
  compiled stacks are not traced.
- What the traces say: the model asks for a tenth more than the tensors take. Part is its fixed 0.8 GiB, which is
  workspaces and, in a driver's view, the context; it decides below 5 GiB, where the interval fails. The rest are the
  activations of frozen bases, where the constants lie between frameworks that keep more and ones that keep less.
  Taking the context out of what torch allocates was tried on the fitted rows: unseen medAPE and P90 fall (8.6 to 8.4
  %, 25.4 to 23.9 %), sigma rises (0.184 to 0.195), so the model stays.
- **Not yet measured by us**: no GPU was at hand. `python -m tests.hardware.measuring.training` (step time and peaks
  of 68 set-ups: LoRA, QLoRA, full; op by op, fused, compiled) and `python -m tests.hardware.measuring.serving`
  (memory bandwidth, matrix products, prefill and a captured decode step, without an engine) measure on one GPU with
  torch and no network; so far they have run on a processor only, with a tiny decoder. **On Hopper, LoRA and QLoRA
  outside Megatron have one fitted row**; those programs would give the first.
"""


def main(arguments: list[str]) -> int:
    """Print each row with its prediction, and the score of each measured column."""
    rows = pd.concat([pd.read_csv(Path(name)) for name in arguments or [TRACED]], ignore_index=True)
    names = [name for name in DESCRIBING if name in rows]
    for column in [name for name in (*ANSWERS, SERVING_COLUMN) if name in rows and rows[name].notna().any()]:
        result = held_out(rows, column)
        answer = {"p10": result.predicted.p10, "p50": result.predicted.p50, "p90": result.predicted.p90}
        shown = result.rows[[*names, column]].assign(**answer, error=np.exp(result.errors) - 1.0, held=result.held)
        print(shown.round(3).to_string(index=False))
        figures = {name: round(value, 3) for name, value in score(result.errors).items()}
        print(column, figures, "interval holds", round(float(np.mean(result.held)), 3))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
