"""k-medoids against every set of medoids, against the same search done plainly, and by hand."""

import numpy as np
import pytest

import ganglion as gl
from oracles import medoids as oracle

SIZES = (2, 3, 7, 8, 9, 15, 16, 17, 33, 64)


def whole_distances(n, *, seed=0, largest=50, dtype=np.float64):
    """A matrix of integers: sums are exact, and there are ties."""
    D = np.random.default_rng([seed, n]).integers(1, largest, size=(n, n))
    D = np.triu(D, 1)
    return (D + D.T).astype(dtype)


def whole_weights(n, *, seed=0):
    return np.random.default_rng([seed, n, 1]).integers(0, 4, size=n).astype(float)


@pytest.mark.parametrize("seed", range(30))
def test_no_swap_improves_and_many_answers_are_the_best_of_all_sets(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 10))
    k = int(rng.integers(1, n + 1))
    D = whole_distances(n, seed=seed)
    weights = whole_weights(n, seed=seed) + 1 if seed % 2 else None
    best = oracle.best_loss(D, k, weights)
    losses = []
    for start in range(10):
        run = gl.kmedoids(
            D, k, metric="precomputed", init="random", random_state=start, sample_weight=weights
        )
        assert run.converged and run.certified and run.algorithm == "fasterpam"
        assert run.inertia == oracle.loss_of(D, run.medoids, weights)
        assert oracle.best_swap(D, run.medoids, weights) >= run.inertia >= best
        losses.append(run.inertia)
    assert min(losses) == best


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", SIZES)
def test_the_search_makes_the_swaps_of_one_candidate_after_the_other(n, weighted, dtype):
    for k in {2, min(3, n), min(7, n - 1 or 1), n} - {1}:
        D = whole_distances(n, seed=k, dtype=dtype)
        weights = whole_weights(n, seed=k) if weighted else None
        if weights is not None:
            weights[:k] = 1
        init = np.arange(k)
        expected, n_swaps = oracle.eager_swaps(D, init, weights)
        run = gl.kmedoids(D, k, metric="precomputed", init=init, sample_weight=weights)
        assert run.medoids.tolist() == expected.tolist()
        assert run.n_swaps == n_swaps


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("algorithm", ["fasterpam", "sampled"])
@pytest.mark.parametrize("k", [2, 3, 8, 17])
def test_no_swap_improves_among_a_thousand(k, algorithm, dtype):
    X = np.random.default_rng(k).integers(0, 200, size=(1000, 2)).astype(dtype)
    D = np.abs(X[:, None] - X).sum(axis=2).astype(np.float64)
    weights = whole_weights(1000, seed=k)
    for given in (None, weights):
        run = gl.kmedoids(
            X, k, metric="manhattan", sample_weight=given, algorithm=algorithm, random_state=0
        )
        assert run.certified and run.inertia == oracle.loss_of(D, run.medoids, given)
        for slot in range(k):
            others = D[np.delete(run.medoids, slot)].min(axis=0)
            swapped = np.minimum(D, others) @ (np.ones(1000) if given is None else given)
            if given is not None:
                swapped[given == 0] = np.inf
            assert swapped.min() >= run.inertia


@pytest.mark.parametrize("n", SIZES)
def test_build_is_the_greedy_choice(n):
    k = min(4, n)
    D = whole_distances(n, seed=n)
    weights = whole_weights(n, seed=n)
    weights[:k] = 2
    for given in (None, weights):
        chosen = oracle.build(D, k, given)
        expected, _ = oracle.eager_swaps(D, chosen, given)
        run = gl.kmedoids(D, k, metric="precomputed", init="build", sample_weight=given)
        if k > 1:
            assert run.medoids.tolist() == expected.tolist()
        else:
            assert run.medoids.tolist() == chosen


def test_three_and_three_on_a_line():
    # The middle item of each group: 1 + 2 and 1 + 2. A swap within a group costs at least 1 more.
    run = gl.kmedoids([[1.0], [2.0], [4.0], [20.0], [21.0], [23.0]], 2)
    assert run.medoids.tolist() == [1, 4] or run.medoids.tolist() == [4, 1]
    assert run.inertia == 6.0 and run.certified


