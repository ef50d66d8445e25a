"""Every sanity rule lets the real tables pass and catches a planted mistake; the mistakes are those of public lists."""

from dataclasses import dataclass

import pytest

from estimator.price_book import check_book, load_price_book
from estimator.price_book.rules import RULES, broken_rules
from pricing.importing.quotes import Quote


@dataclass(frozen=True)
class Planted:
    rule: str
    rows: tuple[Quote, ...]
    refused: int


def tokens(price: str, value: float, **more: object) -> Quote:
    return Quote("token_prices", "acme/small", price, value, **more)


def gpu(value: float, **more: object) -> Quote:
    return Quote(
        "gpu_prices", "acme/H100-SXM", "gpu_hour", value, **{"variant": "on_demand", "from_quantity": 1} | more
    )


def tuned(price: str, value: float, region: str) -> Quote:
    return Quote("training_prices", "azure/gpt-4o", price, value, region=region, variant="sft")


PLANTED = [
    Planted("blank_read_as_zero", (tokens("input_token", 0.0), tokens("output_token", 2.0)), 1),
    Planted("blank_read_as_zero", (gpu(0.0),), 1),
    Planted("placeholder", (tokens("input_token", 700.0), tokens("output_token", 2.0)), 1),
    Planted("placeholder", (tokens("input_token", 2.5e6), tokens("output_token", 2.0)), 1),
    Planted("cached_above_input", (tokens("input_token", 1.0), tokens("cached_input_token", 1.5)), 1),
    Planted(
        "cached_above_input",
        (tokens("input_token", 1.0), tokens("cached_input_token", 3.0, from_quantity=200_000)),
        1,
    ),
    Planted("batch_above_standard", (tokens("output_token", 4.0), tokens("output_token", 5.0, variant="batch")), 1),
    Planted(
        "developer_above_global", (tuned("input_token", 0.15, "global"), tuned("input_token", 5.5, "developer")), 1
    ),
    Planted("spot_above_on_demand", (gpu(1.49), gpu(2.17, variant="spot")), 1),
    Planted("instance_for_gpu", (gpu(55.04, from_quantity=8),), 1),
    Planted("instance_for_gpu", (gpu(2.5), gpu(20.0, from_quantity=8)), 1),
    Planted("instance_for_gpu", (gpu(2.5 / 3600),), 1),
    Planted("instance_for_gpu", (gpu(2.5 * 730),), 1),
]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.rule)
def test_a_planted_mistake_is_refused_with_its_reason(planted):
    broken = broken_rules(planted.rows)
    assert [found.rule for found in broken] == [planted.rule] * planted.refused
    assert all(any(sign.isdigit() for sign in found.reason) for found in broken), "a reason shows the numbers"


def test_every_rule_has_a_planted_mistake():
    assert {planted.rule for planted in PLANTED} == {rule.__name__ for rule in RULES}


@pytest.mark.parametrize(
    "rows",
    [
        (tokens("input_token", 0.0, note="free tier"), tokens("output_token", 0.0, note="free tier")),
        (tokens("input_token", 1.0), tokens("cached_input_token", 1.0), tokens("output_token", 1.0)),
        (tokens("output_token", 4.0), tokens("output_token", 4.0, variant="batch")),
        (tokens("output_token", 4.0), tokens("output_token", 8.0, variant="priority")),
        (gpu(6.88), gpu(6.88, from_quantity=8), gpu(2.2, variant="spot")),
        (tokens("input_token", 1.0, valid_from="2026-10-01"), tokens("cached_input_token", 2.0)),
    ],
)
def test_sound_rows_pass(rows):
    assert broken_rules(rows) == []


@pytest.mark.tables
def test_no_rule_is_broken_by_the_tables():
    report = check_book(load_price_book().book())
    assert report.broken == []
    assert report.without_address == []
    assert report.passed
