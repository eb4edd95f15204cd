"""One class for each differentiation engine: how its users write the same things."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from .programs import Floats, Task

Function = Callable[..., Any]
Run = Callable[[], Any]


class Engine(Protocol):
    """What is asked of an engine. A method returns what is to be timed, or None where the engine cannot do it."""

    name: str

    def record(self, f: Function, x: list[Any]) -> Run | None:
        """Run f with a record of what is needed for its derivative."""

    def gradient(self, f: Function, x: list[Any]) -> Run | None:
        """Run f and return its gradients, as a list."""

    def network(self, task: Task) -> Run | None:
        """Return loss and gradient of the network."""

    def hvp(self, task: Task) -> Run | None:
        """Return the Hessian of the network's loss times the direction."""


class _Ganglion:
    """This library, with its own functions."""

    name = "ganglion"

    def __init__(self) -> None:
        import ganglion as gl

        self.ad = ad = gl.autodiff
        self.exp, self.tanh, self.log, self.sin, self.total = (
            ad.exp,
            ad.tanh,
            ad.log,
            ad.sin,
            np.sum,
        )

    def record(self, f: Function, x: list[Any]) -> Run | None:
        return lambda: self.ad.vjp(f, *x)

    def gradient(self, f: Function, x: list[Any]) -> Run | None:
        differentiated = self.ad.value_and_grad(f, argnums=tuple(range(len(x))))
        return lambda: differentiated(*x)[1]

    def loss(self, task: Task) -> Function:
        ad, X, y = self.ad, task.X, task.y

        def loss(p: dict[str, Any]) -> Any:
            h = ad.relu(X @ p["W1"] + p["b1"])
            return ad.cross_entropy(h @ p["W2"] + p["b2"], y)

        return loss

    def network(self, task: Task) -> Run | None:
        differentiated = self.ad.value_and_grad(self.loss(task))
        return lambda: differentiated(task.parameters)

    def hvp(self, task: Task) -> Run | None:
        loss = self.loss(task)
        return lambda: self.ad.hvp(loss, task.parameters, task.direction)


class _GanglionByNumPy(_Ganglion):
    """This library, with NumPy's functions on its variables."""

    name = "ganglion, np."

    def __init__(self) -> None:
        super().__init__()
        self.exp, self.tanh, self.log, self.sin = np.exp, np.tanh, np.log, np.sin

    def loss(self, task: Task) -> Function:
        X, y, rows = task.X, task.y, np.arange(len(task.y))

        def loss(p: dict[str, Any]) -> Any:
            h = np.maximum(X @ p["W1"] + p["b1"], 0.0)
            z = h @ p["W2"] + p["b2"]
            return np.mean(self.ad.logsumexp(z, axis=1) - z[rows, y])

        return loss


class _Autograd:
    """HIPS autograd."""

    name = "autograd"

    def __init__(self) -> None:
        import autograd
        import autograd.numpy as anp
        from autograd.scipy.special import logsumexp

        self.autograd, self.np, self.logsumexp = autograd, anp, logsumexp
        self.exp, self.tanh, self.log, self.sin, self.total = (
            anp.exp,
            anp.tanh,
            anp.log,
            anp.sin,
            anp.sum,
        )

    def record(self, f: Function, x: list[Any]) -> Run | None:
        return lambda: self.autograd.make_vjp(f, argnum=tuple(range(len(x))))(*x)

    def gradient(self, f: Function, x: list[Any]) -> Run | None:
        differentiated = self.autograd.value_and_grad(f, argnum=tuple(range(len(x))))
        return lambda: differentiated(*x)[1]

    def loss(self, task: Task) -> Function:
        np, X, y, rows = self.np, task.X, task.y, range(len(task.y))

        def loss(p: dict[str, Any]) -> Any:
            h = np.maximum(np.dot(X, p["W1"]) + p["b1"], 0.0)
            z = np.dot(h, p["W2"]) + p["b2"]
            return np.mean(self.logsumexp(z, axis=1) - z[rows, y])

        return loss

    def network(self, task: Task) -> Run | None:
        differentiated = self.autograd.value_and_grad(self.loss(task))
        return lambda: differentiated(task.parameters)

    def hvp(self, task: Task) -> Run | None:
        from autograd.differential_operators import make_hvp

        product = make_hvp(self.loss(task))
        return lambda: product(task.parameters)[0](task.direction)


