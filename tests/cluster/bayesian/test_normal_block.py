"""The kernels of normal clusters against the normal-inverse-Wishart marginal written out."""

import numpy as np
import pytest
from cluster.bayesian.chain_cases import NormalCase, normal_case
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion._native import available_isas, core, isa, use_isa

SIZES = [1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 40]


def statistics(case, k):
    """Clusters by hand."""
    return core.ColumnStatistics("normal", len(case.X), case.X, case.numbers, [], None, k)


def filled(case, labels, k):
    """Every cluster from its members."""
    clusters = statistics(case, k)
    for c in range(k):
        clusters.rebuild(c, np.flatnonzero(labels == c).astype(np.int32))
    return clusters


def scores(case, clusters, k, own=None):
    """(n, k), each row without itself in its own cluster."""
    out = np.empty((len(case.X), -(-k // 16) * 16))
    own = np.full(len(case.X), -1) if own is None else own
    clusters.score_rows(0, k, own.astype(np.int32), out)
    return out[:, :k]


@pytest.mark.parametrize("d", SIZES)
def test_scores_are_ratios_of_marginals(d):
    n, k = 30, 4
    case, labels = normal_case(n, d, seed=d), np.random.default_rng(d).integers(0, k - 1, n)
    marginal, clusters = case.marginal(), filled(case, labels, k)
    found, own = scores(case, clusters, k), scores(case, clusters, k, labels)
    for c in range(k):
        members = np.flatnonzero(labels == c).tolist()
        before = marginal(members)
        np.testing.assert_allclose(clusters.log_marginal(c), before, rtol=1e-13, atol=1e-10)
        for i in range(n):
            without = [j for j in members if j != i]
            expected = marginal([*without, i]) - marginal(without)
            # The oracle's two marginals are some 1e3 each, and right to a few units in the last place.
            np.testing.assert_allclose(own[i, c], expected, rtol=1e-12, atol=1e-10)
            if i not in members:
                np.testing.assert_allclose(found[i, c], expected, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("k", [1, 7, 8, 9, 16, 17, 33])
def test_every_lane_counts(k):
    n, d = 3 * k, 5
    case, labels = normal_case(n, d, seed=k), np.arange(n) % k
    together = scores(case, filled(case, labels, k), k)
    for c in range(k):
        alone = filled(case, np.where(labels == c, 0, -1), 1)
        np.testing.assert_array_equal(together[:, c], scores(case, alone, 1)[:, 0])


@given(
    d=st.sampled_from([1, 2, 5, 9]),
    seed=st.integers(0, 1000),
    size=st.sampled_from([1e-3, 1.0, 1e3]),
    far=st.sampled_from([0.0, 1e3]),
)
@settings(max_examples=40, deadline=None)
def test_moves_one_by_one_end_where_a_rebuild_does(d, seed, size, far):
    n, k = 20, 3
    case = normal_case(n, d, seed=seed)
    X, mean = (case.X + far) * size, (case.mean + far) * size
    case = NormalCase(X, mean, 0.4, d + 1.0, case.scale * size**2)
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    clusters = filled(case, labels, k)
    for _ in range(200):
        i, to = int(rng.integers(n)), int(rng.integers(k))
        if not clusters.remove(labels[i], i):
            rest = np.flatnonzero((labels == labels[i]) & (np.arange(n) != i))
            clusters.rebuild(labels[i], rest.astype(np.int32))
        clusters.add(to, i)
        labels[i] = to
    afresh = filled(case, labels, k)
    np.testing.assert_allclose(
        scores(case, clusters, k), scores(case, afresh, k), rtol=1e-9, atol=1e-9
    )


def test_what_a_sweep_of_moves_loses_is_below_1e_9():
    # A million moves without a rebuild, of rows that overlap; a chain rebuilds after every sweep.
    n, d, k = 1000, 8, 4
    case = normal_case(n, d, seed=1)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, k, n)
    clusters = filled(case, labels, k)
    for i, to in zip(
        rng.integers(0, n, 10**6).tolist(), rng.integers(0, k, 10**6).tolist(), strict=True
    ):
        assert clusters.remove(int(labels[i]), i)
        clusters.add(to, i)
        labels[i] = to
    afresh = filled(case, labels, k)
    np.testing.assert_allclose(
        scores(case, clusters, k), scores(case, afresh, k), rtol=0, atol=1e-9
    )


def test_a_row_that_holds_up_its_cluster_is_not_scored_from_what_is_left():
    # Two rows far apart on a scale of 1e-8: without one of them almost nothing of the scatter is left.
    case = NormalCase(np.array([[0.0], [1.0], [1.0]]), np.zeros(1), 1.0, 2.0, np.array([[1e-8]]))
    clusters = filled(case, np.zeros(3, int), 1)
    clusters.remove(0, 2)
    assert np.isnan(scores(case, clusters, 1, np.zeros(3, int))[1, 0])
    assert not clusters.remove(0, 1)


def test_the_scale_of_one_observation_by_hand():
    # d = 1, mean 0, kappa 1, dof 3, scale 2, x = 2: kappa_1 = 2, scale_1 = 2 + (1/2) 4 = 4, and
    # p(x) = pi^(-1/2) Gamma(2) / Gamma(3/2) 2^(3/2) / 4^2 (1/2)^(1/2) = 2 / (8 pi) = 1 / (4 pi).
    case = NormalCase(np.array([[2.0]]), np.zeros(1), 1.0, 3.0, np.array([[2.0]]))
    clusters = statistics(case, 1)
    np.testing.assert_allclose(scores(case, clusters, 1)[0, 0], -np.log(4 * np.pi), rtol=1e-14)
    clusters.add(0, 0)
    np.testing.assert_allclose(clusters.log_marginal(0), -np.log(4 * np.pi), rtol=1e-14)


def test_a_pivot_is_never_below_that_of_the_scale():
    # Twenty equal rows and a scale of 1e-20: rounding alone could make a pivot negative.
    X = np.tile(np.random.default_rng(0).normal(size=(1, 6)) * 1e3, (20, 1))
    X[10:] += 1
    case = NormalCase(X, np.zeros(6), 0.1, 8.0, np.eye(6) * 1e-20)
    clusters = filled(case, np.zeros(20, int), 1)
    assert np.isfinite(clusters.log_marginal(0))
    assert np.isfinite(scores(case, clusters, 1)).all()


@pytest.mark.parametrize("d", [1, 3, 8, 9, 21])
def test_all_instruction_sets_give_the_same_bits(d):
    before, found = isa(), []
    case, labels = normal_case(50, d, seed=d), np.random.default_rng(d).integers(0, 19, 50)
    try:
        for name in available_isas():
            use_isa(name)
            clusters = filled(case, labels, 19)
            clusters.remove(labels[0], 0)
            clusters.add((labels[0] + 1) % 19, 0)
            found.append((scores(case, clusters, 19), clusters.log_marginal(2)))
    finally:
        use_isa(before)
    for values, marginal in found[1:]:
        np.testing.assert_array_equal(values, found[0][0])
        assert marginal == found[0][1]
