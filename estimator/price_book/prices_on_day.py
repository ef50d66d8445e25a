"""The prices that stand on one day: rows, own prices on top, lifecycle, wages, exchange rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from estimator.errors import PriceNotFoundError, ScenarioError, UnknownNameError
from estimator.price_book.own_prices import Discount, Override, PriceFactor, apply_discounts, exchanged
from estimator.price_book.rows import Lifecycle, LifecycleEvent, Price, PriceRow
from estimator.price_book.rule_names import refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from typing import Self

    from estimator.price_book.history import Place, PriceHistory
    from estimator.price_book.own_prices import Rule
    from estimator.price_book.token_ladder import Key


class PricesOnDay:
    """The tables as they were valid on one day, and known by one day.

    Parameters
    ----------
    history : every row of the tables on disk
    on : prices valid on this day
    known_by : recorded by this day
    overrides, discounts : own prices of a request
    below : the same book without them
    exchange : units of another currency for one US dollar, where amounts are in that currency
    """

    def __init__(
        self,
        history: PriceHistory,
        *,
        on: date,
        known_by: date,
        overrides: tuple[Override, ...] = (),
        discounts: tuple[Discount | PriceFactor, ...] = (),
        below: Self | None = None,
        exchange: Price | None = None,
    ) -> None:
        self.history = history
        self.on = on
        self.known_by = known_by
        self.overrides = overrides
        self.discounts = discounts
        self.exchange = exchange
        self._below = below
        own = {rule.pointer: rule for rule in (*overrides, *discounts)}
        self.rules: dict[str, Rule] = own if below is None else below.rules | own
        self._overridden = {(override.table, override.offer) for override in overrides}
        self._version: str | None = None
        self._current: dict[tuple[str, str], dict[Key, Price]] = {}

    @property
    def version(self) -> str:
        """Name the content this book is read from: "2026-11-20+0123456789ab"."""
        if self._below is not None:
            return self._below.version
        if self._version is None:
            self._version = self.history.version(self.known_by)
        return self._version

    def with_overrides(
        self, overrides: Iterable[Override] = (), discounts: Iterable[Discount | PriceFactor] = ()
    ) -> Self:
        """Return the same book with the prices and discounts of one request on top: discounts first, prices last."""
        more, rules = tuple(overrides), tuple(discounts)
        if not more and not rules:
            return self
        for rule in (*more, *rules):
            refuse_unknown(rule, self.history)
        return type(self)(self.history, on=self.on, known_by=self.known_by, overrides=more, discounts=rules, below=self)

    def in_currency(self, currency: str) -> Self:
        """Return the same book with every amount of money in another currency; prices of the request stay as stated.

        Raises
        ------
        PriceNotFoundError : no exchange rate is stated or known
        ScenarioError : it is not above 0
        """
        if currency == "USD":
            return self
        rate = self.exchange_rate(currency)
        if not rate > 0.0:
            raise no_rate(rate, float(rate))
        return type(self)(self.history, on=self.on, known_by=self.known_by, below=self, exchange=rate)

    # -- rows -----------------------------------------------------------------------------------------------------

    def current(self, table: str, offer: str) -> dict[Key, Price]:
        """Return every price of one offer that is valid, own prices and discounts applied; {} for an unknown offer."""
        plain = self.exchange is None and not self.discounts and (table, offer) not in self._overridden
        if self._below is not None and plain:
            return self._below.current(table, offer)
        found = self._current.get((table, offer))
        if found is None:
            found = self._read(table, offer) if self._below is None else self._overlaid(self._below, table, offer)
            if found:
                self._current[table, offer] = found
        return found

    def _overlaid(self, below: Self, table: str, offer: str) -> dict[Key, Price]:
        found = below.current(table, offer)
        prices = {key: apply_discounts(price, self.discounts) for key, price in found.items()}
        if self.exchange is not None and table != "exchange_rates":
            prices = {key: exchanged(price, self.exchange) for key, price in prices.items()}
        for override in self.overrides:
            if override.table == table and override.offer == offer:
                prices |= override.rows(prices, self.history.units, self.known_by)
        return prices

    def _read(self, table: str, offer: str) -> dict[Key, Price]:
        on, known = self.on.isoformat(), self.known_by.isoformat()
        best: dict[Key, tuple[tuple[int, str, str], Place]] = {}
        for place in self.history.places(table).get(offer, ()):
            cells, line = place.table.columns, place.line
            valid, recorded = cells["valid_from"][line], cells["recorded_on"][line]
            if valid > on or recorded > known:
                continue
            key = (
                cells["price"][line],
                cells["region"][line],
                cells["variant"][line],
                place.table.quantities[line],
                cells["hours_utc"][line],
            )
            order = (place.layer, valid, recorded)
            if key not in best or order > best[key][0]:
                best[key] = (order, place)
        prices: dict[Key, Price] = {}
        for key, (_, chosen) in best.items():
            row = self.history.row(chosen, self.known_by)
            if row.value is not None:
                prices[key] = Price(row)
        return prices

    def own_offers(self, table: str) -> set[str]:
        """Name the offers of a table for which the request states a price."""
        deeper = self._below.own_offers(table) if self._below is not None else set()
        return deeper | {override.offer for override in self.overrides if override.table == table}

    def offers(self, table: str) -> tuple[str, ...]:
        """Name every offer of a table that has a price on the day."""
        names = sorted(self.history.places(table).keys() | self.own_offers(table))
        return tuple(name for name in names if self.current(table, name))

    def rows(
        self,
        table: str,
        *,
        search: str = "",
        on: date | None = None,
        offer: str | None = None,
        provider: str | None = None,
        price: str | None = None,
        region: str | None = None,
        variant: str | None = None,
        verification: str | None = None,
    ) -> list[PriceRow]:
        """List the rows valid on a day, in the order of the table.

        Parameters
        ----------
        table : the table
        search : a part of the offer's name, in any case; several words must all occur
        on : the day, by default the day of the book
        offer, provider, price, region, variant, verification : exactly so, where given
        """
        book = self if on is None or on == self.on else self.on_day(on)
        words = search.lower().split()
        found: list[PriceRow] = []
        for name in sorted(book.history.places(table).keys() | book.own_offers(table)):
            if (offer is not None and name != offer) or (provider is not None and name.partition("/")[0] != provider):
                continue
            lowered = name.lower()
            if not all(word in lowered for word in words):
                continue
            found += [
                entry.row
                for _, entry in sorted(book.current(table, name).items())
                if (price is None or entry.row.price == price)
                and (region is None or entry.row.region == region)
                and (variant is None or entry.row.variant == variant)
                and (verification is None or entry.row.verification == verification)
            ]
        return found

    def on_day(self, day: date) -> Self:
        """Return the same book as of another day."""
        if self._below is None:
            return type(self)(self.history, on=day, known_by=self.known_by)
        again = self._below.on_day(day).with_overrides(self.overrides, self.discounts)
        return again if self.exchange is None else again.in_currency(self.exchange.row.offer)

    def age_days(self, row: PriceRow) -> int | None:
        """Count the days since a row was last seen true, from the book's own date; None where that was never."""
        return None if row.checked_on is None else max(0, (self.known_by - row.checked_on).days)

    def known_since(self, row: PriceRow) -> date | None:
        """Return the first day on which a row is known to hold: from when it does, or else when it was first seen.

        None where nobody knows: of the price that stood before a dated one, which is older than that.
        """
        if row.valid_from is None and self._was_replaced(row):
            return None
        return row.valid_from or self.history.first_seen(row.source, row.recorded_on)

    def _was_replaced(self, row: PriceRow) -> bool:
        """Tell whether a dated row of the same price was known: one without a day then stands for the time before."""
        known = self.known_by.isoformat()
        asked = (row.price, row.region, row.variant, row.from_quantity, row.hours_utc)
        for place in self.history.places(row.table).get(row.offer, ()):
            cells, line = place.table.columns, place.line
            if not cells["valid_from"][line] or cells["recorded_on"][line] > known:
                continue
            keys = (cells[name][line] for name in ("price", "region", "variant"))
            if (*keys, place.table.quantities[line], cells["hours_utc"][line]) == asked:
                return True
        return False

    # -- single prices --------------------------------------------------------------------------------------------

    def price(
        self,
        offer: str,
        price: str,
        *,
        unit: str,
        table: str | None = None,
        region: str = "",
        variant: str = "",
        from_quantity: float = 0.0,
        hours_utc: str = "",
    ) -> Price:
        """Return one number; a missing one is an error, never zero."""
        if price not in self.history.units:
            raise UnknownNameError("price", price, self.history.units)
        if unit != self.history.units[price]:
            raise UnknownNameError(f"unit of {price}", unit, [self.history.units[price]])
        for name in (table,) if table else self.history.tables:
            found = self.current(name, offer).get((price, region, variant, from_quantity, hours_utc))
            if found is not None:
                return found
        raise self.missing(offer, price, table, region=region, variant=variant)

    def missing(self, offer: str, price: str, table: str | None, *, region: str = "", variant: str = "") -> Exception:
        """Write the refusal of a price that is not there: when there was one, or what the offer has in its place."""
        places = [
            place
            for name in ((table,) if table else self.history.tables)
            for place in self.history.places(name).get(offer, ())
        ]
        if not places:
            known = [
                other for name in ((table,) if table else self.history.tables) for other in self.history.places(name)
            ]
            return UnknownNameError("offer", offer, known)
        later = sorted(
            place.table.columns["valid_from"][place.line]
            for place in places
            if place.table.columns["price"][place.line] == price
            and place.table.columns["valid_from"][place.line] > self.on.isoformat()
        )
        asked = (
            f"{price!r}" + (f", variant {variant!r}" if variant else "") + (f", region {region!r}" if region else "")
        )
        hint = (
            f"The first price is valid from {later[0]}: ask for that day or a later one."
            if later
            else f"Add a row to {places[0].table.path.name}, or state the price in the request."
        )
        return PriceNotFoundError(f"No {asked} for offer {offer!r} on {self.on} as known by {self.known_by}. {hint}")

    def lifecycle(self, offer: str, applies_to: str = "serving") -> Lifecycle | None:
        """Return how long an offer can be bought, None where no event is known.

        A rule for a whole provider ends in a star, "openai/*". Of two records of one event the later one counts,
        of several events of one kind the earliest day.
        """
        latest: dict[tuple[str, str], LifecycleEvent] = {}
        for event in self.history.events(offer, self.known_by):
            if event.applies_to == applies_to:
                latest[event.offer, event.event] = event
        events = tuple(latest.values())
        if not events:
            return None
        closing = [event for event in events if event.event == "no_new_jobs_after"]
        ending = [event for event in events if event.event == "shutdown"]
        named = [event.replacement for event in sorted(events, key=lambda event: event.day) if event.replacement]
        return Lifecycle(
            offer=offer,
            new_jobs_until=min((event.day for event in closing), default=None),
            shutdown_on=min((event.day for event in ending), default=None),
            replacement=named[0] if named else None,
            rows=events,
        )

    # -- people, money ------------------------------------------------------------------------------------------------

    def wage(self, role: str, region: str = "us") -> Price:
        """Return the loaded cost of an hour of work [USD/h]."""
        roles = self.history.places("labour_rates")
        if role not in roles:
            raise UnknownNameError("role", role, roles)
        prices = self.current("labour_rates", role)
        found = prices.get(("wage_hour", region, "", 0.0, ""))
        if found is None:
            known = sorted({key[1] for key in prices if key[0] == "wage_hour"})
            raise UnknownNameError(f"region with a wage of {role}", region, known)
        return found

    def exchange_rate(self, currency: str) -> Price:
        """Return how many units of a currency one US dollar buys."""
        if currency == "USD":
            return Price(PriceRow("exchange_rates", "USD", "exchange_rate", 1.0, "units/USD", verification="own"))
        found = self.current("exchange_rates", currency).get(("exchange_rate", "", "", 0.0, ""))
        if found is None:
            raise PriceNotFoundError(
                f"No exchange rate for {currency} on {self.on}. State it in the request as the price override "
                f"{{'table': 'exchange_rates', 'offer': '{currency}', 'price': 'exchange_rate', 'value': ...}} "
                "(units of the currency for one US dollar), or add a dated row to exchange_rates.csv."
            )
        return found


def no_rate(rate: Price, value: float) -> ScenarioError:
    """Write the refusal of an exchange rate that is not above 0."""
    pointer = f"{rate.row.pointer}/value" if rate.row.pointer else ""
    return ScenarioError(f"An exchange rate must be above 0, not {value:.12g} {rate.row.offer} for a dollar.", pointer)
