"""One marshmallow field for each sort of declared input: strict about types, exact about ranges.

marshmallow's own Float takes "100" and its Integer takes True; these take what the OpenAPI document publishes.
"""

import re
from datetime import date
from math import isfinite
from typing import Any

from marshmallow import ValidationError, fields

from estimator.errors import EstimatorError
from estimator.scenario.inputs import Input
from estimator.web.schemas.objections import Contradiction, shortened, unknown_name

LONGEST_TEXT = 500
LONGEST_LIST = 1000
PLAIN_TEXT = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""One line of text, as a regular expression that Python and JSON Schema read alike."""
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_YEAR, LAST_YEAR = 1970, 2199

SORTS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}


def sort_of(value: Any) -> str:
    """Name the sort of a JSON value in words.

    Examples
    --------
    >>> sort_of("100"), sort_of(None)
    ("the text '100'", 'null')
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        return f"the text {shortened(value)!r}"
    return SORTS.get(type(value), "something else")


def as_number(value: Any) -> float:
    """Return a finite float; a text, a yes or no, NaN and infinity are refused."""
    if type(value) not in (int, float):
        raise ValidationError(f"Must be a number, not {sort_of(value)}.")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise ValidationError("Must be a finite number.")
    return number


class Declared(fields.Field[Any]):
    """A field made from the declaration of one input.

    Parameters
    ----------
    declared : what may stand here
    required : whether it must be given
    default : what counts when it is left out, for the documents
    """

    def __init__(self, declared: Input, *, required: bool = False, default: Any = None) -> None:
        super().__init__(
            required=required,
            allow_none=declared.nullable,
            error_messages={"required": f"Required: {declared.meaning}", "null": "Must not be null."},
        )
        self.declared = declared
        self.default = default

    def deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        """Read one value that was sent; there are no other validators than the declaration."""
        if value is None:
            if self.allow_none:
                return None
            raise self.make_error("null")
        return self.read(value)

    def read(self, value: Any) -> Any:
        """Return the value, or say in a ValidationError why it may not stand here."""
        raise NotImplementedError


class Number(Declared):
    """A finite number in its legal range, or a distribution over that range where one may stand."""

    read_range: Any = None
    """Reads an object as a Range; set by the scenario schema, which knows how."""

    def read(self, value: Any) -> Any:
        """Read one value."""
        if type(value) is dict:
            return self._range(value)
        number = as_number(value)
        words = self.declared.objection(number)
        if words:
            raise ValidationError(words)
        return number

    def _range(self, value: dict[str, Any]) -> Any:
        if self.declared.fixed:
            raise ValidationError("Takes one number: it shapes the calculation and cannot be a range.")
        try:
            found = type(self).read_range(value)
        except EstimatorError as refusal:
            raise ValidationError([Contradiction(refusal.message)]) from refusal
        words = found.objection(self.declared)
        if words:
            raise ValidationError([Contradiction(words)])
        return found


class WholeNumber(Number):
    """A whole number in its legal range, kept as an integer unless its default is written as a float."""

    def read(self, value: Any) -> Any:
        """Read one value."""
        number = super().read(value)
        if type(number) is float and type(self.default) is not float:
            return int(number)
        return number


class Choice(Declared):
    """One word out of a few."""

    def read(self, value: Any) -> str:
        """Read one value."""
        if not isinstance(value, str):
            raise ValidationError(f"Must be one of {', '.join(self.declared.choices)}, not {sort_of(value)}.")
        if value not in self.declared.choices:
            raise ValidationError(unknown_name("choice", value, self.declared.choices))
        return value


class Text(Declared):
    """One line of text."""

    longest = LONGEST_TEXT

    def read(self, value: Any) -> str:
        """Read one value."""
        return one_line(value, self.longest)


