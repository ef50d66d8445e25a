"""Count the peak memory of fine-tuning without a GPU: `python -m tests.hardware.measuring.tracing --out rows.csv`.

Two training steps run on tensors that have a shape but no numbers, and every storage is added up while it lives. So the
figure is the tensors of transformers, peft and AdamW, and nothing else: workspaces of the matrix libraries and the
context of the driver are missing, which the model counts as its overhead. It is a count by a second program, no
measurement of a GPU. Needs torch, transformers and peft.
"""

import argparse
import csv
import sys
import time
import weakref
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import Module
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only
from torch.utils.weak import WeakIdKeyDictionary

from tests.hardware.measuring.cases import SETS, SHAPES, Case
from tests.hardware.measuring.surroundings import surroundings
from tests.hardware.measuring.training import GIB, batches, prepared, row_of

BLOCK_BYTES = 512
STEPS = 2
"""The optimizer's states exist from the second step on."""


class Alive(TorchDispatchMode):
    """Add up the bytes of all storages that live, rounded up to blocks as the allocator of a GPU does."""

    def __init__(self) -> None:
        super().__init__()
        self.known = WeakIdKeyDictionary()
        self.bytes = self.peak_bytes = 0

    def add(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage not in self.known:
            self.known[storage] = True
            size = -(-storage.nbytes() // BLOCK_BYTES) * BLOCK_BYTES
            self.bytes += size
            self.peak_bytes = max(self.peak_bytes, self.bytes)
            weakref.finalize(storage, self._free, size)
        return tensor

    def _free(self, size: int) -> None:
        self.bytes -= size

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return tree_map_only(torch.Tensor, self.add, func(*args, **(kwargs or {})))


def traced_gib(case: Case) -> float:
    """Count the peak of a case [GiB].

    Two things are held back: moving modules between devices, which tensors without numbers refuse and all are on one
    device; and the causal mask, which transformers leaves out on numbers without padding but not on none.
    """
    device = torch.device("cpu")
    with (
        FakeTensorMode(),
        mock.patch.object(Module, "to", lambda module, *_, **__: module),
        mock.patch("transformers.models.llama.modeling_llama.create_causal_mask", return_value=None),
    ):
        model, context = prepared(case, "eager", device)
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-5, fused=True)
        source = batches(SHAPES[case.model], case, device)
        alive = Alive()
        for tensor in (*model.parameters(), *model.buffers()):
            alive.add(tensor)
        with alive:
            for _ in range(STEPS):
                tokens = next(source)
                with context:
                    loss = model(input_ids=tokens, labels=tokens).loss
                loss.backward()
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
        return alive.peak_bytes / GIB


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Count the peak memory of fine-tuning without a GPU.")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--set", default="eager", choices=list(SETS), help="which cases; QLoRA is left out")
    parser.add_argument(
        "--gpu", default="H100-SXM", help="the GPU's id in pricing/gpus.csv that rows are predicted for"
    )
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d", time.gmtime()))
    asked = parser.parse_args(arguments)
    around = surroundings(torch.device("cpu"))
    with asked.out.open("w", newline="", encoding="utf-8") as file:
        writer = None
        for case in (case for case in SETS[asked.set] if case.method != "qlora"):
            started = time.perf_counter()
            row: dict[str, Any] = row_of(case, "eager", asked.gpu, asked.date)
            row |= {"family": "own_trace", "source": "own trace of allocations", "kind": "traced_allocations"}
            row |= {"measure": "storages alive at the peak", "peak_memory_gib": round(traced_gib(case), 3)}
            row |= {"steps": STEPS, **{name: around[name] for name in ("torch", "transformers", "peft")}}
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow(row)
            file.flush()
            took = time.perf_counter() - started
            print(case, row["peak_memory_gib"], f"{took:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
