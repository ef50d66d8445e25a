"""Which prices cannot be right: the known mistakes of price lists, each as a rule on the rows of one offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias


class Quoted(Protocol):
    """A row or a quote: whatever names a price and its conditions."""

    @property
    def table(self) -> str:
        """Name the table."""
        ...

    @property
    def offer(self) -> str:
        """Name what is sold."""
        ...

    @property
    def price(self) -> str:
        """Name which number of it."""
        ...

    @property
    def value(self) -> float | None:
        """Give the number, None where the price ended."""
        ...

    @property
    def region(self) -> str:
        """Name the region or tier."""
        ...

    @property
    def variant(self) -> str:
        """Name the variant."""
        ...

    @property
    def from_quantity(self) -> float:
        """Give the quantity above which it holds."""
        ...

    @property
    def hours_utc(self) -> str:
        """Name the hours of the day."""
        ...

    @property
    def valid_from(self) -> Any:
        """Name the first day."""
        ...

    @property
    def note(self) -> str:
        """Give the remark."""
        ...


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that breaks a rule."""

    row: Quoted
    rule: str
    reason: str


Rule: TypeAlias = Callable[[Sequence[Quoted]], Iterator[tuple[Quoted, str]]]

TOLERANCE = 1.0 + 1e-9
MOST_USD_PER_MTOK = 1000.0
MOST_USD_PER_GPU_HOUR = 25.0
LEAST_USD_PER_GPU_HOUR = 0.01
PLACEHOLDERS = (700.0, 9999.0, 99999.0)


def _beside(rows: Sequence[Quoted], row: Quoted, **changed: object) -> Quoted | None:
    """Return the row that differs from another in the named fields only, and held on the same day."""
    fields = ("price", "region", "variant", "from_quantity", "hours_utc")
    wanted = {name: changed.get(name, getattr(row, name)) for name in fields}
    reached = [
        other
        for other in rows
        if all(getattr(other, name) == value for name, value in wanted.items())
        and _day(other) <= _day(row)
        and other.value is not None
    ]
    return max(reached, key=_day, default=None)


def _day(row: Quoted) -> str:
    return str(row.valid_from or "")


def blank_read_as_zero(rows: Sequence[Quoted]) -> Iterator[tuple[Quoted, str]]:
    """Refuse a price of 0 for input, output, GPU or wage unless its note says that it is free."""
    for row in rows:
        if (
            row.value == 0
            and row.price in {"input_token", "output_token", "gpu_hour", "wage_hour", "training_token"}
            and "free" not in row.note
        ):
            yield row, "a price of 0: a blank read as zero, or free; a free offer says 'free' in its note"


def placeholder(rows: Sequence[Quoted]) -> Iterator[tuple[Quoted, str]]:
    """Refuse numbers that stand for 'no price', and tokens dearer than any on sale."""
    for row in rows:
        if (
            row.value is not None
            and row.price.endswith("_token")
            and (row.value in PLACEHOLDERS or row.value > MOST_USD_PER_MTOK)
        ):
            yield row, f"{row.value:g} USD/Mtoken is a placeholder, or a price of other units"


def cached_above_input(rows: Sequence[Quoted]) -> Iterator[tuple[Quoted, str]]:
    """Refuse a cached input price above the input price."""
    for row in rows:
        if row.price == "cached_input_token" and row.value is not None:
            plain = _beside(rows, row, price="input_token") or _beside(
                rows, row, price="input_token", from_quantity=0.0
            )
            if plain is not None and plain.value is not None and row.value > plain.value * TOLERANCE:
                yield row, f"cached input at {row.value:g} above input at {plain.value:g}"


def batch_above_standard(rows: Sequence[Quoted]) -> Iterator[tuple[Quoted, str]]:
    """Refuse a batch or flex price above the standard price."""
    for row in rows:
        if (
            row.variant.rpartition("+")[2] in {"batch", "flex"}
            and row.value is not None
            and row.price.endswith("_token")
        ):
            plain = _beside(rows, row, variant=row.variant.rpartition("+")[0])
            if plain is not None and plain.value is not None and row.value > plain.value * TOLERANCE:
                yield row, f"{row.variant} at {row.value:g} above standard at {plain.value:g}"


def developer_above_global(rows: Sequence[Quoted]) -> Iterator[tuple[Quoted, str]]:
    """Refuse a developer-tier price above the global one."""
    for row in rows:
        if row.region == "developer" and row.value is not None:
            plain = _beside(rows, row, region="global")
            if plain is not None and plain.value is not None and row.value > plain.value * TOLERANCE:
                yield row, f"developer tier at {row.value:g} above global at {plain.value:g}"


def spot_above_on_demand(rows: Sequence[Quoted]) -> Iterator[tuple[Quoted, str]]:
    """Refuse a spot price above the on-demand price of the same GPU at the same provider."""
    for row in rows:
        if row.price == "gpu_hour" and row.variant == "spot" and row.value is not None:
            plain = _beside(rows, row, variant="on_demand")
            if plain is not None and plain.value is not None and row.value > plain.value * TOLERANCE:
                yield row, f"spot at {row.value:g} above on demand at {plain.value:g}"


def instance_for_gpu(rows: Sequence[Quoted]) -> Iterator[tuple[Quoted, str]]:
    """Refuse GPU-hour prices that are those of a whole instance, of a second or of a month."""
    for row in rows:
        if row.price != "gpu_hour" or row.value is None:
            continue
        if row.value > MOST_USD_PER_GPU_HOUR:
            yield row, f"{row.value:g} USD/GPU-hour is the price of a whole instance, or of a month"
        elif 0 < row.value < LEAST_USD_PER_GPU_HOUR:
            yield row, f"{row.value:g} USD/GPU-hour is a price per second or per minute"
        else:
            single = min(
                (
                    other.value
                    for other in rows
                    if other.value
                    and other.price == "gpu_hour"
                    and other.variant == row.variant
                    and other.from_quantity <= 1
                ),
                default=None,
            )
            if single and row.from_quantity > 1 and row.value >= single * row.from_quantity * 0.9:
                yield (
                    row,
                    f"{row.value:g} a GPU is the price of all {row.from_quantity:g} of them ({single:g} alone)",
                )


RULES: tuple[Rule, ...] = (
    blank_read_as_zero,
    placeholder,
    cached_above_input,
    batch_above_standard,
    developer_above_global,
    spot_above_on_demand,
    instance_for_gpu,
)
"""Every rule; `estimator prices check` applies them to the tables, the importers to what comes in."""


def broken_rules(rows: Sequence[Quoted]) -> list[Broken]:
    """Return each row of one offer that breaks a rule, with the first rule it breaks."""
    found: dict[int, Broken] = {}
    for rule in RULES:
        for row, reason in rule(rows):
            found.setdefault(id(row), Broken(row, rule.__name__, reason))
    return list(found.values())
