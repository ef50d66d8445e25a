"""Importers of token prices, each on a small file in its upstream's own form; expected prices are converted by hand."""

import json
from datetime import date
from pathlib import Path

import pytest

from estimator.errors import EstimatorError, UnknownNameError
from estimator.price_book import Library
from estimator.price_book.history import SHIPPED
from pricing.importing import azure_meters, genai_prices, gpu_offers, litellm, models_dev
from pricing.importing.upstreams import UPSTREAMS, import_upstream
from tests.pricing.small_book import DAY, book, write_csv

# -- genai-prices ---------------------------------------------------------------------------------------------------


def flat(**cells: object) -> dict[str, object]:
    plain = {
        "provider": "acme",
        "model_id": "small",
        "model_name": "",
        "context_window": "",
        "deprecated": "False",
        "effective_from": "",
        "other_condition": "",
        "price_context": "",
        "unit_key": "input_mtok",
        "tier_starts_after_input_tokens": 0,
        "price_usd": 2,
    }
    return plain | cells


def test_genai_prices_flat_file_keeps_tiers_dates_hours_and_contexts(folder, tmp_path):
    source = write_csv(
        tmp_path / "genai_prices_0.2.3_flat.csv",
        [
            flat(),
            flat(tier_starts_after_input_tokens=200000, price_usd=4),
            flat(unit_key="output_mtok", price_usd=8),
            flat(unit_key="cache_read_mtok", price_usd=0.5),
            flat(unit_key="requests_kcount", price_usd=5),
            flat(unit_key="input_audio_mtok", price_usd=99),
            flat(effective_from="2026-10-01", price_usd=1),
            flat(effective_from="2026-10-01", unit_key="output_mtok", price_usd=3),
            flat(price_context="processing=batch", effective_from="2026-10-14", price_usd=0.5),
            flat(price_context="processing=batch", effective_from="2026-10-14", unit_key="output_mtok", price_usd=1.5),
            flat(other_condition="time_of_day 06:00:00+00:00-10:00:00+00:00", price_usd=0.25),
            flat(other_condition="time_of_day 06:00:00+00:00-10:00:00+00:00", unit_key="output_mtok", price_usd=0.75),
        ],
    )
    report = genai_prices.import_rows(folder, source, recorded_on=DAY)
    assert report.refused == []
    before = book(folder, date(2026, 9, 1)).token_offer("acme/small")
    assert [(tier.from_tokens, tier.input, tier.output) for tier in before.tiers] == [(0, 2, 8), (200_000, 4, 8)]
    assert before.tiers[0].cached_input == 0.5
    assert before.request_fee == 0.005
    after = book(folder).token_offer("acme/small")
    assert [(tier.from_tokens, tier.input, tier.output) for tier in after.tiers] == [(0, 1, 3)]
    assert after.tiers[0].cached_input is None, "the price set of October does not name it"
    assert (after.batch_tiers[0].input, after.batch_tiers[0].output) == (0.5, 1.5)
    assert [span for span, _ in after.time_of_day_tiers] == ["06:00-10:00"]
    assert after.time_of_day_tiers[0][1][0].input == 0.25


@pytest.mark.tables
def test_the_installed_package_and_the_tables_agree(tmp_path):
    made = tmp_path / "book"
    made.mkdir()
    for name in ("quantities.csv", "token_prices.csv", "sources.csv"):
        (made / name).write_text((SHIPPED / name).read_text())
    report = genai_prices.import_rows(made, None, recorded_on=date(2027, 1, 1), as_of=date(2026, 11, 20))
    assert (report.new, report.changed, report.ended) == ([], [], [])
    assert report.confirmed > 7_000


def test_genai_prices_refuses_another_table(folder, tmp_path):
    with pytest.raises(EstimatorError, match="line 2"):
        genai_prices.import_rows(folder, write_csv(tmp_path / "other.csv", [{"model": "x"}]), recorded_on=DAY)


# -- litellm --------------------------------------------------------------------------------------------------------


