"""The map of certainty as it is drawn: pale where a point is doubtful, with a ring."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from drawn import collections, overlaps
from ganglion import ParameterError, plots
from ganglion.plots.posterior_certainty import _shade

X = [[0.0, 0.0], [0.0, 1.0], [4.0, 0.5], [9.0, 0.0]]


def test_points_are_drawn_by_cluster_the_doubtful_last():
    found = collections(plots.posterior_certainty(X, [7, 7, 7, 9], [0.6, 1.0, 0.9, 1.0]))
    colours = found["cluster 0, 3 points"].get_facecolors()
    assert colours[:, :3].sum(axis=1).argmax() == 2
    assert len(found["doubtful"].get_offsets()) == 1
    assert np.allclose(
        found["doubtful"].get_offsets()[0], found["cluster 0, 3 points"].get_offsets()[2]
    )


def test_a_certain_point_has_the_clusters_colour_and_a_doubtful_one_is_paler():
    shades = [sum(_shade(0, sure)) for sure in (1.0, 0.8, 0.5, 0.1)]
    assert shades == sorted(shades)
    assert _shade(0, 1.0) == pytest.approx((0.0, 0x72 / 255, 0xB2 / 255))


def test_the_title_counts_what_is_doubtful():
    def title(sure):
        return plots.posterior_certainty(X, [0, 0, 1, 1], sure).get_title(loc="left")

    assert title([1, 1, 1, 1]) == "every point is clear"
    assert title([1, 0.5, 1, 1]) == "1 of 4 point is doubtful"
    assert title([0.2, 0.5, 1, 1]) == "2 of 4 points are doubtful"


def test_of_many_points_every_so_manieth_is_drawn():
    rng = np.random.default_rng(0)
    many = rng.normal(size=(50_000, 2))
    ax = plots.posterior_certainty(many, rng.integers(0, 2, 50_000), np.ones(50_000))
    assert sum(len(c.get_offsets()) for c in ax.collections) == 16_667
    assert ax.get_title(loc="right") == "16,667 drawn"


def test_nothing_lies_on_anything():
    rng = np.random.default_rng(1)
    ax = plots.posterior_certainty(
        rng.normal(size=(90, 3)), rng.integers(0, 5, 90), rng.uniform(0.3, 1, 90)
    )
    assert overlaps(ax) == []


def test_it_draws_on_given_axes():
    _, mine = plt.subplots()
    assert plots.posterior_certainty(X, [0, 0, 1, 1], [1, 1, 1, 1], ax=mine) is mine


def test_what_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="one integer for each of the 4 points"):
        plots.posterior_certainty(X, [0, 1], [1, 1, 1, 1])
    with pytest.raises(ParameterError, match=r"certainty must hold a number from 0 to 1.*0 to 2"):
        plots.posterior_certainty(X, [0, 0, 1, 1], [0, 1, 1, 2.0])
