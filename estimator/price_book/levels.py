"""How well a price is supported, and which prices the estimator may choose by itself: one rule, in one place."""

LEVELS: dict[str, str] = {
    "verified": "two sources that do not copy each other give the same number",
    "own": "a price of the operator or of the request: it needs no second opinion",
    "seen": "read at an address that anyone can open, by one reader",
    "assumed": "a stated assumption of the model, with its derivation; shown as an assumption in every answer",
    "second-hand": "quoted by somebody else from a page that is named, old, or an estimate of its source",
    "conflicting": "sources disagree and the disagreement is not resolved",
    "unverified": "no address that anyone can open",
}
"""Every level, best first, and what it promises."""

AGREEMENT = 1e-3
"""Two sources agree when their numbers differ by less than this share: prices are printed with three digits."""

RAISED = frozenset({"seen", "second-hand"})
"""The levels that a second source raises to verified when it agrees."""

DEFAULT_LEVELS = frozenset({"verified", "own", "seen", "assumed"})
"""The levels whose rows the estimator may choose by itself; the other rows answer only when they are asked for."""


def may_be_default(verification: str) -> bool:
    """Say whether a row of this level may be chosen without the caller naming it.

    Examples
    --------
    >>> may_be_default("seen"), may_be_default("unverified")
    (True, False)
    """
    return verification in DEFAULT_LEVELS


def rank(verification: str) -> int:
    """Return the place of a level in the list, 0 for the best.

    Examples
    --------
    >>> rank("verified") < rank("second-hand")
    True
    """
    return list(LEVELS).index(verification)
