"""The semi-conjugate normal family of the kernels: densities given parameters, and draws of parameters."""

import numpy as np
import pytest
from cluster.bayesian.block_cases import Case
from scipy import stats

from ganglion import _native
from ganglion.cluster.bayesian import Gamma, SemiConjugateNormal
from ganglion.cluster.bayesian._chains.native_blocks import native_block
from oracles import bayesian_columns as oracle

FAMILY = {
    "mean": np.array([1.0, -2.0, 0.5]),
    "variance": np.array([4.0, 0.5, 2.0]),
    "shape": np.array([2.0, 3.0, 1.5]),
    "rate": np.array([1.0, 0.7, 2.5]),
}


def make_case(n, missing=0.0, rate=None):
    X = np.random.default_rng(n).normal(size=(n, 3)) * 2
    X[np.random.default_rng(1).random(X.shape) < missing] = np.nan
    X[:, 1] = np.where(np.isnan(X[:, 1]), 0.0, X[:, 1])  # one column is complete
    family = FAMILY if rate is None else FAMILY | {"rate": rate}
    component = SemiConjugateNormal(**family, allow_missing=True).resolve(X)
    rows = [[None if np.isnan(value) else float(value) for value in row] for row in X]
    return Case(
        "semi_conjugate_normal", FAMILY, X, rows, native_block(component.check(X), component)
    )


def stream(seed):
    return np.random.default_rng(seed).integers(1, 2**63, 4, dtype=np.uint64)


def order(case):
    """Columns without missing cells stand first."""
    return np.argsort(np.isnan(case.X).any(axis=0), kind="stable")


def parameters(case, statistics, c):
    """Mean and precision of a cluster, in the columns' own order."""
    numbers, columns = statistics.state[c // 16, :6, c % 16], order(case)
    mean, precision = np.empty(3), np.empty(3)
    mean[columns], precision[columns] = numbers[0::2], 2 * numbers[1::2]
    return mean + FAMILY["mean"], precision


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_scores_and_joint_densities_are_those_written_out(missing):
    n, k = 30, 19
    case, words = make_case(n, missing), stream(0)
    labels = np.random.default_rng(0).integers(0, k, n)
    statistics = case.clusters(labels, k)
    for c in range(k):
        statistics.draw(c, words)
    scores = case.scores(statistics, k, own=labels)
    for c in range(k):
        mean, precision = parameters(case, statistics, c)
        deviations = np.sqrt(1 / precision)
        expected = np.nansum(stats.norm.logpdf(case.X, mean, deviations), axis=1)
        np.testing.assert_allclose(scores[:, c], expected, rtol=1e-12, atol=1e-12)
        members = [case.rows[i] for i in np.flatnonzero(labels == c)]
        joint = oracle.normal_joint(FAMILY, members, mean, precision)
        np.testing.assert_allclose(statistics.log_marginal(c), joint, rtol=1e-12, atol=1e-12)


def test_without_members_parameters_are_draws_from_the_prior():
    case, words = make_case(5), stream(1)
    statistics = case.statistics(1)
    drawn = []
    for _ in range(4000):
        statistics.draw(0, words)
        drawn.append(parameters(case, statistics, 0))
    for j in range(3):
        means, precisions = ([values[j] for values in each] for each in zip(*drawn, strict=True))
        prior_mean = stats.norm(FAMILY["mean"][j], np.sqrt(FAMILY["variance"][j]))
        prior_precision = stats.gamma(FAMILY["shape"][j], scale=1 / FAMILY["rate"][j])
        assert stats.kstest(means, prior_mean.cdf).pvalue > 1e-4
        assert stats.kstest(precisions, prior_precision.cdf).pvalue > 1e-4


@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_with_members_a_draw_leaves_the_posterior_unchanged(missing):
    # Geweke's successive-conditional sampler is replaced by quadrature: the posterior of the precision of a column with
    # the mean integrated out, on a grid, against many draws.
    case, words = make_case(6, missing), stream(2)
    statistics = case.clusters(np.zeros(6, dtype=int), 1)
    for _ in range(50):
        statistics.draw(0, words)
    drawn = []
    for _ in range(20000):
        statistics.draw(0, words)
        drawn.append(parameters(case, statistics, 0)[1])
    for j in range(3):
        x = case.X[~np.isnan(case.X[:, j]), j] - FAMILY["mean"][j]
        u = np.linspace(-12, 6, 4001)
        p, variance = np.exp(u), FAMILY["variance"][j]
        weight = 1 / variance + len(x) * p
        log = (FAMILY["shape"][j] + len(x) / 2) * u - FAMILY["rate"][j] * p
        log += -0.5 * p * (x @ x) + 0.5 * (p * x.sum()) ** 2 / weight - 0.5 * np.log(weight)
        density = np.exp(log - log.max())
        density /= density.sum()
        expected = (density @ u, density @ (u - density @ u) ** 2)
        found = np.log([values[j] for values in drawn])
        # Steps of 20 stand for draws that are nearly independent: 1,000 of them, so five standard errors.
        assert abs(found.mean() - expected[0]) < 5 * np.sqrt(expected[1] / 1000)
        assert abs(found.var() - expected[1]) < 5 * expected[1] * np.sqrt(4 / 1000)


def test_rates_are_drawn_given_the_precisions():
    case, words = make_case(5, rate=[Gamma(shape=2.0, rate=3.0)] * 3), stream(3)
    k = 3
    statistics = case.statistics(k)
    np.testing.assert_allclose(statistics.shared, 2 / 3)
    for c in range(k):
        statistics.draw(c, words)
    precisions = np.array([parameters(case, statistics, c)[1] for c in range(k)])
    drawn = []
    for _ in range(4000):
        statistics.draw_shared(k, words)
        drawn.append(statistics.shared.copy())
    for j in range(3):
        posterior = stats.gamma(2 + k * FAMILY["shape"][j], scale=1 / (3 + precisions[:, j].sum()))
        assert stats.kstest([rates[j] for rates in drawn], posterior.cdf).pvalue > 1e-4


def test_a_rate_that_is_a_number_stays():
    case, words = make_case(5), stream(4)
    statistics = case.statistics(2)
    statistics.draw_shared(2, words)
    np.testing.assert_array_equal(statistics.shared, FAMILY["rate"])
    np.testing.assert_array_equal(words, stream(4))


def test_statistics_move_and_parameters_stay():
    case, words = make_case(12, 0.3), stream(5)
    statistics = case.clusters(np.zeros(12, dtype=int), 1)
    statistics.draw(0, words)
    before = parameters(case, statistics, 0)
    joint = statistics.log_marginal(0)
    assert statistics.remove(0, 4)
    statistics.add(0, 4)
    statistics.rebuild(0, np.arange(12, dtype=np.int32))
    np.testing.assert_array_equal(parameters(case, statistics, 0), before)
    np.testing.assert_allclose(statistics.log_marginal(0), joint, rtol=1e-14)


def test_draws_have_one_set_of_bits():
    case, before, seen = make_case(40, 0.2), _native.isa(), set()
    labels = np.random.default_rng(0).integers(0, 18, 40)
    try:
        for isa in _native.available_isas():
            _native.use_isa(isa)
            words = stream(6)
            statistics = case.clusters(labels, 20)
            for _ in range(30):
                for c in range(20):
                    statistics.draw(c, words)
                statistics.draw_shared(20, words)
            seen.add(statistics.state.tobytes() + words.tobytes())
    finally:
        _native.use_isa(before)
    assert len(seen) == 1
