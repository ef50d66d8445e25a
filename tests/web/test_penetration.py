"""What an attacker tries: each attempt is refused in words or answered harmlessly, and never a fault of ours."""

import csv
import io
import json
import os
import sys
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

import pricing
from estimator.web.app import create_app
from estimator.web.documents import UnreadableError, read_yaml
from estimator.web.questions.export import FORMULA_BEGINNINGS
from estimator.web.schemas.estimates import EXAMPLE
from estimator.web.settings import Settings
from tests.web.contract import operations, with_text

pytestmark = pytest.mark.contract
ESTIMATES = "/api/v1/estimates"
TWO_INPUTS = ("/annual_discount_rate", "/workload/requests_per_month")
JSON = {"Content-Type": "application/json"}


def renamed(name: str) -> dict[str, Any]:
    """Give the first approach of the example another name, and the scenario too."""
    found: dict[str, Any] = deepcopy(dict(EXAMPLE))
    first, *others = found["approaches"].items()
    plans = [first[1], *(plan for _, plan in others)]
    for plan in plans:
        plan |= {key: name for key, value in plan.items() if value == first[0]}
    found["approaches"] = {name: first[1], **dict(others)}
    found["name"] = name
    found.pop("baseline", None)
    return found


def post(client: FlaskClient, body: bytes) -> Any:
    return client.post(ESTIMATES, data=body, headers=JSON)


# --- bodies


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * 1_000_001, 413),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000, 400),
        (b'{"name": "a", "name": "b"}', 400),
        (b'{"horizon_months": 1e400}', 400),
        (b'{"horizon_months": -1e400}', 400),
        (b'{"horizon_months": 1' + b"0" * 5000 + b"}", 400),
        (b'{"horizon_months": NaN}', 400),
        (b'{"horizon_months": Infinity}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b'{"name": "\xff"}', 400),
        (b'\xef\xbb\xbf{"name": 1}', 400),
        (b"", 400),
        (b"\x00", 400),
        (b'{"name": "\\u0000"}', 422),
        (b'{"__class__": "os.system", "__proto__": {}, "constructor": {}}', 422),
    ],
)
def test_a_hostile_body_is_refused_in_words(client: FlaskClient, body: bytes, status: int) -> None:
    found = post(client, body)
    assert found.status_code == status
    assert found.content_type == "application/problem+json"
    assert len(found.data) < 20_000
    assert "Traceback" not in found.text


def test_a_body_that_is_packed_is_refused_before_it_is_unpacked(client: FlaskClient) -> None:
    for packing in ("gzip", "deflate", "br"):
        found = client.post(ESTIMATES, data=b"\x1f\x8b" * 100, headers={**JSON, "Content-Encoding": packing})
        assert found.status_code == 415


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"horizon_months": 601}, "/horizon_months"),
        ({"horizon_months": 1e9}, "/horizon_months"),
        ({"approaches": {str(n): {"kind": "lump_sum"} for n in range(51)}}, "/approaches"),
        (
            {"workload": {"requests_per_month": 1e300, "input_tokens": 1, "output_tokens": 1}},
            "/workload/requests_per_month",
        ),
        ({"name": "x" * 501}, "/name"),
    ],
)
def test_sizes_of_a_scenario_are_bounded(client: FlaskClient, change: dict[str, Any], pointer: str) -> None:
    found = client.post(ESTIMATES, json={**EXAMPLE, **change})
    assert found.status_code == 422
    assert found.json is not None
    assert pointer in {each["pointer"] for each in found.json["errors"]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/sweeps", {"axes": [{"pointer": "/horizon_months", "values": list(range(2001))}]}),
        (
            "/api/v1/sweeps",
            {"axes": [{"pointer": p, "from": 0.1, "to": 0.2, "points": 2000} for p in TWO_INPUTS]},
        ),
        ("/api/v1/sweeps", {"axes": [{"pointer": "/annual_discount_rate", "values": [0.1]}] * 5}),
        ("/api/v1/sweeps", {"axes": [{"pointer": "/annual_discount_rate", "from": 0, "to": 1, "points": 10**9}]}),
        (
            "/api/v1/break-even-curves",
            {
                "candidate": "tuned",
                "baseline": "prompt",
                "x": {"pointer": "/seed", "from": 1, "to": 2, "points": 10**9},
            },
        ),
        ("/api/v1/options", {"most": 10**9}),
    ],
)
def test_cells_and_points_are_bounded(client: FlaskClient, path: str, body: dict[str, Any]) -> None:
    found = client.post(path, json={"scenario": EXAMPLE, **body})
    assert found.status_code == 422, found.text[:300]


def test_a_table_of_a_portfolio_is_bounded(client: FlaskClient) -> None:
    found = client.post("/api/v1/portfolios", json={"template": EXAMPLE, "csv": "/horizon_months " + "1" * 900_001})
    assert found.status_code == 422


# --- names


