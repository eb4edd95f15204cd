"""The matrix of who is with whom as it is drawn: shares of draws in the order of a tree, clusters framed."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from posteriors import draws_of

from drawn import collections, overlaps
from ganglion import ParameterError, plots
from ganglion.explain.posterior import together


def naive(draws, points):
    flat = draws.reshape(-1, draws.shape[-1])[:, points]
    return (flat[:, :, None] == flat[:, None, :]).mean(axis=0)


def test_cells_are_the_shares_of_draws_in_the_order():
    _, _, draws = draws_of()
    found = together(draws)
    expected = naive(draws, found.points)
    np.fill_diagonal(expected, found.shares.diagonal())
    assert np.allclose(found.shares, expected, rtol=1e-12)
    image = np.asarray(plots.posterior_similarity(draws).images[0].get_array())
    assert np.array_equal(image.diagonal(), np.ones(90))


def test_clusters_of_a_partition_stay_in_one_piece_and_are_framed():
    _, labels, draws = draws_of()
    along = labels[together(draws, labels).points]
    assert np.count_nonzero(np.diff(along)) == labels.max()
    ax = plots.posterior_similarity(draws, labels)
    frames = np.array(collections(ax)["clusters"].get_segments())
    assert len(frames) == 3
    assert ax.get_title(loc="left") == "3 clusters"
    strip = ax.child_axes[0]
    assert sorted(text.get_text() for text in strip.texts) == ["0", "1", "2"]
    assert overlaps(ax) == []


def test_points_that_are_always_together_are_neighbours():
    draws = np.array([[0, 1, 0, 1, 0, 1]] * 5)
    order = together(draws).points.tolist()
    assert {frozenset(order[:3]), frozenset(order[3:])} == {
        frozenset({0, 2, 4}),
        frozenset({1, 3, 5}),
    }


def test_of_many_points_some_are_drawn_and_the_picture_says_so():
    _, _, draws = draws_of(2, 6, 900)
    ax = plots.posterior_similarity(draws, max_points=300, max_cells=100)
    assert ax.images[0].get_array().shape == (100, 100)
    assert ax.get_xlabel() == "300 of 900 points; a cell is the mean over up to 3 x 3 pairs"
    blocks = together(draws, max_points=300, max_cells=100)
    rows = blocks.points[:3]
    pairs = naive(draws, rows)[~np.eye(3, dtype=bool)]
    assert blocks.shares[0, 0] == pytest.approx(pairs.mean(), rel=1e-12)


def test_names_stand_below_where_they_can_be_read():
    _, _, draws = draws_of(2, 10, 12)
    ax = plots.posterior_similarity(draws, names=[f"row {i}" for i in range(12)])
    order = together(draws).points
    assert [label.get_text() for label in ax.get_xticklabels()] == [f"row {i}" for i in order]


def test_one_point_can_be_drawn_and_it_draws_on_given_axes():
    _, mine = plt.subplots()
    assert plots.posterior_similarity([[0], [0]], ax=mine) is mine


def test_what_does_not_fit_is_refused():
    with pytest.raises(
        ParameterError, match="labels must hold one integer for each of the 3 points"
    ):
        plots.posterior_similarity([[0, 1, 1]], [0, 1])
    with pytest.raises(ParameterError, match="max_points and max_cells must be at least 1; got 0"):
        plots.posterior_similarity([[0, 1, 1]], max_points=0)
