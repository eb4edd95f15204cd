"""Mini-batch k-means: against the paper's loop, its laws, by hand, and the same bits for every number of threads."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion import _native
from ganglion.cluster._kmeans.distinct import SMALL, distinct_rows
from ganglion.cluster.minibatch import minibatch_kmeans, minibatch_start, minibatch_step
from oracles import minibatch as oracle
from oracles.kmeans_cases import blobs

SIZES = [
    (1, 1, 1),
    (2, 1, 2),
    (7, 3, 2),
    (8, 2, 3),
    (15, 17, 4),
    (17, 1, 5),
    (33, 8, 7),
    (200, 5, 3),
]


def started(X, init, **rest):
    return minibatch_start(X, len(init), init=init, random_state=0, **rest)


@pytest.mark.parametrize(("n", "d", "k"), SIZES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("container", [np.asarray, np.asfortranarray, sp.csr_array])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_step_is_the_papers_loop(n, d, k, dtype, container, weighted):
    rng = np.random.default_rng([n, d, k])
    X = blobs(n, d, dtype=dtype)
    weight = rng.integers(0, 4, size=n) + (np.arange(n) == 0) * 0.5 if weighted else None
    state = started(X, X[:k])
    centers, counts = state.centers, state.counts
    for rows in (np.arange(n), rng.permutation(n), rng.permutation(n)[: n // 2 + 1]):
        own = None if weight is None else weight[rows]
        if own is not None and not own.any():
            continue
        centers, counts, _, _ = oracle.take_in(state.shown, counts, X[rows], own)
        before = state
        state = minibatch_step(before, container(X[rows]), sample_weight=own, reassignment_ratio=0)
        # Labels are by the centres as they are shown; the means go on from float64.
        exact = (
            centers
            + (before.centers - before.shown)
            * (before.counts / np.maximum(state.counts, 1))[:, None]
        )
        np.testing.assert_allclose(state.centers, exact, rtol=1e-13, atol=1e-13)
        np.testing.assert_array_equal(state.counts, counts)


def test_two_batches_by_hand():
    # Centres 0 and 10. The first batch gives 1, 2, 3 to the first: its mean is 2. It gives 9 to the second.
    state = started([[0.0], [10.0]], [[0.0], [10.0]])
    state = minibatch_step(state, [[1.0], [2.0], [3.0], [9.0]], reassignment_ratio=0)
    assert state.centers.ravel().tolist() == [2.0, 9.0]
    assert state.counts.tolist() == [3, 1]
    # The second: 6 is as far from 2 as from ... no, nearer to 9 (3 < 4). 9 moves by (6 - 9) / 2.
    state = minibatch_step(state, [[6.0]], reassignment_ratio=0)
    assert state.centers.ravel().tolist() == [2.0, 7.5]
    # A weight of 2 is two samples: (3 * 2 + 2 * 4.5) / 5.
    state = minibatch_step(state, [[4.5]], sample_weight=[2.0], reassignment_ratio=0)
    assert state.centers.ravel().tolist() == [3.0, 7.5]


def test_a_centre_without_samples_is_given_to_one_of_the_batch():
    state = started([[0.0], [100.0]], [[0.0], [100.0]])
    state = minibatch_step(state, [[1.0], [2.0], [3.0], [6.0]], reassignment_ratio=0.01)
    assert state.centers[0] == 3.0
    assert state.centers[1] in (1, 2, 3, 6)
    assert state.counts.tolist() == [4, 4]


def test_a_sample_without_weight_becomes_no_centre():
    for seed in range(20):
        state = minibatch_start([[0.0], [100.0]], 2, init=[[0.0], [100.0]], random_state=seed)
        state = minibatch_step(state, [[1.0], [2.0], [50.0]], sample_weight=[1, 1, 0])
        assert state.centers[1] in (1, 2)


def test_centres_that_stand_on_their_samples_do_not_move():
    X = np.full((1000, 1), 0.1)
    state = started(X, X[:1])
    for _ in range(50):
        state = minibatch_step(state, X)
    assert state.centers.item() == 0.1


def test_light_samples_move_float32_centres_too():
    X = np.array([[1.0], [1.0 + 2**-20]], dtype=np.float32)
    state = minibatch_step(started(X, X[:1]), X[:1], sample_weight=[1000.0])
    for _ in range(1000):
        state = minibatch_step(state, X[1:])
    assert state.centers.item() == pytest.approx(1 + 2**-21, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(3, 40), k=st.integers(1, 3), d=st.integers(1, 4)
)
def test_weights_are_repetitions_and_the_order_of_rows_does_not_matter(seed, n, k, d):
    rng = np.random.default_rng(seed)
    X, weight = rng.normal(size=(n, d)), rng.integers(0, 4, size=n)
    weight[:k] = np.maximum(weight[:k], 1)
    order = rng.permutation(n)
    runs = [
        minibatch_kmeans(X, k, sample_weight=weight, random_state=1),
        minibatch_kmeans(X[order], k, sample_weight=weight[order], random_state=1),
        minibatch_kmeans(sp.csr_array(X), k, sample_weight=weight, random_state=1),
        minibatch_kmeans(np.repeat(X, weight, axis=0), k, random_state=1),
    ]
    for run in runs[1:]:
        np.testing.assert_allclose(run.centers, runs[0].centers, rtol=1e-9, atol=1e-12)
        assert run.n_steps == runs[0].n_steps
        assert run.inertia == pytest.approx(runs[0].inertia, rel=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_distinct_rows_are_those_of_numpy(dtype):
    rng = np.random.default_rng(0)
    X = rng.integers(-2, 3, size=(500, 3)).astype(dtype) * dtype(1.5)
    X[X == 0] *= np.where(rng.random(np.count_nonzero(X == 0)) < 0.5, -1, 1)  # zeros of both signs
    weight = rng.integers(0, 3, size=500).astype(float)
    found = distinct_rows(X, weight)
    rows, inverse = np.unique(X[weight > 0], axis=0, return_inverse=True)
    totals = np.bincount(inverse.ravel(), weights=weight[weight > 0])
    ours = {tuple(X[i] + dtype(0)): w for i, w in zip(found.rows, found.weights, strict=True)}
    assert ours == {tuple(row): w for row, w in zip(rows + dtype(0), totals, strict=True)}


def test_large_tables_are_drawn_from_as_they_stand():
    assert distinct_rows(np.zeros((SMALL + 1, 1)), None) is None
    X = blobs(SMALL, 2)
    runs = [minibatch_kmeans(X, 4, random_state=seed) for seed in (1, 1, 2)]
    assert np.array_equal(runs[0].centers, runs[1].centers)
    assert not np.array_equal(runs[0].centers, runs[2].centers)
    heavy = minibatch_kmeans(X, 1, sample_weight=np.arange(len(X)) < 10, random_state=0)
    assert np.all(np.abs(heavy.centers - X[:10].mean(axis=0)) < 1)


@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_neither_threads_nor_the_instruction_set_change_a_bit(container, dtype):
    X = container(blobs(20_000, 7, dtype=dtype))
    weight = np.random.default_rng(0).uniform(size=20_000)
    threads, isa = gl.get_num_threads(), _native.isa()
    found = {}
    try:
        for name in _native.available_isas():
            _native.use_isa(name)
            for n_threads in (1, 2, 3, 7):
                gl.set_num_threads(n_threads)
                run = minibatch_kmeans(
                    X, 9, n_init=2, batch_size=3000, sample_weight=weight, random_state=0
                )
                arrays = (run.centers, run.labels, run.state.counts)
                found[name, n_threads] = (*(array.tobytes() for array in arrays), run.inertia)
    finally:
        gl.set_num_threads(threads)
        _native.use_isa(isa)
    assert len(set(found.values())) == 1


def test_every_layout_gives_the_same_bits():
    X = blobs(300, 5)
    wide = np.zeros((600, 10))
    wide[::2, ::2] = X
    read_only = X.copy()
    read_only.flags.writeable = False
    expected = minibatch_kmeans(X, 4, random_state=0).centers
    for other in (np.asfortranarray(X), wide[::2, ::2], read_only, X.astype(">f8"), X.tolist()):
        assert np.array_equal(minibatch_kmeans(other, 4, random_state=0).centers, expected)


def test_which_rule_stopped_the_run():
    X = blobs(500, 2)
    given = {"init": X[:4], "batch_size": 100, "random_state": 0}
    run = minibatch_kmeans(X, 4, **given)
    assert (run.stopped_by, run.converged) == ("no_improvement", True)
    run = minibatch_kmeans(X, 4, max_no_improvement=None, max_iter=3, **given)
    assert (run.stopped_by, run.converged, run.n_steps, run.n_iter) == ("max_iter", False, 15, 3)
    run = minibatch_kmeans(X, 4, max_no_improvement=None, tol=0.05, **given)
    assert (run.stopped_by, run.converged) == ("tol", True)
    run = minibatch_kmeans(X, 4, progress=lambda step: step.step == 2, **given)
    assert (run.stopped_by, run.converged, run.n_steps) == ("progress", False, 2)


def test_progress_is_told_of_every_step():
    told = []
    run = minibatch_kmeans(
        blobs(500, 2), 4, max_iter=2, batch_size=50, random_state=0, progress=told.append
    )
    assert [step.step for step in told] == list(range(1, run.n_steps + 1))
    assert {(step.task, step.total) for step in told} == {("mini-batch k-means", 20)}
    assert np.array_equal(told[-1].centers, run.centers)


def test_more_starts_are_not_worse_to_begin_with():
    X = blobs(2000, 2, groups=12)
    one, many = (
        np.mean(
            [
                gl.kmeans(
                    X,
                    12,
                    init=minibatch_start(X, 12, init="random", n_init=n, random_state=s).centers,
                    max_iter=1,
                ).inertia
                for s in range(10)
            ]
        )
        for n in (1, 10)
    )
    assert many < one


def test_the_sums_of_squares_add_up():
    X = blobs(300, 4)
    weight = np.random.default_rng(0).uniform(size=300)
    run = minibatch_kmeans(X, 5, sample_weight=weight, random_state=0)
    mean = np.average(X, axis=0, weights=weight)
    assert run.tss == pytest.approx(np.sum(weight[:, None] * (X - mean) ** 2), rel=1e-12)
    assert run.bss + run.inertia == pytest.approx(run.tss, rel=1e-12)
    nearest = ((X[:, None] - run.centers) ** 2).sum(axis=2).min(axis=1)
    assert run.inertia == pytest.approx(np.sum(weight * nearest), rel=1e-12)


def test_without_labels_the_inertia_is_an_estimate():
    X = blobs(5000, 3)
    run = minibatch_kmeans(X, 4, random_state=0, compute_labels=False)
    full = minibatch_kmeans(X, 4, random_state=0)
    assert run.labels is None
    assert np.array_equal(run.centers, full.centers)
    assert run.inertia == pytest.approx(full.inertia, rel=0.1)


def test_fewer_distinct_samples_than_clusters_are_reduced():
    with pytest.warns(
        gl.GanglionWarning,
        match="X has 2 distinct samples but n_clusters=3: 2 clusters are returned",
    ):
        run = minibatch_kmeans([[0.0], [5.0], [5.0], [0.0]], 3, random_state=0)
    assert sorted(run.centers.ravel().tolist()) == [0, 5]
    assert (run.inertia, run.state.counts.shape) == (0, (2,))


def test_a_batch_of_another_width_is_refused():
    state = started([[0.0], [1.0]], [[0.0]])
    with pytest.raises(
        gl.DataError, match="X must have the 1 features of the batches before; got 2"
    ):
        minibatch_step(state, [[0.0, 1.0]])


def test_a_callable_start_gets_samples_of_the_callers_kind():
    seen = []

    def first(X, k, rng):
        seen.append(type(X))
        return (X.toarray() if sp.issparse(X) else X)[:k]

    X = blobs(400, 3)
    for given_X in (X, sp.csr_array(X), sp.csr_matrix(X)):
        minibatch_kmeans(given_X, 3, init=first, random_state=0, init_size=30)
    assert seen == [np.ndarray, sp.csr_array, sp.csr_matrix]
