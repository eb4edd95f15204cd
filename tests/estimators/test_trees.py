"""AgglomerativeClustering and DivisiveClustering: scikit-learn's results, prediction by definition."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.cluster import AgglomerativeClustering as Reference
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import kneighbors_graph

import ganglion as gl
from ganglion.cluster.agglomerative import METHODS
from oracles.kmeans_cases import blobs

RNG = np.random.default_rng(0)
CLOUD = RNG.normal(size=(60, 3))
NEW = RNG.normal(size=(40, 3))
APART = np.concatenate([RNG.normal(size=(n, 2)) + at for n, at in ((20, 0), (14, 60), (9, 140))])
DIVISIVE = ("diana", "bisecting", "pddp", "mst")
WORDS = ["kitten", "mitten", "sitting", "banana", "bananas", "bandana"]


def models(**changes):
    """One model of each kind, with its parameters."""
    for method in METHODS:
        yield gl.AgglomerativeClustering(3, linkage=method, **changes)
    for method in DIVISIVE:
        yield gl.DivisiveClustering(3, method=method, random_state=0, **changes)


def graph(X, k=4):
    return kneighbors_graph(X, k, include_self=False)


# scikit-learn's results.

DATA = {
    "normal": CLOUD,
    "blobs": blobs(90, 4),
    "apart": APART,
    "float32": CLOUD.astype(np.float32),
    "one column": CLOUD[:, :1],
}


@pytest.mark.parametrize("method", ["ward", "average", "complete", "single"])
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("is_structured", [False, True])
@pytest.mark.filterwarnings("ignore:.*parts that no edge joins:ganglion.GanglionWarning")
@pytest.mark.filterwarnings("ignore:the number of connected components:UserWarning")
def test_attributes_are_those_of_scikit_learn(method, data, is_structured):
    X = DATA[data]
    connectivity = graph(X) if is_structured else None
    theirs = Reference(
        4, linkage=method, connectivity=connectivity, compute_distances=True, compute_full_tree=True
    ).fit(X)
    ours = gl.AgglomerativeClustering(4, linkage=method, connectivity=connectivity).fit(X)
    # float32 rows: scikit-learn rounds some distances to float32, 2^-24 of each; heights are sums of few of them.
    tolerance = 1e-5 if X.dtype == np.float32 else 1e-10
    np.testing.assert_allclose(ours.distances_, theirs.distances_, rtol=tolerance, atol=1e-12)
    assert np.array_equal(np.sort(ours.children_), np.sort(theirs.children_))
    assert adjusted_rand_score(ours.labels_, theirs.labels_) == 1.0
    for name in ("n_clusters_", "n_leaves_", "n_connected_components_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name


@pytest.mark.parametrize("method", ["ward", "average", "complete", "single"])
@pytest.mark.parametrize("is_structured", [False, True])
def test_a_threshold_gives_the_clusters_of_scikit_learn(method, is_structured):
    connectivity = graph(CLOUD, 8) if is_structured else None
    heights = Reference(2, linkage=method, compute_distances=True).fit(CLOUD).distances_
    for threshold in (0.0, heights[20], float(np.mean(heights)), heights[-1], heights[-1] * 9):
        given = {"linkage": method, "connectivity": connectivity, "distance_threshold": threshold}
        theirs = Reference(None, **given).fit(CLOUD)
        ours = gl.AgglomerativeClustering(None, **given).fit(CLOUD)
        # A threshold that is a height is compared with heights that may differ in the last bit.
        if theirs.n_clusters_ == ours.n_clusters_:
            assert adjusted_rand_score(ours.labels_, theirs.labels_) == 1.0
        else:
            assert threshold in heights and abs(theirs.n_clusters_ - ours.n_clusters_) == 1


def test_a_cluster_is_not_merged_at_the_threshold_itself():
    model = gl.AgglomerativeClustering(None, distance_threshold=1.0, linkage="single")
    assert model.fit([[0.0], [1.0], [1.5]]).labels_.tolist() == [1, 0, 0]


@pytest.mark.filterwarnings("ignore:.*parts that no edge joins:ganglion.GanglionWarning")
def test_a_callable_gives_the_graph():
    ours = gl.AgglomerativeClustering(3, connectivity=graph).fit(APART)
    given = gl.AgglomerativeClustering(3, connectivity=graph(APART)).fit(APART)
    assert np.array_equal(ours.labels_, given.labels_)
    assert ours.n_connected_components_ == given.n_connected_components_ == 3


@pytest.mark.parametrize("method", METHODS)
def test_labels_are_a_cut_of_the_tree_numbered_by_size(method):
    model = gl.AgglomerativeClustering(5, linkage=method).fit(CLOUD)
    assert adjusted_rand_score(model.tree_.cut(n_clusters=5), model.labels_) == 1.0
    assert np.all(np.diff(np.bincount(model.labels_)) <= 0)
    assert model.tree_ == gl.linkage(CLOUD, method)


# Prediction, by definition: a triple loop over clusters.


def distance_to_cluster(model, X, labels, label, x):
    """The distance of `x` from a cluster, from the definition of the linkage."""
    members = X[labels == label]
    d = np.linalg.norm(members - x, axis=1)
    method = model.linkage
    if method == "single":
        return d.min()
    if method == "complete":
        return d.max()
    if method == "average":
        return d.mean()
    if method == "centroid":
        return np.linalg.norm(members.mean(axis=0) - x)
    if method == "ward":
        n = len(members)
        return np.sqrt(2 * n / (n + 1)) * np.linalg.norm(members.mean(axis=0) - x)
    if method == "minimax":
        joined = np.vstack([members, x])
        return min(np.linalg.norm(joined - one, axis=1).max() for one in joined)
    value = {
        i: (X[i], np.linalg.norm(X[i] - x), True) for i in np.flatnonzero(labels == label).tolist()
    }
    for i, (a, b) in enumerate(model.tree_.children.tolist()):
        if a in value and b in value:
            (center_a, mean_a, _), (center_b, mean_b, _) = value.pop(a), value.pop(b)
            value[len(X) + i] = ((center_a + center_b) / 2, (mean_a + mean_b) / 2, True)
    ((center, mean, _),) = value.values()
    return mean if method == "weighted" else np.linalg.norm(center - x)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 2, 7, 60])
def test_new_items_join_the_nearest_cluster_by_the_same_linkage(method, k):
    model = gl.AgglomerativeClustering(k, linkage=method).fit(CLOUD)
    expected = [
        np.argmin([distance_to_cluster(model, CLOUD, model.labels_, j, x) for j in range(k)])
        for x in NEW
    ]
    assert model.predict(NEW).tolist() == expected


@pytest.mark.parametrize("method", METHODS)
def test_matrices_and_sparse_rows_are_predicted_as_rows_are(method):
    rows = gl.AgglomerativeClustering(4, linkage=method).fit(CLOUD)
    expected = rows.predict(NEW)
    matrix = gl.AgglomerativeClustering(4, linkage=method, metric="precomputed")
    matrix.fit(gl.distances.pairwise(CLOUD))
    assert np.array_equal(matrix.labels_, rows.labels_)
    assert np.array_equal(matrix.predict(gl.distances.pairwise(NEW, CLOUD)), expected)
    thin = gl.AgglomerativeClustering(4, linkage=method).fit(sparse.csr_array(CLOUD))
    assert np.array_equal(thin.labels_, rows.labels_)
    assert np.array_equal(thin.predict(sparse.csr_array(NEW)), expected)


@pytest.mark.parametrize("model", [*models()], ids=repr)
def test_items_of_clusters_that_are_far_apart_get_their_own_label(model):
    model.fit(APART)
    assert np.bincount(model.labels_).tolist() == [20, 14, 9]
    assert np.array_equal(model.predict(APART), model.labels_)
    moved = APART + RNG.normal(size=APART.shape)
    assert np.array_equal(model.predict(moved), model.labels_)


@pytest.mark.parametrize("method", ["pddp", "mst"])
@pytest.mark.parametrize("k", [1, 2, 9, 30])
def test_samples_go_down_the_splits_that_they_went(method, k):
    model = gl.DivisiveClustering(k, method=method).fit(CLOUD)
    assert np.array_equal(model.predict(CLOUD), model.labels_)


def test_new_items_go_down_by_mean_distances():
    model = gl.DivisiveClustering(6).fit(CLOUD)
    upper = model.tree_.collapse(6)
    members = [np.flatnonzero(upper.labels == j) for j in range(6)]
    for a, b in upper.tree.children.tolist():
        members.append(np.concatenate([members[a], members[b]]))
    for x, label in zip(NEW, model.predict(NEW), strict=True):
        node, mean = (
            10,
            {i: np.linalg.norm(CLOUD[m] - x, axis=1).mean() for i, m in enumerate(members)},
        )
        while node >= 6:
            a, b = upper.tree.children[node - 6].tolist()
            node = a if mean[a] <= mean[b] else b
        assert model.labels_[members[node][0]] == label


def test_blocks_do_not_change_predictions(monkeypatch):
    fitted = [model.fit(CLOUD) for model in models()]
    expected = [model.predict(NEW) for model in fitted]
    monkeypatch.setattr("ganglion.cluster._new_items.membership._BLOCK_VALUES", 7)
    for model, labels in zip(fitted, expected, strict=True):
        assert np.array_equal(model.predict(NEW), labels), model


# Weights.


# For "weighted" and "median" copies of an item are parts of their own, by definition.
@pytest.mark.parametrize("method", sorted({*METHODS} - {"weighted", "median"}))
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_weights_count_as_copies(method, form):
    counts = np.random.default_rng(1).integers(0, 4, size=len(CLOUD))
    weighted = gl.AgglomerativeClustering(4, linkage=method).fit(form(CLOUD), sample_weight=counts)
    copied = gl.AgglomerativeClustering(4, linkage=method).fit(form(CLOUD.repeat(counts, axis=0)))
    assert adjusted_rand_score(weighted.labels_.repeat(counts), copied.labels_) == 1.0
    assert np.array_equal(weighted.predict(form(NEW)), copied.predict(form(NEW)))
    assert weighted.n_leaves_ == np.count_nonzero(counts)
    outside = counts == 0
    assert np.array_equal(weighted.labels_[outside], weighted.predict(form(CLOUD[outside])))
    np.testing.assert_allclose(
        weighted.distances_, copied.distances_[-len(weighted.distances_) :], rtol=1e-10
    )


# Items of every kind.


@pytest.mark.parametrize("method", ["single", "complete", "average", "weighted", "minimax"])
def test_texts_and_sets(method):
    model = gl.AgglomerativeClustering(2, linkage=method, metric="levenshtein").fit(WORDS)
    assert model.labels_.tolist() == [0, 0, 0, 1, 1, 1]
    assert model.predict(["knitting", "ananas"]).tolist() == [0, 1]
    assert not hasattr(model, "n_features_in_")
    sets = [{1, 2}, {1, 2, 3}, {7, 8}, {8}, {2}]
    model = gl.AgglomerativeClustering(2, linkage=method, metric="jaccard").fit(sets)
    assert model.labels_.tolist() == [0, 0, 1, 1, 0]
    assert model.predict([{7}, {2, 3}, {8, "new"}]).tolist()[1:] == [0, 1]


@pytest.mark.parametrize("method", ["diana", "mst"])
def test_texts_are_divided(method):
    model = gl.DivisiveClustering(2, method=method, metric="levenshtein").fit(WORDS)
    assert model.labels_.tolist() == [0, 0, 0, 1, 1, 1]
    assert model.predict(["knitting", "ananas"]).tolist() == [0, 1]


def test_tables():
    frame = pd.DataFrame({"kind": ["a", "a", "b", "b", None], "size": [1.0, 1.5, 8.0, np.nan, 9.0]})
    for model in (
        gl.AgglomerativeClustering(2, metric="gower", linkage="average"),
        gl.DivisiveClustering(2, metric="gower"),
    ):
        model.fit(frame)
        assert adjusted_rand_score(model.labels_, [0, 0, 1, 1, 1]) == 1.0
        assert model.feature_names_in_.tolist() == ["kind", "size"]
        assert np.array_equal(model.predict(frame), model.labels_)
        with pytest.raises(ValueError, match="feature names"):
            model.predict(frame[["size", "kind"]].rename(columns={"kind": "other"}))


BAD_MATRICES = {
    "asymmetric": ([[0.0, 1, 2], [1, 0, 3], [9, 3, 0]], "must be symmetric"),
    "negative": ([[0.0, -1, 2], [-1, 0, 3], [2, 3, 0]], "not be negative"),
    "not a number": ([[0.0, np.nan, 2], [np.nan, 0, 3], [2, 3, 0]], "not be NaN"),
    "infinite": ([[0.0, np.inf, 2], [np.inf, 0, 3], [2, 3, 0]], "be finite"),
    "a diagonal that is not 0": ([[1.0, 1, 2], [1, 1, 3], [2, 3, 1]], "distance 0 from itself"),
    "not square": ([[0.0, 1, 2], [1, 0, 3]], "needs a square matrix"),
}


@pytest.mark.parametrize("kind", BAD_MATRICES)
@pytest.mark.parametrize(
    "model", [gl.AgglomerativeClustering(linkage="average"), gl.DivisiveClustering()]
)
def test_bad_matrices_are_refused_by_name(kind, model):
    matrix, message = BAD_MATRICES[kind]
    with pytest.raises(gl.DataError, match=message):
        model.set_params(metric="precomputed").fit(np.array(matrix))


@pytest.mark.parametrize(
    "model", [gl.AgglomerativeClustering(linkage="average"), gl.DivisiveClustering()]
)
def test_items_that_are_none_are_refused(model):
    with pytest.raises(gl.DataError, match="Use metric='levenshtein'"):
        model.fit(WORDS)
    with pytest.raises(gl.DataError, match="None"):
        model.set_params(metric="levenshtein").fit(["a", None, "b"])
    model.fit(WORDS)
    with pytest.raises(gl.DataError, match="must hold texts"):
        model.predict([1, 2])


# Parameters.

WRONG = [
    (gl.AgglomerativeClustering, {"linkage": "best"}, "linkage must be one of 'single'"),
    (gl.AgglomerativeClustering, {"n_clusters": 0}, "n_clusters must be an integer of at least 1"),
    (gl.AgglomerativeClustering, {"n_clusters": 9}, "n_samples=3 should be >= n_clusters=9"),
    (gl.AgglomerativeClustering, {"n_clusters": None}, "Exactly one of n_clusters and distance"),
    (
        gl.AgglomerativeClustering,
        {"distance_threshold": 1},
        "Exactly one of n_clusters and distance",
    ),
    (
        gl.AgglomerativeClustering,
        {"n_clusters": None, "distance_threshold": -1},
        "distance_threshold must be a number of at least 0",
    ),
    (
        gl.AgglomerativeClustering,
        {"n_clusters": None, "distance_threshold": 1, "compute_full_tree": False},
        "compute_full_tree must be True if distance_threshold is set",
    ),
    (gl.AgglomerativeClustering, {"compute_full_tree": "no"}, "compute_full_tree must be 'auto'"),
    (
        gl.AgglomerativeClustering,
        {"compute_distances": 1},
        "compute_distances must be True or False",
    ),
    (gl.AgglomerativeClustering, {"memory": 3}, "memory must be None, a path or a joblib.Memory"),
    (
        gl.AgglomerativeClustering,
        {"metric": "manhattan"},
        "linkage='ward' needs Euclidean distances",
    ),
    (
        gl.AgglomerativeClustering,
        {"linkage": "median", "connectivity": np.ones((3, 3))},
        "linkage='median' needs the distances between all items",
    ),
    (
        gl.AgglomerativeClustering,
        {"connectivity": np.ones((2, 2))},
        r"connectivity must have shape \(3, 3\)",
    ),
    (gl.AgglomerativeClustering, {"metric": "nearness"}, "metric must be"),
    (gl.DivisiveClustering, {"method": "best"}, "method must be one of 'diana'"),
    (gl.DivisiveClustering, {"n_clusters": 9}, "n_samples=3 should be >= n_clusters=9"),
    (gl.DivisiveClustering, {"n_clusters": 1.5}, "n_clusters must be an integer"),
    (gl.DivisiveClustering, {"n_clusters": None}, "must say where to stop"),
    (gl.DivisiveClustering, {"height": -1}, "height must be a finite number of at least 0"),
    (gl.DivisiveClustering, {"min_size": 0}, "min_size must be an integer of at least 1"),
    (gl.DivisiveClustering, {"criterion": "luck"}, "criterion must be one of 'bic'"),
    (gl.DivisiveClustering, {"method": "pddp", "metric": "cosine"}, "needs Euclidean distances"),
]


@pytest.mark.parametrize(("kind", "parameters", "message"), WRONG)
def test_a_wrong_parameter_is_an_error_that_says_what_must_hold(kind, parameters, message):
    with pytest.raises(
        gl.ParameterError if "shape" not in message else gl.DataError, match=message
    ):
        kind(**parameters).fit([[0.0], [1.0], [5.0]])


def test_weights_of_nothing_are_refused():
    with pytest.raises(gl.DataError, match="sample_weight must"):
        gl.AgglomerativeClustering().fit(CLOUD, sample_weight=np.zeros(len(CLOUD)))
    with pytest.raises(gl.DataError, match=r"method='bisecting' needs dense rows"):
        gl.DivisiveClustering(method="bisecting").fit(sparse.csr_array(CLOUD))


# What stops splitting.


def test_what_stops_splitting_stops_it():
    whole = gl.DivisiveClustering(None, height=20.0).fit(APART)
    assert whole.n_clusters_ == 3 and whole.tree_ == gl.divide(APART)
    assert whole.divisive_coefficient_ == gl.divisive_coefficient(whole.tree_)
    assert gl.DivisiveClustering(2, height=20.0).fit(APART).n_clusters_ == 2
    for stop in ({"min_size": 20}, {"criterion": lambda split: split.height > 20}):
        model = gl.DivisiveClustering(None, **stop).fit(APART)
        assert not hasattr(model, "divisive_coefficient_")
        assert np.bincount(model.labels_).sum() == len(APART)
    assert model.n_clusters_ == 3
    model = gl.DivisiveClustering(None, method="bisecting", criterion="bic", random_state=0)
    assert np.bincount(model.fit(APART).labels_).tolist() == [20, 14, 9]


def test_a_fit_anew_forgets_the_coefficient():
    model = gl.DivisiveClustering(2).fit(APART)
    assert 0 < model.divisive_coefficient_ < 1
    assert not hasattr(model.set_params(method="mst").fit(APART), "divisive_coefficient_")


def test_fewer_distinct_samples_than_clusters():
    X = [[0.0], [0.0], [5.0], [5.0]]
    with pytest.warns(gl.GanglionWarning, match="X has 2 distinct samples but n_clusters=3"):
        model = gl.DivisiveClustering(3, method="pddp").fit(X)
    assert model.n_clusters_ == 2 and model.labels_.tolist() == [0, 0, 1, 1]
    assert gl.DivisiveClustering(3).fit(X).n_clusters_ == 3
