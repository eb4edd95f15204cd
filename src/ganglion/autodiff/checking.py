"""Checks derivatives: both products with the Jacobian against differences of the function, and against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._errors import ParameterError
from ._differentiation import Function, argument_name
from .transforms import jvp, vjp
from .trees import Structure, Tree, flatten, real_leaves, unflatten

Vector: TypeAlias = npt.NDArray[np.float64]

# Rounding errors that may add up in one evaluation, each of one epsilon of the largest value.
_ROUNDINGS = 1000.0
# The part of a derivative by which the differences for two steps may part before a smaller step is tried.
_UNSETTLED = 1e-4
_STEPS = (1.0, 0.1, 0.01, 0.001)
AGREES, WRONG, KINK, NOT_FINITE = "agrees", "wrong", "kink", "not finite"


@dataclass(frozen=True)
class GradientRow:
    """One input moved along one direction.

    Attributes
    ----------
    order : int
        1 for the function's own derivative, 2 for its gradient's.
    argument : str
        Name of the input that was moved.
    direction : int
        Number of the direction, from 0 on.
    jvp_error : float
        How far J v is from the differences, relative to the larger of the two.
    vjp_error : float
        How far (J'u) v is from the differences, seen through u, likewise.
    transpose_error : float
        How far u (J v) and (J'u) v are apart, likewise.
    allowed : float
        The largest error that rounding and the step of the differences explain, for the first two.
    verdict : str
        "agrees", "wrong", "kink" (the slopes to both sides differ, so that there is nothing to compare with) or
        "not finite".
    """

    order: int
    argument: str
    direction: int
    jvp_error: float
    vjp_error: float
    transpose_error: float
    allowed: float
    verdict: str

    @property
    def error(self) -> float:
        """The largest of the three errors."""
        return max(self.jvp_error, self.vjp_error, self.transpose_error)

    def __str__(self) -> str:
        place = f"order {self.order}, {self.argument}, direction {self.direction}: {self.verdict}"
        sizes = (
            f"jvp off by {self.jvp_error:.1e}, vjp by {self.vjp_error:.1e} (allowed {self.allowed:.1e}), "
            f"from each other by {self.transpose_error:.1e}"
        )
        reason = {
            KINK: "; the slopes to both sides differ here: move the point, or expect the documented choice",
            NOT_FINITE: "; the function or a derivative is not finite at or near the point",
        }.get(self.verdict, "")
        return f"{place}; {sizes}{reason}"


@dataclass(frozen=True)
class GradientCheck:
    """What `check_gradients` found; `str()` of it is a readable account.

    Attributes
    ----------
    passed : bool
        Whether every row agrees. A kink is no pass: nothing vouches for the derivative there.
    max_relative_error : float
        The largest error of all rows.
    rows : tuple of GradientRow
        One for each order, input and direction.
    """

    passed: bool
    max_relative_error: float
    rows: tuple[GradientRow, ...]

    @property
    def details(self) -> str:
        """The rows as text, one line each."""
        return "\n".join(map(str, self.rows))

    def __str__(self) -> str:
        bad = [row for row in self.rows if row.verdict != AGREES]
        if not bad:
            return f"passed: {len(self.rows)} rows, largest relative error {self.max_relative_error:.1e}"
        return "\n".join([f"failed: {len(bad)} of {len(self.rows)} rows", *map(str, bad)])


def check_gradients(
    f: Function, *inputs: Any, order: int = 2, directions: int = 2, random_state: int = 0
) -> GradientCheck:
    """Compare the derivatives of `f` with differences of its values.

    Parameters
    ----------
    f : callable
        Returns a number, an array or a tree of them. It must also work on plain NumPy values.
    *inputs : object
        Where; each is moved on its own. Trees as for `grad`.
    order : int, default 2
        1 checks the derivatives of `f`; 2 those of its gradient as well, and so on.
    directions : int, default 2
        How many random directions each input is moved along.
    random_state : int, default 0
        Seed of the directions.

    Returns
    -------
    GradientCheck
        `.passed`, `.max_relative_error`, and a row for each comparison.

    Raises
    ------
    ParameterError
        If `order` or `directions` is below 1.
    NotDifferentiableError
        If an input is not a real number, or an operation has no derivative.

    Notes
    -----
    A direction v moves every number by between half of its size and all of it, up or down (0 as the largest of its
    array). For the step h, the
    relative one at which rounding and curvature weigh the same (the cube root of epsilon),

        D(h) = (f(x + h v) - f(x - h v)) / 2h

    has a rounding error of about epsilon |f| / h, and differs from the derivative by |D(h) - D(2h)| / 3 where f is
    smooth, by the whole of that where its slope has a kink; twice the whole is allowed. What both together cannot
    explain is an error. Three pairs must agree: J v with D; (J'u) v with u D for a random u; and u (J v) with (J'u) v,
    where no difference enters and only rounding is forgiven.

    Inputs in float32 are moved in float64, where `f` lets them.

    Where the slopes to both sides, (f(x + h v) - f(x)) / h and (f(x) - f(x - h v)) / h, do not come together as h is
    halved, there is a kink or a jump.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> check = gl.autodiff.check_gradients(lambda x, y: np.sin(x) * y, np.array([1.0, 2.0]), 3.0)
    >>> check.passed, check.max_relative_error < 1e-7
    (True, True)
    """
    if order < 1 or directions < 1:
        raise ParameterError(
            f"order and directions must be at least 1; got {order} and {directions}."
        )
    generator = np.random.default_rng(random_state)
    names = [argument_name(f, position) for position in range(len(inputs))]
    arguments = [
        _Argument(*real_leaves(x, name)[1:]) for x, name in zip(inputs, names, strict=True)
    ]
    rows: list[GradientRow] = []
    function = f
    with np.errstate(all="ignore"):  # a bad value is reported, with its place
        epsilon = _vector(f(*(argument.tree(wide=True) for argument in arguments)))[1]
        for level in range(1, order + 1):
            value, pullback = vjp(function, *(argument.tree() for argument in arguments))
            u = _random_like(value, generator)
            for i, name in enumerate(names):
                for number in range(directions):
                    v = arguments[i].direction(generator)
                    point = _Point(function, arguments, i, v, u, epsilon)
                    rows.append(point.row(pullback(u)[i], (level, name, number)))
            function = _gradient_function(function, u)
    worst = max((row.error for row in rows), default=0.0)
    return GradientCheck(all(row.verdict == AGREES for row in rows), worst, tuple(rows))


def _gradient_function(f: Function, u: Tree) -> Callable[..., Tree]:
    """Return the function from the inputs to the gradients of <u, f>."""
    return lambda *inputs: vjp(f, *inputs)[1](u)


def _random(shape: tuple[int, ...], generator: np.random.Generator) -> Vector:
    """Return numbers of a size between 1/2 and 1, of either sign: none is too small to be seen."""
    return generator.uniform(0.5, 1.0, shape) * generator.choice([-1.0, 1.0], shape)


def _random_like(tree: Tree, generator: np.random.Generator) -> Tree:
    """Return a tree of random numbers in the form of another one."""
    leaves, structure = flatten(tree)
    return unflatten(structure, [_random(np.shape(leaf), generator) for leaf in leaves])


def _vector(tree: Tree) -> tuple[Vector, float]:
    """Return all numbers of a tree in one row, and the coarsest epsilon among their dtypes."""
    leaves = [np.asarray(leaf) for leaf in flatten(tree)[0]]
    floats = [leaf.dtype for leaf in leaves if leaf.dtype.kind == "f"]
    epsilon = max((float(np.finfo(dtype).eps) for dtype in floats), default=2.0**-52)
    parts = [leaf.astype(np.float64).ravel() for leaf in leaves]
    return np.concatenate([np.empty(0), *parts]), epsilon


def _largest(*vectors: Vector) -> float:
    """Return the largest size among all numbers; 0 of none."""
    return max((float(np.max(np.abs(v))) for v in vectors if v.size), default=0.0)


@dataclass(frozen=True)
class _Argument:
    """One input, taken apart."""

    values: Sequence[Any]
    structure: Structure

    def tree(self, *, wide: bool = False) -> Tree:
        """Return the input; with `wide` in float64 at least."""
        if not wide:
            return unflatten(self.structure, self.values)
        return self.moved([0.0] * len(self.values), 0.0)

    def moved(self, direction: Sequence[Any], step: float) -> Tree:
        """Return the input moved by step x direction, in float64 at least."""
        leaves = [
            np.asarray(value, np.result_type(value, np.float64))[()] + step * change
            for value, change in zip(self.values, direction, strict=True)
        ]
        return unflatten(self.structure, leaves)

    def direction(self, generator: np.random.Generator) -> list[Any]:
        """Return a random direction whose numbers are of the size of the input's, in the input's dtypes.

        So log(1e-8) is not asked at a negative number. Zeros move as the largest number of their array does, and small
        numbers by a millionth of that at least, so that they are seen beside it.
        """
        found: list[Any] = []
        for value in self.values:
            size = np.abs(value)
            largest = _largest(np.asarray(size, np.float64))
            size = np.where(size == 0.0, largest or 1.0, np.maximum(size, 1e-6 * largest))
            found.append((size * _random(np.shape(value), generator)).astype(value.dtype)[()])
        return found


@dataclass(frozen=True)
class _Slopes:
    """Differences of a function along a line, for one step."""

    central: Vector  # D(h)
    curvature: float  # largest |D(h) - D(2h)|
    rounding: float  # largest error of D(h) that rounding explains
    kinked: bool

    @classmethod
    def of(cls, at: Callable[[float], Vector], epsilon: float, h: float) -> _Slopes:
        """Evaluate `at(t)`, the function's values at the distance t, at -2h, -h, 0, h and 2h."""
        here, far_left, left, right, far_right = (at(t) for t in (0.0, -2 * h, -h, h, 2 * h))
        central, wider = (right - left) / (2 * h), (far_right - far_left) / (4 * h)
        # Of the values, and of the places: x + h v is rounded as well.
        rounding = _ROUNDINGS * epsilon * (_largest(here, left, right) + _largest(central)) / h
        # What the slopes to both sides differ by: half as much for half the step, where f is smooth.
        near = np.abs(right - 2 * here + left) / h
        far = np.abs(far_right - 2 * here + far_left) / (2 * h)
        kinked = bool(np.any(near > 0.75 * far + rounding))
        return cls(central, _largest(central - wider), rounding, kinked)

    def settled(self, size: float) -> bool:
        """Whether the step is small enough for a derivative of that size; False where a value is not finite."""
        return self.curvature <= _UNSETTLED * size + self.rounding


@dataclass(frozen=True)
class _Point:
    """A function at a point, with one argument moved along v and the outputs seen through u."""

    function: Function
    arguments: Sequence[_Argument]
    position: int
    v: Sequence[Any]
    u: Tree
    epsilon: float  # of the values in float64, coarser where the function rounds them itself

    def along(self, x: Tree, *, wide: bool = False) -> Tree:
        """Return the function's value with x for the argument that is moved."""
        trees = [argument.tree(wide=wide) for argument in self.arguments]
        return self.function(*trees[: self.position], x, *trees[self.position + 1 :])

    def slopes(self) -> _Slopes:
        """Return the differences for the first step at which they settle, or the last."""

        def at(distance: float) -> Vector:
            return _vector(self.along(moved(self.v, distance), wide=True))[0]

        moved = self.arguments[self.position].moved
        steps = [factor * self.epsilon ** (1 / 3) for factor in _STEPS]
        found = _Slopes.of(at, self.epsilon, steps[0])
        for h in steps[1:]:
            if found.settled(_largest(found.central)):
                break
            found = _Slopes.of(at, self.epsilon, h)
        return found

    def row(self, gradient: Tree, place: tuple[int, str, int]) -> GradientRow:
        """Compare; `gradient` is J'u for the argument that is moved."""
        slopes = self.slopes()
        D, argument = slopes.central, self.arguments[self.position]
        v = unflatten(argument.structure, self.v)
        tangent = jvp(self.along, (argument.tree(),), (v,))[1]
        J_v, epsilon = _vector(tangent)
        u, J_u_v = _vector(self.u)[0], _vector(gradient)[0] * _vector(v)[0]
        if not all(np.all(np.isfinite(found)) for found in (D, J_v, J_u_v)):
            return GradientRow(*place, np.inf, np.inf, np.inf, 0.0, NOT_FINITE)

        size = _largest(D, J_v)
        allowed = 2.0 * slopes.curvature + slopes.rounding + _ROUNDINGS * epsilon * size
        seen = max(_total(u * D), _total(J_u_v))
        apart = (
            _Apart(_largest(J_v - D), size, allowed),
            _Apart(abs(float(np.sum(J_u_v) - u @ D)), seen, allowed * _total(u)),
        )
        seen = _total(u * J_v) + _total(J_u_v)
        transpose = _Apart(abs(float(np.sum(J_u_v) - u @ J_v)), seen, _ROUNDINGS * epsilon * seen)
        if not transpose.is_right:
            verdict = WRONG
        elif slopes.kinked:
            verdict = KINK
        elif all(pair.is_right for pair in apart):
            verdict = AGREES
        else:
            verdict = WRONG if slopes.settled(size) else KINK
        errors = apart[0].relative, apart[1].relative, transpose.relative
        return GradientRow(*place, *errors, allowed / size if size else 0.0, verdict)


@dataclass(frozen=True)
class _Apart:
    """Two numbers that should be equal: how far apart they are, their size, and what is forgiven."""

    distance: float
    size: float
    allowed: float

    @property
    def is_right(self) -> bool:
        """Whether rounding and the step explain the distance."""
        return self.distance <= self.allowed

    @property
    def relative(self) -> float:
        """The distance as a part of the size; 0 where both are 0 within what is forgiven."""
        return 0.0 if self.size <= self.allowed or self.size == 0.0 else self.distance / self.size


def _total(vector: Vector) -> float:
    """Return the sum of the sizes."""
    return float(np.sum(np.abs(vector)))
