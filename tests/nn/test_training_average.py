"""The running average of the parameters inside an epoch: torch's, its first copy, and that it is kept with the rest."""

import os

import numpy as np
import pytest

import ganglion as gl
from ganglion._native import available_isas, isa, use_isa
from ganglion.nn._engine.program import Plan, Program
from ganglion.nn.training import checked

try:
    import torch
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
except ImportError:
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        raise
    pytest.skip("torch is not installed", allow_module_level=True)


def problem(dtype="float64", reduction="mean"):
    """A network whose pieces fill no vector, rows and labels."""
    rng = np.random.default_rng(2)
    layers = [gl.nn.Dense(110, 37, "tanh"), gl.nn.Dense(37, 3, "softmax")]
    network = gl.nn.Network(
        layers, "cross_entropy", random_state=rng, dtype=dtype, reduction=reduction
    )
    return network, rng.normal(size=(150, 110)), rng.integers(0, 3, 150)


class Trainer:
    """A program with its optimiser and data."""

    def __init__(self, network, X, y, optimiser=None):
        self.optimiser = optimiser or gl.nn.Adam(0.01)
        self.network, self.data = network, checked(network, X, y, None)
        self.program = Program(network.layers, network.loss_name, network.dtype)
        self.optimiser.prepare(network.parameters)
        self.program.write(network.parameters)
        self.program.write_moments(self.optimiser)

    def epoch(self, **settings):
        self.program.learn(self.data, None, self.optimiser, Plan(32, **settings))

    def read(self, average=False):
        values = {n: np.empty_like(v) for n, v in self.network.parameters.items()}
        (self.program.read_average if average else self.program.read)(values)
        return values


def assert_same(found, expected):
    for name, value in expected.items():
        assert np.array_equal(found[name], value), name


@pytest.mark.parametrize("clip", [None, 0.1])
@pytest.mark.parametrize("decay", [0.0, 0.5, 0.99])
def test_twenty_averaged_steps_are_torchs(decay, clip):
    network, X, y = problem()
    model = torch.nn.Sequential(
        torch.nn.Linear(110, 37), torch.nn.Tanh(), torch.nn.Linear(37, 3)
    ).double()
    with torch.no_grad():
        for i, layer in ((1, model[0]), (2, model[2])):
            layer.weight.copy_(torch.tensor(network.parameters[f"W{i}"].T))
            layer.bias.copy_(torch.tensor(network.parameters[f"b{i}"]))
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(4):
        for start in range(0, 150, 32):
            rows = slice(start, start + 32)
            loss = torch.nn.functional.cross_entropy(
                model(torch.tensor(X[rows])), torch.tensor(y[rows])
            )
            optimiser.zero_grad()
            loss.backward()
            if clip:
                torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimiser.step()
            averaged.update_parameters(model)
    trainer = Trainer(network, X, y)
    for _ in range(4):
        trainer.epoch(ema=decay, clip_norm=clip)
    found = trainer.read(average=True)
    for i, layer in ((1, averaged.module[0]), (2, averaged.module[2])):
        np.testing.assert_allclose(
            found[f"W{i}"], layer.weight.detach().numpy().T, rtol=0, atol=1e-12
        )
        np.testing.assert_allclose(found[f"b{i}"], layer.bias.detach().numpy(), rtol=0, atol=1e-12)


def test_the_first_step_is_copied_and_the_second_mixed():
    # By hand: one weight, loss (w - 0)^2 / 2 for x = 1, rate 1/2: w halves, 8 -> 4 -> 2; 0.75 * 4 + 0.25 * 2 = 3.5.
    network = gl.nn.Network([gl.nn.Dense(1, 1, bias=False)])
    network.set_parameters({"W1": [[8.0]]})
    trainer = Trainer(network, [[1.0]], [[0.0]], gl.nn.SGD(0.5))
    assert not trainer.program.has_average
    trainer.epoch(ema=0.75)
    assert trainer.program.has_average
    assert trainer.read(average=True)["W1"].item() == 4.0
    trainer.epoch(ema=0.75)
    assert trainer.read(average=True)["W1"].item() == 3.5
    assert trainer.read()["W1"].item() == 2.0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_averaging_leaves_the_training_alone(dtype):
    network, X, y = problem(dtype)
    plain, averaged = Trainer(network, X, y), Trainer(network, X, y)
    for _ in range(3):
        plain.epoch()
        averaged.epoch(ema=0.9)
    assert_same(averaged.read(), plain.read())


def test_an_epoch_without_it_leaves_the_average_alone():
    network, X, y = problem()
    trainer = Trainer(network, X, y)
    trainer.epoch(ema=0.9)
    before = trainer.read(average=True)
    trainer.epoch()
    assert_same(trainer.read(average=True), before)


def test_what_was_kept_comes_back_with_its_average():
    network, X, y = problem()
    trainer = Trainer(network, X, y)
    trainer.program.keep()
    trainer.epoch(ema=0.9)
    once = trainer.read(average=True)
    trainer.program.restore()  # to a time before any average: the first step copies again
    assert not trainer.program.has_average
    trainer.optimiser.steps = 0
    trainer.epoch(ema=0.9)
    assert_same(trainer.read(average=True), once)
    trainer.program.keep()
    trainer.epoch(ema=0.9)
    trainer.program.restore()
    assert_same(trainer.read(average=True), once)


def test_a_written_average_goes_on_to_the_bit():
    network, X, y = problem("float32")
    whole, first = Trainer(network, X, y), Trainer(network, X, y)
    for _ in range(4):
        whole.epoch(ema=0.95)
    for _ in range(2):
        first.epoch(ema=0.95)
    first.program.read_moments(first.optimiser)
    other, _, _ = problem("float32")
    other.set_parameters(first.read())
    second = Trainer(other, X, y, first.optimiser)
    second.program.write_average(first.read(average=True))
    for _ in range(2):
        second.epoch(ema=0.95)
    assert_same(second.read(), whole.read())
    assert_same(second.read(average=True), whole.read(average=True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_neither_threads_nor_instruction_sets_show(dtype):
    network, X, y = problem(dtype)
    X, y = np.repeat(X, 9, axis=0), np.repeat(y, 9)
    before, threads, found = isa(), gl.get_num_threads(), set()
    try:
        for name, count in [(name, 1) for name in available_isas()] + [
            (before, n) for n in (2, 3, 7)
        ]:
            use_isa(name)
            gl.set_num_threads(count)
            trainer = Trainer(network, X, y)
            for size in (1350, 300):
                plan = Plan(size, ema=0.9, clip_norm=0.05)
                trainer.program.learn(trainer.data, None, trainer.optimiser, plan)
            found.add(b"".join(value.tobytes() for value in trainer.read(average=True).values()))
    finally:
        use_isa(before)
        gl.set_num_threads(threads)
    assert len(found) == 1
