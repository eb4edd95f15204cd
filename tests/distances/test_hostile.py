"""What nobody means, and somebody passes: refused with the reason, and nothing ends the process."""

import errno
import os

import numpy as np
import pytest

import ganglion as gl
from ganglion._errors import DataError, MemoryPlanError, ParameterError
from ganglion.distances import METRICS, condensed, pairwise, square_form, within

X = np.random.default_rng(0).normal(size=(6, 3))
D = pairwise(X)


@pytest.mark.parametrize("number", [3, -1, 0, 2**70, np.int64(7)])
def test_a_number_is_no_metric(number):
    with pytest.raises(
        ParameterError, match="metric must be a name, or a function of two items; got"
    ):
        pairwise(X, metric=number)
    with pytest.raises(ParameterError, match="metric must be a name"):
        gl.linkage(X, "single", number)


def test_an_integer_beyond_every_float_is_refused_by_name():
    huge = 10**400
    with pytest.raises(DataError, match="X must hold numbers; got objects: int too large"):
        pairwise([[huge], [1]])
    with pytest.raises(ParameterError, match="p must be a number of at least 1"):
        pairwise(X, metric="minkowski", metric_params={"p": huge})
    with pytest.raises(ParameterError, match="radius must be a positive finite number"):
        pairwise(X[:, :2] / 9, metric="haversine", metric_params={"radius": huge})
    with pytest.raises(ParameterError, match="radius must be a number of at least 0"):
        within(X, radius=huge)


@pytest.mark.parametrize("form", ["square", "condensed"])
def test_masked_distances_are_not_taken_for_known_ones(form):
    known = D if form == "square" else condensed(X)
    with pytest.raises(DataError, match="X must not have masked entries"):
        gl.linkage(np.ma.masked_greater(known, 2.0), "average", "precomputed")
    unmasked = np.ma.array(known)
    assert np.array_equal(pairwise(unmasked, metric="precomputed"), D)


def test_distances_come_as_lists_of_any_kind():
    triangle = condensed(X)
    assert np.array_equal(square_form(triangle.astype(object)), D)
    with pytest.raises(DataError, match="X must be an array of numbers, all rows equally long"):
        pairwise([[0.0, 1.0], [1.0]], metric="precomputed")
    with pytest.raises(DataError, match="X must hold numbers; got objects"):
        pairwise([{}, {}], metric="precomputed")


@pytest.mark.parametrize("metric", ["jaccard", "dice", "dtw"])
@pytest.mark.parametrize("wrong", [np.array(3.0), {1, 2}, frozenset([1.0])])
def test_one_thing_is_no_list_of_them(metric, wrong):
    with pytest.raises(DataError, match="X must be a list of s"):
        pairwise(wrong, metric=metric)


@pytest.mark.parametrize("metric", [name for name in METRICS if name != "callable"])
@pytest.mark.parametrize("wrong", [None, 5, b"ab", [object()], [[1, 2], [3]], [b"a"]])
def test_no_metric_takes_what_is_no_collection(metric, wrong):
    if metric == "dtw" and isinstance(wrong, list) and len(wrong) == 2:
        return  # two series of different lengths are what it is for
    with pytest.raises(DataError, match=r"X|table|sets"):
        pairwise(wrong, metric=metric)


@pytest.mark.parametrize("method", gl.cluster.agglomerative.METHODS)
def test_a_limit_is_read_by_methods_that_need_no_matrix_too(method):
    with pytest.raises(ParameterError, match="memory_limit must be a positive number of bytes"):
        gl.linkage(X, method, memory_limit="lots")


@pytest.mark.parametrize("method", ["diana", "bisecting", "pddp", "mst"])
def test_a_limit_is_read_by_every_way_to_divide(method):
    with pytest.raises(ParameterError, match="memory_limit must be a positive number of bytes"):
        gl.divide(X, method, memory_limit=-1)


@pytest.mark.parametrize("method", ["ward", "centroid", "median"])
def test_distances_whose_squares_vanish_are_refused(method):
    with pytest.raises(
        DataError, match="squares distances, so the largest value of X must be 0, or 1e-150"
    ):
        gl.linkage(D * 1e-200, method, "precomputed")


