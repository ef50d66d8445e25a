"""A training job that was sized before is not sized again, and the figures stay the same to the last digit."""

from copy import deepcopy
from typing import Any

import orjson
import pytest

from estimator.answer import answer
from estimator.approaches import tuning
from estimator.estimate import estimate
from estimator.presets import presets
from estimator.price_book import Library
from estimator.web.schemas.scenario import read_scenario


def written(document: dict[str, Any], library: Library) -> bytes:
    return orjson.dumps(answer(estimate(read_scenario(document), library)))


@pytest.mark.parametrize("gpus", [None, 1, 2, 1.0])
def test_answers_do_not_depend_on_what_was_asked_before(library: Library, gpus: float | None) -> None:
    document = deepcopy(dict(presets()["review-sentiment"].scenario))
    document["approaches"]["tuned 8B on own replicas"]["training"] |= {"gpus": gpus, "sharding": "zero3"}
    tuning._remembered.cache_clear()
    fresh = written(document, library)
    held = tuning._remembered.cache_info().misses
    assert written(document, library) == fresh
    assert tuning._remembered.cache_info().misses == held > 0
    document["approaches"]["tuned 8B on own replicas"]["training"]["gpus"] = 4
    other = written(document, library)
    assert other != fresh


def test_little_is_kept() -> None:
    assert tuning._remembered.cache_info().maxsize == 256
