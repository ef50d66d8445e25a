"""Ask the public lists of known vulnerabilities about everything locked: python -m tests.packaging.audit.

Exit code 1 where something is found, or where a list knows some packages and not others; 0 where nothing is found, and
where no list can be reached, which is then said.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.packaging.locked import FOLDER

SERVICES = ("pypi", "osv")
"""The lists that pip-audit knows, in the order in which they are asked."""
EVERYTHING = FOLDER / "dev.txt"
"""The lock that contains the other two."""


@dataclass(frozen=True)
class Findings:
    """What a list said."""

    checked: int
    vulnerable: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def answered(self) -> bool:
        """A list that knows none of the packages is no list: a proxy or a mirror answered in its place."""
        return self.checked > len(self.unknown)

    @property
    def clean(self) -> bool:
        return not self.vulnerable and not self.unknown


def read(report: Mapping[str, Any]) -> Findings:
    """Read a report of pip-audit."""
    packages = report["dependencies"]
    vulnerable = (
        f"{each['name']} {each['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'no version'}"
        for each in packages
        for found in each.get("vulns", ())
    )
    unknown = (each["name"] for each in packages if "skip_reason" in each)
    return Findings(len(packages), tuple(vulnerable), tuple(unknown))


def ask(service: str) -> Findings | None:
    """Ask one list; None if it does not answer."""
    asked = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    asked += ["--vulnerability-service", service, "--timeout", "10", "--format", "json"]
    asked += ["--requirement", str(EVERYTHING)]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    try:
        findings = read(json.loads(told.stdout))
    except json.JSONDecodeError:
        return None
    return findings if findings.answered else None


def main() -> int:
    """Audit by the first list that answers."""
    findings = next((found for service in SERVICES if (found := ask(service))), None)
    if findings is None:
        print("audit: NOT DONE, no list of known vulnerabilities can be reached from here")
        return 0
    for line in (*findings.vulnerable, *(f"{name}: not on the list" for name in findings.unknown)):
        print(line)
    print(f"audit: {findings.checked} packages, {len(findings.vulnerable)} known vulnerabilities")
    return 0 if findings.clean else 1


if __name__ == "__main__":
    sys.exit(main())
