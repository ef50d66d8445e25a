"""What a plan has probably forgotten: warned about, never corrected behind the caller's back."""

import re

from estimator.approaches.machines import params_b_of
from estimator.approaches.setting import Setting
from estimator.errors import EstimatorError, nearest_names
from estimator.price_book import Override, PriceBook, TokenTier
from estimator.price_book.own_prices import Rule
from estimator.quantities import Hours, any_of
from estimator.scenario import ApiServing, FineTuning, ManagedTraining

DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def warn_without_hours(setting: Setting, pointer: str, **hours: Hours) -> None:
    """Warn where no hour of anybody's work is counted: people are most of what either approach costs."""
    if not any(any_of(each) for each in hours.values()):
        setting.notes.warn(
            "no_hours_counted",
            pointer,
            f"No hours of work are counted here: {', '.join(hours)} are all 0. State them, or this approach looks "
            "cheaper than it is.",
        )


def warn_base_price(setting: Setting, plan: FineTuning, pointer: str) -> None:
    """Warn where a model tuned at a service is served at the price of its base model.

    Raises
    ------
    EstimatorError : the price book does not know the service, the base model or the served model
    """
    training, serving = plan.training, plan.serving
    if not isinstance(training, ManagedTraining) or not isinstance(serving, ApiServing):
        return
    if training.service is None or training.base_model is None or training.prices is not None or serving.model is None:
        return
    tuned = setting.book.tuning_offer(
        training.service, training.base_model, training.method, training.tier, params_b_of(training.base_model)
    )
    try:
        served = setting.book.token_offer(str(serving.model))
    except EstimatorError as error:
        raise error.below(f"{pointer}/serving/model") from None
    if tuned.tokens is None or DATED.sub("", tuned.offer) != DATED.sub("", served.offer):
        return
    batch = bool(serving.variant.startswith("batch") and tuned.tokens.batch_tiers and served.batch_tiers)
    dear, plain = (each.batch_tiers[0] if batch else each.tiers[0] for each in (tuned.tokens, served))
    if (dear.input, dear.output) != (plain.input, plain.output):
        money, by = setting.scenario.currency, " by batch" if batch else ""
        setting.notes.warn(
            "base_price_for_tuned_model",
            f"{pointer}/serving/model",
            f"{served.offer} is billed here as the base model, which costs {_both(plain, money)}{by}; tuned at "
            f"{training.service} it costs {_both(dear, money)}. To bill the tuned model, serve it as "
            f'{{"kind": "endpoint", "service": "{training.service}", "base_model": "{training.base_model}"}}.',
        )


def _both(tier: TokenTier, currency: str) -> str:
    """Name both prices of a tier, which an offer that is complete has."""
    return f"{currency} {tier.input:g} per million input tokens and {tier.output:g} per million output tokens"


def warn_idle_rules(setting: Setting) -> None:
    """Warn of the rules of the request that change no price that was read: misspelt, replaced or left over."""
    rows = [price.row for price in setting.notes.prices.values()]
    idle = [rule for rule in setting.book.rules.values() if not any(rule.covers(row) for row in rows)]
    if idle:
        more = f" Likewise {len(idle) - 1} more of the rules stated." if len(idle) > 1 else ""
        setting.notes.warn("override_not_used", idle[0].pointer, _idle(idle[0], setting.book) + more)


def _idle(rule: Rule, book: PriceBook) -> str:
    """Say that a rule changes nothing, and which offers are nearest where the tables do not have its own."""
    if not isinstance(rule, Override):
        return f"The rule for {rule.offers} changes no price that is read here."
    known = book.history.places(rule.table)
    near = () if rule.offer in known else nearest_names(rule.offer, known)
    hint = f" Nearest known: {', '.join(near)}." if near else ""
    return f"The own {rule.price} of {rule.offer} changes nothing: no approach reads it.{hint}"
