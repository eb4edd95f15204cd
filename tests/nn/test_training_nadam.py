"""The native rule of NAdam: torch's trajectory, and momenta that follow from the number of steps alone."""

import os
from dataclasses import dataclass, field

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.nn._engine.program import Plan, Program
from ganglion.nn._engine.rules import Rule
from ganglion.nn.training import checked

try:
    import torch
except ImportError:
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        raise
    pytest.skip("torch is not installed", allow_module_level=True)

STEPS = 100
SIZES = (7, 19, 4)


@dataclass
class State:
    """What the trainer reads of an optimiser, and what it writes back."""

    rule: Rule
    learning_rate: float
    parameters: dict
    steps: int = 0
    first: dict = field(init=False)
    second: dict = field(init=False)

    def __post_init__(self):
        self.first = {name: np.zeros_like(value) for name, value in self.parameters.items()}
        self.second = {name: np.zeros_like(value) for name, value in self.parameters.items()}


def problem(dtype="float64"):
    """A small network with 150 rows: batches of 32 leave a short last one."""
    rng = np.random.default_rng(3)
    layers = [gl.nn.Dense(7, 19, "tanh"), gl.nn.Dense(19, 4, "softmax")]
    network = gl.nn.Network(layers, "cross_entropy", random_state=rng, dtype=dtype)
    return network, rng.normal(size=(150, 7)), rng.integers(0, 4, size=150)


def trained(network, X, y, state, epochs, program=None):
    """The program after epochs of five batches, and its parameters."""
    if program is None:
        program = Program(network.layers, network.loss_name, network.dtype)
        program.write(state.parameters)
        program.write_moments(state)
    data = checked(network, X, y, None)
    for _ in range(epochs):
        program.learn(data, None, state, Plan(32))
    after = {name: np.empty_like(value) for name, value in network.parameters.items()}
    program.read(after)
    program.read_moments(state)
    return program, after


def rule(**numbers):
    return Rule(
        "nadam",
        **({"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "momentum_decay": 4e-3} | numbers),
    )


@pytest.fixture
def in_double():
    """Torch keeps the product of the momenta in its default type: in double here, as the trainer does."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("in_double")
@pytest.mark.parametrize(
    ("numbers", "settings"),
    [
        ({}, {}),
        (
            {"beta_1": 0.7, "beta_2": 0.95, "epsilon": 1e-3, "momentum_decay": 0.05},
            {"betas": (0.7, 0.95), "eps": 1e-3, "momentum_decay": 0.05},
        ),
        ({"decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}),
        ({"momentum_decay": 0.0}, {"momentum_decay": 0.0}),
    ],
)
def test_a_hundred_steps_are_torchs(numbers, settings):
    network, X, y = problem()
    p = {n: torch.tensor(v.copy(), requires_grad=True) for n, v in network.parameters.items()}
    peer = torch.optim.NAdam(list(p.values()), lr=0.01, **settings)
    for k in range(STEPS):
        rows = slice(k % 5 * 32, k % 5 * 32 + 32)
        z = torch.tanh(torch.tensor(X[rows]) @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        peer.zero_grad()
        torch.nn.functional.cross_entropy(z, torch.tensor(y[rows])).backward()
        peer.step()
    state = State(rule(**numbers), 0.01, network.parameters)
    _, found = trained(network, X, y, state, STEPS // 5)
    assert state.steps == STEPS
    for name, value in p.items():
        np.testing.assert_allclose(found[name], value.detach().numpy(), rtol=0, atol=1e-10)


def test_the_first_step_by_hand():
    # mu_1 = 0.9 (1 - 0.96^0.004 / 2); the gradient is g = 3 (loss a^2 / 2 of a = w at w = 3), its mean 0.3, the root 3.
    network = gl.nn.Network([gl.nn.Dense(1, 1, bias=False)])
    network.set_parameters({"W1": [[3.0]]})
    state = State(rule(), 0.5, network.parameters)
    _, found = trained(network, [[1.0]], [[0.0]], state, 1)
    now, ahead = (0.9 * (1 - 0.5 * 0.96 ** (t * 0.004)) for t in (1, 2))
    step = 0.5 * ((1 - now) / (1 - now) * 3.0 + ahead / (1 - now * ahead) * 0.3) / (3.0 + 1e-8)
    assert found["W1"].item() == pytest.approx(3.0 - step, rel=1e-15)


@pytest.mark.parametrize("done", [3, 400])
def test_another_program_goes_on_to_the_bit(done):
    network, X, y = problem("float32")
    whole = State(rule(), 0.002, network.parameters)
    _, expected = trained(network, X, y, whole, done + 3)
    state = State(rule(), 0.002, network.parameters)
    _, middle = trained(network, X, y, state, done)
    state.parameters = middle
    _, found = trained(network, X, y, state, 3)
    for name, value in expected.items():
        assert np.array_equal(found[name], value)


def test_a_program_goes_back_and_on_to_the_bit():
    network, X, y = problem()
    state = State(rule(), 0.01, network.parameters)
    program, _ = trained(network, X, y, state, 4)
    program.keep()
    _, once = trained(network, X, y, state, 2, program)
    program.restore()
    state.steps = 20
    _, again = trained(network, X, y, state, 2, program)
    for name, value in once.items():
        assert np.array_equal(again[name], value)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_neither_threads_nor_instruction_sets_show(dtype):
    network, X, y = problem(dtype)
    before, threads, found = isa(), gl.get_num_threads(), set()
    try:
        for name, count in [(name, 1) for name in available_isas()] + [
            (before, n) for n in (2, 3, 7)
        ]:
            use_isa(name)
            gl.set_num_threads(count)
            _, after = trained(network, X, y, State(rule(), 0.01, network.parameters), 3)
            found.add(b"".join(value.tobytes() for value in after.values()))
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(found) == 1
