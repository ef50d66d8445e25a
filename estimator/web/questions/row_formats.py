"""Rows of sweeps and portfolios as JSON, CSV, JSON Lines or Parquet, written block by block in flat memory."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import orjson

from estimator.errors import EstimatorError
from estimator.web.questions.export import write_csv

NUMBERS = ("total_usd ", "first_break_even_month ", "sustained_break_even_month ")
"""How the names of columns begin that hold numbers and nothing else."""


class NoParquetError(EstimatorError):
    """The extra that writes Parquet is not installed."""


class Block(Protocol):
    """Some rows, as objects and as columns: see estimator.sweeps."""

    def rows(self) -> Iterable[Mapping[str, Any]]:
        """Write each row as plain values."""

    def columns(self) -> dict[str, list[Any]]:
        """Write the rows as flat columns, the same for every block."""


def as_json(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Write one document, {"rows": [...]}."""
    before = b'{"rows":['
    for block in blocks:
        yield before + orjson.dumps(list(block.rows()))[1:-1]
        before = b","
    yield b"]}"


def as_json_lines(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Write an object a line."""
    for block in blocks:
        yield b"".join(orjson.dumps(row) + b"\n" for row in block.rows())


def as_csv(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Write a table with a header."""
    for place, block in enumerate(blocks):
        columns = block.columns()
        rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True))
        head = len(write_csv(columns, ()))  # a name may hold a line break
        yield write_csv(columns, rows)[head if place else 0 :].encode()


def as_parquet(blocks: Iterable[Block]) -> Iterator[bytes]:
    """Write a Parquet file, a row group a block.

    Raises
    ------
    NoParquetError : the extra is not installed
    """
    arrow, parquet = _arrow()
    sink, writer = _Sink(), None
    for block in blocks:
        columns = block.columns()
        if writer is None:
            schema = arrow.schema([(name, _kind(arrow, name, cells)) for name, cells in columns.items()])
            writer = parquet.ParquetWriter(sink, schema)
        words = {each.name for each in writer.schema if arrow.types.is_string(each.type)}
        plain = {name: _texts(cells) if name in words else cells for name, cells in columns.items()}
        writer.write_table(arrow.table(plain, schema=writer.schema))
        yield sink.taken()
    if writer is not None:
        writer.close()
        yield sink.taken()


def require_parquet() -> None:
    """Refuse Parquet before anything is computed where it cannot be written.

    Raises
    ------
    NoParquetError : the extra is not installed
    """
    _arrow()


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise NoParquetError(
            "Parquet needs the extra parquet, which is not installed. Install tune-or-prompt[parquet], "
            "or ask for CSV or JSON Lines."
        ) from error
    return pa, pq


def _kind(arrow: Any, name: str, cells: list[Any]) -> Any:
    if name == "row":
        return arrow.int64()
    numbers = name.startswith(NUMBERS) or (name.startswith("/") and all(type(each) is float for each in cells))
    return arrow.float64() if numbers else arrow.string()


def _texts(cells: list[Any]) -> list[str | None]:
    return [each if each is None or isinstance(each, str) else orjson.dumps(each).decode() for each in cells]


class _Sink(io.RawIOBase):
    """A file that hands out what was written to it, and goes on counting."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def write(self, piece: Any) -> int:
        self.pieces.append(bytes(piece))
        self.position += len(self.pieces[-1])
        return len(self.pieces[-1])

    def taken(self) -> bytes:
        """Take out what has been written since the last time."""
        written, self.pieces = b"".join(self.pieces), []
        return written


WRITERS: dict[str, Callable[[Iterable[Block]], Iterator[bytes]]] = {
    "json": as_json,
    "csv": as_csv,
    "jsonl": as_json_lines,
    "parquet": as_parquet,
}
"""Every format by its name, which is also the ending of its files."""


def last_line(_: bytes, reason: str) -> bytes:
    """Write why the rows end here, as the last object."""
    return orjson.dumps({"error": {"pointer": "", "detail": reason}}) + b"\n"


def last_row(first: bytes, reason: str) -> bytes:
    """Write why the rows end here, in the last column of the last row, which is the one of errors."""
    header = next(csv.reader(io.StringIO(first.decode(), newline="")))
    sheet = io.StringIO()
    csv.writer(sheet).writerow([*[""] * (len(header) - 1), reason])
    return sheet.getvalue().encode()


def no_last_words(_: bytes, __: str) -> bytes:
    """Write nothing: a Parquet file without its end is seen to be cut off."""
    return b""


LAST_WORDS: dict[str, Callable[[bytes, str], bytes]] = {
    "csv": last_row,
    "jsonl": last_line,
    "parquet": no_last_words,
}
"""What stands at the end of rows that were not all computed, by the name of the format."""
JSON, JSON_LINES, CSV, PARQUET = (
    "application/json",
    "application/x-ndjson",
    "text/csv",
    "application/vnd.apache.parquet",
)
MEDIA_TYPES = {JSON: "json", CSV: "csv", JSON_LINES: "jsonl", PARQUET: "parquet"}
"""Every format by its media type, the usual one first."""
OBJECTS = (JSON, JSON_LINES)
"""Formats in which every row may have fields of its own."""
TEXTS = (CSV, JSON_LINES)
