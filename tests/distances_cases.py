"""One case for each metric of the catalogue: how to draw items, its oracle, and distances derived by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from oracles import distances as oracle
from oracles import sequences


@dataclass(frozen=True)
class Case:
    """`draw(rng, n)` gives n items; `by_hand` holds (X, Y, distance of the only item of X to the only item of Y)."""

    draw: Callable[[np.random.Generator, int], Any]
    oracle: Callable[..., float]
    by_hand: tuple[tuple[Any, Any, float], ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    metric: Any = None


def vectors(rng, n):
    return rng.normal(size=(n, 5))


def rough_vectors(rng, n):
    """Many equal features, zeros and zero rows: where conventions show."""
    X = rng.integers(-1, 2, size=(n, 4)).astype(float)
    X[rng.random(n) < 0.2] = 0
    return X


def bits(rng, n):
    X = rng.random(size=(n, 70)) < rng.random(size=(n, 1))
    X[rng.random(n) < 0.1] = False
    return X


def words(rng, n):
    letters = np.array(list("abcdé"))
    return ["".join(rng.choice(letters, size=rng.integers(0, 12))) for _ in range(n)]


def series(rng, n):
    return [rng.normal(size=rng.integers(1, 12)) for _ in range(n)]


def places(rng, n):
    return np.column_stack([rng.uniform(-np.pi / 2, np.pi / 2, n), rng.uniform(-np.pi, np.pi, n)])


def triangle(rng, n):
    """Distances between random points of a plane, as somebody may have computed them."""
    X = rng.normal(size=(n, 2))
    return np.array([[oracle.euclidean(x, y) for y in X] for x in X])


TOWNS = ("Oslo", "Rome")
GOWER = {"ranges": {"age": 8.0, "sure": 1.0}, "weights": {"sure": 3.0}}


def tables(rng, n):
    def gap(cells):
        return [
            None if hidden else cell
            for cell, hidden in zip(cells, rng.random(n) < 0.3, strict=True)
        ]

    return {
        "age": [float(age) for age in rng.integers(0, 9, n)],
        "town": gap(rng.choice(TOWNS, n).tolist()),
        "sure": gap((rng.random(n) < 0.5).astype(float).tolist()),
    }


def rows_of(table):
    return list(zip(*table.values(), strict=True))


def gower_rows(x, y):
    """The oracle's arguments: towns by number, gaps as NaN, an inverse range for each column."""
    cells = [
        [math.nan if cell is None else TOWNS.index(cell) if cell in TOWNS else cell for cell in row]
        for row in (x, y)
    ]
    return oracle.gower(*cells, scale=(1 / 8, 0, 1), categorical=(0, 1, 0), weights=(1, 1, 3))


def ones(row):
    """A row of 0 and 1 as the set of its ones."""
    return {at for at, value in enumerate(row) if value}


def jaccard(x, y):
    return oracle.jaccard(ones(x), ones(y))


def dice(x, y):
    return oracle.dice(ones(x), ones(y))


def cubic(x, y):
    return oracle.minkowski(x, y, 3.0)


def length_difference(x, y):
    return abs(len(x) - len(y))


