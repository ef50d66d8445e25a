"""What to do: the cheapest feasible approach, why, how sure, and what would change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from estimator.computation import Computation
from estimator.price_book import PriceBook
from estimator.quantities import any_of
from estimator.recommendation.feasibility import Obstacle, obstacles_of
from estimator.recommendation.flips import Flip, flips_of
from estimator.recommendation.headline import headline
from estimator.recommendation.reasons import Argument, Pair, reasons_of
from estimator.recommendation.sellers import unnamed
from estimator.scenario import Staged
from estimator.uncertainty import Assessment, best_shares
from estimator.uncertainty.information import regrets_usd

ALIKE = 1e-9
"""Success rates that differ by less count as equal."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The approaches from the cheapest on, and what stands against them.

    Parameters
    ----------
    names : all of them
    feasible : those that can do what is asked, second names of another one left out
    rivals : the others beside the best: the feasible ones first; none where nothing is feasible
    baseline : the approach that the others are compared with
    obstacles : what stands against each approach, by name
    """

    names: tuple[str, ...]
    feasible: tuple[str, ...]
    rivals: tuple[str, ...]
    baseline: str
    obstacles: Mapping[str, tuple[Obstacle, ...]]

    @property
    def best(self) -> str | None:
        """The cheapest feasible approach, None where none is."""
        return self.feasible[0] if self.feasible else None

    @property
    def rival(self) -> str | None:
        """The next one: the cheapest other that is feasible, or of all others where none is."""
        return self.rivals[0] if self.rivals else None

    @property
    def pair(self) -> tuple[str, str] | None:
        """The best approach and what its saving is measured against: the baseline where that is feasible, or its rival.

        None where nothing is feasible.
        """
        if self.best is None or self.rival is None:
            return None
        others = self.baseline != self.best and not self.obstacles[self.baseline]
        return self.best, self.baseline if others else self.rival


def rank(computed: Computation) -> Ranking:
    """Put the approaches into the order of their totals, and see which of them can do what is asked."""
    obstacles = {name: obstacles_of(computed, name) for name in computed.curves}
    totals = {name: float(curve.total_usd[0]) for name, curve in computed.curves.items()}
    ranked = sorted(totals, key=lambda name: (totals[name], list(totals).index(name)))
    feasible = _distinct(computed, [name for name in ranked if not obstacles[name]])
    unable = [name for name in _distinct(computed, ranked, *feasible[:1]) if obstacles[name]]
    rivals = (*feasible[1:], *unable) if feasible else ()
    return Ranking(tuple(ranked), tuple(feasible), rivals, computed.baseline, obstacles)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The cheapest feasible approach and the case for it.

    Parameters
    ----------
    ranking : the approaches from the cheapest on, and what stands against each
    headline : one or two sentences for a manager
    reasons : criteria, each with its numbers
    flips : what would change the choice; empty where it was not asked for
    probability_best : share of the draws in which it is the cheapest feasible one, None without draws
    expected_regret_usd : what choosing it costs on average against the best feasible one of every draw
    """

    ranking: Ranking
    headline: str
    reasons: tuple[Argument, ...]
    flips: tuple[Flip, ...] = ()
    probability_best: float | None = None
    expected_regret_usd: float | None = None

    @property
    def approach(self) -> str | None:
        """The approach recommended, None where none is feasible."""
        return self.ranking.best


def recommend(
    computed: Computation,
    book: PriceBook,
    pairs: Sequence[Pair],
    *,
    assessment: Assessment | None = None,
    quality: dict[str, Any] | None = None,
    flips: bool = False,
) -> Recommendation:
    """Name the cheapest feasible approach.

    Approaches of unequal or unknown success rates get a warning: they are not the same service.

    Parameters
    ----------
    computed : the scenario at its base case
    pairs : every comparison
    assessment : what the draws say, None without
    quality : the section of the answer on quality, None without curves
    flips : whether to search what would change the choice
    """
    ranking = rank(computed)
    feasible, obstacles = ranking.feasible, ranking.obstacles
    _warn_of_unnamed(computed)
    caution = _warn_of_quality(computed, feasible or ranking.names)
    best = ranking.best
    if best is None:
        words = "; ".join(f"{name}: {obstacles[name][0].text}" for name in ranking.names)
        text = f"No approach meets what is asked. {words[0].upper()}{words[1:]}."
        return Recommendation(ranking, text, ())
    reasons = reasons_of(computed, book, pairs, best, ranking.rival, assessment, quality)
    found = flips_of(computed, best, ranking.rivals) if flips else ()
    among = None if assessment is None else {name: assessment.totals[name] for name in feasible}
    return Recommendation(
        ranking,
        headline(computed, ranking.names, feasible, obstacles, assessment) + caution,
        reasons,
        found,
        None if among is None else best_shares(among)[best],
        None if among is None else regrets_usd(among)[best],
    )


def _distinct(computed: Computation, names: Sequence[str], but: str | None = None) -> list[str]:
    """Leave out staged plans whose stated switch makes them one of the others under a second name, and `but`."""
    horizon, found = computed.setting.horizon, []
    for name in names:
        plan = computed.setting.scenario.approaches[name]
        same = None
        if isinstance(plan, Staged) and plan.switch_month is not None:
            same = {0.0: plan.then, float(horizon): plan.first}.get(float(plan.switch_month))
        if name != but and same not in names:
            found.append(name)
    return found


def _warn_of_unnamed(computed: Computation) -> None:
    """Warn where limits on providers or regions cannot be held against an approach."""
    limits = computed.setting.scenario.constraints
    asked = [] if limits is None else [name for name in ("providers", "regions") if getattr(limits, name)]
    names = [name for name in computed.curves if unnamed(computed, name)] if asked else []
    if names:
        computed.setting.notes.warn(
            "limits_not_checked",
            f"/constraints/{asked[0]}",
            f"Prices of your own name no seller: whether {' and '.join(asked)} are kept is not checked for: "
            f"{', '.join(names)}.",
        )


def _warn_of_quality(computed: Computation, names: Sequence[str]) -> str:
    """Warn where the approaches compared are not equally good, or where nobody knows; return words for the headline."""
    rates = {name: computed.bills[name].overall_success for name in names}
    unknown = [name for name, rate in rates.items() if rate is None]
    known = [rate for rate in rates.values() if rate is not None]
    if len(names) < 2:
        return ""
    if unknown:
        message = f"The success rate is unknown for: {', '.join(unknown)}. The ranking is by cost alone."
        computed.setting.notes.warn("quality_unknown", "", message)
        return " Success rates are not known for all: this compares cost alone."
    if max(known) - min(known) > ALIKE:
        rated = ", ".join(f"{name} {rate:.1%}" for name, rate in rates.items())
        scenario = computed.setting.scenario
        message = f"The success rates differ: {rated}."
        if scenario.target_success_rate is None and not any_of(scenario.cost_of_failure_usd):
            message += " Set target_success_rate or cost_of_failure_usd to weigh them."
        computed.setting.notes.warn("quality_unequal", "", message)
        return " Their success rates differ."
    return ""
