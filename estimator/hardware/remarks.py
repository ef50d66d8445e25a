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
    """Changes that together make the set-up fit, with the memory it would then take.

    Parameters
    ----------
    changes : pointer into the request, and the value to put there
    memory_gib : peak of one GPU after them [GiB]
    message : what they do
    """

    changes: tuple[tuple[str, float | str | bool], ...]
    memory_gib: float
    message: str
