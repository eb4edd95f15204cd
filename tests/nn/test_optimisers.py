"""Optimisers: torch's trajectories to 1e-10 over 100 steps, by hand and natively, and what they refuse."""

import os

import numpy as np
import pytest

import ganglion as gl

STEPS = 100
# Rounding of 100 steps, in which nothing grows.
CLOSE = 1e-10

OPTIMISERS = {
    "SGD": (lambda: gl.nn.SGD(0.1), lambda t, p: t.optim.SGD(p, lr=0.1)),
    "momentum": (
        lambda: gl.nn.SGD(0.05, momentum=0.9),
        lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.9),
    ),
    "Nesterov": (
        lambda: gl.nn.SGD(0.05, momentum=0.8, nesterov=True),
        lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True),
    ),
    "Adam": (lambda: gl.nn.Adam(0.01), lambda t, p: t.optim.Adam(p, lr=0.01)),
    "Adam, other numbers": (
        lambda: gl.nn.Adam(0.02, beta_1=0.7, beta_2=0.95, epsilon=1e-3),
        lambda t, p: t.optim.Adam(p, lr=0.02, betas=(0.7, 0.95), eps=1e-3),
    ),
    "AdamW": (
        lambda: gl.nn.AdamW(0.01, weight_decay=0.1),
        lambda t, p: t.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    ),
    "RMSprop": (
        lambda: gl.nn.RMSprop(0.003, decay=0.9),
        lambda t, p: t.optim.RMSprop(p, lr=0.003, alpha=0.9),
    ),
}


def problem(dtype="float64"):
    """A small network with 150 rows: batches of 32 leave a short last one."""
    rng = np.random.default_rng(3)
    layers = [
        gl.nn.Dense(7, 19, "tanh"),
        gl.nn.Dense(19, 11, "silu"),
        gl.nn.Dense(11, 4, "softmax"),
    ]
    network = gl.nn.Network(layers, "cross_entropy", random_state=rng, dtype=dtype)
    return network, rng.normal(size=(150, 7)), rng.integers(0, 4, size=150)


def batches(n, size, steps):
    """The rows of each step, epoch after epoch in order."""
    starts = list(range(0, n, size))
    return [slice(starts[k % len(starts)], starts[k % len(starts)] + size) for k in range(steps)]


