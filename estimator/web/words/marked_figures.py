"""Figures in a sentence, marked so that a browser can write them as its reader does."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

FIGURE = re.compile(r"(?<![\w./:+-])([A-Z]{3} )?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?![\w/:-]*[\d_/:-]|\.\d)")
"""A number with a mark in it that is no part of a name, a date or a version; with its currency."""


DAY = re.compile(r"(?<![\w@#/.-])(\d{4}-\d{2}-\d{2})(?![\w:-])")
"""A day that is no part of a name, such as that of a source or of a model."""


def noted(text: str) -> Markup:
    """Mark the figures and the days of a note.

    Examples
    --------
    >>> print(noted("USD 2.50 in; ended on 2026-10-23"))
    <data value="2.50">USD 2.50</data> in; ended on <time datetime="2026-10-23">2026-10-23</time>
    >>> print(noted("gpu-pricing@2026-05-24:runpod, seen on 2026-05-24."))
    gpu-pricing@2026-05-24:runpod, seen on <time datetime="2026-05-24">2026-05-24</time>.
    """
    pieces = DAY.split(text)
    return Markup("").join(day(piece) if place % 2 else figures(piece) for place, piece in enumerate(pieces))


@dataclass(frozen=True)
class Lead:
    """A figure of a sentence that is a button of the form.

    Parameters
    ----------
    written : the figure as it stands in the sentence
    field, value : what the button sends
    """

    written: str
    field: str
    value: str


def figures(text: str, names: Collection[str] = (), leads: Sequence[Lead] = ()) -> Markup:
    """Mark the figures of a sentence as data; the names in it are left as they are.

    Parameters
    ----------
    text : the sentence, as plain text
    names : names that may hold numbers, such as those of the approaches
    leads : figures that lead somewhere, in the order of the sentence

    Examples
    --------
    >>> print(figures("tuned 8B costs USD 93,066, gpt-4.1 not.", ["tuned 8B"]))
    tuned 8B costs <data value="93066">USD 93,066</data>, gpt-4.1 not.
    >>> print(figures("in 8 months pays after 8 months.", ["in 8 months"], [Lead("8 months", "trace", "month-8")]))
    in 8 months pays after <button form=inputs name=trace value=month-8>8 months</button>.
    """
    held = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pieces = re.split(f"({held})", text, flags=re.IGNORECASE) if names else [text]
    left, parts = list(leads), []
    for place, piece in enumerate(pieces):
        parts.append(escape(piece) if place % 2 else _led(piece, left))
    return Markup("").join(parts)


def _led(text: str, left: list[Lead]) -> Markup:
    """Mark the figures between two names; those that lead somewhere are taken off the list."""
    parts = []
    while left and (found := re.search(rf"(?<![\d.,]){re.escape(left[0].written)}(?!\d)", text)):
        lead = left.pop(0)
        value = lead.value if re.fullmatch(r"[\w-]+", lead.value) else Markup('"{}"').format(lead.value)
        button = Markup("<button form=inputs name={} value={}>{}</button>")
        parts += [_marked(text[: found.start()]), button.format(lead.field, value, _marked(found[0]))]
        text = text[found.end() :]
    return Markup("").join([*parts, _marked(text)])


def _marked(text: str) -> Markup:
    parts, after = [], 0
    for found in FIGURE.finditer(text):
        value = found[2].replace(",", "")
        parts += [escape(text[after : found.start()]), Markup('<data value="{}">{}</data>').format(value, found[0])]
        after = found.end()
    return Markup("").join([*parts, escape(text[after:])])


def day(written: str | date | None) -> Markup:
    """Write a day of the price book as a time that a browser can write as its reader does.

    Examples
    --------
    >>> print(day("2026-11-20"), day(None))
    <time datetime="2026-11-20">2026-11-20</time> never
    """
    return Markup('<time datetime="{0}">{0}</time>').format(written) if written else Markup("never")
