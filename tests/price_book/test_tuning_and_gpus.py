"""Which row is meant when a caller leaves method, tier, size class, provider or region open."""

from datetime import date

import pytest

from estimator.errors import PriceNotFoundError, UnknownNameError
from estimator.price_book import Library, PriceBook
from estimator.price_book.tables import LIFECYCLE_COLUMNS
from tests.price_book.conftest import line


def tuning(offer: str, price: str, value: str, method: str = "sft", tier: str = "") -> str:
    unit = {"training_hour": "USD/h", "minimum_run": "USD/run", "hosting_hour": "USD/h", "validation_billed_share": "1"}
    return line(offer=offer, price=price, value=value, variant=method, region=tier, unit=unit.get(price, "USD/Mtoken"))


@pytest.fixture
def book(write) -> PriceBook:
    write(
        tuning("azure/gpt-9-2026-01-01", "training_token", "25", tier="global"),
        tuning("azure/gpt-9-2026-01-01", "training_token", "12", tier="developer"),
        tuning("azure/gpt-9-2026-01-01", "input_token", "2", tier="global"),
        tuning("azure/gpt-9-2026-01-01", "output_token", "8", tier="global"),
        tuning("azure/gpt-9-2026-01-01", "input_token", "1", method="sft+batch", tier="global"),
        tuning("azure/gpt-9-2026-01-01", "output_token", "4", method="sft+batch", tier="global"),
        tuning("sizes/up to 16B", "training_token", "0.5", method="sft-lora"),
        tuning("sizes/up to 16B", "training_token", "1.2", method="sft-full"),
        tuning("sizes/up to 16B", "minimum_run", "4", method="sft-lora"),
        tuning("sizes/17B-69B", "training_token", "1.5", method="sft-lora"),
        tuning("sizes/org/Named-8B", "validation_billed_share", "1", method="lora"),
        tuning("sizes/org/Named-8B", "training_token", "0.7", method="lora"),
        table="training_prices",
    )
    write(tuning("azure/gpt-9-2026-01-01", "hosting_hour", "1.7", tier="global"), table="hosting_prices")
    folder = write(line(), line(price="output_token", value="8"))
    (folder / "lifecycle.csv").write_text(
        "\n".join(
            [
                ",".join(LIFECYCLE_COLUMNS),
                "azure/*,tuning,no_new_jobs_after,2027-03-01,,2026-04-01,acme@1,seen,",
                "azure/gpt-9-2026-01-01,tuning,shutdown,2027-06-01,azure/gpt-10,2026-04-01,acme@1,seen,",
                "azure/gpt-9-2026-01-01,tuning,shutdown,2027-09-01,azure/gpt-10,2026-05-01,acme@1,seen,corrected",
                "acme/small,serving,shutdown,2027-01-14,,2026-04-01,acme@1,seen,",
            ]
        )
        + "\n"
    )
    return Library(shipped=folder).book()


def test_a_model_is_found_without_its_date(book):
    offer = book.tuning_offer("azure", "gpt-9")
    assert (offer.offer, offer.method, offer.tier) == ("azure/gpt-9-2026-01-01", "sft", "global")
    assert (offer.training_usd_per_mtok, offer.hosting_usd_per_hour, offer.tokens.tiers[0].output) == (25, 1.7, 8)
    assert offer.tokens.batch_tiers[0].output == 4
    assert book.tuning_offer("azure", "gpt-9", tier="developer").training_usd_per_mtok == 12
    assert book.tuning_offer("azure", "gpt-9", tier="developer").tokens is None


def test_a_later_record_corrects_a_shutdown(book):
    life = book.tuning_offer("azure", "gpt-9").lifecycle
    assert (life.new_jobs_until, life.shutdown_on, life.replacement) == (
        date(2027, 3, 1),
        date(2027, 9, 1),
        "azure/gpt-10",
    )
    then = book.history.book(known_by=date(2026, 4, 30)).tuning_offer("azure", "gpt-9").lifecycle
    assert then.shutdown_on == date(2027, 6, 1)
    assert book.token_offer("acme/small").lifecycle.shutdown_on == date(2027, 1, 14)


@pytest.mark.parametrize(
    ("model", "params_b", "method", "training"),
    [
        ("Llama-3.1-8B", 8.03, None, 0.5),
        ("Llama-3.1-8B", 8.03, "full", 1.2),
        ("Llama-3.1-8B", 16.0, "lora", 0.5),
        ("Qwen3-32B", 32.8, "qlora", 1.5),
        ("up to 16B", None, "sft", 0.5),
        ("Named-8B", None, None, 0.7),
        ("org/named-8b", None, None, 0.7),
    ],
)
def test_size_classes_and_names(book, model, params_b, method, training):
    assert book.tuning_offer("sizes", model, method, params_b=params_b).training_usd_per_mtok == training


