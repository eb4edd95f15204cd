"""Criteria around centres: by exact fractions, by hand, as scikit-learn's, far from the origin, and for bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as peers

import ganglion as gl
from ganglion import criteria
from ganglion._native import available_isas, isa, use_isa
from ganglion.criteria import _from_moments as forms
from ganglion.criteria._cluster_moments import cluster_moments, own_and_next
from ganglion.criteria._stacked_moments import StackedMoments
from ganglion.distances import pairwise
from labelled import labelled
from oracles import criteria as oracle

SIZES = (5, 7, 8, 9, 15, 16, 17, 60)
SCORES = ("calinski_harabasz_score", "davies_bouldin_score", "xie_beni_index")


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_are_those_of_the_definitions(n, dtype):
    for d, k in ((1, 2), (3, 4), (17, 3)):
        X, labels = labelled(n, d, k, dtype=dtype)
        for name, score in zip(
            SCORES, (oracle.calinski_harabasz, oracle.davies_bouldin, oracle.xie_beni), strict=True
        ):
            assert getattr(criteria, name)(X, labels) == pytest.approx(score(X, labels), rel=1e-13)
        expected = oracle.simplified_silhouettes(X, labels)
        found = criteria.simplified_silhouette_samples(X, labels)
        assert np.allclose(found, expected, rtol=0, atol=1e-14 * d)
        assert criteria.simplified_silhouette_score(X, labels) == pytest.approx(np.mean(expected))


@pytest.mark.parametrize("n", [9, 17, 1000, 20_000])
@pytest.mark.parametrize("k", [2, 3, 8])
def test_scores_are_scikit_learns(n, k):
    """Both add up n squares: rounding below n eps. The peer expands squares: sqrt(eps) for a distance of 0."""
    X, labels = labelled(n, 5, k)
    close = max(1e-13, n * 2.0**-52)
    found = criteria.calinski_harabasz_score(X, labels)
    assert found == pytest.approx(peers.calinski_harabasz_score(X, labels), rel=close)
    if np.bincount(labels).min() == 1:
        close = 40.0 * 2.0**-26
    found = criteria.davies_bouldin_score(X, labels)
    assert found == pytest.approx(peers.davies_bouldin_score(X, labels), rel=close)


@pytest.mark.parametrize("offset", [1e4, 2.0**40, 1e15])
def test_an_offset_costs_no_digits(offset):
    """Multiples of 1/8 stay exact at 1e15, so the shifted points have the same scores."""
    rng = np.random.default_rng(1)
    labels = np.arange(400) % 5
    X = rng.integers(-64, 64, size=(400, 3)) / 8 + 20.0 * rng.integers(-3, 4, size=(5, 3))[labels]
    for name in (*SCORES, "simplified_silhouette_score"):
        score = getattr(criteria, name)
        assert score(X + offset, labels) == pytest.approx(score(X, labels), rel=1e-12)


@given(seed=st.integers(0, 2**16), exponent=st.integers(-400, 400))
@settings(max_examples=25, deadline=None)
def test_scale_order_and_names_of_clusters_change_nothing(seed, exponent):
    X, labels = labelled(40, seed=seed)
    order = np.random.default_rng(seed).permutation(40)
    for name in (*SCORES, "simplified_silhouette_score"):
        score = getattr(criteria, name)
        expected = score(X, labels)
        assert score(np.ldexp(X, exponent), labels) == pytest.approx(expected, rel=1e-13)
        assert score(X[order], 7 - 3 * labels[order]) == pytest.approx(expected, rel=1e-12)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_whole_weights_equal_repetition(data):
    X, labels = labelled(12, 2, 3)
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=12, max_size=12)))
    long = np.repeat(X, times, axis=0), np.repeat(labels, times)
    kept = np.unique(labels[times > 0])
    if not 2 <= len(kept) <= np.count_nonzero(times) - 1:
        return
    for name in SCORES:
        score = getattr(criteria, name)
        assert score(X, labels, sample_weight=times) == pytest.approx(score(*long), rel=1e-12)


def test_by_hand():
    # Centres 1 and 7: BSS = 4 * 9, WSS = 4 * 1, CH = 36 / (4 / 2); S = 1 and 1, DB = 2 / 6; XB = 4 / (4 * 36).
    X, labels = [[0.0], [2.0], [6.0], [8.0]], [5, 5, -1, -1]
    assert criteria.calinski_harabasz_score(X, labels) == 18.0
    assert criteria.davies_bouldin_score(X, labels) == 1 / 3
    assert criteria.xie_beni_index(X, labels) == 4 / 144
    # a = 1 for all; b = 7, 5, 5, 7.
    expected = [6 / 7, 4 / 5, 4 / 5, 6 / 7]
    assert criteria.simplified_silhouette_samples(X, labels).tolist() == expected


def test_where_the_formulas_leave_it_open():
    points = [[0.0], [0.0], [1.0], [1.0]]
    assert criteria.calinski_harabasz_score(points, [0, 0, 1, 1]) == math.inf
    assert criteria.davies_bouldin_score(points, [0, 0, 1, 1]) == 0.0
    cross = [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]]  # two clusters, one centre
    assert criteria.davies_bouldin_score(cross, [0, 0, 1, 1]) == math.inf
    assert criteria.xie_beni_index(cross, [0, 0, 1, 1]) == math.inf
    assert criteria.simplified_silhouette_samples(cross, [0, 0, 1, 1]).tolist() == [0.0] * 4
    single = criteria.simplified_silhouette_samples([[0.0], [5.0], [6.0]], [0, 1, 1])
    assert single[0] == 0.0 and (single[1:] > 0.8).all()


def test_given_centres_and_other_metrics():
    X, labels = labelled(50)
    centers = X[[3, 8, 11, 20]]
    expected = oracle.simplified_silhouettes(X, labels, centers)
    found = criteria.simplified_silhouette_samples(X, labels, centers=centers)
    assert np.allclose(found, expected, rtol=0, atol=1e-14)
    means = np.array([X[labels == j].mean(axis=0) for j in range(4)])
    D = pairwise(X, means, metric="manhattan")
    own = D[np.arange(50), labels].copy()
    D[np.arange(50), labels] = np.inf
    following = D.min(axis=1)
    by_distance = (following - own) / np.maximum(following, own)
    found = criteria.simplified_silhouette_samples(X, labels, metric="manhattan")
    assert np.allclose(found, by_distance, rtol=0, atol=1e-13)
    words, names = ["ab", "abc", "abd", "xyz", "xy"], [0, 0, 0, 1, 1]
    found = criteria.simplified_silhouette_samples(
        words, names, centers=["ab", "xyz"], metric="levenshtein"
    )
    assert found.tolist() == [1.0, 2 / 3, 2 / 3, 1.0, 1 / 2]  # abc: 1 and 3; xy: 1 and 2


def test_a_cluster_without_weight_has_no_centre():
    X, labels = labelled(30)
    weight = np.where(labels == 2, 0.0, 1.0)
    kept = labels != 2
    for name in SCORES:
        score = getattr(criteria, name)
        assert score(X, labels, sample_weight=weight) == pytest.approx(score(X[kept], labels[kept]))
    found = criteria.simplified_silhouette_samples(X, labels, sample_weight=weight)
    assert (found[~kept] == 0).all()
    expected = criteria.simplified_silhouette_samples(X[kept], labels[kept])
    assert np.allclose(found[kept], expected, rtol=0, atol=1e-13)


def test_pruned_search_finds_what_a_full_one_does():
    """Clusters in one dimension of many: most centres are never looked at; ties go to the lowest index."""
    rng = np.random.default_rng(0)
    for d, k in ((1, 50), (2, 200), (24, 40)):
        labels = np.r_[np.arange(k), rng.integers(k, size=2000 - k)]
        centers = rng.integers(-20, 20, size=(k, d)).astype(float)  # some coincide
        X = (centers[labels] + rng.normal(size=(2000, d))).round(2)
        found = own_and_next(X, labels, centers, np.zeros(d), 1.0)
        squared = ((X[:, None] - centers) ** 2).sum(axis=2)
        at = np.arange(2000), labels
        assert np.allclose(found.own, squared[at], rtol=1e-14, atol=0)
        squared[at] = np.inf
        assert np.allclose(found.next, squared.min(axis=1), rtol=1e-13, atol=0)
        same = squared[np.arange(2000), found.nearest]
        assert np.allclose(same, squared.min(axis=1), rtol=1e-13, atol=1e-13)


def test_threads_and_instruction_sets_do_not_show():
    X, labels = labelled(20_000, 6, 9)
    before, threads, seen = isa(), gl.get_num_threads(), set()
    try:
        for name in available_isas():
            use_isa(name)
            for n in (1, 2, 3, 7):
                gl.set_num_threads(n)
                moments = cluster_moments(X, labels, 9)
                found = own_and_next(X, labels, moments.centers, moments.origin, moments.scale)
                parts = (moments.centers, moments.within, moments.mean_distance, moments.middle)
                arrays = (*parts, found.own, found.next, found.nearest)
                seen.add((b"".join(a.tobytes() for a in arrays), moments.total))
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(seen) == 1


def test_moments_of_clusters_without_rows_are_empty():
    X, labels = labelled(30, k=3)
    moments = cluster_moments(X, labels + 2, 6)
    assert moments.n_rows.tolist()[:2] == [0, 0] and moments.mass[5] == 0
    plain = cluster_moments(X, labels, 3)
    assert forms.xie_beni(moments) == pytest.approx(forms.xie_beni(plain), rel=1e-13)
    for form in (forms.calinski_harabasz, forms.davies_bouldin, forms.spherical_bic):
        expected = form(StackedMoments.alone(plain))
        assert form(StackedMoments.alone(moments)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**-400, 2.0**400, 2.0**990])
def test_weights_of_any_size_keep_their_digits(unit):
    X, labels = labelled(50)
    plain = criteria.scatter(X, labels)
    scaled = criteria.scatter(X, labels, sample_weight=np.full(50, unit))
    assert (scaled.wss / unit, scaled.tss / unit) == pytest.approx(
        (plain.wss, plain.tss), rel=1e-13
    )
    for name in ("davies_bouldin_score", "xie_beni_index"):
        score = getattr(criteria, name)
        found = score(X, labels, sample_weight=np.full(50, unit))
        assert found == pytest.approx(score(X, labels), rel=1e-13)
    with pytest.raises(gl.DataError, match="sample_weight must have a finite sum"):
        criteria.scatter(X, labels, sample_weight=np.full(50, 1e308))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_rows_score_as_dense_ones_do(dtype):
    sparse = pytest.importorskip("scipy.sparse")
    rng = np.random.default_rng(0)
    X = (rng.random((300, 40)) * (rng.random((300, 40)) < 0.1)).astype(dtype)
    labels, weight = np.arange(300) % 5, rng.integers(0, 3, size=300)
    weight[labels == 3] = 0
    for kind in (sparse.csr_array, sparse.csc_matrix):
        S = kind(X)
        for name in (*SCORES, "simplified_silhouette_score"):
            score = getattr(criteria, name)
            assert score(S, labels) == pytest.approx(score(X, labels), rel=1e-12)
            assert score(S, labels, sample_weight=weight) == pytest.approx(
                score(X, labels, sample_weight=weight), rel=1e-12
            )
        parts, dense = criteria.scatter(S, labels), criteria.scatter(X, labels)
        assert np.allclose(parts.wss_of, dense.wss_of, rtol=1e-12, atol=0)
        assert (parts.tss, parts.bss) == pytest.approx((dense.tss, dense.bss), rel=1e-12)
    for name in ("bic_score", "gap_statistic"):
        with pytest.raises(
            gl.DataError, match=r"needs dense rows; got a sparse matrix. Use X.toarr"
        ):
            getattr(criteria, name)(S, labels)
    assert criteria.scatter(sparse.csr_array((4, 3)), [0, 0, 1, 1]).tss == 0.0


def test_one_cluster_has_no_score_but_a_likelihood():
    moments = cluster_moments(labelled(30)[0], np.zeros(30, dtype=int), 1)
    alone = StackedMoments.alone(moments)
    assert math.isnan(forms.xie_beni(moments))
    assert np.isnan([forms.calinski_harabasz(alone), forms.davies_bouldin(alone)]).all()
    assert np.isfinite(forms.spherical_bic(alone)).all()


def test_the_criterion_of_x_means_is_that_of_the_paper():
    """Pelleg and Moore 2000, section 3.2, with the variance per dimension, as its authors' program has it."""
    X, labels = labelled(60, 3, 4)
    n, d, k = 60, 3, 4
    wss = criteria.scatter(X, labels).wss
    variance = wss / (n - k) / d
    sizes = np.bincount(labels)
    log_likelihood = sum(
        m * math.log(m / n) - m * d / 2 * math.log(2 * math.pi * variance) - (m - 1) * d / 2
        for m in sizes
    )
    expected = log_likelihood - (k - 1 + k * d + 1) / 2 * math.log(n)
    moments = StackedMoments.alone(cluster_moments(X, labels, k))
    found = forms.spherical_bic(moments, tied=True, unbiased=True)
    assert found == pytest.approx(-2 * expected, rel=1e-12)


