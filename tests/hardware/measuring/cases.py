"""The set-ups that our own measurements run: decoders of no published size, and the ways to train them.

A case is written as `shape method targets:rank sequence x micro batch [options]`; options: `ckpt` recomputes layers,
`bf16-adapters` holds adapters in 16 bit instead of 32. No torch is needed to read this module.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """A Llama-like decoder."""

    n_layers: int
    hidden_size: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    ffn_size: int
    vocab_size: int
    tied_embeddings: bool


SHAPES = {
    "own-tiny": Shape(2, 64, 4, 2, 16, 192, 512, True),
    "own-0.4b": Shape(28, 1024, 16, 4, 64, 3584, 50304, True),
    "own-1.3b": Shape(24, 2048, 16, 4, 128, 5632, 64000, True),
    "own-3.4b": Shape(34, 2560, 20, 4, 128, 9728, 100352, False),
    "own-7.4b": Shape(36, 3840, 30, 6, 128, 12288, 128256, False),
    "own-13.9b": Shape(42, 5120, 40, 8, 128, 15360, 128256, False),
    "llama-3.1-8b": Shape(32, 4096, 32, 8, 128, 14336, 128256, False),
}
"""Widths and depths between those of published models, so that no row of the fit has them; and one published model."""


def base_params(shape: Shape) -> int:
    """Count the parameters of a decoder.

    Examples
    --------
    >>> base_params(SHAPES["own-7.4b"])
    7355385600
    """
    attention = shape.hidden_size * shape.head_dim * (2 * shape.n_heads + 2 * shape.n_kv_heads)
    layer = attention + 3 * shape.hidden_size * shape.ffn_size + 2 * shape.hidden_size
    embeddings = shape.vocab_size * shape.hidden_size * (1 if shape.tied_embeddings else 2)
    return shape.n_layers * layer + embeddings + shape.hidden_size


@dataclass(frozen=True, slots=True)
class Case:
    """One set-up of fine-tuning."""

    model: str
    method: str
    lora_targets: str
    lora_rank: int
    sequence_tokens: int
    micro_batch: int
    gradient_checkpointing: bool
    adapters_in_16_bit: bool


def read_case(line: str) -> Case:
    """Read a case from its line.

    Examples
    --------
    >>> case = read_case("own-3.4b lora all-linear:16 2048x4 ckpt")
    >>> case.lora_rank, case.sequence_tokens, case.micro_batch, case.gradient_checkpointing
    (16, 2048, 4, True)
    """
    model, method, adapters, size, *options = line.split()
    targets, rank = adapters.split(":") if ":" in adapters else ("", "0")
    sequence, batch = size.split("x")
    return Case(
        model=model,
        method=method,
        lora_targets=targets,
        lora_rank=int(rank),
        sequence_tokens=int(sequence),
        micro_batch=int(batch),
        gradient_checkpointing="ckpt" in options,
        adapters_in_16_bit="bf16-adapters" in options,
    )


EAGER = """
own-1.3b lora all-linear:16 1024x4
own-7.4b lora all-linear:16 2048x2 ckpt
own-7.4b lora all-linear:16 1024x2
own-7.4b qlora all-linear:16 2048x2 ckpt
own-3.4b full - 1024x4
own-3.4b full - 2048x4 ckpt
own-0.4b lora all-linear:16 512x1
own-0.4b lora all-linear:16 512x8
own-0.4b lora all-linear:16 2048x4
own-0.4b lora all-linear:16 1024x2 ckpt
own-1.3b lora all-linear:16 512x1
own-1.3b lora all-linear:16 2048x2 ckpt
own-1.3b lora all-linear:16 2048x8 ckpt
own-1.3b lora all-linear:16 4096x1
own-3.4b lora all-linear:16 512x1 ckpt
own-3.4b lora all-linear:16 512x8
own-3.4b lora all-linear:16 2048x1
own-3.4b lora all-linear:16 2048x4 ckpt
own-3.4b lora all-linear:16 4096x2 ckpt
own-3.4b lora qv:8 2048x2
own-3.4b lora all-linear:16 2048x2 bf16-adapters
own-7.4b lora all-linear:16 512x1
own-7.4b lora all-linear:16 512x4 ckpt
own-7.4b lora all-linear:16 2048x1
own-7.4b lora all-linear:16 2048x8 ckpt
own-7.4b lora all-linear:16 4096x1 ckpt
own-7.4b lora all-linear:16 4096x2 ckpt
own-7.4b lora qv:8 2048x2 ckpt
own-7.4b lora attention:64 1024x4 ckpt
own-7.4b lora all-linear:16 2048x2 ckpt bf16-adapters
own-13.9b lora all-linear:16 2048x1 ckpt
own-13.9b lora all-linear:16 1024x8 ckpt
own-13.9b lora all-linear:16 512x2
own-1.3b qlora all-linear:16 2048x2 ckpt
own-3.4b qlora all-linear:16 1024x4 ckpt
own-3.4b qlora all-linear:16 512x1
own-7.4b qlora all-linear:16 512x1 ckpt
own-7.4b qlora all-linear:16 1024x2
own-7.4b qlora all-linear:64 4096x1 ckpt
own-13.9b qlora all-linear:16 2048x2 ckpt
own-13.9b qlora all-linear:16 512x1 ckpt
own-0.4b full - 512x1
own-0.4b full - 2048x4
own-0.4b full - 4096x2 ckpt
own-1.3b full - 512x2
own-1.3b full - 2048x2
own-1.3b full - 2048x8 ckpt
own-1.3b full - 4096x1 ckpt
own-3.4b full - 512x1
own-3.4b full - 4096x1
own-7.4b full - 2048x1 ckpt
own-7.4b full - 1024x4 ckpt
"""
"""Op by op: transformers, its scaled-dot-product attention, adapters of peft, 4-bit layers of bitsandbytes."""

FUSED = """
own-3.4b lora all-linear:16 2048x4 ckpt
own-1.3b lora all-linear:16 1024x4
own-7.4b lora all-linear:16 2048x2 ckpt
own-7.4b lora all-linear:16 1024x2
own-3.4b lora all-linear:16 512x8
own-7.4b lora all-linear:16 4096x2 ckpt
own-7.4b qlora all-linear:16 2048x2 ckpt
own-3.4b full - 1024x4
own-1.3b full - 2048x8 ckpt
own-0.4b full - 2048x4
own-7.4b full - 2048x1 ckpt
"""
"""The same with the fused kernels of Liger: norms, rotations, gates, and a loss that never holds the logits."""

COMPILED = """
own-3.4b full - 1024x4
own-1.3b full - 2048x4
own-0.4b full - 2048x4
own-3.4b full - 2048x4 ckpt
own-7.4b full - 2048x1 ckpt
"""
"""Layers compiled one by one with torch.compile, logits whole."""

ANCHOR = "llama-3.1-8b lora qv:16 2048x4 ckpt"
"""A set-up with a published measurement of its peak (row M0380), to hold a trace against."""

TINY = """
own-tiny lora all-linear:4 32x2
own-tiny lora qv:4 32x2 ckpt bf16-adapters
own-tiny qlora all-linear:4 32x2
own-tiny full - 32x2 ckpt
"""
"""A dry run on any machine."""


def cases_of(lines: str) -> list[Case]:
    """Read a list of cases.

    Examples
    --------
    >>> len(cases_of(EAGER)), len(cases_of(FUSED)), len(cases_of(COMPILED))
    (52, 11, 5)
    """
    return [read_case(line) for line in lines.strip().splitlines()]


SETS = {
    "eager": cases_of(EAGER),
    "fused": cases_of(FUSED),
    "compiled": cases_of(COMPILED),
    "anchor": cases_of(ANCHOR),
    "tiny": cases_of(TINY),
}
