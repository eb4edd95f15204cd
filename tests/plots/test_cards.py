"""Cluster cards as a table of shades: which rows and columns, what a cell says, what is left out."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ganglion import ParameterError, plots
from ganglion.explain import describe_clusters

FOUR = {
    "mass": [1.0, 1.2, 9.0, 9.4],
    "species": ["a", "a", "a", "b"],
    "age": [7.0, 5.0, 6.0, 6.0],
}


def written(ax):
    return [text.get_text() for text in ax.texts]


def rows_of(ax):
    return [tick.get_text() for tick in ax.get_yticklabels()]


def test_cells_are_standardised_differences_and_say_the_means():
    found = describe_clusters(FOUR, ["in $", "out", "out", "out"])
    ax = plots.cards(found)
    assert rows_of(ax) == ["age", "mass", "species: b"]
    expected = [{part.name: part for part in card.features} for card in found]
    cells = ax.images[0].get_array()
    assert cells[1].tolist() == [card["mass"].difference for card in expected]
    # "in" is one of age 7 among a mean of 6; a third of "out" is of species b, a quarter of all
    assert cells[0, 0] == pytest.approx((7.0 - 6.0) / 0.5**0.5)
    assert cells[2].tolist() == pytest.approx([-0.25 / 0.1875**0.5, (1 / 3 - 0.25) / 0.1875**0.5])
    assert written(ax) == ["7", "5.67", "1", "6.53", "0 %", "33 %"]
    heads = [tick.get_text() for tick in ax.get_xticklabels()]
    assert heads == ["in \\$\n1 row", "out\n3 rows"]
    assert ax.get_title(loc="left") == "2 clusters"
    ax.figure.canvas.draw()


def test_features_that_differ_most_come_first_and_few_are_drawn():
    X = np.zeros((40, 30))
    X[:20] += np.linspace(0, 3, 30)
    X += np.random.default_rng(0).normal(size=X.shape)
    found = describe_clusters(X, np.repeat([0, 1], 20))
    sizes = np.abs(plots.cards(found, max_features=30).images[0].get_array()).max(axis=1)
    assert np.all(np.diff(sizes) <= 0)
    assert plots.cards(found, max_features=4).images[0].get_array().shape == (4, 2)


def test_the_largest_of_many_clusters_are_drawn_without_numbers():
    labels = np.repeat(np.arange(40), np.arange(40) + 1)
    found = describe_clusters(np.random.default_rng(1).normal(size=(len(labels), 2)), labels)
    ax = plots.cards(found, max_clusters=20)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [str(at) for at in range(20, 40)]
    assert ax.get_title(loc="left") == "20 of 40 clusters, the largest"
    assert not ax.texts


def test_a_cluster_without_a_value_has_an_empty_cell():
    X = np.array([[np.nan, 1.0], [np.nan, 2.0], [5.0, 3.0], [6.0, 9.0]])
    ax = plots.cards(describe_clusters(X, [0, 0, 1, 1]))
    at = rows_of(ax).index("x1")
    assert ax.images[0].get_array().mask[at].tolist() == [True, False]
    assert "no value" in written(ax)
    assert "x1 is missing" in rows_of(ax)
    assert written(ax)[2 * at + 1] == "5.5"  # the mean of all that have one: no digits of rounding


def test_long_names_go_over_two_lines_and_noise_and_one_cluster_are_named():
    ax = plots.cards(describe_clusters([[0.0], [1.0]], ["the regulars of the shop in town"] * 2))
    assert ax.get_xticklabels()[0].get_text() == "the regulars\nof the shop…\n2 rows"
    assert ax.get_title(loc="left") == "1 cluster"
    ax = plots.cards(describe_clusters([[0.0], [1.0]], [-1, 3]))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["noise\n1 row", "3\n1 row"]


def test_the_callers_axes_are_used():
    _, (left, right) = plt.subplots(1, 2)
    found = describe_clusters(FOUR, [0, 0, 1, 1])
    assert plots.cards(found, ax=right) is right
    assert not left.images


@pytest.mark.parametrize(
    ("cards", "options", "message"),
    [
        ((), {}, "at least one card; got none"),
        (3, {}, "what describe_clusters returned; got int"),
        ([3], {}, "what describe_clusters returned; got int"),
        (None, {"max_features": 0}, "max_features must be at least 1; got 0"),
        (None, {"max_clusters": -1}, "max_clusters must be at least 1; got -1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(cards, options, message):
    found = describe_clusters(FOUR, [0, 0, 1, 1]) if cards is None else cards
    with pytest.raises(ParameterError, match=message):
        plots.cards(found, **options)


def test_cards_without_features_are_refused():
    texts = {"name": ["a", "b", "c", "d"]}
    found = describe_clusters(texts, [0, 0, 1, 1], max_categories=2)
    with pytest.raises(ParameterError, match="The cards must have features"):
        plots.cards(found)
