"""Laws that k-means obeys for every problem that hypothesis can think of."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import ganglion as gl
from oracles import kmeans as oracle
from oracles.kmeans_cases import (
    blobs,
    check_labels_are_nearest,
    check_run,
    grid,
    run_bits,
    start_rows,
)

moderate = settings(max_examples=60, deadline=None)
DTYPES = st.sampled_from([np.float32, np.float64])
EXACT = {"tol": 0.0, "max_iter": 500}


@st.composite
def problems(draw, rows=blobs, min_features=1):
    """(X, init): distinct rows, and k of them to start from."""
    n = draw(st.integers(1, 60))
    d = draw(st.integers(min_features, 20))
    X = rows(n, d, seed=draw(st.integers(0, 2**20)), dtype=draw(DTYPES))
    X = np.unique(X, axis=0)
    np.random.default_rng(n).shuffle(X)
    k = draw(st.integers(1, min(len(X), 12)))
    return X, start_rows(X, k, seed=draw(st.integers(0, 2**20)))


@st.composite
def crowded_problems(draw):
    """(X, init) with many equal rows, many equal distances, and starts that empty clusters."""
    d = draw(st.integers(1, 3))
    values = st.integers(-3, 3)
    rows = draw(st.lists(st.lists(values, min_size=d, max_size=d), min_size=1, max_size=30))
    X = np.array(rows, dtype=draw(DTYPES))
    k = draw(st.integers(1, len(np.unique(X, axis=0))))
    far = st.integers(-12, 12)
    init = draw(st.lists(st.lists(far, min_size=d, max_size=d), min_size=k, max_size=k))
    return X, np.array(init, dtype=X.dtype)


def assert_never_rises(inertia, X):
    """No step up beyond rounding: a centre that is off the mean by e costs e^2 for every row."""
    rounding = 4 * np.finfo(X.dtype).eps * float(np.abs(X).max())
    slack = X.size * rounding**2 + 1e-13 * inertia[0]
    assert (np.diff(inertia) <= slack).all(), inertia


@moderate
@given(problem=problems())
def test_wss_never_rises(problem):
    X, init = problem
    run = gl.kmeans(X, len(init), init=init, record=True, **EXACT)
    assert_never_rises([*run.history.inertia, run.inertia], X)


@settings(max_examples=200, deadline=None)
@given(problem=crowded_problems())
def test_wss_never_rises_and_every_promise_holds_when_clusters_run_empty(problem):
    X, init = problem
    run = gl.kmeans(X, len(init), init=init, record=True, **EXACT)
    assert_never_rises([*run.history.inertia, run.inertia], X)
    for centers, labels in zip(run.history.centers, run.history.labels, strict=True):
        check_labels_are_nearest(X, labels, centers)
    check_run(X, run, k=len(init))
    # There are enough distinct rows, so a fixed point that leaves a cluster empty is not one.
    assert run.stopped_by != "max_iter"
    assert set(run.labels.tolist()) == set(range(len(init)))


@moderate
@given(problem=problems(), stop=st.sampled_from([{}, {"tol": 0.1}, {"max_iter": 1}]))
def test_labels_are_the_argmin_and_the_scatter_adds_up_however_it_stopped(problem, stop):
    X, init = problem
    check_run(X, gl.kmeans(X, len(init), init=init, **stop), k=len(init))


@moderate
@given(
    problem=problems(),
    init=st.sampled_from(["k-means++", "k-means||", "random"]),
    seed=st.integers(0, 2**20),
)
def test_every_start_leads_to_a_faithful_answer(problem, init, seed):
    X, start = problem
    check_run(X, gl.kmeans(X, len(start), init=init, random_state=seed), k=len(start))


@moderate
@given(problem=problems(rows=grid), seed=st.integers(0, 2**20))
def test_permuting_rows_permutes_labels(problem, seed):
    X, init = problem
    assume(not oracle.lloyd(X, init).met_empty)  # reseeding breaks ties by the order of the rows
    order = np.random.default_rng(seed).permutation(len(X))
    run, shuffled = (gl.kmeans(each, len(init), init=init, **EXACT) for each in (X, X[order]))
    assert np.array_equal(shuffled.labels, run.labels[order])
    # The sums are exact, so the centres have equal bits whatever the order of the rows.
    assert np.array_equal(shuffled.centers, run.centers)
    assert np.isclose(shuffled.inertia, run.inertia, rtol=1e-12, atol=0)


@moderate
@given(problem=problems(), seed=st.integers(0, 2**20))
def test_permuting_centres_permutes_labels_the_other_way(problem, seed):
    X, init = problem
    assume(not oracle.lloyd(X, init).met_empty)
    order = np.random.default_rng(seed).permutation(len(init))
    run, shuffled = (gl.kmeans(X, len(init), init=each, **EXACT) for each in (init, init[order]))
    assert np.array_equal(order[shuffled.labels], run.labels)
    assert np.array_equal(shuffled.centers, run.centers[order])
    assert shuffled.inertia == run.inertia


@moderate
@given(problem=problems(rows=grid), data=st.data())
def test_whole_weights_equal_repetition_to_the_bit(problem, data):
    X, init = problem
    counts = st.lists(st.integers(0, 4), min_size=len(X), max_size=len(X))
    weight = np.array(data.draw(counts))
    assume(weight.sum() > 0)
    repeated = np.repeat(X, weight, axis=0)
    assume(len(np.unique(repeated, axis=0)) >= len(init))
    assume(not oracle.lloyd(X, init, weight=weight).met_empty)
    run = gl.kmeans(X, len(init), init=init, sample_weight=weight, **EXACT)
    longer = gl.kmeans(repeated, len(init), init=init, **EXACT)
    assert np.array_equal(longer.labels, np.repeat(run.labels, weight))
    assert np.array_equal(longer.centers, run.centers)
    assert np.isclose(longer.inertia, run.inertia, rtol=1e-12, atol=0)
    assert np.isclose(longer.tss, run.tss, rtol=1e-12, atol=0)


@moderate
@given(problem=problems(), exponent=st.integers(-30, 30))
def test_scaling_all_weights_by_a_power_of_two_scales_only_the_inertia(problem, exponent):
    X, init = problem
    weight = np.random.default_rng(len(X)).uniform(0.5, 2.0, size=len(X))
    run = gl.kmeans(X, len(init), init=init, sample_weight=weight, **EXACT)
    scaled = gl.kmeans(X, len(init), init=init, sample_weight=np.ldexp(weight, exponent), **EXACT)
    assert np.array_equal(scaled.labels, run.labels)
    assert np.array_equal(scaled.centers, run.centers)
    assert scaled.inertia == np.ldexp(run.inertia, exponent)


@moderate
@given(problem=problems(), exponent=st.integers(-20, 20))
def test_scaling_by_a_power_of_two_scales_the_results_exactly(problem, exponent):
    X, init = problem
    run = gl.kmeans(X, len(init), init=init)
    scaled = gl.kmeans(np.ldexp(X, exponent), len(init), init=np.ldexp(init, exponent))
    assert np.array_equal(scaled.labels, run.labels)
    assert np.array_equal(scaled.centers, np.ldexp(run.centers, exponent))
    for name in ("inertia", "tss", "bss"):
        assert getattr(scaled, name) == np.ldexp(getattr(run, name), 2 * exponent), name
    assert (scaled.n_iter, scaled.stopped_by) == (run.n_iter, run.stopped_by)


@moderate
@given(problem=problems(rows=grid), offset=st.integers(-1024, 1024))
def test_translating_by_an_exact_amount_translates_the_centres(problem, offset):
    X, init = problem
    run = gl.kmeans(X, len(init), init=init, **EXACT)
    moved = gl.kmeans(
        X + X.dtype.type(offset), len(init), init=init + X.dtype.type(offset), **EXACT
    )
    # Rounding of the means depends on the offset, so an exact tie may fall the other way: the
    # runs are compared where the plain one never had to break one.
    steps = oracle.lloyd(X, init).steps
    assume(all(smallest_margin(X, step["centers"]) > 1e-3 for step in steps))
    assert np.array_equal(moved.labels, run.labels)
    tolerance = 8 * np.finfo(X.dtype).eps * (abs(offset) + 4)
    assert np.abs(moved.centers - offset - run.centers).max() <= tolerance
    assert np.isclose(moved.inertia, run.inertia, rtol=1e-6, atol=len(X) * tolerance)
    assert np.isclose(moved.tss, run.tss, rtol=1e-9)


def smallest_margin(X, centers):
    """The least gap between the nearest and the second nearest centre over all rows."""
    if len(centers) == 1:
        return np.inf
    two = np.partition(oracle.squared_distances(X, centers), 1, axis=1)[:, :2]
    return float((two[:, 1] - two[:, 0]).min())


@moderate
@given(problem=problems())
def test_a_converged_run_is_a_fixed_point(problem):
    X, init = problem
    run = gl.kmeans(X, len(init), init=init, **EXACT)
    assume(run.stopped_by == "labels")
    again = gl.kmeans(X, len(init), init=run.centers, **EXACT)
    assert np.array_equal(again.labels, run.labels)
    assert np.array_equal(again.centers, run.centers)
    assert again.inertia == run.inertia and again.n_iter <= 2


@moderate
@given(problem=problems(), extra=st.integers(1, 10))
def test_rows_of_weight_zero_get_labels_but_move_nothing(problem, extra):
    X, init = problem
    assume(not oracle.lloyd(X, init).met_empty)
    ghosts = 50 * blobs(extra, X.shape[1], seed=9, dtype=X.dtype)
    weight = np.r_[np.ones(len(X)), np.zeros(extra)]
    run = gl.kmeans(X, len(init), init=init, **EXACT)
    more = gl.kmeans(np.vstack([X, ghosts]), len(init), init=init, sample_weight=weight, **EXACT)
    assert np.array_equal(more.labels[: len(X)], run.labels)
    assert np.allclose(more.centers, run.centers, rtol=0, atol=1e-6)
    assert np.isclose(more.inertia, run.inertia, rtol=1e-6)
    assert np.isclose(more.tss, run.tss, rtol=1e-9)
    nearest, _ = oracle.assign(np.vstack([X, ghosts]), more.centers)
    assert np.array_equal(more.labels, nearest)


@moderate
@given(problem=problems(min_features=2), exponents=st.data())
def test_cosine_kmeans_does_not_see_the_lengths_of_the_rows(problem, exponents):
    X, init = problem
    lengths = st.lists(st.integers(-8, 8), min_size=len(X), max_size=len(X))
    scaled = np.ldexp(X, np.array(exponents.draw(lengths))[:, None]).astype(X.dtype)
    run, other = (gl.kmeans(each, len(init), init=init, metric="cosine") for each in (X, scaled))
    assert run_bits(run) == run_bits(other)


@moderate
@given(problem=problems(min_features=2))
def test_cosine_labels_are_the_nearest_direction_and_centres_have_length_one(problem):
    X, init = problem
    run = gl.kmeans(X, len(init), init=init, metric="cosine", record=True)
    length = np.linalg.norm(run.centers.astype(np.float64), axis=1)
    unit = np.finfo(X.dtype).eps
    assert np.allclose(length, 1, rtol=0, atol=8 * unit)
    similarity = oracle.unit_rows(X) @ run.centers.astype(np.float64).T
    chosen = similarity[np.arange(len(X)), run.labels]
    assert (chosen >= similarity.max(axis=1) - 8 * unit).all()
    assert (np.diff([*run.history.inertia, run.inertia]) <= 8 * len(X) * unit).all()


@moderate
@given(problem=problems(), seed=st.integers(0, 2**20))
def test_kmeans_plusplus_chooses_distinct_rows_of_positive_weight(problem, seed):
    X, init = problem
    k = len(init)
    weight = np.ones(len(X))
    weight[np.random.default_rng(seed).permutation(len(X))[: (len(X) - k) // 2]] = 0
    centers, indices = gl.kmeans_plusplus(X, k, sample_weight=weight, random_state=seed)
    assert centers.dtype == X.dtype and indices.dtype == np.int64
    assert np.array_equal(centers, X[indices])
    assert len(set(indices.tolist())) == k and (weight[indices] > 0).all()
