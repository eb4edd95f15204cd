"""Agreement of partitions: by definition, by hand, as scikit-learn's, exact for any size, and for bad input."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as peers

import ganglion as gl
from ganglion import criteria
from ganglion.criteria import _chance_information, contingency
from ganglion.criteria import pair_counting as pairs
from ganglion.criteria.contingency import from_cells
from oracles import agreement as oracle

EPS = 2.0**-52
SYMMETRIC = (
    "rand_score",
    "adjusted_rand_score",
    "fowlkes_mallows_score",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "adjusted_mutual_info_score",
    "v_measure_score",
    "variation_of_information",
)
IN_SCIKIT_LEARN = (*SYMMETRIC[:-1], "homogeneity_score", "completeness_score")
TOP = {name: 1.0 for name in criteria.CRITERIA if criteria.CRITERIA[name].kind == "agreement"}

partitions = st.integers(1, 12).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 3), min_size=n, max_size=n)] * 2)
)


def two_partitions(n, r, c, noise, seed=0):
    rng = np.random.default_rng([seed, n, r, c])
    first = rng.integers(r, size=n)
    return first, np.where(rng.random(n) < noise, rng.integers(c, size=n), first % c)


@given(both=partitions)
@settings(max_examples=150, deadline=None)
def test_pairs_are_those_counted_one_by_one(both):
    first, second = both
    together, one, two, total = oracle.pairs(first, second)
    found = pairs.pair_counts(contingency(first, second))
    assert (found.both, found.first, found.second, found.pairs) == (together, one, two, total)
    agreed = Fraction(total - one - two + 2 * together, total) if total else Fraction(1)
    assert criteria.rand_score(first, second) == float(agreed)
    assert criteria.adjusted_rand_score(first, second) == float(oracle.adjusted_rand(first, second))
    expected = 1.0 if one == two == 0 else together / math.sqrt(one * two) if together else 0.0
    assert criteria.fowlkes_mallows_score(first, second) == expected


@given(both=partitions)
@settings(max_examples=150, deadline=None)
def test_information_is_that_of_the_definitions(both):
    """A dozen terms of size below log 12, each rounded a few times."""
    first, second = both
    near = pytest.approx
    h_first, h_second = oracle.entropy(first), oracle.entropy(second)
    shared = oracle.information(first, second)
    unknown = oracle.conditional_entropy(first, second), oracle.conditional_entropy(second, first)
    assert criteria.mutual_info_score(first, second) == near(shared, abs=100 * EPS)
    assert criteria.variation_of_information(first, second, base=math.e) == near(
        sum(unknown), abs=100 * EPS
    )
    assert criteria.homogeneity_score(first, second) == near(
        1 - unknown[0] / h_first if h_first else 1.0, abs=200 * EPS
    )
    assert criteria.completeness_score(first, second) == near(
        1 - unknown[1] / h_second if h_second else 1.0, abs=200 * EPS
    )
    averages = {
        "arithmetic": (h_first + h_second) / 2,
        "geometric": math.sqrt(h_first * h_second),
        "min": min(h_first, h_second),
        "max": max(h_first, h_second),
    }
    for name, average in averages.items():
        plain = 1.0 if h_first == h_second == 0 else shared / average if average else 0.0
        found = criteria.normalized_mutual_info_score(first, second, average_method=name)
        assert found == near(plain, abs=200 * EPS)


@given(both=partitions)
@settings(max_examples=100, deadline=None)
def test_chance_is_the_hypergeometric_distribution(both):
    first, second = both
    table = contingency(first, second)
    expected = oracle.expected_information(first, second)
    found = _chance_information.expected_information(
        table.row_totals, table.column_totals, table.total
    )
    assert found == pytest.approx(expected, abs=200 * EPS)


@given(both=partitions)
@settings(max_examples=100, deadline=None)
def test_matching_and_purity_are_the_best_of_all(both):
    first, second = both
    found = criteria.best_matching(first, second)
    assert found.agreed == oracle.best_agreement(first, second)
    assert found.score == found.agreed / len(first)
    assert len({a for a, _ in found.pairs}) == len({b for _, b in found.pairs}) == len(found.pairs)
    renamed = found.renamed(second)
    assert sum(a == b for a, b in zip(first, renamed, strict=True)) == found.agreed
    assert criteria.purity_score(first, second) == oracle.purity(first, second)


@pytest.mark.parametrize("name", IN_SCIKIT_LEARN)
@pytest.mark.parametrize("n", [2, 7, 16, 17, 1000])
def test_scores_are_scikit_learns(name, n):
    """Of sums of at most r c = 200 terms; scikit-learn's chance has log factorials of n, rounded n log n times."""
    for r, c, noise in ((1, 1, 0.0), (1, 5, 1.0), (3, 2, 0.3), (10, 20, 0.5), (n, 3, 0.5)):
        first, second = two_partitions(n, r, c, noise)
        mine, theirs = getattr(criteria, name)(first, second), getattr(peers, name)(first, second)
        if name == "adjusted_mutual_info_score" and n in (r, c):
            continue  # single items: the definition is 0 / 0, and the peer's answer is rounding
        if name == "fowlkes_mallows_score" and oracle.pairs(first, second)[1:3] == (0, 0):
            assert (mine, theirs) == (1.0, 0.0)
            continue
        assert mine == pytest.approx(theirs, abs=2000 * EPS), (r, c)


