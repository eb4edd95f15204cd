"""The search of centres for every k: the bits of the naive code, and curves as low as those of exhaustive search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion._native import core
from ganglion.selection._search import coreset, search_runs
from ganglion.selection._sweep import sweep
from oracles import searches
from oracles.bayesian_partitions import partitions

SETTINGS = (2, 5, 3, 3e-4)


@pytest.fixture
def set_back():
    yield
    core.use_isa(core.available_isas()[-1])


def searched(X, w, m, numbers, settings=SETTINGS):
    """The kernel's cells, merges, and the centres for each number."""
    centers, mass = np.empty((m, X.shape[1])), np.empty(m)
    held = core.search_cells(X, w, 1, 7, centers, mass)
    found = np.ascontiguousarray(centers[:held]), np.ascontiguousarray(mass[:held])
    merges = np.empty((0, 2))
    if held > 1:
        merges = gl.linkage(found[0], "ward", sample_weight=found[1]).merges[:, :2]
    merges = np.ascontiguousarray(merges, dtype=np.int64)
    out = np.full((sum(numbers), X.shape[1]), np.nan)
    counts = np.empty(len(numbers), dtype=np.int64)
    seeds = np.arange(len(numbers), dtype=np.uint64) + 3
    core.search_centers(X, w, *found, merges, np.array(numbers), seeds, *settings, out, counts)
    firsts = np.cumsum([0, *numbers])
    centers = {
        k: out[first : first + count]
        for k, first, count in zip(numbers, firsts, counts, strict=False)
    }
    return found, merges, dict(zip(numbers, seeds.tolist(), strict=True)), centers


def assert_naive(X, w, m, numbers, settings=SETTINGS):
    found, merges, seeds, centers = searched(X, w, m, numbers, settings)
    naive, mass = searches.cells(X, w, m, 1, 7)
    assert found[0].tolist() == naive
    assert found[1].tolist() == mass
    expected = searches.search(X, w, found, merges, seeds, settings)
    for k in numbers:
        assert centers[k].tolist() == expected[k]


@pytest.mark.parametrize("isa", core.available_isas())
@pytest.mark.parametrize(("n", "d", "m"), [(40, 2, 12), (33, 9, 10), (96, 1, 33)])
def test_centres_are_those_of_the_naive_code(n, d, m, isa, set_back):
    core.use_isa(isa)
    rng = np.random.default_rng(n)
    X = rng.normal(size=(n, d))
    assert_naive(X, np.ones(n), m, [1, 2, 4], (1, 4, 2, 3e-4))
    assert_naive(X, rng.uniform(size=n), m, [3, 9], (1, 5, 0, 3e-4))


@settings(max_examples=30)
@given(
    n=st.integers(1, 20),
    distinct=st.integers(1, 4),
    m=st.integers(1, 8),
    numbers=st.sets(st.integers(1, 9), min_size=1, max_size=3),
    seed=st.integers(0, 2**32),
)
def test_repeated_rows_and_more_clusters_than_cells(n, distinct, m, numbers, seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, distinct, size=(n, 2)).astype(float)
    w = rng.integers(0, 3, size=n).astype(float)
    w[0] = 1.0
    assert_naive(X, w, m, sorted(numbers), (1, 3, 2, 3e-4))


def test_the_same_bits_at_any_number_of_threads():
    X = np.random.default_rng(2).normal(size=(3000, 3))
    before, found = gl.get_num_threads(), []
    try:
        for threads in (1, 2, 3, 7):
            gl.set_num_threads(threads)
            found.append(search_runs(X, None, (1, 2, 5, 9), 3, np.random.default_rng(0)))
    finally:
        gl.set_num_threads(before)
    for other in found[1:]:
        for k, centers in found[0].items():
            np.testing.assert_array_equal(other[k], centers)


def test_the_best_partition_of_nine_points_is_nearly_always_found():
    """All partitions of nine points, by brute force, on 30 sets of which every k from 2 to 8 is asked."""
    labels = partitions(9)
    one_hot = labels[:, :, None] == np.arange(9)
    sizes = one_hot.sum(axis=1)
    groups = (sizes > 0).sum(axis=1)
    ratios = []
    for seed in range(30):
        X = np.random.default_rng(seed).normal(size=(9, 2))
        sums = np.einsum("pnk,nd->pkd", one_hot, X)
        left = (X**2).sum() - ((sums**2).sum(axis=2) / np.maximum(sizes, 1)).sum(axis=1)
        found = sweep(X, tuple(range(2, 9)), n_init=3, rng=np.random.default_rng(0))
        least = [left[groups == k].min() for k in found.k]
        ratios.extend(np.array(found.wss) / least)
    assert np.mean(np.array(ratios) < 1 + 1e-9) > 0.95
    assert np.mean(ratios) < 1.005


@given(st.integers(-300, 300), st.integers(0, 2**32))
def test_centres_follow_a_power_of_two(power, seed):
    X = np.random.default_rng(seed).integers(-8, 8, size=(30, 2)).astype(float)
    plain = search_runs(X, None, (1, 2, 4), 1, np.random.default_rng(0))
    scaled = search_runs(np.ldexp(X, power), None, (1, 2, 4), 1, np.random.default_rng(0))
    for k, centers in plain.items():
        np.testing.assert_array_equal(scaled[k], np.ldexp(centers, power))


def test_a_factor_of_all_weights_changes_no_bit():
    rng = np.random.default_rng(3)
    X, w = rng.normal(size=(200, 2)), rng.uniform(0.1, 1.0, size=200)
    plain = search_runs(X, w, (1, 3, 6), 1, np.random.default_rng(0))
    for power in (-900, 900):
        scaled = search_runs(X, np.ldexp(w, power), (1, 3, 6), 1, np.random.default_rng(0))
        for k, centers in plain.items():
            np.testing.assert_array_equal(scaled[k], centers)


def test_a_coreset_has_the_mass_and_the_spread_of_all_points():
    """Unbiased, so within a few standard errors of the sums that it stands for."""
    rng = np.random.default_rng(4)
    X = rng.standard_t(3, size=(40_000, 3))
    w = rng.uniform(0.5, 1.5, size=len(X))
    rows, mass = coreset(X, w, 4096, rng)
    spread = (w * ((X - X.mean(axis=0)) ** 2).sum(axis=1)).sum()
    found = (mass * ((X[rows] - X.mean(axis=0)) ** 2).sum(axis=1)).sum()
    assert mass.sum() == pytest.approx(w.sum(), rel=0.1)
    assert found == pytest.approx(spread, rel=0.1)
