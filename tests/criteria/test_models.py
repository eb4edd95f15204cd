"""BIC, ICL and the gap: point by point, as scikit-learn's mixture, under changes of units, and for bad input."""

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

import ganglion as gl
from ganglion import criteria
from ganglion.criteria import _from_moments as forms
from ganglion.criteria._cluster_moments import cluster_moments
from ganglion.criteria._stacked_moments import StackedMoments
from ganglion.criteria.gap import reference_box
from oracles import criteria as oracle

KINDS = ("tied_spherical", "spherical", "diagonal", "tied", "full")


def labelled(n, d=3, k=4, *, seed=0):
    rng = np.random.default_rng([seed, n, d, k])
    labels = rng.permutation(np.arange(n) % k)
    turned = rng.normal(size=(n, d)) @ rng.normal(size=(d, d))
    return turned + 3.0 * rng.normal(size=(k, d))[labels], labels


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "d", "k"), [(17, 1, 2), (40, 2, 3), (100, 4, 5), (30, 3, 1)])
def test_both_are_those_of_the_definitions(kind, n, d, k):
    X, labels = labelled(n, d, k)
    bic, icl = oracle.bic_and_icl(X, labels, kind)
    assert criteria.bic_score(X, labels, covariance=kind) == pytest.approx(bic, rel=1e-12)
    assert criteria.icl_score(X, labels, covariance=kind) == pytest.approx(icl, rel=1e-12)
    assert icl >= bic - 1e-9


@pytest.mark.parametrize("kind", ["spherical", "diagonal", "tied", "full"])
def test_bic_is_that_of_scikit_learns_mixture_with_these_parameters(kind):
    X, labels = labelled(500, 3, 4)
    spread, _ = oracle.covariances(X, labels, kind)
    precise = [np.linalg.inv(s) for s in spread]
    roots = {
        "full": lambda: np.array([np.linalg.cholesky(p) for p in precise]),
        "tied": lambda: np.linalg.cholesky(precise[0]),
        "diagonal": lambda: np.array([np.sqrt(np.diag(p)) for p in precise]),
        "spherical": lambda: np.array([math.sqrt(p[0, 0]) for p in precise]),
    }
    mixture = GaussianMixture(4, covariance_type={"diagonal": "diag"}.get(kind, kind))
    mixture.weights_ = np.bincount(labels) / 500
    mixture.means_ = np.array([X[labels == j].mean(axis=0) for j in range(4)])
    mixture.precisions_cholesky_ = roots[kind]()
    assert criteria.bic_score(X, labels, covariance=kind) == pytest.approx(
        mixture.bic(X), rel=1e-12
    )


def test_a_mixture_fitted_by_the_peer_is_not_far_from_its_labels():
    X, _ = labelled(600, 2, 3)
    mixture = GaussianMixture(3, random_state=0, reg_covar=0).fit(X)
    found = criteria.bic_score(X, mixture.predict(X), covariance="full")
    assert found >= mixture.bic(X) - 1e-6  # the peer's parameters are the maximum
    assert found == pytest.approx(mixture.bic(X), rel=0.02)


@given(seed=st.integers(0, 2**16), exponent=st.integers(-100, 100))
@settings(max_examples=15, deadline=None)
def test_units_shift_all_models_by_the_same_amount(seed, exponent):
    X, labels = labelled(60, 3, 3, seed=seed)
    shift = 2 * 60 * 3 * exponent * math.log(2)
    for kind in KINDS:
        for score in (criteria.bic_score, criteria.icl_score):
            plain = score(X, labels, covariance=kind)
            scaled = score(np.ldexp(X, exponent), labels, covariance=kind)
            assert scaled - shift == pytest.approx(plain, abs=1e-10 * (1 + abs(shift) + abs(plain)))


