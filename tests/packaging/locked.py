"""The locked requirements, read: requirements/*.txt -> name -> version, marker, hashes."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "requirements"
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Locked:
    """One line of a lock."""

    requirement: Requirement
    hashes: frozenset[str]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        (pin,) = self.requirement.specifier
        assert pin.operator == "=="
        return pin.version

    @property
    def wanted_here(self) -> bool:
        return self.requirement.marker is None or self.requirement.marker.evaluate()


def locked(name: str) -> dict[str, Locked]:
    """Read requirements/NAME.txt; anything but comments and hashed pins is refused."""
    found: dict[str, Locked] = {}
    written = (FOLDER / f"{name}.txt").read_text("utf-8")
    lines = [line for line in written.splitlines() if line and not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        one = Locked(Requirement(HASH.sub("", line)), frozenset(HASH.findall(line)))
        assert one.name not in found, one.name
        found[one.name] = one
    return found