class _MyGrad:
    """MyGrad; first derivatives only."""

    name = "mygrad"

    def __init__(self) -> None:
        import mygrad
        from mygrad.nnet.activations import relu
        from mygrad.nnet.losses import softmax_crossentropy

        self.mg, self.relu, self.cross_entropy = mygrad, relu, softmax_crossentropy
        self.exp, self.tanh, self.log, self.sin = mygrad.exp, mygrad.tanh, mygrad.log, mygrad.sin
        self.total = mygrad.sum

    def record(self, f: Function, x: list[Any]) -> Run | None:
        return lambda: f(*map(self.mg.tensor, x))

    def gradient(self, f: Function, x: list[Any]) -> Run | None:
        def run() -> list[Floats]:
            leaves = [self.mg.tensor(value) for value in x]
            f(*leaves).backward()
            return [leaf.grad for leaf in leaves]

        return run

    def network(self, task: Task) -> Run | None:
        def run() -> tuple[float, dict[str, Floats]]:
            p = {name: self.mg.tensor(value) for name, value in task.parameters.items()}
            h = self.relu(task.X @ p["W1"] + p["b1"])
            loss = self.cross_entropy(h @ p["W2"] + p["b2"], task.y)
            loss.backward()
            return loss.item(), {name: leaf.grad for name, leaf in p.items()}

        return run

    def hvp(self, task: Task) -> Run | None:
        return None


class _Micrograd:
    """micrograd: numbers only, and of the functions here only arithmetic; its backward pass recurses."""

    name = "micrograd"
    total = staticmethod(lambda x: x)

    def __init__(self) -> None:
        from micrograd.engine import Value

        self.Value = Value

    def record(self, f: Function, x: list[Any]) -> Run | None:
        if not self._takes(f, x):
            return None
        return lambda: f(*map(self.Value, x))

    def gradient(self, f: Function, x: list[Any]) -> Run | None:
        if not self._takes(f, x):
            return None

        def run() -> list[float]:
            leaves = [self.Value(value) for value in x]
            output, before = f(*leaves), sys.getrecursionlimit()
            sys.setrecursionlimit(5000)
            try:
                output.backward()
            finally:
                sys.setrecursionlimit(before)
            return [leaf.grad for leaf in leaves]

        return run

    def _takes(self, f: Function, x: list[Any]) -> bool:
        """Whether the program is arithmetic of numbers, and short enough for recursion."""
        is_arithmetic = "exp" not in f.__code__.co_names and f.__code__.co_name == "program"
        return is_arithmetic and all(np.ndim(value) == 0 for value in x)

    def network(self, task: Task) -> Run | None:
        return None

    def hvp(self, task: Task) -> Run | None:
        return None


class _Torch:
    """torch, eager, in float64 on the CPU."""

    name = "torch"

    def __init__(self) -> None:
        import torch

        self.torch = torch
        self.exp, self.tanh, self.log, self.sin = torch.exp, torch.tanh, torch.log, torch.sin
        self.total = torch.sum

    def leaves(self, values: list[Any]) -> list[Any]:
        return [self.torch.tensor(v, dtype=self.torch.float64, requires_grad=True) for v in values]

    def record(self, f: Function, x: list[Any]) -> Run | None:
        return lambda: f(*self.leaves(x))

    def gradient(self, f: Function, x: list[Any]) -> Run | None:
        def run() -> list[Any]:
            leaves = self.leaves(x)
            f(*leaves).backward()
            return [leaf.grad for leaf in leaves]

        return run

    def loss(self, task: Task) -> tuple[Function, list[Any]]:
        F, X, y = (
            self.torch.nn.functional,
            self.torch.from_numpy(task.X),
            self.torch.from_numpy(task.y),
        )

        def loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
            return F.cross_entropy(F.relu(X @ W1 + b1) @ W2 + b2, y)

        return loss, self.leaves(list(task.parameters.values()))

    def network(self, task: Task) -> Run | None:
        loss, leaves = self.loss(task)

        def run() -> tuple[float, dict[str, Any]]:
            value = loss(*leaves)
            gradients = self.torch.autograd.grad(value, leaves)
            return value.item(), dict(zip(task.parameters, gradients, strict=True))

        return run

    def hvp(self, task: Task) -> Run | None:
        loss, leaves = self.loss(task)
        direction = [self.torch.from_numpy(v) for v in task.direction.values()]

        def run() -> dict[str, Any]:
            gradients = self.torch.autograd.grad(loss(*leaves), leaves, create_graph=True)
            products = self.torch.autograd.grad(gradients, leaves, grad_outputs=direction)
            return dict(zip(task.parameters, products, strict=True))

        return run


ENGINES: tuple[type[Engine], ...] = (
    _Ganglion,
    _GanglionByNumPy,
    _Autograd,
    _MyGrad,
    _Micrograd,
    _Torch,
)