ROOT = math.sqrt(2)
CASES = {
    "euclidean": Case(vectors, oracle.euclidean, (([[0, 3]], [[4, 0]], 5), ([[1]], [[1]], 0))),
    "sqeuclidean": Case(vectors, oracle.sqeuclidean, (([[0, 3]], [[4, 0]], 25),)),
    "manhattan": Case(vectors, oracle.manhattan, (([[0, 3]], [[4, -1]], 8),)),
    "chebyshev": Case(vectors, oracle.chebyshev, (([[0, 3]], [[4, 0]], 4),)),
    "minkowski": Case(vectors, cubic, (([[0, 3]], [[4, 0]], 91 ** (1 / 3)),), {"p": 3.0}),
    # a feature that is 0 in both adds nothing; 1 / 1 + 2 / 4 + 0
    "canberra": Case(
        rough_vectors, oracle.canberra, (([[1, 1, 0]], [[0, 3, 0]], 1.5), ([[0]], [[0]], 0))
    ),
    # sums of 0 everywhere: equal rows 0, opposite rows 1
    "braycurtis": Case(
        rough_vectors,
        oracle.braycurtis,
        (([[1, 2]], [[3, 2]], 0.25), ([[0, 0]], [[0, 0]], 0), ([[1, -2]], [[-1, 2]], 1)),
    ),
    "cosine": Case(
        rough_vectors,
        oracle.cosine,
        (
            ([[1, 0]], [[1, 1]], 1 - 1 / ROOT),
            ([[1, 0]], [[-2, 0]], 2),
            ([[0, 0]], [[0, 0]], 0),
            ([[0, 0]], [[3, 4]], 1),
        ),
    ),
    "correlation": Case(
        rough_vectors,
        oracle.correlation,
        (([[1, 2, 3]], [[6, 4, 2]], 2), ([[5, 5]], [[1, 1]], 0), ([[5, 5]], [[1, 2]], 1)),
    ),
    "hamming": Case(rough_vectors, oracle.hamming, (([[1, 2, 3, 4]], [[1, 0, 3, 5]], 0.5),)),
    "jaccard": Case(
        bits,
        jaccard,
        (
            ([[1, 1, 0]], [[0, 1, 1]], 2 / 3),
            ([{"a", "b"}], [{"b", "c"}], 2 / 3),
            ([set()], [set()], 0),
            ([set()], [{1}], 1),
            ([[0, 0]], [[0, 0]], 0),
        ),
    ),
    "dice": Case(
        bits,
        dice,
        (([{"a", "b"}], [{"b", "c"}], 0.5), ([set()], [set()], 0), ([[0, 0]], [[0, 1]], 1)),
    ),
    "levenshtein": Case(
        words,
        sequences.levenshtein,
        (
            (["kitten"], ["sitting"], 3),
            ([""], [""], 0),
            ([""], ["abc"], 3),
            (["e\u0301"], ["\u00e9"], 0),
        ),
    ),
    # unrestricted: ca -> ac -> abc are two steps, where the restricted form needs three
    "damerau_levenshtein": Case(
        words,
        sequences.damerau_levenshtein,
        ((["ca"], ["abc"], 2), (["ab"], ["ba"], 1), ([""], [""], 0)),
    ),
    # MARTHA, MARHTA: 6 in common, one swap: jaro 17/18; three letters of prefix: 1/18 * 0.7
    "jaro_winkler": Case(
        words,
        sequences.jaro_winkler,
        (
            (["MARTHA"], ["MARHTA"], 0.7 / 18),
            ([""], [""], 0),
            ([""], ["a"], 1),
            (["ab"], ["cd"], 1),
        ),
    ),
    # by hand: (2 / 8 + 1 + nothing) / 2, and (0 + nothing + 3 * 1) / 4
    "gower": Case(
        tables,
        gower_rows,
        (
            (
                {"age": [1.0], "town": ["Rome"], "sure": [None]},
                {"age": [3.0], "town": ["Oslo"], "sure": [1.0]},
                0.625,
            ),
            (
                {"age": [1.0], "town": [None], "sure": [0.0]},
                {"age": [1.0], "town": ["Oslo"], "sure": [1.0]},
                0.75,
            ),
        ),
        GOWER,
    ),
    # 1 1 3 against 1 3 3: the path stretches both ends at no cost
    "dtw": Case(
        series, sequences.dtw, (([[1, 1, 3]], [[1, 3, 3]], 0), ([[0, 0]], [[3]], math.sqrt(18)))
    ),
    # a quarter of the equator; the pole is as far from everywhere on it
    "haversine": Case(
        places,
        oracle.haversine,
        (([[0, 0]], [[0, np.pi / 2]], np.pi / 2), ([[np.pi / 2, 1]], [[0, 2]], np.pi / 2)),
    ),
    "precomputed": Case(triangle, oracle.euclidean, ()),
    "callable": Case(words, length_difference, ((["a"], ["bcd"], 2),), metric=length_difference),
}
