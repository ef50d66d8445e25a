"""The form at / and its answer at /estimate, the equations at /model, the operations at /docs."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState

from estimator.comparison import compare
from estimator.errors import EstimatorError, UnknownNameError
from estimator.estimate import Estimate
from estimator.presets import presets
from estimator.web.book import current_library
from estimator.web.documents import UnreadableError, write_text
from estimator.web.form.actions import from_scratch, read_sent
from estimator.web.form.draft import Draft, digest
from estimator.web.form.fields import anchor_of, anchors_of, sections_of
from estimator.web.form.offers import describe, suggest
from estimator.web.form.points import BACK, go_to, pack_was, told
from estimator.web.form.refusals import in_form_words
from estimator.web.form.rows import CORNERS, SHAPES, pointers_of_ranges
from estimator.web.problems import KINDS, objections_of
from estimator.web.questions.equations import equation_groups
from estimator.web.report.comparison_rows import MOST_INPUTS, SIDES, difference_rows, moved_rows, total_rows
from estimator.web.report.input_curve import add_input_curve
from estimator.web.report.kept_plan import plan_to_keep
from estimator.web.report.levers import add_flips, add_tornado
from estimator.web.report.looked_up import looked_up_beside, looked_up_of
from estimator.web.report.range_shares import add_range_shares
from estimator.web.report.report import Report
from estimator.web.report.traffic_curve import answer_with_curve
from estimator.web.schemas.scenario import read_scenario
from estimator.web.takeaway import files, permalink
from estimator.web.words.input_names import in_words, label_of, without_field_names
from estimator.web.words.marked_figures import DAY, day, figures, noted
from estimator.web.words.plain_values import choice_words, plain_value, share
from estimator.web.words.price_names import price_amount, price_name
from estimator.web.words.wording import KIND_NAMES, discounted, whole_money

pages = Blueprint("pages", __name__)
for _filter in (
    whole_money,
    discounted,
    plain_value,
    choice_words,
    price_name,
    price_amount,
    anchor_of,
    share,
    without_field_names,
    in_words,
    label_of,
    figures,
    noted,
    day,
):
    pages.add_app_template_filter(_filter)
FIRST_PRESET = "review-sentiment"
SCRATCH = "scratch"
LOST = (
    "Some of its values are lost with the end of the link, so no answer would be the one that was sent. State them, or "
    "estimate what stands in the form."
)
LONGEST_ADDRESS = 8000
"""Characters of an address that the server accepts; what is longer is answered where it was sent."""
SECTION_OF = {"break-even-by-input.csv": {"curve"}, "what-is-uncertain.csv": {"shares"}}
"""The section that a file is a part of."""
SLOW_SECTIONS = {"curve", "flips", "shares"}
"""Sections that take longer than all others together: the script asks for them once the rest of the answer stands."""


@pages.app_template_filter()
def source_title(source: str) -> str:
    """Name a source of prices as it names itself."""
    return current_library().title(source)


@pages.record_once
def solve_first(state: BlueprintSetupState) -> None:
    """Solve the example that stands on the first page before anyone asks, once for all workers."""
    estimated, found = answer_with_curve(
        read_scenario(presets()[FIRST_PRESET].scenario), state.app.extensions["library"]
    )
    add_tornado(estimated, found)
    state.app.extensions["solved_presets"] = {FIRST_PRESET: found}


@pages.get("/")
def form() -> Any:
    """Show a finished example: its answer, and the form beside it."""
    asked = request.args.get("preset", FIRST_PRESET)
    if asked == SCRATCH:
        return show(Draft(from_scratch()))
    preset = presets().get(asked) or presets()[FIRST_PRESET]
    unknown = [] if asked in presets() else [f"There is no example {asked!r}: this is {preset.id!r}."]
    solved: dict[str, dict[str, Any]] = current_app.extensions["solved_presets"]
    if preset.id not in solved:
        solved[preset.id] = solve(preset.scenario)[1]
    return write_page(Draft(preset.scenario, preset.text, dropped=unknown), solved[preset.id], preset.id)


@pages.route("/estimate", methods=["GET", "POST"])
def estimate_page() -> Any:
    """Show the answer to the scenario that was sent, or that a link holds."""
    sent = request.form if request.method == "POST" else request.args
    if "s" in sent:
        return show(permalink.open_link(sent["s"]))
    if not sent.get("scenario", "").strip():
        return form()
    draft = read_sent(sent, set(sent.getlist("open")))
    draft.later = draft.opened & SLOW_SECTIONS & set(sent.getlist("later"))
    return show(draft)


@pages.post("/files/<string:name>")
def file(name: str) -> Any:
    """Hand out what stands in the form, or a part of its answer, as a file."""
    draft = read_sent(request.form, set(request.form.getlist("open")) | SECTION_OF.get(name, set()))
    if draft.refusal:
        return show(draft)
    try:
        return files.make(name, draft.document, lambda: solve_all(draft))
    except EstimatorError as refusal:
        draft.refusal = refusal
        return show(draft)


@pages.get("/names")
def names() -> Response:
    """Find models, GPUs and services by a part of their names, with price, date and end."""
    found = suggest(
        current_library().book(),
        request.args.get("what", ""),
        request.args.get("q", "")[:100],
        request.args.get("of", "")[:100],
    )
    return Response(orjson.dumps(found), content_type="application/json")


def solve(document: Mapping[str, Any], *, trace: bool = False) -> tuple[Estimate, dict[str, Any]]:
    """Estimate a scenario with everything that the page shows.

    Raises
    ------
    EstimatorError : the scenario cannot be computed
    """
    estimated, found = answer_with_curve(read_scenario(document), current_library(), trace=trace)
    add_tornado(estimated, found)
    g.book_version = found["price_book"]["version"]
    return estimated, found


def solve_all(draft: Draft) -> dict[str, Any]:
    """Estimate what stands in the form, with the sections that were asked for.

    Raises
    ------
    EstimatorError : the scenario cannot be computed
    """
    if draft.kept is not None:
        keep_plan(draft)
    estimated, found = solve(draft.document, trace="workings" in draft.opened)
    asked = draft.opened - draft.later
    if "curve" in asked:
        add_input_curve(estimated, current_library(), found, draft.curve)
    if "flips" in asked:
        add_flips(estimated, found)
    if "shares" in asked:
        add_range_shares(estimated, found)
    return found


def keep_plan(draft: Draft) -> None:
    """State what was decided for the scenario, where the point that was opened would decide otherwise.

    Raises
    ------
    EstimatorError : the scenario cannot be computed
    """
    go_to(draft, plan_to_keep(read_scenario(draft.kept), read_scenario(draft.document), current_library()))


def show(draft: Draft) -> str:
    """Solve what stands in the form, and write the page with the answer or with what is wrong."""
    found = None
    if draft.refusal is None:
        try:
            found = solve_all(draft)
        except EstimatorError as refusal:
            draft.refusal = refusal
    if found is not None and draft.partial:
        found, draft.refusal = None, EstimatorError(LOST)
    if draft.refusal is not None:
        wrong = objections_of(draft.refusal)
        draft.objections += wrong if draft.by_text or not draft.document else in_form_words(draft.document, wrong)
    return write_page(draft, found)


def write_page(draft: Draft, found: dict[str, Any] | None, preset: str = "") -> str:
    """Write the page: the answer if there is one, what is wrong if not, and the form as it was left.

    Parameters
    ----------
    draft : what stands in the form
    found : the answer, None where there is none
    preset : the example it is, "" for another scenario
    """
    report = None if found is None else Report(found, frozenset(draft.opened), draft.working)
    text = draft.text if draft.by_text and draft.refusal is not None else write_text(draft.document)
    questions, approaches, more = sections_of(draft, looked_up_of(found) if found else _beside(draft))
    link = permalink.make_link(draft.document) if report else None
    book = current_library().book(on=date.fromisoformat(found["price_book"]["on"]) if found else None)
    return render_template(
        "form.html",
        report=report,
        presets=presets().values(),
        chosen=preset,
        scratch=SCRATCH,
        summary=presets()[preset].summary if preset else "",
        draft=draft,
        title=draft.document.get("name", "") if isinstance(draft.document, dict) else "",
        questions=questions,
        anchors=anchors_of([*questions, *approaches, *more]) if draft.objections else {},
        approaches=approaches,
        more=more,
        kinds=KIND_NAMES,
        text=text,
        digest=digest(text),
        elsewhere=list(told(draft.document, draft.was)) if draft.was and isinstance(draft.document, dict) else [],
        was=pack_was(draft.was),
        back=BACK,
        link=link,
        longest=permalink.LONGEST,
        distributions=CORNERS,
        shapes=SHAPES,
        ranges=pointers_of_ranges(draft.document),
        curl=files.curl(draft.document, request.url_root) if report and "curl" in draft.opened else "",
        describe=partial(describe, book),
        search=partial(suggest, book),
    )


def _beside(draft: Draft) -> dict[str, tuple[Any, str]]:
    """Return what is looked up beside what is wrong."""
    return looked_up_beside(draft.document, [each.pointer for each in draft.objections], current_library())


@pages.route("/compare", methods=["GET", "POST"])
def compare_page() -> Any:
    """Show two scenarios, or one scenario at two days' prices, side by side."""
    asked = {name: permalink.part_of(request.values.get(name, "")) for name in ("a", "a_on", "b", "b_on")}
    if request.method == "POST":
        stated = urlencode({name: value for name, value in asked.items() if value})
        address = f"{url_for('pages.compare_page')}?{stated}"
        if len(address) <= LONGEST_ADDRESS:
            return redirect(address, 303)
    first = _side("a", SIDES[0], asked["a"] or FIRST_PRESET, asked["a_on"])
    sides = [first, _side("b", SIDES[1], asked["b"] or first["asked"], asked["b_on"])]
    shown: dict[str, Any] = {"sides": sides, "presets": presets().values(), "found": None}
    if any(asked.values()) and all(side["report"] for side in sides):
        found = compare(sides[0]["estimate"], sides[1]["estimate"])
        currencies = [side["report"].currency for side in sides]
        comparable = currencies[0] == currencies[1]
        shown |= {
            "found": found,
            "currencies": currencies,
            "totals": total_rows(found, comparable=comparable),
            "moved": moved_rows(found, comparable=comparable),
            "differences": list(difference_rows(found, [side["report"].found["scenario"] for side in sides])),
            "most_inputs": MOST_INPUTS,
            "seen_later": any(
                each["code"] == "prices_seen_later" for side in sides for each in side["report"].warnings
            ),
        }
    return render_template("compare.html", **shown)


