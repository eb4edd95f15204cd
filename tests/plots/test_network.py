"""A network as it is drawn: neurons in columns, weights by width and colour, large layers folded, words apart."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

import ganglion as gl
from drawn import collections, overlaps, shows
from ganglion import plots
from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Network, Residual

BLUE, ORANGE = "#0072b2", "#d55e00"


def small():
    network = Network([Dense(2, 2, "sigmoid"), Dense(2, 2, "sigmoid")])
    network.set_parameters(
        {
            "W1": [[1.0, -2.0], [0.5, 0.0]],
            "b1": [0.25, -2.0],
            "W2": [[2.0, 1.0], [-1.0, 0.1]],
            "b2": [0, 0],
        }
    )
    return network


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_every_weight_is_a_line_between_its_two_neurons():
    ax = plots.network(small())
    drawn = collections(ax)
    inputs, hidden = drawn["input"].get_offsets(), drawn["layer 2"].get_offsets()
    assert inputs[0, 1] > inputs[1, 1] and hidden[0, 0] > inputs[0, 0]
    segments = {tuple(map(tuple, segment)) for segment in drawn["W1"].get_segments()}
    assert segments == {(tuple(i), tuple(j)) for i in inputs for j in hidden}


def test_the_larger_the_weight_the_wider_the_line_blue_above_zero_and_orange_below():
    lines = collections(plots.network(small()))["W1"]
    # The strong ones are on top, so the order is that of the sizes: 0, 0.5, 1, -2.
    assert np.all(np.diff(lines.get_linewidths()) > 0)
    assert [to_hex(c) for c in lines.get_colors()] == [BLUE, BLUE, BLUE, ORANGE]
    assert np.all(np.diff(lines.get_colors()[:, 3]) > 0)


def test_a_small_network_carries_its_numbers_and_names():
    written = words(plots.network(small()))
    for word in ("1", "\N{MINUS SIGN}2", "0.5", "0.25", "x[0]", "x[1]", "y[1]"):
        assert word in written
    assert "2 inputs" in written and written.count("2 neurons") == 2


def test_where_neurons_are_small_they_carry_no_numbers():
    _, axes = plt.subplots(3, 3, figsize=(6, 5))
    plots.network(small(), ax=axes[1, 1])
    assert "0.25" not in words(axes[1, 1])


def test_neurons_are_filled_with_their_biases():
    fills = collections(plots.network(small()))["layer 2"].get_facecolors()
    assert fills[0, 2] > fills[0, 0] and to_hex(fills[1]) == ORANGE


def test_large_layers_are_folded_to_the_first_neurons_and_the_last():
    network = Network(
        [Dense(64, 100, "relu"), Dense(100, 10, "softmax")], "cross_entropy", random_state=0
    )
    ax = plots.network(network)
    drawn = collections(ax)
    assert [len(drawn[name].get_offsets()) for name in ("input", "layer 2", "layer 3")] == [
        15,
        15,
        10,
    ]
    assert len(drawn["W1"].get_segments()) == 15 * 15
    assert words(ax).count("\N{VERTICAL ELLIPSIS}") == 2
    assert {"64 inputs", "100 neurons", "10 neurons"} <= set(words(ax))
    assert "not drawn" in ax.get_legend().get_title().get_text()
    assert len(collections(plots.network(network, max_neurons=100))["layer 2"].get_offsets()) == 100


def test_the_last_line_of_a_folded_layer_is_that_of_its_last_neuron():
    network = Network([Dense(1, 20, bias=False)])
    weights = np.zeros((1, 20))
    weights[0, 19] = -1.0
    network.set_parameters({"W1": weights})
    drawn = collections(plots.network(network, max_neurons=5))
    strongest = drawn["W1"].get_segments()[-1]
    assert strongest[1, 1] == drawn["layer 2"].get_offsets()[:, 1].min()


def norms():
    return Network(
        [
            Dense(3, 4),
            BatchNorm(4, "relu"),
            Residual([Dense(4, 4), LayerNorm(4, "tanh")]),
            Dropout(0.25),
            Dense(4, 2, "softmax"),
        ],
        "cross_entropy",
        random_state=0,
    )


def test_norms_are_squares_sums_are_circles_and_a_residual_has_an_arc():
    ax = plots.network(norms())
    drawn = collections(ax)
    assert len(drawn["norm 1"].get_offsets()) == 4 and len(drawn["gamma1"].get_segments()) == 4
    assert len(drawn["norm 1"].get_paths()[0].vertices) != len(
        drawn["layer 2"].get_paths()[0].vertices
    )
    assert len(drawn["sum"].get_offsets()) == 4
    assert "added" in words(ax) and any("dropout 0.25" in word for word in words(ax))
    way = next(line for line in ax.lines if line.get_label() == "_way")
    assert way.get_xdata()[0] == drawn["norm 1"].get_offsets()[0, 0]
    assert way.get_xdata()[-1] == drawn["sum"].get_offsets()[0, 0]
    top = max(
        offsets[:, 1].max() for offsets in (drawn[n].get_offsets() for n in ("norm 1", "layer 3"))
    )
    assert way.get_ydata()[-1] > top


@pytest.mark.parametrize(
    "sizes",
    [(1, 1), (2, 2, 2), (3, 3, 1), (2, 8, 2), (4, 32, 16, 4), (64, 100, 10), (2, 2, 2, 2, 2, 2)],
)
def test_no_word_lies_on_another(sizes):
    layers = [Dense(a, b, "tanh") for a, b in pairwise(sizes)]
    assert overlaps(plots.network(Network(layers, random_state=1))) == []


def test_no_word_lies_on_another_with_norms_and_long_names():
    assert overlaps(plots.network(norms())) == []
    ax = plots.network(
        small(), inputs=["petal length (cm)", "petal width (cm)"], outputs=["setosa", "virginica"]
    )
    assert overlaps(ax) == [] and "virginica" in words(ax)


def test_the_legend_says_what_the_widest_line_is():
    names = [text.get_text() for text in plots.network(small()).get_legend().get_texts()]
    assert names == ["\N{MINUS SIGN}2", "0", "+2"]


def test_the_picture_shows_both_colours():
    ax = plots.network(small())
    assert shows(ax, (0x00, 0x72, 0xB2)) and shows(ax, (0xD5, 0x5E, 0x00))


def test_it_draws_into_the_axes_that_it_is_given():
    _, (left, right) = plt.subplots(1, 2)
    assert plots.network(small(), ax=right) is right
    assert not left.collections


def test_a_network_of_zeros_and_one_without_biases_are_drawn():
    network = Network([Dense(2, 2, bias=False)])
    network.set_parameters({"W1": np.zeros((2, 2))})
    plots.network(network).figure.canvas.draw()


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(
        gl.ParameterError, match="max_neurons must be an integer, at least 3; got 2"
    ):
        plots.network(small(), max_neurons=2)
    with pytest.raises(gl.ParameterError, match="inputs must hold 2 names, one for each"):
        plots.network(small(), inputs=["one"])
    with pytest.raises(gl.ParameterError, match="outputs must hold 2 names"):
        plots.network(small(), outputs="ab")


def test_what_is_no_network_is_refused():
    with pytest.raises(gl.ParameterError, match=r"network needs a gl\.nn\.Network; got 3"):
        plots.network(3)