@pytest.mark.parametrize("average", ["arithmetic", "geometric", "min", "max"])
def test_all_averages_are_scikit_learns(average):
    first, second = two_partitions(500, 7, 5, 0.4)
    for name in ("normalized_mutual_info_score", "adjusted_mutual_info_score"):
        found = getattr(criteria, name)(first, second, average_method=average)
        expected = getattr(peers, name)(first, second, average_method=average)
        assert found == pytest.approx(expected, abs=2000 * EPS)
    assert criteria.v_measure_score(first, second, beta=3.0) == pytest.approx(
        peers.v_measure_score(first, second, beta=3.0), abs=200 * EPS
    )


@given(both=partitions, seed=st.integers(0, 2**16))
@settings(max_examples=60, deadline=None)
def test_order_and_names_change_nothing_and_most_scores_are_symmetric(both, seed):
    first, second = map(np.array, both)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(first))
    names = rng.permutation(["x", "y", "zz", "w"])
    for name in TOP:
        if name == "best_matching":
            continue
        score = getattr(criteria, name)
        value = score(first, second)
        assert score(first[order], names[second[order]]) == pytest.approx(value, abs=200 * EPS)
        if name in SYMMETRIC:
            assert score(second, first) == pytest.approx(value, abs=200 * EPS)
        row = criteria.CRITERIA[name]
        assert row.low <= value <= row.high + 4 * EPS


@given(labels=st.lists(st.integers(0, 4), min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_equal_partitions_agree_to_the_bit(labels):
    renamed = [f"cluster {4 - a}" for a in labels]
    for name in TOP:
        value = getattr(criteria, name)(labels, renamed)
        value = value.score if name == "best_matching" else value
        if name == "mutual_info_score":
            assert value == pytest.approx(oracle.entropy(labels), abs=100 * EPS)
        elif name == "variation_of_information":
            assert value == 0.0
        elif name == "normalized_mutual_info_score":
            assert value == 1.0
        else:
            assert value == pytest.approx(1.0, abs=4 * EPS), name


@given(both=partitions, data=st.data())
@settings(max_examples=60, deadline=None)
def test_whole_weights_equal_repetition(both, data):
    first, second = both
    n = len(first)
    times = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n).filter(any))
    long = np.repeat(first, times), np.repeat(second, times)
    for name in TOP:
        score = getattr(criteria, name)
        mine, theirs = score(first, second, sample_weight=times), score(*long)
        if name == "best_matching":
            mine, theirs = mine.score, theirs.score
        assert mine == pytest.approx(theirs, abs=200 * EPS), name


def test_weights_with_fractions_count_for_information_and_are_refused_for_pairs():
    first, second, weight = [0, 0, 1, 1], [0, 1, 1, 1], [0.5, 0.25, 1.5, 0.25]
    # The same shares as the weights 2, 1, 6, 1.
    for name in (
        "mutual_info_score",
        "variation_of_information",
        "purity_score",
        "v_measure_score",
    ):
        score = getattr(criteria, name)
        assert score(first, second, sample_weight=weight) == pytest.approx(
            score(first, second, sample_weight=[2, 1, 6, 1]), abs=100 * EPS
        )
    assert criteria.best_matching(first, second, sample_weight=weight).agreed == 2.25
    for name in ("rand_score", "adjusted_rand_score", "fowlkes_mallows_score"):
        with pytest.raises(gl.ParameterError, match="Pairs of items need whole numbers"):
            getattr(criteria, name)(first, second, sample_weight=weight)
    with pytest.raises(gl.ParameterError, match="whole numbers as sample_weight, below 2"):
        criteria.adjusted_mutual_info_score(first, second, sample_weight=weight)


def test_pairs_by_hand():
    # a a b b b against 0 0 0 1 1: pairs together 4 and 4, in both {0,1} and {3,4}: 2. RI = (10 - 4 - 4 + 4) / 10.
    first, second = list("aabbb"), [0, 0, 0, 1, 1]
    assert criteria.rand_score(first, second) == 0.6
    assert criteria.adjusted_rand_score(first, second) == 1 / 6  # (2 - 1.6) / (4 - 1.6)
    assert criteria.fowlkes_mallows_score(first, second) == 0.5
    assert criteria.best_matching(first, second).pairs == (("a", 0), ("b", 1))


def test_counts_are_exact_up_to_two_billion_items():
    """Two clusters of 2^30 items each, of which one in each changed sides; everything in fractions."""
    m = 2**30
    rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    table = from_cells(rows, columns, np.array([m - 1, 1, 1, m - 1]), (2, 2))
    found = pairs.pair_counts(table)
    n = 2 * m
    assert found.pairs == n * (n - 1) // 2 and found.first == found.second == m * (m - 1)
    assert found.both == (m - 1) * (m - 2)
    expected = Fraction(found.first * found.second, found.pairs)
    exact = (found.both - expected) / (found.first - expected)
    assert pairs.adjusted_rand(found) == float(exact) < 1.0
    assert table.total == 2**31 and table.row_totals.tolist() == [m, m]


