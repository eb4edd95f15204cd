"""The gate: a collection and a metric become items, or an error that says where and what to do."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.distances import as_items


def distances(n, seed=0):
    X = np.random.default_rng(seed).normal(size=(n, 3))
    return np.sqrt(((X[:, None] - X) ** 2).sum(axis=2))


def test_parts_of_a_matrix_keep_the_distances_to_the_whole():
    D = distances(7)
    for given in (D, D[np.triu_indices(7, 1)]):
        items = as_items(given, "precomputed")
        some = items.take([4, 1])
        assert (items.n, some.n) == (7, 2)
        assert (some.pairs(items).n, some.pairs(items).m, items.pairs().symmetric) == (2, 7, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda D: D - 1, r"must not be negative; X\[0, 0\] is -1\. .* as 1 - similarity"),
        (lambda D: D + np.eye(7), r"at distance 0 from itself; X\[0, 0\] is 1\."),
        (np.triu, r"must be symmetric; X\[0, 1\] is 0\.49.* and X\[1, 0\] is 0\."),
        (lambda D: D[:3], r"square matrix of distances; X has shape \(3, 7\)"),
        (lambda D: np.where(D > 2, np.nan, D), r"must not be NaN; X\[0, 2\] is nan"),
        (lambda D: np.where(D > 2, np.inf, D), r"must be finite; X\[0, 2\] is inf"),
        (lambda D: D[0], r"has 7, which fits no n"),
    ],
)
def test_a_matrix_that_holds_no_distances_is_refused_with_the_place(change, words):
    with pytest.raises(gl.DataError, match=words):
        as_items(change(distances(7)), "precomputed")


def test_what_differs_by_rounding_alone_becomes_symmetric():
    D = distances(9) * (1 + 1e-15 * np.random.default_rng(1).normal(size=(9, 9)))
    D[0, 0] = 1e-12
    assert as_items(D, "precomputed").content.values[0, 0] == 0
    assert (
        as_items(D, "precomputed").content.values == as_items(D, "precomputed").content.values.T
    ).all()
