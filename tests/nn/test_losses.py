"""Each loss against its formula (N5), and at weighted sums so large that every probability is 0 or 1."""

import numpy as np
import pytest

import ganglion as gl
from oracles import networks as oracle

EPS = np.finfo(np.float64).eps


def passing(k, loss):
    """A network that hands its inputs on: what goes in are the weighted sums of the last layer."""
    behind = gl.nn.losses[loss].behind or "identity"
    network = gl.nn.Network([gl.nn.Dense(k, k, behind, bias=False)], loss, reduction="sum")
    network.set_parameters({"W1": np.eye(k)})
    return network


def test_a_loss_without_its_formula_fails():
    assert set(gl.nn.losses) == {*oracle.LOSSES, "cross_entropy", "binary_cross_entropy"}
    assert all(row.name == name for name, row in gl.nn.losses.items())


@pytest.mark.parametrize(
    ("loss", "by_hand", "slopes"),
    [
        # outputs (3, -1, 0.5) and targets (1, 1, 0): differences 2, -2, 0.5.
        ("squared", (4 + 4 + 0.25) / 2, [2, -2, 0.5]),
        ("mse", 4 + 4 + 0.25, [4, -4, 1]),
        ("mae", 2 + 2 + 0.5, [1, -1, 1]),
        ("huber", 1.5 + 1.5 + 0.125, [1, -1, 0.5]),
    ],
)
def test_n5_losses_of_differences_by_hand(loss, by_hand, slopes):
    network = passing(3, loss)
    x, y = [3.0, -1.0, 0.5], [1.0, 1.0, 0.0]
    assert network.loss(x, y) == by_hand
    # z = x W, so dJ/dW[i,j] = x_i dJ/da_j.
    assert network.gradients(x, y)["W1"].tolist() == np.outer(x, slopes).tolist()


def test_n5_cross_entropy_by_hand():
    # softmax of log(1, 2, 5) is (1, 2, 5) / 8.
    network, z = passing(3, "cross_entropy"), np.log([1.0, 2.0, 5.0])
    assert network.loss(z, 1) == pytest.approx(np.log(4), rel=4 * EPS)
    assert network.loss(z, [0.5, 0.5, 0.0]) == pytest.approx(
        1.5 * np.log(2) + np.log(2), rel=8 * EPS
    )
    slopes = np.array([1 / 8, 2 / 8 - 1, 5 / 8])
    np.testing.assert_allclose(network.gradients(z, 1)["W1"], np.outer(z, slopes), atol=8 * EPS)


def test_n5_binary_cross_entropy_by_hand():
    # sigmoid(log 3) = 3/4, sigmoid(0) = 1/2: -log(3/4) - log(1/2).
    network, z = passing(2, "binary_cross_entropy"), np.array([np.log(3.0), 0.0])
    assert network.loss(z, [1, 0]) == pytest.approx(np.log(8 / 3), rel=4 * EPS)
    np.testing.assert_allclose(
        network.gradients(z, [1, 0])["W1"], np.outer(z, [-0.25, 0.5]), atol=8 * EPS
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_of_ten_thousand_are_exact(dtype):
    def network(k, loss):
        made = gl.nn.Network(
            [gl.nn.Dense(k, k, gl.nn.losses[loss].behind, bias=False)], loss, dtype=dtype
        )
        made.set_parameters({"W1": np.eye(k)})
        return made

    three, z = network(3, "cross_entropy"), [1e4, -1e4, 0.0]
    assert [three.loss(z, label) for label in range(3)] == [0.0, 2e4, 1e4]
    assert three.gradients(z, 1)["W1"].tolist() == np.outer(z, [1.0, -1.0, 0.0]).tolist()
    two, z = network(2, "binary_cross_entropy"), [1e4, -1e4]
    assert [two.loss(z, y) for y in ([1, 0], [0, 0], [0, 1])] == [0.0, 1e4, 2e4]
    assert two.gradients(z, [0, 1])["W1"].tolist() == np.outer(z, [1.0, -1.0]).tolist()


@pytest.mark.parametrize(("loss", "y"), [("cross_entropy", 0), ("binary_cross_entropy", [1, 0])])
def test_a_loss_close_to_zero_keeps_its_digits(loss, y):
    # Both are softplus(-d), with d = 20 between the two sums, or 20 for one and 20 for the other output.
    network = passing(2, loss)
    z = [10.0, -10.0] if loss == "cross_entropy" else [20.0, -20.0]
    each = np.log1p(np.exp(-20.0))
    expected = each if loss == "cross_entropy" else 2 * each
    # cross_entropy takes the logarithm of a sum that begins with 1: its error is a rounding of 1.
    slack = {"abs": EPS} if loss == "cross_entropy" else {"rel": 8 * EPS}
    assert network.loss(z, y) == pytest.approx(expected, **slack)


def test_slopes_at_the_kinks_of_mae_and_huber():
    assert passing(1, "mae").gradients([2.0], [2.0])["W1"].tolist() == [[0.0]]
    assert passing(1, "huber").gradients([2.0], [1.0])["W1"].tolist() == [[2.0]]


def test_formulas_read_like_the_lectures():
    assert gl.nn.losses["squared"].formula == "1/2 * sum((a - y)**2)"
    assert gl.nn.losses["cross_entropy"].formula == "-sum(y * log(a))"
