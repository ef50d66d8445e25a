"""The locked requirements against what pyproject.toml asks for."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.packaging.locked import FOLDER, ROOT, locked

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SERVING_EXTRAS = ("limits",)
"""The extras that the container serves with."""


def group(name: str) -> Iterator[str]:
    for each in PROJECT["dependency-groups"][name]:
        if isinstance(each, str):
            yield each
        else:
            yield from group(each["include-group"])


def asked_for() -> Iterator[tuple[str, str]]:
    serving = list(PROJECT["project"]["dependencies"])
    for extra in SERVING_EXTRAS:
        serving += PROJECT["project"]["optional-dependencies"][extra]
    yield from (("run", each) for each in serving)
    yield from (("dev", each) for each in serving)
    yield from (("dev", each) for each in group("dev"))
    yield from (("build", each) for each in [*group("build"), *PROJECT["build-system"]["requires"]])


@pytest.mark.parametrize(("lock", "line"), list(asked_for()))
def test_every_dependency_is_locked_at_a_version_that_satisfies_it(lock: str, line: str) -> None:
    asked = Requirement(line)
    found = locked(lock)[canonicalize_name(asked.name)]
    assert asked.specifier.contains(found.version), f"{line} is locked at {found.version}: make lock"


@pytest.mark.parametrize("lock", ["run", "dev", "build"])
def test_every_locked_version_carries_hashes(lock: str) -> None:
    found = locked(lock)
    assert found
    assert [each.name for each in found.values() if not each.hashes] == []


@pytest.mark.parametrize("lock", ["run", "build"])
def test_what_is_tested_is_what_is_served_and_built_with(lock: str) -> None:
    tested = locked("dev")
    assert {name: each.version for name, each in locked(lock).items()} == {
        name: tested[name].version for name in locked(lock)
    }


def test_a_lock_names_no_registry() -> None:
    for path in FOLDER.glob("*.txt"):
        assert not [line for line in path.read_text("utf-8").splitlines() if "://" in line or line.startswith("-")]
