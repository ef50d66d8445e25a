"""Random damage against the readers of scenarios: python -m tests.web.fuzz."""

import json
import os
import random

from estimator.web.documents import UnreadableError, read_json, read_yaml
from estimator.web.schemas.estimates import EXAMPLE
from estimator.web.schemas.objections import InvalidRequestError
from estimator.web.schemas.scenario import read_scenario

DOCUMENTS = int(os.environ.get("FUZZ_DOCUMENTS", "200000"))
PIECES = [*"{}[]:,-#\n'", '"', "1e9", "null", "true", "\\u00e9", "\\ud800", "&a", "*a", "!!x"]


def fuzz_readers(count: int, seed: int = 0) -> None:
    """Overwrite random places of a legal document with random pieces; nothing but a refusal may come out."""
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    text = json.dumps(EXAMPLE)
    refused = 0
    for _ in range(count):
        start = chance.randrange(len(text))
        piece = "".join(chance.choices(PIECES, k=chance.randint(0, 4)))
        broken = text[:start] + piece + text[start + chance.randint(0, 30) :]
        for read, sent in ((read_json, broken.encode()), (read_yaml, broken)):
            try:
                read_scenario(read(sent))  # type: ignore[operator] # each reader gets its own sort
            except (UnreadableError, InvalidRequestError):
                refused += 1
    print(f"readers: {2 * count} documents, {refused} refused, no other exception")  # noqa: T201 - told to the person who runs it


if __name__ == "__main__":
    fuzz_readers(DOCUMENTS)
