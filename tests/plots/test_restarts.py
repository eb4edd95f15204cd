"""Restarts as they are drawn: a curve for each start in the colour of its level, levels named without overlaps."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

import ganglion as gl
from drawn import lines, overlaps, shows
from ganglion import plots

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]


@pytest.fixture(scope="module")
def runs():
    network = gl.nn.Network([gl.nn.Dense(2, 2, "tanh"), gl.nn.Dense(2, 1, "sigmoid")])
    return gl.nn.restarts(
        network, *XOR, optimizer=gl.nn.Adam(0.05), epochs=800, n=8, random_state=0
    )


def test_each_start_is_a_line_in_the_colour_of_its_level(runs):
    drawn = lines(plots.restarts(runs))
    colours = {}
    for start in range(8):
        line = drawn[f"start {start}"]
        assert np.array_equal(line.get_ydata(), runs.loss_curves[start])
        colours.setdefault(int(runs.levels[start]), set()).add(to_hex(line.get_color()))
    assert colours == {0: {"#0072b2"}, 1: {"#e69f00"}}


def test_levels_say_how_many_starts_ended_there_and_at_which_loss(runs):
    ax = plots.restarts(runs)
    words = [text.get_text() for text in ax.texts if " at " in text.get_text()]
    assert [word.split(" at ")[0] for word in words] == [str(count) for count in runs.counts]
    assert words[1].endswith("at 0.0625")
    assert (
        ax.get_title(loc="left")
        == f"8 starts end at 2 levels: the lowest is reached by {runs.counts[0]}"
    )


def test_final_losses_are_dots_at_the_last_epoch(runs):
    dots = np.vstack([c.get_offsets() for c in plots.restarts(runs).collections])
    assert sorted(dots[:, 1].tolist()) == sorted(runs.losses.tolist())
    assert set(dots[:, 0].tolist()) == {800.0}


def test_no_word_lies_on_another_even_where_levels_nearly_touch(runs):
    assert overlaps(plots.restarts(runs)) == []
    near = replace(
        runs, losses=1.0 + 0.001 * np.arange(8), levels=np.arange(8), loss_curves=np.ones((8, 5))
    )
    assert overlaps(plots.restarts(near)) == []


def test_of_very_many_levels_none_is_named(runs):
    many = replace(runs, losses=np.ones(9), levels=np.arange(9), loss_curves=np.ones((9, 5)))
    assert not plots.restarts(many).texts


def test_one_level_and_one_start_are_told(runs):
    one = replace(runs, levels=np.zeros(8, int))
    assert plots.restarts(one).get_title(loc="left") == "8 starts end at one level"


def test_the_picture_shows_both_levels_and_goes_into_given_axes(runs):
    ax = plots.restarts(runs)
    assert shows(ax, (0x00, 0x72, 0xB2)) and shows(ax, (0xE6, 0x9F, 0x00))
    _, (left, right) = plt.subplots(1, 2)
    assert plots.restarts(runs, ax=right) is right and not left.lines


def test_what_is_no_set_of_starts_is_refused():
    with pytest.raises(gl.ParameterError, match=r"needs what gl\.nn\.restarts returned; got 3"):
        plots.restarts(3)
