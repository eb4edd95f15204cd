"""The column-independent families of the kernels against densities written out cell by cell."""

import math

import numpy as np
import pytest
from cluster.bayesian.block_cases import KINDS, WITH_GAPS, case_of, make_case
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion import _memory, _native
from ganglion._native import core
from oracles import bayesian_columns as oracle

CASES = [(kind, 0.0) for kind in KINDS] + [(kind, 0.35) for kind in WITH_GAPS]
# Both sides are sums of some d n terms, each right to a few units in the last place.
CLOSE = {"rtol": 1e-12, "atol": 1e-11}


def labels_of(n, k, seed=0):
    """Labels below k, the last of them without members."""
    return np.random.default_rng(seed).integers(0, k - 1, n)


@pytest.mark.parametrize(("kind", "missing"), CASES)
@pytest.mark.parametrize("d", [1, 2, 7, 8, 9, 17])
def test_scores_are_ratios_of_marginals(kind, missing, d):
    n, k = 24, 5
    case, labels = make_case(kind, n, d, missing=missing, seed=d), labels_of(n, k)
    scores = case.scores(case.clusters(labels, k), k)
    for c in range(k):
        members = [case.rows[i] for i in np.flatnonzero(labels == c)]
        before = oracle.log_marginal(kind, case.family, members)
        expected = [
            oracle.log_marginal(kind, case.family, [*members, row]) - before for row in case.rows
        ]
        np.testing.assert_allclose(scores[:, c], expected, **CLOSE)


@pytest.mark.parametrize(("kind", "missing"), CASES)
@pytest.mark.parametrize("d", [1, 4, 9])
def test_marginals_are_those_written_out(kind, missing, d):
    n, k = 40, 4
    case, labels = make_case(kind, n, d, missing=missing, seed=d), labels_of(n, k)
    statistics = case.clusters(labels, k)
    for c in range(k):
        members = [case.rows[i] for i in np.flatnonzero(labels == c)]
        expected = oracle.log_marginal(kind, case.family, members)
        np.testing.assert_allclose(statistics.log_marginal(c), expected, **CLOSE)


@pytest.mark.parametrize(("kind", "missing"), CASES)
@pytest.mark.parametrize("k", [1, 2, 8, 9, 16, 17, 33])
def test_a_member_is_scored_as_if_it_had_left(kind, missing, k):
    n, d = 60, 6
    case = make_case(kind, n, d, missing=missing, seed=k)
    labels = np.random.default_rng(k).integers(0, k, n)
    statistics = case.clusters(labels, k)
    scores = case.scores(statistics, k, own=labels)
    for i in range(n):
        own = labels[i]
        statistics.remove(own, i)
        expected = case.scores(statistics, k)[i]
        statistics.add(own, i)
        if np.isnan(scores[i, own]):  # asks for just that
            assert kind == "diagonal_normal"
            expected[own] = np.nan
        np.testing.assert_allclose(scores[i], expected, **CLOSE)


@pytest.mark.parametrize(("kind", "missing"), CASES)
def test_what_comes_and_goes_leaves_no_trace(kind, missing):
    n, d, k = 50, 5, 3
    case = make_case(kind, n, d, missing=missing, seed=1)
    rng = np.random.default_rng(5)
    labels = rng.integers(0, k, n)
    statistics = case.clusters(labels, k)
    for _ in range(4000):
        i = rng.integers(n)
        assert statistics.remove(labels[i], i)
        labels[i] = rng.integers(k)
        statistics.add(labels[i], i)
    afresh = case.clusters(labels, k)
    np.testing.assert_allclose(
        case.scores(statistics, k), case.scores(afresh, k), rtol=1e-13, atol=1e-13
    )
    if (
        kind != "diagonal_normal"
    ):  # counts are integers; the sum of the rows' own terms has 106 bits
        counts = slice(0, case.block.sizes[1] + 2)
        np.testing.assert_array_equal(statistics.state[:, counts], afresh.state[:, counts])


@pytest.mark.parametrize("outlier", [1e3, 1e6, 1e9])
def test_an_outlier_that_left_leaves_no_trace(outlier):
    case, expected = outlier_case(outlier)
    statistics = case.clusters(np.zeros(30, dtype=int), 1)
    assert statistics.remove(0, 0)
    np.testing.assert_allclose(case.scores(statistics, 1)[1:, 0], expected, rtol=1e-11)


