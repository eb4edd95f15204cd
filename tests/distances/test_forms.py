"""Inputs as users have them: every layout and type gives the same distances, and what has none is refused in words."""

import datetime

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

import ganglion as gl
from distances_cases import CASES
from ganglion.data import table_from_frame
from ganglion.distances import METRICS, Items, as_items, pairwise

X = np.random.default_rng(0).normal(size=(9, 4))
BITS = np.random.default_rng(1).random((9, 70)) < 0.4


@pytest.mark.parametrize(
    "form",
    [
        np.asfortranarray,
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: a[::-1].copy()[::-1],
        lambda a: a.astype(">f8"),
        lambda a: a.tolist(),
        lambda a: [tuple(row) for row in a],
        pd.DataFrame,
        lambda a: pl.DataFrame(a, schema=list("abcd")),
        lambda a: pa.table({name: a[:, at] for at, name in enumerate("abcd")}),
        lambda a: nw.from_native(pl.DataFrame(a, schema=list("abcd"))),
        lambda a: {name: a[:, at] for at, name in enumerate("abcd")},
        lambda a: table_from_frame({name: a[:, at] for at, name in enumerate("abcd")}),
        lambda a: pd.DataFrame(a).astype("Float64"),
        lambda a: a.astype(object),
    ],
)
def test_numbers_may_come_in_any_form(form):
    expected = pairwise(X, metric="manhattan")
    assert np.array_equal(pairwise(form(X), metric="manhattan"), expected)
    kept = X.copy()
    kept.flags.writeable = False
    assert np.array_equal(pairwise(kept, metric="manhattan"), expected)


@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint16, np.int64, np.bool_, np.float16, np.longdouble]
)
def test_other_numbers_become_float64(dtype):
    whole = np.random.default_rng(2).integers(0, 2, size=(9, 4)).astype(dtype)
    assert np.array_equal(pairwise(whole), pairwise(whole.astype(np.float64)))


@pytest.mark.parametrize("form", [sp.csr_matrix, sp.csc_array, sp.coo_array])
@pytest.mark.parametrize(
    "name", [n for n, row in METRICS.items() if row.kind == "vectors" and n != "haversine"]
)
def test_sparse_rows_have_the_distances_of_dense_ones(form, name):
    dense = np.random.default_rng(3).integers(-1, 2, size=(17, 6)) * 1.5
    dense[4] = 0
    parameters = CASES[name].parameters
    found = pairwise(form(dense), metric=name, metric_params=parameters)
    assert np.allclose(
        found, pairwise(dense, metric=name, metric_params=parameters), rtol=1e-14, atol=1e-15
    )
    found = pairwise(form(dense), dense[:3], name, metric_params=parameters)
    assert np.allclose(
        found, pairwise(dense, dense[:3], name, metric_params=parameters), rtol=1e-14, atol=1e-15
    )
    found = pairwise(dense[:3], form(dense), name, metric_params=parameters)
    assert np.allclose(
        found, pairwise(dense[:3], dense, name, metric_params=parameters), rtol=1e-14, atol=1e-15
    )


@pytest.mark.parametrize("name", ["jaccard", "dice", "hamming"])
def test_rows_of_bits_may_come_in_any_form(name):
    expected = pairwise(BITS, metric=name)
    forms = (
        BITS.astype(int),
        BITS.astype(np.float32),
        BITS.tolist(),
        sp.csr_array(BITS),
        pd.DataFrame(BITS),
    )
    for form in forms:
        assert np.allclose(pairwise(form, metric=name), expected, rtol=1e-7, atol=1e-15)
        assert np.allclose(pairwise(BITS, form, name), expected, rtol=1e-7, atol=1e-15)
        assert np.allclose(pairwise(form, BITS, name), expected, rtol=1e-7, atol=1e-15)
    stored_zeros = sp.csr_array(BITS.astype(float) + 1)
    stored_zeros.data -= 1
    if name != "hamming":
        assert np.array_equal(pairwise(stored_zeros, metric=name), expected)


def test_sets_of_anything_hashable_are_compared_by_their_elements():
    sets = [{"a", "b"}, frozenset(["b", 3]), ["a", "b", "a"], set(), {(1, 2)}]
    found = pairwise(sets, metric="jaccard")
    assert found[0].tolist() == [0, pytest.approx(2 / 3), 0, 1, 1]
    assert pairwise(sets[:1], [{"b", "new"}], "jaccard")[0, 0] == pytest.approx(2 / 3)


def test_texts_may_stand_in_a_list_an_array_or_a_series():
    words = ["kitten", "sitting", "", "Straße"]
    expected = pairwise(words, metric="levenshtein")
    forms = (
        tuple(words),
        np.array(words),
        np.array(words, object),
        pd.Series(words),
        pl.Series(words),
    )
    for form in forms:
        assert np.array_equal(pairwise(form, metric="levenshtein"), expected)
    assert as_items(words, "levenshtein").labels == tuple(words)


