"""Who may ask: keys where the operator wants them, and a limit of requests for each client."""

import logging
import time
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request

from estimator.errors import ScenarioError
from estimator.web.addresses import address_of, client_at, trusted_proxies
from estimator.web.keys import Key, find_key, read_keys, today
from estimator.web.problems import problem
from estimator.web.running.process import INNER
from estimator.web.settings import Settings, variable, without_password

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

NOWHERE = "nowhere"
"""Stands for the endpoint of a request that has none (404, 405), which would not be counted without."""

log = logging.getLogger("estimator")


TRUSTED = "TRUSTED_PROXIES"
"""Setting of the application: the networks whose word about the address of a client is believed."""


def guard(app: Flask, settings: Settings) -> None:
    """Ask every request for a key, if there are any, and count it against the limit, if there is one.

    Raises
    ------
    ScenarioError : the file of keys, the limit or the list of proxies cannot be read
    """
    app.config[TRUSTED] = trusted_proxies(settings.forwarded_allow_ips)
    keys = read_keys(Path(settings.api_keys_file)) if settings.api_keys_file else ()
    if keys:
        app.extensions["api_keys"] = keys
        app.before_request(lambda: recognise(keys))
    if settings.rate_limit:
        limit_rates(app, settings)
    if keys:
        app.before_request(refuse_strangers)  # after the limit, so that who tries keys is counted too


def is_open() -> bool:
    """Tell whether the request needs no key and is not counted: it asks for what is open, or was let in already."""
    return request.endpoint in OPEN or bool(current_app.config.get(INNER))


def recognise(keys: Sequence[Key]) -> None:
    """Find out whose key the request carries."""
    g.key = None
    if not is_open():
        g.key = find_key(sent_key(), keys)
        if g.key is not None:
            g.client = g.key.name


def refuse_strangers() -> Response | None:
    """Refuse a request without a key, with an unknown one, or with one that has expired."""
    key: Key | None = g.key
    if is_open():
        return None
    if key is None:
        said = "Nobody knows this API key." if sent_key() else "No API key was sent."
        return _ask_for_key(f"{said} Send one of this service as Authorization: Bearer KEY, or as X-API-Key: KEY.")
    if key.expired(today()):
        detail = f"The API key {key.name} expired on {key.expires_on}. Ask the operator for another one."
        return problem(403, "Forbidden", detail)
    return None


def is_scrape() -> bool:
    """Tell whether the metrics are asked for, with a key where keys are asked for."""
    return request.endpoint == "metrics" and g.get("key", True) is not None


def sent_key() -> str:
    """Return the key of the request: X-API-Key, else a bearer token or the password of a browser's question."""
    own = request.headers.get("X-API-Key", "")
    sent = request.authorization
    if own:
        return own
    if sent is not None and sent.type == "bearer":
        return sent.token or ""
    if sent is not None and sent.type == "basic":
        return sent.password or ""
    return ""


def _ask_for_key(detail: str) -> Response:
    """Answer 401; a browser that opens a page is told to ask its user, who gives the key as the password."""
    answer = problem(401, "Unauthorized", detail)
    by_program = request.path.startswith(("/api", "/metrics", "/openapi.json"))
    answer.headers["WWW-Authenticate"] = 'Bearer realm="estimator"' if by_program else 'Basic realm="estimator"'
    return answer


def client() -> str:
    """Name who asks: by the key, else by the address, as the trusted proxy gives it."""
    if "client" in g:
        return f"The key {g.client}"
    hops = ",".join(request.headers.getlist("X-Forwarded-For"))
    return f"The address {client_at(address_of(request.remote_addr or '', hops, current_app.config[TRUSTED]))}"


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
            request_identifier=lambda: request.endpoint or NOWHERE,
        )
    except (ConfigurationError, ImportError, ValueError) as error:
        raise ScenarioError(  # without the words of the library, which hold pieces of a password
            f"{variable('rate_limit_storage')} cannot be used: {without_password(settings.rate_limit_storage)!r} "
            f"({type(error).__name__}). Write such as redis://HOST:PORT."
        ) from None
    limiter.request_filter(lambda: is_open() or is_scrape())
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
