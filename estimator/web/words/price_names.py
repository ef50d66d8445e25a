"""A price of the price book for people: its name with all that tells it from the others of one offer, its amount."""

from collections.abc import Mapping
from typing import Any

from estimator.web.words.input_names import label_of
from estimator.web.words.written_values import write_number


def price_name(row: Mapping[str, Any]) -> str:
    """Name one price of an offer, with its variant, region, quantity and hours.

    Examples
    --------
    >>> price_name({"price": "input_token", "variant": "batch", "region": "", "from_quantity": 0})
    'Input token, batch'
    >>> price_name({"price": "gpu_hour", "variant": "on_demand", "region": "eu-west-2", "from_quantity": 8})
    'GPU hour, on demand, eu-west-2, from 8'
    """
    quantity = f"from {row['from_quantity']:,.0f}" if (row.get("from_quantity") or 0) > 1 else ""
    hours = f"hours {row['hours_utc']} UTC" if row.get("hours_utc") else ""
    variant = (row.get("variant") or "").replace("_", " ")
    return ", ".join(part for part in (label_of(row["price"]), variant, row.get("region"), quantity, hours) if part)


def price_amount(row: Mapping[str, Any]) -> str:
    """Write the amount of a price in as many digits as prices are quoted in, with its unit.

    Examples
    --------
    >>> price_amount({"value": 20.0, "unit": "USD/h"}), price_amount({"value": 0.195 * 0.92, "unit": "EUR/Mtoken"})
    ('20 USD/h', '0.1794 EUR/Mtoken')
    """
    return " ".join((write_number(float(f"{row['value']:.6g}"), percent=False), row["unit"]))
