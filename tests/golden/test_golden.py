"""Scenarios whose figures were derived by hand: the arithmetic stands in the file beside the scenario."""

import ast
import math
import operator
from pathlib import Path

import pytest
import yaml

from estimator.answer import answer
from estimator.estimate import USUAL_SECTIONS, estimate
from estimator.verification.checking import look_up
from estimator.web.schemas.scenario import read_scenario
from tests.shipped import LIBRARY

FOLDER = Path(__file__).parent
CASES = [case for path in sorted(FOLDER.glob("*.yaml")) for case in yaml.safe_load(path.read_text(encoding="utf-8"))]
OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


def worked_out(text):
    """Work out a sum that is written as text."""

    def value(node):
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.BinOp):
            return OPERATIONS[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.UnaryOp):
            return OPERATIONS[type(node.op)](value(node.operand))
        assert isinstance(node, ast.Call)
        assert node.func.id == "exp"
        return math.exp(value(node.args[0]))

    return value(ast.parse(text, mode="eval").body)


def agrees(expected, found):
    if isinstance(expected, dict):
        return all(agrees(value, found[name]) for name, value in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(agrees, expected, found))
    if isinstance(expected, str) and isinstance(found, int | float):
        expected = worked_out(expected)
    if isinstance(expected, int | float):
        return found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    return found == expected


@pytest.mark.golden
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden_scenario(case):
    assert case["derived"].strip()
    found = answer(estimate(read_scenario(case["question"]), LIBRARY, USUAL_SECTIONS | {"trace"}))
    for pointer, expected in case["answer"].items():
        value = look_up(found, pointer)
        assert agrees(expected, value), f"{pointer}: expected {expected}, computed {value}"


@pytest.mark.golden
@pytest.mark.parametrize(
    ("prices", "asked", "tokens", "saved"),
    [
        ({"cached_input_usd_per_mtok": 0.5}, {}, 2000, "USD 0.0045"),
        ({"cached_input_usd_per_mtok": 0.5, "cache_write_usd_per_mtok": 2}, {}, 2000, "USD 0.0045"),
        ({"cached_input_usd_per_mtok": 0.5, "cache_write_usd_per_mtok": 2.5}, {}, 2000, None),
        ({"cached_input_usd_per_mtok": 0.5}, {"prompt_caching": "auto"}, 2000, None),
        ({"cached_input_usd_per_mtok": 0.5}, {"prompt_caching": {"hit_rate": 0.3}}, 2000, None),
        ({"cached_input_usd_per_mtok": 0.5}, {}, 1000, None),
        ({}, {}, 2000, None),
    ],
)
def test_caching_that_a_provider_does_by_itself_is_warned_of(prices, asked, tokens, saved):
    """1.5 calls of 2,000 tokens at 2 USD a million, read at 0.5: 1.5 x 2000 x 1.5 / 1e6 = 0.0045 USD."""
    serving = {"kind": "api", "prices": {"input_usd_per_mtok": 2, "output_usd_per_mtok": 8, **prices}, **asked}
    question = {
        "workload": {"requests_per_month": 1000, "input_tokens": 10, "output_tokens": 1, "calls_per_request": 1.5},
        "approaches": {
            "prompt": {"kind": "prompt_engineering", "prompt_tokens": tokens, "serving": serving},
            "nothing": {"kind": "lump_sum"},
        },
    }
    found = answer(estimate(read_scenario(question), LIBRARY))["warnings"]
    told = [each for each in found if each["code"] == "automatic_caching_not_counted"]
    assert [each["pointer"] for each in told] == ["/approaches/prompt/serving/prompt_caching"] * (saved is not None)
    assert all(saved in each["message"] for each in told)


def test_sums_are_worked_out_as_they_are_written():
    assert worked_out("2 * (3 + 4) / 7 - -1") == 3
    assert worked_out("exp(-5) * 2") == pytest.approx(2 * math.exp(-5))
