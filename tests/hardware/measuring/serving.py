"""Measure what serving speed is made of, on one GPU: `python -m tests.hardware.measuring.serving`.

    python -m tests.hardware.measuring.serving --gpu H100-SXM --out rows.csv

No engine: a decoder of plain torch operations with fused projections, whose step is captured as a CUDA graph, as the
engines of the class `graph` do. It has no scheduler, no sampling and no paging, and its norms and rotations are not
fused; so `decode` and `prefill` are the physical floor under an engine's figures. `copy` and `matmul` are the two
rates that every estimate divides by. Needs torch alone.
"""

import argparse
import csv
import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import linear, rms_norm, scaled_dot_product_attention, silu

from tests.hardware.measuring.cases import SHAPES, Shape, base_params
from tests.hardware.measuring.surroundings import surroundings

WARM_UP, LEAST, MOST, TIMED_SECONDS = 3, 10, 200, 1.0
DECODES = {
    "own-1.3b": ((1, 512), (16, 1024), (64, 1024), (128, 512)),
    "own-3.4b": ((1, 512), (8, 2048), (32, 2048), (128, 1024)),
    "own-7.4b": ((1, 512), (1, 4096), (8, 2048), (32, 1024), (64, 2048), (128, 512), (256, 512)),
    "own-13.9b": ((1, 1024), (16, 2048), (64, 1024), (128, 512)),
    "own-tiny": ((2, 32),),
}
"""Model -> (requests, tokens of context)."""
PREFILLS = {
    "own-1.3b": (1024, 8192),
    "own-3.4b": (1024, 4096),
    "own-7.4b": (512, 1024, 2048, 8192),
    "own-13.9b": (1024, 4096),
    "own-tiny": (32,),
}
MATMULS = {"own-7.4b": ((8192, 8192, 8192), (4096, 3840, 12288), (16384, 4096, 14336)), "own-tiny": ((64, 64, 64),)}
COPIED_BYTES = {"own-7.4b": 2**32, "own-tiny": 2**16}


@dataclass(frozen=True)
class Layer:
    """Weights of a layer: queries, keys and values as one matrix, gate and up as another."""

    qkv: torch.Tensor
    out: torch.Tensor
    gate_up: torch.Tensor
    down: torch.Tensor
    norms: torch.Tensor