def test_an_outlier_beyond_32_digits_asks_for_its_cluster_to_be_rebuilt():
    case, expected = outlier_case(1e14)
    statistics = case.clusters(np.zeros(30, dtype=int), 1)
    assert not statistics.remove(0, 0)
    statistics.rebuild(0, np.arange(1, 30, dtype=np.int32))
    np.testing.assert_allclose(case.scores(statistics, 1)[1:, 0], expected, rtol=1e-11)


def outlier_case(outlier):
    """Thirty rows, the first far away; the densities of the others given one another."""
    X = np.random.default_rng(0).normal(size=(30, 2))
    X[0] = outlier
    family = {"mean": np.zeros(2), "kappa": np.ones(2), "shape": np.ones(2), "rate": np.ones(2)}
    case = case_of("diagonal_normal", family, X)
    others = case.rows[1:]
    return case, [oracle.log_predictive(case.kind, family, others, row) for row in others]


def test_a_mean_far_from_the_prior_keeps_its_digits():
    rng = np.random.default_rng(0)
    spread = rng.integers(-2000, 2000, size=(40, 1)) / 1024  # exact beside 2^20
    flat = {"mean": [0.0], "kappa": [1e-30], "shape": [1.0], "rate": [1.0]}
    near = case_of("diagonal_normal", flat, spread)
    far = case_of("diagonal_normal", flat, spread + 2.0**20)
    labels = np.zeros(40, dtype=int)
    scores = [case.scores(case.clusters(labels, 1), 1, own=labels) for case in (near, far)]
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-9)


def test_four_rows_by_hand():
    # Bernoulli a = b = 1 after 1, 1, 0: p(1) = 3/5, p(0) = 2/5. Poisson a = b = 1 after 1, 1, 0: a' = 3, b' = 4, so
    # p(1) = 3 (4/5)^3 / 5. Categorical alpha = 1, 1, 1 after codes 1, 1, 0: (2, 3, 1) / 6.
    X = np.array([[1.0], [1.0], [0.0], [1.0]])
    members = np.array([0, 0, 0, 1])
    for kind, family, expected in (
        ("bernoulli", {"a": [1.0], "b": [1.0]}, 3 / 5),
        ("poisson", {"shape": [1.0], "rate": [1.0]}, 3 * 0.8**3 / 5),
        ("categorical", {"alpha": [np.ones(3)]}, 3 / 6),
    ):
        case = case_of(kind, family, X)
        score = case.scores(case.clusters(members, 2), 2)[3, 0]
        np.testing.assert_allclose(np.exp(score), expected, rtol=1e-14)
    # Words (2, 0) after (1, 1), alpha = 1, 1: one order, (2 / 4) (3 / 5).
    case = case_of("multinomial", {"alpha": [1.0, 1.0]}, np.array([[1.0, 1.0], [2.0, 0.0]]))
    score = case.scores(case.clusters(np.array([0, 1]), 2), 2)[1, 0]
    np.testing.assert_allclose(np.exp(score), 2 / 4 * 3 / 5, rtol=1e-14)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(KINDS))
def test_rows_in_any_order_have_one_density(seed, kind):
    case = make_case(kind, 12, 3, missing=0.2 * (kind in WITH_GAPS), seed=seed)
    total = 0.0
    statistics = case.statistics(1)
    for i in np.random.default_rng(seed).permutation(12):
        total += case.scores(statistics, 1)[i, 0]
        statistics.add(0, i)
    np.testing.assert_allclose(total, statistics.log_marginal(0), **CLOSE)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_without_a_cell_have_density_one(kind):
    X = np.zeros((3, 2)) if kind == "multinomial" else np.full((3, 2), np.nan)
    family = make_case(kind, 3, 2).family
    if kind == "categorical":
        X[0] = 0
    case = case_of(kind, family, X)
    labels = np.array([0, 0, 1])
    assert np.all(case.scores(case.clusters(labels, 2), 2, own=labels)[1:] == 0)


