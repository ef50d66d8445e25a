"""A scalar input that is not known exactly: the distribution a caller may write where a number is due."""

from dataclasses import dataclass
from math import isfinite

from estimator.errors import ScenarioError
from estimator.scenario.inputs import Input

DISTRIBUTIONS = ("pert", "triangular", "uniform", "normal", "lognormal", "discrete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A distribution in the place of a number.

    ``pert`` and ``triangular`` take low, mode, high; ``uniform`` low, high; ``normal`` mean, sd (cut at the legal
    range of the field); ``lognormal`` low, high read as P10, P90, or mean, cv; ``discrete`` values and probabilities.

    Raises
    ------
    ScenarioError : a number is missing for the distribution, or low, mode, high are not in this order
    """

    dist: str = "pert"
    low: float | None = None
    mode: float | None = None
    high: float | None = None
    mean: float | None = None
    sd: float | None = None
    cv: float | None = None
    values: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn from."""
        if self.dist not in DISTRIBUTIONS:
            raise ScenarioError(f"Unknown distribution {self.dist!r}. Known: {', '.join(DISTRIBUTIONS)}.", "/dist")
        if self.dist == "discrete":
            self._check_discrete()
        elif self.dist == "normal":
            self._need("mean", "sd")
        elif self.dist == "lognormal" and self.mean is not None:
            self._need("mean", "cv")
        elif self.dist in ("uniform", "lognormal"):
            self._need("low", "high")
        else:
            self._need("low", "mode", "high")
        ordered = [value for value in (self.low, self.mode, self.high) if value is not None]
        if ordered != sorted(ordered):
            raise ScenarioError(f"A range must have low <= mode <= high, not {ordered}.")
        if self.dist == "lognormal" and any(value is not None and value <= 0 for value in (self.low, self.mean)):
            raise ScenarioError("A lognormal range needs numbers above 0.")
        if any(value is not None and value < 0 for value in (self.sd, self.cv)):
            raise ScenarioError("A spread (sd, cv) cannot be negative.")

    def _need(self, *names: str) -> None:
        missing = [name for name in names if getattr(self, name) is None]
        if missing:
            raise ScenarioError(f"A {self.dist} range needs {', '.join(names)}; missing: {', '.join(missing)}.")

    def _check_discrete(self) -> None:
        if not self.values or len(self.values) != len(self.probabilities):
            raise ScenarioError("A discrete range needs values and as many probabilities.")
        if min(self.probabilities) < 0 or abs(sum(self.probabilities) - 1.0) > 1e-9:
            raise ScenarioError(f"Probabilities must be >= 0 and sum to 1, not {sum(self.probabilities):.12g}.")

    @property
    def base(self) -> float:
        """The value used where one number is needed: the most likely one (mean, median or middle where there is none).

        Examples
        --------
        >>> Range(low=60, mode=90, high=180).base
        90
        >>> Range(dist="uniform", low=2, high=6).base
        4.0
        """
        if self.mode is not None:
            return self.mode
        if self.dist == "discrete":
            return self.values[self.probabilities.index(max(self.probabilities))]
        if self.dist == "lognormal" and self.low is not None and self.high is not None:
            return float((self.low * self.high) ** 0.5)
        if self.mean is not None:
            return self.mean
        return ((self.low or 0.0) + (self.high or 0.0)) / 2

    def corners(self) -> tuple[float, ...]:
        """Return the stated numbers that must lie in the legal range of the field."""
        stated = (self.low, self.mode, self.high, self.mean, *self.values)
        return tuple(value for value in stated if value is not None and isfinite(value))

    def objection(self, what: Input) -> str | None:
        """Say in words why this range may not stand in a field, or None if it may."""
        return next((words for corner in self.corners() if (words := what.objection(corner))), None)
