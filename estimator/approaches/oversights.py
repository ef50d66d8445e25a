"""What a plan has probably forgotten: warned about, never corrected behind the caller's back."""

import re

from estimator.approaches.machines import params_b_of
from estimator.approaches.setting import Setting
from estimator.errors import EstimatorError
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
        served = setting.book.token_offer(str(serving.model), serving.variant)
    except EstimatorError as error:
        raise error.below(f"{pointer}/serving/model") from None
    if tuned.tokens is None or DATED.sub("", tuned.offer) != DATED.sub("", served.offer):
        return
    dear, plain = tuned.tokens.tiers[0], served.tiers[0]
    if dear.output is not None and (dear.input, dear.output) != (plain.input, plain.output):
        setting.notes.warn(
            "base_price_for_tuned_model",
            f"{pointer}/serving/model",
            f"{served.offer} is billed here as the base model, {plain.output:g} per million output tokens; tuned at "
            f"{training.service} it costs {dear.output:g}. To bill the tuned model, serve it as "
            f'{{"kind": "endpoint", "service": "{training.service}", "base_model": "{training.base_model}"}}.',
        )
