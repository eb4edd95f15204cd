"""What the costly rules compute: against pairs one by one, the formulas of the books, and peers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import adjusted_rand_score

from ganglion.selection import Sweep
from ganglion.selection._resampling import rows_of
from ganglion.selection.consensus import LEFT_OUT, _mean_doubts
from ganglion.selection.gmeans import (
    CRITICAL,
    _anderson_darling,
    _probability_beyond,
    _standardised,
)
from ganglion.selection.prediction_strength import _strength
from ganglion.selection.stability import _adjusted_rand
from oracles import resampling as naive

seeds = st.integers(0, 2**32 - 1)


def sweep_of(X, k=tuple(range(1, 11)), weight=None, seed=0):
    return Sweep(np.asarray(X), weight, tuple(k), (), 1.0, (), (seed,))


def _labels(rng, m, n, k):
    return rng.integers(0, k, size=(m, n)).astype(np.int32)


@given(n=st.integers(2, 25), k=st.integers(1, 4), seed=seeds, weighted=st.booleans())
def test_the_adjusted_rand_index_is_that_of_pairs(n, k, seed, weighted):
    rng = np.random.default_rng(seed)
    first, second = _labels(rng, 3, n, k), _labels(rng, 3, n, k)
    weight = rng.integers(1, 5, size=n).astype(float)
    found = _adjusted_rand(first, second, weight if weighted else None, k)
    own = weight.tolist() if weighted else [1.0] * n
    expected = [
        naive.adjusted_rand(a.tolist(), b.tolist(), own) for a, b in zip(first, second, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    if not weighted:
        theirs = [adjusted_rand_score(a, b) for a, b in zip(first, second, strict=True)]
        np.testing.assert_allclose(found, theirs, rtol=0, atol=1e-12)


@given(n=st.integers(1, 25), k=st.integers(1, 4), seed=seeds, weighted=st.booleans())
def test_prediction_strength_is_that_of_pairs(n, k, seed, weighted):
    rng = np.random.default_rng(seed)
    test, train = _labels(rng, 3, n, k), _labels(rng, 3, n, k)
    weight = rng.integers(1, 5, size=n).astype(float)
    found = _strength(test, train, weight if weighted else None, k)
    own = weight.tolist() if weighted else [1.0] * n
    expected = [
        naive.prediction_strength(a.tolist(), b.tolist(), own)
        for a, b in zip(test, train, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_prediction_strength_by_hand():
    # Test clusters {0, 1, 2, 3} and {4, 5}; the training centres put 0, 1, 2 together and 4, 5 together: 3 of 6 pairs
    # of the first cluster are kept, 1 of 1 of the second.
    test = np.array([[0, 0, 0, 0, 1, 1]], dtype=np.int32)
    train = np.array([[1, 1, 1, 0, 0, 0]], dtype=np.int32)
    assert _strength(test, train, None, 2).tolist() == [0.5]


@given(n=st.integers(2, 12), samples=st.integers(2, 40), seed=seeds)
def test_the_doubt_of_a_consensus_is_that_of_pairs(n, samples, seed):
    rng = np.random.default_rng(seed)
    labels = np.where(
        rng.uniform(size=(samples, n)) < 0.8, rng.integers(0, 2, size=(samples, n)), LEFT_OUT
    )
    weight = rng.integers(1, 5, size=n).astype(float)
    cut = int(rng.integers(0, samples + 1))
    found = _mean_doubts(labels, [0, cut, samples], weight)
    without = (labels, labels[cut:], labels[:cut])
    expected = [naive.mean_doubt(part, LEFT_OUT, weight.tolist()) for part in without]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=0)


def test_the_doubt_of_two_rows_by_hand():
    # Together in 0, 1, 5 and 10 of ten samples: 4 M (1 - M) is 0, 0.36, 1 and 0.
    for joined, doubt in ((0, 0.0), (1, 0.36), (5, 1.0), (10, 0.0)):
        labels = np.array([[0, 0 if s < joined else 1] for s in range(10)])
        assert _mean_doubts(labels, [0, 10], np.ones(2))[0] == pytest.approx(doubt, abs=1e-15)


@given(n=st.integers(8, 60), seed=seeds)
def test_anderson_darling_is_the_formula_of_the_books(n, seed):
    rng = np.random.default_rng(seed)
    z = _standardised(rng.standard_t(3, size=n), np.ones(n))
    found = _anderson_darling(z, np.ones(n))
    assert found == pytest.approx(naive.anderson_darling(z.tolist()), rel=1e-9, abs=1e-12)
    # SciPy's goodness_of_fit has the statistic without the correction for the size.
    theirs = stats.goodness_of_fit(stats.norm, z, statistic="ad", n_mc_samples=1).statistic
    assert found == pytest.approx(theirs * (1 + 4 / n - 25 / n**2), rel=1e-9, abs=1e-12)
    assert _anderson_darling(z, np.full(n, 7.0)) == pytest.approx(found, rel=1e-12)


def test_a_weight_of_two_is_the_same_row_twice_in_the_distribution():
    rng = np.random.default_rng(0)
    z = rng.normal(size=40)
    weight = np.repeat([1.0, 2.0], 20)
    twice = np.repeat(z, weight.astype(int))
    # The effective numbers differ, 36 and 60: without them the two are the same integral.
    one, other = _anderson_darling(z, weight), _anderson_darling(twice, np.ones(60))
    factor = [n * (1 + 4 / n - 25 / n**2) for n in (36.0, 60.0)]
    assert one / factor[0] == pytest.approx(other / factor[1], rel=1e-10)


def test_far_values_do_not_leave_the_floats():
    z = _standardised(np.concatenate([np.zeros(2999), [1.0]]), np.ones(3000))
    assert z.max() > 50
    assert 100 < _anderson_darling(z, np.ones(3000)) < np.inf


def test_the_probability_falls_and_is_the_papers_at_its_critical_value():
    at = np.linspace(0.0, 200.0, 5001)
    p = np.array([_probability_beyond(a) for a in at])
    assert np.all(np.diff(p) <= 0.012)  # its four pieces meet within a hundredth
    assert p[0] == pytest.approx(1.0, abs=1e-5)
    assert p[-1] == 0.0
    assert _probability_beyond(CRITICAL) == pytest.approx(1e-4, rel=0.15)
    assert _probability_beyond(0.752) == pytest.approx(
        0.05, rel=0.02
    )  # the usual table's value at 5 %
    assert np.isnan(_probability_beyond(np.nan))


@pytest.mark.parametrize("shape", [(40, 3), (40, 64), (40, 200), (300, 100)])
def test_principal_axes_keep_distances(shape):
    X = np.random.default_rng(1).normal(size=shape) * np.geomspace(1, 1e-3, shape[1]) + 1e6
    rows = rows_of(sweep_of(X), 1000)
    assert rows.X.shape == (shape[0], min(*shape, 64))
    square = ((X[:, None] - X[None]) ** 2).sum(axis=2)
    found = ((rows.X[:, None] - rows.X[None]) ** 2).sum(axis=2)
    scale = square[0, 1] / found[0, 1]
    np.testing.assert_allclose(
        found * scale, square, rtol=0.02 if max(shape) > 64 else 1e-6, atol=1e-6
    )
    assert np.all(np.diff(rows.X.std(axis=0)) <= 1e-9)


def test_numbers_that_rows_cannot_answer_are_left_out():
    rng = np.random.default_rng(2)
    assert rows_of(sweep_of(rng.normal(size=(22, 2))), 100).numbers.tolist() == [2, 3, 4]
    assert rows_of(sweep_of(rng.normal(size=(9, 2))), 100).numbers.tolist() == []
    assert rows_of(sweep_of(np.ones((50, 2))), 100).numbers.tolist() == []
    three = rng.integers(0, 3, size=(60, 1)).astype(float)
    assert rows_of(sweep_of(three), 100).numbers.tolist() == [2, 3]
