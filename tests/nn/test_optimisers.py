"""Optimisers: torch's trajectories to 1e-10 over 100 steps, by hand and natively, and what they refuse."""

import os

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn.optimisers import NAdam, Optimiser

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
    "NAdam": (lambda: NAdam(0.003), lambda t, p: t.optim.NAdam(p, lr=0.003)),
    "NAdam, other numbers": (
        lambda: NAdam(
            0.01, beta_1=0.8, beta_2=0.97, epsilon=1e-4, momentum_decay=0.1, weight_decay=0.2
        ),
        lambda t, p: t.optim.NAdam(
            p,
            lr=0.01,
            betas=(0.8, 0.97),
            eps=1e-4,
            momentum_decay=0.1,
            weight_decay=0.2,
            decoupled_weight_decay=True,
        ),
    ),
    "SGD with decay": (
        lambda: gl.nn.SGD(0.1, weight_decay=0.05),
        lambda t, p: t.optim.SGD(p, lr=0.1, weight_decay=0.05),
    ),
    "momentum with decay": (
        lambda: gl.nn.SGD(0.05, momentum=0.9, weight_decay=0.02),
        lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.02),
    ),
    "Nesterov with decay": (
        lambda: gl.nn.SGD(0.05, momentum=0.8, nesterov=True, weight_decay=0.02),
        lambda t, p: t.optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.02),
    ),
    "Adam with decay": (
        lambda: gl.nn.Adam(0.01, weight_decay=0.1),
        lambda t, p: t.optim.Adam(p, lr=0.01, weight_decay=0.1),
    ),
    "RMSprop with decay": (
        lambda: gl.nn.RMSprop(0.003, decay=0.9, weight_decay=0.1),
        lambda t, p: t.optim.RMSprop(p, lr=0.003, alpha=0.9, weight_decay=0.1),
    ),
}
PYTHON_ONLY = [name for name in OPTIMISERS if "with decay" in name and name != "SGD with decay"]


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
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # NAdam keeps the product of its momenta in it
    try:
        optimiser = make(torch, list(p.values()))
        for rows in batches(len(X), 32, STEPS):
            a = torch.tanh(torch.tensor(X[rows]) @ p["W1"] + p["b1"])
            a = torch.nn.functional.silu(a @ p["W2"] + p["b2"])
            loss = torch.nn.functional.cross_entropy(a @ p["W3"] + p["b3"], torch.tensor(y[rows]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    finally:
        torch.set_default_dtype(usual)
    return {name: value.detach().numpy() for name, value in p.items()}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_hundred_steps_of_training_are_torchs(name):
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
        (
            lambda: gl.nn.RMSprop(weight_decay=-1),
            "RMSprop: weight_decay must be a number at least 0",
        ),
        (lambda: gl.nn.SGD(0.1, weight_decay=-1), "SGD: weight_decay"),
        (lambda: gl.nn.Adam(weight_decay="much"), "Adam: weight_decay"),
        (lambda: NAdam(0), "NAdam: learning_rate"),
        (lambda: NAdam(beta_1=1), "NAdam: beta_1"),
        (lambda: NAdam(beta_2=-1), "NAdam: beta_2"),
        (lambda: NAdam(epsilon=0), "NAdam: epsilon"),
        (lambda: NAdam(momentum_decay=-1), "NAdam: momentum_decay"),
        (lambda: NAdam(weight_decay=-1), "NAdam: weight_decay"),
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


def test_only_decay_that_passes_through_moments_steps_in_python():
    known = {name: make().rule is not None for name, (make, _) in OPTIMISERS.items()}
    assert not any(known[name] for name in PYTHON_ONLY)
    assert all(known[name] for name in known if name not in PYTHON_ONLY)


def trained(optimiser, network, X, y, steps, first=0):
    for rows in batches(len(X), 32, first + steps)[first:]:
        optimiser.step(network.parameters, network.gradients(X[rows], y[rows]))


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_restored_optimiser_goes_on_with_the_same_bits(name):
    make, _ = OPTIMISERS[name]
    alone, X, y = problem()
    resumed, _, _ = problem()
    optimiser, before = make(), make()
    trained(optimiser, alone, X, y, 12)
    trained(before, resumed, X, y, 5)
    before.learning_rate = 2 * before.learning_rate
    optimiser_state = before.state()
    trained(before, resumed, X, y, 1, first=5)  # what was returned does not change with it
    resumed, _, _ = problem()
    again = make()
    trained(again, resumed, X, y, 5)
    after = make()
    after.restore(optimiser_state)
    assert after.learning_rate == 2 * again.learning_rate
    after.learning_rate = again.learning_rate
    trained(after, resumed, X, y, 7, first=5)
    for parameter, value in alone.parameters.items():
        np.testing.assert_array_equal(resumed.parameters[parameter], value)
    assert after.steps == 12
    assert set(after.state()) == set(optimiser.state())
    for key, value in optimiser.state().items():
        np.testing.assert_array_equal(after.state()[key], value)


def test_a_state_holds_numbers_and_arrays_only():
    network, X, y = problem("float32")
    optimiser = gl.nn.Adam()
    assert optimiser.state() == {"learning_rate": 0.001, "steps": 0}
    optimiser.step(network.parameters, network.gradients(X, y))
    state = optimiser.state()
    assert list(state)[:3] == ["learning_rate", "steps", "first.W1"]
    assert len(state) == 2 + 2 * len(network.parameters)
    other = gl.nn.Adam()
    other.restore(state)
    assert all(value.dtype == np.float32 for value in other.first.values())
    state["first.W1"][:] = 7
    assert not np.any(other.first["W1"] == 7)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"third.W1": np.zeros(2)}, "not a state of SGD: it has no 'third.W1'"),
        ({"second.W1": np.zeros(2)}, "not a state of SGD: it has no 'second.W1'"),
        ({"first.": np.zeros(2)}, "not a state of SGD: it has no 'first.'"),
        ({"steps": None}, "must have the number 'steps'; got None"),
        ({"steps": np.zeros(2)}, "must have the number 'steps'"),
        ({"learning_rate": "fast"}, "must have the number 'learning_rate'; got 'fast'"),
    ],
)
def test_a_state_of_something_else_is_refused(change, words):
    optimiser = gl.nn.SGD(0.1, momentum=0.9)
    with pytest.raises(gl.DataError) as caught:
        optimiser.restore(optimiser.state() | change)
    assert words in str(caught.value)
    assert optimiser.steps == 0


