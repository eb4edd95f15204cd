"""300 data sets against SciPy and fastcluster, and structured clustering against scikit-learn."""

import warnings

import numpy as np
import pytest
import scipy.cluster.hierarchy as hierarchy
from scipy.spatial.distance import pdist, squareform

import ganglion as gl
from oracles.linkage_cases import WITH_TIES, WITHOUT_TIES, cophenetic, data_sets

SHARED = ("single", "complete", "average", "weighted", "centroid", "median", "ward")


def agree(found, expected, scale, name):
    """Heights and cophenetic distances, relative to the largest distance."""
    np.testing.assert_allclose(
        np.sort(found[:, 2]) / scale, np.sort(expected[:, 2]) / scale, atol=1e-10, err_msg=name
    )
    np.testing.assert_allclose(
        cophenetic(found) / scale, cophenetic(expected) / scale, atol=1e-10, err_msg=name
    )


@pytest.mark.parametrize("number", [100, pytest.param(300, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("method", SHARED)
def test_hundreds_of_data_sets_have_the_trees_of_scipy(method, number):
    for name, X in data_sets(WITHOUT_TIES, number, 11):
        if len(X) == 1:
            assert gl.linkage(X, method).merges.shape == (0, 4)
            continue
        D = pdist(X)
        expected = hierarchy.linkage(D, method)
        agree(gl.linkage(X, method).merges, expected, D.max(), name)
        agree(gl.linkage(D, method, "precomputed").merges, expected, D.max(), name)


@pytest.mark.parametrize("method", SHARED)
def test_fastcluster_has_the_same_trees(method):
    fastcluster = pytest.importorskip("fastcluster")
    for name, X in data_sets(WITHOUT_TIES, 60, 13):
        if len(X) > 1:
            D = pdist(X)
            expected = fastcluster.linkage(D, method)
            agree(gl.linkage(squareform(D), method, "precomputed").merges, expected, D.max(), name)


def test_with_ties_single_linkage_has_the_cophenetic_distances_of_scipy():
    for name, X in data_sets(WITH_TIES, 60, 17):
        if len(X) > 1:
            expected = hierarchy.linkage(X, "single")
            np.testing.assert_allclose(
                cophenetic(gl.linkage(X, "single").merges), cophenetic(expected), err_msg=name
            )


@pytest.mark.parametrize("metric", ["manhattan", "chebyshev", "cosine", "canberra", "correlation"])
def test_other_metrics_have_the_trees_of_scipy(metric):
    X = np.random.default_rng(2).random((60, 6))
    for method in ("single", "complete", "average", "weighted"):
        D = pdist(X, "cityblock" if metric == "manhattan" else metric)
        agree(gl.linkage(X, method, metric).merges, hierarchy.linkage(D, method), D.max(), metric)


@pytest.mark.parametrize("method", ["ward", "complete", "average", "single"])
def test_structured_clustering_is_that_of_scikit_learn(method):
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.neighbors import kneighbors_graph

    rng = np.random.default_rng(4)
    for n, neighbours in ((12, 3), (60, 5), (150, 2)):
        X = rng.normal(size=(n, 3))
        graph = kneighbors_graph(X, neighbours, include_self=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = AgglomerativeClustering(
                linkage=method, connectivity=graph, compute_distances=True
            ).fit(X)
            tree = gl.linkage(X, method, connectivity=graph)
        np.testing.assert_allclose(tree.heights, peer.distances_, rtol=1e-10)
        assert np.sort(peer.children_, axis=1).tolist() == tree.children.tolist()
