"""The heatmap as it is drawn: the matrix in the order of the leaves, frames round clusters, means over blocks."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from drawn import collections, overlaps
from ganglion import DataError, ParameterError, plots
from ganglion.cluster import Tree
from ganglion.distances import as_items
from ganglion.explain.blocks import block_edges, block_means
from grown import clouds, four, tree_of

LINE = np.array([[0.0], [1.0], [8.0], [10.0]])


def image(ax):
    return np.asarray(ax.images[0].get_array())


def test_cells_are_the_distances_in_the_order_of_the_leaves():
    X = clouds(30)
    tree = tree_of(X, "average")
    order = tree.leaf_order()
    expected = squareform(pdist(X))[np.ix_(order, order)]
    assert np.allclose(image(plots.heatmap(tree, pdist(X))), expected, rtol=1e-15)
    assert np.allclose(image(plots.heatmap(tree, squareform(pdist(X)))), expected, rtol=1e-15)


def test_items_are_measured_where_no_matrix_is_given():
    X = clouds(700)
    tree = tree_of(X, "average")
    measured, given = (image(plots.heatmap(tree, source)) for source in (as_items(X), pdist(X)))
    assert np.allclose(measured, given, rtol=1e-12)
    kept = Tree(merges=tree.merges, method="average", metric="euclidean", items=as_items(X))
    assert np.array_equal(image(plots.heatmap(kept)), measured)
    with pytest.raises(
        DataError, match="distances must be of the 700 items of the tree; got 3 items"
    ):
        plots.heatmap(tree, as_items(X[:3]))


@pytest.mark.parametrize(("n", "blocks"), [(1, 1), (2, 2), (7, 3), (16, 5), (17, 16), (1000, 37)])
def test_blocks_hold_the_means_of_a_naive_loop(n, blocks):
    X = np.random.default_rng(n).normal(size=(n, 2))
    D = squareform(pdist(X)) if n > 1 else np.zeros((1, 1))
    order = np.random.default_rng(1).permutation(n)
    edges = block_edges(n, blocks)
    sizes = np.diff(edges)
    assert sizes.min() >= 1 and sizes.max() - sizes.min() <= 1 and edges[-1] == n
    expected = np.empty((len(sizes), len(sizes)))
    for a in range(len(sizes)):
        for b in range(len(sizes)):
            rows, columns = order[edges[a] : edges[a + 1]], order[edges[b] : edges[b + 1]]
            cells = [D[i, j] for i in rows for j in columns if i != j]
            expected[a, b] = np.mean(cells) if cells else 0.0
    for given in (D, D[np.triu_indices(n, 1)]):
        assert np.allclose(block_means(given, order, edges), expected, rtol=1e-12, atol=0)


def test_clusters_are_framed_on_the_diagonal():
    ax = plots.heatmap(four(), pdist(LINE), n_clusters=2)
    frames = np.array(collections(ax)["clusters"].get_segments())
    assert frames[:, :, 0].min(axis=1).tolist() == [-0.5, 1.5]
    assert frames[:, :, 1].max(axis=1).tolist() == [1.5, 3.5]
    assert ax.get_title(loc="left") == "2 clusters"


def test_the_tree_stands_beside_its_rows():
    ax = plots.heatmap(four(), pdist(LINE))
    branches = collections(ax.child_axes[0])["branches"]
    bars = np.array(branches.get_segments())[:3]
    assert bars[:, :, 1].tolist() == [[0, 1], [2, 3], [0.5, 2.5]]
    assert ax.child_axes[0].get_ylim() == ax.get_ylim()


def test_the_scale_says_what_is_measured():
    ax = plots.heatmap(four(), pdist(LINE))
    assert ax.child_axes[1].get_ylabel() == "distance (euclidean)"
    assert ax.images[0].get_clim() == (0.0, 10.0)


def test_of_many_items_a_cell_is_a_mean_and_the_picture_says_so():
    X = clouds(900)
    ax = plots.heatmap(tree_of(X), pdist(X), n_clusters=4)
    assert image(ax).shape == (400, 400)
    assert ax.get_xlabel() == "900 items; a cell is the mean of up to 3 x 3 distances"
    assert overlaps(ax) == []


def test_names_stand_below_where_they_can_be_read():
    X = clouds(20)
    ax = plots.heatmap(tree_of(X), pdist(X), names=[f"row {i}" for i in range(20)])
    order = tree_of(X).leaf_order()
    assert [label.get_text() for label in ax.get_xticklabels()] == [f"row {i}" for i in order]
    assert overlaps(ax) == []


def test_it_draws_on_given_axes():
    _, mine = plt.subplots()
    assert plots.heatmap(four(), pdist(LINE), ax=mine) is mine


def test_what_does_not_fit_is_refused():
    with pytest.raises(
        ParameterError, match="heatmap needs the distances: this tree has kept no items"
    ):
        plots.heatmap(four())
    with pytest.raises(DataError, match=r"distances must hold one for each pair of the 4 items"):
        plots.heatmap(four(), np.zeros(5))
    with pytest.raises(ParameterError, match="max_cells must be at least 1; got 0"):
        plots.heatmap(four(), pdist(LINE), max_cells=0)
