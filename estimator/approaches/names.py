"""Every name in a scenario that no table knows, so that one answer reports them all."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from estimator.approaches.machines import gpu_sheet, model_shape, rented_usd_per_hour
from estimator.approaches.setting import Setting
from estimator.approaches.token_serving import api_offer, endpoint_offer
from estimator.approaches.tuning import managed_offer
from estimator.errors import EstimatorError, UnknownNameError
from estimator.scenario import ApiServing, EndpointServing, GpuServing, GpuTraining, ManagedTraining
from estimator.scenario.inputs import inputs_of
from estimator.scenario.pointer import escaped


def unknown_names(setting: Setting) -> tuple[UnknownNameError, ...]:
    """Look every model, GPU, service, provider and approach up, and collect those that are unknown."""
    found: dict[str, UnknownNameError] = {}
    for look_up in _lookups(setting):
        try:
            look_up()
        except UnknownNameError as error:
            found.setdefault(error.pointer, error)
        except EstimatorError:  # told once the names are right
            continue
    return tuple(found.values())


def refuse_unknown(name: str, known: Iterable[str], pointer: str) -> None:
    """Refuse the name of an approach that does not stand in the scenario.

    Raises
    ------
    UnknownNameError : it does not
    """
    if name not in known:
        raise UnknownNameError("approach", name, known, pointer)


def _lookups(setting: Setting) -> Iterator[Callable[[], Any]]:
    plans = setting.scenario.approaches
    owners: list[tuple[Any, str]] = [(setting.scenario, "")]
    owners += [(plan, f"/approaches/{escaped(name)}") for name, plan in plans.items()]
    for owner, where in owners:
        for name, declared in inputs_of(type(owner)).items():
            value = getattr(owner, name)
            if declared.names == "approach" and value is not None:
                yield partial(refuse_unknown, value, plans, f"{where}/{name}")
            elif isinstance(value, PARTS):
                yield from _lookups_of(setting, value, f"{where}/{name}")


PARTS = (ManagedTraining, GpuTraining, ApiServing, EndpointServing, GpuServing)


def _lookups_of(setting: Setting, part: Any, where: str) -> Iterator[Callable[[], Any]]:
    if isinstance(part, GpuTraining | GpuServing):
        yield partial(model_shape, part, where)
        yield partial(gpu_sheet, part, where)
        if part.owned is None:
            yield partial(rented_usd_per_hour, setting, part, where)
    elif part.prices is not None:
        return
    elif isinstance(part, ApiServing):
        yield partial(api_offer, setting, part, where)
    elif isinstance(part, EndpointServing):
        yield partial(endpoint_offer, setting, part, where)
    else:
        yield partial(managed_offer, setting, part, where)
