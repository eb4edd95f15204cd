"""Thirty steps of training with batch norms, layer norms and residual sums: torch's, step by step, in float64."""

import os

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn._engine.program import Learned, Plan, Program
from ganglion.nn._engine.stages import stages_of
from oracles import stacks

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        raise
    pytest.skip("torch is not installed", allow_module_level=True)

ABSOLUTE = 1e-9

ACTIVATIONS = {
    "identity": lambda v: v,
    "tanh": torch.tanh,
    "gelu": F.gelu,
    "silu": F.silu,
    "sigmoid": torch.sigmoid,
    "elu": F.elu,
    "mish": F.mish,
    "relu": torch.relu,
    "softmax": lambda v: v,  # cross-entropy starts from the sums
}
# Rows of the data, and of a batch: in all but the first the last batch of an epoch is a short one.
BATCHES = {2: 60, 5: 48, 32: 330, 100: 730, 700: 900}


def outputs(stages, parameters, running, x, *, training):
    """The sums of the last stage by torch's own norms; running statistics follow in training."""
    inputs = []
    for stage in stages:
        inputs.append(x)
        k = stage.number
        if stage.kind == "dense":
            x = x @ parameters[f"W{k}"]
            x = x + parameters[f"b{k}"] if stage.bias else x
        elif stage.kind == "batch_norm":
            x = F.batch_norm(
                x, running[f"mean{k}"], running[f"variance{k}"], parameters[f"gamma{k}"], parameters[f"beta{k}"],
                training=training, momentum=stage.momentum, eps=stage.epsilon,
            )  # fmt: skip
        elif stage.kind == "layer_norm":
            gamma, beta = parameters[f"gamma{k}"], parameters[f"beta{k}"]
            x = F.layer_norm(x, (stage.n_in,), gamma, beta, stage.epsilon)
        else:
            x = x + inputs[stage.adds]
        x = ACTIVATIONS[stage.activation](x)
    return x


class Both:
    """The same network twice, from the same numbers: the trainer's and torch's."""

    def __init__(self, seed, n, optimiser):
        rng = np.random.default_rng(seed)
        layers, n_in = stacks.random_layers(rng)
        self.stages = stages_of(layers)
        self.parameters, self.running = stacks.random_numbers(self.stages, rng)
        self.program = Program(layers, "cross_entropy", "float64")
        self.program.write({**self.parameters, **self.running})
        self.peers = {k: torch.tensor(v, requires_grad=True) for k, v in self.parameters.items()}
        self.peers_running = {k: torch.tensor(v) for k, v in self.running.items()}
        self.X, self.y = rng.normal(size=(n, n_in)), rng.integers(0, 3, n)
        if optimiser == "adam":
            # A batch norm cancels what is added in front of it, so that a bias there has no gradient but rounding; the
            # usual epsilon would turn that into steps of full size.
            self.own = gl.nn.Adam(1e-3, epsilon=1e-4)
            self.peer = torch.optim.Adam(self.peers.values(), lr=1e-3, eps=1e-4)
        else:
            self.own = gl.nn.SGD(0.02)
            self.peer = torch.optim.SGD(self.peers.values(), lr=0.02)
        self.own.prepare(self.parameters)

    def epoch(self, order, batch_size):
        """The sums of the losses over the rows, by the trainer and by torch."""
        data = Learned(self.X, None, self.y.astype(np.int32), None)
        passed = self.program.learn(data, order, self.own, Plan(batch_size))
        total = 0.0
        for i in range(0, len(order), batch_size):
            rows = order[i : i + batch_size]
            sums = outputs(
                self.stages,
                self.peers,
                self.peers_running,
                torch.tensor(self.X[rows]),
                training=True,
            )
            loss = F.cross_entropy(sums, torch.tensor(self.y[rows]))
            self.peer.zero_grad()
            loss.backward()
            self.peer.step()
            total += loss.item() * len(rows)
        return passed.loss, total


def test_the_stacks_hold_every_kind_and_width():
    drawn = [stages_of(stacks.random_layers(np.random.default_rng(seed))[0]) for seed in range(60)]
    kinds = {stage.kind for stages in drawn for stage in stages}
    assert kinds == {"dense", "batch_norm", "layer_norm", "sum"}
    assert {stage.n_out for stages in drawn for stage in stages} >= set(stacks.WIDTHS)
    assert {stages[-1].kind for stages in drawn} == {"dense", "batch_norm"}
    assert {stages[0].kind for stages in drawn} >= {"dense", "batch_norm", "layer_norm"}


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
@pytest.mark.parametrize("seed", range(40))
def test_thirty_steps_are_torchs(seed, optimiser):
    batch_size = list(BATCHES)[seed % len(BATCHES)]
    n = BATCHES[batch_size]
    both = Both(seed, n, optimiser)
    draws = np.random.default_rng(seed)
    n_batches = -(-n // batch_size)
    for _ in range(-(-30 // n_batches)):
        own, peer = both.epoch(draws.permutation(n), batch_size)
        assert own == pytest.approx(peer, rel=ABSOLUTE)
    found = {k: np.empty_like(v) for k, v in {**both.parameters, **both.running}.items()}
    both.program.read(found)
    for name, value in {**both.peers, **both.peers_running}.items():
        slack = ABSOLUTE * max(1.0, float(value.detach().abs().max()))
        assert np.max(np.abs(found[name] - value.detach().numpy())) <= slack, name


@pytest.mark.parametrize("seed", range(20))
def test_predictions_with_running_statistics_are_torchs(seed):
    both = Both(seed, 60, "sgd")
    both.epoch(np.arange(60), 20)
    with torch.no_grad():
        sums = outputs(
            both.stages, both.peers, both.peers_running, torch.tensor(both.X), training=False
        )
    expected = torch.softmax(sums, 1).numpy()
    np.testing.assert_allclose(both.program.predict(both.X), expected, rtol=0, atol=1e-10)
