"""Every refusal of the estimator.

::

    EstimatorError                a question that cannot be answered, with the JSON Pointer of what is wrong
     ├── ScenarioError            the scenario contradicts itself or leaves the legal range
     ├── UnknownNameError         a model, GPU, service, unit or field nobody knows; names the nearest known ones
     │    └── UnknownNamesError   several of them
     ├── PriceNotFoundError       no price on that day: never counted as zero
     ├── ImpossibleSetupError     no hardware or engine can do what is asked; says what would work
     └── CellsError               some cells of a computation of many cannot be computed; each says why
    TimeBudgetError               work was stopped because its time is over: no fault of the question, and no
                                  EstimatorError, so that nothing that answers cell by cell takes it for one

A message says what was asked, why it cannot be answered, and what to do.
"""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

FEW_NAMES = 12
"""So many known names are listed where none of them is near."""


class EstimatorError(ValueError):
    """A question that cannot be answered as asked.

    Parameters
    ----------
    message : what was asked, why it cannot be answered, what to do
    pointer : JSON Pointer (RFC 6901) into the request, "" for the whole of it
    """

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer

    def below(self, prefix: str) -> "EstimatorError":
        """Prefix the pointer, and return the same error: callers know where in the request they stand."""
        self.pointer = prefix + self.pointer
        return self

    def renamed(self, inner: str, outer: str) -> "EstimatorError":
        """Call a field as the caller does, in message and pointer, and return the same error."""
        self.message = self.message.replace(inner, outer)
        self.args = (self.message,)
        self.pointer = self.pointer.replace(inner, outer)
        return self


class ScenarioError(EstimatorError):
    """The scenario contradicts itself or leaves the legal range."""


class UnknownNameError(EstimatorError):
    """A name that no table knows.

    Parameters
    ----------
    kind : what the name should be, for people: "GPU", "base model"
    name : what was asked
    known : every name that would have been accepted
    advice : what else can be done
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], pointer: str = "", advice: str = "") -> None:
        choices = tuple(known)
        self.nearest = nearest_names(name, choices)
        hint = f" Nearest known: {', '.join(self.nearest)}." if self.nearest else ""
        if not self.nearest and 0 < len(choices) <= FEW_NAMES:
            hint = f" Known: {', '.join(choices)}."
        super().__init__(f"Unknown {kind} {name!r}.{hint}{advice and f' {advice}'}", pointer)


class UnknownNamesError(UnknownNameError):
    """Several names that no table knows.

    Parameters
    ----------
    errors : one for each name, at least two
    """

    def __init__(self, errors: Iterable[UnknownNameError]) -> None:
        self.errors = tuple(errors)
        first, *others = self.errors
        more = "; ".join(f"{each.pointer}: {each.message}" for each in others)
        EstimatorError.__init__(self, f"{first.message} Also {more}", first.pointer)
        self.nearest = first.nearest

    def below(self, prefix: str) -> "EstimatorError":
        """Prefix every pointer, and return the same error."""
        for each in self.errors:
            each.below(prefix)
        return super().below(prefix)


class PriceNotFoundError(EstimatorError):
    """No price for what was asked on that day."""


class ImpossibleSetupError(EstimatorError):
    """No hardware or engine can do what is asked."""


class CellsError(EstimatorError):
    """Some cells of a computation of many that cannot be computed, while the others can.

    Parameters
    ----------
    cells : their places
    error_of : says why one of them cannot be computed, as its own estimate would
    """

    def __init__(self, cells: Sequence[int], error_of: Callable[[int], EstimatorError]) -> None:
        self.cells = tuple(cells)
        self.error_of = error_of
        first = error_of(self.cells[0])
        super().__init__(first.message, first.pointer)


class TimeBudgetError(Exception):
    """Work that was stopped because its time is over.

    Parameters
    ----------
    message : what was asked, why it was stopped, what to do
    retry_after_seconds : when it is worth asking again
    """

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_seconds = retry_after_seconds


def nearest_names(name: str, known: Iterable[str], at_most: int = 5) -> tuple[str, ...]:
    """Return the known names closest to a misspelt one, best first.

    A name without its provider is compared with names without theirs; of several that are then alike the first
    counts, unless they are exactly what was asked for.

    Examples
    --------
    >>> nearest_names("h100", ["H100-SXM", "H100-PCIe", "T4"])
    ('H100-SXM', 'H100-PCIe')
    >>> nearest_names("claud-sonet", ["acme/claude-sonnet", "shop/claude-sonnet", "acme/gpt"])
    ('acme/claude-sonnet',)
    """
    asked = name.lower()
    by_lower: dict[str, list[str]] = {}
    for candidate in known:
        lower = candidate.lower()
        by_lower.setdefault(lower if "/" in asked else lower.rpartition("/")[2], []).append(candidate)
    close = get_close_matches(asked, by_lower, n=at_most, cutoff=0.5)
    close += [lower for lower in by_lower if asked and asked in lower and lower not in close]
    found = [each for lower in close for each in (by_lower[lower] if lower == asked else by_lower[lower][:1])]
    return tuple(found[:at_most])
