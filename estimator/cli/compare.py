"""Put two scenarios or two price books side by side: estimator compare LEFT RIGHT."""

from collections.abc import Iterator
from typing import Any

import click
import orjson

from estimator.cli.library import open_library
from estimator.cli.scenarios import read_document
from estimator.cli.tables import table
from estimator.errors import ScenarioError
from estimator.web.questions.export import write_csv
from estimator.web.questions.side_by_side import write_comparison
from estimator.web.schemas.comparisons import SCENARIO_PAIR
from estimator.web.schemas.scenario import read
from estimator.web.words.wording import money

NEWEST = "newest"
AMOUNTS = {"upfront_usd": "up-front", "total_usd": "total", "usd_per_request": "a request"}
CHANGE = ("left", "right", "change", "change_share")


@click.command()
@click.argument("left", metavar="FILE|PRESET|-")
@click.argument("right", metavar="[FILE|PRESET|-]", required=False)
@click.option(
    "--price-books", nargs=2, metavar="LEFT RIGHT", help=f"Price book of each side: a day, a version or {NEWEST}."
)
@click.option("--json", "as_json", is_flag=True, help="The answer of the API, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="A row for each amount and component of each approach.")
def command(left: str, right: str | None, price_books: tuple[str, str] | None, *, as_json: bool, as_csv: bool) -> None:
    """Compare two scenarios, or one under two price books: what changed, and by how much."""
    if right is None and price_books is None:
        raise ScenarioError("Nothing to compare with: name a second scenario, or two --price-books.")
    if left == right == "-":
        raise ScenarioError("Standard input is one of the two: name a file for the other.")
    question: dict[str, Any] = {"left": read_document(left)}
    if right is not None:
        question["right"] = read_document(right)
    if price_books is not None:
        question["price_books"] = [None if each == NEWEST else each for each in price_books]
    found = write_comparison(read(SCENARIO_PAIR, question), open_library())
    if as_json:
        click.echo(orjson.dumps(found), nl=False)
    elif as_csv:
        click.echo(write_csv(["approach", "amount", *CHANGE], _amounts(found)), nl=False)
    else:
        click.echo("\n".join(_lines(found)))


def _amounts(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, each in found["approaches"].items():
        for amount in (*AMOUNTS, "lead_time_months"):
            yield {"approach": name, "amount": amount, **each[amount]}
        for component in each["components"]:
            yield {"approach": name, "amount": component["id"], **component}


def _lines(found: dict[str, Any]) -> Iterator[str]:
    for side in ("left", "right"):
        yield f"{side}: {found[side]['headline']}"
        yield from (f"  - {each['message']}" for each in found[side]["warnings"])
    yield ""
    rows = [
        [name, words, money(each[amount]["left"]), money(each[amount]["right"]), *_change(each[amount])]
        for name, each in found["approaches"].items()
        for amount, words in AMOUNTS.items()
    ]
    yield table(["approach", "", "left", "right", "change", ""], rows, numbers_from=2)
    for title, part, key in (("Inputs", "inputs", "pointer"), ("Prices", "prices", "offer")):
        if found[part]:
            yield f"\n{title} that differ"
            cells = [[_named(each, key), _cell(each["left"]), _cell(each["right"])] for each in found[part]]
            yield table([key, "left", "right"], cells, numbers_from=9)
    turned = found["recommendation"]
    if turned["changed"]:
        yield f"\nThe recommendation changes from {_cell(turned['left'])} to {_cell(turned['right'])}."
    else:
        yield "\nThe recommendation stays."


def _named(each: dict[str, Any], key: str) -> str:
    parts = (each[key], each.get("price"), each.get("region"), each.get("variant"))
    return " ".join(str(part) for part in parts if part)


def _change(each: dict[str, Any]) -> list[str]:
    if each["change"] is None:
        return ["n/a", ""]
    share = "" if each["change_share"] is None else f"{each['change_share']:+.1%}"
    return [("+" if each["change"] > 0 else "") + money(each["change"]), share]


def _cell(value: Any) -> str:
    words = "none" if value is None else f"{value:,.6g}" if isinstance(value, float) else str(value)
    return words if len(words) <= 60 else f"{words[:57]}..."
