"""Random programs over numbers and arrays, each as a function for this library and as the same one for torch.

A program is a list of lines, `v7 = np.exp(v3)`. Its inputs have shapes that broadcast with each other; a line takes any
earlier values, so that some are used many times and some not at all. While it is made it runs on plain arrays: a line
whose value is not finite, too large, or near a kink or a tie (where the two may choose another slope) is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

import ganglion as gl
from oracles.program_operations import BINARY, CHOICES, KINKED, SMOOTH

ad = gl.autodiff
F = torch.nn.functional
LARGEST = 4.0  # values beyond are scaled down, so that a gradient's rounding errors stay near those of its size
GAP = 1e-3  # how far from kinks and ties
SHAPES = [(), (3,), (1,), (2, 3), (2, 1), (1, 3), (3, 3), (2, 3, 3), (2, 1, 3)]


@dataclass
class Line:
    """One operation on earlier values."""

    text: str
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    arguments: tuple[int, ...]

    def __str__(self) -> str:
        return self.text.format(*(f"v{i}" for i in self.arguments))


@dataclass
class Program:
    """Inputs and lines; `ours(*inputs)` and `theirs(*inputs)` return one number."""

    inputs: list[np.ndarray]
    lines: list[Line] = field(default_factory=list)
    values: list[np.ndarray] = field(default_factory=list)
    too_large: set[int] = field(
        default_factory=set
    )  # those of which only the scaled one is used on

    def ours(self, *inputs: Any) -> Any:
        return self._run(inputs, [line.ours for line in self.lines])

    def theirs(self, *inputs: Any) -> Any:
        return self._run(inputs, [line.theirs for line in self.lines])

    def _run(self, inputs: tuple[Any, ...], functions: list[Callable[..., Any]]) -> Any:
        known = list(inputs)
        for line, function in zip(self.lines, functions, strict=True):
            known.append(function(*(known[i] for i in line.arguments)))
        return known[-1]

    def add(self, text: str, ours: Any, theirs: Any, arguments: tuple[int, ...]) -> bool:
        """Append a line unless its value is unfit."""
        with np.errstate(all="ignore"):
            value = np.asarray(ours(*(self.values[i] for i in arguments)), float)
        if not np.all(np.isfinite(value)) or value.size > 200 or value.size == 0:
            return False
        self.lines.append(Line(text, ours, theirs, arguments))
        self.values.append(value)
        size = float(np.max(np.abs(value)))
        if size > LARGEST:
            c = float(f"{0.9 * LARGEST / size:.3g}")
            self.too_large.add(len(self.values) - 1)
            self.add(f"{c} * {{0}}", lambda x: c * x, lambda x: c * x, (len(self.values) - 1,))
        return True

    def __str__(self) -> str:
        given = [
            f"v{i} = array of shape {x.shape}: {x.tolist()}" for i, x in enumerate(self.inputs)
        ]
        return "\n".join(
            [*given, *(f"v{len(given) + i} = {line}" for i, line in enumerate(self.lines))]
        )


def far_from(x: np.ndarray, *places: float) -> bool:
    """Whether no number is near a kink."""
    return all(np.min(np.abs(x - place)) > GAP for place in places)


def without_ties(x: np.ndarray) -> bool:
    """Whether all numbers lie apart."""
    return x.size < 2 or float(np.min(np.diff(np.sort(x, axis=None)))) > GAP


Maker = Callable[[Program, np.random.Generator], bool]


def pick(
    program: Program, generator: np.random.Generator, fits: Callable[[np.ndarray], bool]
) -> int:
    """Choose an earlier value that fits, a late one rather than an early one; -1 if there is none."""
    found = [i for i, x in enumerate(program.values) if i not in program.too_large and fits(x)]
    if not found:
        return -1
    return found[int(len(found) * generator.uniform() ** 0.5)]


def named(table: dict[str, Any], generator: np.random.Generator) -> tuple[str, Any]:
    """Choose a row of a table."""
    names = list(table)
    name = names[generator.integers(len(names))]
    return name, table[name]


def smooth(program: Program, generator: np.random.Generator) -> bool:
    name, (ours, theirs) = named(SMOOTH, generator)
    return program.add(name, ours, theirs, (pick(program, generator, lambda x: True),))


def kinked(program: Program, generator: np.random.Generator) -> bool:
    name, (ours, theirs, places) = named(KINKED, generator)
    i = pick(program, generator, lambda x: far_from(x, *places))
    return i >= 0 and program.add(name, ours, theirs, (i,))


def pair(
    program: Program, generator: np.random.Generator, table: dict[str, Any]
) -> tuple[Any, ...]:
    """Choose a function of two values, and two that broadcast."""
    name, (ours, theirs) = named(table, generator)
    a = pick(program, generator, lambda x: True)
    shape = program.values[a].shape

    def broadcasts(x: np.ndarray) -> bool:
        return all(m == n or 1 in (m, n) for m, n in zip(x.shape[::-1], shape[::-1], strict=False))

    return name, ours, theirs, (a, pick(program, generator, broadcasts))


def binary(program: Program, generator: np.random.Generator) -> bool:
    return program.add(*pair(program, generator, BINARY))


def choice(program: Program, generator: np.random.Generator) -> bool:
    name, ours, theirs, (a, b) = pair(program, generator, CHOICES)
    if not far_from(program.values[a] - program.values[b], 0.0):
        return False
    return program.add(name, ours, theirs, (a, b))


def reduction(program: Program, generator: np.random.Generator) -> bool:
    i = pick(program, generator, lambda x: x.ndim > 0)
    if i < 0:
        return False
    x = program.values[i]
    axis = [None, *range(x.ndim), -1][generator.integers(x.ndim + 2)]
    keep = bool(generator.integers(2))
    every = tuple(range(x.ndim)) if axis is None else axis
    table = {
        "np.sum": (np.sum, torch.sum),
        "np.mean": (np.mean, torch.mean),
        "ad.logsumexp": (ad.logsumexp, torch.logsumexp),
        "np.linalg.norm": (lambda x, **o: ad.norm(x, **o), torch.linalg.vector_norm),
        "np.var": (np.var, lambda x, **o: torch.var(x, correction=0, **o)),
        "np.std": (np.std, lambda x, **o: torch.std(x, correction=0, **o)),
        "np.max": (np.max, torch.amax),
        "np.min": (np.min, torch.amin),
    }
    name, (ours, theirs) = named(table, generator)
    if name in ("np.max", "np.min", "np.std", "np.linalg.norm") and not (
        without_ties(x) and x.shape[axis if axis is not None else 0] > 1 and far_from(x, 0.0)
    ):
        return False
    return program.add(
        f"{name}({{0}}, axis={axis}, keepdims={keep})",
        lambda x: ours(x, axis=axis, keepdims=keep),
        lambda x: theirs(x, dim=every, keepdim=keep),
        (i,),
    )


def along(program: Program, generator: np.random.Generator) -> bool:
    i = pick(program, generator, lambda x: x.ndim > 0)
    if i < 0:
        return False
    x = program.values[i]
    axis = int(generator.integers(x.ndim))
    table = {
        "ad.softmax": (ad.softmax, torch.softmax),
        "ad.log_softmax": (ad.log_softmax, torch.log_softmax),
        "np.cumsum": (np.cumsum, torch.cumsum),
        "np.prod": (np.prod, torch.prod),
        "np.flip": (np.flip, lambda x, d: torch.flip(x, (d,))),
        "np.sort": (np.sort, lambda x, d: torch.sort(x, d).values),
    }
    name, (ours, theirs) = named(table, generator)
    if name == "np.sort" and not without_ties(x):
        return False
    return program.add(
        f"{name}({{0}}, axis={axis})", lambda x: ours(x, axis=axis), lambda x: theirs(x, axis), (i,)
    )


def shaping(program: Program, generator: np.random.Generator) -> bool:
    i = pick(program, generator, lambda x: x.ndim > 1)
    if i < 0:
        return False
    rows = program.values[i].shape[0]
    chosen = generator.integers(rows, size=3).tolist()
    axes = tuple(int(a) for a in generator.permutation(program.values[i].ndim))
    table = {
        "{0}.ravel()": (np.ravel, torch.ravel),
        "{0}[0]": (lambda x: x[0], lambda x: x[0]),
        "{0}[..., -1]": (lambda x: x[..., -1], lambda x: x[..., -1]),
        "{0}[:, None, :1]": (lambda x: x[:, None, :1], lambda x: x[:, None, :1]),
        "{0}[::-1]": (lambda x: x[::-1], lambda x: torch.flip(x, (0,))),
        f"{{0}}[{chosen}]": (lambda x: x[chosen], lambda x: x[chosen]),
        "np.swapaxes({0}, 0, 1)": (lambda x: np.swapaxes(x, 0, 1), lambda x: x.swapaxes(0, 1)),
        f"np.transpose({{0}}, {axes})": (
            lambda x: np.transpose(x, axes),
            lambda x: x.permute(axes),
        ),
        "np.tril({0})": (np.tril, torch.tril),
        "np.triu({0}, 1)": (lambda x: np.triu(x, 1), lambda x: torch.triu(x, 1)),
        "np.pad({0}, 1)": (lambda x: np.pad(x, 1), lambda x: F.pad(x, (1, 1) * x.ndim)),
    }
    name, (ours, theirs) = named(table, generator)
    return program.add(name, ours, theirs, (i,))


def joining(program: Program, generator: np.random.Generator) -> bool:
    a = pick(program, generator, lambda x: x.ndim > 0)
    if a < 0:
        return False
    b = pick(program, generator, lambda x: x.shape == program.values[a].shape)
    table = {
        "np.concatenate([{0}, {1}, {0}], axis=-1)": (
            lambda a, b: np.concatenate([a, b, a], axis=-1),
            lambda a, b: torch.concatenate([a, b, a], dim=-1),
        ),
        "np.stack([{0}, {1}], axis=1)": (
            lambda a, b: np.stack([a, b], axis=1),
            lambda a, b: torch.stack([a, b], dim=1),
        ),
    }
    name, (ours, theirs) = named(table, generator)
    return program.add(name, ours, theirs, (a, b))


def products(program: Program, generator: np.random.Generator) -> bool:
    a = pick(program, generator, lambda x: x.ndim > 0)
    if a < 0:
        return False
    shape = program.values[a].shape

    def fits(x: np.ndarray) -> bool:
        is_vector_or_matrix = 0 < x.ndim < 3 and x.shape[0] == shape[-1]
        return is_vector_or_matrix or (x.ndim > 2 and x.shape[:-1] == (*shape[:-2], shape[-1]))

    b = pick(program, generator, fits)
    if b < 0:
        return False
    if generator.integers(2):
        return program.add("{0} @ {1}", lambda a, b: a @ b, lambda a, b: a @ b, (a, b))
    letters = "kl" if program.values[b].ndim > 1 else "k"
    formula = f"...k,...{letters}->...{letters[1:]}" if len(letters) > 1 else "...k,k->..."
    if program.values[a].ndim != 1 and len(letters) > 1:
        formula = "...ik,...kl->...il"
    return program.add(
        f"np.einsum('{formula}', {{0}}, {{1}})",
        lambda a, b: np.einsum(formula, a, b),
        lambda a, b: torch.einsum(formula, a, b),
        (a, b),
    )


def square_matrices(program: Program, generator: np.random.Generator) -> bool:
    """Functions of a square matrix, made regular by D = 4 n I."""
    i = pick(program, generator, lambda x: x.ndim == 2 and x.shape[0] == x.shape[1] > 1)
    if i < 0:
        return False
    n = len(program.values[i])
    D = 4.0 * n * np.eye(n)  # the values are at most 4: the sum is dominated by its diagonal
    E = torch.tensor(D)
    table = {
        "np.linalg.solve({0} + D, {0})": (
            lambda x: np.linalg.solve(x + D, x),
            lambda x: torch.linalg.solve(x + E, x),
        ),
        "np.linalg.inv({0} + D)": (
            lambda x: np.linalg.inv(x + D),
            lambda x: torch.linalg.inv(x + E),
        ),
        "np.log(np.linalg.det({0} + D))": (
            lambda x: np.log(np.linalg.det(x + D)),
            lambda x: torch.log(torch.linalg.det(x + E)),
        ),
        "np.linalg.cholesky({0} @ {0}.T + D)": (
            lambda x: np.linalg.cholesky(x @ x.T + D),
            lambda x: torch.linalg.cholesky(x @ x.T + E),
        ),
        "np.trace({0})": (np.trace, torch.trace),
        "np.diagonal({0})": (np.diagonal, torch.diagonal),
    }
    name, (ours, theirs) = named(table, generator)
    return program.add(name, ours, theirs, (i,))


MAKERS: list[Maker] = [
    *[smooth] * 5,
    *[binary] * 6,
    *[kinked] * 2,
    choice,
    *[reduction] * 2,
    along,
    *[shaping] * 2,
    joining,
    *[products] * 3,
    square_matrices,
]


def random_program(seed: int) -> Program:
    """Return the program of a seed: 2 to 4 inputs, 5 to 40 operations, and a weighted sum of its last values."""
    generator = np.random.default_rng(seed)
    shapes = [SHAPES[i] for i in generator.integers(len(SHAPES), size=generator.integers(2, 5))]
    inputs = [np.asarray(generator.normal(size=shape)) for shape in shapes]
    program = Program(inputs)
    program.values.extend(inputs)
    length = len(inputs) + int(generator.integers(5, 41))
    while len(program.values) < length:
        MAKERS[generator.integers(len(MAKERS))](program, generator)
    last = range(len(program.values) - 3, len(program.values))
    sums = []
    for i in last:
        program.add("np.sum({0})", np.sum, torch.sum, (i,))
        sums.append(len(program.values) - 1)
    ours = theirs = lambda a, b, c: a * 0.5 + b - c * a
    program.add("{0} * 0.5 + {1} - {2} * {0}", ours, theirs, tuple(sums))
    return program