def test_minimum_and_validation_are_told(book):
    assert book.tuning_offer("sizes", "up to 16B").minimum_usd_per_run == 4
    assert book.tuning_offer("sizes", "Named-8B").bills_validation_tokens is True
    assert book.tuning_offer("sizes", "up to 16B").bills_validation_tokens is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("azur", "gpt-9"), "azure"),
        (("azure", "gpt-8"), "gpt-9"),
        (("sizes", "Llama-3.1-405B", None, None, 405.9), "base model of sizes"),
        (("sizes", "up to 16B", "rlhf"), "method of sizes/up to 16B"),
        (("azure", "gpt-9", None, "gold"), "tier of azure"),
    ],
)
def test_an_unknown_word_names_the_known_ones(book, asked, message):
    with pytest.raises(UnknownNameError, match=message):
        book.tuning_offer(*asked)


def gpu(provider: str, value: str, commitment: str = "on_demand", **cells: str) -> str:
    plain = {"offer": f"{provider}/H100-SXM", "price": "gpu_hour", "unit": "USD/GPU-hour", "from_quantity": "1"}
    return line(**(plain | {"value": value, "variant": commitment} | cells))


@pytest.fixture
def gpus(write) -> PriceBook:
    folder = write(
        gpu("a", "2"),
        gpu("a", "1.8", from_quantity="8"),
        gpu("a", "1", "spot"),
        gpu("b", "3", region="eu"),
        gpu("b", "2.6", region="us"),
        gpu("c", "4"),
        gpu("d", "0.1", verification="second-hand"),
        gpu("e", "9"),
        gpu("f", "5", offer="f/B200"),
        table="gpu_prices",
    )
    return Library(shipped=folder).book()


def test_the_default_gpu_hour_is_the_lower_median_of_the_providers_that_may_be_defaults(gpus):
    assert gpus.gpu_hour("H100-SXM") == 2.6  # of a 2, b 2.6, c 4, e 9: the second of four
    assert gpus.gpu_hour("H100-SXM").row.offer == "b/H100-SXM"


def test_a_named_provider_answers_whatever_its_level(gpus):
    assert gpus.gpu_hour("H100-SXM", "d") == 0.1
    assert gpus.gpu_hour("H100-SXM", "b", region="eu") == 3
    assert gpus.gpu_hour("H100-SXM", "a", "spot") == 1


def test_a_gpu_that_is_not_sold_so_names_who_sells_it_how(gpus):
    with pytest.raises(PriceNotFoundError, match=r"Offers with one: a \(on_demand\), a \(spot\), b"):
        gpus.gpu_hour("H100-SXM", commitment="reserved_1y")
    with pytest.raises(UnknownNameError, match="provider"):
        gpus.gpu_hour("H100-SXM", "nobody")
    with pytest.raises(UnknownNameError, match="B200"):
        gpus.gpu_hour("B300")


def test_a_bare_model_name_is_its_makers_or_its_only_sellers(write):
    def both(offer: str) -> tuple[str, str]:
        return line(offer=offer), line(offer=offer, price="output_token", value="8")

    rows = [
        *both("azure/gpt-9"),
        *both("openai/gpt-9"),
        *both("openrouter/only-here"),
        *both("acme/only-here"),
        *both("acme/twice"),
        *both("other/twice"),
    ]
    book = Library(shipped=write(*rows)).book()
    assert book.resolve_model("gpt-9") == "openai/gpt-9"
    assert book.resolve_model("only-here") == "acme/only-here"
    with pytest.raises(UnknownNameError, match="acme/twice, other/twice"):
        book.resolve_model("twice")


def test_a_price_asked_in_another_unit_or_under_another_name_is_refused(book):
    with pytest.raises(UnknownNameError, match="USD/Mtoken"):
        book.price("acme/small", "input_token", unit="USD/token")
    with pytest.raises(UnknownNameError, match="input_token"):
        book.price("acme/small", "input", unit="USD/Mtoken")
    with pytest.raises(UnknownNameError, match="acme/small"):
        book.price("acme/smal", "input_token", unit="USD/Mtoken")
    assert book.price("acme/small", "input_token", unit="USD/Mtoken", table="token_prices") == 2
