"""What holds for medoids and splits of any data: laws, and the same bits everywhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion import _native
from oracles import medoids as oracle
from oracles.kmeans_cases import blobs, fingerprint

ISAS = _native.available_isas()


@st.composite
def problems(draw):
    """Distances in whole numbers, some of them 0, a number of medoids, and a seed."""
    n = draw(st.integers(2, 40))
    k = draw(st.integers(1, n))
    D = np.triu(np.random.default_rng(draw(st.integers(0, 10**6))).integers(0, 9, (n, n)), 1)
    return (D + D.T).astype(float), k, draw(st.integers(0, 100))


def quietly(*args, **options):
    """A run on distances that may know fewer different items than medoids."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gl.GanglionWarning)
        return gl.kmedoids(*args, metric="precomputed", **options)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_the_loss_never_rises_and_no_swap_is_left(problem):
    D, k, seed = problem
    losses = []
    run = quietly(
        D, k, init="random", random_state=seed, progress=lambda step: losses.append(step.value)
    )
    assert np.all(np.diff(losses) <= 0)
    assert run.inertia == oracle.loss_of(D, run.medoids)
    assert run.inertia <= losses[-1]
    if len(run.medoids) == k:
        assert oracle.best_swap(D, run.medoids) >= run.inertia


@settings(max_examples=40, deadline=None)
@given(problems())
def test_a_weight_is_a_repetition(problem):
    D, k, seed = problem
    weights = np.random.default_rng(seed).integers(1, 4, size=len(D))
    at = np.repeat(np.arange(len(D)), weights)
    first = np.concatenate([[0], np.cumsum(weights)[:-1]])
    init = np.random.default_rng(seed).permutation(len(D))[:k]
    weighted = quietly(D, k, init=init, sample_weight=weights)
    repeated = quietly(D[np.ix_(at, at)], k, init=first[init])
    assert repeated.inertia == weighted.inertia
    assert at[repeated.medoids].tolist() == weighted.medoids.tolist()
    assert repeated.labels.tolist() == weighted.labels[at].tolist()


@settings(max_examples=40, deadline=None)
@given(problems())
def test_other_names_of_the_items_leave_the_best_of_one_medoid_alone(problem):
    D, _, seed = problem
    order = np.random.default_rng(seed).permutation(len(D))
    run, renamed = quietly(D, 1), quietly(D[np.ix_(order, order)], 1)
    assert renamed.inertia == run.inertia == D.sum(axis=1).min()


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_does_not_change_the_splits(seed):
    X = blobs(80, 3, seed=seed)
    order = np.random.default_rng(seed).permutation(80)
    for method in ("diana", "pddp", "mst"):
        tree, renamed = gl.divide(X, method), gl.divide(X[order], method)
        np.testing.assert_allclose(renamed.heights, tree.heights, rtol=1e-9)
        for k in (2, 5, 20):
            one, other = tree.cut(n_clusters=k)[order], renamed.cut(n_clusters=k)
            assert len({(a, b) for a, b in zip(one, other, strict=True)}) == k


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [2100, 5000])
def test_sampled_swaps_end_where_exact_ones_do(n, weighted):
    X = blobs(n, 6, seed=n, groups=9)
    weights = np.random.default_rng(0).integers(0, 3, n).astype(float) if weighted else None
    run = gl.kmedoids(X, 9, algorithm="sampled", random_state=0, sample_weight=weights)
    assert run.algorithm == "sampled" and run.certified and run.converged
    again = gl.kmedoids(X, 9, init=run.medoids, sample_weight=weights)
    assert again.n_swaps == 0 and again.inertia == run.inertia
    exact = gl.kmedoids(X, 9, n_init=3, random_state=0, sample_weight=weights)
    assert run.inertia <= 1.01 * exact.inertia


def test_rows_computed_as_they_are_needed_give_the_swaps_of_a_matrix(monkeypatch):
    X = blobs(700, 5, seed=1, groups=6)
    expected = gl.kmedoids(X, 6, init=np.arange(6), algorithm="fasterpam")
    monkeypatch.setattr("ganglion.cluster.medoids.MATRIX_BYTES", 0)
    run = gl.kmedoids(X, 6, init=np.arange(6), algorithm="fasterpam")
    assert run.medoids.tolist() == expected.medoids.tolist()
    assert run.n_swaps == expected.n_swaps and run.inertia == expected.inertia


def answers():
    """One hash for each of some fits of every algorithm."""
    found = []
    for n, d, dtype in ((17, 1, np.float64), (1000, 3, np.float32), (2500, 8, np.float64)):
        X = blobs(n, d, seed=n, groups=5, dtype=dtype)
        weights = np.random.default_rng(n).exponential(size=n)
        for algorithm in ("fasterpam", "sampled"):
            for init in ("build", "lab", "k-medoids++", "random"):
                run = gl.kmedoids(
                    X, 5, init=init, algorithm=algorithm, sample_weight=weights, random_state=1
                )
                found.append(fingerprint(run.medoids, run.labels, np.array([run.inertia])))
        for method in ("diana", "bisecting", "pddp", "mst"):
            stop = 40 if n > 1000 else None
            tree = gl.divide(X, method, random_state=0, n_clusters=stop)
            found.append(fingerprint(tree.merges))
        run = gl.bisecting_kmeans(X, 7, random_state=0, sample_weight=weights)
        found.append(fingerprint(run.centers, run.labels, np.array([run.inertia])))
    return found


@pytest.fixture(scope="module")
def expected():
    before = gl.get_num_threads()
    gl.set_num_threads(1)
    found = answers()
    gl.set_num_threads(before)
    return found


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_the_bits_are_the_same_with_any_number_of_threads(threads, expected):
    before = gl.get_num_threads()
    gl.set_num_threads(threads)
    try:
        assert answers() == expected
    finally:
        gl.set_num_threads(before)


@pytest.mark.parametrize("isa", ISAS)
def test_the_bits_are_the_same_on_every_instruction_set(isa, expected):
    before = _native.isa()
    _native.use_isa(isa)
    try:
        assert answers() == expected
    finally:
        _native.use_isa(before)
