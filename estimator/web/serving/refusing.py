"""What a worker answers without asking the application: what is no HTTP, too large, too late or too much.

The answer has the form and the headers of any other refusal, one line in the log, which never holds what was sent, and
a place in the metrics.
"""

import logging
import time
from http import HTTPStatus
from typing import Any

import orjson
from gunicorn.http import errors
from gunicorn.util import http_date

from estimator.web.problems import problem
from estimator.web.running import metrics
from estimator.web.running.observing import ALWAYS
from estimator.web.running.process import INNER

REFUSED = "refused"
"""Stands for the endpoint in the log and the metrics."""

DETAILS = {
    400: "This is not a request as HTTP wants it written.",
    403: "This proxy is not trusted.",
    408: "The request did not arrive in time.",
    413: "The body is larger than the service takes. Ask in parts.",
    414: "The address of the request is too long. Send the scenario in a body.",
    417: "Nothing but 100-continue can be expected here.",
    431: "The header of the request is too large.",
    500: "The fault is ours and has been logged; the X-Request-Id of this answer finds it.",
    501: "This transfer encoding is not understood. Send the body as it is, or in chunks.",
    503: "Too many requests wait already. Ask again in a moment.",
}
STATUSES: dict[type[Exception], int] = {
    errors.InvalidResponseHeader: 500,
    errors.InvalidResponseHeaderName: 500,
    errors.ConfigurationProblem: 500,
    errors.ForbiddenProxyRequest: 403,
    errors.LimitRequestLine: 414,
    errors.ExpectationFailed: 417,
    errors.LimitRequestHeaders: 431,
    errors.UnsupportedTransferCoding: 501,
    errors.ParseException: 400,
    Exception: 500,
}
"""What gunicorn's parser found, and how it is answered: the nearest parent holds."""

log = logging.getLogger("estimator.requests")


def status_of(error: BaseException) -> int:
    """Find the status that answers an error outside the application."""
    return next((STATUSES[each] for each in type(error).__mro__ if each in STATUSES), 500)


def refusal(status: int, price_book_version: str, request_id: str) -> bytes:
    """Write the whole answer.

    Parameters
    ----------
    status : of HTTP, one of DETAILS
    """
    phrase = HTTPStatus(status).phrase
    headers = [
        ("Connection", "close"),
        ("Date", http_date()),
        ("Price-Book-Version", price_book_version),
        ("X-Request-Id", request_id),
        *([("Retry-After", "1")] if status == 503 else []),
        *ALWAYS,
    ]
    answer = problem(status, phrase, DETAILS[status], headers=headers)
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in answer.headers), "", ""]
    return "\r\n".join(lines).encode("latin-1") + answer.get_data()


def refuse(app: Any, status: int, received: int, request_id: str) -> bytes:
    """Write an answer, count it and log it.

    Parameters
    ----------
    app : the application, for the version of its price book
    received : bytes that had come
    """
    answer = refusal(status, app.extensions["price_book_version"], request_id)
    if app.config.get(INNER):
        return answer  # whoever passes it on counts and logs it
    metrics.count_request(REFUSED, "other", status, 0.0, received, len(answer))
    if log.isEnabledFor(logging.INFO):
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "request_id": request_id,
            "trace_id": None,
            "span_id": None,
            "client": None,
            "method": "other",
            "endpoint": REFUSED,
            "path": None,
            "status": status,
            "milliseconds": 0.0,
            "received_bytes": received,
            "bytes": len(answer),
        }
        log.info(orjson.dumps(line).decode())
    return answer