def test_chance_keeps_its_digits_where_log_factorials_lose_theirs():
    """Two equal halves of n items: E MI -> 1 / (2 n) for large n, that of a chi-square with one degree of freedom."""
    for n in (10**4, 10**6, 10**8):
        sizes = np.array([n // 2, n // 2])
        found = _chance_information.expected_information(sizes, sizes, n)
        # The next term of the expansion is of order 1 / n^2.
        assert found * 2 * n == pytest.approx(1.0, abs=4.0 / n + 1e-7)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (["a", "b", "b"], [True, False, False]),
        (np.array([2**62, 5, 5], dtype=np.uint64), [-(2**62), 0, 0]),
        ([(1, 2), "x", "x"], [1.5, 2.0, 2.0]),
        (np.array(["2020-01-01", "2021-01-01", "2021-01-01"], "M8[D]"), [b"u", b"v", b"v"]),
        ([1, "1", "1"], [0, 1, 1]),
    ],
)
def test_anything_that_can_be_equal_is_a_name(first, second):
    assert criteria.adjusted_rand_score(first, second) == 1.0
    assert criteria.best_matching(first, second).score == 1.0
    assert contingency(first, second).table.sum() == 3


def test_data_frames_and_their_missing_cells():
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(["a", "b", "b"], dtype="category")
    assert criteria.rand_score(column, [0, 1, 1]) == 1.0
    with pytest.raises(gl.DataError, match=r"labels_true must name a cluster .* item 1 has none"):
        criteria.rand_score(pandas.Series(["a", None, "b"]), [0, 1, 1])
    with pytest.raises(gl.DataError, match=r"labels_pred .* item 2 has none"):
        criteria.rand_score([0, 1, 1], pandas.array([1, 2, pandas.NA], dtype="Int64"))


@pytest.mark.parametrize(
    ("first", "second", "options", "words"),
    [
        ([0, 1], [0, 1, 1], {}, "the same items; got 2 and 3 labels"),
        ([], [], {}, "labels_true must name a cluster for at least one item; got none"),
        ([[0, 1]], [0, 1], {}, r"one dimension.* got the shape \(1, 2\)"),
        ([0, np.nan], [0, 1], {}, r"item 1 has none \(nan\). Drop that item"),
        (["a", None], [0, 1], {}, r"item 1 has none \(None\)"),
        (np.array(["2020", "NaT"], "M8[Y]"), [0, 1], {}, r"item 1 has none \(NaT\)"),
        (np.ma.masked_array([0, 1], [True, False]), [0, 1], {}, r"item 0 has none \(masked\)"),
        ("ab", [0, 1], {}, "must be a list of names; got the text 'ab'"),
        ([1j, 2j], [0, 1], {}, "must be names, such as integers or strings; got dtype complex128"),
        ([[1], [2, 3]], [0, 1], {}, "must be names that can be compared; got a list at item 0"),
        ([0, 1], [0, 1], {"sample_weight": [1, -1]}, "sample_weight must not be negative"),
        ([0, 1], [0, 1], {"sample_weight": [1e308] * 2}, "must have a finite sum"),
    ],
)
def test_bad_labels_are_refused(first, second, options, words):
    for name in TOP:
        with pytest.raises((gl.ParameterError, gl.DataError), match=words):
            getattr(criteria, name)(first, second, **options)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("normalized_mutual_info_score", {"average_method": "mean"}, "average_method must be one"),
        ("adjusted_mutual_info_score", {"average_method": "sum"}, "one of 'arithmetic'.*'sum'"),
        ("v_measure_score", {"beta": -1.0}, "beta must be a finite number of at least 0; got -1.0"),
        (
            "variation_of_information",
            {"base": 1.0},
            "a finite number above 1; got 1.0. 2 gives bits",
        ),
        ("variation_of_information", {"base": True}, "a finite number above 1; got True"),
    ],
)
def test_bad_parameters_are_refused(name, options, words):
    with pytest.raises(gl.ParameterError, match=words):
        getattr(criteria, name)([0, 1], [0, 1], **options)


def test_a_table_that_does_not_fit_is_refused_before_it_is_made():
    many = np.arange(1_000_000)
    with pytest.raises(
        gl.MemoryPlanError, match=r"1,000,000 by 1,000,000 clusters needs .* \.counts"
    ):
        _ = contingency(many, many).table


def test_large_matchings_are_those_of_scipy():
    optimize = pytest.importorskip("scipy.optimize")
    for r, c, seed in ((60, 60, 0), (37, 90, 1), (90, 37, 2), (1, 5, 3), (5, 1, 4)):
        first, second = two_partitions(3000, r, c, 0.7, seed)
        table = contingency(first, second).table
        rows, columns = optimize.linear_sum_assignment(-table)
        assert criteria.best_matching(first, second).agreed == table[rows, columns].sum()