@pytest.mark.parametrize(
    ("labels", "weight", "words"),
    [
        (
            [0] * 40,
            None,
            "from 2 to n - 1 clusters; labels hold 1 for 40 rows. Choose more clusters",
        ),
        (range(40), None, "labels hold 40 for 40 rows. Choose fewer clusters"),
        ([0, 1], None, r"one integer for each of the 40 rows of X; got the shape \(2,\)"),
        (["a", "b"] * 20, None, "labels must be integers; got dtype <U1"),
        ([0, 1] * 20, [1, 0] * 20, "labels hold 1 for 20 rows of positive weight. Choose more"),
        ([0, 1] * 20, [-1] * 40, "sample_weight must not be negative"),
    ],
)
def test_bad_labels_and_weights_are_refused(labels, weight, words):
    for name in SCORES:
        with pytest.raises((gl.ParameterError, gl.DataError), match=words):
            getattr(criteria, name)(labelled(40)[0], list(labels), sample_weight=weight)


def test_bad_points_and_centres_are_refused():
    X, labels = labelled(40)
    broken = X.copy()
    broken[3, 1] = np.nan
    for name in (*SCORES, "simplified_silhouette_score"):
        with pytest.raises(gl.DataError, match="row 3, column 1"):
            getattr(criteria, name)(broken, labels)
    with pytest.raises(gl.DataError, match="all rows are equal: there is none"):
        criteria.calinski_harabasz_score(np.ones((6, 2)), [0, 0, 0, 1, 1, 1])
    silhouette = criteria.simplified_silhouette_score
    with pytest.raises(gl.ParameterError, match=r"for each of the 4 labels, in .* order .*; got 2"):
        silhouette(X, labels, centers=X[:2])
    with pytest.raises(gl.ParameterError, match="centers must have the 3 features of X; got 2"):
        silhouette(X, labels, centers=X[:4, :2])
    with pytest.raises(
        gl.ParameterError, match=r"have no mean. Pass centers, for example the medoids"
    ):
        silhouette(["a", "b", "c"], [0, 0, 1], metric="levenshtein")
    with pytest.raises(gl.ParameterError, match=r"labels hold 1 for 40 items. Choose more"):
        silhouette(X, [0] * 40)
