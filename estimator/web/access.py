"""Who may ask: keys where the operator wants them, and a limit of requests for each client."""

import logging
import time
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request

from estimator.errors import ScenarioError
from estimator.web.keys import Key, find_key, read_keys, today
from estimator.web.problems import problem
from estimator.web.process import INNER
from estimator.web.settings import Settings, variable

OPEN = frozenset({"probes.health", "probes.ready", "static"})
"""What answers without a key and without a limit: the probes, and the style and script of the pages."""

SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of estimator keys create."},
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key, in its own header.",
    },
}
"""How a key is sent, in the words of OpenAPI."""

log = logging.getLogger("estimator")


def guard(app: Flask, settings: Settings) -> None:
    """Ask every request for a key, if there are any, and count it against the limit, if there is one.

    Raises
    ------
    ScenarioError : the file of keys or the limit cannot be read
    """
    keys = read_keys(Path(settings.api_keys_file)) if settings.api_keys_file else ()
    if keys:
        app.extensions["api_keys"] = keys
        app.before_request(lambda: refuse_strangers(keys))
    if settings.rate_limit:
        limit_rates(app, settings)


def is_open() -> bool:
    """Tell whether the request needs no key and is not counted: it asks for what is open, or was let in already."""
    return request.endpoint in OPEN or bool(current_app.config.get(INNER))


def refuse_strangers(keys: Sequence[Key]) -> Response | None:
    """Refuse a request without a key, with an unknown one, or with one that has expired."""
    if is_open():
        return None
    secret = sent_key()
    found = find_key(secret, keys)
    if found is None:
        said = "No API key was sent." if not secret else "Nobody knows this API key."
        return _ask_for_key(f"{said} Send one of this service as Authorization: Bearer KEY, or as X-API-Key: KEY.")
    g.client = found.name
    if found.expired(today()):
        detail = f"The API key {found.name} expired on {found.expires_on}. Ask the operator for another one."
        return problem(403, "Forbidden", detail)
    return None


def sent_key() -> str:
    """Return the key of the request: a bearer token, the password of a browser's question, or X-API-Key."""
    sent = request.authorization
    if sent is not None and sent.type == "bearer":
        return sent.token or ""
    if sent is not None and sent.type == "basic":
        return sent.password or ""
    return request.headers.get("X-API-Key", "")


def _ask_for_key(detail: str) -> Response:
    """Answer 401; a browser that opens a page is told to ask its user, who gives the key as the password."""
    answer = problem(401, "Unauthorized", detail)
    by_program = request.path.startswith(("/api", "/metrics", "/openapi.json"))
    answer.headers["WWW-Authenticate"] = 'Bearer realm="estimator"' if by_program else 'Basic realm="estimator"'
    return answer


def client() -> str:
    """Name who asks: by the key, else by the address, as the trusted proxy gives it."""
    return f"The key {g.client}" if "client" in g else f"The address {request.remote_addr}"


def limit_rates(app: Flask, settings: Settings) -> None:
    """Count the requests of each client, and answer 429 beyond the limit.

    Where the storage cannot be reached each worker counts by itself until it can be reached again.

    Raises
    ------
    ScenarioError : the limit or the storage cannot be read, or the libraries are missing
    """
    try:
        from flask_limiter import Limiter, RateLimitExceeded
        from limits import parse_many
        from limits.errors import ConfigurationError
    except ImportError as error:
        raise ScenarioError(
            f"{variable('rate_limit')} needs an extra: pip install 'tune-or-prompt[limits]'."
        ) from error
    try:
        parse_many(settings.rate_limit)
    except ValueError as error:
        raise ScenarioError(
            f"{variable('rate_limit')} is no limit: {settings.rate_limit!r}. Write such as '60 per minute'."
        ) from error
    shared = not settings.rate_limit_storage.startswith("memory://")
    options: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1} if shared else {}
    try:
        limiter = Limiter(
            client,
            app=app,
            application_limits=[settings.rate_limit],
            storage_uri=settings.rate_limit_storage,
            storage_options=options,
            strategy="moving-window",
            in_memory_fallback_enabled=shared,
            key_prefix="estimator",
        )
    except (ConfigurationError, ImportError, ValueError) as error:
        raise ScenarioError(f"{variable('rate_limit_storage')} cannot be used: {error}.") from error
    limiter.request_filter(lambda: is_open() or request.endpoint == "metrics")
    app.register_error_handler(RateLimitExceeded, lambda error: too_many(error.limit.limit, limiter.current_limit))
    app.extensions["rate_limiter"] = limiter
    if not shared:
        log.warning(
            "%s counts in memory: each of %s workers allows %s. Name a Redis server for one limit over all workers.",
            variable("rate_limit"),
            settings.worker_count,
            settings.rate_limit,
        )


def too_many(limit: Any, window: Any) -> Response:
    """Answer 429, and say when to ask again."""
    seconds = max(1, ceil(window.reset_at - time.time())) if window else limit.get_expiry()
    detail = f"{client()} may ask {limit} here. Ask again in {seconds} s."
    return problem(429, "Too Many Requests", detail, headers=[("Retry-After", str(seconds))])