@pytest.mark.parametrize(
    ("given", "metric", "words"),
    [
        (
            ["a", "b"],
            "euclidean",
            r"between rows of numbers; X holds texts\. Use metric='levenshtein'",
        ),
        (
            [{1}, {2}],
            "cosine",
            r"between rows of numbers; X holds sets\. Use metric='jaccard' or 'dice'",
        ),
        (
            [[1.0, np.nan]],
            "euclidean",
            r"X must be finite; it holds 1 NaN, the first at row 0, column 1",
        ),
        ([[1.0, np.inf]], "cosine", r"X must be finite; it holds 1 infinity"),
        ([1.0, 2.0], "euclidean", r"X must have two dimensions .* Use X.reshape\(-1, 1\)"),
        ([], "euclidean", r"X must have two dimensions"),
        (np.zeros((0, 3)), "euclidean", r"at least 1 sample"),
        ([["a", "b"]], "euclidean", r"X must hold numbers; .* Encode"),
        ([[1 + 2j]], "euclidean", r"X must be real"),
        (["a", None], "levenshtein", r"None"),
        (["a", float("nan")], "levenshtein", r"nan"),
        ([b"a"], "levenshtein", r"bytes"),
        ("abc", "levenshtein", r"list"),
        ([{1}, None], "jaccard", r"missing set at item 1"),
        (["ab", "cd"], "jaccard", r"must hold sets; item 0 is 'ab'"),
        (
            [[18, 11, 13, 22], [19, 11, 13, 12]],
            "jaccard",
            r"X holds 18 at row 0, column 0\. If each row lists the elements of a set, pass "
            r"\[set\(row\) for row in X\]; if all but 0 means 'present', pass X != 0",
        ),
        ([[0.5, 1.0]], "dice", r"rows of 0 and 1 \(or booleans\); X holds 0.5"),
        (
            [[18, 11], [19]],
            "jaccard",
            r"from 1 to 2 entries\. If each row lists the elements of a set, pass \[set",
        ),
        ([[1.0, 2.0, 3.0]], "haversine", r"latitude and longitude in radians; X has 3"),
        (
            [[48.2, 16.4]],
            "haversine",
            r"between -pi/2 and pi/2; X has 48.2 at row 0. Use numpy.radians",
        ),
        (
            [[1e200, 0.0]],
            "euclidean",
            r"would overflow on values of up to 1e\+200. Divide X by a power",
        ),
        ([[1e-200, 0.0]], "euclidean", r"would underflow on values of up to 1e-200. Multiply X by"),
        ([[1.0, None]], "dtw", r"series|numbers"),
    ],
)
def test_what_has_no_distance_is_refused_with_the_place_and_what_to_do(given, metric, words):
    with pytest.raises(gl.DataError, match=words):
        pairwise(given, metric=metric)


def test_values_that_float32_cannot_square_are_computed_in_float64():
    for size in (1e25, 1e-30):
        rows = np.array([[0.0, 3.0], [4.0, 0.0]], dtype=np.float32) * np.float32(size)
        found = pairwise(rows)
        assert found.dtype == np.float64 and found[0, 1] == pytest.approx(5 * size, rel=1e-6)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, dict])
def test_a_column_without_numbers_is_named(frame):
    mixed = frame({"age": [1.0, 2.0], "town": ["Oslo", "Rome"]})
    with pytest.raises(gl.DataError, match=r"column 'town' of X holds text\. .* metric='gower'"):
        pairwise(mixed)
    gaps = frame({"age": [1.0, None], "size": [1, 2]})
    with pytest.raises(gl.DataError, match=r"column 'age', the first at row 1|row 1, column 'age'"):
        pairwise(gaps)
    days = frame({"born": [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)]})
    with pytest.raises(
        gl.DataError, match=r"column 'born' of X holds (dates|values of type date)\."
    ):
        pairwise(days)


def test_a_metric_in_the_place_of_items_is_told_so():
    with pytest.raises(
        gl.ParameterError,
        match=r"Y must be items, as X is; got the text 'cosine'\. Write metric='cos",
    ):
        pairwise(X, "cosine")


def test_two_collections_must_match():
    with pytest.raises(gl.DataError, match="Y must have 4 features, as the items before; got 3"):
        pairwise(X, X[:, :3])
    with pytest.raises(gl.DataError, match="Y must have 70 features, as the items before; got 69"):
        pairwise(BITS, BITS[:, :69], "jaccard")
    with pytest.raises(
        gl.DataError, match="Y must be a list of sets, as the items before; got rows"
    ):
        pairwise([{1}], BITS, "jaccard")
    with pytest.raises(
        gl.DataError, match="Y must be rows of 0 and 1, as the items before; got sets"
    ):
        pairwise(BITS, [{1}], "jaccard")
    with pytest.raises(gl.ParameterError, match="Two collections need one metric; got 'euclidean'"):
        as_items(X).pairs(as_items(X, "manhattan"))


