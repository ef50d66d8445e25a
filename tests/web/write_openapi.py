"""Write the kept copy of the OpenAPI document: python -m tests.web.write_openapi."""

from pathlib import Path

import orjson
from flask import Flask

from estimator.web.form.offers import known_names
from estimator.web.schemas.json_schema import with_known_names

KEPT = Path(__file__).with_name("openapi.json")


def document(app: Flask) -> str:
    """Write the document as it is kept: sorted, without the engine's version and the names of the price book."""
    nobody = {sort: [] for sort in known_names(app.extensions["library"].book())}
    found = {**with_known_names(app.extensions["openapi"], nobody)}
    found["info"] = {name: value for name, value in found["info"].items() if name != "version"}
    return orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


if __name__ == "__main__":
    from estimator.web.app import create_app
    from estimator.web.settings import Settings

    KEPT.write_text(document(create_app(Settings())), "utf-8")