@pytest.mark.parametrize("kind", KINDS)
def test_whole_weights_equal_repetition_and_offsets_cost_nothing(kind):
    rng = np.random.default_rng(0)
    X, labels = rng.integers(-64, 64, size=(60, 3)) / 8, np.arange(60) % 3
    times = rng.integers(0, 4, size=60)
    long = np.repeat(X, times, axis=0), np.repeat(labels, times)
    for score in (criteria.bic_score, criteria.icl_score):
        weighted = score(X, labels, covariance=kind, sample_weight=times)
        assert weighted == pytest.approx(score(*long, covariance=kind), rel=1e-12)
        assert score(X + 1e15, labels, covariance=kind) == pytest.approx(
            score(X, labels, covariance=kind), rel=1e-12
        )


def test_the_form_without_rows_is_the_icl():
    X, labels = labelled(80)
    moments = StackedMoments.alone(cluster_moments(X, labels, 4))
    for tied, kind in ((True, "tied_spherical"), (False, "spherical")):
        expected = criteria.icl_score(X, labels, covariance=kind)
        assert forms.spherical_bic(moments, tied=tied) == pytest.approx(expected, rel=1e-12)


def test_by_hand():
    # Two clusters of two points at distance 2: shares 1/2, variance 1. Far apart, only the own component counts:
    # log L = 4 log(1/2) - 2 log(2 pi) - 2, p = 1 + 2 + 1.
    X, labels = [[0.0], [2.0], [1e6], [1e6 + 2]], [0, 0, 1, 1]
    log_likelihood = 4 * math.log(0.5) - 2 * math.log(2 * math.pi) - 2
    expected = -2 * log_likelihood + 4 * math.log(4)
    assert criteria.icl_score(X, labels, covariance="tied_spherical") == pytest.approx(expected)
    assert criteria.bic_score(X, labels, covariance="tied_spherical") == pytest.approx(expected)


def test_what_has_no_spread_is_refused_unless_regularised():
    X = np.random.default_rng(0).normal(size=(30, 3))
    labels = np.r_[[7], np.zeros(29, int)]
    with pytest.raises(
        gl.ParameterError, match=r'cluster 7 has none in one.*covariance="tied_spherical"'
    ):
        criteria.bic_score(X, labels)
    with pytest.raises(gl.ParameterError, match=r'cluster 7 has none.*covariance="tied"'):
        criteria.bic_score(X, labels, covariance="full")
    assert math.isfinite(criteria.bic_score(X, labels, covariance="tied"))
    assert math.isfinite(criteria.bic_score(X, labels, regularization=1e-6))
    flat = np.c_[X, X.sum(axis=1)]
    with pytest.raises(gl.ParameterError, match="drop columns that are constant or sums of others"):
        criteria.bic_score(flat, np.arange(30) % 2, covariance="tied")
    with pytest.raises(gl.ParameterError, match=r"cluster 0 \(and 1 others\) has none in one"):
        criteria.icl_score(flat, np.arange(30) % 2, covariance="full")


def test_values_next_to_zero_have_a_likelihood_too():
    X, labels = labelled(40, 2, 3)
    plain, exponent = criteria.bic_score(X, labels), -1000
    tiny = criteria.bic_score(np.ldexp(X, exponent), labels)
    assert tiny - 2 * 40 * 2 * exponent * math.log(2) == pytest.approx(plain, abs=1e-6)
    with pytest.raises(gl.DataError, match=r"regularization=1 is beyond what float64 can compare"):
        criteria.bic_score(np.ldexp(X, exponent), labels, regularization=1.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"covariance": "diag"}, "covariance must be one of .*'diagonal'.*; got 'diag'"),
        (
            {"regularization": -1.0},
            "regularization must be a finite number of at least 0; got -1.0",
        ),
        ({"regularization": "a"}, "regularization must be a finite number of at least 0; got 'a'"),
    ],
)
def test_bad_parameters_of_models_are_refused(options, words):
    with pytest.raises(gl.ParameterError, match=words):
        criteria.bic_score(np.eye(3), [0, 0, 1], **options)