def one_line(value: Any, longest: int = LONGEST_TEXT, shortest: int = 0) -> str:
    """Return one line of text of a legal length."""
    if not isinstance(value, str):
        raise ValidationError(f"Must be a text, not {sort_of(value)}.")
    if len(value) > longest:
        raise ValidationError(f"Must be at most {longest} characters long, not {len(value)}.")
    if len(value) < shortest:
        raise ValidationError(f"Must be at least {shortest} character long.")
    if CONTROL.search(value):
        raise ValidationError("Must be one line of text without control characters.")
    return value


class Flag(Declared):
    """A yes or no."""

    def read(self, value: Any) -> bool:
        """Read one value."""
        if not isinstance(value, bool):
            raise ValidationError(f"Must be true or false, not {sort_of(value)}.")
        return value


class Day(Declared):
    """A day of the calendar."""

    def read(self, value: Any) -> date:
        """Read one value."""
        return as_day(value)


def as_day(value: Any) -> date:
    """Read a day, written 2026-11-20."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValidationError(f"Must be a date written YYYY-MM-DD, not {sort_of(value)}.")
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise ValidationError(f"Must be a day of the calendar, not {value}.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError([Contradiction(f"Must be a day of the years {FIRST_YEAR} to {LAST_YEAR}, not {value}.")])
    return day


class Numbers(Declared):
    """A list of numbers."""

    def read(self, value: Any) -> tuple[float, ...]:
        """Read one value."""
        return tuple(read_each(value, self._one))

    def _one(self, value: Any) -> float:
        number = as_number(value)
        words = self.declared.objection(number)
        if words:
            raise ValidationError(words)
        return number


class Texts(Declared):
    """A list of texts."""

    def read(self, value: Any) -> tuple[str, ...]:
        """Read one value."""
        return tuple(read_each(value, one_line))


def read_each(value: Any, read: Any, most: int = LONGEST_LIST) -> list[Any]:
    """Read every item of a list, and file each objection under the item's place."""
    if not isinstance(value, list):
        raise ValidationError(f"Must be a list, not {sort_of(value)}.")
    if len(value) > most:
        raise ValidationError(f"Must hold at most {most} items, not {len(value)}.")
    found, wrong = [], {}
    for place, item in enumerate(value):
        try:
            found.append(read(item))
        except ValidationError as refusal:
            wrong[place] = refusal.messages
    if wrong:
        raise ValidationError(wrong)
    return found


class Part(Declared):
    """An object of one class."""

    def __init__(self, declared: Input, schema: Any, *, required: bool = False, default: Any = None) -> None:
        super().__init__(declared, required=required, default=default)
        self.schema = schema

    def read(self, value: Any) -> Any:
        """Read one value."""
        return self.schema.load(value)


class Parts(Part):
    """A list of objects of one class."""

    def read(self, value: Any) -> tuple[Any, ...]:
        """Read one value."""
        return tuple(read_each(value, self.schema.load))


class OneOf(Declared):
    """An object whose class follows from its ``kind``."""

    def __init__(self, declared: Input, schemas: Any, *, required: bool = False, default: Any = None) -> None:
        super().__init__(declared, required=required, default=default)
        self.schemas = schemas

    def read(self, value: Any) -> Any:
        """Read one value."""
        return load_by_kind(value, self.schemas)


def load_by_kind(value: Any, schemas: Any) -> Any:
    """Read an object by the schema that its ``kind`` names."""
    if not isinstance(value, dict):
        raise ValidationError(f"Must be an object, not {sort_of(value)}.")
    kind = value.get("kind")
    if not isinstance(kind, str):
        raise ValidationError({"kind": [f"Required: one of {', '.join(schemas)}."]})
    if kind not in schemas:
        raise ValidationError({"kind": [unknown_name("kind", kind, schemas)]})
    return schemas[kind].load(value)


class KindWord(fields.Field[str]):
    """The word that names the class of an object: already read by load_by_kind."""

    def __init__(self, word: str) -> None:
        super().__init__(required=True)
        self.word = word

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return value
