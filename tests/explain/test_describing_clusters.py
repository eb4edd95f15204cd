"""What sets clusters apart: the numbers by hand, the words, and the awkward cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganglion._errors import DataError, ParameterError
from ganglion.data import design_matrix, example_path, read_table, table_from_frame
from ganglion.explain import describe_clusters
from ganglion.explain.clusters import readable

PENGUINS = read_table(example_path("penguins"))
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def species_labels() -> np.ndarray:
    return np.unique(PENGUINS.column("species").values.astype(str), return_inverse=True)[1]


def test_the_standardised_difference_by_hand():
    # mean 4, deviations -3 -1 1 3, variance 5; cluster means 2 and 6
    low, high = describe_clusters([[1.0], [3.0], [5.0], [7.0]], [0, 0, 1, 1])
    assert low.features[0].difference == pytest.approx(-2 / math.sqrt(5), rel=1e-15)
    assert (high.features[0].mean, high.features[0].overall) == (6.0, 4.0)
    assert (low.size, low.share) == (2, 0.5)
    assert high.sentence == "high x1 (6, overall 4)"


def test_a_table_is_described_in_its_own_units():
    cards = describe_clusters(
        PENGUINS, species_labels(), names=["body_mass_g", "island", "sex", "year"]
    )
    gentoo = cards[2]
    assert gentoo.size == 124
    assert (
        gentoo.sentence
        == "high body_mass_g (5076, overall 4202); island Biscoe 100 % (overall 49 %)"
    )


def test_a_design_matrix_is_described_in_the_units_of_its_table():
    for scale in ("standard", "robust", "none"):
        matrix = design_matrix(PENGUINS, scale=scale)
        cards = describe_clusters(matrix, species_labels()[matrix.rows])
        mass = next(item for item in cards[2].features if item.name == "body_mass_g")
        assert mass.text == "high body_mass_g (5092, overall 4207)"
        species = cards[2].features[0]
        assert (species.name, species.category, species.mean) == (
            "species",
            "Gentoo",
            pytest.approx(1.0),
        )
        assert "species Gentoo 100 % (overall 36 %)" in cards[2].sentence


def test_rows_choose_the_rows_of_a_table():
    matrix = design_matrix(PENGUINS)
    cards = describe_clusters(PENGUINS, species_labels()[matrix.rows], rows=matrix.rows)
    assert sum(card.size for card in cards) == 333


def test_features_come_by_size_of_the_difference():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 50)
    X = rng.normal(size=(100, 3)) + labels[:, None] * np.array([1.0, 5.0, -2.0])
    (card, _) = describe_clusters(X, labels, names=["a", "b", "c"])
    assert [item.name for item in card.features] == ["b", "c", "a"]


def test_gaps_in_a_table_are_left_out_of_the_means():
    table = table_from_frame({"x": [1.0, None, 5.0, 6.0], "none": [None] * 4})
    cards = describe_clusters(table, [0, 0, 1, 1])
    assert cards[0].features[0].mean == 1.0
    assert cards[0].features[0].overall == 4.0
    assert [(item.name, item.kind) for item in cards[0].features] == [
        ("x", "number"),
        ("x", "missing"),
    ]


def test_a_cluster_without_any_value_says_so_and_comes_last():
    table = table_from_frame({"x": [None, None, 5.0, 6.0], "y": [1.0, 2.0, 3.0, 4.5]})
    card = describe_clusters(table, [0, 0, 1, 1])[0]
    gap, y, x = card.features
    assert (gap.text, gap.count, gap.lift) == ("x missing 100 % (overall 50 %)", 2, 2.0)
    assert (y.name, x.name, x.detail) == ("y", "x", "no value")
    assert math.isnan(x.difference)
    assert x.text == "average x (unknown, overall 5.5)"


def test_one_cluster_is_close_to_the_average():
    (card,) = describe_clusters([[1.0], [2.0]], [4, 4])
    assert (card.label, card.share) == (4, 1.0)
    assert card.sentence == "close to the average in every feature"


def test_constant_features_differ_by_nothing():
    for value in (0.0, 3.0, 1e300, 0.1):
        cards = describe_clusters([[value], [value], [value]], [0, 1, 1])
        assert [card.features[0].difference for card in cards] == [0.0, 0.0]


def test_a_large_common_part_does_not_hide_a_difference():
    X = np.array([[1e15], [1e15 + 1], [1e15 + 2], [1e15 + 3]])
    low, _ = describe_clusters(X, [0, 0, 1, 1])
    assert low.features[0].difference == pytest.approx(-1 / math.sqrt(1.25))


@given(
    values=st.lists(FLOATS, min_size=2, max_size=10),
    codes=st.lists(st.integers(0, 2), min_size=10, max_size=10),
)
@settings(max_examples=80, deadline=None)
def test_differences_weighted_by_size_add_up_to_nothing(values, codes):
    labels = codes[: len(values)]
    cards = describe_clusters(np.array(values)[:, None], labels)
    total = sum(card.share * card.features[0].difference for card in cards)
    assert abs(total) <= 1e-9
    assert all(np.isfinite(card.features[0].mean) for card in cards)


def test_a_sentence_names_at_most_so_many_features():
    X = np.repeat([[0.0] * 5, [1.0] * 5], 3, axis=0)
    card = describe_clusters(X, [0] * 3 + [1] * 3, max_in_sentence=2)[1]
    assert card.sentence == "high x1 (1, overall 0.5); high x2 (1, overall 0.5)"


@pytest.mark.parametrize(
    ("data", "labels", "options", "error", "message"),
    [
        ([[1.0], [2.0]], [0], {}, DataError, "one integer for each of the 2 rows; got shape .1,."),
        ([[1.0], [2.0]], [0.0, 1.0], {}, DataError, "got shape .2,. of float64"),
        ([1.0, 2.0], [0, 1], {}, DataError, "X must be two-dimensional; got shape .2,."),
        (
            [[1.0], [2.0]],
            [0, 1],
            {"names": ["a", "b"]},
            ParameterError,
            "got 2 names for 1 columns",
        ),
        (PENGUINS, [0], {"names": ["sexx"]}, ParameterError, "got 'sexx'. Did you mean 'sex'"),
    ],
)
def test_what_does_not_fit_is_refused(data, labels, options, error, message):
    with pytest.raises(error, match=message):
        describe_clusters(data, labels, **options)


@pytest.mark.parametrize(
    ("value", "beside", "text"),
    [
        (0.0, 0.0, "0"),
        (5076.02, 4202.0, "5076"),
        (43.92, 44.0, "43.92"),
        (1234567.8, 0.0, "1,234,568"),
        (0.00012, 0.0, "0.00012"),
        (-3.14159, 0.0, "-3.14"),
        (1e20, 0.0, "1e+20"),
        (1e15 + 2, 1e15, "1000000000000002"),
        (1000.02, 1000.01, "1000.02"),
        (float("nan"), 0.0, "unknown"),
        (100.0, 100.0, "100"),
        (0.778579352537, 0.778579352537 + 2.0**-53, "0.779"),  # rounding is no difference
    ],
)
def test_numbers_are_as_long_as_it_takes(value, beside, text):
    assert readable(value, beside) == text
