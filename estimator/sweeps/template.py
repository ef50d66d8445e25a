"""One scenario of which many variants are computed: numbers as columns, everything else by groups."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from estimator.deadline import check_time
from estimator.errors import EstimatorError, ScenarioError
from estimator.scenario import Scenario
from estimator.scenario.document import as_document
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import at_base, input_at, tokens_of, value_at, with_values

Places = npt.NDArray[np.int64]
Column = npt.NDArray[np.float64]
BLOCK_CELLS = 2**16
"""Cells times months of one block: its arrays stay in the cache of a processor."""


@dataclass(frozen=True, slots=True)
class Template:
    """A scenario at its most likely values, and how to read a variant of it.

    Parameters
    ----------
    scenario : the scenario
    read : reads a document of plain values as a scenario; None = only numbers can be varied
    """

    scenario: Scenario
    read: Callable[[Any], Scenario] | None = None
    known: dict[str, Input | None] = field(default_factory=dict)

    def number_at(self, pointer: str) -> Input | None:
        """Return the declaration of a number that may be a column, None where values must be grouped.

        Raises
        ------
        UnknownNameError : nothing can stand at the pointer
        """
        if pointer == "/baseline":
            raise ScenarioError("Rows are compared with one baseline: it cannot vary.", pointer)
        if pointer not in self.known:
            value_at(self.scenario, pointer)
            declared = _number(self.scenario, pointer)
            if declared is None and self.read is None:
                raise ScenarioError(f"{pointer} is not a single number and cannot be varied.", pointer)
            self.known[pointer] = None if declared is None or declared.fixed else declared
        return self.known[pointer]

    def at(self, values: Mapping[str, Any]) -> Scenario:
        """Return the variant with other values of any sort, without ranges.

        Raises
        ------
        EstimatorError : a value may not stand at its pointer
        """
        numbers = {
            pointer: _checked(declared, value, pointer)
            for pointer, value in values.items()
            if (declared := _number(self.scenario, pointer)) is not None
        }
        scenario = self.scenario
        if len(numbers) < len(values) and self.read is not None:
            document = as_document(scenario)
            for pointer, value in values.items():
                if pointer not in numbers:
                    _put(document, tokens_of(pointer), value)
            scenario = self.read(document)
        return at_base(with_values(scenario, numbers))


def _number(scenario: Scenario, pointer: str) -> Input | None:
    try:
        return input_at(scenario, pointer)
    except ScenarioError:
        return None


def _checked(declared: Input, value: Any, pointer: str) -> int | float:
    """Return a single number as its input keeps it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScenarioError(f"Must be a number, not {value!r}.", pointer)
    words = declared.objection(value)
    if words:
        raise ScenarioError(words, pointer)
    return int(value) if declared.kind == "whole" else float(value)


def _put(document: Any, tokens: list[str], value: Any) -> None:
    for token in tokens[:-1]:
        document = document[int(token)] if isinstance(document, list) else document[token]
    document[int(tokens[-1]) if isinstance(document, list) else tokens[-1]] = value


@dataclass(frozen=True, slots=True)
class Group:
    """Cells that differ in numbers alone.

    Parameters
    ----------
    places : where they stand among all cells
    scenario : what they share; None where it cannot be read
    columns : their numbers by pointer, shape (cells, 1)
    error : why they cannot be read
    """

    places: Places
    scenario: Scenario | None
    columns: dict[str, Column]
    error: EstimatorError | None = None

    def some(self, cells: Places | slice) -> "Group":
        """Return some of the cells."""
        columns = {pointer: each[cells] for pointer, each in self.columns.items()}
        return replace(self, places=self.places[cells], columns=columns)


def groups(template: Template, table: Mapping[str, Sequence[Any] | npt.NDArray[Any]], count: int) -> Iterator[Group]:
    """Split cells into groups that differ in numbers alone.

    Parameters
    ----------
    table : values by pointer, one for each cell; None = the value of the template
    count : how many cells there are

    Raises
    ------
    UnknownNameError : nothing can stand at a pointer
    """
    if not count:
        return
    numbers: dict[str, Column] = {}
    keys: list[Sequence[Any]] = []
    shared: list[str] = []
    for pointer, values in table.items():
        declared = template.number_at(pointer)
        column = None if declared is None else _column(values, value_at(template.scenario, pointer))
        if column is None:
            shared.append(pointer)
            keys.append(list(values))
        else:
            numbers[pointer] = column
    by_key: dict[tuple[Any, ...], list[int]] = {(): list(range(count))} if not keys else {}
    if keys:
        for place, key in enumerate(zip(*keys, strict=True)):
            by_key.setdefault(tuple(_hashable(each) for each in key), []).append(place)
    for places in by_key.values():
        check_time()
        first = places[0]
        own = {pointer: key[first] for pointer, key in zip(shared, keys, strict=True) if key[first] is not None}
        where = np.asarray(places)
        try:
            scenario = template.at(own)
        except EstimatorError as error:
            yield Group(where, None, {}, error)
            continue
        yield Group(where, scenario, {pointer: column[where][:, None] for pointer, column in numbers.items()})


def blocks(group: Group) -> Iterator[Group]:
    """Cut a group into blocks whose arrays stay small."""
    if group.scenario is None:
        yield group
        return
    size = max(BLOCK_CELLS // group.scenario.horizon_months, 64)
    for start in range(0, len(group.places), size):
        yield group.some(slice(start, start + size))


def _column(values: Sequence[Any] | npt.NDArray[Any], of_template: Any) -> Column | None:
    """Return numbers as an array, the template's in the place of None; None where they are no numbers."""
    if isinstance(values, np.ndarray) and values.dtype == np.float64:
        return values
    if any(value is None for value in values):
        stands = at_base_number(of_template)
        if stands is None:
            return None
        values = [stands if value is None else value for value in values]
    return np.asarray(values, dtype=float)


def at_base_number(value: Any) -> float | None:
    """Return the number that stands for a value of a scenario at its base, None where there is none."""
    value = getattr(value, "base", value)
    return None if value is None else float(value)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | type(None)) else repr(value)
