"""SECURITY.md names tests as proof: they exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
THREATS = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_is_named_as_proof_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_every_threat_has_a_mitigation_and_a_proof() -> None:
    assert len(THREATS) > 15
    for line in THREATS:
        threat, mitigation, proof, _ = (cell.strip() for cell in line.strip("|").split("|"))
        assert threat, line
        assert mitigation, line
        assert "`tests/" in proof, line
