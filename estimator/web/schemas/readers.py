"""Readers of the inputs that are more than a number, a word or a declared object."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from estimator.scenario import Range
from estimator.scenario.inputs import Input
from estimator.scenario.own_prices import OWN_PRICE_INPUTS
from estimator.scenario.ranges import DISTRIBUTIONS
from estimator.scenario.serving import CACHING_INPUTS
from estimator.web.schemas import fields as sorts
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.objections import SCHEMA_LEVEL, Contradiction

LONGEST_NAME = 120
MOST_APPROACHES = 50
MOST_OVERRIDES = 1000
MOST_CORRELATIONS = 200

FINITE = Input("number", "A number in the legal range of the field.", nullable=True, fixed=True)
SHARE = Input("number", "A part of a whole.", low=0.0, high=1.0, fixed=True)
CORRELATION = Input("number", "Rank correlation (Spearman).", low=-1.0, high=1.0, fixed=True)


class RangeSchema(StrictSchema):
    """A distribution in the place of a number."""

    dist = sorts.Choice(
        Input("choice", "Distribution.", choices=DISTRIBUTIONS, basis="pert"), required=False, default="pert"
    )
    low = sorts.Number(FINITE)
    mode = sorts.Number(FINITE)
    high = sorts.Number(FINITE)
    mean = sorts.Number(FINITE)
    sd = sorts.Number(FINITE)
    cv = sorts.Number(FINITE)
    values = sorts.Numbers(Input("numbers", "Values of a discrete range."))
    probabilities = sorts.Numbers(Input("numbers", "Their probabilities, which sum to 1."))


RANGE = RangeSchema()
RANGE_KEYS = frozenset(RANGE.fields)


def read_range(value: dict[str, Any]) -> Range:
    """Read an object in the place of a number as a distribution."""
    if not RANGE_KEYS & value.keys():
        raise ValidationError([Contradiction("Must be a number, or a range such as {low, mode, high}.")])
    return Range(**RANGE.load(value))


sorts.Number.read_range = staticmethod(read_range)


class Approaches(sorts.Declared):
    """The approaches under names of the caller's choice."""

    def __init__(self, declared: Input, schemas: Mapping[str, Schema], **about: Any) -> None:
        super().__init__(declared, **about)
        self.schemas = schemas

    def read(self, value: Any) -> dict[str, Any]:
        """Read one value."""
        if not isinstance(value, dict):
            raise ValidationError(f"Must be an object of approaches by name, not {sorts.sort_of(value)}.")
        found: dict[str, Any] = {}
        wrong: dict[str, Any] = {}
        if len(value) < 2:
            wrong[SCHEMA_LEVEL] = [f"A comparison needs at least two approaches, not {len(value)}."]
        if len(value) > MOST_APPROACHES:
            raise ValidationError(f"At most {MOST_APPROACHES} approaches can be compared, not {len(value)}.")
        for name, plan in value.items():
            try:
                sorts.one_line(name, LONGEST_NAME, shortest=1)
                found[name] = sorts.load_by_kind(plan, self.schemas)
            except ValidationError as refusal:
                wrong[str(name)] = refusal.messages
        if wrong:
            raise ValidationError(wrong)
        return found


class PromptCaching(sorts.Declared):
    """None, automatic, a stated hit rate, or a time to live."""

    def read(self, value: Any) -> Any:
        """Read one value."""
        if value in ("none", "auto"):
            return value
        if not isinstance(value, dict):
            raise ValidationError(
                f'Must be "none", "auto", {{"hit_rate": 0..1}} or {{"ttl_minutes": minutes}}, '
                f"not {sorts.sort_of(value)}."
            )
        if len(value) == 1 and "hit_rate" in value:
            return HIT_RATE_SCHEMA.load(value)
        if len(value) == 1 and "ttl_minutes" in value:
            return TTL_SCHEMA.load(value)
        raise ValidationError(
            f"Must hold hit_rate or ttl_minutes alone, not {', '.join(map(str, value)) or 'nothing'}."[:200]
        )


class HitRateSchema(StrictSchema):
    """Prompt caching with a stated hit rate."""

    hit_rate = sorts.Number(CACHING_INPUTS["hit_rate"], required=True)