def test_subnormal_differences_divide_without_a_warning():
    tiny = np.zeros((5, 1))
    tiny[3] = 5e-324
    tiny[4] = 1.0
    assert gl.divide(tiny, "bisecting", random_state=0).cut(n_clusters=2).tolist() == [
        0,
        0,
        0,
        0,
        1,
    ]


def test_a_file_that_was_not_finished_is_taken_away(tmp_path):
    def stops(x, y):
        raise ZeroDivisionError("no more")

    path = tmp_path / "distances.npy"
    with pytest.raises(ZeroDivisionError, match="no more"):
        pairwise(X, metric=stops, out=path)
    with pytest.raises(ZeroDivisionError, match="no more"):
        condensed(X, metric=stops, out=str(path))
    assert not path.exists()


def test_a_disk_that_is_full_is_an_error_and_leaves_no_file(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(MemoryPlanError, match="its disk refused them: No space left"):
        pairwise(X, out=tmp_path / "distances.npy")
    assert not list(tmp_path.iterdir())

    def cannot(*_):
        raise OSError(errno.EOPNOTSUPP, "not here")

    monkeypatch.setattr(os, "posix_fallocate", cannot, raising=False)
    assert np.array_equal(pairwise(X, out=tmp_path / "distances.npy"), D)

    monkeypatch.delattr(os, "posix_fallocate")  # macOS has none
    assert np.array_equal(pairwise(X, out=tmp_path / "other.npy"), D)


@pytest.mark.parametrize(
    ("out", "words"),
    [
        (np.empty((6, 6), ">f8"), "of float32 or float64; got >f8, the other byte order"),
        ("a\0b.npy", "out must end with .npy"),
    ],
)
def test_an_output_nobody_can_write_is_refused(out, words):
    with pytest.raises(ParameterError, match=words):
        pairwise(X, out=out)


def test_a_function_cannot_write_to_the_items_of_the_caller():
    def greedy(x, y):
        x[:] = 0
        return 0.0

    rows = X.copy()
    with pytest.raises(ValueError, match="read-only"):
        pairwise(rows, metric=greedy)
    with pytest.raises(ValueError, match="read-only"):
        gl.linkage(rows, "average", greedy)
    assert np.array_equal(rows, X)


def test_an_answer_beyond_every_float_is_no_distance():
    with pytest.raises(
        DataError, match=r"finite and not negative; the function gave inf for items \(0, 1\)"
    ):
        pairwise(X, metric=lambda x, y: 10**400)


def test_hamming_asks_for_equality_at_any_size():
    assert pairwise([[1e308], [-1e308], [1e308]], metric="hamming").tolist()[0] == [0, 1, 0]


@pytest.mark.parametrize("value", [1e200, 1e-200])
def test_series_whose_squares_leave_float64_are_refused(value):
    with pytest.raises(DataError, match="X must hold values whose squares float64 can add up"):
        pairwise([[value], [0.0, value]], metric="dtw")
    small = np.array([[value**0.15], [0.0]], dtype=np.float32)  # squares leave float32
    assert pairwise(small, metric="dtw")[0, 1] == pytest.approx(value**0.15, rel=1e-6)


def test_masked_steps_and_endless_bands_of_series():
    with pytest.raises(DataError, match="X must not have masked steps; series 1 has some"):
        pairwise([[1.0], np.ma.masked_equal([1.0, 2.0], 2.0)], metric="dtw")
    params = {"band": 10**30}
    assert pairwise([[1.0, 2.0], [1.0]], metric="dtw", metric_params=params)[0, 1] == 1.0


@pytest.mark.parametrize("column", [[1e308, -1e308, 0.0], [5e-324, 0.0, 0.0]])
def test_a_range_that_divides_nothing_is_refused(column):
    with pytest.raises(DataError, match="A range must be 0 or a finite number of at least 1e-300"):
        pairwise({"a": column}, metric="gower")


def test_weights_add_up_to_a_number():
    with pytest.raises(ParameterError, match="weights must add up to a finite number"):
        pairwise(
            {"a": [1, 2], "b": [1, 2]},
            metric="gower",
            metric_params={"weights": {"a": 1e308, "b": 1e308}},
        )