def test_the_gap_is_that_of_the_paper():
    """With references and clusterings that are drawn again here, from the same generator."""
    X, labels = labelled(60, 2, 3)
    drawn, rng = [], np.random.default_rng(5)
    box = reference_box(X, "uniform")
    assert np.allclose(box.low + box.middle, X.min(axis=0)) and box.axes is None

    def halves(points, k, seed):
        assert k == 3 and points.shape == (60, 2)
        drawn.append(points)
        return (np.arange(60) % 3).astype(np.int64)

    found = criteria.gap_statistic(
        X, labels, fit=halves, n_references=7, reference="uniform", random_state=5
    )
    logs = [math.log(criteria.scatter(points, np.arange(60) % 3).wss / 60) for points in drawn]
    assert np.allclose(found.reference, logs, rtol=1e-12)
    assert found.log_within == pytest.approx(math.log(criteria.scatter(X, labels).wss / 60))
    assert found == pytest.approx(np.mean(logs) - found.log_within, rel=1e-12)
    assert found.standard_error == pytest.approx(np.std(logs) * math.sqrt(1 + 1 / 7))
    assert np.array_equal(drawn[0], box.draw(60, rng))
    again = pickle.loads(pickle.dumps(found))
    assert (again, again.standard_error) == (found, found.standard_error)
    assert repr(found) == f"{float(found)} +- {found.standard_error:.2g}"


def test_references_fill_the_box_of_the_data():
    rng = np.random.default_rng(0)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    X = (rng.random((4000, 2)) - 0.5) * [10.0, 1.0] @ turn.T + 100.0
    box = reference_box(X, "pca")
    assert np.allclose(sorted(box.high - box.low), [1.0, 10.0], rtol=0.05)
    points = box.draw(20_000, rng)
    # The data fill a box too, which is a little shorter than theirs: their variances are 100 / 12 and 1 / 12.
    assert np.allclose(np.cov(points.T), np.cov(X.T), atol=0.4)


def test_the_gap_finds_three_clusters_and_one():
    rng = np.random.default_rng(1)
    three = rng.normal(size=(120, 2)) + 8.0 * np.array([[0, 0], [1, 0], [0, 1]])[np.arange(120) % 3]
    for X, k in ((three, 3), (rng.normal(size=(120, 2)), 1)):
        gaps = [
            criteria.gap_statistic(
                X, gl.kmeans(X, j, n_init=5, random_state=0).labels, random_state=0
            )
            for j in range(1, 6)
        ]
        one_error = [a >= b - b.standard_error for a, b in pairwise(gaps)]
        assert one_error.index(True) + 1 == k


def test_one_seed_gives_one_gap():
    X, labels = labelled(60, 2, 3)
    first, second = (criteria.gap_statistic(X, labels, random_state=3) for _ in range(2))
    assert first == second and np.array_equal(first.reference, second.reference)
    ones = criteria.gap_statistic(X, labels, random_state=3, sample_weight=np.ones(60))
    assert ones == pytest.approx(first, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_references": 1}, "n_references must be an integer of at least 2; got 1"),
        ({"reference": "box"}, "reference must be one of 'pca', 'uniform'; got 'box'"),
        (
            {"fit": lambda points, k, seed: [0.5] * len(points)},
            "an integer for each of the 6 points; got shape",
        ),
    ],
)
def test_bad_parameters_of_the_gap_are_refused(options, words):
    with pytest.raises(gl.ParameterError, match=words):
        criteria.gap_statistic(np.arange(12.0).reshape(6, 2), [0, 0, 0, 1, 1, 1], **options)


def test_a_gap_without_scatter_is_refused():
    with pytest.raises(gl.DataError, match="logarithm of the scatter within clusters, which is 0"):
        criteria.gap_statistic([[0.0], [0.0], [1.0], [1.0]], [0, 0, 1, 1])
