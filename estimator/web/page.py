"""The form at /, its answer, the equations at /model and the operations at /docs: plain pages, no script."""

from typing import Any

from flask import Blueprint, current_app, g, render_template, request

from estimator.answer import answer
from estimator.errors import EstimatorError
from estimator.estimate import USUAL_SECTIONS, estimate
from estimator.presets import presets
from estimator.web.book import current_library
from estimator.web.documents import read_yaml, write_yaml
from estimator.web.equations import equation_groups
from estimator.web.form import MAIN_FIELDS, fill, main_values
from estimator.web.problems import KINDS, kind_of, objections_of
from estimator.web.reading import Reading
from estimator.web.schemas.scenario import read_scenario

pages = Blueprint("pages", __name__)
FIRST_PRESET = "review-sentiment"


@pages.get("/")
def form() -> str:
    """Show the form, filled with a preset."""
    asked = request.args.get("preset", FIRST_PRESET)
    preset = presets().get(asked) or presets()[FIRST_PRESET]
    return _form(preset.text, preset.id)


@pages.route("/estimate", methods=["GET", "POST"])
def estimate_page() -> Any:
    """Show the form with the answer to its scenario; the address of a GET reopens it."""
    sent = request.form if request.method == "POST" else request.args
    text = sent.get("scenario", "")
    if not text.strip():
        return _form(presets()[FIRST_PRESET].text, FIRST_PRESET)
    try:
        document = fill(read_yaml(text), sent)
        found = answer(estimate(read_scenario(document), current_library(), USUAL_SECTIONS))
    except EstimatorError as refusal:
        return _form(text, "", refusal=refusal), kind_of(refusal)[1]
    g.book_version = found["price_book"]["version"]
    return _form(write_yaml(document), "", reading=Reading(found))


def _form(text: str, preset: str, *, reading: Reading | None = None, refusal: EstimatorError | None = None) -> str:
    return render_template(
        "form.html",
        presets=presets().values(),
        chosen=preset,
        text=text,
        fields=MAIN_FIELDS,
        values=main_values(text),
        reading=reading,
        objections=objections_of(refusal) if refusal else [],
    )


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
