"""The tree of merges: cuts, orders, heights, text; by hand, against naive code, and against SciPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist, squareform

import ganglion as gl
from ganglion import DataError, MemoryPlanError, ParameterError
from ganglion.cluster import Tree
from ganglion.distances.items import as_items
from oracles import trees as naive

METHODS = ("single", "complete", "average", "weighted", "centroid", "median", "ward")
SIZES = (2, 3, 7, 8, 9, 15, 16, 17)
# Two pairs at heights 1 and 2, joined at height 5; leaf 4 comes last, at height 6.
BY_HAND = np.array([[0, 1, 1, 2], [2, 3, 2, 2], [5, 6, 5, 4], [4, 7, 6, 5]], dtype=float)
# A centroid that moved: merge 1 is lower than merge 0 below it.
INVERTED = np.array([[0, 1, 2.0, 2], [2, 4, 1.5, 3], [3, 5, 4.0, 4]])


def linked(n, method, seed=0, *, grid=False):
    """SciPy's linkage of n random points; on a grid, distances are often equal."""
    X = np.random.default_rng(seed).normal(size=(n, 3))
    return hierarchy.linkage(np.round(2 * X) if grid else X, method)


@st.composite
def merges(draw, max_leaves=24):
    """Any tree: two nodes that are still there join at a height, which may be lower than those below."""
    n = draw(st.integers(1, max_leaves))
    free, sizes, rows = list(range(n)), dict.fromkeys(range(n), 1), []
    for i in range(n - 1):
        a = free.pop(draw(st.integers(0, len(free) - 1)))
        b = free.pop(draw(st.integers(0, len(free) - 1)))
        sizes[n + i] = sizes[a] + sizes[b]
        rows.append((min(a, b), max(a, b), draw(st.integers(0, 6)) / 2, sizes[n + i]))
        free.append(n + i)
    return np.array(rows, dtype=float).reshape(-1, 4)


def test_a_tree_by_hand():
    tree = Tree(merges=BY_HAND, method="single", metric="euclidean")
    assert tree.n_leaves == 5 and tree.is_monotone
    assert tree.children.tolist() == [[0, 1], [2, 3], [5, 6], [4, 7]]
    assert tree.heights.tolist() == [1, 2, 5, 6] and tree.sizes.tolist() == [2, 2, 4, 5]
    assert tree.parents.tolist() == [5, 5, 6, 6, 8, 7, 7, 8, -1]
    # Leaf 4 is the lower node of the last merge: it stands on the left.
    assert tree.leaf_order().tolist() == [4, 0, 1, 2, 3]
    assert tree.ancestors(2).tolist() == [6, 7, 8] and tree.ancestors(4).tolist() == [8]
    assert tree.cut(3).tolist() == [0, 0, 1, 1, 2]
    assert tree.cut(height=1).tolist() == [0, 0, 1, 2, 3]
    # Pairs 01, 02, 03, 04, 12, 13, 14, 23, 24, 34.
    assert tree.cophenetic().tolist() == [1, 5, 5, 6, 5, 5, 6, 2, 6, 6]
    assert repr(tree) == "Tree(5 leaves, method='single', metric='euclidean', heights 1 to 6)"
    assert tree.to_newick() == "(4:6,((0:1,1:1):4,(2:2,3:2):3):1);"


def test_a_single_leaf_is_a_tree():
    tree = Tree(merges=np.empty((0, 4)))
    assert tree.n_leaves == 1 and tree.cut(1).tolist() == [0] and tree.cut(height=0).tolist() == [0]
    assert tree.leaf_order(True).tolist() == [0] and tree.cophenetic().tolist() == []
    assert tree.to_newick() == "0;" and tree.ancestors(0).tolist() == []
    assert tree.inconsistency().shape == (0, 4) and repr(tree).startswith("Tree(1 leaf,")
    assert tree.collapse(1).tree == tree and tree.parents.tolist() == [-1]
    assert np.isnan(tree.cophenetic_correlation(np.zeros((1, 1))))


def test_an_inversion_does_not_disturb_the_number_of_clusters():
    tree = Tree.from_scipy(INVERTED, method="centroid")
    assert not tree.is_monotone and "with inversions" in repr(tree)
    # In or below merge 1 the highest height is 2, as in merge 0, which comes first.
    assert [tree.cut(k).tolist() for k in (1, 2, 3, 4)] == [
        [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 2], [0, 1, 2, 3],
    ]  # fmt: skip
    assert tree.cut(height=1.7).tolist() == [0, 1, 2, 3]
    assert tree.to_newick() == "(3:4,(2:1.5,(0:2,1:2):-0.5):2.5);"


