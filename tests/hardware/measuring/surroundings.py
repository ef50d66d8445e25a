"""What a measurement ran on: the GPU, its driver and clocks, the versions of the software."""

import importlib.metadata
import math
import subprocess

import torch

PACKAGES = ("transformers", "peft", "bitsandbytes", "liger-kernel")


def surroundings(device: torch.device) -> dict[str, str]:
    """Name the GPU, its driver and the versions."""
    known = {"torch": torch.__version__, "cuda": str(torch.version.cuda)}
    for package in PACKAGES:
        try:
            known[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            known[package] = ""
    if device.type != "cuda":
        return {**known, "gpu_name": "processor", "driver": ""}
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    driver = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return {**known, "gpu_name": torch.cuda.get_device_name(device), "driver": driver[0].strip() if driver else ""}


def sensors(device: torch.device) -> tuple[float, float]:
    """Read clock [MHz] and power [W] while the last steps still run; NaN where the driver does not tell."""
    try:
        return float(torch.cuda.clock_rate(device)), torch.cuda.power_draw(device) / 1e3
    except Exception:  # noqa: BLE001  (what a driver refuses differs; the figure is only an explanation)
        return math.nan, math.nan
