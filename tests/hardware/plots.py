"""Draw predicted against measured."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from tests.hardware.fitting import Floats, Problem

TITLES = {
    "training_speed": ("training speed", "tokens/s"),
    "training_memory": ("peak memory of fine-tuning", "GiB per GPU"),
    "serving_speed": ("serving speed", "output tokens/s"),
}


def draw(problem: Problem, rows: pd.DataFrame, errors: Floats, folder: Path) -> str:
    """Plot predictions of families not seen against measurements; return the file's name."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "validation"
    from matplotlib import pyplot as plt

    title, unit = TITLES[problem.name]
    measured = rows[problem.target].to_numpy(float)
    predicted = measured * np.exp(errors)
    figure, axes = plt.subplots(figsize=(6.5, 6.0))
    for family in sorted(rows["family"].unique()):
        own = (rows["family"] == family).to_numpy()
        axes.scatter(measured[own], predicted[own], s=12, alpha=0.6, label=family)
    ends = np.array([min(measured.min(), predicted.min()), max(measured.max(), predicted.max())])
    axes.plot(ends, ends, color="black", linewidth=1)
    axes.plot(ends, 2 * ends, color="grey", linewidth=0.7, linestyle="--", label="a factor of 2")
    axes.plot(ends, ends / 2, color="grey", linewidth=0.7, linestyle="--")
    axes.set(xscale="log", yscale="log", xlabel=f"measured [{unit}]", ylabel=f"predicted, family not seen [{unit}]")
    axes.set_title(f"Predicted against measured: {title}")
    axes.legend(fontsize=7)
    figure.tight_layout()
    name = f"{problem.name}.svg"
    figure.savefig(folder / name, metadata={"Date": None})
    plt.close(figure)
    return name
