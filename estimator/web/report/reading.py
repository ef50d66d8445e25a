"""One answer as the page and the terminal read it: totals by approach and component, sentences, months."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from estimator.cost_line import COMPONENTS
from estimator.web.words.wording import break_even_words, spread_words, volume_words


@dataclass(frozen=True)
class Reading:
    """An answer, seen as tables and sentences.

    Parameters
    ----------
    found : the answer as it is sent
    """

    found: dict[str, Any]

    @property
    def headline(self) -> str:
        """The recommendation in one sentence."""
        return str(self.found["recommendation"]["headline"])

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """The reasons behind it."""
        return list(self.found["recommendation"]["reasons"])

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return str(self.found["scenario"].get("currency", "USD"))

    @property
    def approaches(self) -> dict[str, dict[str, Any]]:
        """The approaches by name."""
        return dict(self.found["approaches"])

    @cached_property
    def components(self) -> list[tuple[str, list[float]]]:
        """Every component that costs something, with its total for each approach."""
        totals = [{each["id"]: each["total_usd"] for each in one["components"]} for one in self.approaches.values()]
        ids = [name for name in COMPONENTS if any(name in column for column in totals)]
        rows = [(name, [column.get(name, 0.0) for column in totals]) for name in ids]
        return [(name.replace("_", " "), amounts) for name, amounts in rows if any(amounts)]

    @cached_property
    def break_evens(self) -> list[str]:
        """Every pair in words."""
        return [
            " ".join(told for told in (break_even_words(pair), spread_words(pair), volume_words(pair)) if told)
            for pair in self.found["break_even"]
        ]

    @cached_property
    def months(self) -> list[tuple[int, list[float]]]:
        """The cumulative cost of each approach at the end of each month, the start first."""
        columns = [one["cumulative_usd"] for one in self.approaches.values()]
        return [(month, [column[month] for column in columns]) for month in range(len(columns[0]))] if columns else []

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What must be known before trusting a figure."""
        return list(self.found["warnings"])

    @property
    def prices(self) -> list[dict[str, Any]]:
        """The rows of the price book that were used."""
        return list(self.found.get("prices_used", []))

    @property
    def assumptions(self) -> list[dict[str, Any]]:
        """Every default that was used."""
        return list(self.found.get("assumptions", []))