HOSTILE = [
    "{{7*7}}",
    "${7*7}",
    "<%= 7*7 %>",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "'; DROP TABLE prices; --",
    "../../../../etc/passwd",
    "%s%s%n{0.__class__}",
    "\u202eevil\u202c",  # right to left
    "p\u0440ompt",  # a Cyrillic letter that looks like a Latin one
    "\u200b",  # nothing to see
    "a\u0301\u0301\u0301\u0301",
    "\U0001f4b8" * 20,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_and_nothing_else(client: FlaskClient, name: str) -> None:
    found = client.post(ESTIMATES, json=renamed(name))
    assert found.status_code == 200, found.text[:300]
    assert found.json is not None
    assert name in found.json["approaches"]
    assert found.json["scenario"]["name"] == name
    page = client.post("/estimate", data={"scenario": json.dumps(renamed(name))}, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "49" not in page.text.split("<title>")[1].split("</title>")[0]
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text


@pytest.mark.parametrize("name", [*(f"{each}cmd|' /C calc'!A0" for each in ("=", "+", "-", "@")), "=1+1", "@SUM(1)"])
def test_no_cell_of_an_export_is_a_formula(client: FlaskClient, name: str) -> None:
    sent = {"scenario": json.dumps(renamed(name))}
    sheet = client.post("/files/estimate.csv", data=sent)
    assert sheet.status_code == 200
    cells = [cell for row in csv.reader(io.StringIO(sheet.text)) for cell in row]
    assert f"'{name}" in cells
    assert not [cell for cell in cells if cell.startswith(FORMULA_BEGINNINGS) and not _is_number(cell)]
    book = load_workbook(io.BytesIO(client.post("/files/estimate.xlsx", data=sent).data))
    values = [cell for page in book for row in page.iter_rows() for cell in row]
    assert name in {cell.value for cell in values}
    assert {cell.data_type for cell in values} <= {"s", "n", "b"}  # "f" would be a formula
    axes = [{"pointer": "/annual_discount_rate", "values": [0.1]}]
    swept = client.post(
        "/api/v1/sweeps", json={"scenario": renamed(name), "axes": axes}, headers={"Accept": "text/csv"}
    )
    cells = [cell for row in csv.reader(io.StringIO(swept.text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(FORMULA_BEGINNINGS) and not _is_number(cell)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


# --- paths and parameters


TRAVERSALS = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd",
    "/etc/passwd",
    "..\\..\\windows\\win.ini",
    "token_prices.csv",
    "token_prices\x00.csv",
    "%00",
    "file:///etc/passwd",
    "http://127.0.0.1:1/",
]


OF_PAGES = {
    "/": ("preset",),
    "/names": ("what", "q", "of"),
    "/compare": ("a", "b", "a_on", "b_on"),
    "/estimate": ("s", "scenario"),
}
"""Parameters of the pages."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """Every file that is opened while a request is answered: its path, and how."""
    seen: list[tuple[str, str]] = []
    watching = True

    def watch(event: str, given: Any) -> None:
        if watching and event == "open" and isinstance(given[0], str | bytes):
            seen.append((os.fsdecode(given[0]), str(given[1])))

    sys.addaudithook(watch)
    yield seen
    watching = False


def paths_with_a_name(app: Flask) -> list[str]:
    return sorted({rule.rule for rule in app.url_map.iter_rules() if rule.arguments})


@pytest.mark.parametrize("traversal", TRAVERSALS)
def test_no_path_reaches_a_file(app: Flask, client: FlaskClient, opened: list[tuple[str, str]], traversal: str) -> None:
    for rule in paths_with_a_name(app):
        path = rule[: rule.index("<")] + traversal
        for found in (client.get(path), client.post(path, json=EXAMPLE)):
            assert found.status_code in (308, 404, 405), (path, found.status_code)
            assert "root:" not in found.text
            found.close()
    assert not [path for path, _ in opened if "passwd" in path or "win.ini" in path]


@pytest.mark.parametrize("traversal", TRAVERSALS)
def test_no_parameter_reaches_a_file(
    app: Flask, client: FlaskClient, opened: list[tuple[str, str]], traversal: str
) -> None:
    """Every parameter of the contract, and those of the pages, which it does not describe."""
    asked = [(path, [name]) for path, names in OF_PAGES.items() for name in names]
    for each in operations(app.extensions["openapi"]):
        path = each.path.replace("{table}", "token_prices").replace("{chart}", "cost-over-time")
        asked += [(path, [name]) for name in each.in_query]
        asked += [(each.path.replace(f"{{{name}}}", quote(traversal, safe="")), []) for name in each.in_path]
    assert len(asked) > 30
    for path, names in asked:
        for found in (
            client.get(path, query_string=dict.fromkeys(names, traversal)),
            client.post(path, query_string=dict.fromkeys(names, traversal), json=EXAMPLE),
        ):
            assert found.status_code < 500, (path, names)
            assert "root:" not in found.text
            found.close()
    assert not [path for path, _ in opened if "passwd" in path or "win.ini" in path]


@pytest.mark.parametrize("traversal", ["../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd"])
def test_no_text_in_a_body_reaches_a_file(
    app: Flask, client: FlaskClient, opened: list[tuple[str, str]], traversal: str
) -> None:
    """Every text of every body in the contract, one by one; the scenario once, whichever operation takes it."""
    sent = [(each, place) for each in operations(app.extensions["openapi"]) for place in each.texts]
    assert len(sent) > 400
    for operation, place in sent:
        path = operation.path.replace("{chart}", "cost-over-time")
        found = client.open(path, method=operation.method, json=with_text(operation.example, place, traversal))
        assert found.status_code in (200, 422), (path, place, found.text[:300])
        assert "root:" not in found.text
    assert not [path for path, _ in opened if "passwd" in path or "win.ini" in path]


def test_the_price_folders_are_never_written(tmp_path: Path, opened: list[tuple[str, str]]) -> None:
    shipped = Path(pricing.__file__).parent
    overlay = tmp_path / "own"
    overlay.mkdir()
    lines = (shipped / "gpu_prices.csv").read_text("utf-8").splitlines()[:2]
    (overlay / "gpu_prices.csv").write_text("\n".join(lines) + "\n", "utf-8")
    opened.clear()
    client = create_app(Settings(log_level="error", pricing_folder=str(overlay))).test_client()
    assert client.post(ESTIMATES, json=EXAMPLE).status_code == 200
    assert client.get("/").status_code == 200
    tables = [(path, mode) for path, mode in opened if path.startswith((str(overlay), str(shipped)))]
    assert tables
    assert {mode for path, mode in tables if path.endswith(".csv")} <= {"r", "rb", "None"}
    assert not [path for path, mode in opened if set(mode) & set("wa+x")]


def test_yaml_makes_no_objects_and_multiplies_nothing() -> None:
    bomb = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n"
    for text in ("!!python/object/apply:os.system ['true']", "!!python/name:os.system", bomb, "a: !!binary aGk="):
        with pytest.raises(UnreadableError):
            read_yaml(text)


def test_yaml_that_takes_long_to_read_is_refused_unread_and_unechoed(client: FlaskClient) -> None:
    sent = {"scenario": "a: [" + "1," * 240_000 + "1]"}
    for path in ("/estimate", "/files/scenario.yaml"):
        found = client.post(path, data=sent, headers={"Accept": "text/html"})
        assert found.status_code == 413
        assert "65,536" in found.text
        assert "JSON, which may be longer" in found.text
        assert len(found.data) < 10_000
    found = client.post("/estimate", data={"scenario": json.dumps(EXAMPLE) + " " * 100_000})
    assert found.status_code == 200


# --- headers


def test_a_header_cannot_be_smuggled_into_an_answer(client: FlaskClient) -> None:
    for sent in ("x\r\nSet-Cookie: a=b", "x%0d%0aSet-Cookie:%20a=b", "x\nX: y"):
        for found in (
            client.get("/", query_string={"preset": sent}),
            client.get("/api/v1/prices/token_prices", query_string={"search": sent, "per_page": "1"}),
            client.get(f"/api/v1/presets/{sent.encode().hex()}"),
            client.get("/healthz", environ_overrides={"HTTP_X_REQUEST_ID": sent, "HTTP_TRACEPARENT": sent}),
        ):
            assert "Set-Cookie" not in found.headers
            assert "X" not in found.headers
            assert found.headers["X-Request-Id"] != sent


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/prices", "/openapi.json", "/nowhere", "/metrics"])
def test_every_answer_is_closed_to_other_sites(client: FlaskClient, path: str) -> None:
    found = client.get(path, headers={"Origin": "https://evil.example"})
    assert not [name for name, _ in found.headers if name.lower().startswith("access-control-")]
    assert "default-src 'none'" in found.headers["Content-Security-Policy"]
    assert "unsafe" not in found.headers["Content-Security-Policy"]
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert not {"Server", "X-Powered-By", "Set-Cookie"} & set(found.headers.keys())


def test_a_preflight_opens_nothing(client: FlaskClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    found = client.options(ESTIMATES, headers=asked)
    assert not [name for name, _ in found.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", True),
        ("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", True),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", False),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", False),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", False),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", False),
        ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", False),
        ("nonsense", False),
    ],
)
def test_a_legal_trace_context_is_passed_on_and_an_illegal_one_is_not(
    client: FlaskClient, sent: str, passed: bool
) -> None:
    """The cases are those of the W3C recommendation, sections 3.2.2 to 3.2.3."""
    found = client.get("/healthz", headers={"traceparent": sent, "tracestate": "vendor=value"})
    assert ("traceparent" in found.headers) == passed
    assert ("tracestate" in found.headers) == passed
