"""What an estimate says beside its figures: defaults it used, cautions, and ways out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumption:
    """A default that was used because the caller did not say."""

    pointer: str
    value: float | str | bool
    unit: str
    basis: str


@dataclass(frozen=True, slots=True)
class Caution:
    """A reason to trust a figure less."""

    code: str
    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class WayOut:
    """A change that makes the set-up fit, with the memory it would then take."""

    pointer: str
    value: float | str | bool
    memory_gib: float
    message: str
