"""Which base models run on which GPUs, all candidates at once, and what an hour of a GPU costs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from estimator.approaches.faults import told_alone
from estimator.approaches.tuning import training_setup
from estimator.errors import EstimatorError
from estimator.hardware.serving import estimate_serving
from estimator.hardware.setup import ServingSetup, TrainingSetup
from estimator.hardware.shapes import GpuSheet, ModelShape
from estimator.hardware.training import estimate_training
from estimator.hardware.training_fit import LIKELY
from estimator.options.frame import Frame
from estimator.options.stacking import column, stacked
from estimator.scenario import FineTuning, GpuServing, GpuTraining, PromptEngineering

REPLICA_SIZES = (1.0, 2.0, 4.0, 8.0)
"""GPUs of one replica that are tried, the fewest that hold the model are taken."""
OWN = "own"


@dataclass(frozen=True, slots=True)
class Rent:
    """What an hour of one GPU costs.

    Parameters
    ----------
    usd_per_gpu_hour : the price
    provider : who asks it; "own" for a GPU at hand
    looked_up : whether naming the provider alone finds the same price
    """

    usd_per_gpu_hour: float
    provider: str
    looked_up: bool

    def document(self) -> dict[str, Any]:
        """Write what an approach says of it: the provider where that is enough, else the price."""
        named = {"provider": self.provider, "usd_per_gpu_hour": None}
        stated = {"provider": None, "usd_per_gpu_hour": self.usd_per_gpu_hour}
        return (named if self.looked_up else stated) | {"owned": None, "shape": None}


@dataclass(frozen=True, slots=True)
class Machine:
    """One base model on one GPU, prompted or tuned by one method ("" where it is prompted)."""

    model: str
    shape: ModelShape
    method: str
    gpu: str
    sheet: GpuSheet
    training_rent: Rent
    serving_rent: Rent
    gpus_per_replica: float = 1.0

    @property
    def name(self) -> str:
        """What it is, for people."""
        return f"{self.model}, {self.method or 'prompted'} on {self.gpu}"


def rents(frame: Frame, name: str, kind: str, commitments: Sequence[str]) -> list[Rent] | None:
    """Return the price of an hour of a GPU for each commitment; None where nobody sells it."""
    limits = frame.scenario.constraints
    if limits is not None and name in limits.own_gpus:
        return [Rent(0.0, OWN, looked_up=False) for _ in commitments]
    try:
        return [_rent(frame, name, commitment) for commitment in commitments]
    except EstimatorError as error:
        frame.leave_out(name, kind, "region" if frame.regions else "no_price", error.message)
        return None


def _rent(frame: Frame, name: str, commitment: str) -> Rent:
    """Return the cheapest price among the providers and regions allowed, the usual one where all are.

    Raises
    ------
    EstimatorError : none of them sells it
    """
    limits = frame.scenario.constraints
    providers: Sequence[str | None] = limits.providers if limits is not None and limits.providers else (None,)
    regions: Sequence[str | None] = frame.regions or (None,)
    prices = []
    missing: EstimatorError | None = None
    for provider in providers:
        for region in regions:
            try:
                prices.append(frame.book.gpu_hour(name, provider, commitment, region))
            except EstimatorError as error:
                missing = missing or error
    if missing is not None and not prices:
        raise missing
    price = min(prices)
    provider = price.row.offer.partition("/")[0]
    return Rent(float(price), provider, looked_up=frame.book.gpu_hour(name, provider, commitment) == price)


def fitting(
    frame: Frame, plan: PromptEngineering | FineTuning, candidates: Sequence[Machine], kind: str
) -> list[Machine]:
    """Keep the candidates that can be trained and served, with the GPUs of a replica; exclude the others."""
    if not candidates:
        return []
    count = len(candidates)
    shapes, sheets = stacked([each.shape for each in candidates]), stacked([each.sheet for each in candidates])
    trains = np.ones(count, dtype=bool)
    if isinstance(plan, FineTuning):
        trains = _trainable(frame, plan, candidates, shapes, sheets)
    setup = _serving_setup(frame, plan)
    replica = np.full(count, np.nan)
    for size in REPLICA_SIZES:
        served = estimate_serving(shapes, sheets, replace(setup, tensor_parallel=np.full((count, 1), size)))
        able = np.broadcast_to(np.ravel(served.possible), count)
        replica = np.where(np.isnan(replica) & able, size, replica)
    too_long = setup.input_tokens + setup.output_tokens
    found = []
    for each, able, size in zip(candidates, trains.tolist(), replica.tolist(), strict=True):
        if not able:
            continue
        if size == size:
            found.append(replace(each, gpus_per_replica=size))
        elif too_long > float(each.shape.context_tokens):
            detail = f"A request takes {too_long:,.0f} tokens, its context is {float(each.shape.context_tokens):,.0f}."
            frame.leave_out(each.name, kind, "not_possible", detail)
        else:
            detail = f"No replica of up to {REPLICA_SIZES[-1]:.0f} of these GPUs holds the model."
            frame.leave_out(each.name, kind, "memory", detail)
    return found


def _trainable(
    frame: Frame, plan: FineTuning, candidates: Sequence[Machine], shapes: ModelShape, sheets: GpuSheet
) -> Any:
    """Tell which candidates can be trained; the others are excluded."""
    setup = _training_setup(frame, plan, candidates, shapes)
    with np.errstate(divide="ignore", invalid="ignore"):  # what fits no number of GPUs has no speed
        trained = estimate_training(shapes, sheets, setup)
    count = len(candidates)
    possible, least, chance = (
        np.broadcast_to(np.ravel(each), count) for each in (trained.possible, trained.gpus, trained.fits.probability)
    )
    why = told_alone(estimate_training, shapes, sheets, setup, told=lambda error: error)
    fits = np.isfinite(least) & (chance >= LIKELY)
    for at in np.flatnonzero(~possible | ~fits).tolist():
        name = candidates[at].name
        if not np.isfinite(least[at]):
            frame.leave_out(name, "gpus", "memory", "The training fits the memory of no number of these GPUs.")
        elif not possible[at]:
            frame.leave_out(name, "gpus", "not_possible", why(at).message)
        else:
            detail = f"The training fits the memory with a probability of {chance[at]:.0%} only."
            frame.leave_out(name, "gpus", "memory", detail)
    return possible & fits


def _training_setup(frame: Frame, plan: FineTuning, candidates: Sequence[Machine], shapes: ModelShape) -> TrainingSetup:
    training = plan.training if isinstance(plan.training, GpuTraining) else GpuTraining()
    load = frame.scenario.workload
    length = plan.tokens_per_example
    if length is None:
        length = plan.prompt_tokens + load.input_tokens + load.output_tokens
    return training_setup(
        training,
        shapes,
        length,
        method=column([each.method for each in candidates]),
        gpus=None,
        training_tokens=plan.train_examples * length * plan.epochs,
    )


def _serving_setup(frame: Frame, plan: PromptEngineering | FineTuning) -> ServingSetup:
    serving = plan.serving if isinstance(plan.serving, GpuServing) else GpuServing()
    load = frame.scenario.workload
    return ServingSetup(
        engine=serving.engine,
        weight_bits=serving.weight_bits,
        input_tokens=max(plan.prompt_tokens + load.input_tokens, 1.0),
        output_tokens=max(load.output_tokens + load.reasoning_tokens, 1.0),
        adapters=serving.adapters_sharing,
    )