@settings(max_examples=150)
@given(merges(), st.integers(0, 7))
def test_cuts_are_those_of_the_definition(table, threshold):
    tree = Tree(merges=table)
    expected = naive.cut_by_values(table, table[:, 2], threshold / 2)
    assert tree.cut(height=threshold / 2).tolist() == expected.tolist()
    assert tree.cut(height=threshold / 2).dtype == np.int32
    coefficients = naive.inconsistency(table, 2)[:, 3]
    # Between two of the values that heights in steps of a half can give, so that rounding decides nothing.
    found = tree.cut(by="inconsistency", threshold=0.70)
    assert found.tolist() == naive.cut_by_values(table, coefficients, 0.70).tolist()


@settings(max_examples=100)
@given(merges())
def test_every_number_of_clusters_is_met_and_finer_cuts_lie_inside_coarser_ones(table):
    tree = Tree(merges=table)
    last = tree.cut(1)
    for k in range(1, tree.n_leaves + 1):
        labels = tree.cut(k)
        assert labels.max() + 1 == k
        assert labels.tolist() == naive.by_first_appearance(labels).tolist()
        assert len(set(zip(labels.tolist(), last.tolist(), strict=True))) == k
        last = labels


@settings(max_examples=100)
@given(merges())
def test_heights_between_leaves_and_inconsistency_are_those_of_the_definition(table):
    tree = Tree(merges=table)
    assert tree.cophenetic().tolist() == naive.cophenetic(table).tolist()
    for depth in (1, 2, 3, 30):
        np.testing.assert_allclose(
            tree.inconsistency(depth), naive.inconsistency(table, depth), rtol=1e-12, atol=1e-13
        )


@settings(max_examples=60)
@given(merges(max_leaves=8), st.integers(0, 2**32 - 1))
def test_the_optimal_order_is_the_best_of_all_that_the_tree_allows(table, seed):
    n = len(table) + 1
    if n < 2:
        return
    distances = squareform(pdist(np.random.default_rng(seed).integers(0, 5, (n, 2)).astype(float)))
    order = Tree(merges=table).leaf_order(True, distances=distances).tolist()
    orders = [list(order) for order in naive.all_orders(table)]
    assert order in orders
    best = min(naive.length(other, distances) for other in orders)
    assert naive.length(order, distances) == pytest.approx(best, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", SIZES)
def test_what_scipy_says_of_the_same_tree(method, n):
    for grid in (False, True):
        Z = linked(n, method, grid=grid)
        tree = Tree.from_scipy(Z)
        assert np.array_equal(tree.to_scipy(), Z)
        assert np.array_equal(tree.leaf_order(), hierarchy.leaves_list(Z))
        assert np.array_equal(tree.cophenetic(), hierarchy.cophenet(Z))
        for height in np.quantile(Z[:, 2], [0, 0.4, 0.9, 1]):
            theirs = hierarchy.fcluster(Z, height, "distance")
            assert np.array_equal(tree.cut(height=height), naive.by_first_appearance(theirs))
        for k in range(1, n + 1):
            theirs = naive.by_first_appearance(hierarchy.fcluster(Z, k, "maxclust"))
            if theirs.max() + 1 == k:  # at equal heights SciPy gives fewer
                assert np.array_equal(tree.cut(k), theirs)
    for depth in (1, 2, 4):
        table = hierarchy.inconsistent(linked(n, method), depth)
        # SciPy takes differences of sums of squares: half of the digits may be lost.
        found = Tree.from_scipy(linked(n, method)).inconsistency(depth)
        np.testing.assert_allclose(found, table, rtol=1e-7, atol=1e-7)
        for threshold in (0.5, 0.9, 1.1):
            theirs = hierarchy.fcluster(linked(n, method), threshold, "inconsistent", depth)
            ours = Tree.from_scipy(linked(n, method)).cut(
                by="inconsistency", threshold=threshold, depth=depth
            )
            assert np.array_equal(ours, naive.by_first_appearance(theirs))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [3, 16, 60, 150])
def test_the_optimal_order_is_at_least_as_good_as_scipys_and_the_correlation_equal(method, n):
    X = np.random.default_rng(n).normal(size=(n, 3))
    y = pdist(X)
    Z = hierarchy.linkage(y if method not in ("centroid", "median", "ward") else X, method)
    tree = Tree(merges=Z, items=as_items(X))
    ours, theirs = (
        naive.length(order, squareform(y))
        for order in (
            tree.leaf_order(optimal=True),
            hierarchy.leaves_list(hierarchy.optimal_leaf_ordering(Z, y)),
        )
    )
    assert ours <= theirs * (1 + 1e-12)
    assert np.array_equal(tree.leaf_order(True), tree.leaf_order(True, distances=y))
    expected = hierarchy.cophenet(Z, y)[0]
    assert tree.cophenetic_correlation() == pytest.approx(expected, rel=1e-10)
    assert tree.cophenetic_correlation(squareform(y)) == pytest.approx(expected, rel=1e-10)


