"""Data on which k-means usually goes wrong in silence: here the right answer, or a named error."""

import re
import warnings

import numpy as np
import pytest
import scipy.sparse as sp

import ganglion as gl
from ganglion import GanglionError, GanglionWarning
from oracles import kmeans as oracle
from oracles.kmeans_cases import blobs, check_run, run_bits

LAYOUTS = [np.asarray, sp.csr_array]


def run_or_refusal(call):
    """(run, "") where there is an answer without a warning, (None, message) where it is refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return call(), ""
    except GanglionError as error:
        return None, str(error)


def two_clusters(offset, dtype):
    """Two normal clusters one apart, sd 0.1, 50 rows each, far from the origin; and the truth."""
    rng = np.random.default_rng(0)
    rows = np.vstack([rng.normal(mean, 0.1, size=(50, 2)) for mean in (0.0, 1.0)])
    return (rows + offset).astype(dtype), np.repeat([0, 1], 50)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("offset", "dtype"),
    [
        (1e4, np.float32),
        (1e6, np.float32),
        (-1e6, np.float32),
        (1e8, np.float64),
        (1e13, np.float64),
    ],
)
@pytest.mark.parametrize("init", ["k-means++", "k-means||", "random", "array"])
def test_clusters_far_from_the_origin_are_found_all_the_same(layout, offset, dtype, init):
    X, truth = two_clusters(offset, dtype)
    start = X[[0, 99]] if init == "array" else init
    run = gl.kmeans(layout(X), 2, init=start, n_init=3, random_state=0)
    check_run(X, run, k=2)
    assert np.array_equal(run.labels == run.labels[0], truth == 0)
    assert run.converged


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_far_cluster_does_not_blur_the_differences_among_the_near_ones(layout, dtype):
    # Centring by the mean does not help here: the outlier holds the mean far from everything.
    near, truth = two_clusters(0.0, dtype)
    X = np.vstack([near, np.full((1, 2), 1e6, dtype)])
    run = gl.kmeans(layout(X), 3, init=X[[0, 99, 100]], tol=0)
    check_run(X, run, k=3)
    assert run.labels.tolist() == [*truth, 2]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fill", [1e10, 1e20, 1e25, 1e30, 9.96921e36, 1e100])
def test_a_fill_value_among_the_data_does_not_merge_the_other_clusters(layout, dtype, fill):
    """Files mark a missing value with 1e20, 1e30 or 9.96921e36; the rest keeps its answer."""
    fill = min(fill, 3e38) if dtype == np.float32 else fill
    near = blobs(200, 2, dtype=dtype)
    X = np.vstack([near, np.full((1, 2), fill, dtype)])
    expected = oracle.lloyd(X, X[[0, 1, 2, 200]])
    run, refusal = run_or_refusal(lambda: gl.kmeans(layout(X), 4, init=X[[0, 1, 2, 200]], tol=0))
    if run is None:
        assert "scale" in refusal or "range" in refusal, refusal
        return
    assert np.array_equal(run.labels, expected.labels)
    assert np.allclose(run.centers, expected.centers, rtol=1e-6 if dtype == np.float32 else 1e-9)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("scale", "dtype"),
    [(1e200, np.float64), (1e307, np.float64), (1e20, np.float32), (3e37, np.float32)],
)
def test_squares_beyond_the_largest_number_give_the_right_answer_or_name_the_scale(
    layout, scale, dtype
):
    X = (np.array([[1.0, 1.0], [-1.0, -1.0], [1.25, 1.0], [-1.25, -1.0]]) * scale).astype(dtype)
    run, refusal = run_or_refusal(lambda: gl.kmeans(layout(X), 2, init=X[:2], tol=0))
    if run is None:
        assert any(word in refusal for word in ("scale", "overflow", "large")), refusal
        assert re.search(r"e\+\d+|2(\.0)?\*\*-?\d+", refusal), refusal
        return
    assert run.labels.tolist() == [0, 1, 0, 1]
    assert np.allclose(run.centers / scale, [[1.125, 1.0], [-1.125, -1.0]], rtol=1e-6)
    exact = 4 * 0.125**2 * float(scale) ** 2 if scale < 1e150 else np.inf
    assert np.isclose(run.inertia, exact, rtol=1e-5)


def test_a_start_that_the_dtype_of_the_data_cannot_hold_is_refused_by_name():
    X = blobs(10, 1, dtype=np.float32)
    run, refusal = run_or_refusal(lambda: gl.kmeans(X, 2, init=[[0.0], [1e39]]))
    assert run is None and "init" in refusal and "float32" in refusal


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("start", "dtype"), [([[2e200], [1e200]], np.float64), ([[2e30], [1e30]], np.float32)]
)
def test_a_start_far_beyond_the_data_is_ordered_rightly_or_refused_by_name(layout, start, dtype):
    """The nearest of the two centres is the second, though both squares may overflow."""
    X = np.array([[0.0], [1.0], [2.0], [3.0]], dtype)
    run, refusal = run_or_refusal(
        lambda: gl.kmeans(layout(X), 2, init=np.array(start, dtype), tol=0, max_iter=1)
    )
    if run is None:
        assert "init" in refusal
        return
    check_run(X, run, k=2)
    assert 1 in run.labels.tolist()  # the second centre moved to its points


@pytest.mark.parametrize("scale", [1e-200, 1e-150, 1e150])
def test_an_absolute_epsilon_is_understood_at_every_scale_of_the_data(scale):
    X = blobs(50, 2) * scale
    run, refusal = run_or_refusal(lambda: gl.kmeans(X, 3, init=X[:3], tol=0, epsilon=1e10))
    if run is None:
        assert "scale" in refusal
        return
    assert run.stopped_by == ("epsilon" if scale < 1 else "labels")


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("scale", "dtype"), [(1e-200, np.float64), (1e-300, np.float64), (1e-30, np.float32)]
)
def test_squares_below_the_smallest_number_give_the_right_answer_or_name_the_scale(
    layout, scale, dtype
):
    X = (np.array([[1.0, 1.0], [-1.0, -1.0], [1.25, 1.0], [-1.25, -1.0]]) * scale).astype(dtype)
    run, refusal = run_or_refusal(lambda: gl.kmeans(layout(X), 2, init=X[[0, 2]], tol=0))
    if run is None:
        assert any(word in refusal for word in ("scale", "underflow", "small")), refusal
        return
    assert (run.labels == run.labels[0]).tolist() == [True, False, True, False]
    assert np.allclose(np.sort(run.centers[:, 0]) / scale, [-1.125, 1.125], rtol=1e-6)


def test_columns_of_very_different_scale_are_not_lost():
    rng = np.random.default_rng(0)
    X = np.c_[rng.normal(size=200) * 1e-3, rng.normal(size=200) * 1e6]
    expected = oracle.lloyd(X, X[:4])
    run = gl.kmeans(X, 4, init=X[:4], tol=0)
    check_run(X, run, k=4)
    assert np.array_equal(run.labels, expected.labels)


@pytest.mark.parametrize("weight", [1e308, 1e-308, 5e-324])
def test_extreme_weights_give_the_right_centres_or_an_error(weight):
    X = blobs(40, 3)
    heavy = np.full(40, weight)
    run, refusal = run_or_refusal(lambda: gl.kmeans(X, 3, init=X[:3], sample_weight=heavy, tol=0))
    if run is None:
        assert "sample_weight" in refusal
        return
    plain = gl.kmeans(X, 3, init=X[:3], tol=0)
    assert np.array_equal(run.labels, plain.labels)
    assert np.allclose(run.centers, plain.centers, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ratio", [1e-6, 1e-12, 1e-20, 1e-100])
def test_a_cluster_of_small_weights_has_the_mean_of_its_points_all_the_same(ratio, dtype):
    X = blobs(200, 3, dtype=dtype)
    light = oracle.lloyd(X, X[:3]).labels == 0
    weight = np.where(light, ratio, 1.0) * np.random.default_rng(0).uniform(0.5, 1.5, size=200)
    run = gl.kmeans(X, 3, init=X[:3], sample_weight=weight, tol=0)
    check_run(X, run, k=3, weight=weight)
    assert np.array_equal(run.labels, oracle.lloyd(X, X[:3], weight=weight).labels)


def test_fewer_rows_of_positive_weight_than_clusters_are_reduced_to_those_rows():
    X, weight = blobs(20, 3), np.zeros(20)
    weight[[3, 8]] = 1.0, 2.0
    with pytest.warns(GanglionWarning, match="distinct|weight"):
        run = gl.kmeans(X, 5, sample_weight=weight, random_state=0)
    assert sorted(run.centers.tolist()) == sorted(X[[3, 8]].tolist())
    assert run.inertia == 0.0
    assert np.array_equal(run.labels, oracle.assign(X, run.centers)[0])


def test_whole_numbers_beyond_two_to_the_53_are_rounded_with_a_warning():
    X = np.array([[2**60 + 1], [2**60 + 3], [0], [5]], dtype=np.int64)
    with pytest.warns(GanglionWarning, match=r"float64|exact|2\*\*53|round"):
        run = gl.kmeans(X, 2, init=X[[0, 2]].astype(float))
    assert run.labels.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_whole_numbers_that_float64_holds_are_taken_without_a_warning(dtype, recwarn):
    gl.kmeans(np.array([[2**53], [2**60], [0], [5]], dtype=dtype), 2, random_state=0)
    assert not recwarn.list


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("init", ["k-means++", "k-means||", "random", "array"])
@pytest.mark.parametrize("n", [5, 1000])
@pytest.mark.parametrize("values", ["whole", "any"])
def test_more_clusters_than_distinct_rows_are_reduced_with_one_warning(layout, init, n, values):
    # Whole numbers have exact means; for any others the mean of equal rows must still be that row.
    three = np.array([[0.0, 1.0], [2.0, 2.0], [5.0, 0.0]]) if values == "whole" else blobs(3, 2)
    X = three[np.arange(n) % 3]
    start = np.arange(10.0).reshape(5, 2) if init == "array" else init
    with pytest.warns(GanglionWarning) as caught:
        run = gl.kmeans(layout(X), 5, init=start, random_state=0)
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "3" in message and "5" in message and "distinct" in message
    assert caught[0].filename == __file__  # the warning points at the caller's line
    check_run(X, run, k=3)
    assert run.inertia == 0.0 and run.converged
    assert np.array_equal(run.centers[run.labels], X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_mean_of_one_row_is_that_row_to_the_bit(dtype, weighted):
    X = blobs(40, 3, dtype=dtype)
    weight = np.linspace(0.1, 3.0, 40) if weighted else None
    run = gl.kmeans(X, 40, init=X, sample_weight=weight)
    assert np.array_equal(run.centers, X)
    assert run.inertia == 0.0


@pytest.mark.parametrize("layout", LAYOUTS)
def test_more_clusters_than_distinct_rows_are_an_error_on_request(layout):
    X = np.array([[0.0, 1.0], [2.0, 2.0], [5.0, 0.0]])[np.arange(10) % 3]
    with pytest.raises(GanglionError, match=r"distinct") as caught:
        gl.kmeans(layout(X), 5, on_duplicates="error")
    assert "3" in str(caught.value) and "5" in str(caught.value)
    run = gl.kmeans(layout(X), 3, on_duplicates="error", random_state=0)
    assert run.inertia == 0.0 and sorted(set(run.labels.tolist())) == [0, 1, 2]


def test_as_many_clusters_as_distinct_rows_give_no_warning(recwarn):
    X = np.array([[0.0], [1.0], [2.0]])[np.arange(100) % 3]
    run = gl.kmeans(X, 3, random_state=0)
    assert run.inertia == 0.0 and not recwarn.list


def test_plus_zero_and_minus_zero_are_the_same_row():
    X = np.array([[0.0, 1.0], [-0.0, 1.0], [3.0, 1.0]])
    with pytest.warns(GanglionWarning, match="distinct"):
        run = gl.kmeans(X, 3, random_state=0)
    check_run(X, run, k=2)


@pytest.mark.parametrize("init", ["k-means++", "k-means||", "random", "array"])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_rows_that_are_all_equal_make_one_cluster(init, metric):
    X = np.tile([[1.0, 2.0]], (50, 1))
    start = X[:1] if init == "array" else init
    run = gl.kmeans(X, 1, init=start, metric=metric, random_state=0)
    assert set(run.labels.tolist()) == {0} and run.converged
    assert abs(run.inertia) <= 1e-12 and abs(run.tss) <= 1e-12
    if metric == "euclidean":
        assert run.centers.tolist() == [[1.0, 2.0]] and run.inertia == 0.0


@pytest.mark.parametrize("value", [0.1, 1e6 + 0.1, -7.3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_mean_of_equal_rows_is_that_row_to_the_bit(value, dtype):
    X = np.full((777, 3), value, dtype)
    run = gl.kmeans(X, 1, random_state=0)
    assert np.array_equal(run.centers, X[:1])
    assert run.inertia == 0.0


def test_constant_columns_change_nothing():
    X = blobs(200, 4)
    padded = np.insert(X, [0, 2, 4], 3.5, axis=1)
    run, wider = gl.kmeans(X, 5, init=X[:5], tol=0), gl.kmeans(padded, 5, init=padded[:5], tol=0)
    assert np.array_equal(run.labels, wider.labels)
    assert np.array_equal(wider.centers[:, [1, 2, 4, 5]], run.centers)
    assert (wider.centers[:, [0, 3, 6]] == 3.5).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_labels_are_never_stale_after_an_empty_cluster_was_started_again(layout):
    # The start leaves cluster 0 without points, and the stop comes while centres still move.
    X = np.array([[1.0], [2.0], [3.0]])
    run = gl.kmeans(layout(X), 3, init=[[4.0], [0.0], [1.0]], max_iter=10, tol=0)
    check_run(X, run, k=3)
    assert sorted(run.labels.tolist()) == [0, 1, 2] and run.inertia == 0.0


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("max_iter", [1, 2, 3, 300])
def test_empty_clusters_are_started_again_and_every_promise_still_holds(layout, dtype, max_iter):
    X = blobs(300, 3, dtype=dtype)
    far = np.full((6, 3), 1e3, dtype) * np.arange(1, 7, dtype=dtype)[:, None]
    init = np.vstack([X[:2], far])  # six of eight centres are nobody's nearest
    run = gl.kmeans(layout(X), 8, init=init, max_iter=max_iter, tol=0)
    check_run(X, run, k=8)
    if max_iter == 300:
        assert set(run.labels.tolist()) == set(range(8))


@pytest.mark.parametrize("same", ["rows of X", "far away"])
def test_a_start_of_equal_centres_ends_with_as_many_clusters_as_asked_for(same):
    X = blobs(100, 2)
    init = np.tile(X[:1] if same == "rows of X" else [[1e4, 1e4]], (6, 1))
    run = gl.kmeans(X, 6, init=init, tol=0)
    check_run(X, run, k=6)
    assert set(run.labels.tolist()) == set(range(6))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("init", ["k-means++", "k-means||", "random", "array"])
def test_zero_rows_have_no_direction_and_move_no_centre(layout, init):
    """Cosine distance of a zero row to any other is 1: all centres tie, the first one gets it."""
    rows = np.abs(blobs(60, 3, seed=4)) + 0.1
    X = np.vstack([rows, np.zeros((3, 3))])
    start = rows[:3] if init == "array" else init
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GanglionWarning)
        run = gl.kmeans(layout(X), 3, init=start, metric="cosine", random_state=1)
    assert np.isfinite(run.centers).all() and np.isfinite(run.inertia)
    length = np.linalg.norm(run.centers, axis=1)
    assert np.all(np.isclose(length, 1) | (length == 0))
    if init == "array":
        assert run.labels[-3:].tolist() == [0, 0, 0]
        plain = gl.kmeans(layout(rows), 3, init=start, metric="cosine")
        assert np.array_equal(run.labels[:-3], plain.labels)
        assert np.allclose(run.centers, plain.centers, rtol=0, atol=1e-15)


@pytest.mark.parametrize("n_clusters", [1, 2])
def test_rows_that_are_all_zero_are_at_cosine_distance_zero_of_each_other(n_clusters):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GanglionWarning)
        run = gl.kmeans(np.zeros((4, 2)), n_clusters, metric="cosine", random_state=0, record=True)
    assert run.centers.tolist() == [[0.0, 0.0]]
    assert len(run.history.labels) == run.n_iter >= 1
    assert (run.inertia, run.tss, run.bss) == (0.0, 0.0, 0.0)


def test_zero_rows_are_counted_in_a_warning():
    X = np.vstack([np.eye(3), np.zeros((2, 3))])
    with pytest.warns(GanglionWarning, match=r"\b2\b.*zero"):
        gl.kmeans(X, 3, init=np.eye(3), metric="cosine")


def test_directions_survive_lengths_whose_squares_do_not():
    X = np.array([[1e200, 0], [0, 1e-200], [1e-200, 1e-210], [1e190, 1e200]])
    run = gl.kmeans(X, 2, init=np.eye(2), metric="cosine")
    assert run.labels.tolist() == [0, 1, 0, 1]


def test_one_row_is_one_cluster():
    run = gl.kmeans([[3.0, 4.0]], 1)
    assert (run.centers.tolist(), run.labels.tolist(), run.inertia) == ([[3.0, 4.0]], [0], 0.0)
    assert run.tss == run.bss == 0.0


def test_as_many_clusters_as_rows_leave_nothing_within():
    X = blobs(17, 3)
    for init in ("k-means++", "random", X):
        run = gl.kmeans(X, 17, init=init, random_state=0)
        assert run.inertia == 0.0 and sorted(run.labels.tolist()) == list(range(17))
        assert run_bits(run) == run_bits(gl.kmeans(X, 17, init=init, random_state=0))
