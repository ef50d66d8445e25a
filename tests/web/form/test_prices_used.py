"""The prices that an answer rests on, as the page lists them: told apart, in plain amounts, with what was read."""

import csv
import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import pricing
from estimator.presets import presets
from estimator.web.documents import write_yaml

TABLES = Path(pricing.__file__).parent


def prices_of(page: str) -> list[list[str]]:
    """Read the table of the prices: the cells of each row without their marks."""
    table = page.partition('id="price-table"')[2].partition("</table>")[0].partition("<tbody>")[2]
    rows = [re.split("<th[^>]*>|<td[^>]*>", row)[1:] for row in table.split("<tr>")[1:]]
    return [[unescape(re.sub("<[^>]+>", "", cell)).strip() for cell in row] for row in rows]


@pytest.mark.parametrize("preset", sorted(presets()))
def test_no_two_prices_of_an_offer_have_one_name(client: FlaskClient, preset: str) -> None:
    rows = prices_of(client.get(f"/?preset={preset}").get_data(as_text=True))
    assert rows
    assert max(Counter((row[0], row[1]) for row in rows).values()) == 1


def test_variants_of_a_price_are_named_as_in_the_table(client: FlaskClient) -> None:
    """token_prices.csv: 0.75 for an input token of this model, 0.375 in a batch; labour_rates.csv: 20 for an hour."""
    rows = prices_of(client.get("/?preset=entity-extraction").get_data(as_text=True))
    told = {(row[0], row[1]): row[2] for row in rows}
    assert told["google/gemini-3.6-flash", "Input token"] == "0.75 USD/Mtoken"
    assert told["google/gemini-3.6-flash", "Input token, batch"] == "0.375 USD/Mtoken"
    assert told["annotator", "Wage hour, us"] == "20 USD/h"


@pytest.mark.parametrize("preset", sorted(presets()))
def test_sources_stand_by_their_titles(client: FlaskClient, preset: str) -> None:
    """The titles are those of sources.csv, of the ids that the API gives; what repeats itself says so."""
    with (TABLES / "sources.csv").open(encoding="utf-8") as file:
        titles = {row["id"]: row["title"] for row in csv.DictReader(file)}
    found = client.post("/api/v1/estimates", json=presets()[preset].scenario).get_json()["prices_used"]
    shown = []
    for row in prices_of(client.get(f"/?preset={preset}").get_data(as_text=True)):
        shown.append(shown[-1] if row[5] == "as above" else row[5])
    assert shown == [titles[row["source"]] for row in found]


def test_an_own_price_has_no_source_but_itself(client: FlaskClient) -> None:
    own = {"table": "token_prices", "offer": "anthropic/claude-sonnet-5-5", "price": "input_token", "value": 1.25}
    scenario = {**presets()["prototype"].scenario, "price_overrides": [own]}
    page = client.post("/estimate", data={"scenario": write_yaml(scenario)}).get_data(as_text=True)
    row = next(row for row in prices_of(page) if row[:2] == [own["offer"], "Input token"])
    assert row[2] == "1.25 USD/Mtoken"
    assert row[4] == "own"


def test_workings_name_the_variant_that_was_paid(client: FlaskClient) -> None:
    """training_prices.csv has a price of training with LoRA for this model of this service, and no other."""
    text = write_yaml(presets()["entity-extraction"].scenario)
    page = client.post("/estimate", data={"scenario": text, "do": "open:workings"}).get_data(as_text=True)
    assert "price: thinking-machines/Qwen/Qwen3-8B, Training token, lora, " in page


def test_the_id_of_a_source_at_a_field_keeps_the_day_in_it(client: FlaskClient) -> None:
    """The id is that of sources.csv; the day on which the price was seen is written as the reader does."""
    text = write_yaml(presets()["review-sentiment"].scenario)
    sent = {"scenario": text, "open": "/approaches/tuned 8B on own replicas"}
    page = client.post("/estimate", data=sent).get_data(as_text=True)
    hint = page.partition('training/usd_per_gpu_hour-h">Price')[2].partition("</p>")[0]
    assert "gpu-pricing@2026-05-24:runpod, seen on <time datetime=" in hint
