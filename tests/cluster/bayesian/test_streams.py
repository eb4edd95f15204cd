"""Streams of random numbers and the functions beneath them: the reference's words, the right distributions."""

import numpy as np
import pytest
from cluster.bayesian.chain_cases import words
from scipy import special, stats

from ganglion._native import available_isas, core, isa, use_isa
from oracles.bayesian_chains import Stream

UNIFORM, NORMAL, GAMMA = range(3)


def draws(which, shape, n, seed=0):
    """Numbers, and the stream's words afterwards."""
    state, out = words(1, seed)[0], np.empty(n)
    core.bayes_draws(state, which, shape, out)
    return out, state


def test_a_stream_is_that_of_its_authors():
    found, state = draws(UNIFORM, 0, 1000)
    naive = Stream(words(1)[0])
    assert found.tolist() == [naive.uniform() for _ in range(1000)]
    assert state.tolist() == naive.s


def test_the_first_words_of_xoshiro_by_hand():
    # From the words 1, 2, 3, 4: rotl(2 * 5, 7) * 9 = 10 * 128 * 9 = 11520, the first number of the reference; then
    # s[1] = 2 ^ (3 ^ 1) = 0, so the second one is 0.
    out, state = np.empty(2), np.array([1, 2, 3, 4], np.uint64)
    core.bayes_draws(state, UNIFORM, 0, out)
    assert out.tolist() == [(11520 >> 11) * 2.0**-53, 0.0]


@pytest.mark.parametrize(
    ("which", "shape", "distribution"),
    [
        (UNIFORM, 0.0, stats.uniform),
        (NORMAL, 0.0, stats.norm),
        (GAMMA, 0.05, stats.gamma(0.05)),
        (GAMMA, 0.7, stats.gamma(0.7)),
        (GAMMA, 1.0, stats.gamma(1.0)),
        (GAMMA, 30.0, stats.gamma(30.0)),
    ],
)
def test_draws_have_their_distribution(which, shape, distribution):
    # Kolmogorov and Smirnov's distance times sqrt(n) is above 1.95 once in a thousand times; the seed is fixed.
    found, _ = draws(which, shape, 100_000)
    assert stats.kstest(found, distribution.cdf).statistic < 1.95 / np.sqrt(len(found))


def test_log_gamma_is_right_everywhere():
    x = np.concatenate(
        [np.geomspace(1e-280, 1e-3, 200), np.linspace(1e-3, 30, 3001), np.geomspace(30, 1e12, 500)]
    )
    found = np.empty_like(x)
    core.bayes_log_gamma(x, found)
    expected = special.gammaln(x)
    assert np.all(np.abs(found - expected) <= 1e-14 + 1e-15 * np.abs(expected))


def test_all_instruction_sets_draw_the_same_bits():
    before, found = isa(), []
    try:
        for name in available_isas():
            use_isa(name)
            found.append(
                [draws(which, shape, 500)[0] for which, shape in ((0, 0), (1, 0), (2, 0.3), (2, 4))]
            )
    finally:
        use_isa(before)
    for each in found[1:]:
        np.testing.assert_array_equal(each, found[0])
