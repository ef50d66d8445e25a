"""The examples of the README run, and answer what it prints."""

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from estimator.answer import answer
from estimator.cli import main
from estimator.estimate import estimate
from estimator.price_book import load_price_book
from estimator.web.schemas.scenario import read_scenario

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def test_the_curl_example_answers_what_is_printed():
    body = re.search(r"-d '(\{.*?)'\n```", README, re.DOTALL)[1]
    printed = json.loads(re.search(r"```json\n(.*?)\n```", README, re.DOTALL)[1])
    found = answer(estimate(read_scenario(json.loads(body)), load_price_book()))
    months = found["break_even"][0]["months"]
    assert found["recommendation"]["headline"] == printed["headline"]
    assert [each["month"] for each in months.pop("crossings")] == pytest.approx(
        [each["month"] for each in printed["months"].pop("crossings")]
    )
    assert {name: months[name] for name in printed["months"]} == pytest.approx(printed["months"])


@pytest.mark.parametrize(
    "words", re.findall(r"^\.venv/bin/estimator (estimate review-sentiment|prices find \S+)", README, re.M)
)
def test_the_command_line_examples_run(words):
    shown = CliRunner().invoke(main, words.split())
    assert shown.exit_code == 0, shown.output


@pytest.mark.parametrize(
    "words", re.findall(r"^\.venv/bin/estimator ((?:sweep|break-even|options|sensitivity|compare) .+)$", README, re.M)
)
def test_the_grids_of_the_command_line_run(words):
    shown = CliRunner().invoke(main, words.split())
    assert shown.exit_code == 0, shown.output


def test_the_portfolio_answers_what_is_printed(tmp_path, monkeypatch):
    table, printed = re.findall(r"```csv\n(.*?)```", README, re.DOTALL)
    command = re.search(r"^\.venv/bin/estimator (portfolio .+)$", README, re.M)[1]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "projects.csv").write_text(table, "utf-8")
    assert CliRunner().invoke(main, command.split()).exit_code == 3
    found, expected = (
        list(csv.DictReader(lines.splitlines())) for lines in ((tmp_path / "answers.csv").read_text("utf-8"), printed)
    )
    assert [list(row) for row in found] == [list(row) for row in expected]
    for row, told in zip(found, expected, strict=True):
        for name, cell in told.items():
            if name.startswith("total_usd") and cell:
                assert float(row[name]) == pytest.approx(float(cell), rel=1e-9)
            else:
                assert row[name] == cell


def test_every_document_that_is_linked_exists():
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (Path(__file__).parents[2] / link).exists(), link
