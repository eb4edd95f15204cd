"""What k-means tells on the way: recorded steps, progress, and the generator it draws from."""

import dataclasses

import numpy as np
import pytest

import ganglion as gl
from oracles import kmeans as oracle
from oracles.kmeans_cases import blobs, check_run, run_bits

STARTS = ["k-means++", "k-means||", "random"]


@pytest.mark.parametrize("init", STARTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_recorded_step_is_consistent_with_itself_and_the_next(init, dtype):
    X = blobs(400, 3, dtype=dtype)
    run = gl.kmeans(X, 6, init=init, random_state=1, tol=0, record=True)
    history = run.history
    fields = (history.centers, history.labels, history.inertia, history.shift, history.changed)
    assert {len(each) for each in (*fields, history.sizes)} == {run.n_iter}
    for t in range(run.n_iter):
        centers, labels = np.array(history.centers[t]), np.array(history.labels[t])
        assert centers.shape == (6, 3) and labels.shape == (400,)
        assert np.isclose(history.inertia[t], oracle.wss(X, labels, centers), rtol=1e-12)
        assert np.bincount(labels, minlength=6).tolist() == np.array(history.sizes[t]).tolist()
        if t + 1 < run.n_iter:
            after = np.array(history.centers[t + 1], np.float64)
            moved, _ = oracle.means(X, labels, 6)
            assert np.allclose(after, moved, rtol=1e-6, atol=1e-6)
            assert np.isclose(history.shift[t], ((after - centers) ** 2).sum(), rtol=1e-5)
            changed = int((np.array(history.labels[t + 1]) != labels).sum())
            assert history.changed[t + 1] == changed
    assert run.stopped_by == "labels" and np.array_equal(history.labels[-1], run.labels)
    assert np.array_equal(np.array(history.centers[-1]), run.centers)


@pytest.mark.parametrize("seed", [374, 1454, 2531])
def test_recorded_inertia_falls_and_labels_are_nearest_also_where_a_cluster_ran_empty(seed):
    # In these problems a cluster runs empty in the middle of the run, not at its start.
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(5, 40)), int(rng.integers(1, 3))
    k = int(rng.integers(2, n))
    X = rng.normal(size=(n, d)) * [1, 5][seed % 2]
    run = gl.kmeans(X, k, init=3 * rng.normal(size=(k, d)), tol=0, record=True)
    history = run.history
    assert (np.diff([*history.inertia, run.inertia]) <= 0).all()
    for centers, labels, inertia in zip(
        history.centers, history.labels, history.inertia, strict=True
    ):
        nearest, squares = oracle.assign(X, centers)
        assert np.array_equal(labels, nearest)
        assert np.isclose(inertia, squares.sum(), rtol=1e-12)


def test_recording_changes_nothing_and_is_off_by_default():
    X = blobs(500, 4)
    plain = gl.kmeans(X, 5, random_state=0)
    assert plain.history is None
    assert run_bits(gl.kmeans(X, 5, random_state=0, record=True)) == run_bits(plain)


def test_a_recorded_step_is_not_overwritten_by_later_ones():
    X = blobs(500, 4)
    history = gl.kmeans(X, 5, init=X[:5], record=True, tol=0).history
    assert np.array_equal(np.array(history.centers[0]), X[:5])


def test_a_run_cannot_be_changed():
    run = gl.kmeans(blobs(20, 2), 2, random_state=0, record=True)
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.inertia = 0.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.history.inertia = ()


def test_progress_is_told_every_step_with_its_inertia():
    X, steps = blobs(500, 4), []
    run = gl.kmeans(X, 5, init=X[:5], tol=0, record=True, progress=steps.append)
    assert [step.step for step in steps] == list(range(1, run.n_iter + 1))
    assert {step.task for step in steps} == {"k-means"}
    assert {step.total for step in steps} <= {None, 300}
    assert np.allclose([step.value for step in steps], run.history.inertia, rtol=1e-12)


