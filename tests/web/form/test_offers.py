"""The search finds a few names with what is worth knowing, and never fails."""

import csv
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import pricing
from estimator.errors import PriceNotFoundError
from estimator.presets import presets
from estimator.web.documents import write_yaml
from estimator.web.form.draft import digest
from estimator.web.form.offers import describe, find_offers


@pytest.mark.parametrize(
    ("what", "words", "told"),
    [
        ("model", "claude sonnet", "USD"),
        ("gpu", "h100", "GB"),
        ("base_model", "llama 8b", "billion parameters"),
        ("service", "fire", "3 models; training from USD"),
        ("provider", "run", "GPUs; from USD"),
        ("tuned_model", "qwen", ""),
    ],
)
def test_finds_what_holds_every_word(client: FlaskClient, what: str, words: str, told: str) -> None:
    found = client.get("/names", query_string={"what": what, "q": words}).get_json()
    assert 0 < len(found) <= 11
    for each in found:
        assert all(word in each["name"].lower() for word in words.split())
    notes = [each["note"] for each in found]
    assert any(told in note for note in notes) if told else not any(notes)


def test_tells_what_tuning_costs_at_the_service_that_was_named(client: FlaskClient) -> None:
    found = client.get("/names", query_string={"what": "tuned_model", "q": "Qwen3-8B", "of": "tinker"}).get_json()
    assert "training USD" in found[0]["note"]


def names_of(client: FlaskClient, words: str, what: str = "model") -> list[str]:
    return [each["name"] for each in client.get("/names", query_string={"what": what, "q": words}).get_json()]


@pytest.mark.parametrize(
    ("words", "maker", "on_top"),
    [
        (
            "claude",
            "anthropic",
            {"anthropic/claude-sonnet-5-5", "anthropic/claude-opus-5-5", "anthropic/claude-haiku-5-5"},
        ),
        (
            "sonnet",
            "anthropic",
            {"anthropic/claude-sonnet-5-5", "anthropic/claude-sonnet-5", "anthropic/claude-sonnet-4-6"},
        ),
        ("gpt", "openai", {"openai/gpt-6.1-sol", "openai/gpt-6.1-terra"}),
        ("gpt-5", "openai", {"openai/gpt-5.6", "openai/gpt-5.5"}),
    ],
)
def test_the_newest_of_the_maker_come_first(client: FlaskClient, words: str, maker: str, on_top: set[str]) -> None:
    """The newest versions that token_prices.csv lists in November 2026 under the name of the maker."""
    found = names_of(client, words)
    assert on_top <= set(found[:6])
    assert all(name.startswith(f"{maker}/") for name in found[:6])


def test_how_many_more_there_are_is_said(client: FlaskClient, app: Flask) -> None:
    held = [name for name in app.extensions["library"].places("token_prices") if "claude" in name.lower()]
    found = client.get("/names?what=model&q=claude").get_json()
    assert found[-1] == {"name": "claude", "note": f"… and {len(held) - 10} more: type more of the name"}
    assert "more" not in client.get("/names?what=model&q=claude-sonnet-5-5-nothing").get_data(as_text=True)


def note_of(client: FlaskClient, name: str, what: str = "model", of: str = "") -> str:
    found = client.get("/names", query_string={"what": what, "q": name, "of": of}).get_json()
    return str(next(each["note"] for each in found if each["name"] == name))


def test_tells_the_day_on_which_a_model_ends_or_ended(client: FlaskClient) -> None:
    """The days stand in pricing/lifecycle.csv; the book is of 2026-11-20."""
    assert "ended on 2026-10-27" in note_of(client, "aiand/deepseek-ai/deepseek-v4-flash")
    assert "ends on 2027-02-09" in note_of(client, "azure/gpt-5")
    tuned = note_of(client, "gpt-4.1-2025-04-14", "tuned_model", "openai")
    assert "no new tuning after 2027-01-06; ends on 2027-01-14" in tuned
    assert "ended on 2026-10-23" in note_of(client, "gpt-3.5-turbo", "tuned_model", "openai")


