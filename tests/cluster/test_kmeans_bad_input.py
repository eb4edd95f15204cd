"""What k-means refuses, and that it says what must hold, what was found and what to do."""

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

import ganglion as gl
from ganglion import DataError, GanglionError, ParameterError
from oracles.kmeans_cases import blobs, fingerprint

X = blobs(20, 3)
X.flags.writeable = False


def with_values(values, *, dtype=np.float64, shape=(20, 3)):
    """X with some entries replaced: {(row, column): value}."""
    changed = blobs(*shape).astype(dtype)
    for place, value in values.items():
        changed[place] = value
    return changed


def refused(call, error, *patterns):
    """`call` raises `error`, whose message is a sentence and matches every pattern."""
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert isinstance(caught.value, GanglionError) and isinstance(caught.value, ValueError)
    assert message.endswith(".") and len(message) < 1000
    for pattern in patterns:
        assert re.search(pattern, message), f"{pattern!r} is not in {message!r}"


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, ">f8"])
@pytest.mark.parametrize(("value", "name"), [(np.nan, "NaN"), (np.inf, "inf"), (-np.inf, "inf")])
def test_nan_and_infinity_are_named_with_their_number_and_first_place(dtype, value, name):
    bad = with_values({(17, 2): value, (18, 0): value, (19, 1): value}, dtype=dtype)
    for call in (gl.kmeans, gl.kmeans_plusplus):
        refused(
            lambda call=call: call(bad, 2), DataError, name, r"\b3\b", "row 17", r"column '?2\b"
        )


@pytest.mark.parametrize("place", [(0, 0), (999, 0), (70_000, 1)])
def test_a_single_nan_is_found_wherever_it_is(place):
    bad = with_values({place: np.nan}, shape=(70_001, 2))
    row, column = place
    refused(lambda: gl.kmeans(bad, 2), DataError, "NaN", f"row {row}\\b", f"column '?{column}\\b")


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_nan_in_a_data_frame_is_named_with_its_column(frame):
    table = frame({"age": [31.0, 44.0, 58.0], "income": [1.5, np.nan, 2.5]})
    for call in (gl.kmeans, gl.kmeans_plusplus):
        refused(lambda call=call: call(table, 2), DataError, "1 NaN", "row 1", "column 'income'")


def test_nan_in_sparse_rows_is_named_with_its_place():
    bad = sp.csr_array(with_values({(17, 2): np.nan}))
    refused(lambda: gl.kmeans(bad, 2), DataError, "NaN", "row 17", r"column '?2\b")


DAMAGES = (
    "X.indices[0] = 7", "X.indices[0] = -1", "X.indptr[1] = 1000", "X.indptr[2] = 0",
    "X.indptr[0] = 1", "X.indptr[-1] = 2", "X.indptr = X.indptr[:-1]", "X.data = X.data[:2]",
)  # fmt: skip