def test_upper_parts_are_the_clusters_of_cuts_and_of_levels():
    for method in METHODS:
        Z = linked(60, method)
        tree = Tree.from_scipy(Z, method=method)
        for k in (1, 2, 7, 60):
            upper = tree.collapse(k)
            assert upper.tree.n_leaves == k and upper.tree.method == method
            assert np.array_equal(upper.labels, tree.cut(k))
            assert np.array_equal(upper.sizes, np.bincount(upper.labels))
            assert np.array_equal(upper.tree.heights, Z[upper.rows, 2])
            below = naive.members(Z)
            for j, node in enumerate(upper.nodes):
                assert below[node] == set(np.flatnonzero(upper.labels == j).tolist())
                assert upper.heights[j] == (0 if node < 60 else Z[node - 60, 2])
        for level in (0, 1, 3, 99):
            drawn = hierarchy.dendrogram(Z, p=level, truncate_mode="level", no_plot=True)
            expected = len(drawn["leaves"]) if level else 2  # SciPy takes 0 for all
            assert tree.collapse(level=level).tree.n_leaves == expected


def test_prototypes_of_an_upper_part_are_its_own_leaves():
    tree = Tree(merges=BY_HAND, prototypes=[1, 2, 2, 4])
    assert tree.collapse(3).tree.prototypes.tolist() == [1, 2]


@settings(max_examples=60)
@given(merges(), st.data())
def test_newick_texts_can_be_read_back(table, data):
    n = len(table) + 1
    names = data.draw(st.lists(st.text(max_size=6), min_size=n, max_size=n, unique=True))
    tree = Tree(merges=table)
    found, lengths = naive.newick_paths(tree.to_newick(names))
    assert found == [names[leaf] for leaf in tree.leaf_order()]
    height = table[-1, 2] if n > 1 else 0.0
    assert all(length == pytest.approx(height, abs=1e-12) for length in lengths.values())


def test_names_are_quoted_where_the_format_would_take_them_apart():
    tree = Tree.from_scipy([[0, 1, 0.1, 2]])
    assert tree.to_newick(["it's", "a_b"]) == "('it''s':0.1,'a_b':0.1);"
    assert tree.to_newick(["Ü-1", "x.y"]) == "(Ü-1:0.1,x.y:0.1);"
    with pytest.raises(ParameterError, match=r"one name for each of 2 leaves; got 1"):
        tree.to_newick(["only"])