def test_one_medoid_has_the_lowest_sum_of_distances_and_the_lowest_index_of_equals():
    # Sums: 0 + 1 + 2 + 3 = 6, 1 + 0 + 1 + 2 = 4, 4, 6: items 1 and 2 are equal.
    run = gl.kmedoids([[0.0], [1.0], [2.0], [3.0]], 1)
    assert run.medoids.tolist() == [1] and run.inertia == 4.0
    assert run.labels.tolist() == [0, 0, 0, 0] and run.certified


def test_labels_are_the_nearest_medoid_and_the_lowest_place_wins_a_tie():
    D = np.array([[0.0, 4, 2], [4, 0, 2], [2, 2, 0]])
    run = gl.kmedoids(D, 2, metric="precomputed", init=[1, 0], max_iter=1)
    assert run.labels[2] == 0 if 2 not in run.medoids else True
    X = np.random.default_rng(0).normal(size=(300, 3))
    run = gl.kmedoids(X, 7, random_state=0)
    apart = np.sqrt(((X[:, None] - X[run.medoids]) ** 2).sum(axis=2))
    assert run.labels.tolist() == apart.argmin(axis=1).tolist()
    assert run.labels[run.medoids].tolist() == list(range(7))


@pytest.mark.parametrize("init", ["auto", "build", "lab", "k-medoids++", "random", [0, 1, 2]])
def test_every_start_ends_where_no_swap_improves(init):
    D = whole_distances(60, seed=5)
    run = gl.kmedoids(D, 3, metric="precomputed", init=init, random_state=0)
    assert run.converged and oracle.best_swap(D, run.medoids) >= run.inertia


def test_more_starts_are_no_worse():
    D = whole_distances(80, seed=6)
    losses = [
        gl.kmedoids(
            D, 8, metric="precomputed", init="random", n_init=n_init, random_state=3
        ).inertia
        for n_init in (1, 4, 12)
    ]
    assert losses[0] >= losses[1] >= losses[2]


@pytest.mark.parametrize("algorithm", ["fasterpam", "sampled"])
@pytest.mark.parametrize("init", ["auto", "random", "build", "lab"])
def test_fewer_distinct_items_than_clusters_give_as_many_medoids_and_one_warning(algorithm, init):
    X = np.repeat([[0.0], [1.0], [5.0]], 4, axis=0)
    with pytest.warns(gl.GanglionWarning, match="3 distinct items but n_clusters=5") as caught:
        run = gl.kmedoids(X, 5, init=init, random_state=0, algorithm=algorithm)
    assert len(caught) == 1 and len(run.medoids) == 3 and run.inertia == 0
    assert sorted(X[run.medoids, 0]) == [0, 1, 5]
    assert np.array_equal(X[run.medoids][run.labels], X)


def test_items_without_weight_are_labelled_and_never_medoids():
    X = np.array([[0.0], [0.1], [0.2], [9.0], [9.1], [9.2]])
    weights = np.array([1.0, 0, 1, 1, 0, 1])
    run = gl.kmedoids(X, 2, sample_weight=weights)
    assert not set(run.medoids.tolist()) & {1, 4}
    assert run.labels[1] == run.labels[0] != run.labels[4] == run.labels[3]
    with pytest.warns(gl.GanglionWarning, match="4 items of positive weight"):
        assert len(gl.kmedoids(X, 6, sample_weight=weights).medoids) == 4


def test_strings_sets_and_matrices_have_medoids_of_their_own():
    words = ["cluster", "clusters", "clustered", "medoid", "medoids", "method"]
    run = gl.kmedoids(words, 2, metric="levenshtein")
    assert {words[i] for i in run.medoids} == {"clusters", "medoid"} or run.certified
    assert run.labels[0] == run.labels[1] == run.labels[2] != run.labels[4]
    D = whole_distances(20)
    square = gl.kmedoids(D, 3, metric="precomputed", init=[0, 1, 2])
    condensed = gl.kmedoids(D[np.triu_indices(20, 1)], 3, metric="precomputed", init=[0, 1, 2])
    assert square.medoids.tolist() == condensed.medoids.tolist()


