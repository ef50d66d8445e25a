"""Every refusal as application/problem+json (RFC 9457). The only place that knows statuses."""

import logging
from math import ceil
from typing import Any

import orjson
from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from estimator.errors import (
    EstimatorError,
    ImpossibleSetupError,
    PriceNotFoundError,
    ScenarioError,
    TimeBudgetError,
    UnknownNameError,
    UnknownNamesError,
    nearest_names,
)
from estimator.web.documents import UnreadableError
from estimator.web.running.heavy_work import count_stopped
from estimator.web.running.places import BusyError
from estimator.web.schemas.objections import InvalidRequestError, Objection, shortened

PROBLEM_JSON = "application/problem+json"
log = logging.getLogger("estimator")

KINDS: dict[type[Exception], tuple[str, int, str, str]] = {
    UnreadableError: ("unreadable", 400, "Unreadable request", "The body is not JSON, or says one thing twice."),
    InvalidRequestError: (
        "invalid-request",
        422,
        "Invalid request",
        "A field is misspelt, missing, of the wrong sort or out of range.",
    ),
    ScenarioError: (
        "contradiction",
        422,
        "Contradictory scenario",
        "Values that are each legal cannot stand together.",
    ),
    UnknownNameError: (
        "unknown-name",
        422,
        "Unknown name",
        "No table knows this model, GPU, service, unit or approach.",
    ),
    PriceNotFoundError: ("price-not-found", 422, "No such price", "No price on that day; it is never counted as zero."),
    ImpossibleSetupError: ("impossible-setup", 422, "Impossible set-up", "No hardware or engine can do what is asked."),
    EstimatorError: ("refused", 422, "Refused", "The question cannot be answered as asked."),
    BusyError: ("busy", 503, "Busy", "Too many long computations run already; ask again after Retry-After."),
    TimeBudgetError: ("time-budget", 503, "Time budget exceeded", "The work took longer than one request may take."),
}
"""Slug of the type, status, title and meaning of each refusal of the engine and of the door."""


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    kind: str = "about:blank",
    errors: list[dict[str, str]] | None = None,
    headers: Any = (),
) -> Response:
    """Write one problem document."""
    body = {"type": kind, "title": title, "status": status, "detail": detail, "errors": errors or []}
    response = Response(orjson.dumps(body), status=status, content_type=PROBLEM_JSON)
    for name, value in headers:
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def kind_of(error: Exception) -> tuple[str, int, str, str]:
    """Find the kind of a refusal by its class, the nearest parent first."""
    if isinstance(error, InvalidRequestError) and error.contradictory:
        return KINDS[ScenarioError]
    return next(KINDS[each] for each in type(error).__mro__ if each in KINDS)


def objections_of(error: EstimatorError) -> list[Objection]:
    """List what is wrong, each with its pointer."""
    if isinstance(error, InvalidRequestError):
        return error.objections
    if isinstance(error, UnknownNamesError):
        return [Objection(each.pointer, each.message) for each in error.errors]
    return [Objection(error.pointer, error.message)]


def refusal(error: EstimatorError) -> Response:
    """Answer a question that cannot be answered as asked."""
    slug, status, title, _ = kind_of(error)
    errors = [
        {"pointer": each.pointer, "detail": each.detail} | ({"parameter": each.parameter} if each.parameter else {})
        for each in objections_of(error)
    ]
    return problem(status, title, error.message, kind=f"/docs#{slug}", errors=errors)


def stopped(error: TimeBudgetError) -> Response:
    """Answer a question whose work was stopped: its time is over, or no place was free for it."""
    count_stopped(error)
    slug, status, title, _ = kind_of(error)
    retry = [("Retry-After", str(ceil(error.retry_after_seconds)))]
    if wants_page():
        return Response(
            render_template("error.html", title=title, detail=error.message), status, retry, content_type="text/html"
        )
    return problem(status, title, error.message, kind=f"/docs#{slug}", headers=retry)


def wants_page() -> bool:
    """Whether a person's browser asks outside the API."""
    if request.path.startswith("/api"):
        return False
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def http_error(error: HTTPException) -> Response | tuple[str, int]:
    """Answer what HTTP itself refuses."""
    status = error.code or 500
    nowhere = isinstance(error, NotFound) and request.url_rule is None
    detail = _nearest_path() if nowhere else (error.description or error.name)
    if isinstance(error, MethodNotAllowed):
        detail = f"{request.method} is not possible here; possible: {', '.join(sorted(error.valid_methods or ()))}."
    if wants_page():
        return render_template("error.html", title=error.name, detail=detail), status
    return problem(status, error.name, detail, headers=error.get_headers(request.environ))


def _nearest_path() -> str:
    paths = {rule.rule for rule in current_app.url_map.iter_rules() if "<" not in rule.rule}
    near = nearest_names(request.path[:200], paths, at_most=3)
    return f"Nothing stands at {shortened(request.path)}." + (f" Nearest: {', '.join(near)}." if near else "")


def unexpected(error: Exception) -> Response | tuple[str, int]:
    """Answer a fault of ours: it is logged in full and told without detail."""
    log.error("unexpected %s", type(error).__name__, exc_info=error)
    detail = "The fault is ours and has been logged; the X-Request-Id of this answer finds it."
    if wants_page():
        return render_template("error.html", title="Something went wrong", detail=detail), 500
    return problem(500, "Internal Server Error", detail)


def register_problems(app: Flask) -> None:
    """Answer every error of the application as a problem."""
    app.register_error_handler(EstimatorError, refusal)
    app.register_error_handler(TimeBudgetError, stopped)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)
