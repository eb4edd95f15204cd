"""Chains as they are drawn: a line each, sweeps before the first draw on grey ground, distributions of the draws."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from drawn import lines
from ganglion import ParameterError, plots
from ganglion.cluster.bayesian.posterior import ChainHistory

RNG = np.random.default_rng(3)
DRAWS = np.stack([RNG.integers(0, 3, (50, 9)), RNG.integers(0, 4, (50, 9))])
HEIGHTS = RNG.normal(size=(2, 50))


def history(n_before=20):
    n_sweeps = n_before + 50
    counts = RNG.integers(1, 8, (2, n_sweeps)).astype(np.int32)
    return ChainHistory(n_before, 1, counts, RNG.normal(size=(2, n_sweeps)))


def test_each_chain_has_a_line_in_both_panels():
    upper, side, lower, _ = plots.posterior_chains(DRAWS, HEIGHTS).child_axes
    assert np.array_equal(lines(upper)["chain 1"].get_ydata(), HEIGHTS[1])
    counts = [len(set(own)) for own in DRAWS[0].tolist()]
    assert np.rint(lines(lower)["chain 0"].get_ydata()).tolist() == counts
    assert [patch.get_label() for patch in side.patches] == ["chain 0", "chain 1"]


def test_distributions_hold_every_draw():
    _, side, _, counted = plots.posterior_chains(DRAWS, HEIGHTS).child_axes
    for room in (side, counted):
        for patch in room.patches:
            assert patch.get_data().values.sum() == pytest.approx(1.0)


def test_sweeps_before_the_first_draw_are_drawn_on_grey_ground():
    ran = history()
    ax = plots.posterior_chains(DRAWS, HEIGHTS, history=ran, verdict="not converged")
    upper, _, lower, _ = ax.child_axes
    assert np.array_equal(lines(upper)["chain 0"].get_ydata(), ran.log_posterior[0])
    assert np.array_equal(np.rint(lines(lower)["chain 1"].get_ydata()), ran.n_clusters[1])
    assert upper.patches[0].get_extents().transformed(upper.transData.inverted()).x1 == 20.5
    assert ax.get_title(loc="left") == "2 chains: not converged"
    assert lower.get_xlabel() == "sweep"


def test_a_far_start_leaves_room_for_the_draws():
    ran = history()
    ran.log_posterior[:, 0] = -1e6
    upper = plots.posterior_chains(DRAWS, HEIGHTS, history=ran).child_axes[0]
    low, high = upper.get_ylim()
    kept = ran.log_posterior[:, 20:]
    assert (kept.max() - kept.min()) > 0.3 * (high - low)


def test_of_long_chains_every_so_manieth_draw_is_drawn():
    draws = RNG.integers(0, 3, (1, 9000, 4))
    upper = plots.posterior_chains(draws, np.zeros((1, 9000))).child_axes[0]
    assert len(lines(upper)["chain 0"].get_xdata()) == 1800


def test_constant_chains_and_one_draw_can_be_drawn():
    ax = plots.posterior_chains([[0, 0, 1]], [-3.0])
    ax.figure.canvas.draw()
    assert ax.get_title(loc="left") == "1 chain"


def test_it_draws_inside_given_axes():
    _, (mine, other) = plt.subplots(1, 2)
    assert plots.posterior_chains(DRAWS, HEIGHTS, ax=mine) is mine
    assert not other.child_axes
    assert len(mine.child_axes) == 4


def test_what_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="one value for each of the 2 x 50 draws; got shape"):
        plots.posterior_chains(DRAWS, HEIGHTS[:, 1:])
