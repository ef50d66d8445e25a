"""Query parameters: everything is text there, each is given once, and none passes unknown."""

import re
from typing import Any

from marshmallow import ValidationError, fields

from estimator.web.schemas.fields import as_day, one_line
from estimator.web.schemas.objections import shortened, unknown_name

WHOLE = re.compile(r"-?[0-9]{1,12}")


class QueryField(fields.Field[Any]):
    """One query parameter.

    Parameters
    ----------
    meaning : one sentence for people
    default : what counts when it is left out
    """

    def __init__(self, meaning: str, default: Any = None) -> None:
        super().__init__(load_default=default)
        self.meaning = meaning
        self.default = default

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return self.read(value)

    def read(self, value: str) -> Any:
        """Return the value behind the text."""
        return one_line(value)


class Words(QueryField):
    """Some words out of a few, separated by commas."""

    def __init__(self, words: tuple[str, ...], meaning: str, default: Any = None) -> None:
        super().__init__(meaning, default)
        self.words = words

    def read(self, value: str) -> frozenset[str]:
        """Split at the commas; an empty text is no word."""
        asked = [word for word in value.split(",") if word]
        for word in asked:
            if word not in self.words:
                raise ValidationError(unknown_name("section", word, self.words))
        return frozenset(asked)


class WholeText(QueryField):
    """A whole number in its legal range."""

    def __init__(self, low: int, high: int, default: int, meaning: str) -> None:
        super().__init__(meaning, default)
        self.low = low
        self.high = high

    def read(self, value: str) -> int:
        """Return the number."""
        if not WHOLE.fullmatch(value):
            raise ValidationError(f"Must be a whole number, not the text {shortened(value)!r}.")
        number = int(value)
        if not self.low <= number <= self.high:
            raise ValidationError(f"Must be at least {self.low} and at most {self.high}, not {number}.")
        return number


class DayText(QueryField):
    """A day of the calendar."""

    def read(self, value: str) -> Any:
        """Return the day."""
        return as_day(value)
