"""One way to serve a workload, and why one is left out."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Option:
    """One candidate, computed.

    Parameters
    ----------
    name : what it is, for people
    kind : prompted, managed_tuning or gpus
    document : the approach as plain values, to be put into a scenario
    provider : who sells it, "" where several do
    total_usd, upfront_usd : discounted total, up-front cost
    lead_time_months : until it serves
    success_rate : None where it is not known for this model
    """

    name: str
    kind: str
    document: dict[str, Any]
    provider: str
    total_usd: float
    upfront_usd: float
    lead_time_months: float
    success_rate: float | None


@dataclass(frozen=True, slots=True)
class Excluded:
    """A candidate that cannot do what is asked, and why."""

    name: str
    kind: str
    reason: str
    detail: str
