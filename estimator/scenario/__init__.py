"""What the caller asks: a frozen question, each input declared with unit, range, default and meaning."""

from estimator.scenario.calibration import MeasuredSpeed, MonthlyBill
from estimator.scenario.constraints import Constraints
from estimator.scenario.plans import (
    PLANS,
    Event,
    FineTuning,
    Hybrid,
    LumpSum,
    ModelLife,
    Optimiser,
    Plan,
    PromptEngineering,
    Refresh,
    RequirementChange,
    Staged,
    Threshold,
)
from estimator.scenario.quality import PromptPilot, PromptQuality, ShotPilot, Shots, TuningPilot, TuningQuality
from estimator.scenario.question import Scenario
from estimator.scenario.ranges import Range
from estimator.scenario.serving import ApiServing, EndpointServing, GpuServing, Owned, Prices, Serving
from estimator.scenario.shape import Shape
from estimator.scenario.training import GpuTraining, ManagedTraining, Probe, Training
from estimator.scenario.workload import Evaluation, Labelling, Rates, Workload

__all__ = [
    "PLANS",
    "ApiServing",
    "Constraints",
    "EndpointServing",
    "Evaluation",
    "Event",
    "FineTuning",
    "GpuServing",
    "GpuTraining",
    "Hybrid",
    "Labelling",
    "LumpSum",
    "ManagedTraining",
    "MeasuredSpeed",
    "ModelLife",
    "MonthlyBill",
    "Optimiser",
    "Owned",
    "Plan",
    "Prices",
    "Probe",
    "PromptEngineering",
    "PromptPilot",
    "PromptQuality",
    "Range",
    "Rates",
    "Refresh",
    "RequirementChange",
    "Scenario",
    "Serving",
    "Shape",
    "ShotPilot",
    "Shots",
    "Staged",
    "Threshold",
    "Training",
    "TuningPilot",
    "TuningQuality",
    "Workload",
]
