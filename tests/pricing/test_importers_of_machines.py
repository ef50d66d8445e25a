"""Importers of GPUs and of tuning services, each on a small file in its form; expected prices are converted by hand."""

import json
from datetime import date

import pytest

from pricing.importing import gpu_offers, tuning_services
from pricing.importing.gpu_offers import gpu_name
from tests.pricing.small_book import DAY, book, write_csv


def gpu_offer(**fields: object) -> dict[str, object]:
    plain = {
        "id": "acme-h100",
        "provider_id": "acme",
        "gpu_model": "NVIDIA H100 SXM5",
        "vram_gb": 80,
        "tier": "on-demand",
        "is_spot": False,
        "price_usd_hour": 2.5,
        "notes": "",
        "source_url": "https://acme.example/gpus",
        "collected_at": "2026-05-24",
        "caveats": [],
    }
    return plain | fields


def test_gpu_offers_keep_ways_of_renting_apart(folder, tmp_path):
    source = tmp_path / "offers.json"
    offers = [
        gpu_offer(),
        gpu_offer(id="b", tier="spot", is_spot=True, price_usd_hour=1.1),
        gpu_offer(id="c", tier="community", price_usd_hour=2.0),
        gpu_offer(id="d", provider_id="dear", tier="spot", is_spot=True, price_usd_hour=4.0),
        gpu_offer(id="e", provider_id="dear", price_usd_hour=3.0),
        gpu_offer(id="f", tier="barter"),
        gpu_offer(id="g", price_usd_hour=2.7),
        gpu_offer(id="h", provider_id="whole", price_usd_hour=55.0),
    ]
    source.write_text(json.dumps(offers))
    report = gpu_offers.import_rows(folder, source, recorded_on=DAY)
    held = book(folder)
    assert held.gpu_hour("H100-SXM", "acme") == 2.5
    assert held.gpu_hour("H100-SXM", "acme", "spot") == 1.1
    assert held.gpu_hour("H100-SXM", "acme", "community") == 2.0
    assert held.gpu_hour("H100-SXM", "acme").row.source_url == "https://acme.example/gpus"
    reasons = sorted(refusal.reason.split(" ")[0] for refusal in report.refused)
    assert reasons == ["55", "spot", "the"]


@pytest.mark.parametrize(
    ("listed", "memory_gb", "name"),
    [
        ("NVIDIA A100 SXM4", 40, "A100-40GB"),
        ("NVIDIA A100 SXM4 80GB", 80, "A100-80GB-SXM"),
        ("NVIDIA A100 80GB PCIe", 80, "A100-80GB-PCIe"),
        ("NVIDIA H100 NVLink", 80, "H100-PCIe"),
        ("NVIDIA H100 NVL", 94, "H100-NVL"),
        ("NVIDIA GH200", 96, "GH200-96GB"),
        ("GB300 SXM6", 288, "GB300"),
        ("B300 SXM6", 262, "B300"),
        ("NVIDIA L40", 48, "L40-48GB"),
        ("NVIDIA L40S", 48, "L40S"),
        ("RTX 4090 (48 GB mod)", 48, "RTX-4090-48-GB-mod"),
        ("AMD MI350X", 288, "MI350X-288GB"),
    ],
)
def test_a_listed_gpu_gets_the_name_of_the_gpu_table(listed, memory_gb, name):
    assert gpu_name(listed, memory_gb) == name


def service(**cells: object) -> dict[str, object]:
    names = [
        "provider",
        "service",
        "base_model",
        "method",
        "tier",
        *tuning_services.TRAINING,
        *tuning_services.HOSTING,
        "notes",
        "verification",
        "source",
        "as_of",
    ]
    return dict.fromkeys(names, "") | {"provider": "acme", "base_model": "up to 16B", "method": "sft-lora"} | cells