class Decoder:
    """A Llama-like decoder with random weights in bf16."""

    def __init__(self, shape: Shape, device: torch.device) -> None:
        def weights(*size: int) -> torch.Tensor:
            return torch.randn(*size, device=device, dtype=torch.bfloat16) * 0.02

        width, kv = shape.n_heads * shape.head_dim, shape.n_kv_heads * shape.head_dim
        h, f = shape.hidden_size, shape.ffn_size
        self.shape = shape
        self.embedding = weights(shape.vocab_size, h)
        self.head = self.embedding if shape.tied_embeddings else weights(shape.vocab_size, h)
        self.layers = [
            Layer(weights(width + 2 * kv, h), weights(h, width), weights(2 * f, h), weights(h, f), weights(2, h) + 1.0)
            for _ in range(shape.n_layers)
        ]
        self.last_norm = weights(h) + 1.0
        angles = torch.arange(16384, device=device)[:, None] * 10000.0 ** (
            -torch.arange(0, shape.head_dim, 2, device=device) / shape.head_dim
        )
        self.cosines = torch.cat([angles.cos(), angles.cos()], -1).bfloat16()
        self.sines = torch.cat([-angles.sin(), angles.sin()], -1).bfloat16()

    def forward(
        self, tokens: torch.Tensor, start: int, cache: list[tuple[torch.Tensor, torch.Tensor]] | None
    ) -> torch.Tensor:
        """Read the tokens that follow `start` others; return the logits of the last one."""
        shape = self.shape
        batch, count = tokens.shape
        cosines, sines = self.cosines[start : start + count, None], self.sines[start : start + count, None]
        x = self.embedding[tokens]
        for number, layer in enumerate(self.layers):
            heads = linear(rms_norm(x, x.shape[-1:], layer.norms[0]), layer.qkv)
            heads = heads.view(batch, count, -1, shape.head_dim)
            q, k, v = heads.split([shape.n_heads, shape.n_kv_heads, shape.n_kv_heads], 2)
            q, k = (y * cosines + y.roll(shape.head_dim // 2, -1) * sines for y in (q, k))
            if cache is not None:
                keys, values = cache[number]
                keys[:, start : start + count] = k
                values[:, start : start + count] = v
                k, v = keys[:, : start + count], values[:, : start + count]
            seen = scaled_dot_product_attention(
                q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2), is_causal=count > 1, enable_gqa=True
            )
            x = x + linear(seen.transpose(1, 2).reshape(batch, count, -1), layer.out)
            gate, up = linear(rms_norm(x, x.shape[-1:], layer.norms[1]), layer.gate_up).chunk(2, -1)
            x = x + linear(silu(gate) * up, layer.down)
        return linear(rms_norm(x[:, -1], x.shape[-1:], self.last_norm), self.head)


def captured(work: Callable[[], Any], device: torch.device) -> Callable[[], Any]:
    """Record the launches once, to be replayed without the processor; the work itself where there is no GPU."""
    if device.type != "cuda":
        return work
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(WARM_UP):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def times_ms(work: Callable[[], Any], device: torch.device) -> list[float]:
    """Time the work again and again, by the device's clock."""
    if device.type != "cuda":
        started = time.perf_counter()
        work()
        return [1e3 * (time.perf_counter() - started)] * 2
    for _ in range(WARM_UP):
        work()
    torch.cuda.synchronize()
    started = time.perf_counter()
    work()
    torch.cuda.synchronize()
    count = min(MOST, max(LEAST, int(TIMED_SECONDS / (time.perf_counter() - started))))
    events = [torch.cuda.Event(enable_timing=True) for _ in range(count + 1)]
    events[0].record()
    for event in events[1:]:
        work()
        event.record()
    torch.cuda.synchronize()
    return [a.elapsed_time(b) for a, b in pairwise(events)]


def product(m: int, k: int, n: int, device: torch.device) -> dict[str, Any]:
    """Measure a matrix product of random numbers in bf16."""
    a = torch.randn(m, k, device=device, dtype=torch.bfloat16)
    b = torch.randn(n, k, device=device, dtype=torch.bfloat16)
    ms = times_ms(lambda: linear(a, b), device)
    return {"kind": "matmul", "flop": 2 * m * k * n, "size": f"{m}x{k}x{n}", "ms": ms}


def rates(model: str, device: torch.device) -> list[dict[str, Any]]:
    """Measure a copy in memory and matrix products."""
    rows = []
    if model in COPIED_BYTES:
        source = torch.randint(0, 255, (COPIED_BYTES[model],), dtype=torch.uint8, device=device)
        target = torch.empty_like(source)
        rows.append({"kind": "copy", "bytes": 2 * len(source), "ms": times_ms(lambda: target.copy_(source), device)})
    return rows + [product(*size, device) for size in MATMULS.get(model, ())]


@torch.no_grad()
def measure(model: str, device: torch.device) -> list[dict[str, Any]]:
    """Measure all figures of one decoder."""
    shape = SHAPES[model]
    rows = rates(model, device)
    decoder = Decoder(shape, device)
    for batch, context in DECODES[model]:
        size = (batch, context, shape.n_kv_heads, shape.head_dim)
        tokens = torch.randint(0, shape.vocab_size, (batch, 1), device=device)
        try:
            cache = [
                tuple(torch.randn(size, device=device, dtype=torch.bfloat16) for _ in range(2))
                for _ in range(shape.n_layers)
            ]
            step = captured(partial(decoder.forward, tokens, context - 1, cache), device)
            rows.append({"kind": "decode", "batch": batch, "context_tokens": context, "ms": times_ms(step, device)})
            del step
        except torch.OutOfMemoryError:
            print(model, batch, context, "does not fit", flush=True)
        cache = []
        gc.collect()
    for length in PREFILLS[model]:
        tokens = torch.randint(0, shape.vocab_size, (1, length), device=device)
        step = captured(partial(decoder.forward, tokens, 0, None), device)
        rows.append({"kind": "prefill", "batch": 1, "context_tokens": length, "ms": times_ms(step, device)})
        del step
        gc.collect()
    return rows


COLUMNS = (
    *("family", "source", "measured_on", "kind", "model", "params_b", "active_params_b", *Shape.__slots__),
    *("mlp_matrices", "n_experts", "experts_per_token", "gpu", "engine", "weight_bits", "kv_bits", "batch"),
    *("context_tokens", "size", "bytes", "flop", "milliseconds", "milliseconds_p10", "milliseconds_p90"),
    *("warm_up_runs", "timed_runs", "torch", "cuda", "driver", "gpu_name"),
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Measure what serving speed is made of.")
    parser.add_argument("--gpu", required=True, help="the GPU's id in pricing/gpus.csv")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--models", nargs="+", default=[name for name in DECODES if name != "own-tiny"])
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d", time.gmtime()))
    asked = parser.parse_args(arguments)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    around = surroundings(device)
    with asked.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", restval="", extrasaction="ignore")
        writer.writeheader()
        for model in asked.models:
            torch.manual_seed(0)
            params_b = round(base_params(SHAPES[model]) / 1e9, 4)
            for row in measure(model, device):
                deciles = statistics.quantiles(row["ms"], n=10)
                described = {
                    "family": "own_measurement",
                    "source": "own measurement",
                    "measured_on": asked.date,
                    "model": model,
                    "params_b": params_b,
                    "active_params_b": params_b,
                    **asdict(SHAPES[model]),
                    "tied_embeddings": int(SHAPES[model].tied_embeddings),
                    "mlp_matrices": 3,
                    "gpu": asked.gpu,
                    "engine": "plain torch, captured",
                    "weight_bits": 16,
                    "kv_bits": 16,
                    "milliseconds": round(statistics.median(row["ms"]), 4),
                    "milliseconds_p10": round(deciles[0], 4),
                    "milliseconds_p90": round(deciles[-1], 4),
                    "warm_up_runs": WARM_UP,
                    "timed_runs": len(row["ms"]),
                }
                writer.writerow({**described, **row, **around})
                file.flush()
                shown = [row["kind"], model, row.get("batch"), row.get("context_tokens"), described["milliseconds"]]
                print(*shown, flush=True)
            gc.collect()
            if device.type == "cuda":
                torch.cuda.empty_cache()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
