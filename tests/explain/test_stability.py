"""How firmly clusters stand: against sets, by hand, and where the inputs are not what they should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import ganglion as gl
from ganglion.explain import cluster_stability
from oracles.stability import clusterwise


def _blobs(n: int = 60, apart: float = 12.0) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.concatenate([rng.normal(0, 1, size=(n, 2)), rng.normal(apart, 1, size=(n, 2))])


def _kmeans(k: int):
    return lambda rows: gl.kmeans(rows, k, random_state=0)


@given(
    n=st.integers(1, 30),
    k=st.integers(1, 5),
    seed=st.integers(0, 2**32 - 1),
    scheme=st.sampled_from(["bootstrap", "subset"]),
)
def test_every_value_is_that_of_sets(n, k, seed, scheme):
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, k, size=n)
    calls: list[tuple[list[int], list[int]]] = []

    def fit(rows: list[int]) -> np.ndarray:
        # Equal rows get equal labels, as from any method; the labels are any integers.
        found = np.random.default_rng(seed + len(calls)).integers(-1, 4, size=n)[rows] * 7
        found[found < 0] = -1
        calls.append((rows, found.tolist()))
        return found

    result = cluster_stability(
        list(range(n)), labels, fit, n_resamples=4, scheme=scheme, random_state=seed
    )
    assert result.clusters.tolist() == sorted(set(labels.tolist()) - {-1})
    expected = [
        [clusterwise(rows, labels.tolist(), found, int(c)) for c in result.clusters]
        for rows, found in calls
    ]
    np.testing.assert_array_equal(result.values, np.array(expected).reshape(4, -1))


def test_the_mean_its_error_and_the_shares_by_hand():
    # Clusters a = {0, 1, 2} and b = {3}; half of 8 rows is drawn, so that `fit` decides what is found. It puts all rows
    # into one cluster: the value of a is |a*| / 4 and that of b 1 / 4 where row 3 was drawn.
    labels = [0, 0, 0, 1, 0, 0, 0, 0]
    result = cluster_stability(
        list(range(8)),
        labels,
        lambda rows: [5] * len(rows),
        n_resamples=40,
        scheme="subset",
        random_state=3,
    )
    a, b = result.values.T
    drawn = ~np.isnan(b)
    np.testing.assert_array_equal(b[drawn], 0.25)
    np.testing.assert_array_equal(a, np.where(drawn, 0.75, 1.0))
    share = drawn.mean()
    assert result.jaccard[0] == pytest.approx(1 - share / 4, abs=1e-15)
    # 0.75 and 1 with shares p and 1 - p: a variance of p (1 - p) / 16, times 40 / 39 and divided by 40.
    assert result.error[0] == pytest.approx(np.sqrt(share * (1 - share) / 16 / 39), abs=1e-15)
    assert result.jaccard[1] == 0.25
    assert result.error[1] == 0
    np.testing.assert_array_equal(result.recovered, [1, 0])
    np.testing.assert_array_equal(result.dissolved, [0, 1])
    assert result.verdicts == ("stable", "dissolved")


def test_far_blobs_come_back_and_halves_of_a_cloud_do_not():
    X = _blobs()
    firm = cluster_stability(X, gl.kmeans(X, 2, random_state=0).labels, _kmeans(2), random_state=1)
    np.testing.assert_array_equal(firm.jaccard, 1)
    np.testing.assert_array_equal(firm.error, 0)
    cloud = np.random.default_rng(2).normal(size=(200, 2))
    loose = cluster_stability(
        cloud, gl.kmeans(cloud, 5, random_state=0).labels, _kmeans(5), random_state=1
    )
    assert loose.jaccard.max() < 0.8
    assert "stable" not in loose.verdicts or loose.jaccard.min() < 0.75


def test_only_the_cluster_that_is_cut_in_two_is_unstable():
    X = _blobs()
    found = cluster_stability(X, gl.kmeans(X, 3, random_state=0).labels, _kmeans(3), random_state=1)
    assert found.jaccard.max() > 0.95
    assert found.jaccard.min() < 0.85


def test_one_seed_gives_one_answer_at_any_number_of_threads():
    X = _blobs(200, 3.0)
    labels = gl.kmeans(X, 3, random_state=0).labels
    before, values = gl.get_num_threads(), []
    try:
        for threads in (1, 2, 3, 7):
            gl.set_num_threads(threads)
            values.append(
                cluster_stability(X, labels, _kmeans(3), n_resamples=5, random_state=4).values
            )
    finally:
        gl.set_num_threads(before)
    for other in values[1:]:
        np.testing.assert_array_equal(other, values[0])


def test_sparse_rows_frames_and_items_are_resampled_too():
    X = _blobs(20)
    labels = gl.kmeans(X, 2, random_state=0).labels
    dense = cluster_stability(X, labels, _kmeans(2), n_resamples=5, random_state=0)
    sparse = cluster_stability(csr_array(X), labels, _kmeans(2), n_resamples=5, random_state=0)
    np.testing.assert_array_equal(dense.values, sparse.values)
    words = ["alpha", "alphas", "alpho", "river", "rivers", "rover"]
    texts = cluster_stability(
        words,
        [0, 0, 0, 1, 1, 1],
        lambda rows: gl.kmedoids(rows, min(2, len(set(rows))), metric="levenshtein"),
        n_resamples=20,
        random_state=0,
    )
    assert texts.jaccard.min() > 0.8


def test_an_estimator_can_be_what_fits():
    X = _blobs(30)
    found = cluster_stability(
        X,
        gl.kmeans(X, 2, random_state=0).labels,
        lambda rows: gl.KMeans(2, random_state=0).fit(rows),
        n_resamples=3,
        random_state=0,
    )
    np.testing.assert_array_equal(found.jaccard, 1)


def test_labels_without_a_cluster_have_no_stability():
    found = cluster_stability(
        [1, 2, 3], [-1, -1, -1], lambda rows: [0] * len(rows), n_resamples=3, random_state=0
    )
    assert found.jaccard.shape == (0,)
    assert found.verdicts == ()


def test_one_row_and_one_resample():
    found = cluster_stability([[1.0]], [3], lambda rows: [0], n_resamples=1, random_state=0)
    assert found.jaccard.tolist() == [1.0]
    assert np.isnan(found.error).all()


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        (
            [0, 1],
            r"labels must hold an integer or a text for each of the 3 rows of X; got shape \(2,\)",
        ),
        ([0.5, 1.0, 2.0], r"labels must hold an integer .* of float64"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, match):
    with pytest.raises(gl.DataError, match=match):
        cluster_stability([1, 2, 3], labels, lambda rows: [0] * len(rows))


@pytest.mark.parametrize("answer", [[0], [0.5, 0.5, 0.5], [[0], [0], [0]]])
def test_an_answer_that_does_not_fit_is_refused(answer):
    with pytest.raises(
        gl.DataError, match="fit must return an integer or a text for each of the 3 rows"
    ):
        cluster_stability([1, 2, 3], [0, 0, 1], lambda rows: answer)


def test_parameters_out_of_range_are_refused():
    def fit(rows: list[int]) -> list[int]:
        return [0] * len(rows)

    with pytest.raises(
        gl.ParameterError, match="n_resamples must be an integer of at least 1; got 0"
    ):
        cluster_stability([1, 2], [0, 1], fit, n_resamples=0)
    with pytest.raises(
        gl.ParameterError, match="scheme must be one of 'bootstrap', 'subset'; got 'jackknife'"
    ):
        cluster_stability([1, 2], [0, 1], fit, scheme="jackknife")


def test_texts_and_truth_values_can_be_labels():
    X = _blobs(20)
    numbers = gl.kmeans(X, 2, random_state=0).labels
    words = np.where(numbers == 0, "left", "right")
    one = cluster_stability(X, numbers, _kmeans(2), n_resamples=4, random_state=0)
    other = cluster_stability(
        X,
        words,
        lambda rows: np.where(_kmeans(2)(rows).labels == 1, "x", "y"),
        n_resamples=4,
        random_state=0,
    )
    assert other.clusters.tolist() == ["left", "right"]
    np.testing.assert_array_equal(one.values, other.values)
    flags = cluster_stability(X, words == "left", _kmeans(2), n_resamples=4, random_state=0)
    assert flags.clusters.tolist() == [False, True]


def test_no_rows_are_refused():
    with pytest.raises(gl.DataError, match="X must have at least one row; got none"):
        cluster_stability(np.empty((0, 2)), [], _kmeans(1))
