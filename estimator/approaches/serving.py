"""Running cost by the requests of each month, for each kind of serving."""

from collections.abc import Callable

from estimator.approaches.calibration import billed_as
from estimator.approaches.gpu_serving import plan_gpus
from estimator.approaches.outline import Running
from estimator.approaches.setting import Setting
from estimator.approaches.token_serving import run_api, run_endpoint
from estimator.quantities import Requests, Tokens
from estimator.scenario import ApiServing, EndpointServing, Serving


def plan_serving(
    setting: Setting, serving: Serving, prompt_tokens: Tokens, pointer: str
) -> Callable[[Requests], Running]:
    """Return what running costs at any traffic.

    Raises
    ------
    EstimatorError : the serving cannot be priced or run as stated
    """
    return _once(
        setting, billed_as(setting, serving.bill, _at_any_traffic(setting, serving, prompt_tokens, pointer), pointer)
    )


def _at_any_traffic(
    setting: Setting, serving: Serving, prompt_tokens: Tokens, pointer: str
) -> Callable[[Requests], Running]:
    if isinstance(serving, ApiServing):
        return lambda requests: run_api(setting, serving, prompt_tokens, requests, pointer)
    if isinstance(serving, EndpointServing):
        return lambda requests: run_endpoint(setting, serving, prompt_tokens, requests, pointer)
    return plan_gpus(setting, serving, prompt_tokens, pointer)


def _once(setting: Setting, run: Callable[[Requests], Running]) -> Callable[[Requests], Running]:
    """Work the traffic of the scenario itself out once: up-front lines and the bill both ask for it."""
    known = run(setting.requests)
    return lambda requests: known if requests is setting.requests else run(requests)
