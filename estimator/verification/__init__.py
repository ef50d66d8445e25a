"""Published and hand-worked cases, run live: what the estimator gives beside what it should."""

from estimator.verification.checking import CaseResult, as_document, verify

__all__ = ["CaseResult", "as_document", "verify"]
