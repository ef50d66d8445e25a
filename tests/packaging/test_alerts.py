"""The rules for Prometheus: well-formed, and about metrics and labels that a running service really shows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from estimator.web.app import create_app
from estimator.web.settings import Settings
from tests.packaging.ask import BY_HAND, post, read
from tests.shipped import LIBRARY
from tests.web.served import served

ROOT = Path(__file__).parents[2]
WRITTEN: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text("utf-8"))
RULES: list[dict[str, Any]] = [rule for group in WRITTEN["groups"] for rule in group["rules"]]
OWN_TO_PROMETHEUS = {"up"}
STATUSES = {"200", "304", "400", "401", "403", "404", "405", "406", "413", "415", "422", "429", "500", "503"}


def selectors(node: Any) -> Iterator[promql_parser.VectorSelector]:
    """Yield every selector of an expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
        return
    for name in ("lhs", "rhs", "expr", "vector_selector", "args", "param"):
        below = getattr(node, name, None)
        for each in below if isinstance(below, list) else [below]:
            if each is not None:
                yield from selectors(each)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The samples of a real gunicorn after a request and a refusal, with the names of their labels."""
    with served(tmp_path_factory.mktemp("alerts") / "log") as (address, _):
        post(address, "/api/v1/estimates", BY_HAND)
        samples: dict[str, set[str]] = {}
        for family in text_string_to_metric_families(read(address, "/metrics")):
            for sample in family.samples:
                samples.setdefault(sample.name, set()).update(sample.labels)
    return samples


def test_the_file_has_the_shape_that_prometheus_reads() -> None:
    assert WRITTEN.keys() == {"groups"}
    for group in WRITTEN["groups"]:
        assert group.keys() == {"name", "rules"}
    for rule in RULES:
        assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[smh]", rule["for"])
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"].keys() == {"summary", "description"}
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_metric_and_label_of_a_rule_is_shown_by_the_running_service(
    rule: dict[str, Any], shown: dict[str, set[str]]
) -> None:
    found = list(selectors(promql_parser.parse(rule["expr"])))
    assert found
    for each in found:
        if each.name in OWN_TO_PROMETHEUS:
            continue
        assert each.name in shown
        assert {matcher.name for matcher in each.matchers.matchers} <= shown[each.name]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_endpoint_and_status_of_a_rule_exists(rule: dict[str, Any]) -> None:
    endpoints = set(create_app(Settings(log_level="error"), LIBRARY).view_functions)
    for each in selectors(promql_parser.parse(rule["expr"])):
        for matcher in each.matchers.matchers:
            known = {"endpoint": endpoints, "status": STATUSES, "job": {"tune-or-prompt"}}[matcher.name]
            assert any(re.fullmatch(matcher.value, one) for one in known), matcher.value


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_rule_says_in_the_docs_what_to_do(rule: dict[str, Any]) -> None:
    assert f"`{rule['alert']}`" in (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_the_selectors_are_found_wherever_they_stand() -> None:
    parsed = promql_parser.parse(
        "histogram_quantile(0.9, sum by (le) (rate(a{x='1'}[5m]))) > (b or -c) / max(d offset 5m)"
    )
    assert [each.name for each in selectors(parsed)] == ["a", "b", "c", "d"]
