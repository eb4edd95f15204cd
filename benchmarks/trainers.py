"""One function per system that trains: the same rows, layers, batch size, Adam and number of epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

OURS = "ganglion"
LEARNING_RATE = 1e-3
Run = Callable[[int], float]


@dataclass(frozen=True)
class Training:
    """What every system is given.

    Attributes
    ----------
    X : ndarray of shape (n, d), float32
    y : ndarray of shape (n,), int32
    sizes : tuple of int
        Inputs, neurons of each layer.
    activation : 'relu' or 'tanh'
        Of the hidden layers; softmax and cross-entropy stand behind the last one.
    batch_size, epochs : int
    start : dict of str to ndarray
        The first parameters, W1, b1 ... (scikit-learn draws its own).
    """

    X: NDArray[np.float32]
    y: NDArray[np.int32]
    sizes: tuple[int, ...]
    activation: str
    batch_size: int
    epochs: int
    start: dict[str, Any]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Inputs and neurons of each layer."""
        return list(zip(self.sizes, self.sizes[1:], strict=False))


def network(task: Training) -> Any:
    """Return our network with the given start, or with its own where there is none yet."""
    from ganglion import nn

    names = [task.activation] * (len(task.sizes) - 2) + ["softmax"]
    layers = [nn.Dense(a, b, name) for (a, b), name in zip(task.pairs, names, strict=True)]
    made = nn.Network(layers, "cross_entropy", random_state=0, dtype="float32")
    if task.start:
        made.set_parameters(task.start)
    return made


def ganglion(task: Training) -> Run:
    """Train by `gl.nn.train`; returns the loss of the last epoch, as all do."""
    from ganglion import nn

    def run(repetition: int) -> float:
        done = nn.train(
            network(task),
            task.X,
            task.y,
            optimizer=nn.Adam(LEARNING_RATE),
            epochs=task.epochs,
            batch_size=task.batch_size,
            random_state=repetition,
        )
        return float(done.loss_curve[-1])

    return run


def scikit_learn(task: Training) -> Run:
    """Train scikit-learn's MLPClassifier, without penalty and without a stopping rule, in float32."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    def run(repetition: int) -> float:
        model = MLPClassifier(
            task.sizes[1:-1],
            activation=task.activation,
            alpha=0.0,
            batch_size=task.batch_size,
            learning_rate_init=LEARNING_RATE,
            max_iter=task.epochs,
            tol=0.0,
            n_iter_no_change=task.epochs + 1,
            random_state=repetition,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(task.X, task.y)
        return float(model.loss_)

    return run


def torch_model(task: Training) -> Any:
    """Return PyTorch's network; its numbers are not those of the start yet."""
    import torch

    parts: list[torch.nn.Module] = []
    for a, b in task.pairs:
        activation = torch.nn.ReLU() if task.activation == "relu" else torch.nn.Tanh()
        parts += [torch.nn.Linear(a, b), activation]
    return torch.nn.Sequential(*parts[:-1])


def torch_restart(net: Any, task: Training) -> None:
    """Give PyTorch's network the numbers of the start."""
    import torch

    linear = [part for part in net if isinstance(part, torch.nn.Linear)]
    with torch.no_grad():
        for number, layer in enumerate(linear, 1):
            layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(task.start[f"W{number}"].T)))
            layer.bias.copy_(torch.from_numpy(task.start[f"b{number}"]))


def torch_trainer(task: Training, threads: int, *, compiled: bool) -> Run:
    """Train in PyTorch as its users do, with the fused Adam and one gather of the shuffled rows an epoch.

    Compiled are the network with its loss, forward and back; the shapes are fixed, so that a last short batch has a
    program of its own.
    """
    import torch

    # A program is made for one number of threads, and is looked for among those made before.
    torch._dynamo.config.recompile_limit = 64
    torch.set_num_threads(threads)
    X, y = torch.from_numpy(task.X), torch.from_numpy(task.y).long()
    net, loss_of = torch_model(task), torch.nn.CrossEntropyLoss()

    def objective(rows: Any, labels: Any) -> Any:
        return loss_of(net(rows), labels)

    objective = torch.compile(objective, dynamic=False, fullgraph=True) if compiled else objective

    def epoch(optimiser: Any) -> float:
        order = torch.randperm(len(X))
        rows, labels = X[order], y[order]
        losses = []
        for i in range(0, len(X), task.batch_size):
            part = slice(i, i + task.batch_size)
            loss = objective(rows[part], labels[part])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.detach() * len(labels[part]))
        return float(torch.stack(losses).sum()) / len(X)

    def run(repetition: int) -> float:
        torch.set_num_threads(threads)
        torch.manual_seed(repetition)
        torch_restart(net, task)
        optimiser = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE, fused=True)
        return [epoch(optimiser) for _ in range(task.epochs)][-1]

    if compiled:
        run(0)
    return run


def jax_scan(task: Training) -> Run:
    """Train in JAX: one compiled call for an epoch, a scan over its batches; the last short batch is left out."""
    import jax
    import jax.numpy as jnp

    X, y = jnp.asarray(task.X), jnp.asarray(task.y)
    n_batches = max(1, len(X) // task.batch_size)
    used = min(n_batches * task.batch_size, len(X))
    activation = jax.nn.relu if task.activation == "relu" else jnp.tanh
    last = len(task.sizes) - 1

    def loss_of(p: Any, rows: Any, labels: Any) -> Any:
        a = rows
        for number in range(1, last + 1):
            z = a @ p[f"W{number}"] + p[f"b{number}"]
            a = activation(z)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), labels[:, None], axis=1))

    def step(state: Any, batch: Any) -> Any:
        p, m, v, t = state
        loss, g = jax.value_and_grad(loss_of)(p, X[batch], y[batch])
        t = t + 1.0
        m = jax.tree.map(lambda m, g: m + 0.1 * (g - m), m, g)
        v = jax.tree.map(lambda v, g: v + 0.001 * (g * g - v), v, g)
        scale, root = LEARNING_RATE / (1 - 0.9**t), 1 / jnp.sqrt(1 - 0.999**t)
        p = jax.tree.map(lambda p, m, v: p - scale * m / (jnp.sqrt(v) * root + 1e-8), p, m, v)
        return (p, m, v, t), loss

    @jax.jit
    def epoch(state: Any, key: Any) -> Any:
        order = jax.random.permutation(key, len(X))[:used].reshape(n_batches, -1)
        state, losses = jax.lax.scan(step, state, order)
        return state, jnp.mean(losses)

    def run(repetition: int) -> float:
        p = {name: jnp.asarray(value) for name, value in task.start.items()}
        zeros = jax.tree.map(jnp.zeros_like, p)
        state, loss = (p, zeros, zeros, jnp.float32(0.0)), jnp.float32(0.0)
        for key in jax.random.split(jax.random.key(repetition), task.epochs):
            state, loss = epoch(state, key)
        return float(jax.block_until_ready(loss))

    run(0)  # compiles
    return run


SYSTEMS: dict[str, Callable[[Training], Run]] = {
    OURS: ganglion,
    "sklearn": scikit_learn,
    "torch, 1 thread": lambda task: torch_trainer(task, 1, compiled=False),
    "torch, 2 threads": lambda task: torch_trainer(task, 2, compiled=False),
    "torch compiled, 1": lambda task: torch_trainer(task, 1, compiled=True),
    "torch compiled, 2": lambda task: torch_trainer(task, 2, compiled=True),
    "JAX": jax_scan,
}