def test_a_step_may_have_a_rate_of_its_own():
    parameters = {"W1": np.array([1.0])}
    optimiser = gl.nn.SGD(0.5)
    optimiser.step(parameters, {"W1": np.array([1.0])}, learning_rate=0.25)
    optimiser.step(parameters, {"W1": np.array([1.0])}, learning_rate=0)
    np.testing.assert_array_equal(parameters["W1"], [0.75])
    assert optimiser.learning_rate == 0.5
    assert optimiser.steps == 2
    with pytest.raises(gl.ParameterError, match="step: learning_rate must be a number at least 0"):
        optimiser.step(parameters, {"W1": np.array([1.0])}, learning_rate=-1)


class Heavy(Optimiser):
    """Momentum as a user would write it."""

    has_first = True

    def change(self, name, value, gradient):
        self.first[name] *= 0.9
        self.first[name] += gradient
        value -= self.learning_rate * self.first[name]


def test_an_optimiser_of_ones_own_trains_like_the_librarys():
    alone, X, y = problem()
    own, _, _ = problem()
    assert Heavy(0.05).rule is None
    gl.nn.train(alone, X, y, optimizer=gl.nn.SGD(0.05, momentum=0.9), epochs=4, random_state=1)
    optimiser = Heavy(0.05)
    run = gl.nn.train(own, X, y, optimizer=optimiser, epochs=4, random_state=1)
    assert optimiser.steps == run.n_steps == 20
    for parameter, value in alone.parameters.items():
        np.testing.assert_allclose(own.parameters[parameter], value, rtol=0, atol=1e-13)


def test_nadams_momentum_grows_from_a_half_to_all():
    optimiser = NAdam(beta_1=0.9, momentum_decay=0.5)
    momenta = [optimiser.momentum(t) for t in range(1, 2000)]
    assert momenta[0] == pytest.approx(0.9 * (1 - 0.5 * 0.96**0.5))
    assert np.all(np.diff(momenta) >= 0)
    assert momenta[-1] == pytest.approx(0.9)
    assert NAdam(momentum_decay=0).momentum(1000) == 0.45


def test_nadams_first_step_by_hand():
    # mu_1 = 0.9 (1 - 0.96^0.004 / 2), mu_2 likewise; m = 0.1 g, s = 0.001 g^2, and s / (1 - 0.999) = g^2.
    one, two = 0.9 * (1 - 0.5 * 0.96**0.004), 0.9 * (1 - 0.5 * 0.96**0.008)
    direction = (1 - one) / (1 - one) * 2.0 + two / (1 - one * two) * 0.2
    parameters = {"b1": np.array([1.0])}
    NAdam(0.1).step(parameters, {"b1": np.array([2.0])})
    np.testing.assert_allclose(parameters["b1"], 1.0 - 0.1 * direction / 2.0, rtol=1e-8)
