"""Rules that reproduce labels: exact thresholds, fidelity counted again, and the best tree for its size."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion._errors import DataError, ParameterError
from ganglion.data import design_matrix, example_path, read_table, table_from_frame
from ganglion.explain import threshold_tree
from ganglion.explain._choosing import Grown
from ganglion.explain._conditions import roundest, roundest_day
from ganglion.explain._features import Numbers
from ganglion.explain._growing import grow, prune, stem_of_one
from ganglion.explain._imm import _least_mistakes, stem_of
from ganglion.explain._splits import gini_finder
from oracles import explaining as naive

PENGUINS = read_table(example_path("penguins"))
SPECIES = PENGUINS.column("species").values
BODY = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "island", "sex"]

small_rows = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 2)), min_size=2, max_size=30
)


def blobs(n, k, d, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    return rng.normal(size=(n, d)) + rng.normal(scale=5.0, size=(k, d))[labels], labels


def met(rule, table, rows):
    """Whether each row meets the conditions of a rule, read off their bounds and categories."""
    meets = np.ones(len(rows), dtype=bool)
    for part in rule.conditions:
        column = table.column(part.name)
        values, missing = column.values[rows], column.missing[rows]
        if part.kind == "category":
            inside = np.array([cell in part.categories for cell in values.tolist()])
        else:
            numbers = np.where(missing, np.nan, values.astype(float))
            inside = (numbers > part.low) & (numbers <= part.high)
        meets &= np.where(missing, part.missing, inside)
    return meets


def test_one_threshold_by_hand():
    # 3 and 8 are the values beside the cut; their middle is 5.5, of the whole numbers beside it 6 is even
    tree = threshold_tree([[1.0], [3.0], [8.0], [9.0]], [0, 0, 1, 1], names=["age"])
    assert [rule.text for rule in tree.rules] == ["age at most 6", "age over 6"]
    assert (tree.fidelity, tree.n_leaves, tree.n_rows) == (1.0, 2, 4)
    assert tree.held_out is None  # of four rows none can be kept back
    assert tree.predict([[6.0], [6.0001]]).tolist() == [0, 1]


def test_fidelity_by_hand():
    # one leaf: every row is called 0, three of five rightly
    tree = threshold_tree([[1.0], [2.0], [3.0], [4.0], [5.0]], [0, 0, 0, 1, 1], max_leaves=1)
    (rule,) = tree.rules
    assert (rule.text, rule.size, rule.precision, rule.coverage) == ("every row", 5, 0.6, 1.0)
    assert (tree.fidelity, dict(tree.cluster_fidelity)) == (0.6, {0: 1.0, 1: 0.0})
    assert tree.without_rule == (1,)
    assert "No rule: cluster 1" in tree.text


def test_rules_of_the_penguins():
    tree = threshold_tree(PENGUINS, SPECIES, names=BODY, max_leaves=3)
    assert [(rule.name, rule.text) for rule in tree.rules] == [
        (
            "Adelie",
            "flipper_length_mm at most 206 or missing and bill_length_mm at most 43.4 or missing",
        ),
        ("Chinstrap", "flipper_length_mm at most 206 or missing and bill_length_mm over 43.4"),
        ("Gentoo", "flipper_length_mm over 206"),
    ]
    assert tree.fidelity > 0.94
    assert tree.predict(PENGUINS).tolist()[:2] == ["Adelie", "Adelie"]


def test_what_is_written_is_what_is_tested():
    for table, labels, rows in (
        (PENGUINS, SPECIES, np.arange(344)),
        (
            PENGUINS,
            gl.kmeans(design_matrix(PENGUINS).X, 5, random_state=0).labels,
            design_matrix(PENGUINS).rows,
        ),
    ):
        tree = threshold_tree(table, labels, names=BODY, rows=rows)
        predicted = tree.predict(table, rows=rows)
        total = np.zeros(len(rows), dtype=int)
        for rule in tree.rules:
            meets = met(rule, table, rows)
            total += meets
            assert meets.sum() == rule.size
            own = np.asarray(labels) == (
                rule.name if table.column("species").values is labels else rule.label
            )
            assert rule.precision == own[meets].mean()
            assert rule.coverage == own[meets].sum() / own.sum()
            assert len(set(predicted[meets].tolist())) == 1
        assert (total == 1).all()  # every row meets one rule
        assert tree.fidelity == (predicted == labels).mean()


@given(rows=small_rows)
@settings(max_examples=120, deadline=None)
def test_fidelity_is_the_share_of_rows_that_get_their_label(rows):
    X = [[float(x), float(y)] for x, y, _ in rows]
    labels = np.array([label for *_, label in rows])
    tree = threshold_tree(X, labels)
    right = tree.predict(X) == labels
    assert tree.fidelity == right.mean()
    for label, share in tree.cluster_fidelity.items():
        assert share == right[labels == label].mean()
    assert sum(rule.size for rule in tree.rules) == len(rows)
    assert len({rule.text for rule in tree.rules}) == len(tree.rules)
    most = np.bincount(labels).max() / len(rows)
    assert tree.fidelity >= most


@given(rows=small_rows, most=st.integers(1, 5))
@settings(max_examples=80, deadline=None)
def test_more_leaves_never_err_more(rows, most):
    X = [[float(x), float(y)] for x, y, _ in rows]
    labels = np.array([label for *_, label in rows])
    assert threshold_tree(X, labels, max_leaves=most).n_leaves <= most
    features = [Numbers(f"x{at}", "number", np.array(X)[:, at].copy(), 1.0) for at in range(2)]
    for tree in Grown(features, labels, np.arange(len(rows)), 3).pruned(np.arange(len(rows)), 6):
        errors = [tree.errors_with(leaves) for leaves in range(1, 12)]
        assert errors == sorted(errors, reverse=True)


@given(rows=small_rows)
@settings(max_examples=120, deadline=None)
def test_centres_are_parted_with_the_fewest_mistakes(rows):
    values = np.array([float(x) for x, *_ in rows])
    codes = np.array([label for *_, label in rows])
    own = np.array([values[codes == c].mean() for c in codes])
    inside = np.unique(own)
    if len(inside) < 2:
        return
    mistakes, threshold = _least_mistakes(values, own, inside)
    assert inside.min() <= threshold < inside.max()

    def count(t):
        return sum((v <= t) != (c <= t) for v, c in zip(values, own, strict=True))

    assert count(threshold) == mistakes
    tried = [t for t in (*values, *inside) if inside.min() <= t < inside.max()]
    assert mistakes == min(count(t) for t in tried)


def test_a_tree_that_parts_centres_has_a_leaf_for_each():
    X, labels = blobs(400, 6, 3, 4)
    features = [Numbers(f"x{at}", "number", X[:, at].copy(), 1.0) for at in range(3)]
    stem = stem_of(features, labels, 6, np.arange(400))
    assert len(stem.ends) == 6 and len(stem.nodes) == 11
    assert sorted(np.concatenate(list(stem.ends.values())).tolist()) == list(range(400))
    winners = {stem.nodes[at].winner for at in stem.ends}
    assert winners == set(range(6))


@given(rows=small_rows)
@settings(max_examples=150, deadline=None)
def test_the_first_split_has_the_largest_gain_of_all(rows):
    columns = [[float(r[at]) for r in rows] for at in range(2)]
    codes = np.array([label for *_, label in rows])
    features = [Numbers(f"x{at}", "number", np.array(c), 1.0) for at, c in enumerate(columns)]
    split = gini_finder(features, codes, 3)(np.arange(len(rows)))
    gains = naive.gini_gains(columns, codes.tolist())
    best = max(gains.values(), default=0.0)
    if split is None:
        assert best <= 1e-6 or len(set(codes.tolist())) == 1
    else:
        assert split.gain == pytest.approx(best, abs=1e-9)
        assert gains[split.feature, split.low, split.high] == pytest.approx(best, abs=1e-9)


@given(rows=small_rows)
@settings(max_examples=60, deadline=None)
def test_no_subtree_of_that_size_errs_less(rows):
    codes = np.array([label for *_, label in rows])
    features = [
        Numbers(f"x{at}", "number", np.array([float(r[at]) for r in rows]), 1.0) for at in range(2)
    ]
    nodes = grow(
        features,
        codes,
        stem_of_one(codes, 3, np.arange(len(rows))),
        gini_finder(features, codes, 3),
        7,
    )
    found = prune(nodes)
    errors = {at: node.errors for at, node in enumerate(nodes)}
    below = {at: (node.left, node.right) for at, node in enumerate(nodes) if node.test is not None}
    for leaves in range(1, 8):
        chosen = found.leaves(leaves)
        assert len(chosen) <= leaves
        assert sum(errors[at] for at in chosen) == naive.fewest_errors(errors, below, leaves)


@pytest.mark.parametrize(
    ("n", "k", "d", "seed"), [(300, 3, 2, 0), (1000, 6, 5, 1), (900, 8, 12, 2)]
)
def test_no_tree_of_scikit_learn_with_as_many_leaves_is_more_faithful(n, k, d, seed):
    tree_module = pytest.importorskip("sklearn.tree")
    X, labels = blobs(n, k, d, seed)
    for leaves in (k, 2 * k):
        ours = threshold_tree(X, labels, max_leaves=leaves)
        theirs = tree_module.DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)
        assert ours.fidelity >= theirs.fit(X, labels).score(X, labels) - 1.5 / n


def test_a_tree_that_is_given_enough_leaves_is_faithful_to_every_row():
    X, labels = blobs(200, 4, 3, 5)
    labels[::17] = 3 - labels[::17]
    assert threshold_tree(X, labels, max_leaves=200).fidelity == 1.0


def test_labels_without_a_pattern_are_not_learned_by_heart():
    rng = np.random.default_rng(0)
    tree = threshold_tree(rng.normal(size=(1500, 6)), rng.integers(0, 2, 1500))
    assert tree.held_out < 0.56
    assert tree.n_leaves <= 4


def test_rows_kept_back_judge_a_large_table():
    X, labels = blobs(6000, 3, 4, 7)
    tree = threshold_tree(X, labels)
    assert tree.grown_on == 4800
    assert tree.fidelity == (tree.predict(X) == labels).mean()
    assert abs(tree.held_out - tree.fidelity) < 5 * tree.held_out_error + 0.002
    assert threshold_tree(X, labels).text == tree.text


def test_noise_takes_no_part():
    X = [[0.0], [1.0], [5.0], [9.0], [10.0]]
    tree = threshold_tree(X, [0, 0, -1, 1, 1])
    assert (tree.n_rows, tree.fidelity, tree.predict([[5.0]]).tolist()) == (4, 1.0, [0])
    assert -1 not in tree.cluster_fidelity


def test_missing_cells_go_where_they_belong():
    # without a value: always cluster 1
    table = table_from_frame({"x": [None, None, None, 1.0, 2.0, 3.0]})
    left, right = threshold_tree(table, [1, 1, 1, 0, 0, 0]).rules
    assert (left.text, right.text) == ("x is known", "x is missing")
    # the smallest values and the missing ones together
    table = table_from_frame({"x": [None, None, 1.0, 2.0, 8.0, 9.0]})
    tree = threshold_tree(table, [0, 0, 0, 0, 1, 1])
    assert [rule.text for rule in tree.rules] == ["x at most 5 or missing", "x over 5"]
    table = table_from_frame({"g": ["a", "a", None, None, "b", "b"]})
    tree = threshold_tree(table, [0, 0, 1, 1, 0, 0])
    assert [rule.text for rule in tree.rules] == ["g is known", "g is missing"]


def test_two_tests_of_one_column_are_one_condition():
    X = np.arange(30.0)[:, None]
    labels = np.repeat([0, 1, 0], 10)
    middle = next(rule for rule in threshold_tree(X, labels, names=["x"]).rules if rule.label == 1)
    assert middle.text == "x over 9 and at most 19"
    (condition,) = middle.conditions
    assert (condition.low, condition.high, condition.missing) == (9.0, 19.0, False)


def test_dates_are_told_as_dates():
    days = np.array(["2021-03-02", "2021-03-30", "2021-11-09", "2022-02-01"], "datetime64[us]")
    tree = threshold_tree(table_from_frame({"joined": days}), ["a", "a", "b", "b"])
    assert [rule.text for rule in tree.rules] == [
        "joined up to 2021-11-01",
        "joined after 2021-11-01",
    ]
    assert tree.predict(table_from_frame({"joined": days})).tolist() == ["a", "a", "b", "b"]
    hours = np.array(["2021-03-02T08:00", "2021-03-02T09:30", "2021-03-02T17:00"], "datetime64[us]")
    tree = threshold_tree(table_from_frame({"at": hours}), [0, 0, 1])
    assert tree.rules[1].text == "at after 2021-03-02 16:00"


def test_texts_and_booleans_are_told_as_they_are():
    table = table_from_frame(
        {"colour": ["red", "red", "blue", "green", "blue", "green"], "member": [True, False] * 3}
    )
    tree = threshold_tree(table, [0, 0, 1, 1, 1, 1])
    assert [rule.text for rule in tree.rules] == ["colour is red", "colour is not red"]
    tree = threshold_tree(table, [1, 0] * 3, names=["member"])
    assert [rule.text for rule in tree.rules] == ["member is false", "member is true"]


def test_new_rows_are_found_by_name_and_unknown_texts_are_none_of_the_known_ones():
    table = table_from_frame({"x": [1.0, 2.0, 3.0, 4.0], "g": ["a", "a", "b", "b"]})
    tree = threshold_tree(table, ["l", "l", "r", "r"], names=["g"])
    further = table_from_frame({"y": [0.0] * 4, "g": ["b", "a", "new", None]})
    is_a = next(rule for rule in tree.rules if rule.name == "l").text == "g is a"
    assert is_a
    assert tree.predict(further).tolist() == ["r", "l", "r", "r"]
    empty = table_from_frame({"g": np.array([None, None], dtype=object)})
    assert len(tree.predict(empty)) == 2


def test_a_matrix_gets_rules_in_the_units_of_its_table():
    matrix = design_matrix(PENGUINS, columns=["body_mass_g", "flipper_length_mm", "island"])
    labels = SPECIES[matrix.rows]
    by_matrix = threshold_tree(matrix, labels)
    by_table = threshold_tree(PENGUINS, labels, names=matrix.kept, rows=matrix.rows)
    assert by_matrix.text == by_table.text
    assert (
        by_matrix.predict(matrix).tolist() == by_table.predict(PENGUINS, rows=matrix.rows).tolist()
    )


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(pair=st.tuples(FINITE, FINITE).filter(lambda pair: pair[0] != pair[1]))
@settings(max_examples=400, deadline=None)
def test_a_round_threshold_lies_between_its_neighbours(pair):
    low, high = sorted(pair)
    t = roundest(low, high)
    assert low <= t < high
    # no multiple of a higher power of ten than the one that t ends in lies between them
    if t and repr(t) != repr(low):
        coarser = Decimal(repr(t)).normalize().as_tuple().exponent + 1
        step = Decimal(1).scaleb(coarser)
        with localcontext(prec=1200):
            above = (Decimal(low) / step).to_integral_value(ROUND_CEILING) * step
        assert not low <= float(above) < high


@pytest.mark.parametrize(
    ("low", "high", "t"),
    [
        (3.0, 8.0, 6.0),  # 5.5 to whole numbers: 6, the even one
        (-2.0, 5.0, 0.0),
        (4599.0, 4700.0, 4600.0),
        (0.1231, 0.1234, 0.1232),
        (1e15 + 1, 1e15 + 4, 1e15 + 2),
        (1.0, math.nextafter(1.0, 2.0), 1.0),
        (-1e308, 1e308, 0.0),
        (5e-324, 1e-323, 5e-324),
        (99.0, 101.0, 100.0),
    ],
)
def test_thresholds_are_round(low, high, t):
    assert roundest(low, high) == t


@pytest.mark.parametrize(
    ("low", "high", "day"),
    [
        ("2019-05-01", "2021-02-01", "2021-01-01"),
        ("2021-01-15", "2021-03-20", "2021-03-01"),
        ("2021-01-15", "2021-01-17", "2021-01-16"),
        ("2021-01-15T08:20", "2021-01-15T11:00", "2021-01-15T10:00"),
        ("2021-01-15T08:20:01", "2021-01-15T08:20:03", "2021-01-15T08:20:02"),
        ("1931-05-01", "1933-02-01", "1933-01-01"),
    ],
)
def test_thresholds_of_dates_begin_a_unit_of_time(low, high, day):
    days = [np.datetime64(text, "s").astype(np.int64) / 86_400 for text in (low, high, day)]
    assert roundest_day(days[0], days[1]) == days[2]


@pytest.mark.parametrize(
    ("data", "labels", "options", "error", "message"),
    [
        (
            [[1.0], [2.0]],
            [0, 1],
            {"max_leaves": 0},
            ParameterError,
            "max_leaves must be at least 1; got 0",
        ),
        (
            [[1.0], [2.0]],
            [-1, -1],
            {},
            DataError,
            r"at least one cluster; all rows are noise \(-1\)",
        ),
        (
            {"g": ["a", "b"]},
            [0, 1],
            {"max_categories": 1},
            DataError,
            "Rules need a column of numbers",
        ),
        ([[1.0], [2.0]], [0], {}, DataError, "one integer for each of the 2 rows"),
    ],
)
def test_what_has_no_rules_is_refused(data, labels, options, error, message):
    with pytest.raises(error, match=message):
        threshold_tree(data, labels, **options)


def test_rows_of_another_kind_are_refused():
    tree = threshold_tree({"x": [1.0, 2.0], "g": ["a", "b"]}, [0, 1])
    with pytest.raises(DataError, match=r"'g' is not there\. Add it"):
        tree.predict({"x": [1.0]})
    with pytest.raises(DataError, match=r"'x' must hold numbers, .* here it is 'text'"):
        tree.predict({"x": ["one"], "g": ["a"]})
    with pytest.raises(
        DataError, match="must have the 2 columns that the rules were made from; got 1"
    ):
        tree.predict([[1.0]])
