"""Distances between texts, sets and series, written as their definitions are."""

import itertools
import math

import numpy as np


def levenshtein(x, y):
    """Wagner and Fischer's table (1974)."""
    table = np.zeros((len(x) + 1, len(y) + 1), dtype=int)
    table[:, 0], table[0] = range(len(x) + 1), range(len(y) + 1)
    for i, a in enumerate(x, start=1):
        for j, b in enumerate(y, start=1):
            table[i, j] = min(
                table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a != b)
            )
    return int(table[-1, -1])


def damerau_levenshtein(x, y):
    """Lowrance and Wagner's table (1975): every earlier place of a swap is tried."""
    table = {(i, 0): i for i in range(len(x) + 1)} | {(0, j): j for j in range(len(y) + 1)}
    for i in range(1, len(x) + 1):
        for j in range(1, len(y) + 1):
            best = min(
                table[i - 1, j] + 1,
                table[i, j - 1] + 1,
                table[i - 1, j - 1] + (x[i - 1] != y[j - 1]),
            )
            for k, m in itertools.product(range(1, i), range(1, j)):
                if x[k - 1] == y[j - 1] and x[i - 1] == y[m - 1]:
                    between = (i - k - 1) + 1 + (j - m - 1)
                    best = min(best, table[k - 1, m - 1] + between)
            table[i, j] = best
    return table[len(x), len(y)]


def jaro_winkler(x, y, prefix_weight=0.1):
    """One less Winkler's similarity (1990) on top of Jaro's (1989)."""
    if not x or not y:
        return 0.0 if x == y else 1.0
    window = max(0, max(len(x), len(y)) // 2 - 1)
    taken, mine = set(), []
    for i, a in enumerate(x):
        for j in range(max(0, i - window), min(len(y), i + window + 1)):
            if j not in taken and y[j] == a:
                taken.add(j)
                mine.append(a)
                break
    if not mine:
        return 1.0
    common = len(mine)
    moved = sum(a != y[j] for a, j in zip(mine, sorted(taken), strict=True)) // 2
    jaro = (common / len(x) + common / len(y) + (common - moved) / common) / 3
    prefix = 0
    while prefix < min(4, len(x), len(y)) and x[prefix] == y[prefix]:
        prefix += 1
    return 1 - (jaro + prefix * prefix_weight * (1 - jaro) if jaro > 0.7 else jaro)


def jaccard(x, y):
    """One less the share of the elements of either that are in both."""
    return 1 - len(x & y) / len(x | y) if x | y else 0.0


def dice(x, y):
    """One less twice the common elements over the sum of the sizes."""
    return 1 - 2 * len(x & y) / (len(x) + len(y)) if x or y else 0.0


def dtw(x, y, band=None, step="squared"):
    """Sakoe and Chiba's recursion (1978) on series (length, channels); steps beside the diagonal are limited."""
    n, m = len(x), len(y)
    widest = max(n, m) if band is None else max(band, abs(n - m))
    table = np.full((n + 1, m + 1), math.inf)
    table[0, 0] = 0
    for i in range(n):
        for j in range(max(0, i - widest), min(m, i + widest + 1)):
            gap = np.abs(np.asarray(x[i], dtype=float) - np.asarray(y[j], dtype=float))
            cost = np.sum(gap) if step == "absolute" else np.sum(gap * gap)
            table[i + 1, j + 1] = cost + min(table[i, j], table[i, j + 1], table[i + 1, j])
    return float(table[n, m] if step == "absolute" else math.sqrt(table[n, m]))
