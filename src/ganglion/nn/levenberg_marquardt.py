"""Levenberg-Marquardt: least squares for small networks, quadratically near a fit without error."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, final

import numpy as np
import numpy.typing as npt

from .._errors import DataError, MemoryPlanError
from ._engine.products import cholesky, product, solve
from ._ranges import count, number_in
from ._wolfe import dot
from .lbfgs import Advance, FullBatch
from .methods.optimiser import State, number_from, vector_from

Vector: TypeAlias = npt.NDArray[np.float64]
Matrix: TypeAlias = npt.NDArray[np.float64]
Residuals: TypeAlias = Callable[[Vector], tuple[Vector, Matrix]]
"""The residuals (m,) at a point (P,), and their Jacobian (m, P)."""


@dataclass(frozen=True)
class Normal:
    """A sum of squares near a point, to second order.

    Attributes
    ----------
    loss : float
        1/2 |r|^2 for the residuals r.
    gradient : numpy.ndarray of shape (P,)
        J'r for their Jacobian J.
    curvature : numpy.ndarray of shape (P, P)
        J'J.
    """

    loss: float
    gradient: Vector
    curvature: Matrix


class SquaredSum(ABC):
    """A loss 1/2 |r|^2 that does not have to hold its Jacobian as a whole."""

    @abstractmethod
    def loss(self, point: Vector) -> float:
        """Compute the loss.

        Parameters
        ----------
        point : numpy.ndarray of shape (P,)
            All parameters.

        Returns
        -------
        float
            1/2 |r|^2.
        """

    @abstractmethod
    def normal(self, point: Vector) -> Normal:
        """Compute the loss, its gradient and the products of the Jacobian.

        Parameters
        ----------
        point : numpy.ndarray of shape (P,)
            All parameters.

        Returns
        -------
        Normal
            What the next step is made from.
        """


@final
class _Explicit(SquaredSum):
    """A sum of squares given by a function that returns residuals and Jacobian."""

    def __init__(self, residuals: Residuals) -> None:
        self._residuals = residuals

    def loss(self, point: Vector) -> float:
        r = np.asarray(self._residuals(point)[0], dtype=np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            return 0.5 * float(np.add.reduce(r * r))

    def normal(self, point: Vector) -> Normal:
        r, jacobian = (np.asarray(part, dtype=np.float64) for part in self._residuals(point))
        if r.ndim != 1 or jacobian.shape != (len(r), len(point)):
            raise DataError(
                f"Residuals must have the shape (m,) and their Jacobian (m, {len(point)}); got {r.shape} and "
                f"{jacobian.shape}. Return derivatives row by row, one column for each parameter."
            )
        both = product(jacobian.T, np.column_stack([jacobian, r]))
        loss = 0.5 * float(np.add.reduce(r * r))
        return Normal(loss, both[:, -1].copy(), both[:, :-1].copy())


@dataclass(frozen=True)
class _Place:
    """A point (P,) with what is known of it, the damping to try next, its growth, and the evaluations it took."""

    point: Vector
    normal: Normal
    mu: float
    growth: float
    n_evaluations: int


@final
class LevenbergMarquardt(FullBatch):
    """Damped Gauss-Newton steps on a sum of squares: the method of choice for a small network and a regression.

    Parameters
    ----------
    damping : float, default 1e-3
        The first damping, as a share of the largest curvature, above 0. Small where the start is near a minimum.
    tolerance_grad : float, default 1e-10
        Converged when no gradient is larger than this, at least 0.
    tolerance_change : float, default 1e-12
        Converged when the loss falls by at most this share of itself, or the point moves by at most this share of its
        length, at least 0.
    max_trials : int, default 30
        How many dampings may be tried in one iteration, at least 1.
    max_bytes : int, default 2**29
        How much memory the matrices may take, at least 1.

    Attributes
    ----------
    n_evaluations : int
        How often the loss was computed so far.

    Raises
    ------
    ParameterError
        A number outside its range.

    Notes
    -----
    With residuals r, their Jacobian J and the loss F = 1/2 |r|^2, a step d solves

        (J'J + mu I) d = -J'r

    The gain is the fall of F over the fall 1/2 d'(mu d - J'r) that the linear model of r promises. A step with a
    positive gain is taken, and mu becomes mu max(1/3, 1 - (2 gain - 1)^3); otherwise mu is doubled, then multiplied
    with 4, 8 and so on, until a step has. An iteration is one step that was taken.

    For a network the loss must be 'squared' or 'mse'; the layers may be dense, layer norms and residuals. Time for an
    iteration is 2 n k P^2 + P^3 / 3 operations for n rows, k outputs and P parameters, memory about 32 P^2 bytes
    beside blocks of J. All sums run in a fixed order; threads do not show.

    References
    ----------
    D. Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", SIAM Journal 11, 1963.
    H. Nielsen, "Damping parameter in Marquardt's method", report IMM-REP-1999-05, DTU 1999, section 3.
    M. Hagan and M. Menhaj, "Training feedforward networks with the Marquardt algorithm", IEEE Transactions on Neural
    Networks 5, 1994.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> t = np.linspace(0, 1, 20)
    >>> def decay(point):  # residuals of a exp(-b t), and their derivatives by a and b
    ...     curve = np.exp(-point[1] * t)
    ...     return point[0] * curve - 3 * np.exp(-2 * t), np.stack([curve, -point[0] * t * curve], axis=1)
    >>> method, point = gl.nn.LevenbergMarquardt(), np.array([1.0, 0.0])
    >>> for _ in range(10):
    ...     point = method.advance(decay, point).point
    >>> point.round(9)
    array([3., 2.])
    """

    needs_residuals = True

    def __init__(
        self,
        *,
        damping: float = 1e-3,
        tolerance_grad: float = 1e-10,
        tolerance_change: float = 1e-12,
        max_trials: int = 30,
        max_bytes: int = 2**29,
    ) -> None:
        super().__init__(1.0)
        name = "LevenbergMarquardt"
        self.damping = number_in(damping, f"{name}: damping", above=0.0)
        self.tolerance_grad = number_in(tolerance_grad, f"{name}: tolerance_grad", least=0.0)
        self.tolerance_change = number_in(tolerance_change, f"{name}: tolerance_change", least=0.0)
        self.max_trials = count(max_trials, f"{name}: max_trials")
        self.max_bytes = count(max_bytes, f"{name}: max_bytes")
        self.n_evaluations = 0
        self._place: _Place | None = None  # where the last iteration ended
        self._told: tuple[Vector, float, float] | None = (
            None  # the same from a state: point, mu, growth
        )

    def advance(self, evaluate: SquaredSum | Residuals, point: Vector) -> Advance:
        """Make one iteration: damp until a step lowers the loss.

        Parameters
        ----------
        evaluate : SquaredSum or callable
            The sum of squares, or `evaluate(point)`: the residuals (m,) and their Jacobian (m, P).
        point : numpy.ndarray of shape (P,)
            Where the iteration starts; not written to.

        Returns
        -------
        Advance
            The point after it. Where the loss at the start is not finite, the start itself, not converged.

        Raises
        ------
        MemoryPlanError
            The matrices need more than `max_bytes`.
        DataError
            Residuals and Jacobian whose shapes do not belong together.
        """
        self._plan(np.size(point))
        problem = evaluate if isinstance(evaluate, SquaredSum) else _Explicit(evaluate)
        begun = self._begun(problem, np.asarray(point))
        ended = self._damped(problem, begun) if self._can_step(begun.normal) else begun
        self.steps += 1
        self.n_evaluations += ended.n_evaluations
        self._place = ended
        fall, loss = begun.normal.loss - ended.normal.loss, ended.normal.loss
        is_still = ended.point is begun.point or fall <= self.tolerance_change * begun.normal.loss
        ends = np.isfinite(loss) and (is_still or not self._can_step(ended.normal))
        norm = float(np.max(np.abs(ended.normal.gradient)))
        return Advance(ended.point.copy(), loss, norm, bool(ends), ended.n_evaluations)

    def _plan(self, size: int) -> None:
        """Raise the error where the matrices would not fit: J'J, its damped copy, the factor, and a product."""
        needed = 4 * 8 * size**2
        if needed > self.max_bytes:
            raise MemoryPlanError(
                f"LevenbergMarquardt needs {needed:,} bytes for {size:,} parameters; max_bytes is "
                f"{self.max_bytes:,}. Use gl.nn.LBFGS(), a smaller network, or a larger max_bytes."
            )

    def _can_step(self, normal: Normal) -> bool:
        return bool(
            np.isfinite(normal.loss) and np.max(np.abs(normal.gradient)) > self.tolerance_grad
        )

    def _begun(self, problem: SquaredSum, point: Vector) -> _Place:
        """Return where the iteration starts; nothing is computed again where the last one ended."""
        known = self._place
        # A network may have rounded the point to float32 since: it is the same one as far as it can tell.
        if known is not None and np.array_equal(known.point.astype(point.dtype), point):
            return replace(known, n_evaluations=0)
        start = point.astype(np.float64)
        if self._told is not None and np.array_equal(self._told[0].astype(point.dtype), point):
            start, mu, growth = self._told
            return _Place(start, _finite(problem.normal(start)), mu, growth, 0)
        normal = _finite(problem.normal(start))
        largest = float(np.max(np.diagonal(normal.curvature)))
        return _Place(start, normal, self.damping * (largest or 1.0), 2.0, 1)

    def _damped(self, problem: SquaredSum, begun: _Place) -> _Place:
        """Raise the damping until a step lowers the loss; returns the point itself where none does."""
        place, normal = begun, begun.normal
        for _ in range(self.max_trials):
            step = _damped_step(normal, place.mu)
            if step is not None:
                if _length(step) <= self.tolerance_change * _length(place.point):
                    break
                point = place.point + step
                loss = problem.loss(point)
                place = replace(place, n_evaluations=place.n_evaluations + 1)
                promised = 0.5 * dot(step, place.mu * step - normal.gradient)
                if loss < normal.loss:
                    gain = (normal.loss - loss) / promised
                    mu = place.mu * max(1 / 3, 1 - (2 * min(gain, 1.0) - 1) ** 3)
                    normal = _finite(problem.normal(point))
                    return _Place(point, normal, mu, 2.0, place.n_evaluations + 1)
            place = replace(place, mu=place.mu * place.growth, growth=2 * place.growth)
        return place

    def state(self) -> State:
        """Return everything that is needed to go on with the same bits.

        Returns
        -------
        dict of str to int, float or numpy.ndarray
            `learning_rate`, `steps`, `n_evaluations`; after the first iteration also `mu`, `growth` and `point` (P,).
        """
        known = super().state() | {"n_evaluations": self.n_evaluations}
        place, told = self._place, self._told
        if place is not None:
            told = (place.point.copy(), place.mu, place.growth)
        if told is not None:
            known |= {"point": told[0], "mu": told[1], "growth": told[2]}
        return known

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state that an optimiser with the same settings was in.

        Parameters
        ----------
        state : mapping of str to int, float or numpy.ndarray
            What `state` returned. The arrays are copied.

        Raises
        ------
        DataError
            Something is missing, or does not belong to this method.
        """
        rest, owner = dict(state), type(self).__name__
        evaluations = int(number_from(rest, "n_evaluations", owner))
        told = None
        if "point" in rest:
            numbers = [number_from(rest, name, owner) for name in ("mu", "growth")]
            told = (vector_from(rest, "point", owner), numbers[0], numbers[1])
        for name in ("n_evaluations", "point", "mu", "growth"):
            rest.pop(name, None)
        super().restore(rest)
        self.n_evaluations, self._told, self._place = evaluations, told, None


def _finite(normal: Normal) -> Normal:
    """Return it with a loss that is not finite where a product is not: no step can be made from it."""
    is_finite = np.all(np.isfinite(normal.gradient)) and np.all(np.isfinite(normal.curvature))
    return normal if is_finite else replace(normal, loss=np.nan)


def _damped_step(normal: Normal, mu: float) -> Vector | None:
    """Return the d with (J'J + mu I) d = -J'r, None where the matrix is not positive definite as rounded."""
    damped = normal.curvature.copy()
    damped[np.diag_indices(len(damped))] += mu
    factor = cholesky(damped)
    if factor is None:
        return None
    return -solve(factor, normal.gradient)


def _length(vector: Vector) -> float:
    return float(np.sqrt(dot(vector, vector)))
