"""The outline of a tree: against a naive walk, by hand, and for trees as deep as they are large."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion import ParameterError
from ganglion.explain.outline import outline
from grown import FOUR, chain, clouds, four, tree_of
from quickness import done_within


def walked(tree, most):
    """The ends of the drawing by taking apart the highest merge again and again, and their leaves by recursion."""
    n = tree.n_leaves
    children = tree.children

    def leaves(node):
        return [node] if node < n else [leaf for c in children[node - n] for leaf in leaves(c)]

    ends = [2 * n - 2]
    while len(ends) < most and max(ends) >= n:
        ends.sort(key=lambda node: (tree.heights[node - n], node) if node >= n else (-1.0, node))
        ends += children[ends.pop() - n].tolist()
    return {node: set(leaves(node)) for node in ends}


@given(n=st.integers(1, 17), most=st.integers(1, 20), seed=st.integers(0, 5))
def test_the_ends_are_those_of_a_naive_walk_and_hold_their_leaves(n, most, seed):
    if n == 1:
        found = outline(np.empty((0, 4)), [0], n_ends=most)
        assert (found.n_ends, found.size.tolist(), found.height.tolist()) == (1, [1], [0.0])
        return
    tree = tree_of(clouds(n, seed=seed), "average")
    found = outline(tree.merges, tree.leaf_order(), n_ends=most)
    expected = walked(tree, most)
    held = [
        set(found.order[s : s + m].tolist()) for s, m in zip(found.start, found.size, strict=True)
    ]
    assert dict(zip(found.node.tolist(), held, strict=False)) == expected
    for join, pair in enumerate(found.children.tolist(), start=found.n_ends):
        assert held[join] == held[pair[0]] | held[pair[1]]
        assert found.start[pair[0]] < found.start[pair[1]]
    assert found.start[: found.n_ends].tolist() == sorted(found.start[: found.n_ends])


def test_a_tree_of_four_leaves_by_hand():
    # Ends: the pair at 1, leaf 2, leaf 3 are what two joins show; the joins are the pair at 2 and the root at 8.5.
    found = outline(FOUR, [0, 1, 2, 3], n_ends=3)
    assert found.node.tolist() == [4, 2, 3]
    assert found.height.tolist() == [1.0, 0.0, 0.0, 2.0, 8.5]
    assert found.children.tolist() == [[1, 2], [0, 3]]
    assert found.places().tolist() == [0.0, 1.0, 2.0, 1.5, 0.75]
    assert found.places(by_leaves=True).tolist() == [0.5, 2.0, 3.0, 2.5, 1.5]
    assert found.parents().tolist() == [4, 3, 3, 4, -1]


def test_levels_count_joins_from_the_root():
    assert outline(FOUR, range(4), levels=1).node.tolist() == [4, 5]
    assert outline(FOUR, range(4), levels=2).node.tolist() == [0, 1, 2, 3]
    assert outline(FOUR, range(4), levels=9, n_ends=3).node.tolist() == [4, 2, 3]


def test_the_order_decides_which_child_comes_first():
    found = outline(FOUR, [3, 2, 0, 1])
    assert found.node.tolist() == [3, 2, 0, 1]
    assert found.children.tolist() == [[2, 3], [0, 1], [5, 4]]


def test_a_node_has_a_cluster_where_all_its_leaves_have_it():
    found = outline(FOUR, range(4), n_ends=2, clusters=np.array([5, 5, 0, 1]))
    assert found.cluster.tolist() == [5, -1, -1]
    whole = outline(FOUR, range(4), clusters=four().cut(n_clusters=2))
    assert whole.cluster.tolist() == [0, 0, 1, 1, 0, 1, -1]
    assert whole.roots().tolist() == [4, 5]
    assert whole.cut() == (2.0, 8.5)


def test_there_is_no_level_line_where_clusters_lie_inside_an_end_or_levels_cross():
    assert outline(FOUR, range(4), n_ends=2, clusters=four().cut(n_clusters=3)).cut() is None
    # Leaf 0 alone against all others: the merge of 0 and 1 at height 1 is between clusters, the one at 2 within.
    assert outline(FOUR, range(4), clusters=np.array([0, 1, 2, 2])).cut() is None
    assert outline(FOUR, range(4), clusters=np.zeros(4, dtype=int)).cut() is None


def test_rows_that_leaves_stand_for_are_counted():
    found = outline(FOUR, [2, 3, 0, 1], n_ends=2, counts=[1, 10, 100, 1000])
    assert found.count.tolist() == [1100.0, 11.0, 1111.0]


def test_merges_in_another_order_than_their_heights_give_the_highest_ones():
    # The pair at height 3 stands before the one at 1; two ends less one is the root and that pair.
    merges = [[0, 1, 3.0, 2], [2, 3, 1.0, 2], [4, 5, 8.0, 4]]
    assert outline(merges, range(4), n_ends=3).node.tolist() == [0, 1, 5]


def test_with_inversions_the_last_merges_are_shown():
    # The root lies below the pair that it takes in: the highest merge alone would hang in the air.
    merges = [[0, 1, 3.0, 2], [2, 3, 2.5, 3]]
    found = outline(merges, [2, 0, 1], n_ends=2)
    assert found.node.tolist() == [2, 3]
    assert found.height.tolist() == [0.0, 3.0, 2.5]


@pytest.mark.parametrize("descending", [False, True])
def test_a_million_leaves_in_a_chain_are_reduced_without_a_walk(descending):
    tree = chain(1_000_000, descending=descending)
    order = tree.leaf_order()
    found = done_within(
        5.0, lambda: outline(tree.merges, order, n_ends=50, clusters=tree.cut(n_clusters=7))
    )
    assert found.n_ends == 50
    assert found.size[:50].sum() == 1_000_000


def test_what_is_no_order_or_no_labels_of_the_tree_is_refused():
    with pytest.raises(ParameterError, match="order must name each of the 4 leaves once"):
        outline(FOUR, [0, 1, 2, 2])
    with pytest.raises(
        ParameterError, match="clusters must hold one integer for each of the 4 leaves"
    ):
        outline(FOUR, range(4), clusters=[0.5, 1, 2, 3])
    with pytest.raises(ParameterError, match="n_ends must be at least 1; got 0"):
        outline(FOUR, range(4), n_ends=0)
    with pytest.raises(ParameterError, match="levels must be at least 1; got -1"):
        outline(FOUR, range(4), levels=-1)
