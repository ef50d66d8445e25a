"""Find the address that anyone can open in a free-text remark about a source."""

from __future__ import annotations

import re

NAMED = {
    "azure retail prices api": "https://prices.azure.com/api/retail/prices",
    "litellm": "https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json",
}
"""Sources known by name."""

_REPOSITORY = re.compile(r"\b(?P<repo>[\w-]+/[\w.-]+) (?P<path>[\w./-]+\.(?:csv|md|yml|json|py))")
_ARXIV = re.compile(r"arXiv (\d{4}\.\d{4,5})")
_PAGE = re.compile(r"\b((?:[a-z0-9-]+\.)+(?:com|ai|net|org|co|dev|cloud|io)(?:/[\w./-]*\w)?)")
_ISSUE = re.compile(r"\b(?P<repo>[\w-]+/[\w-]+) issue (?P<number>\d+)")


def addresses(text: str) -> list[str]:
    """Return every address a remark names, in its order, each once.

    Examples
    --------
    >>> addresses("together.ai/pricing as read 2026-09-09 (a public copy)")
    ['https://together.ai/pricing']
    >>> addresses("skypilot-org/skypilot-catalog catalogs/v9/aws/vms.csv @2c3d7ea7")
    ['https://github.com/skypilot-org/skypilot-catalog/blob/HEAD/catalogs/v9/aws/vms.csv']
    >>> addresses("a public copy")
    []
    """
    found: list[str] = []
    for part in text.split(";"):
        lowered = part.lower()
        found += [url for name, url in NAMED.items() if name in lowered]
        issue = _ISSUE.search(part)
        repository = _REPOSITORY.search(part)
        if issue:
            found.append(f"https://github.com/{issue['repo']}/issues/{issue['number']}")
        elif repository:
            found.append(f"https://github.com/{repository['repo']}/blob/HEAD/{repository['path']}")
        else:
            found += [f"https://arxiv.org/abs/{number}" for number in _ARXIV.findall(part)]
            found += [f"https://{page}" for page in _PAGE.findall(part)]
    return list(dict.fromkeys(found))


def level_of(remark: str, urls: list[str]) -> str:
    """Translate a remark on how well a row is supported into our levels.

    Without an address it is unverified, whatever the remark says; 'seen in N places' is verified only if two
    addresses are named.

    Examples
    --------
    >>> level_of("seen_4_places", ["https://a.com", "https://b.com"]), level_of("seen", [])
    ('verified', 'unverified')
    """
    said = remark.lower()
    if not urls or said.startswith("unverified"):
        return "unverified"
    if "conflicting" in said:
        return "conflicting"
    if any(word in said for word in ("second", "old", "range_end", "partly", "derived")):
        return "second-hand"
    several = re.match(r"seen_([2-9])_", said)
    return "verified" if several and len(urls) > 1 else "seen"


def day_of(remark: str) -> str:
    """Return the first day or month named in a remark, as a day; "" if it names none.

    Examples
    --------
    >>> day_of("2025-11 (training)"), day_of("2026-09-09"), day_of("undated page copy")
    ('2025-11-01', '2026-09-09', '')
    """
    match = re.search(r"\d{4}-\d{2}(?:-\d{2})?", remark)
    if match is None:
        return ""
    return match[0] if len(match[0]) == 10 else f"{match[0]}-01"
