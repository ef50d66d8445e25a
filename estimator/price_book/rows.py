"""The words of the price book: a row of a table, a number that remembers its row, and what is offered for sale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

Origin = Literal["table", "overlay", "request", "discount"]
"""Where a number came from: the shipped tables, a folder of the operator, the request, or a discount rule on a row."""


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One number of one table, with everything that is known about where and when it holds.

    Parameters
    ----------
    table : the table it stands in, "token_prices"
    offer : what is sold, "openai/gpt-4.1"
    price : which number of it, "input_token"; quantities.csv lists the names
    value : the number, None where the row says that the price ended
    unit : unit of the value, "USD/Mtoken"
    currency : ISO 4217 code of the money in the unit
    region : region or deployment tier, "" for the general one
    variant : "batch", "priority", a tuning method or a rental commitment; "" for the standard one
    from_quantity : the row holds above this many units (input tokens of a request, GPUs of a rental)
    hours_utc : time of day at which it holds, "06:00-10:00"; "" for the whole day or the rest of it
    valid_from : first day on which it holds, None where that day is not known
    recorded_on : day on which the row came into the book, None in an overlay that does not say
    source : id in sources.csv
    source_url : address of that source
    verification : how well it is supported; levels.py lists the levels
    note : remark of the person or importer who wrote it
    checked_on : day on which it was last seen true
    origin : where the number came from
    pointer : which entry of price_overrides states it, "" where none does
    parts : the prices that it is a mean of, each with its share
    """

    table: str
    offer: str
    price: str
    value: float | None
    unit: str
    currency: str = "USD"
    region: str = ""
    variant: str = ""
    from_quantity: float = 0.0
    hours_utc: str = ""
    valid_from: date | None = None
    recorded_on: date | None = None
    source: str = ""
    source_url: str = ""
    verification: str = "unverified"
    note: str = ""
    checked_on: date | None = None
    origin: Origin = "table"
    pointer: str = ""
    parts: tuple[tuple[float, Price], ...] = ()


class Price(float):
    """A number that remembers where it was read.

    Examples
    --------
    >>> row = PriceRow("token_prices", "acme/small", "input_token", 0.5, "USD/Mtoken", source="acme-2026")
    >>> price = Price(row)
    >>> price * 2, price.unit, price.source
    (1.0, 'USD/Mtoken', 'acme-2026')
    """

    __slots__ = ("row",)
    row: PriceRow

    def __new__(cls, row: PriceRow) -> Price:
        """Make the number of a row that has one."""
        if row.value is None:
            raise ValueError(f"The price {row.price!r} of {row.offer!r} ended: a row without a value is no number.")
        made = float.__new__(cls, row.value)
        object.__setattr__(made, "row", row)
        return made

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("A price is immutable; use PriceBook.with_overrides to price with another number.")

    def __reduce__(self) -> tuple[type[Price], tuple[PriceRow]]:
        return Price, (self.row,)

    @property
    def unit(self) -> str:
        """Say what the number counts."""
        return self.row.unit

    @property
    def source(self) -> str:
        """Name the source in sources.csv."""
        return self.row.source

    @property
    def valid_from(self) -> date | None:
        """Name the first day on which the price holds."""
        return self.row.valid_from

    def scaled(self, factor: float, note: str, origin: Origin) -> Price:
        """Return the price times a factor, its row saying so."""
        value = float(self) * factor
        joined = f"{self.row.note}; {note}" if self.row.note else note
        return Price(replace(self.row, value=value, note=joined, origin=origin))


@dataclass(frozen=True, slots=True)
class TokenTier:
    """The prices [USD/Mtoken] of a request with more than `from_tokens` input tokens: the whole request takes them."""

    from_tokens: float
    input: Price | None = None
    cached_input: Price | None = None
    cache_write: Price | None = None
    cache_write_1h: Price | None = None
    output: Price | None = None
    reasoning: Price | None = None


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """One dated event in the life of a model or service."""

    offer: str
    applies_to: str
    event: str
    day: date
    replacement: str
    recorded_on: date | None
    source: str
    source_url: str
    verification: str
    note: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How long something can be bought.

    Parameters
    ----------
    offer : the offer it was asked for
    new_jobs_until : last day on which a tuning job can be started, None where no such day is known
    shutdown_on : day from which the model no longer answers, None where no such day is known
    replacement : the offer that its seller names instead, None where none is named
    rows : the events this was read from
    """

    offer: str
    new_jobs_until: date | None
    shutdown_on: date | None
    replacement: str | None
    rows: tuple[LifecycleEvent, ...]


@dataclass(frozen=True, slots=True)
class TokenOffer:
    """What a model costs by the token.

    Parameters
    ----------
    offer : 'provider/model'
    tiers : ascending in from_tokens, the first at 0
    batch_tiers : the same by the batch API, () where no batch price is known
    request_fee : USD per request, None where there is none
    min_cacheable_tokens : shortest prefix that is cached, None where not known
    cache_ttl_minutes : how long a cached prefix lives after its last use, None where not known
    lifecycle : shutdown date, None where no event is known
    variant : the variant that was asked for
    time_of_day_tiers : (hours in UTC, tiers) where the price differs by the hour; `tiers` hold for the rest of the day
    day_tiers : the mean over the day, for traffic that comes evenly around the clock; `tiers` where no hour differs
    """

    offer: str
    tiers: tuple[TokenTier, ...]
    batch_tiers: tuple[TokenTier, ...] = ()
    request_fee: Price | None = None
    min_cacheable_tokens: Price | None = None
    cache_ttl_minutes: Price | None = None
    lifecycle: Lifecycle | None = None
    variant: str = ""
    time_of_day_tiers: tuple[tuple[str, tuple[TokenTier, ...]], ...] = ()
    day_tiers: tuple[TokenTier, ...] = ()


@dataclass(frozen=True, slots=True)
class TuningOffer:
    """What managed fine-tuning costs, and what serving the tuned model costs.

    Parameters
    ----------
    offer : 'service/base model'
    method : "sft", "sft-lora", "dpo-lora", "rft", "lora", ...
    tier : deployment tier, "global", "data-zone", "regional", "developer"; "" where there is one only
    training_usd_per_mtok : training [USD/Mtoken], None where it is billed otherwise
    training_usd_per_hour : training billed by the hour [USD/h]
    minimum_usd_per_run : least that a run costs [USD/run]
    hosting_usd_per_hour : the deployed model [USD/h]
    storage_usd_per_month : the stored model [USD/month]
    tokens : prices of the tuned model by the token, None where it is served by the hour only
    lifecycle : until when jobs can be started and the tuned model answers
    bills_validation_tokens : whether validation tokens are billed like training tokens, None where not known
    warning : what the row says about hosting or availability
    """

    offer: str
    method: str
    tier: str
    training_usd_per_mtok: Price | None = None
    training_usd_per_hour: Price | None = None
    minimum_usd_per_run: Price | None = None
    hosting_usd_per_hour: Price | None = None
    storage_usd_per_month: Price | None = None
    tokens: TokenOffer | None = None
    lifecycle: Lifecycle | None = None
    bills_validation_tokens: bool | None = None
    warning: str = ""


def covers(pattern: str, offer: str) -> bool:
    """Say whether a rule for an offer, or for all whose names begin so, covers an offer.

    Examples
    --------
    >>> covers("openai/*", "openai/gpt-4.1"), covers("openai/gpt-4.1", "openai/gpt-4.1-mini")
    (True, False)
    """
    return offer.startswith(pattern[:-1]) if pattern.endswith("*") else offer == pattern
