"""What the engines differentiate: straight-line programs of scalar operations, a long chain, a small network.

Each comes with its floor, the same arithmetic and its derivative written by hand: Python on floats, or NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
INPUTS = 4
LEAST, MOST = 0.1, 3.0  # every value of a program lies between: no operation leaves its domain

# How a line is written, and how its derivative is: y is the result, g its gradient, a and b the arguments.
ARITHMETIC = {
    "{a} + {b}": ("{g}", "{g}"),
    "{a} - {b}": ("{g}", "-{g}"),
    "{a} * {b}": ("{g} * {b}", "{g} * {a}"),
    "{a} / {b}": ("{g} / {b}", "-{g} * {y} / {b}"),
    "{a} ** 2": ("{g} * 2.0 * {a}",),
    "{a} ** 3": ("{g} * 3.0 * {a} ** 2",),
    "2.5 - {a}": ("-{g}",),
    "{a} * 0.7": ("{g} * 0.7",),
}
FUNCTIONS = {
    "exp({a})": ("{g} * {y}",),
    "tanh({a})": ("{g} * (1.0 - {y} * {y})",),
    "log({a})": ("{g} / {a}",),
    "sin({a})": ("{g} * cos({a})",),
}


@dataclass(frozen=True)
class Program:
    """A function of `INPUTS` numbers or arrays, as source.

    Attributes
    ----------
    n_operations : int
    inputs : list of ndarray of shape (10,)
    lines : list of str
        `v7 = v6 * v2`.
    by_hand : list of str
        The lines of the derivative, from the end.
    """

    n_operations: int
    inputs: list[Floats]
    lines: list[str]
    by_hand: list[str]

    def function(self, functions: Any) -> Callable[..., Any]:
        """Compile the program with the functions of an engine: exp, tanh, log, sin, and total for the result."""
        return self._compile(functions, [*self.lines, f"return total({self._last})"])

    def floor(self, functions: Any) -> Callable[..., Any]:
        """Compile the program and its derivative by hand; it returns the gradients."""
        gradients = ", ".join(f"g{i}" for i in range(INPUTS))
        lines = [*self.lines, f"g{self._last[1:]} = one({self._last})", *self.by_hand]
        return self._compile(functions, [*lines, f"return [{gradients}]"])

    @property
    def _last(self) -> str:
        return f"v{INPUTS + self.n_operations - 1}"

    def _compile(self, functions: Any, lines: list[str]) -> Callable[..., Any]:
        names = [f"v{i}" for i in range(INPUTS)]
        source = f"def program({', '.join(names)}):\n    " + "\n    ".join(lines)
        known = {
            name: getattr(functions, name, None)
            for name in "exp tanh log sin cos total one".split()
        }
        exec(source, known)
        return known["program"]


def program(n_operations: int, table: dict[str, tuple[str, ...]], *, seed: int = 0) -> Program:
    """Return a random program; each operation uses the one before it, so that all of them count."""
    generator = np.random.default_rng(seed)
    inputs = [generator.uniform(0.5, 1.5, 10) for _ in range(INPUTS)]
    values, lines, used, by_hand = list(inputs), [], set(), []
    known: dict[str, Any] = {"exp": np.exp, "tanh": np.tanh, "log": np.log, "sin": np.sin}
    templates = list(table)
    while len(lines) < n_operations:
        template = templates[generator.integers(len(templates))]
        a, b = len(values) - 1, int(generator.integers(len(values)))
        if len(lines) < INPUTS - 1:  # every input is used
            template, b = templates[generator.integers(4)], len(lines)
        value = eval(template.format(a="a", b="b"), known | {"a": values[a], "b": values[b]})
        if value.min() > LEAST and value.max() < MOST:
            lines.append((template, len(values), a, b))
            values.append(value)
    for template, y, a, b in reversed(lines):
        names = {"y": f"v{y}", "g": f"g{y}", "a": f"v{a}", "b": f"v{b}"}
        for place, share in zip((a, b), table[template], strict=False):
            so_far = (
                f"g{place} + " if place in used else ""
            )  # not +=: two gradients may be one array
            by_hand.append(f"g{place} = {so_far}{share.format(**names)}")
            used.add(place)
    written = [f"v{y} = {template.format(a=f'v{a}', b=f'v{b}')}" for template, y, a, b in lines]
    return Program(n_operations, inputs, written, by_hand)


class Scalars:
    """The functions of the floor on floats."""

    exp, tanh, log, sin, cos = math.exp, math.tanh, math.log, math.sin, math.cos
    total, one = staticmethod(lambda x: x), staticmethod(lambda x: 1.0)


class Vectors:
    """The functions of the floor on arrays."""

    exp, tanh, log, sin, cos = np.exp, np.tanh, np.log, np.sin, np.cos
    total, one = staticmethod(np.sum), staticmethod(np.ones_like)


def chain(n_operations: int) -> Callable[[Any], Any]:
    """Return a chain of multiplications and additions."""

    def run(x: Any) -> Any:
        for _ in range(n_operations // 2):
            x = x * 0.999
            x = x + 0.001
        return x

    return run


def chain_by_hand(n_operations: int) -> Callable[[float], float]:
    """Return the chain and its derivative on floats; it keeps nothing, since the slopes are constants."""

    def run(x: float) -> float:
        g = 1.0
        for _ in range(n_operations // 2):
            x = x * 0.999
            x = x + 0.001
        for _ in range(n_operations // 2):
            g = g * 1.0
            g = g * 0.999
        return g

    return run


@dataclass(frozen=True)
class Task:
    """A batch for a 64-64-10 network with relu and cross-entropy, and a direction in the space of its parameters."""

    X: Floats
    y: npt.NDArray[np.intp]
    parameters: dict[str, Floats]
    direction: dict[str, Floats]


def task(n_rows: int) -> Task:
    """Return a batch of random rows with labels."""
    generator = np.random.default_rng(n_rows)
    shapes = {"W1": (64, 64), "b1": (64,), "W2": (64, 10), "b2": (10,)}
    parameters = {name: generator.normal(size=shape) / 8.0 for name, shape in shapes.items()}
    direction = {name: generator.normal(size=shape) for name, shape in shapes.items()}
    X, y = generator.normal(size=(n_rows, 64)), generator.integers(10, size=n_rows)
    return Task(X, y, parameters, direction)


def network_by_hand(task: Task) -> tuple[float, dict[str, Floats]]:
    """Return loss and gradient, as one writes them in NumPy."""
    X, y, p = task.X, task.y, task.parameters
    n = len(X)
    a1 = X @ p["W1"] + p["b1"]
    h = np.maximum(a1, 0.0)
    z = h @ p["W2"] + p["b2"]
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    rows = np.arange(n)
    loss = float(np.mean(np.log(total[:, 0]) - z[rows, y]))
    dz = e / total
    dz[rows, y] -= 1.0
    dz /= n
    da = (dz @ p["W2"].T) * (a1 > 0.0)
    return loss, {"W1": X.T @ da, "b1": da.sum(axis=0), "W2": h.T @ dz, "b2": dz.sum(axis=0)}


def hvp_by_hand(task: Task) -> dict[str, Floats]:
    """Return Hessian x direction by Pearlmutter's R operator (Neural Computation 6, 1994)."""
    X, y, p, v = task.X, task.y, task.parameters, task.direction
    n, rows = len(X), np.arange(len(X))
    a1 = X @ p["W1"] + p["b1"]
    mask = a1 > 0.0
    h, Rh = np.maximum(a1, 0.0), (X @ v["W1"] + v["b1"]) * mask
    z, Rz = h @ p["W2"] + p["b2"], Rh @ p["W2"] + h @ v["W2"] + v["b2"]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    s = e / e.sum(axis=1, keepdims=True)
    Rdz = s * (Rz - (s * Rz).sum(axis=1, keepdims=True)) / n
    dz = s
    dz[rows, y] -= 1.0
    dz /= n
    Rda = (Rdz @ p["W2"].T + dz @ v["W2"].T) * mask
    return {
        "W1": X.T @ Rda,
        "b1": Rda.sum(axis=0),
        "W2": Rh.T @ dz + h.T @ Rdz,
        "b2": Rdz.sum(axis=0),
    }
