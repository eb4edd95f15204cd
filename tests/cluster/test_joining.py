"""How far new items are from the clusters of a tree, and its own items from the others: against the definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion.cluster import divide, linkage
from ganglion.cluster._new_items.apart import apart
from ganglion.cluster._new_items.descent import descent_of, descents
from ganglion.cluster._new_items.joining import join, joins
from ganglion.cluster._new_items.membership import CENTRAL, membership_of
from ganglion.cluster._trees.cutting import joined_to_count
from ganglion.cluster.agglomerative import METHODS as LINKAGES
from ganglion.cluster.divisive import METHODS as DIVISIVE
from ganglion.distances import as_items, pairwise
from oracles.joining import euclidean, height, recurred

BY_RECURRENCE = ("weighted", "median")
# a sum of n <= 60 squares and a root, twice: the error of a distance of this size in units of its last place
ROUNDING = 1e-12


def clusters_of(method, items, k, weights=None):
    """The tree, its k clusters, and what finds new ones."""
    if method in DIVISIVE:
        seed = {"random_state": 0} if method == "bisecting" else {}
        tree = divide(items, method, **seed)
        return tree, descent_of(tree, items, k), descents
    tree = linkage(items, method, sample_weight=weights)
    return tree, membership_of(tree, items, joined_to_count(tree.merges, k), weights), joins


def expected_height(method, tree, X, members, new):
    if method in BY_RECURRENCE:
        return recurred(method, tree, members, [math.dist(row, new) for row in X])
    return height(method, tree, members, euclidean(X, new), len(X))


@pytest.mark.parametrize("method", [*LINKAGES, *DIVISIVE])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (7, 3), (17, 1), (40, 5), (40, 40)])
def test_a_new_item_is_as_far_as_the_definition_says(method, n, k):
    rng = np.random.default_rng([n, k])
    X, new = rng.normal(size=(n, 3)) * 4, rng.normal(size=(9, 3)) * 4
    items = as_items(X, "euclidean")
    tree, known, ask = clusters_of(method, items, k)
    found = ask(known, items if known.centers is None else None, as_items(new, "euclidean"))
    for row, label, far in zip(new, found.labels, found.heights, strict=True):
        members = np.flatnonzero(known.labels == label).tolist()
        assert far == pytest.approx(
            expected_height(method, tree, X, members, row), rel=ROUNDING, abs=ROUNDING
        )
        if method in LINKAGES:
            others = [np.flatnonzero(known.labels == other).tolist() for other in range(k)]
            least = min(expected_height(method, tree, X, each, row) for each in others)
            assert far <= least + 10 * ROUNDING


@pytest.mark.parametrize("method", [m for m in [*LINKAGES, *DIVISIVE] if m != "minimax"])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (2, 2), (23, 4), (40, 1)])
def test_an_item_is_as_far_from_the_others_as_if_it_were_new(method, n, k):
    rng = np.random.default_rng([n, k, 1])
    X = np.round(rng.normal(size=(n, 3)) * 2)  # some rows are equal
    items = as_items(X, "euclidean")
    tree, known, _ = clusters_of(method, items, min(k, len(np.unique(X, axis=0))))
    found = apart(known, tree, items)
    for i in range(n):
        members = np.flatnonzero(known.labels == known.labels[i]).tolist()
        if method in BY_RECURRENCE and len(members) > 1:
            continue  # a tree without the item is another tree; what is measured is held below
        expected = height(method, tree, members, euclidean(X, X[i]), i, without=i)
        assert found[i] == pytest.approx(expected, rel=1e-9, abs=1e-7)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (2, 2), (23, 4), (40, 1)])
def test_an_item_is_as_far_from_a_minimax_cluster_as_from_its_prototype(n, k):
    X = np.round(np.random.default_rng([n, k, 1]).normal(size=(n, 3)) * 2)
    items = as_items(X, "euclidean")
    tree, known, _ = clusters_of("minimax", items, min(k, len(np.unique(X, axis=0))))
    found = apart(known, tree, items)
    for i in range(n):
        members = X[known.labels == known.labels[i]]
        prototype = min(members, key=lambda row: max(math.dist(row, other) for other in members))
        assert found[i] == pytest.approx(math.dist(X[i], prototype), rel=1e-9, abs=1e-7)


@pytest.mark.parametrize("method", BY_RECURRENCE)
def test_without_an_item_the_shares_of_the_others_grow_alike(method):
    # leaves 0 and 1 merge at 1, with 2 at the top: shares 1/4, 1/4, 1/2; without 0 they are 1/3 and 2/3
    X = np.array([[0.0], [1.0], [5.0]])
    items = as_items(X, "euclidean")
    tree, known, _ = clusters_of(method, items, 1)
    by_mean = [(1 + 2 * 5) / 3, (1 + 2 * 4) / 3, (5 + 4) / 2]
    by_center = [abs(0 - 11 / 3), abs(1 - 10 / 3), abs(5 - 1 / 2)]
    assert apart(known, tree, items) == pytest.approx(
        by_mean if method == "weighted" else by_center, rel=1e-14
    )


@pytest.mark.parametrize("method", CENTRAL)
def test_distances_without_rows_give_the_same_heights(method):
    rng = np.random.default_rng(5)
    X, new = rng.normal(size=(30, 3)) * 3, rng.normal(size=(8, 3)) * 3
    rows = as_items(X, "euclidean")
    tree, known, _ = clusters_of(method, rows, 3)
    square = as_items(pairwise(X, metric="euclidean"), "precomputed")
    same, without, _ = clusters_of(method, square, 3)
    assert without.centers is None
    asked = as_items(pairwise(new, X, metric="euclidean"), name="new", like=square)
    by_rows, by_distances = (
        joins(known, None, as_items(new, "euclidean")),
        joins(without, square, asked),
    )
    assert by_distances.labels.tolist() == by_rows.labels.tolist()
    assert by_distances.heights == pytest.approx(by_rows.heights, rel=1e-9)
    assert apart(without, same, square) == pytest.approx(apart(known, tree, rows), rel=1e-9)


@pytest.mark.parametrize("method", ["average", "centroid", "ward"])
def test_weights_are_repetitions(method):
    X, weights = np.array([[0.0], [1.0], [4.0], [20.0], [22.0]]), np.array([3.0, 1, 2, 1, 2])
    new = as_items([[2.0], [17.0]], "euclidean")
    items, many = (
        as_items(X, "euclidean"),
        as_items(np.repeat(X, weights.astype(int), 0), "euclidean"),
    )
    _, known, _ = clusters_of(method, items, 2, weights)
    _, repeated, _ = clusters_of(method, many, 2)
    one = joins(known, items, new).heights
    assert one == pytest.approx(joins(repeated, many, new).heights, rel=1e-14)


@settings(max_examples=40)
@given(
    method=st.sampled_from((*LINKAGES, *DIVISIVE)),
    n=st.integers(2, 30),
    k=st.integers(1, 4),
    seed=st.integers(0, 99),
    power=st.integers(-20, 20),
)
def test_heights_grow_with_the_unit_and_labels_do_not_change(method, n, k, seed, power):
    rng = np.random.default_rng(seed)
    X, new = rng.normal(size=(n, 2)), rng.normal(size=(6, 2))
    unit = 2.0**power
    before, after = [], []
    for found, scale in ((before, 1.0), (after, unit)):
        items = as_items(X * scale, "euclidean")
        tree, known, ask = clusters_of(method, items, min(k, n))
        answer = ask(known, items, as_items(new * scale, "euclidean"))
        found += [answer.labels, answer.heights / scale, apart(known, tree, items) / scale]
    assert before[0].tolist() == after[0].tolist()
    # heights of minimax and of a spanning tree are kept as floats of their own: powers of two change no digit
    np.testing.assert_allclose(before[1], after[1], rtol=1e-12)
    np.testing.assert_allclose(before[2], after[2], rtol=1e-12)


@pytest.mark.parametrize("method", LINKAGES)
def test_one_cluster_is_joined_without_a_look(method):
    items = as_items([[0.0], [2.0]], "euclidean")
    _, known, _ = clusters_of(method, items, 1)
    assert join(known, None, as_items([[5.0], [9.0]], "euclidean")).tolist() == [0, 0]


def test_an_item_of_a_tree_that_stopped_early_is_as_far_as_its_nearest():
    # splits stop above 2: below it items are joined at height 0, which is no distance
    items = as_items([[0.0], [1.0], [1.5], [9.0], [9.25]], "euclidean")
    tree = divide(items, "mst", height=2.0)
    found = apart(descent_of(tree, items, 2), tree, items)
    assert found.tolist() == [1.0, 0.5, 0.5, 0.25, 0.25]
