"""Rows as they are computed: written block by block, with a bar in the terminal, an exit code where some fail."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

import click

from estimator.errors import ScenarioError
from estimator.web.questions.row_formats import WRITERS, Block, require_parquet

BAR_STEPS = 200
SOME_FAILED = 3
"""Exit code where every row was answered, and some of them by an error."""

Command = TypeVar("Command", bound=Callable[..., Any])


class CountedBlock(Block, Protocol):
    """Some rows, how many they are, and how many of them carry an error."""

    @property
    def count(self) -> int:
        """How many rows there are."""

    @property
    def failed(self) -> int:
        """How many rows carry an error."""


class Tally:
    """How many rows were written, and how many of them carry an error."""

    def __init__(self) -> None:
        self.rows = 0
        self.failed = 0

    def counting(self, blocks: Iterable[CountedBlock], tick: Callable[[int], None]) -> Iterator[CountedBlock]:
        """Pass blocks on, and count their rows."""
        for block in blocks:
            yield block
            self.rows, self.failed = self.rows + block.count, self.failed + block.failed
            tick(block.count)


def output_options(command: Command) -> Command:
    """Give a command the options that say where its rows go."""
    form = click.option(
        "--format", "form", type=click.Choice(list(WRITERS)), help="By default the ending of the file, else csv."
    )
    file = click.option(
        "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; by default standard output."
    )
    return form(file(command))


def format_of(form: str | None, output: Path | None) -> str:
    """Choose the format: the stated one, that of the file's ending, or CSV.

    Raises
    ------
    ScenarioError : Parquet to a terminal's output
    NoParquetError : Parquet without its extra
    """
    ending = output.suffix.removeprefix(".").lower() if output is not None else ""
    chosen = form or (ending if ending in WRITERS else "csv")
    if chosen == "parquet":
        require_parquet()
        if output is None:
            raise ScenarioError("Parquet is no text: name a file with --output.")
    return chosen


def write_blocks(
    blocks: Iterable[CountedBlock], form: str, output: Path | None, tick: Callable[[int], None] = lambda _: None
) -> Tally:
    """Write rows block by block, and count them.

    Parameters
    ----------
    tick : is told how many rows were written
    """
    tally = Tally()
    with _opened(output) as file:
        for piece in WRITERS[form](tally.counting(blocks, tick)):
            file.write(piece)
        file.flush()
    return tally


def leave(tally: Tally) -> None:
    """Say on standard error how many rows carry an error, and leave with exit code 3 if some do."""
    if tally.failed:
        click.echo(f"{tally.failed:,} of {tally.rows:,} rows carry an error.", err=True)
        sys.exit(SOME_FAILED)


def progress(length: int | None, label: str) -> AbstractContextManager[Any]:
    """Return a bar on standard error, which shows nothing where that is no terminal, or where no end is known."""
    shown = length is not None and sys.stderr.isatty()
    steps = max((length or 0) // BAR_STEPS, 1)
    return click.progressbar(length=length or 0, label=label, file=sys.stderr, hidden=not shown, update_min_steps=steps)


@contextmanager
def _opened(output: Path | None) -> Iterator[BinaryIO]:
    if output is None:
        yield sys.stdout.buffer
        return
    try:
        file = output.open("wb")
    except OSError as error:
        raise ScenarioError(f"The file {output} cannot be written: {error.strerror}.") from error
    with file:
        yield file
