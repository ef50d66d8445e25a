"""Tables are read strictly: what is odd becomes the error of its row, or is refused at once."""

import pytest

from estimator.errors import ScenarioError
from estimator.sweeps import Unreadable, read_csv, read_json_lines


def rows_of(text: str) -> list[object]:
    return list(read_csv(text.splitlines(keepends=True)))


def test_a_mark_before_the_header_is_no_part_of_it() -> None:
    assert rows_of("\ufeff/tasks,team\n1,a\n") == [{"/tasks": "1", "team": "a"}]
    assert list(read_json_lines(['\ufeff{"/tasks": 1}'])) == [{"/tasks": 1}]


def test_quoted_cells_hold_commas_quotes_and_line_ends() -> None:
    assert rows_of('team,/tasks\n"a, ""b""\nc",1\n') == [{"team": 'a, "b"\nc', "/tasks": "1"}]


def test_spaces_around_a_name_are_not_part_of_it() -> None:
    assert read_csv([" /tasks , team\n"]).labels == ("team",)
    assert rows_of(" /tasks , team\n1,a\n") == [{"/tasks": "1", "team": "a"}]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('1,"open\n', "unexpected end of data"),
        ('"a"b,2\n', "expected after"),
        ("1\n", "1 cells under a header of 2"),
        ("1,2,3\n", "3 cells under a header of 2"),
        (f"{'x' * 140_000},2\n", "field larger"),
        ("\udce9,2\n", "not UTF-8"),
    ],
)
def test_a_broken_row_is_told_and_the_next_is_read(line: str, words: str) -> None:
    broken, *others = rows_of(f"a,/tasks\n{line}3,4\n")
    assert isinstance(broken, Unreadable)
    assert words in broken.message
    assert others in ([{"a": "3", "/tasks": "4"}], [])  # an open quote swallows what follows


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        ("red,search\n", {"team": "red", "name": "search"}),
        ("red\n", {"team": "red"}),
        ("red,search,1,2,3\n", {"team": "red", "name": "search"}),
        (",search\n", {"name": "search"}),
        ("r\udce9d,search,1\n", {"name": "search"}),  # the cell that is no text is left out
    ],
)
def test_a_row_that_cannot_be_read_keeps_its_labels(line: str, labels: dict[str, str]) -> None:
    (broken,) = rows_of(f"team,/name,/tasks\n{line}")
    assert isinstance(broken, Unreadable)
    assert broken.labels == labels


@pytest.mark.parametrize("header", ["", ",,", "a,a", "workload/requests_per_month,b", "rates/x"])
def test_a_header_that_says_nothing_clear_is_refused(header: str) -> None:
    with pytest.raises(ScenarioError):
        read_csv([f"{header}\n"])


@pytest.mark.parametrize("line", ["[" * 100_000, '{"a": NaN}', "7", '{"a": 1', '{"a": 1e}'])
def test_a_line_that_is_no_object_is_told(line: str) -> None:
    (found,) = read_json_lines([line])
    assert isinstance(found, Unreadable)
