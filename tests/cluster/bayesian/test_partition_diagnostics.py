"""Do chains agree: R-hat and effective sample sizes against their definition and ArviZ, and what the verdict says."""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.cluster.bayesian import diagnose
from ganglion.cluster.bayesian._mixing import bulk_ess, rank_normalised_r_hat
from oracles import bayesian_mixing as oracle
from oracles import bayesian_partitions


def traces(kind, n_chains, n_draws, seed=0):
    """Chains of numbers: independent, sluggish, alternating, of few values, or apart."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(n_chains, n_draws))
    if kind == "sluggish":
        for t in range(1, n_draws):
            values[:, t] += 0.9 * values[:, t - 1]
    if kind == "alternating":
        for t in range(1, n_draws):
            values[:, t] -= 0.6 * values[:, t - 1]
    if kind == "counts":
        values = random.poisson(2.0, size=values.shape).astype(float)
    if kind == "apart":
        values += np.arange(n_chains)[:, None]
    return values


CASES = [
    (kind, n_chains, n_draws)
    for kind in ("independent", "sluggish", "alternating", "counts", "apart")
    for n_chains, n_draws in ((1, 50), (2, 4), (2, 9), (4, 41), (4, 100))
]


@pytest.mark.parametrize(("kind", "n_chains", "n_draws"), CASES)
def test_r_hat_and_ess_are_those_of_the_definition(kind, n_chains, n_draws):
    values = traces(kind, n_chains, n_draws)
    if len(np.unique(values)) > n_chains:
        assert rank_normalised_r_hat(values) == pytest.approx(
            oracle.r_hat(values.tolist()), rel=1e-10
        )
    assert bulk_ess(values) == pytest.approx(oracle.bulk_ess(values.tolist()), rel=1e-9)


@pytest.mark.parametrize(
    ("kind", "n_chains", "n_draws"), [*CASES, ("sluggish", 4, 1000), ("counts", 4, 999)]
)
def test_r_hat_and_ess_agree_with_arviz(kind, n_chains, n_draws):
    if os.environ.get("GANGLION_REQUIRE_PEERS") != "1":
        pytest.importorskip("arviz")
    import arviz

    values = traces(kind, n_chains, n_draws)
    if n_chains > 1:  # ArviZ refuses to compare the halves of one chain
        assert rank_normalised_r_hat(values) == pytest.approx(float(arviz.rhat(values)), rel=1e-10)
    assert bulk_ess(values) == pytest.approx(float(arviz.ess(values, method="bulk")), rel=1e-10)


def test_r_hat_of_two_chains_by_hand():
    # Halves (1, 2), (1, 2), (3, 4), (3, 4): ranks 1.5, 3.5, 5.5, 7.5 of 8, so scores are -b, -a, a, b with
    # a, b the normal quantiles of 5.125 / 8.25 and 7.125 / 8.25. Within each half the variance is (b - a)^2 / 2; the
    # means are -+(a + b) / 2, their variance (a + b)^2 / 3. R-hat^2 = 1/2 + (a + b)^2 / 3 / ((b - a)^2 / 2).
    from statistics import NormalDist

    a, b = (NormalDist().inv_cdf(p / 8.25) for p in (5.125, 7.125))
    expected = math.sqrt(1 / 2 + (a + b) ** 2 / 3 / ((b - a) ** 2 / 2))
    assert rank_normalised_r_hat(np.array([[1.0, 2, 1, 2], [3, 4, 3, 4]])) == pytest.approx(
        expected
    )


def test_chains_that_do_not_move():
    same = np.full((4, 100), 0.1234)
    assert rank_normalised_r_hat(same) == 1.0 and bulk_ess(same) == 400
    apart = same + np.arange(4)[:, None]
    assert rank_normalised_r_hat(apart) == np.inf and 4 <= bulk_ess(apart) < 5
    one_moves = same.copy()
    one_moves[0] = traces("independent", 1, 100)[0]
    assert rank_normalised_r_hat(one_moves) > 1.01


@pytest.mark.parametrize("n_draws", [1, 2, 3])
def test_fewer_than_four_draws_have_neither(n_draws):
    values = traces("independent", 4, n_draws)
    assert math.isnan(rank_normalised_r_hat(values)) and math.isnan(bulk_ess(values))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(4, 40))
def test_only_the_order_of_values_counts(seed, n_chains, n_draws):
    values = traces("independent", n_chains, n_draws, seed)
    # Folding measures distances from the median: there only changes without rounding leave ties as they are.
    assert bulk_ess(np.exp(values)) == pytest.approx(bulk_ess(values), rel=1e-12)
    assert rank_normalised_r_hat(-4 * values) == pytest.approx(
        rank_normalised_r_hat(values), rel=1e-9
    )
    assert rank_normalised_r_hat(values[::-1]) == pytest.approx(
        rank_normalised_r_hat(values), rel=1e-12
    )


def mixed_draws(n_chains=4, n_draws=400, n=30, seed=0):
    return np.random.default_rng(seed).integers(3, size=(n_chains, n_draws, n))


def test_statistics_of_draws_by_hand():
    found = diagnose([[[5, 5, 5, 1], [2, 2, 3, 3]]], [[-1.0, -2.0]], reference=[0, 0, 0, 0])
    assert found.traces["n_clusters"].tolist() == [[2, 2]]
    assert found.traces["largest"].tolist() == [[3, 2]]
    assert found.traces["entropy"] == pytest.approx(np.array([[0.5623351446, math.log(2)]]))
    # From one cluster the variation of information is the entropy, here in bits.
    assert found.traces["distance"] == pytest.approx(np.array([[0.8112781245, 1.0]]))
    assert found.traces["log_posterior"].tolist() == [[-1.0, -2.0]]
    assert set(found.r_hat) == set(found.ess) == set(found.traces)


def test_chains_of_one_posterior_converge():
    draws = mixed_draws()
    found = diagnose(draws, traces("independent", 4, 400))
    assert found.verdict == "converged" and found.sentence.startswith(
        "Converged: R-hat is at most 1.0"
    )
    assert found.gap.disputed.size == 0 and 0 < found.gap.largest < 0.25
    assert max(found.r_hat.values()) <= 1.01 and min(found.ess.values()) >= 400


def test_what_and_whom_the_chains_disagree_on_is_named():
    draws = np.zeros((4, 300, 12), dtype=int)
    draws[2, :, 7:9] = 1
    found = diagnose(draws)
    assert found.verdict == "not converged" and found.r_hat["n_clusters"] == np.inf
    assert found.gap.largest == 1.0 and set(found.gap.disputed) == set(range(12))
    assert "disagree on the number of clusters, the size of the largest cluster" in found.sentence
    assert "on 12 items" in found.sentence
    few = np.tile(np.arange(12) % 6, (2, 300, 1))
    few[1, :, 11] = 6
    named = diagnose(few)
    assert named.gap.disputed.tolist() == [5, 11] and named.gap.pair == (5, 11)
    assert "by more than 0.25 on 2 items: 5, 11" in named.sentence


def test_too_few_effective_draws_are_named():
    random = np.random.default_rng(1)
    draws = np.repeat(random.integers(3, size=(4, 60, 12)), 5, axis=1)
    found = diagnose(draws)
    assert found.verdict == "not converged"
    assert min(found.ess.values()) < 400


def test_one_chain_is_judged_in_halves_and_says_what_it_cannot_know():
    found = diagnose(mixed_draws(1))
    assert found.verdict == "converged" and "cannot know of modes" in found.sentence
    assert found.gap.largest == 0.0 and diagnose(mixed_draws(1)[0]).ess == found.ess
    drifting = mixed_draws(1)
    drifting[0, 200:, :10] = 0
    assert (
        "the halves of the chain disagree on the size of the largest cluster"
        in diagnose(drifting).sentence
    )


def test_a_log_posterior_that_is_not_finite_is_no_convergence():
    found = diagnose(mixed_draws(), np.full((4, 400), -np.inf))
    assert found.verdict == "not converged" and math.isnan(found.r_hat["log_posterior"])
    assert "disagree on the log posterior (R-hat nan for the log posterior)" in found.sentence


@pytest.mark.parametrize("n_draws", [1, 2, 3])
def test_too_few_draws_to_tell_are_no_error(n_draws):
    found = diagnose(mixed_draws(4, n_draws))
    assert found.verdict == "not converged" and "too few to tell" in found.sentence


def test_the_gap_is_the_largest_difference_of_similarities():
    draws = mixed_draws(3, 20, 9)
    own = [np.array(bayesian_partitions.similarity(chain.tolist())) for chain in draws]
    pairs = [(a, b) for a in range(3) for b in range(a + 1, 3)]
    apart = [np.abs(own[a] - own[b]) for a, b in pairs]
    found = diagnose(draws).gap
    assert found.largest == pytest.approx(max(d.max() for d in apart))
    assert found.rms == pytest.approx(max(np.sqrt(np.mean(d**2)) for d in apart))
    a, b = found.chains
    assert abs(own[a] - own[b])[found.pair] == pytest.approx(found.largest)


def test_the_gap_is_looked_for_among_a_sample_of_many_items():
    draws = mixed_draws(2, 30, 50)
    found = diagnose(draws, max_items=7).gap
    assert found.items.tolist() == [0, 8, 16, 24, 32, 40, 49] and set(found.pair) <= set(
        found.items
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: diagnose([0, 1]), gl.DataError, r"draws must have the shape \(n_chains"),
        (lambda: diagnose([[[0.5]]]), gl.DataError, "draws must hold integers"),
        (lambda: diagnose([[[0, 1]]], [1.0, 2.0]), gl.ParameterError, r"in the shape \(1, 1\); got \(1, 2\)"),
        (lambda: diagnose([[[0, 1]]], reference=[0]), gl.DataError, "reference must be about the same 2 items"),
        (lambda: diagnose([[[0, 1]]], max_items=0), gl.ParameterError, "max_items must be"),
    ],
)  # fmt: skip
def test_what_cannot_be_diagnosed_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_chains_that_differ_by_rounding_alone_agree():
    draws = np.zeros((4, 200, 6), int)
    exact = np.full((4, 200), -1438131.193644724)
    rounded = exact + np.spacing(exact) * np.arange(4)[:, None]
    found = diagnose(draws, rounded)
    assert found.r_hat["log_posterior"] == 1.0
    assert found.ess["log_posterior"] == 800
    apart = exact + 1e-5 * np.arange(4)[:, None]
    assert diagnose(draws, apart).r_hat["log_posterior"] == np.inf
