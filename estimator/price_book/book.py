"""The price book on one day: every look-up of the engine."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from estimator.price_book.gpu_hours import Sellers, find_gpu_sellers, hour_meant
from estimator.price_book.model_names import find_model
from estimator.price_book.prices_on_day import PricesOnDay
from estimator.price_book.table_summary import TableSummary, summarise_table
from estimator.price_book.token_offers import find_token_offer
from estimator.price_book.tuning import find_tuning

if TYPE_CHECKING:
    from estimator.price_book.rows import Price, TokenOffer, TuningOffer

MOST_ANSWERS = 4096

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class PriceBook(PricesOnDay):
    """The prices of one day, and which is meant by the name of a model, a service or a GPU; answers are kept."""

    @cached_property
    def _token_offers(self) -> dict[tuple[str, str], TokenOffer]:
        return {}

    @cached_property
    def _tuning_offers(self) -> dict[tuple[str, str, str | None, str | None, float | None], TuningOffer]:
        return {}

    @cached_property
    def _gpu_hours(self) -> dict[tuple[str, str | None, str, str | None], Price]:
        return {}

    @cached_property
    def _gpu_sellers(self) -> dict[tuple[str, str | None, str, str | None], Sellers]:
        return {}

    @cached_property
    def tables(self) -> tuple[TableSummary, ...]:
        """Describe every table, counted once: a book does not change."""
        return tuple(summarise_table(self, name) for name in self.history.tables)

    # -- models by the token --------------------------------------------------------------------------------------

    def token_offer(self, model: str, variant: str = "") -> TokenOffer:
        """Return what a model costs by the token.

        Parameters
        ----------
        model : 'provider/model', or a model id that one provider, or its own maker, has
        variant : "" for the standard price, "batch", "priority", "flex", "fast", a region such as "data-zone",
            or both as "batch@data-zone"
        """
        found = self._token_offers.get((model, variant))
        if found is None:
            found = find_token_offer(self, self.resolve_model(model), variant)
            _remember(self._token_offers, (model, variant), found)
        return found

    def resolve_model(self, model: str) -> str:
        """Return the offer meant by a model's name: 'provider/model', or a model id alone."""
        return find_model(self, model)

    # -- tuning, hardware --------------------------------------------------------------------------

    def tuning_offer(
        self,
        service: str,
        base_model: str,
        method: str | None = None,
        tier: str | None = None,
        params_b: float | None = None,
    ) -> TuningOffer:
        """Return what managed fine-tuning of a base model costs at a service.

        Parameters
        ----------
        service : "openai", "azure", "together", "fireworks", "thinking-machines" (or "tinker"), ...
        base_model : the model's name there, or any model id where the service prices by size and `params_b` is given
        method : "sft", "lora", "full", "dpo", "rft", or exactly as in the table; None takes supervised tuning
        tier : deployment tier; None takes the standard or global one
        params_b : billions of parameters, to find the size class of a service that prices by size
        """
        asked = (service, base_model, method, tier, params_b)
        found = self._tuning_offers.get(asked)
        if found is None:
            found = find_tuning(self, *asked)
            _remember(self._tuning_offers, asked, found)
        return found

    def gpu_hour(
        self, gpu: str, provider: str | None = None, commitment: str = "on_demand", region: str | None = None
    ) -> Price:
        """Return the price of one GPU for one hour [USD/GPU-hour].

        Parameters
        ----------
        gpu : "H100-SXM", as in the table of GPUs
        provider : the seller; without one, the rule of gpu_hours.py chooses
        commitment : "on_demand", "spot", "community", "marketplace", "serverless", "dedicated_endpoint", ...
        region : None for whichever region the provider sells it in
        """
        asked = (gpu, provider, commitment, region)
        found = self._gpu_hours.get(asked)
        if found is None:
            found = hour_meant(self.gpu_sellers(*asked))
            _remember(self._gpu_hours, asked, found)
        return found

    def gpu_sellers(
        self, gpu: str, provider: str | None = None, commitment: str = "on_demand", region: str | None = None
    ) -> Sellers:
        """Return the prices among which `gpu_hour` chooses, those of each seller together."""
        asked = (gpu, provider, commitment, region)
        found = self._gpu_sellers.get(asked)
        if found is None:
            found = find_gpu_sellers(self, *asked)
            _remember(self._gpu_sellers, asked, found)
        return found


def _remember(answers: dict[Question, Answer], question: Question, answer: Answer) -> None:
    """Keep an answer for the next time, and forget all when callers have asked in too many words."""
    if len(answers) >= MOST_ANSWERS:
        answers.clear()
    answers[question] = answer
