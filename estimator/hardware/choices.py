"""A choice among named options, for one set-up or for an array of candidates.

A choice is a word ("lora") or an array of words, one for each candidate, so that the same formula serves both.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from estimator.errors import EstimatorError, UnknownNameError
from estimator.quantities import Quantity

Choice: TypeAlias = str | npt.NDArray[np.str_]
"""A word, or an array of words."""
Truth: TypeAlias = bool | npt.NDArray[np.bool_]
"""Yes or no, or an array of them."""


def by_choice(choice: Choice, values: Mapping[str, Quantity]) -> Quantity:
    """Pick the value that belongs to each word.

    Examples
    --------
    >>> by_choice("lora", {"full": 3.0, "lora": 2.0})
    2.0
    >>> by_choice(np.array(["full", "lora"]), {"full": 3.0, "lora": 2.0}).tolist()
    [3.0, 2.0]
    """
    if isinstance(choice, str):
        return values[choice]
    picked: Quantity = np.select([choice == word for word in values], [np.asarray(v) for v in values.values()], np.nan)
    return picked


def is_any(choice: Choice, *words: str) -> Truth:
    """Tell whether the choice is one of the words.

    Examples
    --------
    >>> is_any("zero3", "zero3", "fsdp")
    True
    """
    if isinstance(choice, str):
        return choice in words
    return np.isin(choice, words)


def by_word(choice: Choice, value_of: Callable[[str], Quantity]) -> Quantity:
    """Evaluate a function once for each distinct word, and spread the answers over the candidates.

    Examples
    --------
    >>> by_word(np.array(["q,v", "q", "q"]), lambda word: float(word.count(",") + 1)).tolist()
    [2.0, 1.0, 1.0]
    """
    if isinstance(choice, str):
        return value_of(choice)
    words = np.unique(choice)
    picked: Quantity = np.select([choice == word for word in words], [np.asarray(value_of(str(w))) for w in words])
    return picked


def when(condition: Truth, yes: Quantity, no: Quantity) -> Quantity:
    """Choose between two values, for one set-up or each candidate.

    Examples
    --------
    >>> when(True, 1.0, 0.0)
    1.0
    """
    if isinstance(condition, (bool, np.bool_)):
        return yes if condition else no
    return np.where(condition, yes, no)


def require_known(choice: Choice, kind: str, known: tuple[str, ...], pointer: str) -> None:
    """Refuse a word that is not an option, naming the nearest ones.

    Raises
    ------
    UnknownNameError : for the first word that is not known
    """
    for word in [choice] if isinstance(choice, str) else np.unique(choice):
        if str(word) not in known:
            error: EstimatorError = UnknownNameError(kind, str(word), known, pointer)
            raise error
