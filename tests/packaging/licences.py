"""Check the licences of what is served against a list: python -m tests.packaging.licences."""

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, metadata

from license_expression import BaseSymbol, ExpressionError, LicenseExpression, get_spdx_licensing

from tests.packaging.locked import locked

ALLOWED = frozenset({"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "PSF-2.0", "Zlib"})
"""Permissive licences: their conditions are met by shipping the packages' own licence files."""
ALLOWED_FOR = {"orjson": frozenset({"MPL-2.0"})}
"""File by file copyleft, met because the package is shipped as published."""
CLASSIFIERS = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
    "License :: OSI Approved :: Python Software Foundation License": "PSF-2.0",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""The words of packages that do not write an SPDX expression yet."""


def stated(package: str) -> str:
    """Return the licence that an installed package states, as an SPDX expression; empty if it states none."""
    written = metadata(package)
    if expression := written.get("License-Expression"):
        return expression
    names = [CLASSIFIERS.get(each, "") for each in written.get_all("Classifier", []) if each.startswith("License ::")]
    return " AND ".join(names) if all(names) and names else written.get("License", "") if not names else ""


def permits(expression: str, allowed: Iterable[str]) -> bool:
    """Say whether a licence expression can be met with the allowed licences alone.

    Examples
    --------
    >>> permits("MIT OR GPL-3.0-only", {"MIT"}), permits("MIT AND GPL-3.0-only", {"MIT"}), permits("", {"MIT"})
    (True, False, False)
    """
    try:
        parsed = get_spdx_licensing().parse(expression, validate=True)
    except ExpressionError:
        return False
    return parsed is not None and _permits(parsed, frozenset(allowed))


def _permits(parsed: LicenseExpression, allowed: frozenset[str]) -> bool:
    if isinstance(parsed, BaseSymbol):
        return str(parsed) in allowed
    met = [_permits(each, allowed) for each in parsed.args]
    return any(met) if parsed.operator.strip() == "OR" else all(met)


def objections(packages: Iterable[str]) -> dict[str, str]:
    """Return the packages whose licence is not allowed, with what they state."""
    found = {}
    for name in packages:
        try:
            licence = stated(name)
        except PackageNotFoundError:
            licence = "not installed here"
        if not permits(licence, ALLOWED | ALLOWED_FOR.get(name, frozenset())):
            found[name] = licence or "no licence stated"
    return found


def main() -> int:
    """Check everything that is locked for serving; 0 if all of it is allowed."""
    names = [each.name for each in locked("run").values() if each.wanted_here]
    refused = objections(names)
    for name, licence in refused.items():
        print(f"{name}: {licence!r} is not on the list of allowed licences")
    print(f"licences: {len(names) - len(refused)} of {len(names)} packages allowed")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
