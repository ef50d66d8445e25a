"""Exact arithmetic: decimals as they are written, powers and exponentials to sixty digits."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil

DIGITS = 60


def exact(value):
    """Read a JSON value with every number as the decimal that is written."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return Fraction(repr(value))
    if isinstance(value, dict):
        return {name: exact(each) for name, each in value.items()}
    return [exact(each) for each in value]


def power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator == 1 and abs(exponent) <= 12:
        return base**exponent.numerator
    with localcontext() as context:
        context.prec = DIGITS
        return Fraction(_decimal(base) ** _decimal(exponent)) if base else Fraction(0)


def exponential(exponent: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = DIGITS
        return Fraction(_decimal(exponent).exp())


def rounded(value: Fraction) -> Fraction:
    """Cut a long fraction to sixty digits, so that sums of many months stay quick."""
    with localcontext() as context:
        context.prec = DIGITS
        return Fraction(_decimal(value))


def whole_up(value: Fraction) -> Fraction:
    return Fraction(ceil(value))


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
