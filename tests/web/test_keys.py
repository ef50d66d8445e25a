"""Keys: made, kept, compared, asked for at the door, and never written anywhere."""

import hmac
import json
import re
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from estimator.cli import main
from estimator.errors import ScenarioError
from estimator.web import keys as keys_module
from estimator.web.app import create_app
from estimator.web.keys import Key, find_key, hash_of, make_key, read_keys
from estimator.web.schemas.estimates import EXAMPLE
from estimator.web.settings import Settings
from tests.shipped import LIBRARY

ESTIMATES = "/api/v1/estimates"


@pytest.fixture(scope="module")
def secret_and_app(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Flask]:
    secret, key = make_key("planning", None)
    old, expired = make_key("gone", date(2020, 1, 31))
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text(f"# keys of the service\n\n{key.line}\n{expired.line}\n", "utf-8")
    return secret, old, create_app(Settings(log_level="error", api_keys_file=str(file)), LIBRARY)


@pytest.fixture
def secret(secret_and_app: tuple[str, str, Flask]) -> str:
    return secret_and_app[0]


@pytest.fixture
def guarded(secret_and_app: tuple[str, str, Flask]) -> FlaskClient:
    return secret_and_app[2].test_client()


def test_a_key_holds_256_random_bits_and_only_its_hash_is_kept() -> None:
    secrets = {make_key("x", None)[0] for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(each.removeprefix("estimator_")) == 43 for each in secrets)  # 32 bytes in base64
    secret, key = make_key("x", date(2027, 1, 31))
    assert key.hashed == f"sha256:{sha256(secret.encode()).hexdigest()}"
    assert key.line == f"x 2027-01-31 {key.hashed}"
    assert secret not in repr(key)


def test_every_key_is_compared_in_constant_time_whichever_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [make_key(f"k{place}", None) for place in range(5)]
    compared: list[str] = []
    real = hmac.compare_digest

    def compare(asked: str, known: str) -> bool:
        compared.append(known)
        return real(asked, known)

    monkeypatch.setattr(keys_module.hmac, "compare_digest", compare)
    for secret in [made[0][0], made[4][0], "nothing", ""]:
        compared.clear()
        find_key(secret, [key for _, key in made])
        assert compared == [key.hashed for _, key in made]


def test_a_key_opens_through_its_last_day() -> None:
    key = Key("x", date(2026, 11, 20), hash_of("x"))
    assert not key.expired(date(2026, 11, 20))
    assert key.expired(date(2026, 11, 21))
    assert not Key("x", None, hash_of("x")).expired(date(9999, 1, 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no key"),
        ("# nothing\n", "holds no key"),
        ("planning never", "line 1: this is no key"),
        ("planning never sha256:12", "line 1: this is no key"),
        (f"plan/ning never {hash_of('x')}", "line 1: this is no key"),
        (f"planning 2026-13-01 {hash_of('x')}", "neither a day"),
        (f"a never {hash_of('x')}\na never {hash_of('y')}", "line 2: the name a stands twice"),
    ],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text, "utf-8")
    with pytest.raises(ScenarioError, match=words):
        read_keys(file)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        create_app(Settings(api_keys_file=str(tmp_path / "none")), LIBRARY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer \xff\xfe"},
        {"Authorization": "Digest x"},
        {"Authorization": "Basic !!!"},
        {"X-API-Key": "wrong"},
        {"X-API-Key": ""},
    ],
)
def test_a_stranger_is_told_how_to_come_in(guarded: FlaskClient, headers: dict[str, str]) -> None:
    found = guarded.post(ESTIMATES, json=EXAMPLE, headers=headers)
    assert found.status_code == 401
    assert found.headers["WWW-Authenticate"] == 'Bearer realm="estimator"'
    assert found.content_type == "application/problem+json"
    assert found.json is not None
    assert found.json["status"] == 401


