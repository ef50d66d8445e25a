"""The checks of licences and of known vulnerabilities do refuse what they are there to refuse."""

from importlib.metadata import PackageNotFoundError

import pytest

from tests.packaging import audit, licences


@pytest.mark.parametrize(
    ("expression", "permitted"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
        ("Apache-2.0 OR GPL-2.0-only", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("AGPL-3.0-or-later", False),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only WITH Classpath-exception-2.0", False),
        ("Proprietary, all rights reserved", False),
        ("", False),
    ],
)
def test_a_licence_is_permitted_only_where_all_that_binds_is(expression: str, permitted: bool) -> None:
    assert licences.permits(expression, licences.ALLOWED) is permitted


def test_a_package_without_a_known_licence_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def stated(name: str) -> str:
        if name == "absent":
            raise PackageNotFoundError
        return {"free": "MIT", "orjson": "MPL-2.0", "other": "MPL-2.0", "silent": ""}[name]

    monkeypatch.setattr(licences, "stated", stated)
    assert set(licences.objections(["free", "orjson", "other", "silent", "absent"])) == {"other", "silent", "absent"}


def report(*packages: dict[str, object]) -> dict[str, object]:
    return {"dependencies": list(packages), "fixes": []}


CLEAN = {"name": "one", "version": "1.0", "vulns": []}
SKIPPED = {"name": "two", "skip_reason": "not found"}
FOUND = {"name": "three", "version": "3.0", "vulns": [{"id": "CVE-1", "fix_versions": ["3.1"], "aliases": []}]}


def test_a_finding_is_told_with_its_remedy_and_fails() -> None:
    findings = audit.read(report(CLEAN, FOUND))
    assert findings.vulnerable == ("three 3.0: CVE-1, fixed in 3.1",)
    assert findings.answered
    assert not findings.clean


def test_a_package_that_the_list_does_not_know_fails() -> None:
    assert not audit.read(report(CLEAN, SKIPPED)).clean


def test_a_list_that_knows_nothing_has_not_answered() -> None:
    assert not audit.read(report(SKIPPED)).answered


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        (None, 0, "NOT DONE"),
        (audit.Findings(2, (), ()), 0, "2 packages, 0 known"),
        (audit.Findings(2, ("three 3.0: CVE-1, fixed in 3.1",), ()), 1, "CVE-1"),
        (audit.Findings(2, (), ("two",)), 1, "two: not on the list"),
    ],
)
def test_the_exit_code_says_what_was_found(
    found: audit.Findings | None,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(audit, "ask", lambda _service: found)
    assert audit.main() == code
    assert said in capsys.readouterr().out
