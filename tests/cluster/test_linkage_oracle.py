"""Agglomerative clustering against the definitions, in every phase, with ties to the lowest item."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.cluster._linkages.agglomeration import Phases, agglomerate
from ganglion.cluster._linkages.ward import ward
from ganglion.distances import as_items
from oracles.linkage import METHODS, lance_williams, tree_of
from oracles.linkage_cases import WITHOUT_TIES, cophenetic, data_sets, grid

SIZES = (1, 2, 3, 7, 8, 9, 15, 16, 17, 40)


def distances(X):
    return np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=-1))


def merges_of(pairs, heights, n):
    from ganglion._native import core

    rows = np.empty((n - 1, 4))
    core.write_merges(pairs, heights, n, True, rows)
    return rows


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("method", METHODS)
def test_the_tree_is_the_one_of_the_definition(method, n):
    rng = np.random.default_rng(n)
    for dtype in (np.float64, np.float32):
        X = rng.normal(size=(n, 3)).astype(dtype)
        expected, prototypes = tree_of(distances(X.astype(np.float64)), method)
        tree = gl.linkage(X, method)
        np.testing.assert_allclose(tree.merges, expected, rtol=1e-12, atol=1e-12)
        if method == "minimax":
            assert tree.prototypes.tolist() == prototypes.tolist()
        else:
            assert tree.prototypes is None


@pytest.mark.parametrize("method", [m for m in METHODS if m != "minimax"])
def test_the_formula_of_lance_and_williams_gives_the_same_tree(method):
    for _, X in data_sets(WITHOUT_TIES[:2], 14, 3):
        if len(X) > 64:
            continue
        expected = lance_williams(distances(X), method)
        np.testing.assert_allclose(
            gl.linkage(X, method).heights, expected[:, 2], rtol=1e-10, atol=1e-10
        )


@pytest.mark.parametrize("method", ["centroid", "median", "ward"])
def test_weights_count_as_equal_samples_also_by_definition(method):
    rng = np.random.default_rng(1)
    X, w = rng.normal(size=(20, 2)), rng.random(20) + 0.1
    expected = tree_of(distances(X), method, None if method == "median" else w)[0]
    found = gl.linkage(X, method, sample_weight=w).merges
    np.testing.assert_allclose(found, expected, rtol=1e-11)


PHASES = {
    "matrix, contracted": lambda n: Phases(np.inf),
    "matrix, chain": lambda n: Phases(np.inf, contract=False),
    "one round, contracted": lambda n: Phases(8 * n * n - 1),
    "some rounds, chain": lambda n: Phases(3 * n * n, contract=False),
    "some rounds, contracted": lambda n: Phases(3 * n * n),
    "rounds as long as they pay": lambda n: Phases(1),
}


@pytest.mark.parametrize("phases", PHASES, ids=lambda p: p.replace(" ", "-"))
@pytest.mark.parametrize("method", ["complete", "average", "weighted"])
def test_every_phase_finds_the_same_tree(method, phases):
    for name, X in data_sets(WITHOUT_TIES, 40, 5):
        n = len(X)
        if n == 1:
            continue
        expected = gl.linkage(X, method)
        found = agglomerate(as_items(X), method, None, phases=PHASES[phases](n))
        merges = merges_of(*found, n)
        scale = expected.heights[-1]
        np.testing.assert_allclose(merges[:, 2] / scale, expected.heights / scale, atol=1e-13)
        np.testing.assert_allclose(
            cophenetic(merges) / scale,
            cophenetic(expected.merges) / scale,
            atol=1e-13,
            err_msg=name,
        )


@pytest.mark.parametrize("phases", PHASES, ids=lambda p: p.replace(" ", "-"))
@pytest.mark.parametrize("method", ["complete", "average", "weighted"])
def test_ties_go_to_the_lowest_items_in_every_phase(method, phases):
    rng = np.random.default_rng(7)
    for n in (2, 3, 8, 9, 17, 30):
        X = grid(rng, n, 2)
        D = np.abs(X[:, None] - X[None]).sum(axis=-1)
        expected = tree_of(D, method)[0]
        items = as_items(X, "manhattan")
        found = agglomerate(items, method, None, phases=PHASES[phases](n))
        assert merges_of(*found, n).tolist() == expected.tolist()
        assert gl.linkage(D, method, "precomputed").merges.tolist() == expected.tolist()
        assert gl.linkage(X, method, "manhattan").merges.tolist() == expected.tolist()


@pytest.mark.parametrize("rounds", [0, 1, 3, None])
def test_ward_is_the_same_in_rounds_and_in_a_chain(rounds):
    for name, X in data_sets(WITHOUT_TIES, 40, 9):
        n = len(X)
        if n == 1:
            continue
        expected = gl.linkage(X, "ward")
        merges = merges_of(*ward(X, None, most_rounds=rounds), n)
        scale = expected.heights[-1]
        np.testing.assert_allclose(
            cophenetic(merges) / scale,
            cophenetic(expected.merges) / scale,
            atol=1e-12,
            err_msg=name,
        )


def test_a_thousand_items_by_hand_of_the_formula_for_every_method():
    X = np.random.default_rng(0).normal(size=(1000, 4))
    for method in ("complete", "average", "ward"):
        tree = gl.linkage(X, method)
        assert tree.is_monotone and tree.sizes[-1] == 1000
        # The root's height from its two parts.
        labels = tree.cut(n_clusters=2)
        A, B = X[labels == 0], X[labels == 1]
        between = np.sqrt(((A[:, None] - B[None]) ** 2).sum(axis=-1))
        a, b = len(A), len(B)
        expected = {
            "complete": between.max(),
            "average": between.mean(),
            "ward": np.sqrt(2 * a * b / (a + b)) * np.linalg.norm(A.mean(axis=0) - B.mean(axis=0)),
        }
        assert tree.heights[-1] == pytest.approx(expected[method], rel=1e-12)
