"""What linkage is given by accident: weights of any size."""

import numpy as np
import pytest
from scipy.sparse import csr_array

import ganglion as gl

X = np.random.default_rng(4).normal(size=(60, 3))


@pytest.mark.parametrize("method", ["ward", "average", "centroid"])
@pytest.mark.parametrize("size", [1e308, 1e90, 1e-90, 1e-320])
def test_weights_of_any_size_give_one_tree(method, size):
    tree = gl.linkage(X, method, sample_weight=np.full(60, size))
    plain = gl.linkage(X, method)
    assert np.array_equal(tree.children, plain.children)
    factor = np.sqrt(size) if method == "ward" else 1.0
    assert np.allclose(tree.heights, factor * plain.heights, rtol=1e-3 if size < 1e-310 else 1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_wards_screen_in_float32_loses_nothing_between_weights_far_apart(seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(40, 2))
    mass = 10.0 ** rng.uniform(-6, 6, size=40)
    tree = gl.linkage(rows, "ward", sample_weight=mass)
    centers, weights, heights = list(rows), list(mass), []
    while len(centers) > 1:  # straight from the definition
        c, w = np.array(centers), np.array(weights)
        square = ((c[:, None] - c[None]) ** 2).sum(axis=-1) * 2 / (1 / w[:, None] + 1 / w[None])
        square[np.tril_indices(len(c))] = np.inf
        i, j = np.unravel_index(np.argmin(square), square.shape)
        heights.append(np.sqrt(square[i, j]))
        centers[i] = (w[i] * c[i] + w[j] * c[j]) / (w[i] + w[j])
        weights[i] = w[i] + w[j]
        del centers[j], weights[j]
    assert np.allclose(tree.heights, np.sort(heights), rtol=1e-9)


@pytest.mark.parametrize("method", ["ward", "average", "centroid", "single"])
def test_weights_too_far_apart_are_refused(method):
    mass = np.ones(60)
    mass[7], mass[9] = 1e-300, 1e300
    with pytest.raises(
        gl.DataError, match=r"factor of 1e\+12; got 1e-300 at row 7 and 1e\+300 at row 9"
    ):
        gl.linkage(X, method, sample_weight=mass)


@pytest.mark.parametrize("sparse", [False, True])
def test_a_graph_that_does_not_know_its_edges_is_refused(sparse):
    graph = np.zeros((60, 60))
    graph[0, 1] = np.nan
    with pytest.raises(gl.DataError, match=r"it holds 1 NaN\. Write 0 for no edge"):
        gl.linkage(X, "ward", connectivity=csr_array(graph) if sparse else graph)


def test_medoids_whose_weighted_distances_leave_float64_are_refused():
    with pytest.raises(
        gl.DataError, match="weighted distances to the medoids must fit into float64"
    ):
        gl.kmedoids(X, 2, sample_weight=np.full(60, 1e308))


def test_a_cut_at_an_integer_beyond_every_float():
    tree = gl.linkage(X)
    assert tree.cut(height=10**400).max() == 0
    assert tree.cut(height=-(10**400)).max() == 59
    with pytest.raises(
        gl.ParameterError, match=r"height must be a finite number of at least 0, or None"
    ):
        gl.divide(X, height=10**400)