@pytest.mark.parametrize(
    ("row", "change", "message"),
    [
        (1, {2: np.nan}, r"finite numbers; row 1 is \[2.0, 3.0, nan, 2.0\]"),
        (0, {0: 0.5}, r"whole numbers; row 0 is \[0.5, 1.0"),
        (0, {0: -1}, r"nodes from 0; row 0"),
        (1, {1: 7}, r"an earlier row made; row 1 is \[2.0, 7.0"),
        (2, {0: 0}, r"no row has joined yet; row 2"),
        (3, {2: -6}, r"a height of at least 0; row 3"),
        (2, {3: 3}, r"column 3 the leaves below both of its nodes; row 2"),
    ],
)
def test_a_table_that_is_no_tree_is_refused_with_the_row(row, change, message):
    Z = BY_HAND.copy()
    for column, value in change.items():
        Z[row, column] = value
    with pytest.raises(DataError, match=message):
        Tree.from_scipy(Z)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: t.cut(), ParameterError, "exactly one of n_clusters, height and by.*none"),
        (lambda t: t.cut(2, 1.0), ParameterError, "got n_clusters=2 and height=1.0"),
        (lambda t: t.cut(2, threshold=3.0), ParameterError, "belong to by=.inconsistency.; got threshold=3.0"),
        (lambda t: t.cut(6), ParameterError, "got n_clusters=6 and 5 leaves. Lower n_clusters"),
        (lambda t: t.cut(0), ParameterError, "n_clusters must be an integer of at least 1"),
        (lambda t: t.cut(height="low"), ParameterError, "height must be a number; got 'low'"),
        (lambda t: t.cut(by="size"), ParameterError, "by must be one of 'inconsistency'"),
        (lambda t: t.inconsistency(0), ParameterError, "depth must be an integer of at least 1"),
        (lambda t: t.ancestors(5), ParameterError, "leaf must be an integer from 0 to 4; got 5"),
        (lambda t: t.collapse(), ParameterError, "exactly one of n_clusters and level"),
        (lambda t: t.collapse(level=-1), ParameterError, "level must be an integer of at least 0"),
        (lambda t: t.leaf_order(True), ParameterError, "kept no items.*Pass distances="),
        (lambda t: t.cophenetic_correlation(), ParameterError, "kept no items"),
        (lambda t: t.leaf_order(True, distances=np.zeros(3)), DataError, "5 leaves.*got 3 items"),
        (lambda t: Tree(merges=BY_HAND, method=3), ParameterError, "method must be a string; got 3"),
        (lambda t: Tree(merges=[[0, 1, 2]]), DataError, r"shape \(n_leaves - 1, 4\).*got shape"),
        (lambda t: Tree(merges=[["a"]]), DataError, "table of numbers"),
        (lambda t: Tree(merges=BY_HAND, prototypes=[1]), DataError, r"integers of shape \(4,\)"),
        (lambda t: Tree(merges=BY_HAND, prototypes=[0, 0, 0, 5]), DataError, "from 0 to 4; got 0 to 5"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_words(call, error, message):
    with pytest.raises(error, match=message):
        call(Tree(merges=BY_HAND))


def test_arrays_are_the_trees_own_and_cannot_be_written_to():
    Z = BY_HAND.copy()
    tree = Tree(merges=Z, prototypes=np.array([0, 2, 0, 4]))
    Z[:] = 0
    assert tree.heights[0] == 1
    for array in (tree.merges, tree.heights, tree.prototypes):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    tree.to_scipy()[0] = 1
    assert Tree(merges=BY_HAND[:, [1, 0, 2, 3]]) == Tree(merges=BY_HAND)


def test_trees_are_equal_when_all_but_their_items_is():
    tree = Tree(merges=BY_HAND, method="single", metric="euclidean", prototypes=[0, 2, 0, 4])
    same = Tree(
        merges=BY_HAND, method="single", metric="euclidean", prototypes=[0, 2, 0, 4], items=1
    )
    assert tree == same and hash(tree) == hash(same)
    higher = BY_HAND.copy()
    higher[3, 2] += 1
    for other in (
        Tree(merges=higher, method="single", metric="euclidean", prototypes=[0, 2, 0, 4]),
        Tree(merges=BY_HAND, method="average", metric="euclidean", prototypes=[0, 2, 0, 4]),
        Tree(merges=BY_HAND, method="single", metric="euclidean"),
        "a tree",
    ):
        assert tree != other


def test_a_tree_comes_back_from_a_file(tmp_path):
    for tree in (
        Tree(merges=BY_HAND, prototypes=[0, 2, 0, 4]),
        Tree.from_scipy(linked(30, "ward")),
    ):
        gl.save(tree, tmp_path / "tree.safetensors")
        assert gl.load(tmp_path / "tree.safetensors") == tree


def test_the_golden_file_of_a_tree_stays_readable(tmp_path):
    golden = Path(__file__).parent.parent / "golden" / "tree-v1.safetensors"
    tree = gl.load(golden)
    assert np.array_equal(tree.merges, BY_HAND) and tree.prototypes.tolist() == [0, 2, 0, 4]
    assert (tree.method, tree.metric) == ("minimax", "euclidean")
    gl.save(tree, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == golden.read_bytes()


def test_what_does_not_fit_into_memory_is_refused_before_it_is_tried():
    n = 3_000_000
    steps = np.arange(n - 1)
    chain = np.column_stack([np.r_[0, steps[1:] + 1], np.r_[1, n + steps[:-1]], steps, steps + 2.0])
    with pytest.raises(MemoryPlanError, match=r"cophenetic distances of 3000000 leaves needs"):
        Tree(merges=chain).cophenetic()
    with pytest.raises(MemoryPlanError, match=r"optimal order of 3000000 leaves needs"):
        Tree(merges=chain, items=as_items(np.zeros((n, 1)))).leaf_order(True)


def test_a_million_leaves_in_one_chain_need_no_recursion():
    n = 1_000_000
    steps = np.arange(n - 1)
    chain = np.column_stack([np.r_[0, steps[1:] + 1], np.r_[1, n + steps[:-1]], steps, steps + 2.0])
    tree = Tree(merges=chain)
    assert tree.cut(3).tolist() == [0] * (n - 2) + [1, 2]
    assert tree.cut(height=n - 4).max() == 2
    assert tree.cut(by="inconsistency").max() < n
    assert np.array_equal(tree.leaf_order(), np.r_[n - 1 : 1 : -1, 0, 1])
    assert len(tree.ancestors(0)) == n - 1 and tree.collapse(50).tree.n_leaves == 50
    assert tree.collapse(level=30).tree.n_leaves == 32 and tree.to_newick().count("(") == n - 1