def test_litellm_prices_are_for_one_token_and_end_dates_come_along(folder, tmp_path):
    source = tmp_path / "litellm_1.109.1_token_prices.json"
    table = {
        "acme/small": {
            "litellm_provider": "acme",
            "mode": "chat",
            "input_cost_per_token": 2e-06,
            "output_cost_per_token": 8e-06,
            "cache_read_input_token_cost": 5e-07,
            "input_cost_per_token_batches": 1e-06,
            "input_cost_per_token_above_200k_tokens": 4e-06,
            "input_cost_per_token_priority": 3.5e-06,
            "deprecation_date": "2027-01-14",
            "source": "https://acme.example/pricing",
        },
        "acme/blank": {"litellm_provider": "acme", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
        "acme/placeholder": {"litellm_provider": "acme", "input_cost_per_token": 7e-04, "output_cost_per_token": 1e-05},
        "acme/undated": {"litellm_provider": "acme", "input_cost_per_token": 1e-06, "deprecation_date": "soon"},
        "azure/eu/gpt-9": {"litellm_provider": "azure", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
        "bedrock/us-east-1/1-month-commitment/x": {"litellm_provider": "bedrock", "input_cost_per_second": 0.01},
        "vercel_ai_gateway/x": {"litellm_provider": "vercel_ai_gateway", "input_cost_per_token": 1e-06},
    }
    source.write_text(json.dumps(table))
    report = litellm.import_rows(folder, source, recorded_on=DAY)
    offer = book(folder).token_offer("acme/small")
    assert (offer.tiers[0].input, offer.tiers[0].cached_input, offer.tiers[0].output) == (2, 0.5, 8)
    assert (offer.tiers[1].from_tokens, offer.tiers[1].input) == (200_000, 4)
    assert offer.batch_tiers[0].input == 1
    assert offer.batch_tiers[0].output == 8, "a variant overrides what it names"
    assert book(folder).token_offer("acme/small", "priority").tiers[0].input == 3.5
    assert offer.lifecycle.shutdown_on == date(2027, 1, 14)
    assert book(folder).token_offer("azure/gpt-9", "data-zone-eu").tiers[0].output == 2
    refused = {(refusal.offer, refusal.price) for refusal in report.refused}
    assert refused == {
        ("acme/blank", "input_token"),
        ("acme/blank", "output_token"),
        ("acme/placeholder", "input_token"),
        ("acme/undated", "shutdown"),
        ("bedrock/us-east-1/1-month-commitment/x", ""),
    }


def test_a_shutdown_date_that_moves_is_recorded_anew(folder, tmp_path):
    def table(day: str) -> Path:
        source = tmp_path / "litellm.json"
        entry = {"litellm_provider": "acme", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
        source.write_text(json.dumps({"acme/small": entry | {"deprecation_date": day}}))
        return source

    litellm.import_rows(folder, table("2027-01-14"), recorded_on=DAY)
    assert litellm.import_rows(folder, table("2027-01-14"), recorded_on=DAY).new == []
    same_day = litellm.import_rows(folder, table("2027-02-14"), recorded_on=DAY)
    assert "already" in same_day.refused[0].reason
    later = litellm.import_rows(folder, table("2027-02-14"), recorded_on=date(2026, 12, 1))
    assert [change.valid_from for change in later.changed] == ["2027-02-14"]
    library = Library(shipped=folder)
    assert library.book().lifecycle("acme/small").shutdown_on == date(2027, 2, 14)
    assert library.book(known_by=DAY).lifecycle("acme/small").shutdown_on == date(2027, 1, 14)


# -- models.dev -----------------------------------------------------------------------------------------------------


def test_models_dev_prices_are_for_a_million_tokens(folder, tmp_path):
    cells = {
        "provider": "togetherai",
        "model_id": "Small",
        "input_usd_per_1m": "0.6",
        "output_usd_per_1m": "1.7",
        "cache_read_usd_per_1m": "",
        "cache_write_usd_per_1m": "",
        "reasoning_usd_per_1m": "",
        "long_context_tiers_json": '[{"tier": {"size": 200000}, "input": 1.2}]',
    }
    source = write_csv(tmp_path / "models_dev_2026-07-02_flat.csv", [cells, cells | {"provider": "zai-coding-plan"}])
    report = models_dev.import_rows(folder, source, recorded_on=DAY)
    assert {change.offer for change in report.new} == {"together/Small"}
    tiers = book(folder).token_offer("together/small").tiers
    assert [(tier.from_tokens, tier.input, tier.output) for tier in tiers] == [(0, 0.6, 1.7), (200_000, 1.2, 1.7)]
    with pytest.raises(EstimatorError, match="names no date"):
        models_dev.import_rows(folder, write_csv(tmp_path / "undated.csv", [cells]), recorded_on=DAY)


# -- Azure ----------------------------------------------------------------------------------------------------------


def meter(name: str, usd: float, unit: str = "1K", regions: int = 2, starts: str = "2026-05-01") -> dict[str, object]:
    return {
        "meterName": name,
        "retailPrice": usd,
        "unitOfMeasure": unit,
        "effectiveStartDate": f"{starts}T00:00:00Z",
        "regions": [f"region{place}" for place in range(regions)],
    }


def test_azure_meters_are_read_word_by_word(folder, tmp_path):
    source = tmp_path / "azure.json"
    items = [
        meter("gpt-4.1 FT Training global Tokens", 0.025),
        meter("gpt-4.1-ft input global Tokens", 0.002),
        meter("gpt-4.1-ft cached input global Tokens", 0.0005),
        meter("gpt-4.1-ft output global Tokens", 0.008),
        meter("gpt-4.1-ft hosting global Unit", 1.7, "1 Hour"),
        meter("4.1 ft inp Dz Tokens", 0.0022),
        meter("4.1 ft inp Dz Tokens", 0.0024, regions=1),
        meter("gpt 4.1 dev ft inpt glbl Tokens", 0.0055),
        meter("o4-mini RFT Training global Unit", 100.0, "1 Hour"),
        meter("babbage-002-FT-Trng-glbl tkn Tokens", 0.0004),
        meter("babbage-002-FT-Trng-glbl Unit", 34.0, "1 Hour"),
        meter("o3-ft mdl grdr inpt Tokens", 0.0022),
        meter("gpt-4o-rt-aud-0603 Inp regnl Tokens", 0.04),
        meter("5.4 opt Dz 1M Tokens", 16.5, "1M"),
        meter("5.4 inp Dz 1M Tokens", 2.75, "1M"),
    ]
    source.write_text(json.dumps({"fetched_at": "2026-08-11T00:57:47", "items": items}))
    report = azure_meters.import_rows(folder, source, recorded_on=DAY)
    offer = book(folder).tuning_offer("azure", "gpt-4.1")
    assert (offer.training_usd_per_mtok, offer.hosting_usd_per_hour) == (25, 1.7)
    assert (offer.tokens.tiers[0].input, offer.tokens.tiers[0].cached_input, offer.tokens.tiers[0].output) == (
        2,
        0.5,
        8,
    )
    zone = book(folder).price("azure/gpt-4.1", "input_token", unit="USD/Mtoken", region="data-zone", variant="sft")
    assert zone == 2.2
    assert "elsewhere 2.4" in zone.row.note
    assert book(folder).tuning_offer("azure", "o4-mini").training_usd_per_hour == 100
    assert book(folder).tuning_offer("azure", "babbage-002").training_usd_per_hour is None
    assert book(folder).token_offer("azure/gpt-5.4", "data-zone").tiers[0].output == 16.5
    reasons = " ".join(refusal.reason for refusal in report.refused)
    for part in ("developer tier at 5.5 above global at 2", "grader", "name no model", "older billing by the hour"):
        assert part in reasons


def test_azure_fine_tuning_meters_also_come_as_csv(folder, tmp_path):
    cells = {
        "meter_name": "gpt-4.1 FT Training global Tokens",
        "retail_price_usd": 0.025,
        "unit_of_measure": "1K",
        "effective_start_date": "2025-05-01",
        "n_regions": 20,
    }
    source = write_csv(tmp_path / "meters_2026-08-11.csv", [cells, cells | {"unit_of_measure": "1/Day"}])
    report = azure_meters.import_rows(folder, source, recorded_on=DAY)
    assert [change.after for change in report.new] == [25]
    with pytest.raises(EstimatorError, match="when it was fetched"):
        azure_meters.import_rows(folder, write_csv(tmp_path / "meters.csv", [cells]), recorded_on=DAY)


# -- all of them ------------------------------------------------------------------------------------------------------


def test_upstreams_are_called_by_name(folder, tmp_path):
    source = write_csv(tmp_path / "genai_prices_1.2.3_flat.csv", [flat(), flat(unit_key="output_mtok")])
    assert import_upstream("genai-prices", folder, source, recorded_on=DAY).source == "genai-prices@1.2.3"
    for name in set(UPSTREAMS) - {"genai-prices"}:
        with pytest.raises(EstimatorError, match="name the file"):
            import_upstream(name, folder, None, recorded_on=DAY)
        with pytest.raises(EstimatorError, match="does not exist"):
            import_upstream(name, folder, tmp_path / "absent.json", recorded_on=DAY)
    with pytest.raises(UnknownNameError, match="litellm"):
        import_upstream("lite-llm", folder, source, recorded_on=DAY)


@pytest.mark.parametrize(
    ("importer", "content"),
    [(litellm, "{}"), (azure_meters, "{}"), (gpu_offers, "[]"), (gpu_offers, '{"a": 1}')],
)
def test_a_file_of_another_kind_is_refused(folder, tmp_path, importer, content):
    source = tmp_path / "file.json"
    source.write_text(content)
    with pytest.raises(EstimatorError, match=r"file\.json is no"):
        importer.import_rows(folder, source, recorded_on=DAY)