def test_a_true_answer_from_progress_stops_the_run_in_a_consistent_state():
    X = blobs(500, 4)
    free = gl.kmeans(X, 5, init=X[:5], tol=0)
    assert free.n_iter > 3
    run = gl.kmeans(X, 5, init=X[:5], tol=0, progress=lambda step: step.step == 2)
    assert run.n_iter == 2 and run.stopped_by == "progress" and not run.converged
    labels, _ = oracle.assign(X, run.centers)
    assert np.array_equal(run.labels, labels)
    assert np.isclose(run.inertia, oracle.wss(X, labels, run.centers), rtol=1e-12)


def test_an_error_in_progress_reaches_the_caller():
    def fail(step):
        raise ZeroDivisionError("from the caller's own code")

    with pytest.raises(ZeroDivisionError, match="the caller's own code"):
        gl.kmeans(blobs(50, 2), 3, random_state=0, progress=fail)


@pytest.mark.parametrize("init", STARTS)
def test_one_seed_gives_one_answer_and_another_seed_another_start(init):
    X = np.random.default_rng(0).normal(size=(300, 8))
    runs = [gl.kmeans(X, 12, init=init, random_state=7, max_iter=2) for _ in range(2)]
    assert run_bits(runs[0]) == run_bits(runs[1])
    bits = {
        run_bits(gl.kmeans(X, 12, init=init, random_state=seed, max_iter=2)) for seed in range(8)
    }
    assert len(bits) > 4


@pytest.mark.parametrize(
    "make", [lambda: 3, lambda: np.random.default_rng(3), lambda: np.random.RandomState(3)]
)
def test_every_kind_of_random_state_is_reproducible(make):
    X = blobs(100, 3)
    first, second = (gl.kmeans(X, 4, init="random", random_state=make()) for _ in range(2))
    assert run_bits(first) == run_bits(second)
    centers, again = (gl.kmeans_plusplus(X, 4, random_state=make())[0] for _ in range(2))
    assert np.array_equal(centers, again)


def test_a_generator_moves_on_between_calls():
    X = np.random.default_rng(0).normal(size=(300, 2))
    rng = np.random.default_rng(0)
    assert len({gl.kmeans_plusplus(X, 3, random_state=rng)[1].tobytes() for _ in range(8)}) > 4


def test_global_random_state_is_neither_read_nor_moved():
    X = blobs(100, 3)
    np.random.seed(1)  # noqa: NPY002 - the legacy global state is what is tested
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    gl.kmeans(X, 4)
    gl.kmeans(X, 4, init="random", random_state=1)
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


def test_more_restarts_are_never_worse_on_average():
    X = blobs(400, 2, groups=12)
    one, ten = (
        np.mean([gl.kmeans(X, 12, n_init=n, random_state=s).inertia for s in range(8)])
        for n in (1, 10)
    )
    assert ten <= one


def test_a_callable_start_is_called_with_the_data_and_the_number_of_clusters():
    X, calls = blobs(50, 3), []

    def start(data, n_clusters, random_state):
        calls.append((data.shape, n_clusters, random_state))
        return data[:n_clusters]

    run = gl.kmeans(X, 4, init=start, random_state=0)
    check_run(X, run, k=4)
    assert run_bits(run) == run_bits(gl.kmeans(X, 4, init=X[:4]))
    assert calls[0][:2] == ((50, 3), 4) and len(calls) == 1


def test_a_callable_start_is_called_once_for_every_restart():
    X, calls = blobs(50, 3), []

    def start(data, n_clusters, random_state):
        calls.append(n_clusters)
        return data[len(calls) : len(calls) + n_clusters]

    gl.kmeans(X, 4, init=start, n_init=3, random_state=0)
    assert calls == [4, 4, 4]


def test_nothing_is_printed(capfd):
    gl.kmeans(blobs(50, 3), 4, random_state=0, record=True)
    assert capfd.readouterr() == ("", "")
