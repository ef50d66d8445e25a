"""One way to serve a workload: before it is computed, after, and why one is left out."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to serve a workload, not yet computed.

    Parameters
    ----------
    name : what it is, for people
    kind : prompted, prompted_on_gpus, managed_tuning or gpus (tuned and served on GPUs)
    document : the approach as plain values, to be put into a scenario
    provider : who sells it
    success_rate : None where it is not known for this model
    """

    name: str
    kind: str
    document: dict[str, Any]
    provider: str
    success_rate: float | None


@dataclass(frozen=True, slots=True)
class Option:
    """One candidate, computed.

    Parameters
    ----------
    name, kind, document, provider : as in Candidate
    total_usd, upfront_usd : discounted total, up-front cost
    lead_time_months : until it serves
    success_rate : the lowest over the months, None where it is not known for this model
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
    """A candidate that cannot do what is asked, and why.

    Parameters
    ----------
    reason : provider, region, no_price, not_verified, availability, memory, not_possible, quality, quality_unknown,
        budget or start
    detail : the same in words, with the numbers
    document : the approach as plain values, None where it was left out before one was written
    """

    name: str
    kind: str
    reason: str
    detail: str
    document: dict[str, Any] | None = None
