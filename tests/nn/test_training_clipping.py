"""Gradients that are clipped inside an epoch: as torch does, by the norm of the whole, with the penalty's share."""

import os

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.nn._engine.program import Plan, Program
from ganglion.nn.training import checked

try:
    import torch
except ImportError:
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        raise
    pytest.skip("torch is not installed", allow_module_level=True)

# Two blocks of rows and several pieces of 96 inputs in a batch of 300; small sizes that fill no vector.
SIZES = {
    "one piece": ((5, 7, 3), 40),
    "several pieces": ((210, 40, 3), 150),
    "blocks": ((9, 21, 3), 1300),
}


def problem(case="one piece", dtype="float64"):
    """A network, rows whose gradients are large, targets."""
    sizes, n = SIZES[case]
    rng = np.random.default_rng(4)
    layers = [gl.nn.Dense(sizes[0], sizes[1], "tanh"), gl.nn.Dense(sizes[1], sizes[2])]
    network = gl.nn.Network(layers, "mse", random_state=rng, dtype=dtype)
    return network, rng.normal(size=(n, sizes[0])), 5 * rng.normal(size=(n, sizes[2]))


def trained(network, X, y, plan, *, optimiser=None, epochs=1, weights=None):
    """Parameters by name after epochs of the native trainer, and what the last one gave."""
    optimiser = optimiser or gl.nn.SGD(0.1)
    program = Program(network.layers, network.loss_name, network.dtype)
    optimiser.prepare(network.parameters)
    program.write(network.parameters)
    program.write_moments(optimiser)
    for _ in range(epochs):
        passed = program.learn(checked(network, X, y, weights), None, optimiser, plan)
    after = {name: np.empty_like(value) for name, value in network.parameters.items()}
    program.read(after)
    return after, passed


def torchs(network, X, y, *, steps, size, value=None, norm=None, l2=0.0, rate=0.1):
    """The same steps by torch: the penalty belongs to the loss, its gradient is clipped with the rest."""
    p = {n: torch.tensor(v.copy(), requires_grad=True) for n, v in network.parameters.items()}
    optimiser = torch.optim.SGD(list(p.values()), lr=rate)
    for k in range(steps):
        start = k * size % len(X)
        rows = slice(start, min(start + size, len(X)))
        a = torch.tanh(torch.tensor(X[rows]) @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        loss = ((a - torch.tensor(y[rows])) ** 2).sum(1).mean()
        n = len(X[rows])
        loss = loss + l2 / 2 / n * ((p["W1"] ** 2).sum() + (p["W2"] ** 2).sum())
        optimiser.zero_grad()
        loss.backward()
        if value is not None:
            torch.nn.utils.clip_grad_value_(list(p.values()), value)
        if norm is not None:
            torch.nn.utils.clip_grad_norm_(list(p.values()), norm)
        optimiser.step()
    return {name: tensor.detach().numpy() for name, tensor in p.items()}


@pytest.mark.parametrize("case", SIZES)
@pytest.mark.parametrize("l2", [0.0, 4.0])
@pytest.mark.parametrize(
    "limits", [{"norm": 0.5}, {"norm": 1e6}, {"value": 0.03}, {"value": 0.05, "norm": 0.2}], ids=str
)
def test_clipped_steps_are_torchs(case, limits, l2):
    network, X, y = problem(case)
    size = len(X) // 2
    plan = Plan(size, l2=l2, clip_norm=limits.get("norm"), clip_value=limits.get("value"))
    found, _ = trained(network, X, y, plan, epochs=10)
    expected = torchs(network, X, y, steps=20, size=size, l2=l2, **limits)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-12)


def test_a_step_has_the_length_that_it_is_given():
    # By hand: the gradient of (a - y)^2 for a = w x + b at w = 0, b = 0, x = 3, y = -2 is (12, 4), its norm sqrt(160).
    network = gl.nn.Network([gl.nn.Dense(1, 1)], "mse")
    network.set_parameters({"W1": [[0.0]], "b1": [0.0]})
    found, _ = trained(network, [[3.0]], [[-2.0]], Plan(1, clip_norm=2.0), optimiser=gl.nn.SGD(1.0))
    share = 2 / (np.sqrt(160) + 1e-6)
    assert found["W1"].item() == pytest.approx(-12 * share, rel=1e-15)
    assert found["b1"].item() == pytest.approx(-4 * share, rel=1e-15)
    found, _ = trained(
        network, [[3.0]], [[-2.0]], Plan(1, clip_value=5.0), optimiser=gl.nn.SGD(1.0)
    )
    assert (found["W1"].item(), found["b1"].item()) == (-5.0, -4.0)


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_limits_that_are_never_met_change_no_bit(name, dtype):
    network, X, y = problem("several pieces", dtype)
    make = {"SGD": lambda: gl.nn.SGD(0.01, momentum=0.9)}.get(name, getattr(gl.nn, name))
    plain, passed = trained(network, X, y, Plan(32, l2=1.0), optimiser=make(), epochs=3)
    both = Plan(32, l2=1.0, clip_norm=1e9, clip_value=1e9)
    clipped, clipped_passed = trained(network, X, y, both, optimiser=make(), epochs=3)
    for parameter, value in plain.items():
        assert np.array_equal(clipped[parameter], value)
    assert clipped_passed == passed and passed.penalty > 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", SIZES)
