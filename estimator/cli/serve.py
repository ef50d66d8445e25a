"""Serve the form and the API: estimator serve."""

from dataclasses import replace
from typing import Any

import click

from estimator.web.serving.gunicorn import serve
from estimator.web.settings import read_settings


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1, 256), help="Worker processes.")
def command(**given: Any) -> None:
    """Serve the form and the API with gunicorn; every setting is an ESTIMATOR_* variable (estimator settings)."""
    stated = {name: value for name, value in given.items() if value is not None}
    serve(replace(read_settings(), **stated))
