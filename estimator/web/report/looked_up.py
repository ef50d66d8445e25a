"""What an answer took where nothing was stated: the value, and the price row or the model that it comes from."""

from collections.abc import Mapping
from typing import Any

WAGE = "_usd_per_hour"
BOOK = "price book: "


def looked_up_of(found: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
    """Return the values of inputs that were left open, by pointer, each with its source; prices with the day.

    Examples
    --------
    >>> row = {"offer": "acme/L40S", "table": "gpu_prices", "source": "acme", "checked_on": "2026-05-24"}
    >>> taken = {"pointer": "/x/usd_per_gpu_hour", "value": 1.39, "basis": "price book: acme/L40S"}
    >>> looked_up_of({"assumptions": [taken], "prices_used": [row]})
    {'/x/usd_per_gpu_hour': (1.39, 'price book: acme/L40S, acme, seen on 2026-05-24')}
    """
    seen = {
        row["offer"]: f"{row['source']}, seen on {row.get('checked_on') or row['recorded_on']}"
        for row in found.get("prices_used", ())
        if row["table"] in ("gpu_prices", "labour_rates")
    }
    looked_up = {}
    for each in found.get("assumptions", ()):
        value, basis, name = each["value"], str(each["basis"]), each["pointer"].rpartition("/")[2]
        offer = basis.removeprefix(BOOK) if basis.startswith(BOOK) else name.removesuffix(WAGE)
        rounded = float(f"{value:.4g}") if isinstance(value, float) else value
        looked_up[each["pointer"]] = (rounded, f"{basis}, {seen[offer]}" if offer in seen else basis)
    return looked_up