@pytest.mark.parametrize(
    ("metric", "params", "words"),
    [
        (
            "levenstein",
            None,
            r"metric must be one of 'euclidean', .* got 'levenstein'\. Did you mean 'levenshtein'\?",
        ),
        (None, None, r"metric must be a name, or a function of two items; got None"),
        (
            "euclidean",
            {"p": 3},
            r"metric='euclidean' takes no parameters; got 'p' in metric_params",
        ),
        ("minkowski", {"q": 3}, r"metric='minkowski' takes 'p'; got 'q'"),
        ("minkowski", {"p": 0.5}, r"p must be a number of at least 1 .* a detour would be shorter"),
        ("minkowski", 3, r"metric_params must be a dict such as"),
        ("haversine", {"radius": 0}, r"radius must be a positive finite number; got 0"),
        (
            "levenshtein",
            {"normalize": "nfc"},
            r"normalize must be one of 'NFC', 'NFD', 'NFKC', 'NFKD'; got 'nfc'",
        ),
        ("levenshtein", {"normalized": 1}, r"normalized must be True or False; got 1"),
        ("jaro_winkler", {"prefix_weight": 0.5}, r"prefix_weight must be a number from 0 to 0.25"),
        ("dtw", {"band": -1}, r"band must be a number of steps .* got -1"),
        ("dtw", {"step": "cubed"}, r"step must be one of 'squared', 'absolute'; got 'cubed'"),
    ],
)
def test_metrics_and_parameters_that_are_none_are_refused(metric, params, words):
    with pytest.raises(gl.ParameterError, match=words):
        as_items(X, metric, metric_params=params)


def test_aliases_mean_the_metric_that_they_stand_for():
    for alias, name in (
        ("cityblock", "manhattan"),
        ("l1", "manhattan"),
        ("l2", "euclidean"),
        ("linf", "chebyshev"),
    ):
        assert as_items(X, alias).metric == name


@pytest.mark.parametrize("name", [n for n in METRICS if n != "callable"])
def test_items_come_back_from_their_arrays(name):
    drawn = CASES[name].draw(np.random.default_rng(0), 9)
    items = as_items(drawn, name, metric_params=CASES[name].parameters)
    parameters, arrays = items.to_state()
    again = Items.from_state(parameters, arrays)
    assert (again.n, again.metric, again.parameters) == (items.n, items.metric, items.parameters)
    if name == "precomputed":  # new rows find the fitted items, the matrix itself is not kept
        rows = as_items(drawn[:2], like=again.take([1, 3]))
        assert pairwise_of(rows, again.take([1, 3])).tolist() == drawn[:2][:, [1, 3]].tolist()
        return
    assert np.array_equal(pairwise_of(again, again), pairwise_of(items, items))
    fresh = as_items(CASES[name].draw(np.random.default_rng(1), 5), like=again, name="Y")
    old = as_items(CASES[name].draw(np.random.default_rng(1), 5), like=items, name="Y")
    assert np.array_equal(pairwise_of(fresh, again), pairwise_of(old, items))


def pairwise_of(x, y):
    pairs = x.pairs(y)
    out = np.empty((x.n, y.n), np.float32 if type(pairs).__name__ == "Pairs32" else np.float64)
    gl._native.core.fill_square(pairs, out, 0, x.n)
    return out


@pytest.mark.parametrize("name", [n for n in METRICS if n != "precomputed"])
def test_parts_of_a_collection_have_the_same_distances(name):
    items = as_items(CASES[name].draw(np.random.default_rng(0), 17), CASES[name].metric or name)
    if CASES[name].parameters:
        drawn = CASES[name].draw(np.random.default_rng(0), 17)
        items = as_items(drawn, name, metric_params=CASES[name].parameters)
    whole, part = pairwise_of(items, items), [5, 0, 16, 5]
    assert np.array_equal(pairwise_of(items.take(part), items), whole[part])
    assert np.array_equal(
        pairwise_of(items.take(part), items.take(part)), whole[np.ix_(part, part)]
    )
    mask = np.arange(17) % 2 == 0
    assert np.array_equal(pairwise_of(items.take(mask), items), whole[mask])


def test_items_that_are_not_there_cannot_be_taken():
    items = as_items(X)
    with pytest.raises(gl.ParameterError, match="indices must lie between 0 and 8; got -1 to 3"):
        items.take([-1, 3])
    with pytest.raises(
        gl.ParameterError, match=r"list of integers, or 9 booleans; got shape \(1,\)"
    ):
        items.take([0.5])