def test_ended_ones_are_listed_last(client: FlaskClient) -> None:
    for query in ({"what": "model", "q": "openai/gpt-4-"}, {"what": "tuned_model", "q": "gpt", "of": "openai"}):
        notes = [each["note"] for each in client.get("/names", query_string=query).get_json()]
        over = ["ended on" in each for each in notes if not each.startswith("… and")]
        assert over == sorted(over)
    assert any(over)


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (date(2026, 10, 22), "9 models; training from USD 0.4 a million tokens; seen on "),
        (date(2026, 11, 20), "4 models, 5 more no longer; training from USD 3 a million tokens; seen on "),
        (date(2027, 1, 6), "4 models, 5 more no longer; training from USD 3 a million tokens; seen on "),
        (date(2027, 1, 7), "no model any longer; closed to new customers since 2026-05-07"),
    ],
)
def test_services_tell_the_least_price_of_what_can_be_tuned_there(app: Flask, on: date, told: str) -> None:
    """A training token of babbage-002 costs 0.40 and of gpt-4o-mini 3, the least of the others (training_prices.csv).

    Five of the nine ended on 2026-10-23, the last day for a new job is 2027-01-06 (lifecycle.csv).
    """
    book = app.extensions["library"].book(on=on)
    assert describe(book, "service", "openai").startswith(told)


def test_services_without_anything_to_tune_are_listed_last(app: Flask) -> None:
    names = [each["name"] for each in find_offers(app.extensions["library"].book(on=date(2027, 1, 7)), "service", "o")]
    assert len(names) > 1
    assert names[-1] == "openai"


def test_sellers_tell_their_least_price(app: Flask) -> None:
    """The least of what the price book answers for each of their GPUs, as gpu_prices.csv lists them."""
    book = app.extensions["library"].book()
    sold = ["A10", "A100-40GB", "A6000-48GB", "B200", "GH200-96GB", "H100-PCIe", "H100-SXM", "Quadro-RTX-6000-24GB"]
    dollars = min(float(book.gpu_hour(gpu, "lambda")) for gpu in sold)
    assert describe(book, "provider", "lambda").startswith(f"{len(sold)} GPUs; from USD {dollars:.6g} an hour; seen on")


def test_the_price_of_a_gpu_says_whose_it_is(client: FlaskClient) -> None:
    """gpu_prices.csv: 1.39 is what runpod asks for this GPU, on its own page in May 2026 (sources.csv)."""
    assert note_of(client, "A100-80GB-PCIe", "gpu") == "80 GB; USD 1.39 an hour at runpod; seen on 2026-05-24"


def test_gpus_without_a_price_say_so_and_come_last(client: FlaskClient) -> None:
    """No row of gpu_prices.csv is of these, but for A10G: those of its rows count that somebody asks for by name."""
    with (Path(pricing.__file__).parent / "gpu_prices.csv").open(encoding="utf-8") as file:
        offered = {row["offer"].rpartition("/")[2].partition(":")[0] for row in csv.DictReader(file)}
    for words, without in (("a", {"A30", "A40", "A10G"}), ("l4", {"L40"}), ("h", {"H20", "H800"})):
        assert not (without - {"A10G"}) & offered
        found = client.get("/names", query_string={"what": "gpu", "q": words}).get_json()
        unpriced = [each["name"] for each in found if "no price" in each["note"]]
        assert without <= set(unpriced)
        assert {each["name"] for each in found if "no price known on 2026-11-20" in each["note"]} == set(
            unpriced
        ) - offered
        assert [each["name"] for each in found if each["note"][:1] != "…"][-len(unpriced) :] == unpriced


def test_what_has_no_price_says_so(client: FlaskClient) -> None:
    assert note_of(client, "azure/ada") == "no price known on 2026-11-20"
    assert note_of(client, "akash", "provider") == "no price known on 2026-11-20"


