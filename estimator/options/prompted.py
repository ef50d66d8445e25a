"""Prompt every model that an API offers."""

from dataclasses import replace
from typing import Any

from estimator.approaches.token_rates import CallPrices, offered_prices
from estimator.errors import EstimatorError
from estimator.options.candidate import Candidate
from estimator.options.frame import Frame, life_of
from estimator.options.stacking import stacked_prices
from estimator.price_book import Price, PriceBook, TokenOffer
from estimator.price_book.levels import may_be_default
from estimator.scenario import ApiServing, PromptEngineering
from estimator.scenario.document import as_document

KIND = "prompted"
TABLE = "token_prices"


def prompt_models(frame: Frame) -> None:
    """Compute every API model with the prompt of the template."""
    if frame.prompt is None:
        return
    _, plan = frame.prompt
    serving = plan.serving if isinstance(plan.serving, ApiServing) else ApiServing()
    own_model = _resolved(frame.book, serving.model)
    serving = replace(serving, model=None, prices=None, bill=None)
    plan = replace(plan, serving=serving, quality=None, model_life=life_of(plan))
    written = as_document(plan)
    asked = frame.offering.models
    found: list[tuple[Candidate, CallPrices]] = []
    for model in frame.book.offers(TABLE) if asked is None else asked:
        label = f"{model}, prompted"
        known = _offer(frame, plan, serving, model, label)
        if known is None:
            continue
        offer, prices = known
        own = own_model is not None and offer.offer == own_model
        rate = frame.rate(frame.prompt[1], label, model, model.partition("/")[2], own=own)
        priced = {**written["serving"], "model": model, "variant": offer.variant}
        document = {**written, "success_rate": rate, "serving": priced}
        candidate = Candidate(label, KIND, document, model.partition("/")[0], rate)
        ends = offer.lifecycle.shutdown_on if offer.lifecycle is not None else None
        if frame.outlives(ends):
            found.append((candidate, prices))
        elif plan.model_life is None:
            frame.leave_out(label, KIND, "availability", f"The model is shut down on {ends}.", document)
        else:
            alone = replace(serving, model=model, variant=offer.variant)
            frame.compute_alone(candidate, replace(plan, serving=alone, success_rate=rate))

    def together(places: list[int]) -> PromptEngineering:
        columns: Any = stacked_prices([found[at][1] for at in places])
        return replace(plan, serving=replace(serving, prices=columns))

    frame.compute_together([candidate for candidate, _ in found], together)


def _resolved(book: PriceBook, model: str | None) -> str | None:
    """Return the offer that the template names, None where it names none."""
    if model is None:
        return None
    try:
        return book.resolve_model(model)
    except EstimatorError:
        return None


def _offer(
    frame: Frame, plan: PromptEngineering, serving: ApiServing, model: str, label: str
) -> tuple[TokenOffer, CallPrices] | None:
    """Return what a model costs, None where it is left out."""
    length = plan.prompt_tokens + frame.scenario.workload.input_tokens
    reason = frame.forbidden(model)
    try:
        variant = serving.variant
        if reason is None and frame.regions:
            region = _region(frame, model)
            reason = region if isinstance(region, tuple) else None
            variant = f"{serving.variant}@{region}" if serving.variant else str(region)
        if reason is not None:
            frame.leave_out(label, KIND, *reason)
            return None
        offer = frame.book.token_offer(model, variant)
        prices = offered_prices(offer, length, "")
    except EstimatorError as error:
        frame.leave_out(label, KIND, "no_price", error.message)
        return None
    if prices.standard.input == prices.standard.output == 0.0:
        reason = ("no_price", "Both token prices are 0: it is not billed by tokens, or not for all.")
    elif frame.offering.models is None and not _worthy(prices):
        reason = ("not_verified", "Its prices are second-hand or contradicted: name the model to include it.")
    elif isinstance(serving.prompt_caching, dict) and prices.standard.cached is None:
        reason = ("no_price", "No price of cached input.")
    if reason is not None:
        frame.leave_out(label, KIND, *reason)
        return None
    return offer, prices


def _region(frame: Frame, model: str) -> str | tuple[str, str]:
    """Return the first of the allowed regions that an offer names, or why there is none."""
    sold = {key[1] for key in frame.book.current(TABLE, frame.book.resolve_model(model))} - {""}
    allowed = next((region for region in frame.regions if region in sold), None)
    return allowed or ("region", no_region(sold))


def no_region(sold: set[str]) -> str:
    """Say that a price stands for none of the regions allowed."""
    if not sold:
        return "Its price names no region: nobody can say where it runs."
    return f"It is sold in {', '.join(sorted(sold))}: none of the regions allowed."


def _worthy(prices: CallPrices) -> bool:
    """Tell whether the prices of a model are supported well enough to be offered unasked."""
    read = (prices.standard.input, prices.standard.output)
    return all(may_be_default(price.row.verification) for price in read if isinstance(price, Price))
