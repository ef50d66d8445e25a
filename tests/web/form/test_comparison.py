"""Two answers side by side: differences are told from both ends, and the same twice differs in nothing."""

from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.comparison import compare


def answer_to(client: FlaskClient, **changes: object) -> dict[str, object]:
    found: dict[str, object] = client.post(
        "/api/v1/estimates", json={**presets()["prototype"].scenario, **changes}
    ).get_json()
    return found


def test_the_same_twice_differs_in_nothing(client: FlaskClient) -> None:
    found = compare(answer_to(client), answer_to(client))
    assert found["inputs"] == found["prices"] == []
    assert all(row["change"] == 0 for row in found["totals"])


def test_an_input_that_differs_is_told_with_both_values(client: FlaskClient) -> None:
    found = compare(answer_to(client), answer_to(client, horizon_months=18))
    assert {"pointer": "/horizon_months", "first": 9, "second": 18} in found["inputs"]
    assert all(row["change"] > 0 for row in found["totals"])


def test_a_price_that_differs_is_told_with_both_values(client: FlaskClient) -> None:
    own = {"table": "token_prices", "offer": "anthropic/claude-sonnet-5-5", "price": "output_token", "value": 77.0}
    found = compare(answer_to(client), answer_to(client, price_overrides=[own]))
    moved = {(row["price"], row["second"]) for row in found["prices"]}
    assert ("output_token", 77.0) in moved


def test_page_says_which_side_cannot_be_read(client: FlaskClient) -> None:
    page = client.get("/compare?a=prototype&b=prototype&b_on=soon").get_data(as_text=True)
    assert 'id="b-e"' in page


def test_page_compares_the_same_link_at_two_days(client: FlaskClient) -> None:
    page = client.get("/compare?a=prototype&a_on=2026-11-20").get_data(as_text=True)
    assert "prices of 2026-11-20" in page
