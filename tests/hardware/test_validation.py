"""The errors on unseen families, from the saved rows: what make validation prints must keep holding."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from estimator.hardware.constants import constant_table
from tests.hardware import validation
from tests.hardware.fitting import at_priors, log_errors, prior_of, score
from tests.hardware.ledger import REACH, Ledger, Scored, probe_errors, write_ledger
from tests.hardware.plots import draw
from tests.hardware.problems import PROBLEMS
from tests.hardware.published_cases import published_cases
from tests.hardware.widths import classes_of


@pytest.fixture(scope="module")
def results() -> Iterator[list[tuple[Scored, dict[tuple[str, str], float]]]]:
    """Fit and score all three models once: about ten seconds."""
    every = []
    for problem in PROBLEMS:
        scored, fitted, widths = validation.scored(problem)
        names, _, _ = prior_of(problem.name)
        values = {(problem.name, name): fitted[name] for name in names}
        every.append((scored, values | {("spread", name): value for name, value in widths.items()}))
    return every


@pytest.mark.golden
def test_errors_on_unseen_families_reach_what_was_asked(results) -> None:
    for scored, _ in results:
        figures = score(scored.unseen)
        median, tail, sigma = REACH[scored.problem.name]
        assert figures["medape"] <= median
        assert figures["p90"] <= tail
        assert figures["sigma"] <= sigma


@pytest.mark.golden
def test_intervals_hold_four_rows_in_five(results) -> None:
    for scored, _ in results:
        assert 0.75 <= np.mean(scored.held) <= 0.88


@pytest.mark.golden
def test_intervals_hold_in_each_class_of_gpu_with_enough_rows(results) -> None:
    for scored, _ in results:
        classes = classes_of(scored.rows)
        for name in classes.unique():
            own = (classes == name).to_numpy()
            if own.sum() >= 30:
                assert 0.75 <= np.mean(scored.held[own]) <= 0.88, (scored.problem.name, name)


@pytest.mark.golden
def test_a_probe_run_narrows_training_speed(results) -> None:
    scored = results[0][0]
    after = probe_errors(scored.rows, scored.unseen)
    assert np.median(after) <= 0.16
    assert np.median(after) < score(scored.unseen)["medape"]


@pytest.mark.tables
def test_the_table_of_constants_holds_the_fit(results) -> None:
    table = {(row["model"], row["name"]): row["value"] for row in constant_table().to_dict("records")}
    for _, values in results:
        for key, value in values.items():
            assert table[key] == pytest.approx(value, rel=0.02), key


def test_priors_alone_are_worse_than_the_fit(results) -> None:
    for scored, _ in results:
        before = score(log_errors(scored.problem, scored.rows, at_priors(scored.problem.name)))
        assert score(scored.seen)["sigma"] < before["sigma"]


def test_the_ledger_names_every_family(results, tmp_path: Path) -> None:
    figures = [scored for scored, _ in results]
    plots = {item.problem.name: draw(item.problem, item.rows, item.unseen, tmp_path) for item in figures}
    write_ledger(tmp_path / "page.md", Ledger(figures, plots, published_cases(), [("spread", "x")]))
    page = (tmp_path / "page.md").read_text()
    for item in figures:
        assert all(family in page for family in item.rows["family"].unique())
        assert (tmp_path / plots[item.problem.name]).stat().st_size > 1000
    assert "Honest limitations" in page
    assert "spread/x" in page


@pytest.mark.golden
@pytest.mark.parametrize("case", [c for c in published_cases() if c.id != "GH05"], ids=lambda c: c.id)
def test_published_cases_hold(case) -> None:
    assert case.holds, (case.ours, case.expected)
