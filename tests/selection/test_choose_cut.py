"""The gap rule: by hand, on clusters, on clouds without any, and on trees that cannot be read."""

from __future__ import annotations

import numpy as np
import pytest

from ganglion import ParameterError
from ganglion.cluster import Tree
from ganglion.selection import choose_cut
from grown import chain, clouds, four, tree_of


def test_the_gaps_of_four_leaves_by_hand():
    # Heights 8.5, 2, 1: k = 2 lies between 2 and 8.5, k = 3 between 1 and 2, k = 4 between 0 and 1.
    choice = choose_cut(four())
    assert choice.table == {
        "k": [2.0, 3.0, 4.0],
        "from": [2.0, 1.0, 0.0],
        "to": [8.5, 2.0, 1.0],
        "ratio": [4.25, 2.0, np.inf],
    }
    assert choice.k == 2
    assert (
        "complete at height 2, and the next merge comes at 8.5, 4.25 times as high" in choice.reason
    )


@pytest.mark.parametrize("k", [3, 5, 8])
def test_clusters_that_lie_apart_are_counted(k):
    rng = np.random.default_rng(k)
    corners = 30.0 * np.array([[i % 3, i // 3] for i in range(k)])
    X = corners[np.arange(200) % k] + rng.normal(size=(200, 2))
    for method in ("ward", "average", "complete"):
        assert choose_cut(tree_of(X, method)).k == k


@pytest.mark.parametrize("method", ["ward", "average", "complete"])
def test_clouds_without_clusters_get_no_number_in_most_cases(method):
    rng = np.random.default_rng(0)
    answers = [choose_cut(tree_of(rng.normal(size=(150, 4)), method)).k for _ in range(40)]
    assert answers.count(None) >= 32
    choice = choose_cut(tree_of(rng.uniform(size=(300, 8)), method))
    assert choice.k is None
    assert "means nothing" in choice.reason


def test_groups_of_equal_items_are_told_from_each_other():
    merges = [[0, 1, 0.0, 2], [2, 3, 0.0, 2], [4, 5, 3.0, 4]]
    choice = choose_cut(Tree(merges=merges, method="average"))
    assert choice.k == 2
    assert "complete at height 0, and the next merge comes at 3." in choice.reason


@pytest.mark.parametrize(
    "tree",
    [
        Tree(merges=np.empty((0, 4))),
        Tree(merges=[[0, 1, 1.0, 2]]),
        Tree(merges=[[0, 1, 0.0, 2], [2, 3, 0.0, 3]]),
    ],
)
def test_where_there_is_nothing_to_read_there_is_no_number(tree):
    choice = choose_cut(tree)
    assert choice.k is None
    assert "no number of clusters stands out" in choice.reason


def test_every_item_for_itself_is_no_answer():
    # 2 of 3 leaves are joined at 1 and the third at 1.2; the gap from 0 to 1 is infinite and counts for nothing.
    assert choose_cut(Tree(merges=[[0, 1, 1.0, 2], [2, 3, 1.2, 3]])).k is None


def test_a_million_leaves_are_read():
    assert choose_cut(chain(1_000_000)).k is None


def test_heights_that_do_not_rise_and_limits_that_are_none_are_refused():
    with pytest.raises(ParameterError, match="this one of method='centroid' has inversions"):
        choose_cut(Tree(merges=[[0, 1, 3.0, 2], [2, 3, 2.5, 3]], method="centroid"))
    with pytest.raises(ParameterError, match="max_k must be at least 2; got 1"):
        choose_cut(tree_of(clouds(20)), max_k=1)
