"""Keep the price book: estimator prices check, diff, import, export."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import click
import yaml

from estimator.answer import write_row
from estimator.cli.library import open_library
from estimator.cli.tables import table
from estimator.comparison import compare
from estimator.errors import UnknownNameError
from estimator.estimate import estimate
from estimator.price_book import Library, PriceBook, load_price_book
from estimator.price_book.checking import check_book
from estimator.price_book.differences import compare_books
from estimator.web.questions.export import write_csv
from estimator.web.questions.price_list import ROW_COLUMNS
from estimator.web.schemas.scenario import read_scenario
from pricing.importing.upstreams import UPSTREAMS, import_upstream

DAY = click.DateTime(["%Y-%m-%d"])
MOST_LISTED = 40
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("check")
@click.option("--today", type=DAY, help="Day from which ages are counted; by default the book's own.")
@click.option("--all", "everything", is_flag=True, help=f"List every row, not the first {MOST_LISTED} of a kind.")
def check(today: datetime | None, *, everything: bool) -> None:
    """List broken rules, rows without an address, disagreements, and rows older than their limit.

    Exit code 1 where a rule is broken; age alone breaks none.
    """
    book = open_library().book()
    report = check_book(book, today=today.date() if today else None)
    click.echo(f"price book {book.version}")
    levels = sorted({level for counts in report.counts.values() for level in counts})
    rows = [[name, *(str(counts.get(level, 0)) for level in levels)] for name, counts in report.counts.items()]
    click.echo(table(("table", *levels), rows))
    most = None if everything else MOST_LISTED
    for title, lines in (
        ("Broken rules", [f"{each.row.offer} {each.row.price}: {each.rule}" for each in report.broken]),
        ("Without an address", [f"{row.table} {row.offer} {row.price}" for row in report.without_address]),
        ("Contradicted by another source", [f"{row.table} {row.offer} {row.price}" for row in report.conflicting]),
        (
            "Older than the limit",
            [
                f"{each.row.table} {each.row.offer} {each.row.price}: "
                f"{'never checked' if each.age_days is None else f'{each.age_days} days'}, limit {each.most_days}"
                for each in report.aged
            ],
        ),
    ):
        click.echo(f"\n{title}: {len(lines)}")
        for line in lines[:most]:
            click.echo(f"  {line}")
        if most and len(lines) > most:
            click.echo(f"  ... and {len(lines) - most} more (--all)")
    if not report.passed:
        raise click.exceptions.Exit(1)


@click.command("diff")
@click.argument("before")
@click.argument("after")
@click.option("--table", "tables", multiple=True, help="Compare only this table.")
@click.option("--search", default="", help="A part of the offer's name.")
@click.option("--scenario", type=FILE, help="Show what the change does to the answer of this scenario.")
def diff(before: str, after: str, tables: tuple[str, ...], search: str, scenario: Path | None) -> None:
    """List the prices that differ between two days, two versions, or two folders of tables."""
    (old, old_library), (new, new_library) = _open(before), _open(after)
    for name in tables:
        if name not in old.history.tables:
            raise UnknownNameError("price table", name, old.history.tables)
    found = compare_books(old, new, tables or None, search=search)
    rows = []
    for each in found:
        values = ["" if row is None or row.value is None else f"{row.value:g}" for row in (each.before, each.after)]
        share = "" if each.change_share is None else f"{each.change_share:+.1%}"
        rows.append([each.kind, each.row.offer, each.row.price, each.row.variant, *values, share])
    click.echo(table(("", "offer", "price", "variant", "before", "after", "change"), rows, numbers_from=4))
    click.echo(f"{len(found)} differences")
    if scenario is not None:
        document = yaml.safe_load(scenario.read_text("utf-8"))
        sides = [
            estimate(read_scenario({**document, "price_book": {"on": book.on.isoformat()}}), library)
            for book, library in ((old, old_library), (new, new_library))
        ]
        changes = compare(*sides)["approaches"]
        click.echo("")
        for name, amounts in changes.items():
            total = amounts["total_usd"]
            click.echo(f"{name}: {total['left']:,.2f} -> {total['right']:,.2f} ({total['change']:+,.2f})")


@click.command("import")
@click.argument("upstream", metavar="|".join(UPSTREAMS))
@click.argument("file", type=FILE, required=False)
@click.option("--into", type=FOLDER, help="Folder of tables to write to; by default the shipped one.")
@click.option("--recorded-on", type=DAY, help="Day of the import; by default today.")
@click.option("--as-of", type=DAY, help="Day on which the numbers were seen true, where the file does not say it.")
def import_(
    upstream: str, file: Path | None, into: Path | None, recorded_on: datetime | None, as_of: datetime | None
) -> None:
    """Import the prices of one upstream: new rows, changed ones from their day on, ended ones; nothing is edited."""
    day = (recorded_on or datetime.now(UTC)).date()
    folder = into or Path(str(files("pricing")))
    report = import_upstream(upstream, folder, file, recorded_on=day, as_of=as_of.date() if as_of else None)
    click.echo(report.summary())
    for title, lines in (
        ("new", report.new),
        ("changed", report.changed),
        ("ended", report.ended),
        ("disagree", report.disagreements),
        ("refused", report.refused),
    ):
        for line in lines[:MOST_LISTED]:
            click.echo(f"  {title}: {line}")
        if len(lines) > MOST_LISTED:
            click.echo(f"  {title}: ... and {len(lines) - MOST_LISTED} more")


@click.command("export")
@click.argument("name", metavar="TABLE")
@click.option("--on", type=DAY, help="Prices valid on this day.")
def export(name: str, on: datetime | None) -> None:
    """Write the rows of one table as CSV, with source and age."""
    book = open_library().book(on=on.date() if on else None)
    if name not in book.history.tables:
        raise UnknownNameError("price table", name, book.history.tables)
    click.echo(write_csv(ROW_COLUMNS, [write_row(book, row) for row in book.rows(name)]), nl=False)


def _open(which: str) -> tuple[PriceBook, Library]:
    """Open a book by a day, a version, or a folder of tables on top of the shipped ones."""
    if Path(which).is_dir():
        library = load_price_book([which])
        return library.book(), library
    library = open_library()
    try:
        return library.book(on=datetime.strptime(which, "%Y-%m-%d").replace(tzinfo=UTC).date()), library
    except ValueError:
        return library.book(version=which), library


COMMANDS = (check, diff, import_, export)
