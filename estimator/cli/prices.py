"""Look into the price book: estimator prices list, show, find; price_upkeep.py has the commands that keep it."""

from datetime import datetime
from typing import Any

import click

from estimator.answer import write_row
from estimator.cli.library import open_library
from estimator.cli.price_upkeep import COMMANDS
from estimator.cli.tables import table
from estimator.errors import UnknownNameError
from estimator.price_book import PriceBook
from estimator.web.questions.export import write_csv
from estimator.web.questions.price_list import ROW_COLUMNS, book_summary

SHOWN = ("offer", "price", "value", "unit", "region", "variant", "valid_from", "verification", "age_days", "source")
DAY = click.DateTime(["%Y-%m-%d"])
on_option = click.option("--on", type=DAY, help="Prices valid on this day.")
csv_option = click.option("--csv", "as_csv", is_flag=True, help="Every column as CSV.")


@click.group()
def command() -> None:
    """Look into the price book, and keep it."""


@command.command("list")
@on_option
def list_tables(on: datetime | None) -> None:
    """List the tables: offers, rows, age of their rows."""
    summary = book_summary(_book(on))
    click.echo(f"price book {summary['version']}, prices of {summary['on']}")
    columns = ("table", "offers", "rows", "newest_age_days", "oldest_age_days")
    click.echo(table(columns, [[_cell(each[column]) for column in columns] for each in summary["tables"]]))


@command.command("show")
@click.argument("name", metavar="TABLE")
@click.option("--search", default="", help="A part of the offer's name.")
@on_option
@csv_option
def show_table(name: str, search: str, on: datetime | None, *, as_csv: bool) -> None:
    """Show the rows of one table."""
    book = _book(on)
    if name not in book.history.tables:
        raise UnknownNameError("price table", name, book.history.tables)
    _print(_records(book, name, search), as_csv=as_csv)


@command.command("find")
@click.argument("search")
@on_option
@csv_option
def find_rows(search: str, on: datetime | None, *, as_csv: bool) -> None:
    """Find the rows of every table whose offer holds all words of SEARCH."""
    book = _book(on)
    _print([record for name in book.history.tables for record in _records(book, name, search)], as_csv=as_csv)


for upkeep in COMMANDS:
    command.add_command(upkeep)


def _book(on: datetime | None) -> PriceBook:
    return open_library().book(on=on.date() if on else None)


def _records(book: PriceBook, name: str, search: str) -> list[dict[str, Any]]:
    return [write_row(book, row) for row in book.rows(name, search=search)]


def _print(records: list[dict[str, Any]], *, as_csv: bool) -> None:
    if as_csv:
        click.echo(write_csv(ROW_COLUMNS, records), nl=False)
        return
    click.echo(table(SHOWN, [[_cell(record[column]) for column in SHOWN] for record in records], numbers_from=99))
    click.echo(f"{len(records)} rows")


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
