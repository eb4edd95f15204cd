"""The silhouette: by definition, by hand, as scikit-learn's, under any metric, sampled, and for bad input."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.criteria import silhouette_samples, silhouette_score
from ganglion.distances import condensed, pairwise
from labelled import labelled


def by_definition(D, labels):
    """Rousseeuw 1987, word by word."""
    found = []
    for i in range(len(D)):
        own = [j for j in range(len(D)) if labels[j] == labels[i] and j != i]
        if not own:
            found.append(0.0)
            continue
        a = sum(D[i][j] for j in own) / len(own)
        means = []
        for cluster in set(labels) - {labels[i]}:
            members = [j for j in range(len(D)) if labels[j] == cluster]
            means.append(sum(D[i][j] for j in members) / len(members))
        b = min(means)
        found.append((b - a) / max(a, b) if max(a, b) > 0 else 0.0)
    return found


@pytest.mark.parametrize("n", [3, 7, 8, 9, 15, 16, 17])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_silhouettes_are_those_of_the_definition(n, dtype):
    X, labels = labelled(n, k=2, dtype=dtype)
    expected = by_definition(pairwise(X).tolist(), labels.tolist())
    assert np.allclose(silhouette_samples(X, labels), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan", "chebyshev"])
def test_silhouettes_are_scikit_learns(metric):
    X, labels = labelled(1000, 5, 7)
    expected = sklearn_metrics.silhouette_samples(X, labels, metric=metric)
    # each sum of up to 1000 terms is rounded up to 1000 times in either library
    assert np.allclose(
        silhouette_samples(X, labels, metric=metric), expected, rtol=0, atol=1000 * 2.0**-52
    )
    score = silhouette_score(X, labels, metric=metric)
    assert (
        score == pytest.approx(expected.mean(), abs=1000 * 2.0**-52) and score.standard_error == 0
    )


def test_precomputed_distances_give_the_same_square_or_condensed():
    X, labels = labelled(60)
    expected = silhouette_samples(X, labels)
    for given_ in (pairwise(X), condensed(X)):
        assert np.array_equal(silhouette_samples(given_, labels, metric="precomputed"), expected)
    sampled = silhouette_score(
        pairwise(X), labels, metric="precomputed", sample_size=20, random_state=3
    )
    assert sampled == silhouette_score(X, labels, sample_size=20, random_state=3)


def test_by_hand():
    # words: cat-cats 1, cat-hat 1, cats-hat 2; the others are 6 or more away
    words, labels = ["cat", "cats", "hat", "banana", "bananas"], ["a", "a", "a", "b", "b"]
    found = silhouette_samples(
        words, np.unique(labels, return_inverse=True)[1], metric="levenshtein"
    )
    D = pairwise(words, metric="levenshtein")
    assert found[0] == 4.5 / 5.5 and D[0].tolist() == [
        0,
        1,
        1,
        5,
        6,
    ]  # a = (1 + 1) / 2, b = (5 + 6) / 2


def test_items_on_one_spot_are_no_nearer_to_any_cluster():
    assert silhouette_samples(np.zeros((4, 2)), [0, 0, 1, 1]).tolist() == [0, 0, 0, 0]


@given(seed=st.integers(0, 2**16), exponent=st.integers(-30, 30))
@settings(max_examples=25, deadline=None)
def test_scale_order_and_names_of_clusters_change_nothing(seed, exponent):
    X, labels = labelled(40, seed=seed)
    expected = silhouette_samples(X, labels)
    assert ((expected >= -1) & (expected <= 1)).all()
    assert np.array_equal(silhouette_samples(2.0**exponent * X, labels), expected)
    order = np.random.default_rng(seed).permutation(40)
    shuffled = silhouette_samples(X[order], 7 - 3 * labels[order])
    assert np.allclose(shuffled, expected[order], rtol=0, atol=40 * 2.0**-52)


def test_a_sample_of_all_is_the_score_and_a_sample_is_as_sure_as_it_says():
    X, labels = labelled(3000, k=3)
    exact = silhouette_score(X, labels)
    whole = silhouette_score(X, labels, sample_size=3000, random_state=0)
    assert whole == exact and whole.standard_error == 0
    scores = [silhouette_score(X, labels, sample_size=200, random_state=seed) for seed in range(60)]
    errors = np.array([(score - exact) / score.standard_error for score in scores])
    # 60 standardised errors: their mean is 0 within 4 / sqrt(60), and nearly all lie within 3
    assert abs(errors.mean()) < 0.52 and (np.abs(errors) < 3).sum() >= 57
    assert repr(scores[0]).startswith(f"{float(scores[0])} +- ") and scores[0].n_judged == 200
    again = pickle.loads(pickle.dumps(scores[0]))
    assert (again, again.standard_error) == (scores[0], scores[0].standard_error)


def test_nearly_all_intervals_hold_the_score_and_none_leaves_the_range():
    X, labels = labelled(600, k=3)
    exact, held = silhouette_score(X, labels), 0
    assert exact.confidence_interval() == (exact, exact)
    for seed in range(200):
        low, high = silhouette_score(
            X, labels, sample_size=150, random_state=seed
        ).confidence_interval(0.9)
        held += low <= exact <= high
    # 200 intervals of 90 %: 180 expected, with a standard deviation of 4.2
    assert 163 <= held <= 196
    near_one = silhouette_score(
        [[0.0], [0.001], [9.0], [9.002], [9.0]], [0, 0, 1, 1, 1], sample_size=3, random_state=0
    )
    assert near_one.confidence_interval(0.999999)[1] <= 1.0
    for level in (0, 1, 95, True, "0.95"):
        with pytest.raises(gl.ParameterError, match="level must be a number between 0 and 1; got"):
            exact.confidence_interval(level)


def test_threads_and_instruction_sets_do_not_show():
    X, labels = labelled(2000, 6, 5)
    expected, before, threads = silhouette_samples(X, labels), isa(), gl.get_num_threads()
    try:
        for name in available_isas():
            use_isa(name)
            for n in (1, 2, 3, 7):
                gl.set_num_threads(n)
                assert np.array_equal(silhouette_samples(X, labels), expected), (name, n)
    finally:
        use_isa(before)
        gl.set_num_threads(threads)


@pytest.mark.parametrize(
    ("labels", "options", "words"),
    [
        (
            [0] * 40,
            {},
            "from 2 to n - 1 clusters; labels hold 1 for 40 items. Choose more clusters",
        ),
        (range(40), {}, "labels hold 40 for 40 items. Choose fewer clusters"),
        ([0, 1], {}, r"one integer for each of the 40 rows of X; got the shape \(2,\)"),
        ([0.5] * 40, {}, "labels must be integers; got dtype float64"),
        ([0, 1] * 20, {"sample_size": 41}, "sample_size must be an integer from 2 to 40; got 41"),
        ([0, 1] * 20, {"sample_size": 1}, "sample_size must be an integer from 2 to 40; got 1"),
        ([0, 1] * 20, {"metric": "euclid"}, "Did you mean 'euclidean'"),
    ],
)
def test_bad_input_is_refused(labels, options, words):
    with pytest.raises(gl.ParameterError, match=words):
        silhouette_score(labelled(40)[0], list(labels), **options)


def test_sums_that_do_not_fit_are_refused():
    X, labels = labelled(40)
    with pytest.raises(
        gl.MemoryPlanError, match=r"40 items to 4 clusters needs 1,280 bytes; .* sample_size=1000"
    ):
        silhouette_samples(X, labels, memory_limit=1000)