@pytest.mark.parametrize("sent", ["bearer", "header", "basic"])
def test_a_key_opens_in_every_way_it_can_be_sent(guarded: FlaskClient, secret: str, sent: str) -> None:
    if sent == "basic":
        found = guarded.post(ESTIMATES, json=EXAMPLE, auth=("anyone", secret))
    else:
        header = {"Authorization": f"Bearer {secret}"} if sent == "bearer" else {"X-API-Key": secret}
        found = guarded.post(ESTIMATES, json=EXAMPLE, headers=header)
    assert found.status_code == 200


@pytest.mark.parametrize("beside", ["Bearer of-another-service", "Basic cHJveHk6cHJveHk="])
def test_a_key_in_its_own_header_counts_beside_what_a_proxy_sends(
    guarded: FlaskClient, secret: str, beside: str
) -> None:
    found = guarded.post(ESTIMATES, json=EXAMPLE, headers={"X-API-Key": secret, "Authorization": beside})
    assert found.status_code == 200


def test_an_expired_key_is_known_but_opens_no_more(secret_and_app: tuple[str, str, Flask]) -> None:
    _, old, app = secret_and_app
    found = app.test_client().get("/api/v1/prices", headers={"X-API-Key": old})
    assert found.status_code == 403
    assert "expired on 2020-01-31" in found.get_data(as_text=True)


def test_probes_and_static_files_are_open_and_everything_else_is_not(guarded: FlaskClient) -> None:
    rules = [rule for rule in guarded.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    opened = set()
    for rule in rules:
        path = re.sub("<[^>]*>", "page.css", rule.rule)
        with guarded.get(path) as found:
            if found.status_code != 401:
                opened.add(rule.rule)
    assert opened == {"/healthz", "/readyz", "/static/<path:filename>"}
    assert guarded.get("/nowhere").status_code == 401


def test_a_browser_asks_its_user_for_the_key_of_a_page(guarded: FlaskClient, secret: str) -> None:
    assert guarded.get("/").headers["WWW-Authenticate"] == 'Basic realm="estimator"'
    assert guarded.get("/", auth=("me", secret)).status_code == 200


def test_the_contract_names_the_keys_when_they_are_asked_for(guarded: FlaskClient, secret: str, app: Flask) -> None:
    found = guarded.get("/openapi.json", headers={"X-API-Key": secret}).json
    assert found is not None
    assert set(found["components"]["securitySchemes"]) == {"bearer", "header"}
    assert found["security"] == [{"bearer": []}, {"header": []}]
    assert {"401", "403"} <= found["paths"][ESTIMATES]["post"]["responses"].keys()
    assert "security" not in app.extensions["openapi"]


def test_the_log_names_the_client_and_never_the_key(
    guarded: FlaskClient, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        guarded.get("/api/v1/prices", headers={"X-API-Key": secret})
        guarded.get("/api/v1/prices", headers={"Authorization": f"Bearer {secret}x"})
        guarded.get(f"/api/v1/prices?key={secret}", headers={"X-API-Key": secret})
    lines = [json.loads(each.message) for each in caplog.records if each.name == "estimator.requests"]
    assert [line["client"] for line in lines] == ["planning", None, "planning"]
    assert [line["status"] for line in lines] == [200, 401, 422]
    assert secret not in caplog.text


def test_the_command_makes_a_key_that_opens_and_lists_it(tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["keys", "create", "--name", "planning", "--expires", "2030-01-31"])
    assert made.exit_code == 0, made.output
    secret = made.stderr.splitlines()[-1]
    assert secret not in made.stdout
    file = tmp_path / "keys"
    file.write_text(made.stdout, "utf-8")
    found = find_key(secret, read_keys(file))
    assert found is not None
    assert (found.name, found.expires_on) == ("planning", date(2030, 1, 31))
    listed = CliRunner().invoke(main, ["keys", "list", str(file)])
    assert "planning" in listed.stdout
    assert "2030-01-31" in listed.stdout


@pytest.mark.parametrize("given", [("a b", "never"), ("a", "tomorrow"), ("", "never")])
def test_the_command_refuses_what_the_file_could_not_hold(given: tuple[str, str]) -> None:
    assert CliRunner().invoke(main, ["keys", "create", "--name", given[0], "--expires", given[1]]).exit_code == 2
