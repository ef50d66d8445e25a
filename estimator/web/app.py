"""The only place where the parts of the service are joined."""

import logging
import sys
from typing import Any

import orjson
from flask import Flask
from flask.json.provider import JSONProvider

from estimator import __version__
from estimator.price_book import Library, load_price_book
from estimator.web import page
from estimator.web.access import SCHEMES, guard
from estimator.web.api import ENDPOINTS
from estimator.web.book import current_library
from estimator.web.door import Api, answer_json
from estimator.web.form.offers import known_names
from estimator.web.problems import register_problems
from estimator.web.questions.price_list import book_summary
from estimator.web.running import observing
from estimator.web.running.heavy_work import watch_work
from estimator.web.schemas.answers import COMPONENTS
from estimator.web.schemas.json_schema import with_known_names
from estimator.web.settings import Settings
from estimator.web.words.wording import money

API_DESCRIPTION = (
    "Estimate, in money, people-hours, GPU-hours and months, whether to fine-tune a language model or to engineer "
    "a prompt. Amounts are in the currency of the scenario; shares are 0..1; whatever points into a scenario is a "
    "JSON Pointer."
)


class OrjsonProvider(JSONProvider):
    """JSON by orjson: fast, UTF-8, no NaN."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Write JSON."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Read JSON."""
        return orjson.loads(s)


def create_app(settings: Settings, library: Library | None = None) -> Flask:
    """Join settings, price book, endpoints, pages and observation to one application.

    Parameters
    ----------
    settings : how the service runs
    library : the price book; by default the shipped tables and the folders of the settings
    """
    app = Flask("estimator.web")
    app.json = OrjsonProvider(app)
    app.jinja_env.trim_blocks = True
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        MAX_FORM_MEMORY_SIZE=settings.max_body_bytes,
        MAX_JSON_DEPTH=settings.max_json_depth,
        METRICS=settings.metrics,
    )
    library = load_price_book(settings.folders) if library is None else library
    app.extensions["library"] = library
    app.extensions["price_book_version"] = library.book().version
    register_problems(app)
    observing.observe(app)
    guard(app, settings)
    watch_work(app, settings)
    api = Api(
        app,
        COMPONENTS,
        title="tune-or-prompt",
        version=__version__,
        openapi_version="3.1.0",
        info={"description": API_DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
    )
    for endpoints in ENDPOINTS:
        api.register_blueprint(endpoints)
    schemes = SCHEMES if "api_keys" in app.extensions else None
    document = with_known_names(api.document(schemes), known_names(library.book()))
    app.extensions["openapi"] = document
    written = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    app.add_url_rule("/openapi.json", "openapi", lambda: answer_json(orjson.Fragment(written)))
    app.register_blueprint(page.pages)
    app.add_template_filter(money)
    return app


def create_served_app(settings: Settings) -> Flask:
    """Make the application and answer one page, so that what is built once is built before the workers are forked."""
    app = create_app(settings)
    with app.test_request_context("/"):
        page.form()
        book_summary(current_library().book())
    return app


def log_to_stderr(level: str) -> None:
    """Write the log lines to standard error, as they are."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("estimator")
    logger.handlers = [handler]
    logger.setLevel(level.upper())
    logger.propagate = False