def test_neither_threads_nor_instruction_sets_show(case, dtype):
    network, X, y = problem(case, dtype)
    plan = Plan(len(X), l2=0.5, clip_norm=0.3, clip_value=0.2)
    before, threads, found = isa(), gl.get_num_threads(), set()
    try:
        for name, count in [(name, 1) for name in available_isas()] + [
            (before, n) for n in (2, 3, 7)
        ]:
            use_isa(name)
            gl.set_num_threads(count)
            after, _ = trained(network, X, y, plan, optimiser=gl.nn.Adam(0.01), epochs=3)
            found.add(b"".join(value.tobytes() for value in after.values()))
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(found) == 1


def test_a_norm_that_overflows_takes_no_step():
    network = gl.nn.Network([gl.nn.Dense(1, 1)], "mae")
    network.set_parameters({"W1": [[1.0]], "b1": [0.0]})
    optimiser = gl.nn.SGD(1.0)
    program = Program(network.layers, "mae", "float64")
    program.write(network.parameters)
    data = checked(network, [[1e200]], [[0.0]], None)
    program.learn(data, None, optimiser, Plan(1, clip_norm=1.0))
    after = {name: np.empty_like(value) for name, value in network.parameters.items()}
    program.read(after)
    # The square of 1e200 is no number; as in torch the factor is then 0.
    assert after["W1"].item() == 1.0 and after["b1"].item() == 0.0


def normed(dtype="float64"):
    """A network with both norms, whose gammas and betas belong to the gradient; rows in two blocks."""
    layers = [
        gl.nn.Dense(6, 40, bias=False),
        gl.nn.BatchNorm(40, "tanh"),
        gl.nn.Dense(40, 9),
        gl.nn.LayerNorm(9, "tanh"),
        gl.nn.Dense(9, 2),
    ]
    rng = np.random.default_rng(8)
    network = gl.nn.Network(layers, "mse", random_state=rng, dtype=dtype)
    return network, rng.normal(size=(700, 6)), 3 * rng.normal(size=(700, 2))


def torchs_normed(network, X, y, steps):
    """The same network in torch after steps over all rows, and the running average of its parameters."""
    p = {n: torch.tensor(v.copy(), requires_grad=True) for n, v in network.parameters.items()}
    optimiser = torch.optim.SGD(list(p.values()), lr=0.1)
    average = {}
    for _ in range(steps):
        a = torch.nn.functional.batch_norm(
            torch.tensor(X) @ p["W1"], None, None, p["gamma1"], p["beta1"], training=True
        )
        a = torch.tanh(a) @ p["W2"] + p["b2"]
        a = torch.tanh(torch.nn.functional.layer_norm(a, (9,), p["gamma2"], p["beta2"]))
        loss = ((a @ p["W3"] + p["b3"] - torch.tensor(y)) ** 2).sum(1).mean()
        loss = loss + 2.0 / 2 / len(X) * sum((p[f"W{i}"] ** 2).sum() for i in (1, 2, 3))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(list(p.values()), 0.3)
        torch.nn.utils.clip_grad_norm_(list(p.values()), 0.4)
        optimiser.step()
        now = {name: value.detach().clone() for name, value in p.items()}
        average = {n: 0.8 * average[n] + 0.2 * v for n, v in now.items()} if average else now
    return {n: v.detach().numpy() for n, v in p.items()}, {n: v.numpy() for n, v in average.items()}


NORMED = Plan(700, l2=2.0, clip_value=0.3, clip_norm=0.4, ema=0.8)


def normed_after(network, X, y, epochs):
    """Parameters and their running average by name, natively."""
    program = Program(network.layers, network.loss_name, network.dtype)
    program.write(network.parameters)
    program.write_running(network.running)
    for _ in range(epochs):
        program.learn(checked(network, X, y, None), None, gl.nn.SGD(0.1), NORMED)
    found = [{n: np.empty_like(v) for n, v in network.parameters.items()} for _ in range(2)]
    program.read(found[0])
    program.read_average(found[1])
    return found


def test_gammas_and_betas_are_clipped_and_averaged_with_the_rest():
    network, X, y = normed()
    for found, expected in zip(
        normed_after(network, X, y, 15), torchs_normed(network, X, y, 15), strict=True
    ):
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_neither_threads_nor_instruction_sets_show_with_norms(dtype):
    network, X, y = normed(dtype)
    before, threads, found = isa(), gl.get_num_threads(), set()
    try:
        for name, count in [(name, 1) for name in available_isas()] + [
            (before, n) for n in (2, 3, 7)
        ]:
            use_isa(name)
            gl.set_num_threads(count)
            both = normed_after(network, X, y, 3)
            found.add(b"".join(value.tobytes() for one in both for value in one.values()))
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(found) == 1
