"""Distances between texts and between series, from their recurrences."""

import math
from itertools import product


def levenshtein(x, y, normalized=False):
    row = list(range(len(y) + 1))
    for i, a in enumerate(x, start=1):
        previous, row = row, [i]
        for j, b in enumerate(y, start=1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (a != b)))
    return row[-1] / max(len(x), len(y), 1) if normalized else row[-1]


def damerau_levenshtein(x, y, normalized=False):
    """Unrestricted: a swapped pair may be edited again (Lowrance and Wagner 1975), by the recurrence over all swaps."""
    cost = {}
    for i, j in product(range(len(x) + 1), range(len(y) + 1)):
        if not i or not j:
            cost[i, j] = i + j
            continue
        best = min(
            cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (x[i - 1] != y[j - 1])
        )
        for k, m in product(range(1, i), range(1, j)):
            if x[k - 1] == y[j - 1] and x[i - 1] == y[m - 1]:
                best = min(best, cost[k - 1, m - 1] + (i - k - 1) + 1 + (j - m - 1))
        cost[i, j] = best
    found = cost[len(x), len(y)]
    return found / max(len(x), len(y), 1) if normalized else found


def jaro_winkler(x, y, prefix_weight=0.1):
    if not x and not y:
        return 0.0
    reach = max(0, max(len(x), len(y)) // 2 - 1)
    taken, mine = [False] * len(y), []
    for i, a in enumerate(x):
        for j in range(max(0, i - reach), min(len(y), i + reach + 1)):
            if not taken[j] and y[j] == a:
                taken[j] = True
                mine.append(a)
                break
    if not mine:
        return 1.0
    theirs = [b for b, was in zip(y, taken, strict=True) if was]
    swaps = sum(a != b for a, b in zip(mine, theirs, strict=True)) // 2
    m = len(mine)
    jaro = (m / len(x) + m / len(y) + (m - swaps) / m) / 3
    prefix = 0
    while prefix < min(4, len(x), len(y)) and x[prefix] == y[prefix]:
        prefix += 1
    return 1 - (jaro + prefix * prefix_weight * (1 - jaro) if jaro > 0.7 else jaro)


def dtw(x, y, band=None, step="squared"):
    """The cheapest path of steps right, down and both; x and y are lists of numbers."""
    width = max(len(x), len(y)) if band is None else max(band, abs(len(x) - len(y)))
    cost = {(-1, -1): 0.0}
    for i, j in product(range(len(x)), range(len(y))):
        if abs(i - j) > width:
            continue
        apart = abs(float(x[i]) - float(y[j]))
        before = min(cost.get(at, math.inf) for at in ((i - 1, j), (i, j - 1), (i - 1, j - 1)))
        cost[i, j] = before + (apart**2 if step == "squared" else apart)
    found = cost[len(x) - 1, len(y) - 1]
    return math.sqrt(found) if step == "squared" else found
