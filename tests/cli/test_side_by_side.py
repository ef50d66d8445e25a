"""estimator sensitivity and estimator compare: the bytes of the API, figures by hand, exit codes."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from estimator.cli import main
from tests.two_sums import TWO_SUMS

TRAFFIC = "/workload/requests_per_month"


def run(*words: str, sent: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=sent)


def written(folder: Path, name: str, **changes: Any) -> str:
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**TWO_SUMS, **changes}), "utf-8")
    return str(path)


def test_sensitivity_is_that_of_the_api(client: FlaskClient, tmp_path: Path) -> None:
    path = written(tmp_path, "plain")
    for words, pair in (((), {}), (("--candidate", "B", "--baseline", "A"), {"candidate": "B", "baseline": "A"})):
        answered = client.post("/api/v1/sensitivity", json={"scenario": TWO_SUMS, **pair})
        assert run("sensitivity", path, *words, "--json").stdout_bytes == answered.data
        assert run("sensitivity", "-", *words, "--json", sent=json.dumps(TWO_SUMS)).stdout_bytes == answered.data


def test_the_tornado_as_a_table_and_as_csv(tmp_path: Path) -> None:
    path = written(tmp_path, "plain")
    rows = {row["pointer"]: row for row in csv.DictReader(io.StringIO(run("sensitivity", path, "--csv").stdout))}
    # 100 - 0.02 x 800 x 10 = -60 and 100 - 0.02 x 1,200 x 10 = -140; t* = 100 / (0.02 V); V* = 500 whatever V is
    traffic = rows[TRAFFIC]
    numbers = ("low", "high", "at_low", "at_high", "swing", "month_at_low", "month_at_high")
    assert [float(traffic[name]) for name in numbers] == pytest.approx([800, 1200, -60, -140, 80, 6.25, 100 / 24])
    assert float(traffic["requests_per_month_at_low"]) == pytest.approx(500)
    shown = run("sensitivity", path, "--most", "1").stdout
    # the price of B moves it by 0.03 x 0.4 x 10,000 = 120, more than all others
    assert "A against B" in shown
    assert "/approaches/B/usd_per_request" in shown
    assert TRAFFIC not in shown
    assert "other inputs move it less." in shown


def test_ranges_get_their_shares_of_the_variance(tmp_path: Path) -> None:
    load = {**TWO_SUMS["workload"], "requests_per_month": {"low": 800, "mode": 1000, "high": 1200}}
    path = written(tmp_path, "ranged", workload=load)
    shown = run("sensitivity", path)
    assert shown.exit_code == 0
    assert "Shares of the variance" in shown.stdout
    assert [line.split()[1:3] for line in shown.stdout.splitlines() if line.startswith(TRAFFIC)][-1] == ["100.0%"] * 2


def test_a_comparison_is_that_of_the_api(client: FlaskClient, tmp_path: Path) -> None:
    left, right = written(tmp_path, "left"), written(tmp_path, "right", horizon_months=4)
    answered = client.post("/api/v1/comparisons", json={"left": TWO_SUMS, "right": {**TWO_SUMS, "horizon_months": 4}})
    assert run("compare", left, right, "--json").stdout_bytes == answered.data
    books = {"left": TWO_SUMS, "price_books": [None, "2026-11-01"]}
    answered = client.post("/api/v1/comparisons", json=books)
    assert run("compare", left, "--price-books", "newest", "2026-11-01", "--json").stdout_bytes == answered.data


def test_what_changed_and_by_how_much(tmp_path: Path) -> None:
    left, right = written(tmp_path, "left"), written(tmp_path, "right", horizon_months=4)
    shown = run("compare", left, right).stdout
    # A falls from 200 to 140, B from 300 to 120: B is then the cheaper one
    lines = [line.split() for line in shown.splitlines()]
    assert ["A", "total", "200.00", "140.00", "-60.00", "-30.0%"] in lines
    assert ["B", "total", "300.00", "120.00", "-180.00", "-60.0%"] in lines
    assert ["/horizon_months", "10", "4"] in lines
    assert "The recommendation changes from A to B." in shown
    rows = list(csv.DictReader(io.StringIO(run("compare", left, right, "--csv").stdout)))
    changes = {(row["approach"], row["amount"]): row["change"] for row in rows}
    assert float(changes["A", "total_usd"]) == pytest.approx(-60)
    amounts = {"upfront_usd", "total_usd", "usd_per_request", "lead_time_months"}
    parts = [float(change) for (name, part), change in changes.items() if name == "A" and part not in amounts]
    assert sum(parts) == pytest.approx(-60)
    assert "The recommendation stays." in run("compare", left, left).stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sensitivity", "{plain}", "--candidate", "C"), "error: /candidate: "),
        (("sensitivity", "{wrong}"), "error: /scenario/horizon_months: "),
        (("sensitivity", "{book}"), "error: /scenario/price_book: "),
        (("sensitivity", "prototyp"), "Nearest known: prototype"),
        (("compare", "{plain}"), "name a second scenario"),
        (("compare", "-", "-"), "Standard input"),
        (("compare", "{plain}", "{wrong}"), "error: /right/horizon_months: "),
        (("compare", "{book}", "{plain}"), "error: /left/price_book: "),
        (("compare", "{plain}", "--price-books", "newest", "no"), "error: /right/price_book: "),
    ],
)
def test_what_cannot_be_asked_is_refused_with_exit_code_two(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    files = {
        "plain": written(tmp_path, "plain"),
        "wrong": written(tmp_path, "wrong", horizon_months=0),
        "book": written(tmp_path, "book", price_book="no"),
    }
    found = run(*(each.format(**files) for each in words))
    assert (found.exit_code, found.stdout) == (2, "")
    assert told in found.stderr
