"""Loss surfaces as they are drawn: a curve or a map, the network in its middle, the way of a training."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import LogNorm

import ganglion as gl
from drawn import collections, lines, overlaps, shows
from ganglion import plots
from ganglion.nn import Dense, Network

X, Y = [[0.0, 1.0], [1.0, 2.0], [2.0, -1.0]], [1.0, 3.0, 0.5]


def network(seed=0):
    return Network([Dense(2, 3, "tanh"), Dense(3, 1)], random_state=seed)


def test_one_direction_is_a_curve_through_the_network():
    surface = gl.nn.loss_surface(network(), X, Y, 1, random_state=0)
    ax = plots.loss_surface(surface)
    assert np.array_equal(
        lines(ax)["loss"].get_xydata(), np.column_stack([surface.a, surface.values])
    )
    assert lines(ax)["this network"].get_xydata().tolist() == [[0.0, surface.loss]]
    assert ax.get_xlabel() == "step along the random direction"


def test_two_directions_are_a_map_with_a_bar():
    surface = gl.nn.loss_surface(network(), X, Y, random_state=0)
    ax = plots.loss_surface(surface)
    assert ax.get_xlim() == (-1, 1) and ax.get_ylim() == (-1, 1)
    assert ax.figure.axes[1].get_ylabel() == "loss"
    assert lines(ax)["this network"].get_xydata().tolist() == [[0.0, 0.0]]


def test_the_map_has_its_first_direction_to_the_right():
    surface = gl.nn.loss_surface(
        Network([Dense(2, 1, bias=False)], "mse", random_state=0),
        [[1.0, 0.0]],
        [9.0],
        [{"W1": [[1.0], [0.0]]}, {"W1": [[0.0], [1.0]]}],
        resolution=5,
    )
    ax = plots.loss_surface(surface)
    lowest = ax.collections[0].get_paths()[0].vertices  # the loss depends on the first weight alone
    assert lowest[:, 0].min() > 0.5 and lowest[:, 1].min() == -1 and lowest[:, 1].max() == 1


def test_maps_are_logarithmic_from_one_decade_on():
    for target, is_log in ((0.0, True), (30.0, False)):
        net = Network([Dense(1, 1)], "mse")
        net.set_parameters({"W1": [[0.0]], "b1": [0.1]})
        ways = [{"W1": [[1.0]], "b1": [0.0]}, {"W1": [[0.0]], "b1": [1.0]}]
        ax = plots.loss_surface(gl.nn.loss_surface(net, [[1.0]], [target], ways, resolution=12))
        assert isinstance(ax.collections[0].norm, LogNorm) == is_log


def test_the_way_of_a_training_ends_at_the_network():
    trained, optimizer = network(), gl.nn.Adam(0.1)
    path = [{name: value.copy() for name, value in trained.parameters.items()}]
    for _ in range(5):
        gl.nn.train(trained, X, Y, optimizer=optimizer, epochs=1, shuffle=False)
        path.append({name: value.copy() for name, value in trained.parameters.items()})
    surface = gl.nn.loss_surface(trained, X, Y, random_state=0)
    ax = plots.loss_surface(surface, path=path)
    drawn = lines(ax)["path"].get_xydata()
    assert drawn.shape == (6, 2) and drawn[-1].tolist() == [0.0, 0.0]
    assert np.allclose(drawn[0], surface.project(path[0]))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["path", "start", "this network"]


def test_the_way_to_another_network_marks_the_other_end():
    surface = gl.nn.loss_surface(network(), X, Y, towards=network(1).parameters)
    ax = plots.loss_surface(surface)
    assert lines(ax)["the other end"].get_xdata() == [1.0, 1.0]
    assert ax.get_xlabel() == "step along the way to the other end"


def test_places_without_a_finite_loss_stay_blank():
    net = Network([Dense(1, 1, bias=False)], "mse")
    net.set_parameters({"W1": [[1.0]]})
    surface = gl.nn.loss_surface(
        net, [[1e150]], [0.0], {"W1": [[1.0]]}, span=(-1.0, 1e5), resolution=3
    )
    drawn = lines(plots.loss_surface(surface))["loss"].get_ydata()
    assert np.isfinite(drawn[0]) and np.isnan(drawn[-1])


def test_no_word_lies_on_another():
    for directions in (1, 2):
        surface = gl.nn.loss_surface(network(), X, Y, directions, random_state=0)
        assert overlaps(plots.loss_surface(surface)) == []


def test_the_picture_shows_the_valley_and_the_heights():
    ax = plots.loss_surface(gl.nn.loss_surface(network(), X, Y, random_state=0))
    assert shows(ax, (0x00, 0x22, 0x4E)) and shows(ax, (0xFE, 0xE8, 0x38))
    assert "_halo" not in lines(ax) and collections(ax)


def test_it_draws_into_the_axes_that_it_is_given():
    surface = gl.nn.loss_surface(network(), X, Y, resolution=4, random_state=0)
    figure, (left, right) = plt.subplots(1, 2)
    assert plots.loss_surface(surface, ax=right) is right
    assert not left.collections and len(figure.axes) == 2


def test_what_cannot_be_drawn_is_refused():
    flat = gl.nn.loss_surface(network(), X, Y, 1, resolution=3, random_state=0)
    with pytest.raises(gl.ParameterError, match="surface with two directions; this one has one"):
        plots.loss_surface(flat, path=[network().parameters])
    net = Network([Dense(1, 1, bias=False)], "mse")
    net.set_parameters({"W1": [[1.0]]})
    nowhere = gl.nn.loss_surface(net, [[1e200]], [0.0], 1, span=0.5, resolution=2, random_state=0)
    with pytest.raises(gl.ParameterError, match="no finite loss to draw"):
        plots.loss_surface(nowhere)


def test_what_is_no_surface_is_refused():
    with pytest.raises(gl.ParameterError, match=r"needs what gl\.nn\.loss_surface returned; got 3"):
        plots.loss_surface(3)