@pytest.mark.parametrize(("kind", "missing"), CASES)
def test_bits_depend_neither_on_the_instruction_set_nor_on_threads(kind, missing):
    n, d, k = 300, 11, 21
    case = make_case(kind, n, d, missing=missing, seed=2)
    labels = np.random.default_rng(0).integers(0, k, n)
    before, threads, seen = _native.isa(), core.get_num_threads(), set()
    try:
        for isa in _native.available_isas():
            _native.use_isa(isa)
            for count in (1, 2, 3, 7):
                core.set_num_threads(count)
                statistics = case.clusters(labels, k)
                for i in range(0, n, 7):
                    statistics.remove(labels[i], i)
                    statistics.add((labels[i] + 1) % k, i)
                scores = case.scores(statistics, k, own=np.where(np.arange(n) % 7, labels, -1))
                marginals = [statistics.log_marginal(c) for c in range(k)]
                seen.add(scores.tobytes() + np.array(marginals).tobytes())
    finally:
        _native.use_isa(before)
        core.set_num_threads(threads)
    assert len(seen) == 1


def test_sparse_and_dense_counts_are_the_same():
    from scipy.sparse import csr_array

    from ganglion.cluster.bayesian import Multinomial
    from ganglion.cluster.bayesian._chains.native_blocks import native_block

    X = make_case("multinomial", 20, 9).X
    component = Multinomial(alpha=0.3)
    dense, sparse = (
        native_block(component.check(rows), component.resolve(X)) for rows in (X, csr_array(X))
    )
    assert dense.csr is not None
    assert sparse.csr is not None
    for one, other in zip(
        (*dense.numbers, *dense.csr), (*sparse.numbers, *sparse.csr), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_rising_factorials_of_large_numbers_keep_their_digits():
    # Differences of log Gammas of 1e9 would be off by 1e-6.
    alpha, members, new = [0.5, 3.0, 1e-9], [1e9, 2e9, 0.0], [1000.0, 700.0, 3.0]
    case = case_of("multinomial", {"alpha": alpha}, np.array([members, new]))
    score = case.scores(case.clusters(np.array([0, 1]), 2), 2)[1, 0]

    def rising(z, x):
        return [math.log(z + j) for j in range(int(x))]

    expected = math.lgamma(1704) - math.fsum(math.lgamma(x + 1) for x in new)
    for a, n, x in zip(alpha, members, new, strict=True):
        expected += math.fsum(rising(a + n, x))
    expected -= math.fsum(rising(sum(alpha) + 3e9, 1703))
    np.testing.assert_allclose(score, expected, rtol=0, atol=1e-10)  # of terms of 3e4


@pytest.mark.parametrize("tiny", [1e-60, 1e-10])
def test_priors_of_any_size_are_in_range(tiny):
    d = 40
    X = np.tile([[1.0], [0.0], [2.0]], d)
    for kind, family in (
        ("bernoulli", {"a": [tiny] * d, "b": [1.0] * d}),
        ("poisson", {"shape": [tiny] * d, "rate": [1.0] * d}),
        ("multinomial", {"alpha": [tiny] * d}),
        ("categorical", {"alpha": [np.full(3, tiny)] * d}),
    ):
        rows = np.minimum(X, 1) if kind == "bernoulli" else X
        case = case_of(kind, family, rows)
        scores = case.scores(case.clusters(np.array([1, 1, 2]), 3), 3)
        for c, members in enumerate(([], case.rows[:2], case.rows[2:])):
            before = oracle.log_marginal(kind, family, members)
            after = [oracle.log_marginal(kind, family, [*members, row]) for row in case.rows]
            np.testing.assert_allclose(
                scores[:, c], np.array(after) - before, rtol=1e-12, atol=1e-11
            )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "diagonal_normal"])
def test_lists_that_memory_cannot_hold_are_refused_before_they_are_made(kind, monkeypatch):
    monkeypatch.setattr(_memory, "available_memory", lambda: 1000.0)
    with pytest.raises(gl.MemoryPlanError, match=r"cells of these 20 rows needs .* fewer rows"):
        make_case(kind, 20, 5)


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("unit", [1e-140, 1e-35, 1e35, 1e140])
def test_another_unit_of_measurement_shifts_log_densities(unit, missing):
    case = make_case("diagonal_normal", 20, 5, missing=missing)
    family = case.family
    scaled = family | {"mean": family["mean"] * unit, "rate": family["rate"] * unit**2}
    labels = np.arange(20) % 3
    other = case_of("diagonal_normal", scaled, case.X * unit)
    scores = [each.scores(each.clusters(labels, 3), 3, own=labels) for each in (case, other)]
    cells = np.count_nonzero(~np.isnan(case.X), axis=1)[:, None]
    np.testing.assert_allclose(scores[1], scores[0] - cells * math.log(unit), rtol=1e-12)
