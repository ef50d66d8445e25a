"""Turn numpy's scalars into Python's, so that an answer about one set-up holds plain numbers."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np

Answer = TypeVar("Answer")


def plain(answer: Answer) -> Answer:
    """Replace every numpy scalar inside dataclasses and tuples; arrays of candidates stay.

    Examples
    --------
    >>> plain((np.float64(1.5), np.array(2.0), "three"))
    (1.5, 2.0, 'three')
    """
    return cast("Answer", _plain(answer))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    if isinstance(value, tuple):
        return tuple(_plain(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _plain(getattr(value, part.name)) for part in fields(value)})
    return value
