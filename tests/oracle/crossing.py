"""Where two exact curves cross: model section 9.1."""

from fractions import Fraction

TOLERANCE = Fraction(1, 10**9)


def sequence(candidate, baseline):
    """D at 0+, 1-, 1+, 2-, 2+, ... and the amount below which it counts as none."""
    (before_a, after_a), (before_b, after_b) = candidate, baseline
    gaps = [after_a[0] - after_b[0]]
    for month in range(1, len(after_a)):
        gaps += [before_a[month] - before_b[month], after_a[month] - after_b[month]]
    scale = max(abs(c) for curve in (*candidate, *baseline) for c in curve)
    return gaps, TOLERANCE * scale


def signs(gaps, zero):
    raw = [0 if abs(gap) <= zero else (1 if gap > 0 else -1) for gap in gaps]
    current = next((sign for sign in raw if sign), 0)
    found = []
    for sign in raw:
        current = sign or current
        found.append(current)
    return found


def crossings(gaps, zero):
    """Month, direction and kind of every crossing."""
    sign, found = signs(gaps, zero), []
    for place in range(1, len(gaps)):
        if sign[place] == sign[place - 1]:
            continue
        direction = "down" if sign[place] < 0 else "up"
        month = (place + 1) // 2
        if place % 2:
            start, end = gaps[place - 1], gaps[place]
            part = min(max(start / (start - end), Fraction(0)), Fraction(1))
            found.append((month - 1 + part, direction, "linear"))
        else:
            found.append((Fraction(month), direction, "jump"))
    return sign[0], found


def summary(gaps, zero):
    """Status, first and sustained break-even."""
    initial, found = crossings(gaps, zero)
    downs = [month for month, direction, _ in found if direction == "down"]
    ups = len(found) - len(downs)
    if initial == 0:
        return "tie", None, None, found
    status = "multiple"
    if not found:
        status = "immediate" if initial < 0 else "never"
    elif initial > 0 and len(downs) == 1 and not ups:
        status = "once"
    elif initial < 0 and ups == 1 and not downs:
        status = "lost"
    first = Fraction(0) if initial < 0 else (downs[0] if downs else None)
    last = signs(gaps, zero)[-1]
    sustained = (downs[-1] if downs else Fraction(0)) if last < 0 else None
    return status, first, sustained, found
