"""Sweeps and portfolios from a terminal: the bytes of the API, every row in its place, exit codes, flat memory."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from estimator.cli import main
from estimator.cli.axes import axis_document
from estimator.errors import ScenarioError
from estimator.price_book import Library
from estimator.sweeps.projects import BLOCK_ROWS
from estimator.web.questions.grids import portfolio_blocks
from estimator.web.questions.row_formats import WRITERS
from estimator.web.schemas.scenario import read_scenario
from tests.two_sums import TWO_SUMS

AXES = ("/workload/requests_per_month=100,1000", "/horizon_months=4:10:2")
TABLE = (
    'team,/workload/requests_per_month,/horizon_months\r\n"one, two",100,4\r\nthree,,\r\nfour,many,4\r\nfünf,1000,4\r\n'
)
MEDIA = {"json": "application/json", "csv": "text/csv", "jsonl": "application/x-ndjson"}


def run(*words: str, sent: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, words, input=sent)


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(TWO_SUMS), "utf-8")
    return str(path)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "projects.csv"
    path.write_text(TABLE, "utf-8", newline="")
    return path


@pytest.mark.parametrize("form", MEDIA)
def test_a_sweep_writes_the_bytes_of_the_api(client: FlaskClient, scenario: str, form: str) -> None:
    axes = [axis_document(each) for each in AXES]
    answered = client.post("/api/v1/sweeps", json={"scenario": TWO_SUMS, "axes": axes}, headers={"Accept": MEDIA[form]})
    found = run("sweep", scenario, "--axis", AXES[0], "--axis", AXES[1], "--format", form)
    assert (found.exit_code, found.stdout_bytes) == (0, answered.data)
    assert found.stderr == ""


def test_the_figures_are_those_worked_by_hand(scenario: str) -> None:
    found = run("sweep", scenario, "--axis", AXES[0], "--axis", AXES[1])
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert [(float(row["total_usd A"]), float(row["total_usd B"]), row["winner"]) for row in rows] == [
        (104.0, 12.0, "B"),
        (110.0, 30.0, "B"),
        (140.0, 120.0, "B"),
        (200.0, 300.0, "A"),
    ]
    assert [row["first_break_even_month A"] for row in rows] == ["", "", "", "5.0"]
    # 100 in advance, 0.02 less a request: 5,000 requests pay it back, of which 10 x 200 and 10 x 400 are too few
    assert [row["break_even_status A"] for row in rows] == ["never", "never", "never", "once"]
    assert [row["break_even_reason A"] for row in rows] == ["horizon_too_short"] * 3 + [""]


@pytest.mark.parametrize("form", MEDIA)
def test_a_portfolio_writes_the_bytes_of_the_api(client: FlaskClient, scenario: str, table: Path, form: str) -> None:
    body = {"template": TWO_SUMS, "csv": TABLE}
    answered = client.post("/api/v1/portfolios", json=body, headers={"Accept": MEDIA[form]})
    found = run("portfolio", str(table), "--template", scenario, "--format", form)
    assert (found.exit_code, found.stdout_bytes) == (3, answered.data)
    assert found.stderr == "1 of 4 rows carry an error.\n"
    by_pipe = run("portfolio", "-", "--template", scenario, "--format", form, sent=TABLE)
    assert by_pipe.stdout_bytes == answered.data


def test_every_row_stands_in_its_place_with_its_labels(scenario: str, table: Path) -> None:
    found = run("portfolio", str(table), "--template", scenario)
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert [(row["row"], row["team"], row["winner"]) for row in rows] == [
        ("1", "one, two", "B"),
        ("2", "three", "A"),  # empty cells: 1,000 requests and 10 months of the template
        ("3", "four", ""),
        ("4", "fünf", "B"),
    ]
    assert rows[2]["error"] == "/workload/requests_per_month: Must be a number, not 'many'."
    assert [float(row["total_usd A"]) for row in rows if row["total_usd A"]] == [104.0, 200.0, 140.0]


def test_a_mark_before_the_header_and_old_line_ends_change_nothing(scenario: str, table: Path) -> None:
    plain = run("portfolio", str(table), "--template", scenario).stdout
    for changed in (
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.replace("\r\n", "\n").encode(),
        TABLE.replace("\r\n", "\r").encode(),
    ):
        table.write_bytes(changed)
        assert run("portfolio", str(table), "--template", scenario).stdout == plain


def test_what_is_not_utf8_is_an_error_of_its_row(scenario: str, table: Path) -> None:
    table.write_bytes(TABLE.encode("latin-1"))
    found = run("portfolio", str(table), "--template", scenario, "--format", "jsonl")
    errors = [json.loads(line)["error"] for line in found.stdout.splitlines()]
    assert [error is None for error in errors] == [True, True, False, False]
    assert errors[3]["detail"] == "Its text is not UTF-8."


def test_an_unknown_column_names_the_nearest_in_every_row(scenario: str) -> None:
    sent = "/workload/request_per_month,/rates/x\n1,2\n3,4\n"
    found = run("portfolio", "-", "--template", scenario, sent=sent)
    assert found.exit_code == 3
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert len(rows) == 2
    assert all("Nearest known: requests_per_month" in row["error"] for row in rows)


def test_lines_of_pointers_and_of_whole_scenarios(scenario: str, tmp_path: Path) -> None:
    over = tmp_path / "over.jsonl"
    over.write_text('{"/workload/requests_per_month": 100, "id": 7}\n\n{"/horizon_months": "4"}\n', "utf-8")
    found = run("portfolio", str(over), "--template", scenario)
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert [(row["labels"], row["winner"]) for row in rows] == [('{"id":7}', "B"), ("", "")]
    assert "Must be a number" in rows[1]["error"]
    lines = tmp_path / "whole.jsonl"
    lines.write_text(json.dumps({**TWO_SUMS, "name": "first"}) + "\n{}\n[1]\n{nonsense\n", "utf-8")
    found = run("portfolio", str(lines))
    answers = [json.loads(line) for line in found.stdout.splitlines()]
    assert found.exit_code == 3
    assert [each["winner"] for each in answers] == ["A", None, None, None]
    assert answers[0]["labels"] == {"name": "first"}


@pytest.mark.parametrize("suffix", ["csv", "json", "jsonl", "parquet"])
def test_a_file_takes_the_format_of_its_ending(scenario: str, table: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"answers.{suffix}"
    found = run("portfolio", str(table), "--template", scenario, "--output", str(path))
    assert (found.exit_code, found.stdout) == (3, "")
    if suffix == "parquet":
        rows = pq.read_table(path).to_pylist()  # the second library: what was written reads back
        assert [row["total_usd A"] for row in rows] == [104.0, 200.0, None, 140.0]
        assert [row["team"] for row in rows] == ["one, two", "three", "four", "fünf"]
    else:
        shown = run("portfolio", str(table), "--template", scenario, "--format", suffix)
        assert path.read_bytes() == shown.stdout_bytes


def test_parquet_of_many_blocks_reads_back(scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("estimator.sweeps.grid.BLOCK_ROWS", 7)
    path = tmp_path / "grid.parquet"
    words = ("--axis", "/workload/requests_per_month=1:1000:25", "--axis", "/delay_policy=bridge,ignore")
    assert run("sweep", scenario, *words, "--output", str(path)).exit_code == 0
    rows = pq.read_table(path).to_pylist()
    shown = list(csv.DictReader(io.StringIO(run("sweep", scenario, *words).stdout)))
    assert [(row["/delay_policy"], row["total_usd A"]) for row in rows] == [
        (row["/delay_policy"], float(row["total_usd A"])) for row in shown
    ]


def test_a_cell_that_cannot_be_computed_gives_exit_code_three(scenario: str) -> None:
    staged = {
        **TWO_SUMS,
        "approaches": {**TWO_SUMS["approaches"], "C": {"kind": "staged", "first": "B", "then": "A", "switch_month": 8}},
    }
    found = run("sweep", "-", "--axis", "/horizon_months=6,10", sent=json.dumps(staged))
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert [bool(row["error"]) for row in rows] == [True, False]
    assert (found.exit_code, found.stderr) == (3, "1 of 2 rows carry an error.\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("sweep", "{scenario}", "--axis", "/workload/request_per_month=1:2:3"), "/axes/0/pointer"),
        (("sweep", "{scenario}", "--axis", "/horizon_months"), "An axis is written"),
        (("sweep", "{scenario}", "--axis", "/horizon_months=1:2"), "A range is written"),
        (("sweep", "{scenario}", "--axis", "/horizon_months=1:2:3:cubic"), "A range is written"),
        (("sweep", "{scenario}", "--axis", "/horizon_months=0,5"), "/axes/0/values/0"),
        (("sweep", "{scenario}", "--axis", "/horizon_months=5,6", "--format", "parquet"), "--output"),
        (("sweep", "{scenario}", *["--axis", "/horizon_months=5"] * 5), "/axes"),
        (("sweep", "{scenario}", "--axis", "/horizon_months=5", "--output", "/nowhere/x.csv"), "cannot be written"),
        (("portfolio", "{table}"), "name a template"),
        (("portfolio", "-", "--template", "-"), "Standard input"),
        (("portfolio", "missing.csv", "--template", "{scenario}"), "cannot be read"),
        (("portfolio", "{table}", "--template", "prototyp"), "prototype"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_exit_code_two(
    scenario: str, table: Path, words: tuple[str, ...], told: str
) -> None:
    if words[:2] == ("portfolio", "{table}") and len(words) == 2:
        words = (*words, "--format", "csv")
    found = run(*(each.format(scenario=scenario, table=table) for each in words))
    assert (found.exit_code, found.stdout) == (2, "")
    assert told in found.stderr


def test_a_header_without_slash_is_refused(scenario: str) -> None:
    found = run("portfolio", "-", "--template", scenario, sent="workload/requests_per_month\n5\n")
    assert found.exit_code == 2
    assert "write /workload/requests_per_month" in found.stderr


def test_values_are_numbers_words_and_truths() -> None:
    assert axis_document('/a=1,2.5,true,null,"x, y",b:c')["values"] == [1, 2.5, True, None, "x, y", "b:c"]
    assert axis_document("/approaches/a=b/upfront_usd=1:9:3") == {
        "pointer": "/approaches/a=b/upfront_usd",
        "from": 1,
        "to": 9,
        "points": 3,
        "scale": "linear",
    }
    with pytest.raises(ScenarioError):
        axis_document("/a=1:2:2.5")


def test_the_bar_is_shown_in_a_terminal_alone(scenario: str) -> None:
    inside, outside = pty.openpty()
    words = [sys.executable, "-c", "from estimator.cli import main; main()"]
    words += ["sweep", scenario, "--axis", "/workload/requests_per_month=1:9:3"]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=outside, check=True)
    os.close(outside)
    shown = os.read(inside, 10_000).decode()
    os.close(inside)
    assert "cells" in shown
    assert "100%" in shown
    assert b"cells" not in done.stdout


@pytest.mark.slow
def test_fifty_thousand_rows_take_the_memory_of_a_few_blocks(library: Library) -> None:
    rows = 50_000

    def lines(count: int) -> Iterator[str]:
        yield "id,/workload/requests_per_month,/approaches/A/upfront_usd\n"
        for number in range(count):
            yield f"p{number},{number},{number % 977}\n"

    def peak(count: int) -> tuple[int, int]:
        tracemalloc.start()
        blocks = portfolio_blocks(lines(count), library, read_scenario(TWO_SUMS), comma_separated=True)
        written = sum(piece.count(b"\n") for piece in WRITERS["jsonl"](blocks))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return written, most

    few = peak(3 * BLOCK_ROWS)
    many = peak(rows)
    assert (few[0], many[0]) == (3 * BLOCK_ROWS, rows)
    assert many[1] < 1.2 * few[1]


def test_break_evens_are_those_of_the_api(client: FlaskClient, scenario: str) -> None:
    x = "/workload/requests_per_month=1000:5000:2"
    body = {"scenario": TWO_SUMS, "candidate": "A", "baseline": "B", "x": axis_document(x)}
    found = run("break-even", scenario, "--x", x, "--json")
    assert found.stdout_bytes == client.post("/api/v1/break-even-curves", json=body).data
    # t* = 100 / (0.02 V)
    assert [line.split()[1] for line in run("break-even", scenario, "--x", x).stdout.splitlines()[4:]] == ["5", "1"]
    surface = run("break-even", scenario, "--x", x, "--z", "/horizon_months=4:10:2", "--y", "month")
    assert [line.split()[-1] for line in surface.stdout.splitlines()[4:]] == ["B", "A", "A", "A"]
    by_input = run(
        "break-even", scenario, "--x", x, "--y", "/approaches/A/upfront_usd", "--between", "1:9000", "--json"
    )
    # U = 0.02 V T
    assert [roots[0] for roots in json.loads(by_input.stdout)["y"]] == pytest.approx([200, 1000])
    assert run("break-even", scenario, "--x", x, "--between", "1-2").exit_code == 2


def test_options_are_those_of_the_api(client: FlaskClient) -> None:
    words = ("--models", "openai/gpt-4.1-mini", "--services", "", "--base-models", "Llama-3.1-8B", "--gpus", "H100-SXM")
    found = run("options", "prototype", *words, "--success-rate", "gpt-4.1-mini=0.8", "--json")
    body = {
        "scenario": json.loads(client.get("/api/v1/presets/prototype").data)["scenario"],
        "models": ["openai/gpt-4.1-mini"],
        "services": [],
        "base_models": ["Llama-3.1-8B"],
        "gpus": ["H100-SXM"],
        "success_rates": {"gpt-4.1-mini": 0.8},
        "most": 20,
    }
    assert found.stdout_bytes == client.post("/api/v1/options", json=body).data
    shown = run("options", "prototype", *words, "--success-rate", "gpt-4.1-mini=0.8").stdout
    assert "openai/gpt-4.1-mini, prompted" in shown
    assert "80.0%" in shown
    assert run("options", "prototype", "--services", "opnai").exit_code == 2
    assert run("options", "prototype", "--success-rate", "x=many").exit_code == 2
