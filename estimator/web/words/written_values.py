"""Values as people write them in a field, both ways: 9,000,000, 8%, 1.5k, a date, a word."""

import re
from decimal import Decimal
from math import isfinite
from typing import Any

from estimator.scenario.inputs import Input

PERCENT = frozenset({"monthly_growth", "annual_discount_rate", "quality_drift_per_month", "vendor_markup_share"})
"""Rates that people say in percent, beside every share."""
SMALLEST_SHARE = 1e-6
"""Below this a share of many digits is written as a number."""
NUMBER = re.compile(r"([-+]?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?(e[-+]?\d+)?(%|k|m|b)?", re.IGNORECASE)
THREE = re.compile(r"([\d.]+) / ([\d.]+) / ([\d.]+)")
DECIMAL = re.compile(r"(?<![\w.])0\.\d+(?![\w.])")
FACTORS = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}


def in_percent(name: str, declared: Input) -> bool:
    """Tell whether an input is written in percent."""
    return declared.numeric and (name in PERCENT or (declared.unit == "1" and declared.low == 0 and declared.high == 1))


def read_number(text: str) -> float | str:
    """Read a number; what cannot be read is returned as it was typed, so that the schema refuses it at its place.

    Examples
    --------
    >>> read_number("9,000,000"), read_number("8%"), read_number("1.5k"), read_number("12,5"), read_number("-3")
    (9000000, 0.08, 1500, '12,5', -3)
    >>> read_number("1e400")
    '1e400'
    """
    bare = text.replace(" ", "").replace("\u00a0", "").replace("_", "")
    matched = NUMBER.fullmatch(bare)
    if not matched or not (matched[2] or matched[3]):
        return text
    sign, digits, decimals, power, mark = (part or "" for part in matched.groups())
    bare = f"{sign}{digits.replace(',', '') or '0'}{decimals}"
    if mark == "%":
        percent = float(f"{bare}e-2") if not power else float(f"{bare}{power}") / 100
        return percent if isfinite(percent) else text
    number = float(f"{bare}{power}") * FACTORS[mark.lower()]
    if not isfinite(number):
        return text
    whole = (not decimals and not power) or bool(mark)
    return int(number) if whole and number == int(number) else number


def doubt(name: str, declared: Input, text: str) -> str:
    """Say why a number is not taken as it was typed, "" where it is: 3 where percent stand, 100% where none do.

    Examples
    --------
    >>> growth = Input("number", "Growth.", "1/month", -1.0, 10.0)
    >>> doubt("monthly_growth", growth, "3"), doubt("monthly_growth", growth, "3%")
    ('3% or 300%? Write the % sign.', '')
    >>> doubt("input_tokens", Input("number", "Tokens.", "token/request", 0.0), "100%")
    'This is no share: write the number itself, not 100%.'
    """
    number = read_number(text)
    if isinstance(number, str):
        meant = NUMBER.fullmatch(text.strip())
        return "This number is too large." if meant and (meant[2] or meant[3]) else ""
    marked = text.rstrip().endswith("%")
    if in_percent(name, declared):
        return "" if marked or abs(number) < 1 else f"{number:.12g}% or {100 * number:.12g}%? Write the % sign."
    return f"This is no share: write the number itself, not {text.strip()}." if marked and declared.unit != "1" else ""


def write_number(value: float, *, percent: bool) -> str:
    """Write a number so that it is read back the same.

    Examples
    --------
    >>> write_number(9000000, percent=False), write_number(0.08, percent=True), write_number(1e-7, percent=False)
    ('9,000,000', '8%', '1e-07')
    >>> write_number(-0.013852236173362585, percent=True)
    '-1.3852236173362585%'
    """
    if percent:
        shown = f"{value * 100:.12g}%"
        if read_number(shown) == value:
            return shown
        if abs(value) >= SMALLEST_SHARE:
            return f"{Decimal(repr(float(value))) * 100:f}".rstrip("0").rstrip(".") + "%"
    whole = float(value).is_integer() and abs(value) < 1e15
    shown = f"{value:,.0f}" if whole else f"{value:,}" if abs(value) >= 1e-4 else repr(value)
    return shown if read_number(shown) == value else repr(value)


def with_percent(told: str) -> str:
    """Write the shares of a sentence in percent: decimals below 1, and all of low / usual / high.

    Examples
    --------
    >>> with_percent("0.1 / 0.25 / 1.0; low / usual / high in planning practice")
    '10% / 25% / 100%; low / usual / high in planning practice'
    >>> with_percent("the peak, 0.9 = nine in ten take less, as in version 0.2.3")
    'the peak, 90% = nine in ten take less, as in version 0.2.3'
    """
    triple = THREE.sub(
        lambda found: " / ".join(write_number(float(each), percent=True) for each in found.groups()), told
    )
    return DECIMAL.sub(lambda found: write_number(float(found[0]), percent=True), triple)


def write_value(name: str, declared: Input, value: Any) -> str:
    """Write a value of a scenario into a field; what a field cannot hold is written as "".

    Examples
    --------
    >>> caching = Input("other", "Caching.")
    >>> write_value("prompt_caching", caching, {"hit_rate": 0.6})
    '60%'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return write_number(value, percent=in_percent(name, declared))
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    if isinstance(value, dict) and len(value) == 1:
        key, only = next(iter(value.items()))
        if isinstance(only, int | float):
            if key == "hit_rate":
                return write_number(only, percent=True)
            if key == "ttl_minutes":
                return f"{only} minutes"
    return ""


def read_value(name: str, declared: Input, text: str) -> Any:
    """Read what was typed into a field; what cannot be read stays text, so that the schema refuses it there.

    Examples
    --------
    >>> read_value("prompt_caching", Input("other", "Caching."), "5 minutes")
    {'ttl_minutes': 5}
    >>> read_value("seasonality", Input("numbers", "Factors."), "0.5, 1.5")
    [0.5, 1.5]
    """
    text = text.strip()
    if declared.numeric:
        return text if doubt(name, declared, text) else read_number(text)
    if declared.kind == "flag":
        return {"true": True, "false": False}.get(text, text)
    if declared.kind == "texts":
        return [part.strip() for part in text.split(",") if part.strip()]
    if declared.kind == "numbers":
        return [read_number(part.strip()) for part in text.split(",") if part.strip()]
    if name == "prompt_caching":
        bare = text.removesuffix("minutes").strip()
        number = read_number(bare)
        if isinstance(number, int | float) and (bare != text or number < 1 or bare.endswith("%")):
            return {"ttl_minutes": number} if bare != text else {"hit_rate": number}
    return text