def test_an_unknown_name_is_looked_up_without_script(client: FlaskClient) -> None:
    scenario = deepcopy(presets()["prototype"].scenario)
    scenario["approaches"]["quick prompt"]["serving"]["model"] = "sonnet-5"
    page = client.post("/estimate", data={"scenario": write_yaml(scenario)}).get_data(as_text=True)
    choices = page.partition('id="f/approaches/quick_prompt/serving/model-l"')[2].partition("</datalist>")[0]
    assert '<option value="anthropic/claude-sonnet-5' in choices


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("claud-sonet", "anthropic/claude-sonnet-5"),
        ("gemni-flash", "google/gemini-3.6-flash"),
        ("gtp-5", "openai/gpt-5"),
        ("azure/claud-sonet", "azure/claude-sonnet-5"),
    ],
)
def test_a_misspelt_model_is_offered_at_its_field_with_or_without_script(
    client: FlaskClient, typed: str, meant: str
) -> None:
    """What its maker sells comes first, unless another seller was named; nothing holds the letters as they are."""
    scenario = deepcopy(presets()["prototype"].scenario)
    scenario["approaches"]["quick prompt"]["serving"]["model"] = typed
    page = client.post("/estimate", data={"scenario": write_yaml(scenario)}).get_data(as_text=True)
    choices = page.partition('id="f/approaches/quick_prompt/serving/model-l"')[2].partition("</datalist>")[0]
    assert f'<option value="{meant}"' in choices
    told = page.partition('id="f/approaches/quick_prompt/serving/model-e">')[2].partition("<")[0]
    assert told.partition("Nearest known: ")[2].partition("/")[0] == meant.partition("/")[0]
    assert names_of(client, typed)[0].partition("/")[0] == meant.partition("/")[0]


def test_days_of_a_note_are_marked_for_the_reader(client: FlaskClient) -> None:
    scenario = deepcopy(presets()["prototype"].scenario)
    scenario["approaches"]["quick prompt"]["serving"]["model"] = "azure/gpt-5"
    page = client.post("/estimate", data={"scenario": write_yaml(scenario)}).get_data(as_text=True)
    assert 'ends on <time datetime="2027-02-09">2027-02-09</time>' in page


def test_a_gpu_without_a_price_is_refused_with_what_to_do(client: FlaskClient) -> None:
    scenario = deepcopy(presets()["review-sentiment"].scenario)
    scenario["approaches"]["tuned 8B on own replicas"]["serving"]["gpu"] = "A40"
    text = write_yaml(scenario)
    page = client.post("/estimate", data={"scenario": text, "digest": digest(text)}).get_data(as_text=True)
    told = page.partition('id="f/approaches/tuned_8B_on_own_replicas/serving/gpu-e">')[2].partition("</p>")[0]
    assert "Unknown price of an hour of the GPU" in told
    assert "State “Price of a GPU-hour” where it is known." in told


def test_no_provider_is_named_for_a_gpu_that_none_sells_so(app: Flask) -> None:
    """gpu_prices.csv: aws rents A10G by the hour, huggingface without servers alone."""
    book = app.extensions["library"].book()
    with pytest.raises(PriceNotFoundError, match=r"Name the provider \(aws\), or state usd_per_gpu_hour"):
        book.gpu_hour("A10G")
    with pytest.raises(PriceNotFoundError, match=r"[^,] State usd_per_gpu_hour\.$"):
        book.gpu_hour("A10G", commitment="reserved")


@pytest.mark.parametrize(
    "query", [{}, {"what": "wage"}, {"what": "model", "q": "\x00"}, {"what": "gpu", "q": "nothing like it"}]
)
def test_finds_nothing_rather_than_failing(client: FlaskClient, query: dict[str, str]) -> None:
    assert client.get("/names", query_string=query).get_json() == []
