"""The banner as it is drawn: bars between neighbours, their coefficient, which way it runs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex
from scipy.cluster.hierarchy import cophenet
from scipy.spatial.distance import squareform

from drawn import collections, overlaps
from ganglion import ParameterError, plots
from ganglion.cluster import Tree
from ganglion.plots._axes import colour_of
from ganglion.plots._joins import coefficient, joins_of_neighbours
from grown import clouds, four, tree_of


def bars(ax):
    return np.array([path.vertices for path in collections(ax)["banner"].get_paths()])


@pytest.mark.parametrize("n", [2, 7, 8, 9, 17, 200])
def test_neighbours_join_at_their_cophenetic_distance(n):
    tree = tree_of(clouds(n), "average")
    order = tree.leaf_order()
    D = squareform(cophenet(tree.merges))
    assert joins_of_neighbours(tree.merges, order).tolist() == [D[a, b] for a, b in pairwise(order)]


def test_bars_run_from_the_join_to_the_top():
    drawn = bars(plots.banner(four()))
    assert drawn[:, :, 0].min(axis=1).tolist() == [1.0, 8.5, 2.0]
    assert drawn[:, :, 0].max(axis=1).tolist() == [8.5, 8.5, 8.5]
    assert drawn[:, 0, 1].tolist() == [0, 1, 2]


def test_the_coefficient_by_hand():
    # First joins 1, 1, 2, 2 of 8.5: the mean of 1 - h / 8.5 is 1 - 6 / 34.
    ax = plots.banner(four())
    assert ax.get_title(loc="left") == "agglomerative coefficient 0.82"
    assert coefficient(np.array([1.0, 8.5, 2.0])) == pytest.approx(1 - 6 / 34)
    assert coefficient(np.array([])) == 0.0


def test_a_divisive_banner_runs_from_the_whole_on_the_left():
    ax = plots.banner(four(method="diana"))
    assert ax.get_xlim() == (8.5, 0.0)
    assert ax.get_title(loc="left") == "divisive coefficient 0.82"


def test_bars_inside_a_cluster_have_its_colour():
    faces = collections(plots.banner(four(), n_clusters=2))["banner"].get_facecolors()
    assert [to_hex(face) for face in faces] == [colour_of(0), "#d9d9d9", colour_of(1)]


def test_of_many_leaves_each_bar_is_the_highest_join_of_a_run():
    tree = tree_of(clouds(5000))
    ax = plots.banner(tree)
    assert len(bars(ax)) == 1500
    assert ax.get_ylabel() == "5,000 leaves"
    assert bars(ax)[:, :, 0].min() >= joins_of_neighbours(tree.merges, tree.leaf_order()).min()


@pytest.mark.parametrize("n", [1, 2, 30, 60])
def test_words_do_not_lie_on_each_other(n):
    tree = Tree(merges=np.empty((0, 4))) if n == 1 else tree_of(clouds(n))
    assert overlaps(plots.banner(tree, names=[f"name {i}" for i in range(n)])) == []


@pytest.mark.parametrize("draw", [plots.banner, plots.heatmap])
def test_clusters_of_other_leaves_are_refused(draw):
    with pytest.raises(ParameterError, match="one integer for each of the 3 leaves; got shape"):
        draw(tree_of([[0.0], [1.0], [5.0]]), clusters=[0, 1])
