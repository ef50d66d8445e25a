"""Which inputs are uncertain: the ranges of the caller, and the measured errors of fits, hardware and bills."""

from dataclasses import dataclass

from estimator.approaches.expected_quality import fit_of
from estimator.scenario import FineTuning, GpuServing, GpuTraining, Plan, PromptEngineering, Range, Scenario
from estimator.scenario.inputs import Input
from estimator.scenario.pointer import at_base, escaped, input_at, ranges_in

FIT = "fit_quantile"
ANY_CHANCE = Range(dist="uniform", low=0.0, high=1.0)


@dataclass(frozen=True, slots=True)
class Uncertain:
    """One input that is drawn.

    Parameters
    ----------
    pointer : where it stands
    distribution : what it is drawn from
    declared : its unit and legal range
    calibrated : whether it is a measured error, of a fit, the hardware model or a bill, and not a range of the caller
    """

    pointer: str
    distribution: Range
    declared: Input
    calibrated: bool = False

    @property
    def spread(self) -> bool:
        """Whether more than one value can be drawn."""
        what = self.distribution
        if what.dist == "discrete":
            return len({each for each, p in zip(what.values, what.probabilities, strict=True) if p > 0}) > 1
        if what.dist == "normal":
            return what.sd != 0.0
        return what.cv != 0.0 if what.mean is not None else what.low != what.high


def uncertain_inputs(scenario: Scenario) -> tuple[Uncertain, ...]:
    """List the ranges of a scenario, then the measured errors that enter it by themselves.

    Raises
    ------
    ScenarioError : a range stands where no single number may stand
    """
    stated = [Uncertain(pointer, what, input_at(scenario, pointer)) for pointer, what in ranges_in(scenario).items()]
    plans = at_base(scenario).approaches
    modelled = [pointer for name, plan in plans.items() for pointer in _modelled(name, plan)]
    return (
        *stated,
        *(Uncertain(pointer, ANY_CHANCE, input_at(scenario, pointer), calibrated=True) for pointer in modelled),
    )


def _modelled(name: str, plan: Plan) -> list[str]:
    """Return the pointers at which a measured error enters an approach: of a fit, the hardware model, a bill."""
    if not isinstance(plan, PromptEngineering | FineTuning):
        return []
    pointer, found = f"/approaches/{escaped(name)}", []
    fit = fit_of(plan, pointer)
    if (
        fit is not None
        and fit.covariance is not None
        and plan.quality is not None
        and plan.quality.fit_quantile is None
    ):
        found.append(f"{pointer}/quality/{FIT}")
    if isinstance(plan, FineTuning) and isinstance(plan.training, GpuTraining):
        training = plan.training
        if training.mfu is None and training.gpu_hours_quantile is None:
            found.append(f"{pointer}/training/gpu_hours_quantile")
        probed = training.probe is not None and training.probe.peak_memory_gib is not None
        if training.gpus is None and training.memory_quantile is None and not probed:
            found.append(f"{pointer}/training/memory_quantile")
    serving = plan.serving
    if isinstance(serving, GpuServing) and serving.speed_quantile is None:
        speeds = (serving.prefill_tokens_per_second, serving.decode_tokens_per_second)
        if None in speeds:
            found.append(f"{pointer}/serving/speed_quantile")
    if serving.bill is not None and serving.bill.quantile is None:
        found.append(f"{pointer}/serving/bill/quantile")
    return found
