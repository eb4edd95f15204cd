"""Moments of many partitions at once: those of each alone, to the last digits, on every machine."""

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.criteria import _from_moments as forms
from ganglion.criteria._cluster_moments import cluster_moments
from ganglion.criteria._moments import exact_scale, mean
from ganglion.criteria._stacked_moments import StackedMoments, stacked_moments
from oracles import criteria as oracle

SIZES = (1, 3, 20)
PARTS = ("mass", "n_rows", "centers", "within", "mean_distance")


def partitions(n, sizes=SIZES, *, d=3, dtype=np.float64, seed=0):
    rng = np.random.default_rng([seed, n, d])
    centers = 4.0 * rng.normal(size=(5, d))
    X = (rng.normal(size=(n, d)) + centers[rng.integers(5, size=n)]).astype(dtype)
    labels = [np.r_[np.arange(k), rng.integers(k, size=n - k)].astype(np.int32) for k in sizes]
    # Not the means, but among the rows: those of the first row of each cluster.
    starts = [X[:k] for k in sizes]
    return X, labels, starts


def stacked(X, labels, starts, weight=None):
    middle = mean(X, weight)
    return stacked_moments(X, labels, starts, weight, (middle, exact_scale(X, middle)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 7, 8, 9, 17])
@pytest.mark.parametrize("n", [20, 63, 64, 65, 5000])
def test_each_partition_has_the_moments_that_it_has_alone(n, d, dtype):
    X, labels, starts = partitions(n, d=d, dtype=dtype)
    rng = np.random.default_rng(n)
    for weight in (None, rng.integers(0, 4, size=n).astype(float)):
        found = stacked(X, labels, starts, weight)
        for at, (own, k) in enumerate(zip(labels, SIZES, strict=True)):
            alone = cluster_moments(X, own, k, weight, units=(found.origin, found.scale))
            for part in PARTS:
                ours, expected = getattr(found, part)[found.of(at)], getattr(alone, part)
                assert np.allclose(ours, expected, rtol=1e-13, atol=1e-15 * n), (part, k)
            assert np.allclose(found.middle, alone.middle, rtol=0, atol=1e-14)


def test_clusters_far_from_the_origin_and_from_each_other_keep_their_digits():
    """Multiples of 1/8 about centres 2^40 apart are exact in float64; only the means are rounded, by 2^-13 at most.

    That adds at most 100 rows times 3 features times 2^-26 to the squares within a cluster.
    """
    rng = np.random.default_rng(0)
    labels = (np.arange(400) % 4).astype(np.int32)
    near = rng.integers(-8, 9, size=(400, 3)) / 8.0
    X = near + 2.0**40 * np.eye(4, 3)[labels]
    found = stacked_moments(X, [labels], [X[:4]], None, (np.zeros(3), 2.0**-41))
    within = [((near[labels == j] - near[labels == j].mean(0)) ** 2).sum() for j in range(4)]
    assert found.within / found.scale**2 == pytest.approx(within, abs=300 * 2.0**-26)


@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**400, 2.0**990])
def test_weights_of_any_size_keep_their_digits(unit):
    X, labels, starts = partitions(50)
    plain, scaled = stacked(X, labels, starts), stacked(X, labels, starts, np.full(50, unit))
    assert np.allclose(scaled.within / unit, plain.within, rtol=1e-13, atol=1e-15)
    assert np.allclose(scaled.centers, plain.centers, rtol=1e-13, atol=1e-15)


def test_criteria_of_many_partitions_are_those_of_each():
    X, labels, starts = partitions(300)
    found = stacked(X, labels, starts)
    for form, score in (
        (forms.calinski_harabasz, oracle.calinski_harabasz),
        (forms.davies_bouldin, oracle.davies_bouldin),
    ):
        values = form(found)
        assert np.isnan(values[0])
        assert values[1:] == pytest.approx([score(X, own) for own in labels[1:]], rel=1e-12)
    for keywords in ({}, {"tied": False}, {"unbiased": True}):
        each = [StackedMoments.alone(cluster_moments(X, own, own.max() + 1)) for own in labels]
        expected = [forms.spherical_bic(alone, **keywords)[0] for alone in each]
        assert forms.spherical_bic(found, **keywords) == pytest.approx(expected, rel=1e-12)


def test_threads_and_instruction_sets_do_not_show():
    X, labels, starts = partitions(20_000, (1, 9, 300, 400), d=11)
    weight = np.random.default_rng(1).uniform(size=len(X))
    before, threads, seen = isa(), gl.get_num_threads(), set()
    try:
        for name in available_isas():
            use_isa(name)
            for n in (1, 2, 3, 7):
                gl.set_num_threads(n)
                found = stacked(X, labels, starts, weight)
                arrays = [getattr(found, part) for part in (*PARTS, "middle")]
                arrays.append(forms.davies_bouldin(found))
                seen.add(b"".join(a.tobytes() for a in arrays))
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(seen) == 1