def torch_trajectory(make, network, X, y):
    """Parameters after 100 steps of torch on the same batches."""
    try:
        import torch
    except ImportError:
        if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
            raise
        pytest.skip("torch is not installed")
    torch.set_num_threads(1)
    p = {
        name: torch.tensor(value, requires_grad=True) for name, value in network.parameters.items()
    }
    optimiser = make(torch, list(p.values()))
    for rows in batches(len(X), 32, STEPS):
        a = torch.tanh(torch.tensor(X[rows]) @ p["W1"] + p["b1"])
        a = torch.nn.functional.silu(a @ p["W2"] + p["b2"])
        loss = torch.nn.functional.cross_entropy(a @ p["W3"] + p["b3"], torch.tensor(y[rows]))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {name: value.detach().numpy() for name, value in p.items()}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_hundred_native_steps_are_torchs(name):
    ours, theirs = OPTIMISERS[name]
    network, X, y = problem()
    expected = torch_trajectory(theirs, network, X, y)
    optimiser = ours()
    gl.nn.train(network, X, y, optimizer=optimiser, epochs=STEPS // 5, shuffle=False)
    assert optimiser.steps == STEPS
    for parameter, value in network.parameters.items():
        np.testing.assert_allclose(value, expected[parameter], rtol=0, atol=CLOSE)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_hundred_steps_by_hand_are_torchs(name):
    ours, theirs = OPTIMISERS[name]
    network, X, y = problem()
    expected = torch_trajectory(theirs, network, X, y)
    optimiser = ours()
    for rows in batches(len(X), 32, STEPS):
        optimiser.step(network.parameters, network.gradients(X[rows], y[rows]))
    for parameter, value in network.parameters.items():
        np.testing.assert_allclose(value, expected[parameter], rtol=0, atol=CLOSE)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_steps_by_hand_and_training_go_on_from_each_other(name):
    make, _ = OPTIMISERS[name]
    alone, X, y = problem()
    mixed, _, _ = problem()
    optimiser = make()
    gl.nn.train(alone, X, y, optimizer=optimiser, epochs=3, shuffle=False)
    other = make()
    gl.nn.train(mixed, X, y, optimizer=other, epochs=1, shuffle=False)
    for rows in batches(len(X), 32, 5):
        other.step(mixed.parameters, mixed.gradients(X[rows], y[rows]))
    gl.nn.train(mixed, X, y, optimizer=other, epochs=1, shuffle=False)
    assert other.steps == optimiser.steps == 15
    for parameter, value in alone.parameters.items():
        np.testing.assert_allclose(mixed.parameters[parameter], value, rtol=0, atol=1e-13)
        for moments, known in ((other.first, optimiser.first), (other.second, optimiser.second)):
            if known:
                np.testing.assert_allclose(moments[parameter], known[parameter], rtol=0, atol=1e-13)


def test_a_step_by_hand_keeps_float32():
    network, X, y = problem("float32")
    optimiser = gl.nn.Adam()
    optimiser.step(network.parameters, network.gradients(X, y))
    assert all(value.dtype == np.float32 for value in network.parameters.values())
    assert all(value.dtype == np.float32 for value in optimiser.first.values())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: gl.nn.SGD(0), "SGD: learning_rate must be a number above 0; got 0"),
        (lambda: gl.nn.SGD(float("nan")), "learning_rate"),
        (lambda: gl.nn.SGD("fast"), "learning_rate must be a number above 0; got 'fast'"),
        (lambda: gl.nn.SGD(True), "learning_rate"),
        (
            lambda: gl.nn.SGD(0.1, momentum=1.0),
            "momentum must be a number at least 0 and below 1; got 1.0",
        ),
        (lambda: gl.nn.SGD(0.1, nesterov=True), "nesterov=True needs momentum > 0"),
        (lambda: gl.nn.SGD(0.1, momentum=0.5, nesterov="yes"), "nesterov must be True or False"),
        (lambda: gl.nn.Adam(beta_1=1.0), "Adam: beta_1"),
        (lambda: gl.nn.Adam(beta_2=-0.1), "Adam: beta_2"),
        (lambda: gl.nn.Adam(epsilon=0), "Adam: epsilon must be a number above 0"),
        (lambda: gl.nn.AdamW(weight_decay=-1), "AdamW: weight_decay"),
        (lambda: gl.nn.RMSprop(decay=1), "RMSprop: decay"),
        (lambda: gl.nn.RMSprop(-1), "RMSprop: learning_rate"),
    ],
)
def test_numbers_outside_their_range_are_refused(make, words):
    with pytest.raises(gl.ParameterError) as caught:
        make()
    assert words in str(caught.value)


def test_a_learning_rate_may_be_changed_and_is_checked():
    optimiser = gl.nn.Adam()
    optimiser.learning_rate = 0.5
    assert optimiser.learning_rate == 0.5
    with pytest.raises(gl.ParameterError, match="learning_rate"):
        optimiser.learning_rate = -1


def test_names_and_shapes_must_fit():
    network, X, y = problem()
    gradients = network.gradients(X, y)
    optimiser = gl.nn.Adam()
    with pytest.raises(gl.DataError, match="b1 is in one of them only"):
        optimiser.step(network.parameters, {n: g for n, g in gradients.items() if n != "b1"})
    with pytest.raises(gl.DataError, match=r"gradients\['W1'\] must have the shape \(7, 19\)"):
        optimiser.step(network.parameters, gradients | {"W1": gradients["W1"].T})
    assert optimiser.steps == 0
    optimiser.step(network.parameters, gradients)
    other = gl.nn.Network([gl.nn.Dense(7, 2)])
    with pytest.raises(gl.DataError, match="has made 1 steps on other parameters"):
        gl.nn.train(other, X, X[:, :2], optimizer=optimiser, epochs=1)
