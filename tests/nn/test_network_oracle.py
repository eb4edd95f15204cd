"""Random networks against loops over single numbers, in both dtypes and at awkward sizes."""

import numpy as np
import pytest

import ganglion as gl
from oracles import networks as oracle
from oracles.network_cases import HIDDEN, random_case


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(60))
def test_loss_and_gradients_equal_the_loops(seed, dtype):
    # A step of float32 sums may fall on the other side of 0; it has no gradient to compare anyway.
    names = [name for name in HIDDEN if dtype == "float64" or name != "step"]
    case = random_case(seed, names=names, dtype=dtype, largest=(4, 9, 9))
    loss, gradients = oracle.loss_and_gradients(
        case.layers, case.network.loss_name, case.X.tolist(), case.rows.tolist(),
        weights=case.weights, reduction=case.network.reduction,
    )  # fmt: skip
    # Up to 4 layers of sums over 9 terms, each carried through the next: a thousand roundings at most.
    slack = 1000 * float(np.finfo(dtype).eps)
    assert case.network.loss(*case.data) == pytest.approx(loss, rel=slack)
    found = case.network.gradients(*case.data)
    assert list(found) == list(case.network.parameters)
    largest = max(1.0, *(np.abs(g).max() for g in found.values()))
    for name, g in found.items():
        assert g.dtype == dtype
        np.testing.assert_allclose(
            g, np.array(gradients[name]), rtol=0, atol=slack * largest, err_msg=name
        )


@pytest.mark.parametrize("n_in", [1, 7, 8, 9, 15, 16, 17, 1000])
def test_widths_around_those_of_a_vector(n_in):
    rng = np.random.default_rng(n_in)
    network = gl.nn.Network(
        [gl.nn.Dense(n_in, 3, "tanh"), gl.nn.Dense(3, 2, "softmax")],
        "cross_entropy",
        random_state=0,
    )
    X, y = rng.normal(size=(4, n_in)), rng.integers(0, 2, size=4)
    values = network.parameters
    layers = [
        (values[f"W{i}"].tolist(), values[f"b{i}"].tolist(), g)
        for i, g in ((1, "tanh"), (2, "softmax"))
    ]
    loss, gradients = oracle.loss_and_gradients(
        layers, "cross_entropy", X.tolist(), np.eye(2)[y].tolist()
    )
    slack = 8 * n_in * np.finfo(np.float64).eps
    assert network.loss(X, y) == pytest.approx(loss, rel=slack)
    for name, g in network.gradients(X, y).items():
        np.testing.assert_allclose(g, np.array(gradients[name]), rtol=slack, atol=slack)
    for x, outputs in zip(X, network.forward(X), strict=True):
        np.testing.assert_allclose(
            oracle.forward(layers, x.tolist()).outputs[-1], outputs, rtol=slack
        )
