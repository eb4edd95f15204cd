"""Jaccard and dice between sets of anything hashable."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.distances._sets import Sets, as_sets
from oracles import sequences
from oracles.sequence_bits import filled, same_bits_everywhere

METRICS = ("jaccard", "dice")


def square(X, Y=None, metric="jaccard", dtype=None):
    x = as_sets(X)
    return filled(x.pairs(None if Y is None else as_sets(Y), metric, {}, dtype))


def random_sets(n, universe, most, seed=0):
    rng = np.random.default_rng(seed)
    return [
        {f"e{at}" for at in rng.choice(universe, rng.integers(0, most + 1), replace=False)}
        for _ in range(n)
    ]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("n", [0, 1, 2, 7, 8, 9, 15, 16, 17, 1000])
def test_distances_are_those_of_the_definition(metric, n):
    naive = getattr(sequences, metric)
    for universe, most in ((5, 5), (700, 20), (200, 190)):
        X, Y = random_sets(n, universe, most), random_sets(9, universe, most, 1)
        for a, b in ((X[:60], None), (X, Y), (Y, X)):
            wanted = [[naive(s, t) for t in (a if b is None else b)] for s in a]
            found = square(a, b, metric)
            # one rounded division against two operations on numbers up to 1: two units of the last place of 1
            assert found == pytest.approx(np.reshape(wanted, found.shape), abs=3e-16)


def test_by_hand():
    """Two of four elements are common: 1 - 2/4; dice 1 - 4/6."""
    X = [{1, 2, 3}, {2, 3, 4}]
    assert square(X)[0, 1] == 0.5
    assert square(X, metric="dice")[0, 1] == 1 / 3
    assert square([set(), set(), {1}]).tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize("metric", METRICS)
def test_words_of_bits_and_inverted_lists_give_the_same_bits(metric, monkeypatch):
    from ganglion.distances import _sets

    X, Y = random_sets(130, 90, 60), random_sets(40, 100, 60, 1)
    for dtype in (np.dtype(np.float32), np.dtype(np.float64)):
        for b in (None, Y):
            found = []
            for cost in (0.0, 1e9):
                monkeypatch.setattr(_sets, "_WORD_COST", cost)
                found.append(square(X, b, metric, dtype))
            assert np.array_equal(*found)


@pytest.mark.parametrize("metric", METRICS)
def test_tiles_threads_and_instruction_sets_give_the_same_bits(metric):
    X, Y = as_sets(random_sets(5000, 3000, 12)), as_sets(random_sets(90, 3100, 12, 1))
    for x, y in ((X, Y), (Y, X), (Y, None)):
        assert same_bits_everywhere(lambda x=x, y=y: x.pairs(y, metric, {}, None))


some_sets = st.sets(st.integers(0, 9), max_size=8)


@given(x=some_sets, y=some_sets, z=some_sets)
@settings(deadline=None)
def test_laws(x, y, z):
    D = square([x, y, z])
    assert np.array_equal(D, D.T) and not D.diagonal().any()
    assert D[0, 2] <= D[0, 1] + D[1, 2] + 1e-15  # one rounding each
    assert (D[0, 1] == 0) == (x == y)
    S = square([x, y, z], metric="dice")
    assert pytest.approx(D / (2 - D), abs=1e-15) == S


def test_parity_with_scipy_on_indicator_rows():
    distance = pytest.importorskip("scipy.spatial.distance")
    X = random_sets(80, 60, 30)
    rows = np.array([[f"e{at}" in one for at in range(60)] for one in X])
    for metric in METRICS:
        wanted = distance.squareform(distance.pdist(rows, metric))
        assert square(X, metric=metric) == pytest.approx(np.nan_to_num(wanted), abs=3e-16)


def test_elements_of_a_second_collection_may_be_new():
    X, Y = [{"a", "b"}, {"c"}], [{"d", "a"}, {"e"}, {"c"}]
    wanted = [[2 / 3, 1, 1], [1, 1, 0]]
    assert square(X, Y) == pytest.approx(np.array(wanted), abs=1e-15)
    x = as_sets(X)
    assert filled(x.pairs(as_sets(Y, like=x), "jaccard", {}, None)) == pytest.approx(
        np.array(wanted), abs=1e-15
    )
    y = as_sets(Y, like=x)
    assert filled(y.pairs(x, "jaccard", {}, None)) == pytest.approx(np.array(wanted).T, abs=1e-15)


def test_sets_come_as_any_collection_of_hashables():
    for item in ({"a", "b"}, frozenset("ab"), ["b", "a", "a"], ("a", "b"), np.array(["a", "b"])):
        assert as_sets([item]).sets() == [frozenset("ab")]
    mixed = as_sets([{1, "1", (1, 2)}, set()])
    assert mixed.sets() == [frozenset({1, "1", (1, 2)}), frozenset()]
    some = as_sets([{"a"}, {"b", "c"}, set()]).take(np.array([1, 1, 2]))
    assert some.sets() == [frozenset("bc"), frozenset("bc"), frozenset()]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ({"a"}, r"X must be a list of sets, in order; got one set. Pass \[a, b"),
        ("ab", "X must be a list of sets, in order; got one str"),
        ([{"a"}, None], r"X holds a missing set at item 1 \(None\). Drop it, or write set\(\)"),
        ([float("nan")], r"X holds a missing set at item 0 \(nan\)"),
        ([{"a"}, "ab"], "item 1 is 'ab', of type str. Pass a set, .* such as 'levenshtein'"),
        ([3], "item 0 is 3, of type int"),
        ([{"a": 1}], r"item 0 is \{'a': 1\}, of type dict"),
        ([[[1]]], r"item 0 holds \[1\], of type list. Use texts, numbers or tuples"),
        ([[float("nan")]], "item 0 holds nan, of type float"),
    ],
)
def test_what_is_no_set_is_refused_with_its_place(X, message):
    with pytest.raises(gl.DataError, match=message):
        as_sets(X)


def test_arrays_of_a_file_are_checked():
    for given_sets in ([{"b", "a"}, set(), {"c", "a"}], [{5, 3}, {2**40}]):
        whole = as_sets(given_sets)
        again = Sets.from_arrays(whole.to_arrays())
        assert again.sets() == whole.sets() == [frozenset(one) for one in given_sets]
    whole = as_sets([{"b", "a"}, set(), {"c", "a"}])
    for change in (
        {"offsets": np.array([0, 3, 2, 4])},
        {"ids": np.array([0, 1, 0, 3])},
        {"ids": np.array([1, 0, 0, 2])},
        {"ids": np.zeros(4)},
        {"elements": np.array(["a", "a", "c"], dtype=object)},
    ):
        with pytest.raises(ValueError, match=r"offsets must|ids must"):
            Sets.from_arrays(whole.to_arrays() | change)
    with pytest.raises(
        gl.DataError, match="sets of texts or of whole numbers; these hold int, str"
    ):
        as_sets([{1, "a"}]).to_arrays()
