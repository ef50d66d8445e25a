"""estimator prices check, diff, import, export."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from estimator.cli import main

pytestmark = pytest.mark.tables


def run(*words):
    return CliRunner().invoke(main, ["prices", *words])


def test_check_counts_levels_and_breaks_no_rule():
    shown = run("check")
    assert shown.exit_code == 0, shown.output
    assert "Broken rules: 0" in shown.output


def test_diff_between_two_days_shows_the_dated_rows_between_them():
    shown = run("diff", "2026-10-01", "2026-11-20", "--search", "avian/deepseek/deepseek-v4-flash")
    lines = [line.split() for line in shown.output.splitlines() if line.startswith("changed")]
    assert ["changed", "avian/deepseek/deepseek-v4-flash", "input_token", "0.0805", "0.14", "+73.9%"] in lines


def test_diff_tells_what_the_change_does_to_a_scenario(tmp_path):
    plans = {
        "nothing": {"kind": "lump_sum"},
        "prompt": {
            "kind": "prompt_engineering",
            "prompt_tokens": 0,
            "serving": {"kind": "api", "model": "avian/deepseek/deepseek-v4-flash"},
        },
    }
    load = {"requests_per_month": 1000, "input_tokens": 1000, "output_tokens": 0}
    asked = tmp_path / "scenario.json"
    asked.write_text(json.dumps({"horizon_months": 10, "workload": load, "approaches": plans}))
    shown = run("diff", "2026-10-01", "2026-11-20", "--search", "no such offer", "--scenario", str(asked))
    # ten million tokens at 0.0805 and at 0.14 USD per million
    assert "prompt: 0.81 -> 1.40 (+0.59)" in shown.output


def test_export_writes_every_row_with_its_source():
    rows = list(csv.DictReader(io.StringIO(run("export", "labour_rates").output)))
    assert {row["table"] for row in rows} == {"labour_rates"}
    assert all(row["source"] for row in rows)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("import", "litelm"), "Nearest known: litellm"),
        (("import", "litellm"), "name the file"),
        (("export", "token_price"), "token_prices"),
        (("diff", "2026-10-01", "no-such-version"), "Unknown price book version"),
    ],
)
def test_what_cannot_be_done_is_told_with_exit_code_2(words, told):
    shown = run(*words)
    assert shown.exit_code == 2
    assert told in shown.output
