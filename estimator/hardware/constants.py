"""The fitted constants of the hardware model, read from their one table.

The table says for each constant its value, unit, what was believed before the rows were seen (`prior`) and how firmly
(`prior_sigma`, in ln), and what it means. `make validation` fits them and prints the command that rewrites the table.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Self

import pandas as pd


@dataclass(frozen=True, slots=True)
class Constants:
    """The constants of one of the models, by name."""

    values: dict[str, float]

    def __getitem__(self, name: str) -> float:
        """Return one constant."""
        return self.values[name]

    def replaced(self, changes: dict[str, float]) -> Self:
        """Return the same constants with some of them changed."""
        return type(self)({**self.values, **changes})


@lru_cache(maxsize=1)
def constant_table() -> pd.DataFrame:
    """Read the table of constants: one row a constant."""
    with resources.files("pricing").joinpath("hardware_constants.csv").open(encoding="utf-8") as table:
        return pd.read_csv(table, keep_default_na=False, dtype={"value": float, "prior": float})


@lru_cache(maxsize=8)
def constants(model: str) -> Constants:
    """Return the constants of `training_speed`, `training_memory`, `serving_speed` or `spread`.

    Examples
    --------
    >>> constants("training_speed")["attention_efficiency"] < 1
    True
    """
    table = constant_table()
    rows = table[table["model"] == model]
    return Constants(dict(zip(rows["name"].tolist(), rows["value"].tolist(), strict=True)))