@pytest.fixture(scope="module")
def answers_to_damages():
    """What a process of its own says to each: what reads or writes out of bounds there must not do it here."""
    script = (
        "import numpy as np, scipy.sparse as sp, ganglion as gl\n"
        f"for damage in {DAMAGES}:\n"
        "    X = sp.csr_array(np.arange(1.0, 13.0).reshape(4, 3))\n"
        "    exec(damage)\n"
        "    try: gl.kmeans(X, 2, random_state=0)\n"
        "    except gl.DataError as error: print('refused:', repr(str(error)), flush=True)\n"
        "    else: print('taken', flush=True)\n"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return dict(zip(DAMAGES, answer.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("damage", DAMAGES)
def test_sparse_rows_that_point_outside_the_matrix_are_refused(damage, answers_to_damages):
    assert answers_to_damages[damage].startswith("refused: ")


@pytest.mark.parametrize(
    ("bad", "pattern"),
    [
        (np.arange(5.0), r"\(5,\)"),
        (np.array(3.0), r"\(\)"),
        (np.zeros((4, 3, 2)), r"\(4, 3, 2\)"),
        (np.zeros((0, 3)), r"\b0\b.*(sample|row)|(sample|row).*\b0\b|\(0, 3\)"),
        (np.zeros((5, 0)), r"\b0\b.*(feature|column)|(feature|column).*\b0\b|\(5, 0\)"),
        ([], r"\(0,\)|empty|0 "),
        ([[]], r"\(1, 0\)|empty|0 "),
        ([[1.0, 2.0], [3.0]], r"."),
        (np.array([["a", "b"], ["c", "d"]]), r"."),
        (np.array([["1.5", "2"], ["3", "4"]]), r"."),
        (np.array([[1, "two"], [3, 4]], dtype=object), r"."),
        (np.array([[1, None], [3, 4]], dtype=object), r"."),
        (np.array([[b"x"], [b"y"]]), r"."),
        (np.array([[1 + 2j], [3 + 0j]]), r"[Cc]omplex"),
        (np.array([["2020-01-01"], ["2021-01-01"]], dtype="datetime64[D]"), r"."),
        (np.ma.masked_array([[1.0], [2.0]], mask=[[True], [False]]), r"[Mm]ask"),
        (None, r"."),
        ("text", r"."),
        (3, r"."),
    ],
)
def test_what_is_not_a_table_of_numbers_is_refused(bad, pattern):
    refused(lambda: gl.kmeans(bad, 1), DataError, pattern)
    refused(lambda: gl.kmeans_plusplus(bad, 1), DataError, pattern)


def test_an_object_array_of_numbers_is_either_read_exactly_or_refused():
    numbers = np.array([[1, 2.5], [3, 4]], dtype=object)
    try:
        run = gl.kmeans(numbers, 2, init=[[1, 2.5], [3, 4]])
    except DataError:
        return
    assert run.centers.tolist() == [[1, 2.5], [3, 4]]


@pytest.mark.parametrize("bad", [0, -1, True, 2.5, 2.0, "3", None, np.nan, [2], np.array([2])])
def test_the_number_of_clusters_is_a_whole_number_from_one_on(bad):
    for call in (gl.kmeans, gl.kmeans_plusplus):
        refused(lambda call=call: call(X, bad), ParameterError, "n_clusters")


def test_whole_numbers_of_numpy_are_whole_numbers():
    for k in (np.int64(2), np.uint8(2)):
        assert len(gl.kmeans(X, k, max_iter=np.int32(5), n_init=np.int64(2)).centers) == 2


@pytest.mark.parametrize("k", [21, 10**9, 2**70])
def test_more_clusters_than_samples_are_refused_with_both_numbers(k):
    for call in (gl.kmeans, gl.kmeans_plusplus):
        refused(lambda call=call: call(X, k), GanglionError, "n_clusters", str(k), r"\b20\b")


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *[("max_iter", bad) for bad in (0, -1, 1.5, 10.0, True, None, "9")],
        *[("n_init", bad) for bad in (0, -1, 1.5, True, None, "9")],
        *[("tol", bad) for bad in (-1e-9, -1, np.nan, np.inf, "0.1", None)],
        *[("epsilon", bad) for bad in (-1e-9, -1, np.nan, np.inf, "0.1")],
        *[("random_state", bad) for bad in (-1, 1.5, "0")],
    ],
)
def test_a_parameter_out_of_range_is_named_with_its_value(name, bad):
    refused(
        lambda: gl.kmeans(X, 2, **{name: bad}),
        GanglionError,
        name,
        re.escape(repr(bad)) + "|" + re.escape(str(bad)),
    )


@pytest.mark.parametrize("bad", [0, -1, 1.5, True, "3"])
def test_the_number_of_local_trials_is_a_whole_number_from_one_on(bad):
    refused(lambda: gl.kmeans_plusplus(X, 2, n_local_trials=bad), ParameterError, "n_local_trials")


@pytest.mark.parametrize(
    ("name", "bad", "known"),
    [
        ("metric", "manhattan", ("euclidean", "cosine")),
        ("metric", "Euclidean", ("euclidean", "cosine")),
        ("metric", None, ("euclidean", "cosine")),
        ("init", "kmeans++", ("k-means\\+\\+", "k-means\\|\\|", "random")),
        ("init", "first", ("k-means\\+\\+", "k-means\\|\\|", "random")),
        ("on_duplicates", "ignore", ("reduce", "error")),
    ],
)
def test_an_unknown_name_is_answered_with_the_names_that_are_known(name, bad, known):
    refused(
        lambda: gl.kmeans(X, 2, **{name: bad}), ParameterError, name, re.escape(repr(bad)), *known
    )


@pytest.mark.parametrize(
    ("bad", "patterns"),
    [
        (X[:3], [r"\(3, 3\)", r"\(2, 3\)"]),
        (X[:1], [r"\(1, 3\)", r"\(2, 3\)"]),
        (X[:2, :2], [r"\(2, 2\)", r"\(2, 3\)"]),
        (X[0], [r"\(3,\)"]),
        (X[None, :2], [r"\(1, 2, 3\)"]),
        (np.zeros((0, 3)), []),
        (with_values({(1, 2): np.nan})[:2], ["NaN", "row 1", r"column '?2\b"]),
        (with_values({(1, 2): np.inf})[:2], ["inf", "row 1", r"column '?2\b"]),
        ([["a"] * 3] * 2, []),
        (7, []),
    ],
)
def test_a_start_of_the_wrong_shape_or_with_nan_is_refused(bad, patterns):
    refused(lambda: gl.kmeans(X, 2, init=bad), GanglionError, "init", *patterns)


@pytest.mark.parametrize(
    ("answer", "patterns"),
    [
        (X[:3], [r"\(3, 3\)", r"\(2, 3\)"]),
        (X[:2, :1], [r"\(2, 1\)", r"\(2, 3\)"]),
        (with_values({(0, 0): np.nan})[:2], ["NaN", "row 0"]),
        (None, []),
    ],
)
def test_a_callable_start_that_returns_the_wrong_thing_is_refused(answer, patterns):
    def start(data, n_clusters, random_state):
        return answer

    refused(lambda: gl.kmeans(X, 2, init=start), GanglionError, "init", *patterns)


def test_an_error_in_a_callable_start_reaches_the_caller():
    def start(data, n_clusters, random_state):
        raise KeyError("from the caller's own code")

    with pytest.raises(KeyError, match="the caller's own code"):
        gl.kmeans(X, 2, init=start)


def weights(**places):
    """Twenty ones, some replaced: row_3=-1.0."""
    weight = np.ones(20)
    for name, value in places.items():
        weight[int(name.removeprefix("row_"))] = value
    return weight


@pytest.mark.parametrize(
    ("bad", "patterns"),
    [
        (weights(row_3=-1.0, row_5=-2.0), ["-1", r"\b3\b"]),
        (weights(row_3=np.nan), ["(?i)nan", r"\b3\b"]),
        (weights(row_3=np.inf), ["inf", r"\b3\b"]),
        (np.zeros(20), ["zero|positive|> 0"]),
        (np.ones(19), [r"\b19\b", r"\b20\b"]),
        (np.ones(21), [r"\b21\b", r"\b20\b"]),
        (np.ones((20, 1)), [r"\(20, 1\)"]),
        (["a"] * 20, []),
        ("uniform", []),
        ([], []),
    ],
)
def test_weights_that_are_not_weights_are_refused(bad, patterns):
    for call in (gl.kmeans, gl.kmeans_plusplus):
        refused(
            lambda call=call: call(X, 2, sample_weight=bad),
            GanglionError,
            "sample_weight",
            *patterns,
        )


def test_a_refused_call_changes_and_prints_nothing(capfd):
    data, start, weight = blobs(20, 3), blobs(3, 3), np.ones(20)
    weight[19] = -1
    before = fingerprint(data, start, weight)
    with pytest.raises(GanglionError):
        gl.kmeans(data, 3, init=start, sample_weight=weight)
    assert fingerprint(data, start, weight) == before
    assert capfd.readouterr() == ("", "")


def test_a_fit_writes_to_none_of_its_inputs():
    data, start, weight = blobs(200, 3), blobs(3, 3), np.linspace(0, 1, 200)
    before = fingerprint(data, start, weight)
    for metric in ("euclidean", "cosine"):
        run = gl.kmeans(data, 3, init=start, sample_weight=weight, metric=metric)
        assert fingerprint(data, start, weight) == before
        assert not np.shares_memory(run.centers, start)


def test_parameters_after_the_number_of_clusters_are_keyword_only():
    with pytest.raises(TypeError):
        gl.kmeans(X, 2, "random")
