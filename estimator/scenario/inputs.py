"""How one input of a scenario is declared: its unit, legal range, default, the basis of that default, its meaning.

Declared once, beside the field. The HTTP schema, ``/api/v1/fields``, the form, the list of assumptions and the check
of a swept value are all read from here.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Literal

Kind = Literal[
    "number", "whole", "choice", "text", "flag", "date", "numbers", "texts", "object", "objects", "one_of", "other"
]

REQUIRED: Any = MISSING
NO_BASIS = "neutral: nothing is added unless stated"
USUAL_REACH = 10.0


@dataclass(frozen=True, slots=True)
class Input:
    """What may stand in one field.

    Parameters
    ----------
    kind : the sort of value
    meaning : one sentence for people
    unit : the unit of a number, "1" for a pure number or share
    low, high : legal range, None where open
    low_open, high_open : whether the bound itself is outside
    nullable : whether null may stand here
    choices : the words allowed in a choice
    variants : the classes behind an object, by the value of its ``kind``
    basis : where the default comes from
    names : which table of names the text belongs to: "model", "base_model", "gpu", "service", "provider", "approach"
    fixed : True where the value shapes the calculation and cannot vary from cell to cell or be a range
    counted : True where the number counts things: a mean may be stated, and a search looks at whole ones from 1
    reach : a search for another value stays between today's divided and multiplied by this
    """

    kind: Kind
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    nullable: bool = False
    choices: tuple[str, ...] = ()
    variants: Mapping[str, type] | None = None
    basis: str = NO_BASIS
    names: str = ""
    fixed: bool = False
    counted: bool = False
    reach: float = USUAL_REACH

    @property
    def numeric(self) -> bool:
        """Whether a single number stands here."""
        return self.kind in ("number", "whole")

    @property
    def stepped(self) -> bool:
        """Whether a search looks at whole numbers only."""
        return self.counted or self.kind == "whole"

    def objection(self, value: float) -> str | None:
        """Say in words why a number may not stand here, or None if it may."""
        outside = value != value or any(
            (
                self.low is not None and (value <= self.low if self.low_open else value < self.low),
                self.high is not None and (value >= self.high if self.high_open else value > self.high),
            )
        )
        if outside:
            return f"Must be {self.bounds()}, not {value:.12g}."
        if self.kind == "whole" and value != int(value):
            return f"Must be a whole number, not {value:.12g}."
        return None

    def bounds(self) -> str:
        """Write the legal range in words."""
        low = "" if self.low is None else f"{'above' if self.low_open else 'at least'} {self.low:.12g}"
        high = "" if self.high is None else f"{'below' if self.high_open else 'at most'} {self.high:.12g}"
        return " and ".join(part for part in (low, high) if part) or "a finite number"


def _declare(what: Input, default: Any) -> Any:
    metadata = {"input": what}
    if default is REQUIRED:
        return field(metadata=metadata)
    if isinstance(default, type):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def number(
    default: Any, unit: str, meaning: str, *, low: float | None = 0.0, high: float | None = 1e15, **more: Any
) -> Any:
    """Declare a number; by default 0 to 1e15."""
    return _declare(Input("number", meaning, unit, low, high, **more), default)


def whole(default: Any, unit: str, meaning: str, *, low: float = 0.0, high: float = 1e9, **more: Any) -> Any:
    """Declare a whole number."""
    return _declare(Input("whole", meaning, unit, low, high, **more), default)


def share(default: Any, meaning: str, *, high: float = 1.0, **more: Any) -> Any:
    """Declare a part of a whole, 0..1."""
    return _declare(Input("number", meaning, "1", 0.0, high, **more), default)


def choice(default: Any, choices: tuple[str, ...], meaning: str, **more: Any) -> Any:
    """Declare one word out of a few."""
    return _declare(Input("choice", meaning, choices=choices, fixed=True, **more), default)


def text(default: Any, meaning: str, **more: Any) -> Any:
    """Declare a name or a remark."""
    return _declare(Input("text", meaning, fixed=True, **more), default)


def flag(default: Any, meaning: str, **more: Any) -> Any:
    """Declare a yes or no."""
    return _declare(Input("flag", meaning, fixed=True, **more), default)


def date_input(default: Any, meaning: str, **more: Any) -> Any:
    """Declare a day."""
    return _declare(Input("date", meaning, fixed=True, **more), default)


def nested(what: type, default: Any, meaning: str, **more: Any) -> Any:
    """Declare an object of one class."""
    return _declare(Input("object", meaning, variants={"": what}, fixed=True, **more), default)


def one_of(variants: Mapping[str, type], default: Any, meaning: str, **more: Any) -> Any:
    """Declare an object whose class follows from its ``kind``."""
    return _declare(Input("one_of", meaning, variants=variants, fixed=True, **more), default)


def several(kind: Kind, meaning: str, default: Any = (), **more: Any) -> Any:
    """Declare a list: of numbers, texts or objects."""
    return _declare(Input(kind, meaning, fixed=True, **more), default)


def other(default: Any, meaning: str, **more: Any) -> Any:
    """Declare a field with a reader of its own."""
    return _declare(Input("other", meaning, fixed=True, **more), default)


_inputs: dict[type, dict[str, Input]] = {}
_defaults: dict[type, dict[str, Any]] = {}


def inputs_of(owner: type) -> dict[str, Input]:
    """Return the declared inputs of a class by field name, in order."""
    if owner not in _inputs:
        _inputs[owner] = {each.name: each.metadata["input"] for each in fields(owner) if "input" in each.metadata}
    return _inputs[owner]


def defaults_of(owner: type) -> dict[str, Any]:
    """Return the default of every field that has one, by field name."""
    if owner not in _defaults:
        found = {each.name: default_of(each) for each in fields(owner)}
        _defaults[owner] = {name: value for name, value in found.items() if value is not REQUIRED}
    return _defaults[owner]


def default_of(declared: "Field[Any]") -> Any:
    """Return the default of one field, REQUIRED if it has none."""
    if declared.default_factory is not MISSING:
        return declared.default_factory()
    return declared.default