def test_progress_is_told_each_pass_and_can_stop():
    X = np.random.default_rng(0).normal(size=(400, 2))
    steps = []
    run = gl.kmedoids(X, 9, init="random", random_state=0, progress=steps.append)
    assert [step.step for step in steps] == list(range(1, run.n_iter + 1))
    assert all(step.task == "k-medoids" for step in steps)
    assert steps[-1].value == pytest.approx(run.inertia)
    stopped = gl.kmedoids(X, 9, init="random", random_state=0, progress=lambda step: True)
    assert stopped.n_iter == 1 and not stopped.converged and not stopped.certified


def test_swaps_of_very_many_items_are_estimated_and_said_to_be_unverified(monkeypatch):
    X = np.random.default_rng(0).normal(size=(3000, 4))
    verified = gl.kmedoids(X, 6, algorithm="sampled", random_state=0)
    monkeypatch.setattr("ganglion.cluster._medoids.samples.VERIFIED_WORK", 0)
    run = gl.kmedoids(X, 6, algorithm="sampled", random_state=0)
    assert run.converged and not run.certified and run.n_iter == 0
    assert verified.inertia <= run.inertia <= 1.01 * verified.inertia
    stopped = gl.kmedoids(X, 6, algorithm="sampled", random_state=0, progress=lambda step: True)
    assert not stopped.converged and not stopped.certified


D3 = np.array([[0.0, 1, 2], [1, 0, 3], [2, 3, 0]])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_clusters": 0}, "n_clusters must be an integer of at least 1; got 0"),
        (
            {"n_clusters": 4},
            "k-medoids needs n_clusters <= n_samples; got n_clusters=4 and 3 items",
        ),
        ({"init": "best"}, "init must be one of 'auto', 'build'"),
        ({"init": [0, 1, 2]}, "or the indices of 2 items; got an array of shape"),
        ({"init": [0.5, 1.0]}, "indices of 2 items; got an array of shape .* of float64"),
        ({"init": [0, 3]}, "init must hold indices from 0 to 2; got 0 to 3"),
        ({"init": [1, 1]}, "init must hold 2 different items; got .1, 1."),
        (
            {"init": [0, 1], "sample_weight": [1, 0, 1]},
            "init holds item 1, whose sample_weight is 0",
        ),
        (
            {"algorithm": "pam"},
            "algorithm must be one of 'auto', 'fasterpam', 'sampled'; got 'pam'",
        ),
        ({"max_iter": 0}, "max_iter must be an integer of at least 1"),
        ({"n_init": 0}, "n_init must be an integer of at least 1"),
        ({"progress": 3}, "progress must be callable"),
        ({"sample_weight": [1.0]}, "sample_weight.shape must be"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(options, words):
    if "init" in options and options.get("init") != "best":
        with pytest.raises(gl.ParameterError, match=words):
            gl.kmedoids([[0.0], [1], [3]], 2, algorithm="sampled", **options)
    with pytest.raises((gl.ParameterError, gl.DataError), match=words):
        gl.kmedoids(D3, **{"n_clusters": 2, "metric": "precomputed", **options})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((0, 1, 5.0), "must be symmetric"),
        ((1, 1, 2.0), "distance 0 from itself"),
        ((0, 2, np.nan), "not be NaN"),
        ((0, 2, -1.0), "not be negative"),
    ],
)
def test_a_matrix_that_holds_no_distances_is_refused_by_name(change, words):
    D = D3.copy()
    D[change[0], change[1]] = change[2]
    with pytest.raises(gl.DataError, match=words):
        gl.kmedoids(D, 2, metric="precomputed")


def test_work_that_does_not_fit_into_memory_is_refused_before_it_begins():
    X = np.zeros((2000, 2))
    with pytest.raises(gl.MemoryPlanError, match=r"2,000 items needs 32,000,000 bytes.*sampled"):
        gl.kmedoids(X, 2, memory_limit="1MB")
    with pytest.raises(gl.MemoryPlanError, match="with the distances to 50 medoids"):
        gl.kmedoids(X, 50, memory_limit="100kB", algorithm="sampled")
