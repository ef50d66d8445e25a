"""What stands in the form, and how fields that were sent are laid over the document under them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from estimator.errors import EstimatorError
from estimator.scenario import PLANS, FineTuning, Scenario
from estimator.scenario.inputs import Input, inputs_of
from estimator.scenario.pointer import tokens_of
from estimator.web.form.rows import CORNERS, corners_of, reshaped, sort_of_row, sorts_of_rows
from estimator.web.schemas.objections import Objection
from estimator.web.words.written_values import read_value, write_value


@dataclass
class Draft:
    """What stands in the form.

    Parameters
    ----------
    document : the scenario
    text : the same as it was typed, where it was
    opened : the parts that show all their fields, by pointer, and the sections of the answer that stay, by name
    later : those of these sections that the script of the page asks for afterwards
    refusal, objections : what is wrong
    dropped : what of a link could not be read
    partial : whether values of the scenario are lost with it, so that no answer is the sender's
    by_text : whether the text counts, not the fields
    curve : the input over which break-evens are asked for, and its ends
    once : the section of the answer that was asked for this time: it gets the focus
    working : the figure whose working is to be seen
    was : what stood in the scenario before another point of it was opened, by pointer
    arrived : whether that point was opened this time
    kept : the scenario whose own decisions are to hold at the point, None where it decides anew
    """

    document: Any
    text: str = ""
    opened: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    refusal: EstimatorError | None = None
    objections: list[Objection] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    partial: bool = False
    by_text: bool = False
    curve: dict[str, str] = field(default_factory=dict)
    once: str = ""
    working: str = ""
    was: dict[str, Any] = field(default_factory=dict)
    arrived: bool = False
    kept: Any = None


CURVE_FIELDS = ("curve", "curve-from", "curve-to", "curve-of", "curve-in")
"""What is sent about the curve: the pointer of the input, its ends, the pointer that the ends are of, and in what the
break-even is sought."""
ASKED: dict[str, dict[str, Any]] = {"lump_sum": {"upfront_usd": None}}
"""What of a new approach only its owner can know, by kind: nothing is computed until it is stated."""
PLACES = ("workload", "labelling", "rates", "evaluation")
"""Objects that may be left out of a scenario."""


def digest(text: str) -> str:
    """Name a text by its content, whatever its line ends."""
    return hashlib.sha256("\n".join(text.split()).encode()).hexdigest()[:16]


def lay_over(document: dict[str, Any], sent: Mapping[str, str]) -> None:
    """Put every field that differs from the document into it: kinds first, for they decide which fields there are."""
    for key in sorted((key for key in sent if key.startswith("/")), key=_turn):
        pointer, _, corner = key.partition("#")
        *parents, name = tokens_of(pointer)
        place = owner_at(document, parents)
        if place is None:
            if name == "kind":
                _begin(document, parents, sent[key])
            continue
        owner, node = place
        if name == "kind":
            change_kind(node, parents, sent[key])
        elif (declared := inputs_of(owner).get(name)) is not None:
            if corner:
                _lay_corner(node, name, declared, corner, sent[key])
            else:
                _lay(node, name, declared, sent[key])


def _begin(document: dict[str, Any], tokens: list[str], kind: str) -> None:
    """Put an object of a kind where none stands yet: how an approach is trained or served."""
    *parents, name = tokens
    place = owner_at(document, parents)
    declared = inputs_of(place[0]).get(name) if place else None
    if place and declared and declared.kind == "one_of" and kind in (declared.variants or {}):
        place[1][name] = {"kind": kind}


def _turn(key: str) -> int:
    return 0 if key.endswith("/kind") else 1 if key.endswith("#dist") else 2


def _lay(node: dict[str, Any], name: str, declared: Input, text: str) -> None:
    if text.strip() == write_value(name, declared, node.get(name)):
        return
    if text.strip():
        node[name] = read_value(name, declared, text)
    else:
        node.pop(name, None)


def _lay_corner(node: dict[str, Any], name: str, declared: Input, corner: str, text: str) -> None:
    value = node.get(name)
    corners = corners_of(value)
    if corners is None or not isinstance(value, dict):
        return
    if corner == "dist" and text in CORNERS and text != value.get("dist", "pert"):
        node[name] = reshaped(value, text, whole=declared.kind == "whole")
    elif corner in corners and text.strip() != write_value(name, declared, corners[corner]):
        value[corner] = read_value(name, declared, text) if text.strip() else None


def owner_at(document: dict[str, Any], tokens: list[str]) -> tuple[type, dict[str, Any]] | None:
    """Find the class and the object at a place; None where there is none."""
    owner: type = Scenario
    node: Any = document
    rows: tuple[str, Input] | None = None
    for place, name in enumerate(tokens):
        if isinstance(node, list):
            child = node[int(name)] if name.isdecimal() and int(name) < len(node) else None
        else:
            child = node.get(name)
        if place == 0 and name in PLACES and child is None:
            child = node[name] = {}
        found: type | None
        if rows is not None:
            found, rows = sort_of_row(*rows, child), None
        elif place == 1 and tokens[0] == "approaches":
            found = PLANS.get(str(child.get("kind"))) if isinstance(child, dict) else None
        elif place == 0 and name == "approaches":
            found = Scenario
        else:
            declared = inputs_of(owner).get(name)
            if declared is not None and isinstance(child, list) and sorts_of_rows(name, declared):
                rows, found = (name, declared), owner
            else:
                found = class_of(declared, child)
        if found is None or not isinstance(child, dict if rows is None else list):
            return None
        owner, node = found, child
    return None if rows is not None else (owner, node)


def class_of(declared: Input | None, node: Any) -> type | None:
    """Find the class behind an object."""
    if declared is None or not declared.variants:
        return None
    if declared.kind == "object":
        return next(iter(declared.variants.values()))
    return declared.variants.get(str(node.get("kind"))) if isinstance(node, dict) else None


def change_kind(node: dict[str, Any], tokens: list[str], kind: str) -> None:
    """Change the kind of an object, and drop what the new kind does not know."""
    if node.get("kind") == kind:
        return
    classes = PLANS if len(tokens) == 2 else inputs_of(FineTuning)[tokens[-1]].variants or {}
    if kind in classes:
        known = inputs_of(classes[kind])
        kept = {name: value for name, value in node.items() if name in known}
        node.clear()
        node.update({"kind": kind, **(ASKED.get(kind, {}) if classes is PLANS else {}), **kept})
