"""Smallest spanning trees and single linkage: the definition, laws, by hand, SciPy and fastcluster, the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform

import ganglion as gl
from ganglion import ParameterError, _native
from ganglion._native import core
from ganglion.cluster._linkages import spanning
from ganglion.cluster._linkages.spanning import single_linkage, spanning_tree
from ganglion.distances.items import as_items
from oracles.trees import kruskal

SIZES = (1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65, 300)


def points(n, d, kind, dtype=np.float64):
    """Points of a kind that makes ties, duplicates, or neither."""
    rng = np.random.default_rng(n + 100 * d)
    match kind:
        case "normal":
            X = rng.normal(size=(n, d))
        case "grid":
            X = np.round(2 * rng.normal(size=(n, d)))
        case "equal":
            X = np.full((n, d), 3.5)
        case "apart":
            X = rng.normal(size=(n, d)) + 1000 * rng.integers(0, 3, (n, 1))
        case "line":
            X = np.outer(np.arange(n), np.ones(d))
        case _:
            X = rng.normal(size=(n, d)) * 1e-3 + 1e6
    return X.astype(dtype)


def by_differences(X):
    """Distances (n, n) in float64, summed in the order of the features."""
    X = X.astype(np.float64)
    squares = np.zeros((len(X), len(X)))
    for f in range(X.shape[1]):
        squares += np.subtract.outer(X[:, f], X[:, f]) ** 2
    return np.sqrt(squares)


def test_a_tree_by_hand():
    # On a line at 0, 1, 3, 7: the gaps 1, 2, 4 are the tree.
    edges, weights = spanning_tree(as_items([[7.0], [1.0], [0.0], [3.0]]))
    assert edges.tolist() == [[1, 2], [1, 3], [0, 3]] and weights.tolist() == [1, 2, 4]
    merges = single_linkage(as_items([[7.0], [1.0], [0.0], [3.0]]))
    assert merges.tolist() == [[1, 2, 1, 2], [3, 4, 2, 3], [0, 5, 4, 4]]


def test_of_equal_edges_the_lower_items_come_first():
    # The corners of a square: four sides of length 1, of which three are needed.
    edges, weights = spanning_tree(as_items([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]]))
    assert edges.tolist() == [[0, 2], [0, 3], [1, 2]] and weights.tolist() == [1, 1, 1]
    edges, weights = spanning_tree(as_items(np.zeros((4, 2))))
    assert edges.tolist() == [[0, 1], [0, 2], [0, 3]] and weights.tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["normal", "grid", "equal", "apart", "line", "far"])
@pytest.mark.parametrize("d", [1, 2, 3, 5, 16])
def test_the_tree_of_vectors_is_kruskals(d, kind, dtype):
    for n in SIZES:
        X = points(n, d, kind, dtype)
        edges, weights = spanning_tree(as_items(X))
        expected_edges, expected = kruskal(by_differences(X))
        assert np.array_equal(weights, expected)
        assert np.array_equal(edges, expected_edges)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["normal", "grid", "equal"])
def test_the_tree_of_any_pairs_is_kruskals(kind, dtype):
    for n in (*SIZES, 1000):
        D = squareform(pdist(points(n, 3, kind), "cityblock")).astype(dtype)
        expected_edges, expected = kruskal(D) if n < 1000 else (None, None)
        suffix = "32" if dtype == np.float32 else "64"
        pairs = getattr(core, f"Pairs{suffix}")
        y = np.ascontiguousarray(squareform(D, checks=False))
        found = [spanning_tree(p) for p in (pairs.square(D, True), pairs.condensed(y, n))]
        if n == 1000:
            expected_edges = found[0][0]
            expected = np.sort(hierarchy.linkage(y.astype(np.float64), "single")[:, 2])
        for edges, weights in found:
            assert np.array_equal(weights, expected) and np.array_equal(edges, expected_edges)


@pytest.mark.parametrize("d", [2, 8])
@pytest.mark.parametrize("kind", ["normal", "apart", "far"])
def test_single_linkage_is_that_of_scipy_and_fastcluster(kind, d):
    X = points(2000, d, kind)
    merges = single_linkage(as_items(X))
    theirs = hierarchy.linkage(X, "single")
    # Both take the root of the same sum, which may be added up in another order.
    np.testing.assert_allclose(merges[:, 2], theirs[:, 2], rtol=1e-14)
    np.testing.assert_allclose(hierarchy.cophenet(merges), hierarchy.cophenet(theirs), rtol=1e-14)
    fastcluster = pytest.importorskip("fastcluster")
    np.testing.assert_allclose(
        merges[:, 2], fastcluster.linkage_vector(X, "single")[:, 2], rtol=1e-14
    )


@settings(max_examples=60)
@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_the_heaviest_edge_of_every_cycle_is_left_out(n, seed):
    D = by_differences(np.random.default_rng(seed).integers(0, 9, (n, 2)))
    edges, weights = spanning_tree(core.Pairs64.square(D, True))
    assert np.all(np.diff(weights) >= 0) and np.all(edges[:, 0] < edges[:, 1])
    # The largest step on the way between two items is no larger than any direct step.
    merges = np.empty((n - 1, 4))
    core.spanning_merges(edges, weights, merges)
    assert np.all(hierarchy.cophenet(merges) <= squareform(D, checks=False))


def test_the_tree_does_not_depend_on_the_order_of_the_points():
    X = points(500, 3, "normal")
    order = np.random.default_rng(0).permutation(500)
    edges, weights = spanning_tree(as_items(X))
    moved, same = spanning_tree(as_items(X[order]))
    assert np.array_equal(weights, same)
    assert {frozenset(e) for e in edges.tolist()} == {frozenset(e) for e in order[moved].tolist()}


@pytest.mark.parametrize("scale", [2.0**-600, 2.0**-100, 2.0**700, 2.0**1000])
def test_squares_that_no_number_can_hold_do_no_harm(scale):
    X = points(200, 3, "normal")
    edges, weights = spanning_tree(as_items(X))
    moved, scaled = spanning._tree_of_vectors(X * scale, squared=False)
    assert np.array_equal(moved, edges) and np.array_equal(scaled, weights * scale)


def test_squared_distances_have_the_same_tree():
    X = points(300, 2, "normal")
    edges, weights = spanning_tree(as_items(X))
    same, squared = spanning_tree(as_items(X, "sqeuclidean"))
    assert np.array_equal(edges, same)
    np.testing.assert_allclose(np.sqrt(squared), weights, rtol=1e-15)


def test_distances_between_two_collections_are_refused():
    with pytest.raises(ParameterError, match="within one collection; got those between two"):
        spanning_tree(core.Pairs64.square(np.ones((2, 3)), False))


def everything():
    """Trees, orders and correlations by which bits are compared."""
    out = []
    for d, kind in (
        (1, "grid"),
        (2, "normal"),
        (3, "apart"),
        (8, "normal"),
        (30, "normal"),
        (70, "apart"),
    ):
        items = as_items(points(3000, d, kind))
        edges, weights = spanning_tree(items)
        out += [edges.tobytes(), weights.tobytes(), single_linkage(items).tobytes()]
    X = points(400, 3, "normal")
    tree = gl.cluster.Tree(merges=hierarchy.linkage(X, "average"), items=as_items(X))
    out += [tree.leaf_order(True).tobytes(), tree.cophenetic().tobytes()]
    out += [tree.cophenetic_correlation(), tree.inconsistency(3).tobytes()]
    return out


@pytest.fixture(scope="module")
def expected():
    before = gl.get_num_threads()
    gl.set_num_threads(1)
    try:
        return everything()
    finally:
        gl.set_num_threads(before)


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_the_same_bits_with_any_number_of_threads(threads, expected):
    before = gl.get_num_threads()
    gl.set_num_threads(threads)
    try:
        assert everything() == expected
    finally:
        gl.set_num_threads(before)


@pytest.mark.parametrize("isa", _native.available_isas())
def test_the_same_bits_on_every_instruction_set(isa, expected):
    before = _native.isa()
    _native.use_isa(isa)
    try:
        assert everything() == expected
    finally:
        _native.use_isa(before)
