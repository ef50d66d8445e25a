"""Two scenarios, or two days, side by side on one page."""

from flask.testing import FlaskClient

from estimator.presets import presets
from estimator.web.permalink import pack
from estimator.web.wording import whole_money


def test_page_shows_the_change_that_the_api_finds(client: FlaskClient) -> None:
    left = presets()["prototype"].scenario
    right = {**left, "horizon_months": 18}
    page = client.get("/compare", query_string={"a": "prototype", "b": pack(right)}).get_data(as_text=True)
    found = client.post("/api/v1/comparisons", json={"left": left, "right": right}).get_json()
    for each in found["approaches"].values():
        assert whole_money(each["total_usd"]["left"]) in page
        assert whole_money(each["total_usd"]["right"]) in page
        assert f"+{whole_money(each['total_usd']['change'])}" in page
    assert "/horizon_months" in page
    moved = page.partition('id="parts"')[2].partition("</table>")[0]
    for each in found["approaches"].values():
        for part in each["components"]:
            assert (f"<td>{whole_money(part['right'])}</td>" in moved) == bool(part["change"])


def test_the_same_twice_differs_in_nothing(client: FlaskClient) -> None:
    page = client.get("/compare?a=prototype&b=prototype").get_data(as_text=True)
    assert "Nothing: both use the same inputs and prices." in page


def test_page_says_which_side_cannot_be_read(client: FlaskClient) -> None:
    page = client.get("/compare?a=prototype&b=prototype&b_on=soon").get_data(as_text=True)
    assert 'id="b-e"' in page


def test_page_compares_the_same_link_at_two_days(client: FlaskClient) -> None:
    page = client.get("/compare?a=prototype&a_on=2026-11-20").get_data(as_text=True)
    assert 'prices of <time datetime="2026-11-20">' in page
