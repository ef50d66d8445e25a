"""How good an approach becomes: pilot points that were measured, or the parameters of a curve."""

from dataclasses import dataclass

from estimator.scenario.inputs import REQUIRED, nested, number, several, share, whole
from estimator.scenario.workload import MODEL_15, Number

STATED = "null = fitted to the pilots"


@dataclass(frozen=True, kw_only=True, slots=True)
class TuningPilot:
    """One tuned model that was scored."""

    examples: float = number(
        REQUIRED, "example", "Training examples it was tuned on.", low=0.0, low_open=True, high=1e12, fixed=True
    )
    success_rate: float = share(REQUIRED, "Share of the test examples it answered well.", fixed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class TuningQuality:
    """Success rate by training examples: plateau - gap examples^-exponent."""

    pilots: tuple[TuningPilot, ...] = several(
        "objects", "Measured points; three or more fit the whole curve.", variants={"": TuningPilot}
    )
    plateau: Number = share(None, f"Success rate with unlimited examples; {STATED}.", nullable=True)
    gap: Number = number(None, "1", f"Distance to the plateau at one example; {STATED}.", nullable=True, high=1e9)
    exponent: Number = number(
        None, "1", f"How fast the distance falls with examples; {STATED}.", nullable=True, low_open=True, high=10.0
    )
    fit_quantile: Number = share(
        None,
        "Where in the error of the fit the curve is taken, 0.9 = nine in ten true curves run lower; null = the fit "
        "itself, drawn where bands are asked.",
        nullable=True,
        low_open=True,
        high_open=True,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptPilot:
    """One prompt that was scored."""

    hours: float = number(REQUIRED, "h", "Hours of prompt engineering spent by then.", high=1e9, fixed=True)
    success_rate: float = share(REQUIRED, "Share of the test examples it answered well.", fixed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShotPilot:
    """One number of shots that was scored."""

    shots: float = number(REQUIRED, "shot", "Worked examples in the prompt.", low=1.0, high=1e6, fixed=True)
    success_rate: float = share(REQUIRED, "Share of the test examples it answered well.", fixed=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shots:
    """Success rate by worked examples in the prompt: plateau - gap shots^-exponent."""

    tokens_per_shot: Number = number(REQUIRED, "token/shot", "Tokens of one worked example.", high=1e9)
    tokens_without_shots: Number = number(REQUIRED, "token/request", "Static prompt without any.", high=1e9)
    most: int = whole(32, "shot", "Most shots to be tried.", low=1, high=10_000, fixed=True, basis="usual prompts")
    pilots: tuple[ShotPilot, ...] = several(
        "objects", "Measured points; three or more fit the whole curve.", variants={"": ShotPilot}
    )
    plateau: Number = share(None, f"Success rate with unlimited shots; {STATED}.", nullable=True)
    gap: Number = number(None, "1", f"Distance to the plateau at one shot; {STATED}.", nullable=True, high=1e9)
    exponent: Number = number(
        None, "1", f"How fast the distance falls with shots; {STATED}.", nullable=True, low_open=True, high=10.0
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptQuality:
    """Success rate by hours of prompt engineering: start + (plateau - start) (1 - exp(-hours / tau))."""

    pilots: tuple[PromptPilot, ...] = several(
        "objects", "Measured points; three or more fit the whole curve.", variants={"": PromptPilot}
    )
    start: Number = share(None, f"Success rate of the first prompt; {STATED}.", nullable=True)
    plateau: Number = share(None, f"Success rate that no further hours exceed; {STATED}.", nullable=True)
    tau_hours: Number = number(
        None,
        "h",
        f"Hours after which 63 % of the way to the plateau is gone; {STATED}, or 25 with fewer than three.",
        nullable=True,
        low_open=True,
        high=1e6,
        basis=f"10 / 25 / 60; {MODEL_15}",
    )
    fit_quantile: Number = share(
        None,
        "Where in the error of the fit the curve is taken, 0.9 = nine in ten true curves run lower; null = the fit "
        "itself, drawn where bands are asked.",
        nullable=True,
        low_open=True,
        high_open=True,
    )
    shots: Shots | None = nested(Shots, None, "Success rate by worked examples in the prompt.", nullable=True)
