"""GET /api/v1/verification: published and hand-worked cases, run live."""

from flask import Response

from estimator.verification import as_document, verify
from estimator.web.book import current_library
from estimator.web.door import Endpoints, answer_json

endpoints = Endpoints("verification", "Published and hand-worked cases, computed while you wait.")


@endpoints.endpoint("/verification", "GET", "verifyEngine", answers="Verification")
def verify_engine() -> Response:
    """Compute every case: what is expected beside what comes out."""
    return answer_json(as_document(verify(current_library())))
