"""Distances between two items, term by term in Python, from their definitions.

The numbers keep their type (float32 or float64), every operation is rounded once, a square together with the sum that
it is added to, and sums run in feature order: what the kernels promise, so that results can be compared to the bit.
Powers, sines and the like are the C library's.

Gower, J. C. "A general coefficient of similarity and some of its properties", 1971, doi:10.2307/2528823.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np


def total(terms, kind):
    """The terms added one after the other."""
    sum_ = kind(0)
    for term in terms:
        sum_ = kind(sum_ + term)
    return sum_


def rounded(exact, kind):
    """The nearest number of the type to a fraction, the one with an even last bit where two are equally near."""
    near = kind(float(exact))
    around = (np.nextafter(near, kind(-np.inf)), near, np.nextafter(near, kind(np.inf)))
    whole = np.uint32 if kind is np.float32 else np.uint64
    return min(
        around, key=lambda v: (abs(Fraction(float(v)) - exact), int(np.asarray(v).view(whole)) & 1)
    )


def sqeuclidean(x, y):
    kind = x.dtype.type
    sum_ = kind(0)
    for a, b in zip(x, y, strict=True):
        sum_ = rounded(Fraction(float(a - b)) ** 2 + Fraction(float(sum_)), kind)
    return sum_


def euclidean(x, y):
    return np.sqrt(sqeuclidean(x, y))


def manhattan(x, y):
    return total((abs(a - b) for a, b in zip(x, y, strict=True)), x.dtype.type)


def chebyshev(x, y):
    return max((abs(a - b) for a, b in zip(x, y, strict=True)), default=x.dtype.type(0))


def minkowski(x, y, p):
    """(sum |x - y|^p)^(1/p) in float64."""
    return math.fsum(abs(float(a) - float(b)) ** p for a, b in zip(x, y, strict=True)) ** (1 / p)


def canberra(x, y):
    """0 / 0 is 0."""
    pairs = zip(x, y, strict=True)
    return total(
        (abs(a - b) / (abs(a) + abs(b)) for a, b in pairs if abs(a) + abs(b) > 0), x.dtype.type
    )


def braycurtis(x, y):
    """Where the sum below is 0: 0 for equal items, else 1."""
    kind = x.dtype.type
    apart = manhattan(x, y)
    together = total((abs(a + b) for a, b in zip(x, y, strict=True)), kind)
    return kind(apart > 0) if together == 0 else apart / together


def hamming(x, y):
    kind = x.dtype.type
    return total((kind(a != b) for a, b in zip(x, y, strict=True)), kind) / kind(max(1, len(x)))


def cosine(x, y):
    """1 - x.y / (|x| |y|) in float64; two zero vectors are 0 apart, a zero vector and another 1."""
    x, y = [float(a) for a in x], [float(b) for b in y]
    if not any(x) or not any(y):
        return float(any(x) != any(y))
    product = math.fsum(a * b for a, b in zip(x, y, strict=True))
    return 1 - product / math.sqrt(math.fsum(a * a for a in x) * math.fsum(b * b for b in y))


def correlation(x, y):
    """The cosine of what is left of the rows when their means are taken away."""
    return cosine(
        *(np.asarray(row, np.float64) - math.fsum(row) / max(1, len(row)) for row in (x, y))
    )


def haversine(x, y, radius=1.0):
    across = math.cos(x[0]) * math.cos(y[0]) * math.sin((x[1] - y[1]) / 2) ** 2
    return 2 * radius * math.asin(min(1.0, math.sqrt(math.sin((x[0] - y[0]) / 2) ** 2 + across)))


def gower(x, y, scale, categorical, weights):
    """Over the columns that both have; two items that share none are 1 apart."""
    shared = [f for f in range(len(x)) if not (math.isnan(x[f]) or math.isnan(y[f]))]
    weight = math.fsum(weights[f] for f in shared)
    if weight == 0:
        return 1.0
    terms = (
        weights[f]
        * (float(x[f] != y[f]) if categorical[f] else abs(float(x[f]) - float(y[f])) * scale[f])
        for f in shared
    )
    return math.fsum(terms) / weight


def jaccard(x, y):
    """Of two sets; two empty ones are 0 apart."""
    return len(x ^ y) / len(x | y) if x or y else 0.0


def dice(x, y):
    """Of two sets; two empty ones are 0 apart."""
    return len(x ^ y) / (len(x) + len(y)) if x or y else 0.0


EXACT = {
    "euclidean": euclidean,
    "sqeuclidean": sqeuclidean,
    "manhattan": manhattan,
    "chebyshev": chebyshev,
    "canberra": canberra,
    "braycurtis": braycurtis,
    "hamming": hamming,
}
"""Compared to the bit; cosine and correlation are computed in another way, and within a bound."""


def matrix(distance, X, Y):
    """(n, m) of the distances between the items of two collections."""
    out = np.empty((len(X), len(Y)))
    for i, x in enumerate(X):
        for j, y in enumerate(Y):
            out[i, j] = distance(x, y)
    return out
