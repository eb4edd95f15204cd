"""The credible ball as it is drawn: every draw at its distance, the rim, the bounds as marks and as strips."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from posteriors import draws_of

from drawn import collections, overlaps
from ganglion import ParameterError, plots
from ganglion.cluster.bayesian import binder, credible_ball, variation_of_information
from ganglion.plots._axes import colour_of


def test_dots_are_at_the_distances_of_the_draws():
    _, labels, draws = draws_of(2, 20, 30)
    flat = draws.reshape(-1, 30)
    for loss, distance in (("vi", variation_of_information), ("binder", binder)):
        panel = plots.posterior_ball(draws, labels, loss=loss).child_axes[0]
        places = collections(panel)["draws"].get_offsets()
        assert np.allclose(places[:, 0], [distance(labels, own) for own in flat])
        assert np.array_equal(np.rint(places[:, 1]), flat.max(axis=1) + 1)


def test_the_rim_is_at_the_radius_and_holds_the_farthest():
    _, labels, draws = draws_of()
    ball = credible_ball(draws, labels, 0.8)
    ax = plots.posterior_ball(draws, labels, level=0.8)
    panel = ax.child_axes[0]
    assert panel.lines[0].get_xdata()[0] == ball.radius
    found = collections(panel)
    assert found["farthest"].get_offsets()[0, 0] == pytest.approx(ball.radius)
    assert found["finest"].get_offsets()[0, 1] == ball.lower[0].max() + 1
    assert found["coarsest"].get_offsets()[0, 1] == ball.upper[0].max() + 1
    assert ax.get_title(loc="left").startswith("80 % of the draws are within ")


def test_strips_have_the_colours_of_the_estimate_and_further_ones_for_parts():
    labels = np.array([4, 4, 4, 4, 9, 9])
    finer = [0, 0, 0, 1, 2, 2]
    strips = plots.posterior_ball([labels - 4, finer], labels, level=1.0).child_axes[1]
    image = np.asarray(strips.images[0].get_array())
    assert image.shape == (4, 6, 3)
    assert np.allclose(
        sorted(image[0].tolist()), sorted([list(to_rgb(colour_of(int(j == 9)))) for j in labels])
    )
    part = to_rgb(colour_of(2))
    assert np.isclose(image[2], part).all(axis=1).sum() == 1
    assert [tick.get_text()[2:] for tick in strips.get_yticklabels()[1:]] == [
        "coarsest: 2", "finest: 3", "farthest: 3",
    ]  # fmt: skip


def test_nothing_lies_on_anything_and_constant_draws_can_be_drawn():
    _, labels, draws = draws_of()
    assert overlaps(plots.posterior_ball(draws, labels)) == []
    ax = plots.posterior_ball([labels] * 5, labels)
    ax.figure.canvas.draw()
    assert ax.get_title(loc="left") == "95 % of the draws are within 0 bits of the estimate"


def test_it_draws_inside_given_axes():
    _, mine = plt.subplots()
    assert plots.posterior_ball([[0, 0, 1]], [0, 0, 1], ax=mine) is mine


def test_what_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="level, the share of draws in the ball"):
        plots.posterior_ball([[0, 1]], [0, 1], level=0)
    with pytest.raises(ParameterError, match="loss"):
        plots.posterior_ball([[0, 1]], [0, 1], loss="rand")
