"""Which model runs on which GPU, and what an hour of that GPU costs: rented, or bought."""

from dataclasses import asdict
from typing import Any

import numpy as np

from estimator.approaches.setting import Setting
from estimator.components.hosting import (
    amortised_usd_per_gpu_hour,
    power_usd_per_gpu_hour,
    purchase_usd,
    replacement_usd,
)
from estimator.cost_line import CostLine, Working
from estimator.errors import EstimatorError, ScenarioError
from estimator.hardware.catalogue import base_model, gpu, is_base_model
from estimator.hardware.shapes import GpuSheet, ModelShape, infer_shape
from estimator.hardware.spread import Spread
from estimator.price_book import Price
from estimator.price_book.gpu_hours import hour_meant
from estimator.quantities import Count, Months, Quantity, Share, UsdPerHour
from estimator.scenario import GpuServing, GpuTraining, Owned
from estimator.scenario.inputs import inputs_of


def model_shape(plan: GpuServing | GpuTraining, pointer: str) -> ModelShape | None:
    """Return the shape of the model of a plan, None if the plan names none.

    Where many candidates are computed at once, a plan carries the shapes of all of them in the place of a name.

    Raises
    ------
    UnknownNameError : no such base model
    ScenarioError : the figures of a stated shape contradict each other
    """
    if isinstance(plan.base_model, ModelShape):
        return plan.base_model
    if plan.shape is not None:
        try:
            return infer_shape(**asdict(plan.shape))
        except EstimatorError as error:
            raise error.below(f"{pointer}/shape") from None
    if plan.base_model is None:
        return None
    try:
        return base_model(plan.base_model)
    except EstimatorError as error:
        raise error.below(f"{pointer}/base_model") from None


def gpu_sheet(plan: GpuServing | GpuTraining, pointer: str) -> GpuSheet | None:
    """Return the data sheet of the GPU of a plan, None if the plan names none.

    Raises
    ------
    UnknownNameError : no such GPU
    """
    if isinstance(plan.gpu, GpuSheet):
        return plan.gpu
    if plan.gpu is None:
        return None
    try:
        return gpu(plan.gpu)
    except EstimatorError as error:
        raise error.below(f"{pointer}/gpu") from None


def params_b_of(base_model_name: str) -> float | None:
    """Return the size of a base model in billions of parameters, for services that price by size; None if unknown."""
    return float(np.ravel(base_model(base_model_name).params_b)[0]) if is_base_model(base_model_name) else None


def needed(value: Any, what: str, pointer: str, why: str) -> Any:
    """Return a value that must be stated.

    Raises
    ------
    ScenarioError : it is not
    """
    if value is None:
        raise ScenarioError(f"{what} is needed {why}.", pointer)
    return value


def rented_usd_per_hour(setting: Setting, plan: GpuServing | GpuTraining, pointer: str) -> UsdPerHour:
    """Return the price of one GPU for one hour: the caller's, else the price book's.

    Raises
    ------
    ScenarioError : no price and no GPU to look one up for
    PriceNotFoundError, UnknownNameError : the price book has none
    """
    stated: UsdPerHour | None = plan.usd_per_gpu_hour
    if stated is not None:
        return stated
    name = needed(plan.gpu, "A GPU, or usd_per_gpu_hour,", f"{pointer}/gpu", "to price an hour")
    try:
        listed = setting.book.gpu_hour(name, plan.provider, plan.commitment)
    except EstimatorError as error:
        raise error.below(f"{pointer}/{'provider' if plan.provider else 'gpu'}") from None
    meant = setting.choices.settle(f"{pointer}/provider", lambda: _hour_meant(setting, plan, listed, pointer))
    offer = meant.row.offer if isinstance(meant, Price) else listed.row.offer
    return setting.look_up(f"{pointer}/usd_per_gpu_hour", meant, f"price book: {offer}")


def _hour_meant(setting: Setting, plan: GpuServing | GpuTraining, listed: Price, pointer: str) -> Any:
    """Choose the seller anew, in each cell, where a price of the book is varied.

    Raises
    ------
    ScenarioError : cells mean different offers, where only some of them are allowed
    """
    if setting.varied is None:
        return listed
    limits = setting.scenario.constraints
    meant = hour_meant(setting.book.gpu_sellers(str(plan.gpu), plan.provider, plan.commitment), setting.varied.price)
    if not isinstance(meant, Price) and limits is not None and (limits.providers or limits.regions):
        raise ScenarioError(
            "Which offer of this GPU is meant depends on the price that is varied, and constraints allow only some. "
            "Name the provider, or state usd_per_gpu_hour.",
            f"{pointer}/provider",
        )
    return meant


def owned_power_usd_per_hour(owned: Owned, work: Working) -> UsdPerHour:
    """Return the electricity of one own GPU for one hour."""
    return work(
        power_usd_per_gpu_hour,
        power_kw=owned.power_kw,
        load_share=owned.load_share,
        pue=owned.pue,
        usd_per_kwh=owned.usd_per_kwh,
    )


def gpu_usd_per_hour(
    setting: Setting, plan: GpuServing | GpuTraining, pointer: str, work: Working, *, always_on: bool
) -> UsdPerHour:
    """Return what an hour of a GPU costs: rent; or electricity, with its part of the purchase unless paid up front.

    A GPU that serves costs its part whether used or not; one that trains spreads its life over the hours it is used.
    """
    owned = plan.owned
    if owned is None:
        return rented_usd_per_hour(setting, plan, pointer)
    power = owned_power_usd_per_hour(owned, work)
    if owned.paid == "upfront":
        return power
    return work(
        amortised_usd_per_gpu_hour,
        usd_per_gpu=owned.usd_per_gpu,
        residual_share=owned.residual_share,
        life_months=owned.life_months,
        power_usd=power,
        utilisation_share=1.0 if always_on else owned.utilisation_share,
    )


def bought_gpus(setting: Setting, owned: Owned | None, gpus: Count) -> tuple[CostLine, ...]:
    """Buy GPUs, replace them after their life, sell them at the end; nothing where they are not paid up front.

    Parameters
    ----------
    gpus : needed in each month, or one number for all; those of the busiest month are bought
    """
    if owned is None or owned.paid != "upfront":
        return ()

    def between(start: Months, end: Months) -> CostLine:
        work = Working()
        needed = np.where((setting.month > start) & (setting.month <= end), gpus, 0.0)
        most = needed.max(axis=-1, keepdims=needed.ndim > 1)
        purchase = work(purchase_usd, gpus=most, usd_per_gpu=owned.usd_per_gpu)
        events = work(
            replacement_usd,
            month=setting.month,
            start_month=start,
            end_month=end,
            purchase=purchase,
            residual_share=owned.residual_share,
            life_months=owned.life_months,
        )
        return CostLine(
            "hardware_purchase",
            upfront_usd=purchase,
            event_usd=events,
            quantity=most,
            quantity_unit="GPUs",
            steps=tuple(work.steps),
            between=between,
        )

    return (between(0.0, float(setting.horizon)),)


def refused_by_hardware(error: EstimatorError, plan: GpuServing | GpuTraining, pointer: str) -> EstimatorError:
    """Point a refusal of the hardware model at the field of the plan, or at the plan where it has no such field."""
    field = error.pointer.removeprefix("/")
    error.pointer = f"{pointer}/{field}" if field in inputs_of(type(plan)) else pointer
    return error


def at_chance(spread: Spread, chance: Share | None) -> Quantity:
    """Return the median of a calibrated quantity, or the value that a stated share of actual ones falls below."""
    return spread.p50 if chance is None else spread.quantile(chance)
