"""Everything that is wrong with one request, reported at once, each with its JSON Pointer."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from estimator.errors import EstimatorError, UnknownNameError
from estimator.scenario.pointer import escaped

MOST_OBJECTIONS = 100
LONGEST_ECHO = 120
SCHEMA_LEVEL = "_schema"
"""The key under which marshmallow files what is wrong with an object as a whole."""


class Objection(NamedTuple):
    """One thing that is wrong, and where."""

    pointer: str
    detail: str
    parameter: str = ""
    """Name of the query parameter, where it is not in the body."""


class Contradiction(str):
    """A detail about values that are each legal and cannot stand together: no JSON Schema can say it."""

    __slots__ = ()


class InvalidRequestError(EstimatorError):
    """A request whose fields are misspelt, missing, of the wrong sort or out of range.

    Parameters
    ----------
    objections : everything that is wrong, at least one
    """

    def __init__(self, objections: list[Objection]) -> None:
        first, *others = objections
        more = f" (and {len(others)} more)" if others else ""
        where = first.pointer or first.parameter
        super().__init__(f"{where}: {first.detail}{more}" if where else f"{first.detail}{more}", first.pointer)
        self.objections = objections[:MOST_OBJECTIONS]

    @property
    def contradictory(self) -> bool:
        """Whether every value taken alone is legal."""
        return all(isinstance(each.detail, Contradiction) for each in self.objections)


def objections_in(messages: Any, pointer: str = "") -> list[Objection]:
    """Flatten the nested messages of marshmallow, in the order of their pointers.

    Examples
    --------
    >>> [each[:2] for each in objections_in({"workload": {"a/b": ["Wrong."]}, "_schema": ["Too few."]})]
    [('', 'Too few.'), ('/workload/a~1b', 'Wrong.')]
    """
    return sorted(_walk(messages, pointer))


def _walk(messages: Any, pointer: str) -> Iterator[Objection]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            whole = key == SCHEMA_LEVEL and not isinstance(inner, Mapping)
            yield from _walk(inner, pointer if whole else f"{pointer}/{escaped(shortened(str(key)))}")
    else:
        for detail in messages:
            yield Objection(pointer, detail)


def unknown_name(kind: str, name: str, known: Any) -> str:
    """Say that a name is unknown, and name the nearest ones.

    Examples
    --------
    >>> unknown_name("field", "epoch", ["epochs", "prompt_tokens"])
    "Unknown field 'epoch'. Nearest known: epochs."
    """
    known = list(known)
    error = UnknownNameError(kind, shortened(name), known)
    told = error.nearest or "Known:" in error.message
    return error.message if told else f"{error.message} Known: {', '.join(known[:40])}."


def shortened(name: str) -> str:
    """Cut a name that is too long to be echoed."""
    return name if len(name) <= LONGEST_ECHO else f"{name[:LONGEST_ECHO]}…"
