"""KMedoids over whatever has distances: one set of checks for texts, sets, series, tables, matrices and functions."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.utils import get_tags

import ganglion as gl
from ganglion.distances import as_items, pairwise
from oracles.kmeans_cases import blobs

X = blobs(60, 3)
WORDS = [
    "main street",
    "main str.",
    "main st",
    "park avenue",
    "park ave",
    "park av.",
    "plum",
    "plums",
    "",
    "ß",
]
SETS = [{"a", "b"}, {"a", "b", "c"}, {"b", "c"}, {"x"}, {"x", "y"}, set(), {"y", "z"}, {"a"}]
rng = np.random.default_rng(0)
SERIES = [rng.normal(size=rng.integers(3, 9)) + 5 * (i % 2) for i in range(12)]
TABLE = pd.DataFrame(
    {
        "age": [20.0, 21.0, np.nan, 60.0, 61.0, 63.0],
        "plan": ["a", "a", "a", "b", "b", None],
        "since": pd.to_datetime(
            ["2020-01-01", "2020-02-01", "2020-03-01", "2024-01-01", None, "2024-02-01"]
        ),
    }
)
DISTANCES = pairwise(X)


def far(x, y):
    return float(abs(len(x) - len(y)))


# Items and settings by name.
CASES = {
    "rows": (X, {}),
    "float32": (X.astype(np.float32), {}),
    "lists": (X.tolist(), {"metric": "manhattan"}),
    "sparse": (sp.csr_array(np.where(X > 0, X, 0)), {"metric": "cosine"}),
    "frame": (
        pd.DataFrame(X, columns=["a", "b", "c"]),
        {"metric": "minkowski", "metric_params": {"p": 3}},
    ),
    "bits": (X > 0, {"metric": "jaccard"}),
    "texts": (WORDS, {"metric": "levenshtein"}),
    "text array": (np.array(WORDS), {"metric": "jaro_winkler"}),
    "sets": (SETS, {"metric": "jaccard"}),
    "series": (SERIES, {"metric": "dtw", "metric_params": {"band": 2}}),
    "table": (TABLE, {"metric": "gower"}),
    "polars": (pl.from_pandas(TABLE), {"metric": "gower"}),
    "dict": ({"age": [1.0, 2.0, 9.0, None], "plan": ["x", "x", "y", "y"]}, {"metric": "gower"}),
    "matrix": (DISTANCES, {"metric": "precomputed"}),
    "float32 matrix": (DISTANCES.astype(np.float32), {"metric": "precomputed"}),
    "function": (WORDS, {"metric": far}),
    "function of rows": (X[:20], {"metric": lambda x, y: float(np.abs(x - y).max())}),
}
K = 2


def model_of(name, **more):
    return gl.KMedoids(K, random_state=0, **CASES[name][1], **more)


@pytest.mark.parametrize("name", CASES)
def test_what_was_fitted_is_predicted_as_it_was_labelled(name):
    items = CASES[name][0]
    model = model_of(name)
    assert model.fit(items) is model
    n = len(model.labels_)
    assert model.labels_.dtype == np.int32
    assert np.array_equal(model.predict(items), model.labels_)
    assert np.array_equal(model.fit_predict(items), model.labels_)
    assert np.array_equal(model.labels_[model.medoid_indices_], np.arange(K))
    distances = model.transform(items)
    assert distances.shape == (n, K)
    assert np.array_equal(np.argmin(distances, axis=1), model.labels_)
    assert np.array_equal(model.fit_transform(items), distances)
    assert model.inertia_ == pytest.approx(distances.min(axis=1).sum(dtype=float), rel=1e-6)
    assert model.score(items) == pytest.approx(-model.inertia_, rel=1e-6)
    assert type(model.n_iter_) is int
    assert model.converged_ is True
    assert model.certified_ is True
    assert list(model.get_feature_names_out()) == ["kmedoids0", "kmedoids1"]


@pytest.mark.parametrize("name", CASES)
def test_a_fit_is_the_plain_function(name):
    items, settings = CASES[name]
    model, run = model_of(name).fit(items), gl.kmedoids(items, K, random_state=0, **settings)
    assert np.array_equal(model.medoid_indices_, run.medoids)
    assert np.array_equal(model.labels_, run.labels)
    assert (model.inertia_, model.n_iter_) == (run.inertia, run.n_iter)


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("polars", "dict")])
def test_an_integer_weight_is_as_many_repetitions(name):
    items, settings = CASES[name]
    n = items.shape[0] if hasattr(items, "shape") else len(items)
    weights = np.resize([1, 3, 2], n)
    again = np.repeat(np.arange(n), weights)
    if settings.get("metric") == "precomputed":
        repeated = items[np.ix_(again, again)]
    elif hasattr(items, "iloc"):
        repeated = items.iloc[again]
    else:
        repeated = items[again] if hasattr(items, "shape") else [items[i] for i in again]
    weighted = model_of(name).fit(items, sample_weight=weights)
    written_out = model_of(name).fit(repeated)
    assert weighted.inertia_ == pytest.approx(written_out.inertia_, rel=1e-6)
    assert np.array_equal(np.repeat(weighted.labels_, weights), written_out.labels_)
    if settings.get("metric") != "precomputed":
        score = weighted.score(items, sample_weight=weights)
        assert score == pytest.approx(-weighted.inertia_, rel=1e-6)


@pytest.mark.parametrize("name", [name for name in CASES if name != "function of rows"])
def test_it_is_cloned_and_pickled(name):
    items = CASES[name][0]
    model = model_of(name).fit(items)
    fresh = clone(model)
    assert fresh.get_params() == model.get_params()
    assert not hasattr(fresh, "labels_")
    with pytest.raises(NotFittedError):
        fresh.predict(items)
    same = pickle.loads(pickle.dumps(model))
    assert np.array_equal(same.predict(items), model.labels_)


@pytest.mark.parametrize("name", [name for name in CASES if "function" not in name])
def test_a_model_file_holds_the_medoids_and_gives_the_same_bits(name, tmp_path):
    items = CASES[name][0]
    model = model_of(name).fit(items)
    gl.save(model, tmp_path / "m")
    same = gl.load(tmp_path / "m")
    assert np.array_equal(same.predict(items), model.labels_)
    assert np.array_equal(same.transform(items), model.transform(items))
    assert same.get_params() == model.get_params()
    for attribute, value in vars(model).items():
        if attribute.endswith("_"):
            np.testing.assert_equal(getattr(same, attribute), value)
    first = (tmp_path / "m").read_bytes()
    gl.save(same, tmp_path / "m")
    assert (tmp_path / "m").read_bytes() == first


def test_medoids_are_given_as_they_are():
    def centers(name):
        model = model_of(name).fit(CASES[name][0])
        return model.cluster_centers_, model.medoid_indices_

    for name in ("rows", "float32"):
        found, at = centers(name)
        assert np.array_equal(found, CASES[name][0][at])
        assert found.dtype == CASES[name][0].dtype
    found, at = centers("sparse")
    assert np.array_equal(found, CASES["sparse"][0].toarray()[at])
    found, at = centers("bits")
    assert np.array_equal(found, CASES["bits"][0][at])
    for name in ("texts", "sets", "function"):
        found, at = centers(name)
        assert found == [CASES[name][0][i] for i in at]
    found, at = centers("series")
    assert all(np.array_equal(series[:, 0], SERIES[i]) for series, i in zip(found, at, strict=True))
    found, at = centers("table")
    assert [row["plan"] for row in found] == TABLE["plan"].iloc[at].tolist()
    assert found[0]["age"] == TABLE["age"].iloc[at[0]]
    assert centers("matrix")[0] is None


def test_neither_a_model_nor_its_file_holds_the_other_items(tmp_path):
    sets = [{f"element {i}", "all"} for i in range(50)]
    for items, metric in ((sets, "jaccard"), ([f"a secret {i}" for i in range(50)], "levenshtein")):
        model = gl.KMedoids(2, metric=metric).fit(items)
        gl.save(model, tmp_path / "m")
        state = gl.storage.read_state(tmp_path / "m")
        held = [a for n, a in state.arrays.items() if n.startswith("items.")]
        assert sum(a.size for a in held) < 60
    model = gl.KMedoids(2, metric="precomputed").fit(np.zeros((500, 500)) + 1 - np.eye(500))
    assert len(pickle.dumps(model)) < 10_000


def test_columns_have_their_names_and_numbers():
    model = gl.KMedoids(2).fit(pd.DataFrame(X, columns=["a", "b", "c"]))
    assert model.n_features_in_ == 3
    assert list(model.feature_names_in_) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(pd.DataFrame(X, columns=["c", "b", "a"]))
    mixed = gl.KMedoids(2, metric="gower").fit(TABLE)
    assert list(mixed.feature_names_in_) == ["age", "plan", "since"]
    with pytest.raises(ValueError, match="feature names should match"):
        mixed.predict(TABLE[["plan", "age", "since"]])
    named = gl.KMedoids(2).fit({"a": X[:, 0], "b": X[:, 1]})
    assert list(named.feature_names_in_) == ["a", "b"]
    with pytest.raises(gl.DataError, match="The columns must be 'a', 'b', as in fit; got 'b', 'a'"):
        named.predict({"b": X[:, 1], "a": X[:, 0]})
    for name in ("texts", "sets", "series"):
        assert not hasattr(model_of(name).fit(CASES[name][0]), "n_features_in_")
    assert model_of("matrix").fit(DISTANCES).n_features_in_ == len(X)
    again = gl.KMedoids(2).fit(X)
    assert not hasattr(again.set_params(metric="levenshtein").fit(WORDS), "n_features_in_")


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_distances_come_as_the_frame_that_was_asked_for(output):
    model = gl.KMedoids(2, metric="levenshtein").set_output(transform=output)
    frame = model.fit_transform(WORDS)
    assert list(frame.columns) == ["kmedoids0", "kmedoids1"]
    assert len(frame) == len(WORDS)


def test_the_tags_say_what_a_metric_is_between():
    def tags(metric):
        return get_tags(gl.KMedoids(metric=metric)).input_tags

    assert (tags("euclidean").pairwise, tags("euclidean").sparse) == (False, True)
    assert (tags("precomputed").pairwise, tags("precomputed").sparse) == (True, False)
    assert tags("levenshtein").string
    assert tags("gower").allow_nan
    assert not tags("no such metric").pairwise


def test_folds_of_a_matrix_of_distances_are_cut_both_ways():
    found = cross_val_score(gl.KMedoids(3, metric="precomputed", random_state=0), DISTANCES, cv=3)
    expected = cross_val_score(gl.KMedoids(3, random_state=0), X, cv=3)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_new_items_by_their_distances_to_all_or_to_the_medoids():
    new = blobs(20, 3, seed=1)
    rows = gl.KMedoids(3, random_state=0).fit(X)
    model = gl.KMedoids(3, metric="precomputed", random_state=0).fit(DISTANCES)
    assert np.array_equal(model.medoid_indices_, rows.medoid_indices_)
    to_all = pairwise(new, X)
    to_medoids = np.ascontiguousarray(to_all[:, model.medoid_indices_])
    for given in (to_all, to_medoids, to_medoids.tolist(), to_all.tolist()):
        assert np.array_equal(model.predict(given), rows.predict(new))
        assert np.array_equal(model.transform(given), to_medoids)
        assert model.score(given) == rows.score(new)
    with pytest.raises(ValueError, match="X has 7 features, but KMedoids is expecting 60"):
        model.predict(to_all[:, :7])
    every = gl.KMedoids(4, metric="precomputed", init=[3, 2, 1, 0]).fit(DISTANCES[:4, :4])
    assert np.array_equal(every.predict(DISTANCES[:4, :4]), every.labels_)


def test_a_condensed_matrix_is_the_square_one():
    triangle = DISTANCES[np.triu_indices(len(X), 1)]
    square = gl.KMedoids(3, metric="precomputed", random_state=0).fit(DISTANCES)
    model = gl.KMedoids(3, metric="precomputed", random_state=0).fit(triangle)
    assert np.array_equal(model.labels_, square.labels_)
    assert model.n_features_in_ == len(X)
    assert np.array_equal(model.fit_transform(triangle), square.transform(DISTANCES))
    assert np.array_equal(model.predict(DISTANCES), square.labels_)


def changed(i, j, value):
    D = DISTANCES.copy()
    D[i, j] = value
    return D


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (changed(2, 5, 9.0), "asymmetric|symmetric"),
        (changed(2, 5, -1.0), "negative"),
        (changed(2, 5, np.nan), "NaN|nan"),
        (changed(2, 5, np.inf), "finite|inf"),
        (changed(3, 3, 1.0), "diagonal"),
        (DISTANCES[:5], "needs a square matrix of distances; X has shape"),
        (DISTANCES[0, :4], "fits no n"),
    ],
)
def test_what_is_no_matrix_of_distances_is_refused_by_name(given, message):
    with pytest.raises(gl.DataError, match=message):
        gl.KMedoids(2, metric="precomputed").fit(given)


def test_new_distances_are_looked_at_too():
    model = gl.KMedoids(2, metric="precomputed").fit(DISTANCES)
    for given in (-DISTANCES[:3], -DISTANCES[:3, :2]):
        with pytest.raises(gl.DataError, match="negative"):
            model.predict(given)


WRONG = [
    (X, {"n_clusters": 0}, "n_clusters must be an integer of at least 1; got 0"),
    (X, {"n_clusters": 61}, "n_clusters=61 and 60 items"),
    (X, {"metric": "euclidian"}, "Did you mean 'euclidean'"),
    (X, {"metric_params": {"p": 3}}, "takes no parameters; got 'p'"),
    (X, {"init": "best"}, "init must be one of 'auto', 'build'"),
    (X, {"init": [0]}, "init must be one of .* or the indices of 2 items"),
    (X, {"n_init": 0}, "n_init must be an integer of at least 1; got 0"),
    (X, {"max_iter": 0}, "max_iter must be an integer of at least 1; got 0"),
    (X, {"algorithm": "pam"}, "algorithm must be one of 'auto', 'fasterpam', 'sampled'; got 'pam'"),
    (X, {"random_state": "seed"}, "random_state must be None, an integer"),
    (WORDS, {}, "X holds texts. Use metric='levenshtein'"),
    (SETS, {}, "X holds sets. Use metric='jaccard'"),
    (["a", None], {"metric": "levenshtein"}, "X holds a missing text at item 1"),
    ([{1}, None], {"metric": "jaccard"}, "X holds a missing set at item 1"),
    ([[1.0], [np.nan]], {"metric": "dtw"}, "series 1 has nan at step 0"),
    (
        TABLE[["plan"]].assign(plan=None),
        {"metric": "gower"},
        "Gower needs a known cell in every row",
    ),
    (TABLE, {}, "X has 1 missing in column 'age', the first at row 2. .* metric='gower'"),
]


@pytest.mark.parametrize(("items", "settings", "message"), WRONG)
def test_what_is_wrong_is_named(items, settings, message):
    with pytest.raises((gl.ParameterError, gl.DataError), match=message):
        gl.KMedoids(**{"n_clusters": 2, **settings}).fit(items)


def test_too_little_memory_is_named():
    with pytest.raises(gl.MemoryPlanError, match="memory_limit allows"):
        gl.KMedoids(2, memory_limit=100).fit(X)


def test_a_bad_value_is_named_with_its_column():
    frame = pd.DataFrame({"age": [1.0, 2.0, 3.0], "income": [1.0, np.nan, 3.0]})
    with pytest.raises(gl.DataError, match=r"row 1.*'income'|'income'.* row 1"):
        gl.KMedoids(2).fit(frame)
    model = gl.KMedoids(2).fit(frame.fillna(2.0))
    with pytest.raises(gl.DataError, match=r"row 1.*'income'|'income'.* row 1"):
        model.predict(frame)


def test_new_items_must_be_of_the_fitted_kind():
    with pytest.raises(gl.DataError, match="must hold texts"):
        model_of("texts").fit(WORDS).predict([1, 2])
    with pytest.raises(gl.DataError, match="as the items before"):
        model_of("sets").fit(SETS).predict(X > 0)
    with pytest.raises(gl.DataError, match="must have the column 'plan'"):
        gl.KMedoids(2, metric="gower").fit({"age": [1, 2], "plan": ["a", "b"]}).predict(
            {"age": [1.0]}
        )
    with pytest.raises(ValueError, match="X has 2 features, but KMedoids is expecting 3"):
        gl.KMedoids(2).fit(X).predict(X[:, :2])


def test_new_elements_and_categories_are_compared():
    model = gl.KMedoids(2, metric="jaccard").fit(SETS)
    new = [{"a", "b", "new"}, {"q"}]
    expected = pairwise(as_items(new, "jaccard"), as_items(model.cluster_centers_, "jaccard"))
    assert np.array_equal(model.transform(new), expected)
    mixed = gl.KMedoids(2, metric="gower").fit(TABLE[["age", "plan"]])
    new_row = pd.DataFrame({"age": [20.5], "plan": ["never seen"]})
    assert mixed.transform(new_row).min() >= 0.5


def test_a_function_cannot_be_saved(tmp_path):
    with pytest.raises(gl.ParameterError, match="metric"):
        gl.save(model_of("function").fit(WORDS), tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_seeds_repeat_and_starts_compete():
    settings = {"n_clusters": 5, "init": "random", "max_iter": 1}
    few = [gl.KMedoids(random_state=seed, **settings).fit(X).inertia_ for seed in (0, 0, 1, 2, 3)]
    assert few[0] == few[1]
    best = gl.KMedoids(random_state=0, n_init=20, **settings).fit(X)
    assert best.inertia_ <= few[0]