class TtlSchema(StrictSchema):
    """Prompt caching whose hit rate follows from the traffic and the time to live."""

    ttl_minutes = sorts.Number(CACHING_INPUTS["ttl_minutes"], required=True)


HIT_RATE_SCHEMA, TTL_SCHEMA = HitRateSchema(), TtlSchema()


class BookDaysSchema(StrictSchema):
    """A price book by two days: the prices valid on one, as known by the other."""

    on = sorts.Day(Input("date", "Prices valid on this day."), required=True)
    known_by = sorts.Day(Input("date", "Recorded by this day; left out = everything that is recorded."))
    version = sorts.Text(Input("text", "Version of an earlier answer, in the place of known_by."))


BOOK_DAYS = BookDaysSchema()
VERSION = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}\+)?[0-9a-f]{6,64}$"


class BookSelection(sorts.Declared):
    """Which prices: the newest, those of a day, those known by a day, or those of an earlier answer."""

    def read(self, value: Any) -> Any:
        """Read one value."""
        if isinstance(value, dict):
            return BOOK_DAYS.load(value)
        if isinstance(value, str) and sorts.DAY.fullmatch(value):
            return sorts.as_day(value)
        return sorts.one_line(value, LONGEST_NAME, shortest=1)


class OverrideSchema(StrictSchema):
    """One own price in the place of a row of the price book."""

    table = sorts.Text(Input("text", "Table of the price book."), required=True)
    offer = sorts.Text(Input("text", "Offer of that table."), required=True)
    price = sorts.Text(Input("text", "Name of the price, such as input_token."), required=True)
    value = sorts.Number(OWN_PRICE_INPUTS["value"], required=True)
    region = sorts.Text(Input("text", "Region; empty = any."), default="")
    variant = sorts.Text(Input("text", "Variant; empty = the standard price."), default="")
    from_quantity = sorts.Number(
        Input(
            "number", "Quantity above which it holds; null = every tier.", low=0.0, high=1e15, nullable=True, fixed=True
        ),
        default=None,
    )
    note = sorts.Text(Input("text", "Remark."), default="")


class DiscountSchema(StrictSchema):
    """A negotiated discount on every price that matches."""

    offers = sorts.Text(Input("text", "Provider, or pattern of offers such as openai/gpt-4.1*."), required=True)
    share = sorts.Number(SHARE, required=True)
    prices = sorts.Text(Input("text", "Pattern of price names."), default="*")


class PriceFactorSchema(StrictSchema):
    """A factor on every price that matches: what it might cost, as a number or a range."""

    offers = sorts.Text(Input("text", "Provider, or pattern of offers such as openai/gpt-4.1*."), required=True)
    factor = sorts.Number(OWN_PRICE_INPUTS["factor"], required=True)
    prices = sorts.Text(Input("text", "Pattern of price names."), default="*")


OWN_PRICE, DISCOUNT, PRICE_FACTOR = OverrideSchema(), DiscountSchema(), PriceFactorSchema()


class OwnPrices(sorts.Declared):
    """Own prices and discounts that win over the price book."""

    def read(self, value: Any) -> tuple[dict[str, Any], ...]:
        """Read one value."""
        return tuple(sorts.read_each(value, _own_price, MOST_OVERRIDES))


def _own_price(value: Any) -> dict[str, Any]:
    keys = set(value) if isinstance(value, dict) else set()
    schema = PRICE_FACTOR if "factor" in keys else DISCOUNT if keys & {"share", "offers"} else OWN_PRICE
    found: dict[str, Any] = schema.load(value)
    return found


class CorrelationSchema(StrictSchema):
    """How two uncertain inputs move together."""

    first = sorts.Text(Input("text", "JSON Pointer of one uncertain input."), required=True)
    second = sorts.Text(Input("text", "JSON Pointer of the other."), required=True)
    rank_correlation = sorts.Number(CORRELATION, required=True)


CORRELATION_SCHEMA = CorrelationSchema()


class Correlations(sorts.Declared):
    """Rank correlations between uncertain inputs."""

    def read(self, value: Any) -> tuple[dict[str, Any], ...]:
        """Read one value."""
        return tuple(sorts.read_each(value, CORRELATION_SCHEMA.load, MOST_CORRELATIONS))
