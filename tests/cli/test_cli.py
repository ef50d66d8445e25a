import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from estimator.cli import COMMANDS, main
from estimator.presets import presets
from estimator.web.documents import write_yaml
from estimator.web.schemas.estimates import EXAMPLE


def run(*words: str, sent: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=sent)


def test_help_lists_every_command() -> None:
    found = run("--help")
    assert found.exit_code == 0
    assert all(name in found.output for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(name: str) -> None:
    assert run(name, "--help").exit_code == 0


@pytest.mark.parametrize("preset", sorted(presets()))
def test_a_preset_is_estimated_with_its_break_evens(preset: str) -> None:
    found = run("estimate", preset)
    assert found.exit_code == 0, found.output
    assert "Break-even" in found.output
    assert all(name in found.output for name in presets()[preset].scenario["approaches"])


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_a_file_and_standard_input_give_the_answer_of_the_api(tmp_path: Path, client: FlaskClient, suffix: str) -> None:
    text = json.dumps(EXAMPLE) if suffix == ".json" else write_yaml(EXAMPLE)
    path = tmp_path / f"scenario{suffix}"
    path.write_text(text, "utf-8")
    answered = json.loads(client.post("/api/v1/estimates", json=EXAMPLE).data)
    assert json.loads(run("estimate", str(path), "--json").output) == answered
    assert json.loads(run("estimate", "-", "--json", sent=text).output) == answered


def test_components_as_csv_add_up_to_the_totals() -> None:
    rows = list(csv.DictReader(io.StringIO(run("estimate", "prototype", "--csv").output)))
    answered = json.loads(run("estimate", "prototype", "--json", "--include", "").output)
    for name, approach in answered["approaches"].items():
        total = sum(float(row["total_usd"]) for row in rows if row["approach"] == name)
        assert total == pytest.approx(approach["total_usd"])


def test_sections_are_chosen(tmp_path: Path) -> None:
    found = json.loads(run("estimate", "prototype", "--json", "--include", "trace").output)
    assert "assumptions" not in found
    assert any(step for each in found["approaches"].values() for step in each["components"][0]["trace"])
    assert run("estimate", "prototype", "--include", "trac").exit_code == 2


def test_refusals_are_those_of_the_api_with_exit_code_two(client: FlaskClient) -> None:
    wrong = {**EXAMPLE, "horizon_months": "12", "wrokload": 1}
    found = run("estimate", "-", sent=json.dumps(wrong))
    assert found.exit_code == 2
    refused = json.loads(client.post("/api/v1/estimates", json=wrong).data)
    assert [f"error: {each['pointer']}: {each['detail']}" for each in refused["errors"]] == found.stderr.splitlines()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("estimate", "prototyp"), "Nearest known: prototype"),
        (("estimate", "missing.yaml"), "cannot be read"),
        (("estimat",), "Nearest known: estimate"),
        (("prices", "show", "gpu_price"), "gpu_prices"),
    ],
)
def test_wrong_words_are_told_with_the_nearest(words: tuple[str, ...], expected: str) -> None:
    found = run(*words)
    assert found.exit_code == 2
    assert expected in found.stderr


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_bytes(b"\xff\xfe")
    found = run("estimate", str(path))
    assert (found.exit_code, "not UTF-8" in found.stderr) == (2, True)


def test_prices_are_listed_shown_and_found() -> None:
    assert "token_prices" in run("prices", "list").output
    shown = run("prices", "show", "gpu_prices", "--search", "h100 aws").output
    assert "aws/H100-SXM" in shown
    assert "lambda" not in shown
    rows = list(csv.DictReader(io.StringIO(run("prices", "find", "h100", "--csv").output)))
    assert {"gpu_prices"} <= {row["table"] for row in rows}


def test_fields_are_searched() -> None:
    assert "/approaches/{name}/epochs" in run("fields", "epochs").output
    (found,) = json.loads(run("fields", "epochs", "--json").output)
    assert found["unit"] == "1"


def test_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESTIMATOR_PORT", "9123")
    assert "9123" in run("settings").output
    monkeypatch.setenv("ESTIMATOR_PROT", "1")
    assert run("settings").exit_code == 2
