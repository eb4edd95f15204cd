"""Trainings from many starts: levels of the final loss, a local minimum derived by hand, the same bits."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn import SGD, Adam, Dense, Network
from ganglion.nn.restarting import _levels

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]


def xor_network():
    return Network([Dense(2, 2, "tanh"), Dense(2, 1, "sigmoid")])


@pytest.fixture(scope="module")
def runs():
    return gl.nn.restarts(
        xor_network(), *XOR, optimizer=Adam(0.05), epochs=1500, n=12, random_state=0
    )


def test_n7_starts_come_to_rest_in_a_local_minimum_whose_loss_is_known_by_hand(runs):
    # The network tells two points apart from the other two and gives those ½ each: ½ (½² + ½²) / 4 = 1/16.
    assert len(runs.counts) == 2
    assert runs.counts.sum() == 12 and (runs.counts >= 2).all()
    assert np.allclose(runs.losses[runs.levels == 1], 1 / 16, rtol=1e-3)
    assert (runs.losses[runs.levels == 0] < 1e-4).all()
    assert (runs.gradient_norms < 1e-3).all()


def test_n7_the_local_minimum_is_the_lowest_place_around_it(runs):
    stuck = runs.networks[int(np.flatnonzero(runs.levels == 1)[0])]
    for seed in range(3):
        surface = gl.nn.loss_surface(stuck, *XOR, span=0.2, resolution=9, random_state=seed)
        # It creeps towards saturation along a flat valley, so that it is the lowest but for what is left of the way.
        assert surface.loss - surface.values.min() < 1e-4 < surface.values.max() - surface.loss


def test_n7_between_two_minima_the_loss_rises(runs):
    stuck = runs.networks[int(np.flatnonzero(runs.levels == 1)[0])]
    best = runs.networks[runs.best]
    surface = gl.nn.loss_surface(stuck, *XOR, towards=best.parameters, resolution=41)
    between = surface.values[(surface.a > 0) & (surface.a < 1)]
    assert between.max() > 1.5 * surface.loss > 0 and best.loss(*XOR) < 1e-4


def test_n6_training_goes_downhill_to_the_least_loss():
    # w* = argmin of (w - 3)²: with w <- w - η 2 (w - 3), the distance shrinks by 1 - 2 η at each step.
    network = Network([Dense(1, 1, bias=False)], "mse")
    runs = gl.nn.restarts(
        network, [[1.0]], [3.0], optimizer=SGD(0.25), epochs=10, n=3, random_state=1
    )
    assert len(runs.counts) == 1
    ratios = runs.loss_curves[:, 1:] / runs.loss_curves[:, :-1]
    assert np.allclose(ratios, 0.25, rtol=1e-9)
    assert np.allclose(runs.losses, runs.first_losses * 0.25**10, rtol=1e-9)


def test_curves_losses_and_networks_belong_together(runs):
    for i, network in enumerate(runs.networks):
        assert runs.losses[i] == network.loss(*XOR)
        assert runs.loss_curves[i, -1] == pytest.approx(runs.losses[i], rel=0.05)
    assert runs.best == int(np.argmin(runs.losses))
    text = str(runs)
    assert text.startswith("12 starts, 2 levels") and text.count("\n") == 2


def test_a_start_is_the_same_whatever_follows_it():
    arguments = {"optimizer": Adam(0.05), "epochs": 5, "random_state": 7}
    few = gl.nn.restarts(xor_network(), *XOR, n=2, **arguments)
    many = gl.nn.restarts(xor_network(), *XOR, n=4, **arguments)
    assert few.loss_curves.tobytes() == many.loss_curves[:2].tobytes()
    assert len({row.tobytes() for row in many.loss_curves}) == 4


def test_the_given_network_and_optimiser_stay_as_they_are():
    network, optimizer = xor_network(), Adam(0.05)
    before = {name: value.copy() for name, value in network.parameters.items()}
    gl.nn.restarts(network, *XOR, optimizer=optimizer, epochs=3, n=2, random_state=0)
    assert all(np.array_equal(before[name], value) for name, value in network.parameters.items())
    assert optimizer.steps == 0


def test_levels_begin_at_gaps_wider_than_the_tolerance():
    assert _levels(np.array([0.5, 0.1, 0.12, 0.9, 0.11]), 0.05).tolist() == [1, 0, 0, 2, 0]


def test_a_start_that_leaves_the_finite_numbers_has_no_curve():
    X, y = np.array([[1.0], [2.0]]), np.array([1.0, 2.0])
    network = Network([Dense(1, 4, "tanh"), Dense(4, 1)], "mse")
    with pytest.raises(gl.DivergenceError, match="Every start left the finite numbers; the last"):
        gl.nn.restarts(network, X, y, optimizer=SGD(1e6), epochs=400, n=2, random_state=0)


def test_what_cannot_be_meant_is_refused():
    used = Adam(0.1)
    gl.nn.train(xor_network(), *XOR, optimizer=used, epochs=1)
    for arguments, message in (
        ({"optimizer": used}, "has made no steps; got one with 1"),
        ({"optimizer": "adam"}, "optimizer must be an optimiser such as"),
        ({"n": 0}, "n must be an integer, at least 1"),
        ({"epochs": 0}, "epochs must be an integer, at least 1"),
        ({"tolerance": 0}, "tolerance must be a number above 0"),
    ):
        known = {"optimizer": Adam(0.1), "epochs": 1, "n": 1}
        with pytest.raises(gl.ParameterError, match=message):
            gl.nn.restarts(xor_network(), *XOR, **{**known, **arguments})
