"""Look-ups on the real tables; expected prices are those printed on the public price pages of the providers."""

from datetime import date

import pytest

from estimator.errors import PriceNotFoundError, UnknownNameError
from estimator.price_book import Library, PriceBook

pytestmark = pytest.mark.tables


@pytest.fixture(scope="module")
def book(library: Library) -> PriceBook:
    return library.book()


def test_a_model_is_found_by_its_full_name_its_bare_name_and_in_any_case(book):
    offer = book.token_offer("openai/gpt-4.1")
    assert (offer.tiers[0].input, offer.tiers[0].cached_input, offer.tiers[0].output) == (2.0, 0.5, 8.0)
    assert book.token_offer("gpt-4.1") == offer
    assert book.token_offer("OpenAI/GPT-4.1") == offer


def test_a_misspelt_model_names_the_nearest(book):
    with pytest.raises(UnknownNameError, match=r"openai/gpt-4\.1"):
        book.token_offer("gpt-4.l")


def test_a_variant_overrides_what_it_names(book):
    standard, batch = book.token_offer("openai/gpt-4.1"), book.token_offer("openai/gpt-4.1", "batch")
    assert standard.batch_tiers == batch.tiers
    assert batch.tiers[0].input == standard.tiers[0].input / 2
    with pytest.raises(UnknownNameError, match="batch"):
        book.token_offer("openai/gpt-4.1", "batches")


def test_dated_history_is_kept(library):
    before = library.book(on=date(2026, 11, 1)).token_offer("baseten/reflection/Beam-1.0").tiers[0]
    after = library.book(on=date(2026, 11, 2)).token_offer("baseten/reflection/Beam-1.0").tiers[0]
    assert (before.input, before.output) == (1.3, 4.3)
    assert (after.input, after.output) == (0.4, 1.2)


def test_managed_tuning_knows_its_end(book):
    offer = book.tuning_offer("openai", "gpt-4.1")
    assert (offer.training_usd_per_mtok, offer.tokens.tiers[0].input, offer.tokens.tiers[0].output) == (25, 3, 12)
    assert offer.lifecycle.new_jobs_until == date(2027, 1, 6)
    assert offer.lifecycle.shutdown_on == date(2027, 1, 14)


def test_a_size_class_is_found_by_the_parameter_count(book):
    assert book.tuning_offer("together", "Llama-3.1-8B", "lora", params_b=8.03).offer == "together/up to 16B"
    assert book.tuning_offer("together", "Llama-3.1-70B", "lora", params_b=70.55).offer == "together/70B-100B"
    with pytest.raises(UnknownNameError, match="base model of together"):
        book.tuning_offer("together", "Llama-3.1-405B", "lora", params_b=405.85)


def test_a_gpu_hour_is_that_of_one_gpu(book):
    assert book.gpu_hour("H100-SXM", "aws", region="us-east-1") == 6.88
    assert book.gpu_hour("H100-SXM", "nebius", "spot") == 1.25
    assert 1.5 < book.gpu_hour("H100-SXM") < 7
    with pytest.raises(UnknownNameError, match="H100-SXM"):
        book.gpu_hour("H100")
    with pytest.raises(PriceNotFoundError, match="on_demand"):
        book.gpu_hour("H100-SXM", "lambda", "reserved_1y")


def test_wages_are_loaded(book):
    assert book.wage("ml_engineer") == pytest.approx(135_980 / 2080 * 1.4286, rel=1e-3)
    assert book.wage("prompt_engineer") == pytest.approx(112_590 / 2080 * 1.4286, rel=1e-3)
    with pytest.raises(UnknownNameError, match="us"):
        book.wage("annotator", region="uk")


def test_an_absent_exchange_rate_is_an_error_that_says_what_to_do(book):
    assert book.exchange_rate("USD") == 1.0
    with pytest.raises(PriceNotFoundError, match="State it in the request"):
        book.exchange_rate("EUR")


def test_prices_by_the_hour_have_a_mean_over_the_day(book):
    offer = book.token_offer("deepseek/deepseek-chat")
    assert [span for span, _ in offer.time_of_day_tiers] == ["00:30-16:30"]
    assert offer.tiers[0].input == 0.135
    assert float(offer.day_tiers[0].input) == pytest.approx((16 * 0.27 + 8 * 0.135) / 24)
    assert float(offer.day_tiers[0].output) == pytest.approx((16 * 1.1 + 8 * 0.55) / 24)
    assert "mean over the day" in offer.day_tiers[0].input.row.note
    plain = book.token_offer("openai/gpt-4.1")
    assert plain.day_tiers == plain.tiers