def test_a_source_without_an_address_ships_as_unverified(folder, tmp_path):
    source = write_csv(
        tmp_path / "services.csv",
        [
            service(training_usd_per_1m_tokens=0.5, verification="seen", source="a public copy", as_of="2026-09-09"),
            service(
                base_model="17B-69B",
                training_usd_per_1m_tokens=1.5,
                verification="seen_2_places",
                source="acme.ai/pricing as read 2026-09-09; docs.other.com/acme",
                as_of="2026-09-09",
            ),
            service(base_model="nothing", verification="seen", source="acme.ai/pricing"),
        ],
    )
    report = tuning_services.import_rows(folder, source, recorded_on=DAY)
    found = {row.offer: row for row in book(folder).rows("training_prices")}
    assert found["acme/up to 16B"].verification == "unverified"
    assert found["acme/up to 16B"].checked_on is None
    assert found["acme/17B-69B"].verification == "verified"
    assert found["acme/17B-69B"].source_url == "https://acme.ai/pricing"
    assert found["acme/17B-69B"].checked_on == date(2026, 9, 9)
    assert [refusal.offer for refusal in report.refused] == ["acme/nothing"]


def test_a_hand_checked_list_of_gpus_gives_prices_of_one_gpu(folder, tmp_path):
    cells = {
        "provider": "aws",
        "tier": "on-demand",
        "instance_or_offer": "p5.48xlarge",
        "gpu": "H100-SXM",
        "gpu_count": 8,
        "region": "us-east-1",
        "price_usd_per_hour": 55.04,
        "price_usd_per_gpu_hour": 6.88,
        "verification": "seen",
        "notes": "",
        "source": "skypilot-org/skypilot-catalog catalogs/v9/aws/vms.csv @2c3d7ea7",
        "as_of": "2026",
    }
    together = cells | {"provider": "together", "tier": "dedicated endpoint (promo)", "gpu_count": 1, "region": ""}
    source = write_csv(
        tmp_path / "gpus.csv",
        [
            cells,
            cells,
            cells | {"gpu_count": 1, "notes": "old; re-check before use", "region": ""},
            cells | {"gpu": "H200-SXM", "price_usd_per_gpu_hour": ""},
            together | {"price_usd_per_gpu_hour": 3.99, "source": "a public copy"},
        ],
    )
    report = gpu_offers.import_rows(folder, source, recorded_on=DAY)
    held = book(folder)
    found = held.gpu_hour("H100-SXM", "aws", region="us-east-1")
    assert (found, found.row.from_quantity, found.row.verification) == (6.88, 8, "seen")
    assert "github.com/skypilot-org/skypilot-catalog" in found.row.source_url
    assert held.gpu_hour("H100-SXM", "aws", region="").row.verification == "second-hand"
    assert held.gpu_hour("H100-SXM", "together", "dedicated_endpoint") == 5.49
    september = book(folder, date(2026, 9, 30))
    assert september.gpu_hour("H100-SXM", "together", "dedicated_endpoint") == 3.99
    assert [refusal.reason.partition(":")[0] for refusal in report.refused] == ["listed twice", "no price listed"]


def test_special_lines_of_the_tuning_list(folder, tmp_path):
    seen = {"verification": "seen", "source": "acme.ai/pricing", "as_of": "2026-09-09"}
    source = write_csv(
        tmp_path / "services.csv",
        [
            service(provider="azure", training_usd_per_1m_tokens=1, **seen),
            service(provider="together", hosting_usd_per_hour=3.99, **seen),
            service(
                service="Bedrock Provisioned Throughput",
                base_model="old-model",
                method="",
                tier="1-month / 6-month commitment",
                hosting_usd_per_hour=6.847,
                notes="1-month rate; 6-month rate 4.11 USD/h",
                **seen,
            ),
            service(base_model="gb", training_usd_per_1m_tokens=1, notes="storage 0.10 USD per GB-month", **seen),
            service(base_model="val", training_usd_per_1m_tokens=1, notes="epochs plus validation tokens", **seen),
            service(base_model="gift", method="rft", training_usd_per_1m_tokens=0, **seen),
        ],
    )
    report = tuning_services.import_rows(folder, source, recorded_on=DAY)
    held = book(folder)
    assert [refusal.offer for refusal in report.refused] == ["azure/up to 16B"]
    assert held.tuning_offer("together", "up to 16B").hosting_usd_per_hour == 5.49
    assert held.tuning_offer("acme", "old-model").hosting_usd_per_hour == 6.847
    assert held.tuning_offer("acme", "old-model", "provisioned-6-month").hosting_usd_per_hour == 4.11
    assert held.price("acme/gb", "storage_gb_month", unit="USD/GB-month", variant="sft-lora") == 0.10
    assert held.tuning_offer("acme", "val").bills_validation_tokens is True
    assert held.tuning_offer("acme", "gift").training_usd_per_mtok == 0, "free, and its note says so"
