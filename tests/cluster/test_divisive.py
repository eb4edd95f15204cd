"""Divisive clustering against its description, by hand, and the laws of its trees."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.cluster import Split
from oracles import diana as oracle
from oracles.kmeans_cases import blobs

METHODS = ("diana", "bisecting", "pddp", "mst")


def whole_distances(n, *, seed=0, largest=30):
    """A matrix of integers: means are exact, and there are ties."""
    D = np.triu(np.random.default_rng([seed, n]).integers(1, largest, size=(n, n)), 1)
    return (D + D.T).astype(float)


def splits_of(tree):
    """(height, the two parts) of each merge from the top."""
    n = tree.n_leaves
    below = [frozenset([i]) for i in range(n)]
    found = []
    for one, other, height, _ in tree.merges:
        found.append((height, {below[int(one)], below[int(other)]}))
        below.append(below[int(one)] | below[int(other)])
    return found[::-1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 40])
def test_diana_makes_the_splits_of_its_description(n, dtype):
    for seed in range(12 if n < 10 else 3):
        D = whole_distances(n, seed=seed, largest=30 if seed % 2 else 4)
        tree = gl.divide(D.astype(dtype), metric="precomputed")
        assert splits_of(tree) == oracle.divide(D)
        if n > 1:
            expected = oracle.divisive_coefficient(D)
            assert gl.divisive_coefficient(tree) == pytest.approx(expected, rel=1e-14)


def test_diana_of_vectors_is_that_of_their_distances():
    X = np.random.default_rng(0).integers(0, 20, size=(30, 1)).astype(float)
    expected = oracle.divide(np.abs(X - X.T))
    assert splits_of(gl.divide(X)) == expected
    assert splits_of(gl.divide(X, metric="manhattan")) == expected


def test_diana_on_the_five_objects_of_the_book():
    # Kaufman and Rousseeuw's example of chapters 5 and 6, objects a to e. Mean distances to the others: a 27/4,
    # b 24/4, c 20/4, d 26/4, e 25/4: a goes first. b follows: (5 + 9 + 8)/3 - 2 = 5.33. c stays, as
    # (4 + 5)/2 - (6 + 5)/2 < 0, and so do d and e. The parts are ab and cde, at diameter 10. In cde, of diameter 5, the
    # means are c 4.5, d 3.5, e 4: c goes, d and e stay, as 3 - 4 < 0 and 3 - 5 < 0. Then de is split at 3, and ab at 2.
    D = np.array(
        [[0, 2, 6, 10, 9], [2, 0, 5, 9, 8], [6, 5, 0, 4, 5], [10, 9, 4, 0, 3], [9, 8, 5, 3, 0]],
        dtype=float,
    )
    tree = gl.divide(D, metric="precomputed")
    assert splits_of(tree) == [
        (10, {frozenset([0, 1]), frozenset([2, 3, 4])}),
        (5, {frozenset([2]), frozenset([3, 4])}),
        (3, {frozenset([3]), frozenset([4])}),
        (2, {frozenset([0]), frozenset([1])}),
    ]
    # a and b are last in a cluster of diameter 2, c of 5, d and e of 3: 1 - (2 + 2 + 5 + 3 + 3) / 50.
    assert gl.divisive_coefficient(tree) == pytest.approx(0.7, rel=1e-15)


def test_equal_items_are_split_at_height_0_from_the_lowest_index():
    tree = gl.divide(np.zeros((4, 2)))
    assert tree.heights.tolist() == [0, 0, 0]
    assert splits_of(tree)[0] == (0, {frozenset([0]), frozenset([1, 2, 3])})
    assert gl.divisive_coefficient(tree) == 0


@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e30, 1e150])
def test_diana_does_not_depend_on_the_unit(scale):
    D = whole_distances(20, seed=1)
    expected = [parts for _, parts in oracle.divide(D)]
    tree = gl.divide(D * scale, metric="precomputed")
    assert [parts for _, parts in splits_of(tree)] == expected


@pytest.mark.parametrize("method", METHODS)
def test_trees_are_monotone_and_their_cuts_nest(method):
    X = blobs(200, 3, seed=1, groups=5)
    tree = gl.divide(X, method, random_state=0)
    assert tree.n_leaves == 200 and tree.method == method and tree.is_monotone
    assert 0 <= gl.divisive_coefficient(tree) <= 1
    fewer = tree.cut(n_clusters=1)
    for k in (2, 3, 5, 9, 40, 200):
        labels = tree.cut(n_clusters=k)
        assert len(set(labels.tolist())) == k
        assert len({(a, b) for a, b in zip(labels, fewer, strict=True)}) == k
        fewer = labels


@pytest.mark.parametrize("choice", ["wss", "largest"])
@pytest.mark.parametrize("method", METHODS)
def test_stopping_at_k_clusters_is_cutting_the_whole_tree(method, choice):
    X = blobs(150, 2, seed=3, groups=4)
    whole = gl.divide(X, method, choice=choice, random_state=5)
    for k in (1, 2, 4, 11):
        stopped = gl.divide(X, method, choice=choice, random_state=5, n_clusters=k)
        assert np.count_nonzero(stopped.heights) == k - 1
        assert stopped.cut(n_clusters=k).tolist() == whole.cut(n_clusters=k).tolist()


@pytest.mark.parametrize("method", METHODS)
def test_height_and_size_stop_where_they_say(method):
    X = blobs(120, 2, seed=4, groups=4)
    whole = gl.divide(X, method, random_state=0)
    height = float(np.sort(whole.heights)[-8])
    stopped = gl.divide(X, method, random_state=0, height=height)
    assert np.count_nonzero(stopped.heights > 0) == np.count_nonzero(whole.heights > height)
    assert stopped.cut(height=height).tolist() == whole.cut(height=height).tolist()
    small = gl.divide(X, method, random_state=0, min_size=30)
    assert small.sizes[small.heights > 0].min() >= 30
    left = small.cut(n_clusters=np.count_nonzero(small.heights) + 1)
    assert np.bincount(left).max() < 30 or method == "bisecting"


def test_a_criterion_decides_each_split():
    X = blobs(300, 4, seed=2, groups=3, spread=0.3)
    for method in METHODS:
        tree = gl.divide(X, method, criterion="bic", random_state=0)
        assert np.count_nonzero(tree.heights) >= 2
    asked = []

    def not_small(split):
        asked.append(split)
        return min(len(split.left), len(split.right)) >= 50

    tree = gl.divide(X, "pddp", criterion=not_small)
    assert all(isinstance(split, Split) and split.vectors is not None for split in asked)
    assert np.bincount(tree.cut(n_clusters=np.count_nonzero(tree.heights) + 1)).min() >= 50
    assert gl.divide(X, criterion=lambda split: False).heights.max() == 0


def test_clear_groups_are_found_by_every_method():
    X = blobs(400, 5, seed=7, groups=4, spread=0.1)
    expected = gl.kmeans(X, 4, n_init=5, random_state=0).labels
    for method in METHODS:
        labels = gl.divide(X, method, n_clusters=4, random_state=0).cut(n_clusters=4)
        pairs = {(a, b) for a, b in zip(labels.tolist(), expected.tolist(), strict=True)}
        assert len(pairs) == 4, method


def test_the_spanning_tree_cut_is_single_linkage():
    hierarchy = pytest.importorskip("scipy.cluster.hierarchy")
    X = np.random.default_rng(3).normal(size=(100, 3))
    expected = hierarchy.linkage(X, "single")
    tree = gl.divide(X, "mst")
    np.testing.assert_allclose(tree.heights, expected[:, 2], rtol=1e-12)
    np.testing.assert_allclose(tree.cophenetic(), hierarchy.cophenet(expected), rtol=1e-12)


def test_a_principal_direction_splits_at_the_mean():
    # The direction is the first axis, nearly, and the mean there 2.75: rows 0, 1 and 2 lie below.
    X = np.array([[0.0, 0.1], [1.5, 0.0], [2.5, 0.1], [7.0, 0.0]])
    tree = gl.divide(X, "pddp", n_clusters=2)
    assert tree.cut(n_clusters=2).tolist() == [0, 0, 0, 1]
    # WSS: the squares of 0, 1.5, 2.5, 7 about 2.75 are 7.5625, 1.5625, 0.0625, 18.0625; the second column adds 0.01.
    assert tree.heights[-1] == pytest.approx(27.25 + 0.01, rel=1e-14)


def test_progress_is_told_each_split_and_can_stop():
    steps = []
    tree = gl.divide(whole_distances(12), metric="precomputed", progress=steps.append)
    assert [step.step for step in steps] == list(range(1, 12))
    assert [step.value for step in steps] == sorted(tree.heights, reverse=True)
    stopped = gl.divide(whole_distances(12), metric="precomputed", progress=lambda step: True)
    assert np.count_nonzero(stopped.heights) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "top-down"}, "method must be one of 'diana', 'bisecting', 'pddp', 'mst'"),
        (
            {"method": "pddp", "metric": "manhattan"},
            "method='pddp' needs Euclidean distances; .*diana",
        ),
        ({"n_clusters": 0}, "n_clusters must be an integer of at least 1"),
        ({"n_clusters": 9}, "divide needs n_clusters <= n_samples; got n_clusters=9 and 3 items"),
        ({"height": -1.0}, "height must be a finite number of at least 0, or None; got -1.0"),
        ({"min_size": 0}, "min_size must be an integer of at least 1"),
        ({"criterion": "aic"}, "criterion must be one of 'bic'"),
        ({"criterion": 3}, 'criterion must be "bic" or a function of a Split; got 3'),
        ({"choice": "first"}, "choice must be one of 'wss', 'largest'"),
        ({"progress": 1}, "progress must be callable"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(options, words):
    with pytest.raises(gl.ParameterError, match=words):
        gl.divide([[0.0], [1.0], [5.0]], **options)


def test_what_no_method_can_do_is_refused_in_words():
    with pytest.raises(
        gl.ParameterError, match=r"needs dense rows of numbers\. Pass a function of a Split"
    ):
        gl.divide(["a", "b"], metric="levenshtein", criterion="bic")
    with pytest.raises(gl.MemoryPlanError, match=r"2,000 items needs 32,000,000 bytes.*bisecting"):
        gl.divide(np.zeros((2000, 1)), memory_limit="1MB")
    with pytest.raises(gl.ParameterError, match="tree must be a Tree"):
        gl.divisive_coefficient([[0, 1, 1, 2]])
    D = whole_distances(3)
    D[0, 1] += 1
    with pytest.raises(gl.DataError, match="must be symmetric"):
        gl.divide(D, metric="precomputed")