def _side(key: str, title: str, asked: str, on: str) -> dict[str, Any]:
    """Read one side of a comparison: a preset or a link, and a day."""
    side: dict[str, Any] = {
        "key": key,
        "title": title,
        "asked": asked,
        "on": on if DAY.fullmatch(on) else "",
        "report": None,
    }
    preset = presets().get(asked)
    try:
        draft = Draft(dict(preset.scenario)) if preset else permalink.open_link(asked, instead=False)
    except UnreadableError as refusal:
        words = refusal.message
        if words == permalink.NO_LINK:
            words = UnknownNameError("example", asked[:60], presets(), advice=words).message
        return side | {"error": words, "error_at": "asked"}
    side["dropped"] = draft.dropped
    if draft.partial:
        return side | {"error": LOST, "error_at": "asked"}
    if on:
        draft.document["price_book"] = on
    try:
        side["estimate"], answered = solve(draft.document)
        side["report"] = Report(answered)
        side["link"] = permalink.make_link(draft.document)
    except EstimatorError as refusal:
        wrong = objections_of(refusal)
        of_day = [each.detail for each in wrong if on and each.pointer.startswith("/price_book")]
        told = of_day or [f"{in_words(each.pointer)}: {each.detail}" if each.pointer else each.detail for each in wrong]
        side["error"], side["error_at"] = " ".join(told), "on" if of_day else "asked"
    return side


@pages.get("/model")
def model() -> str:
    """Show the equations, read from the docstrings of the components."""
    return render_template("model.html", groups=equation_groups())


@pages.get("/docs")
def docs() -> str:
    """List the operations of the API and the kinds of problems."""
    document = current_app.extensions["openapi"]
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    ]
    return render_template("docs.html", info=document["info"], operations=operations, kinds=KINDS.values())
