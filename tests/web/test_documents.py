import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimator.deadline import Deadline, allowed
from estimator.errors import TimeBudgetError
from estimator.web.documents import (
    LONGEST_YAML,
    TooLongError,
    UnreadableError,
    read_json,
    read_yaml,
    write_text,
    write_yaml,
)

LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=8)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | LINES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LINES, inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a": 1, "a": 2}', "'a' stands twice"),
        (b'{"x": {"a": 1, "a": 2}}', "'a' stands twice"),
        (b"\xff", "not UTF-8"),
        (b'{"a": 1e400}', "too large"),
        (b'{"a": -1e400}', "too large"),
        (b'{"a": %s}' % (b"9" * 400), "too large"),
        (b"[" * 100_000, "levels deep"),
        (b"[" * 33 + b"]" * 33, "levels deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "levels deep"),
        (b'{"a": "\\ud800"}', "half of a character"),
        (b'{"\\udfff": 1}', "half of a character"),
        (b"NaN", "NaN is not a JSON number"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON number"),
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{'a': 1}", "line 1, column 2"),
        (b"\xef\xbb\xbf{}", "BOM"),
    ],
)
def test_unreadable_json_is_refused_with_the_reason(body: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read_json(body)


def test_json_of_the_greatest_depth_is_read() -> None:
    assert read_json(b"[" * 32 + b"]" * 32)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: *x", "Aliases"),
        ("a: &x 1\nb: *x", "Aliases"),
        ("a: 1\na: 2", "'a' stands twice"),
        ("1: 2\n'1': 3", "'1' stands twice"),
        ("? [1]\n: 2", "must be a text"),
        ("a: !!python/object:os.system 1", "Tags"),
        ("a: !!int zz", "Tags"),
        ("---\na\n---\nb", "not YAML"),
        ("{", "not YAML"),
        ("a: 1e999", "too large"),
        ("a: " + "9" * 400, "too large"),
        ("[" * 100, "levels deep|not YAML"),
        ("[" * 33 + "]" * 33, "levels deep"),
        ('a: "\\ud800"', "half of a character"),
        ('a: "\\U00110000"', "not YAML"),
        ("a: 1\x00", "not YAML"),
    ],
)
def test_unreadable_yaml_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read_yaml(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("2026-11-20", "2026-11-20"),
        ("1e3", 1000.0),
        ("0x10", "0x10"),
        ("~", None),
        ("", None),
        (".inf", ".inf"),
    ],
)
def test_yaml_knows_the_sorts_of_json_alone(text: str, value: Any) -> None:
    assert read_yaml(f"a: {text}") == {"a": value}


@pytest.mark.property
@given(document=PLAIN)
def test_what_is_written_as_yaml_reads_back_the_same(document: Any) -> None:
    assert read_yaml(write_yaml(document)) == document


@pytest.mark.property
@given(text=st.text(alphabet="{}[]:,-? \n\"'!&*|>%@`#ab1.0~\\uxUe\t", max_size=20))
def test_no_text_brings_another_exception(text: str) -> None:
    for read, sent in ((read_yaml, text), (read_json, text.encode())):
        try:
            read(sent)
        except UnreadableError as refusal:
            assert refusal.message  # noqa: PT017 - both outcomes are right; any other exception fails


def test_yaml_is_bounded_where_a_client_sends_it_and_json_may_be_longer() -> None:
    long = "a: [" + "1," * 50 + "1]"
    assert read_yaml(long) == read_yaml(long, longest=len(long)) == {"a": [1] * 51}
    with pytest.raises(TooLongError, match=r"106 characters; at most 104 are read\. Write it as JSON"):
        read_yaml(long, longest=104)
    assert read_yaml(json.dumps({"a": [1] * 51}), longest=10) == {"a": [1] * 51}
    with pytest.raises(UnreadableError, match="not JSON") as refusal:
        read_yaml("{" + long + "}", longest=10)
    assert not isinstance(refusal.value, TooLongError)


def test_reading_and_writing_yaml_looks_at_the_clock() -> None:
    with allowed(Deadline(-1.0)):
        with pytest.raises(TimeBudgetError):
            read_yaml("a: 1")
        with pytest.raises(TimeBudgetError):
            write_yaml({"a": 1})


def test_what_is_written_for_a_person_can_be_sent_back() -> None:
    for length in (10, 100_000):
        document = {"a": [1] * length}
        assert read_yaml(write_text(document), longest=LONGEST_YAML) == document
