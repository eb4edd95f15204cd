"""What rows see of many clusterings at once: the distances and counts of the definition, on every machine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.criteria._cluster_moments import cluster_moments, own_and_next
from ganglion.criteria._from_moments import simplified_silhouettes
from ganglion.criteria._moments import exact_scale, mean
from ganglion.criteria._stacked_moments import stacked_moments
from ganglion.selection._judged_runs import judged_runs
from ganglion.selection._sweep import _has_fewer_rows
from oracles import choosing as oracle

SIZES = (1, 2, 5, 13)


def problem(n, sizes=SIZES, *, d=3, dtype=np.float64, seed=0):
    rng = np.random.default_rng([seed, n, d])
    X = (rng.normal(size=(n, d)) + 3.0 * rng.normal(size=(4, d))[rng.integers(4, size=n)]).astype(
        dtype
    )
    labels = [np.r_[np.arange(k), rng.integers(k, size=n - k)].astype(np.int32) for k in sizes]
    middle = mean(X)
    units = middle, exact_scale(X, middle)
    return X, labels, stacked_moments(X, labels, [X[:k] for k in sizes], None, units)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [13, 15, 16, 17, 1100])
def test_silhouettes_are_those_of_each_clustering_alone(n, dtype):
    X, labels, moments = problem(n, dtype=dtype)
    rows = np.arange(0, n, 2)
    found = judged_runs(X, rows, labels, moments, None)
    for at, (own, k) in enumerate(zip(labels, SIZES, strict=True)):
        alone = cluster_moments(X, own, k)
        near = own_and_next(X, own, alone.centers, alone.origin, alone.scale)
        expected = simplified_silhouettes(near, own, alone.n_rows)[rows]
        assert np.allclose(found.silhouettes[at], expected, rtol=0, atol=1e-13)


@given(n=st.integers(20, 60), d=st.integers(1, 3), seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_valleys_are_counted_as_the_definition_says(n, d, seed):
    X, labels, moments = problem(n, (1, 2, 4), d=d, seed=seed)
    weight = np.random.default_rng(seed).integers(1, 4, size=n).astype(float)
    for each in (None, weight):
        found = judged_runs(X, np.arange(n), labels, moments, each)
        for at, own in enumerate(labels):
            expected = oracle.valley_counts(X, own, each)
            assert (found.between[at], found.about[at]) == pytest.approx(expected, rel=1e-12)


def test_a_cluster_without_mass_is_nobodys_neighbour():
    """Points at 0 and 4, and one without weight at 2: from 0 the next centre is that at 4."""
    X = np.array([[0.0], [0.0], [2.0], [2.0], [4.0], [4.0]])
    labels, weight = np.array([0, 0, 1, 1, 2, 2], dtype=np.int32), np.array([1.0, 1, 0, 0, 1, 1])
    units = mean(X, weight), 0.25
    moments = stacked_moments(X, [labels], [X[::2]], weight, units)
    found = judged_runs(X, np.array([0, 1, 4, 5]), [labels], moments, None)
    assert found.silhouettes.tolist() == [[1.0, 1.0, 1.0, 1.0]]
    assert (found.between[0], found.about[0]) == (0.0, 0.0)


def test_pairs_with_fewer_than_ten_points_say_nothing():
    """Points at 0 and 8: of nine there is nothing to say, of ten 2 * 5 * 5 / 10 are about centres."""
    for n, about in ((9, 0.0), (10, 5.0)):
        labels = (np.arange(n) % 2).astype(np.int32)
        X = 8.0 * labels[:, None]
        moments = stacked_moments(X, [labels], [X[:2]], None, (mean(X), 0.125))
        found = judged_runs(X, np.arange(n), [labels], moments, None)
        assert (found.between[0], found.about[0]) == (0.0, about)


def test_threads_and_instruction_sets_do_not_show():
    sizes = (*range(1, 71, 3), *[100] * 45)  # more than one wave of runs
    X, labels, moments = problem(1500, sizes, d=5)
    weight = np.random.default_rng(0).uniform(size=1500)
    before, threads, seen = isa(), gl.get_num_threads(), set()
    try:
        for name in available_isas():
            use_isa(name)
            for n in (1, 2, 3, 7):
                gl.set_num_threads(n)
                found = judged_runs(X, np.arange(1500), labels, moments, weight)
                arrays = found.silhouettes, found.between, found.about
                seen.add(b"".join(a.tobytes() for a in arrays))
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(seen) == 1


@given(
    n=st.integers(1, 40),
    d=st.integers(1, 3),
    values=st.integers(1, 6),
    unit=st.sampled_from([1.0, 1e-300, 1e308]),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_rows_that_repeat_are_counted_as_they_are(n, d, values, unit, seed):
    rng = np.random.default_rng(seed)
    X = unit * (rng.integers(-values, values + 1, size=(n, d)) / values)
    X[rng.random(X.shape) < 0.2] = -0.0
    different = len(np.unique(X, axis=0))
    assert _has_fewer_rows(X, np.arange(n), different + 0.5)
    assert not _has_fewer_rows(X, np.arange(n), different)
