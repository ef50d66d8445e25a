"""Tune at every managed service, one by one: they are few, and each has rules of its own."""

from dataclasses import replace

from estimator.options.candidate import Candidate
from estimator.options.frame import Frame, life_of
from estimator.options.prompted import no_region
from estimator.scenario import EndpointServing, FineTuning, ManagedTraining
from estimator.scenario.document import as_document

KIND = "managed_tuning"
TABLE = "training_prices"


def tune_at_services(frame: Frame) -> None:
    """Compute every offer of the tuning services, in each deployment tier that it is sold in."""
    if frame.tuning is None:
        return
    _, plan = frame.tuning
    asked = frame.offering.services
    for offer in frame.book.offers(TABLE):
        service, _, model = offer.partition("/")
        if asked is not None and service not in asked:
            continue
        label = f"{model}, tuned at {service}"
        reason = frame.forbidden(offer)
        sold = {key[1] for key in frame.book.current(TABLE, offer)}
        tiers = sorted(sold & set(frame.regions) if frame.regions else sold)
        if reason is None and not tiers:
            reason = ("region", no_region(sold - {""}))
        if reason is not None:
            frame.leave_out(label, KIND, *reason)
            continue
        for tier in tiers:
            _tune(frame, plan, offer, tier, f"{label} ({tier})" if tier else label)


def _tune(frame: Frame, plan: FineTuning, offer: str, tier: str, label: str) -> None:
    service, _, model = offer.partition("/")
    training = plan.training if isinstance(plan.training, ManagedTraining) else ManagedTraining()
    own = (training.service, training.base_model) == (service, model)
    rate = frame.rate(plan, label, offer, model, own=own)
    serving = plan.serving if isinstance(plan.serving, EndpointServing) else EndpointServing()
    candidate = replace(
        plan,
        training=replace(training, service=service, base_model=model, tier=tier or None, prices=None),
        serving=replace(serving, service=service, base_model=model, tier=tier or None, prices=None, bill=None),
        success_rate=rate,
        quality=None,
        model_life=life_of(plan),
    )
    frame.compute_alone(Candidate(label, KIND, as_document(candidate), service, rate), candidate)
