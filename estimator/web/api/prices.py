"""GET /api/v1/prices: the price book, and the rows of its tables."""

from typing import Any

from flask import Response, request, url_for
from werkzeug.exceptions import NotFound

from estimator.answer import write_row
from estimator.web.book import book_of
from estimator.web.door import Endpoints, answer_json
from estimator.web.questions.export import write_csv
from estimator.web.questions.price_list import ROW_COLUMNS, book_summary
from estimator.web.questions.row_formats import CSV, JSON
from estimator.web.schemas.generated import StrictSchema
from estimator.web.schemas.objections import unknown_name
from estimator.web.schemas.query import DayText, QueryField, WholeText

endpoints = Endpoints("prices", "The price book: what things cost, since when, and where that was read.")


class BookQuerySchema(StrictSchema):
    """Which price book."""

    on = DayText("Prices valid on this day; left out = the day of the newest row.")
    known_by = DayText("Recorded by this day; left out = everything that is recorded.")


class RowsQuerySchema(BookQuerySchema):
    """Which rows of a table."""

    search = QueryField("A part of the offer's name; several words must all occur.", "")
    offer = QueryField("Exactly this offer.")
    provider = QueryField("Exactly this provider.")
    price = QueryField("Exactly this price, such as input_token.")
    region = QueryField("Exactly this region.")
    variant = QueryField("Exactly this variant.")
    verification = QueryField("Exactly this level of verification.")
    page = WholeText(1, 1_000_000, 1, "Page, from 1.")
    per_page = WholeText(1, 1000, 100, "Rows of a page.")


BOOK_QUERY, ROWS_QUERY = BookQuerySchema(), RowsQuerySchema()
FILTERS = ("search", "offer", "provider", "price", "region", "variant", "verification")


@endpoints.endpoint("/prices", "GET", "describePriceBook", answers="PriceBook")
@endpoints.asks(BOOK_QUERY)
def describe_book(query: dict[str, Any]) -> Response:
    """Describe the price book: its version, its tables, the age of their rows."""
    return answer_json(book_summary(book_of(query)))


@endpoints.endpoint("/prices/<string:table>", "GET", "listPrices", answers="PricePage", formats=(CSV,))
@endpoints.asks(ROWS_QUERY)
def list_rows(query: dict[str, Any], table: str) -> Response:
    """List the rows of one table, filtered and page by page; all of them as CSV."""
    book = book_of(query)
    if table not in book.history.tables:
        raise NotFound(unknown_name("price table", table, book.history.tables))
    rows = book.rows(table, **{name: query[name] for name in FILTERS})
    if request.accept_mimetypes.best_match([JSON, CSV]) == CSV:
        return Response(
            write_csv(ROW_COLUMNS, (write_row(book, row) for row in rows)), content_type=f"{CSV}; charset=utf-8"
        )
    page, size = query["page"], query["per_page"]
    shown = rows[(page - 1) * size : page * size]
    found = {
        "version": book.version,
        "on": book.on,
        "table": table,
        "total": len(rows),
        "page": page,
        "rows": [write_row(book, row) for row in shown],
    }
    if page * size < len(rows):
        found["next"] = url_for(str(request.endpoint), table=table, **{**request.args.to_dict(), "page": page + 1})
    return answer_json(found)
