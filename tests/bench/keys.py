"""Whether the time to refuse an API key tells how much of it is right: medians of interleaved runs.

Keys are compared by their hashes, so an attacker who could see the time of a comparison would learn digits of a hash.
Two wrong keys are asked for in turn, in an order drawn anew for each pair, so that whatever else the machine does falls
on both alike: one whose hash shares nothing with the stored one, and one whose hash shares 63 of its 64 digits. A
comparison that stops at the first difference is measured the same way, to show that the method would see it.
"""

import random
import time
from collections.abc import Callable
from hmac import compare_digest
from statistics import median

from estimator.web.keys import Key, find_key, hash_of
from tests.bench.table import Line

PAIRS = 4_000
TIMES = 25
"""Calls that are timed together."""

SECRET = "estimator_a-wrong-key"  # noqa: S105 - it opens nothing
DIGITS = 64


def refused_in_equal_time() -> list[Line]:
    """Compare the times of keys that share 0 and 63 digits."""
    none, nearly_all = ([Key("x", None, sharing(digits))] for digits in (0, DIGITS - 1))
    asked = hash_of(SECRET)
    return [
        Line(
            "a wrong key whose hash shares 63 of 64 digits",
            *times_of(lambda: find_key(SECRET, nearly_all), lambda: find_key(SECRET, none)),
            "0.97 to 1.03 x",
        ),
        Line(
            "the comparison alone",
            *times_of(
                lambda: compare_digest(asked, nearly_all[0].hashed), lambda: compare_digest(asked, none[0].hashed)
            ),
            "0.97 to 1.03 x",
        ),
        Line(
            "a comparison that stops at the first difference, to show that it would be seen",
            *times_of(lambda: stops(asked, nearly_all[0].hashed), lambda: stops(asked, none[0].hashed)),
            "well above 1 x",
        ),
    ]


def sharing(digits: int) -> str:
    """Make the hash of another key: the first digits are those of the wrong key, all others differ."""
    beginning, _, right = hash_of(SECRET).partition(":")
    other = "".join(f"{int(digit, 16) ^ 1:x}" for digit in right[digits:])
    return f"{beginning}:{right[:digits]}{other}"


def stops(one: str, other: str) -> bool:
    """Compare as nobody should."""
    return all(a == b for a, b in zip(one, other, strict=True))


def times_of(work: Callable[[], object], baseline: Callable[[], object]) -> tuple[float, str, str, float]:
    """Return the median microseconds of one call of two works, measured in turn, as a line takes them."""
    taken: dict[Callable[[], object], list[float]] = {work: [], baseline: []}
    draw = random.Random(1)  # noqa: S311 - the order of a measurement
    for _ in range(PAIRS):
        for each in draw.sample([work, baseline], 2):
            start = time.perf_counter_ns()
            for _ in range(TIMES):
                each()
            taken[each].append((time.perf_counter_ns() - start) / TIMES / 1e3)
    return median(taken[work]), "us", "one that shares none", median(taken[baseline])


BENCHES = {"keys": refused_in_equal_time}
