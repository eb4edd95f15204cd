"""Methods that look at all rows at once, and L-BFGS, the one for networks of any loss (Nocedal 1980)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
import numpy.typing as npt

from .._errors import DataError, ParameterError
from ._ranges import count, number_in
from ._wolfe import Line, Trial, dot, strong_wolfe
from .methods.optimiser import Array, Optimiser, State, number_from, vector_from

Vector: TypeAlias = npt.NDArray[np.float64]
Evaluate: TypeAlias = Callable[[Vector], tuple[float, Vector]]
"""The loss at a point (P,), and its gradient (P,)."""


@dataclass(frozen=True)
class Advance:
    """What one iteration of a full-batch method came to.

    Attributes
    ----------
    point : numpy.ndarray of shape (P,)
        All parameters, one behind the other, after the iteration.
    loss : float
        The loss there; NaN or infinite only where it already was before the iteration.
    gradient_norm : float
        The largest absolute value in the gradient there.
    is_converged : bool
        Whether another iteration is of no use: the gradient or the change is within its tolerance, or no lower loss
        could be found.
    n_evaluations : int
        How often the loss was computed in this iteration.
    """

    point: Vector
    loss: float
    gradient_norm: float
    is_converged: bool
    n_evaluations: int


class FullBatch(Optimiser):
    """An optimiser that needs the loss over all rows, at points of its choice: one epoch is one iteration.

    Parameters
    ----------
    learning_rate : float
        As for `Optimiser`; what it means is the method's own.

    Attributes
    ----------
    learning_rate, steps : float, int
        As for `Optimiser`; a step is an iteration.
    needs_residuals : bool
        Whether `advance` takes the residuals of a sum of squares, and not a loss and its gradient.

    Notes
    -----
    An iteration either finishes or leaves the optimiser as it was, so that an interrupt or an error inside `evaluate`
    loses at most the iteration.
    """

    needs_residuals = False

    @abstractmethod
    def advance(self, evaluate: Any, point: Vector) -> Advance:
        """Make one iteration.

        Parameters
        ----------
        evaluate : callable
            `evaluate(point)`: the loss at a point and its gradient. It must give the same numbers for the same point.
            A method of least squares takes more, see `LevenbergMarquardt`.
        point : numpy.ndarray of shape (P,)
            Where the iteration starts; not written to. Another one than where the last iteration ended is a new start.

        Returns
        -------
        Advance
            The point after it, the loss there, and whether that was the end.
        """

    def step(
        self,
        parameters: Mapping[str, Array],
        gradients: Mapping[str, Array],
        *,
        learning_rate: float | None = None,
    ) -> None:
        """Refuse a step along one gradient.

        Parameters
        ----------
        parameters, gradients : mapping of str to numpy.ndarray
            As for other optimisers.
        learning_rate : float, optional
            As for other optimisers.

        Raises
        ------
        ParameterError
            Always: one gradient is not enough.
        """
        name = type(self).__name__
        raise ParameterError(
            f"{name} needs the loss at several points in one step; got one gradient. "
            f"Use gl.nn.train(..., optimizer={name}()), or {name}().advance."
        )

    def change(self, name: str, value: Array, gradient: Array) -> None:
        """Refuse, as `step` does.

        Parameters
        ----------
        name : str
            A parameter's name.
        value, gradient : numpy.ndarray
            A parameter and its gradient.
        """
        self.step({name: value}, {name: gradient})


@dataclass(frozen=True)
class _Memory:
    """Where the last iteration ended, and the pairs (moves s, turns y of the gradient), oldest first, both (k, P)."""

    trial: Trial
    moves: Vector
    turns: Vector


@final
class LBFGS(FullBatch):
    """Quasi-Newton steps from the last few gradients, each along a line search that satisfies the strong Wolfe rules.

    Parameters
    ----------
    learning_rate : float, default 1.0
        The length of step that is tried first, above 0; 1 is the quasi-Newton step itself.
    history_size : int, default 10
        How many pairs of moves and gradient changes are remembered, at least 1.
    tolerance_grad : float, default 1e-7
        Converged when no gradient is larger than this, at least 0.
    tolerance_change : float, default 1e-12
        Converged when the loss falls by at most this share of itself, at least 0.
    max_evaluations : int, default 25
        How often the loss may be computed in one iteration, at least 1.

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
    With s = the last moves and y = the changes of the gradient in them, H is the matrix that the formula of Broyden,
    Fletcher, Goldfarb and Shanno makes of (s'y / y'y) I, and the direction is -H g, found by the two-loop recursion
    without any matrix. The length of the step satisfies

        f(w + t d) <= f(w) + 1e-4 t g'd      and      |g(w + t d)'d| <= 0.9 |g'd|

    Sums run in NumPy's own fixed order and not through its linear algebra, so threads do not show. Where no step along
    d lowers the loss, the history is dropped and steepest descent is tried; where that fails too, the point is final.

    Time for an iteration is 4 history_size P operations beside one or two evaluations; memory 2 history_size P numbers.

    References
    ----------
    J. Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of Computation 35, 1980.
    J. Nocedal and S. Wright, "Numerical optimization", 2nd edition, Springer 2006, algorithms 3.5, 3.6, 7.4 and 7.5.

    Examples
    --------
    >>> import numpy as np
    >>> import ganglion as gl
    >>> def valley(x):  # Rosenbrock's, with its minimum at (1, 1)
    ...     turn = x[1] - x[0] ** 2
    ...     gradient = np.array([-400 * x[0] * turn - 2 * (1 - x[0]), 200 * turn])
    ...     return 100 * turn**2 + (1 - x[0]) ** 2, gradient
    >>> method, point, is_converged = gl.nn.LBFGS(), np.array([-1.2, 1.0]), False
    >>> while not is_converged:
    ...     done = method.advance(valley, point)
    ...     point, is_converged = done.point, done.is_converged
    >>> point.round(6)
    array([1., 1.])
    """

    def __init__(
        self,
        learning_rate: float = 1.0,
        *,
        history_size: int = 10,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-12,
        max_evaluations: int = 25,
    ) -> None:
        super().__init__(learning_rate)
        self.history_size = count(history_size, "LBFGS: history_size")
        self.tolerance_grad = number_in(tolerance_grad, "LBFGS: tolerance_grad", least=0.0)
        self.tolerance_change = number_in(tolerance_change, "LBFGS: tolerance_change", least=0.0)
        self.max_evaluations = count(max_evaluations, "LBFGS: max_evaluations")
        self.n_evaluations = 0
        self._memory: _Memory | None = None

    def advance(self, evaluate: Evaluate, point: Vector) -> Advance:
        """Make one iteration: a direction from the history, and a step along it.

        Parameters
        ----------
        evaluate : callable
            `evaluate(point)`: the loss at a point (P,) and its gradient (P,).
        point : numpy.ndarray of shape (P,)
            Where the iteration starts; not written to.

        Returns
        -------
        Advance
            The point after it. Where the loss at the start is not finite, the start itself, not converged.
        """
        memory, spent = self._begun(evaluate, np.asarray(point))
        start = memory.trial
        found, made = start, 0
        if np.isfinite(start.loss) and not self._is_flat(start):
            found, made = self._search(evaluate, memory)
            if found is start and len(memory.moves):
                memory = _Memory(start, memory.moves[:0], memory.turns[:0])
                found, more = self._search(evaluate, memory)
                made += more
        self._memory = self._remembering(memory, found)
        self.steps += 1
        self.n_evaluations += spent + made
        change = start.loss - found.loss
        ends = np.isfinite(found.loss) and (
            self._is_flat(found) or change <= self.tolerance_change * abs(start.loss)
        )
        norm = float(np.max(np.abs(found.gradient)))
        return Advance(found.point.copy(), found.loss, norm, bool(ends), spent + made)

    def _is_flat(self, trial: Trial) -> bool:
        return bool(np.max(np.abs(trial.gradient)) <= self.tolerance_grad)

    def _begun(self, evaluate: Evaluate, point: Vector) -> tuple[_Memory, int]:
        """Return the memory at the point, and the evaluations that this took: none where the last iteration ended."""
        known = self._memory
        # A network may have rounded the point to float32 since: it is the same one as far as it can tell.
        if known is not None and np.array_equal(known.trial.point.astype(point.dtype), point):
            return known, 0
        point = point.astype(np.float64)
        loss, given = evaluate(point)
        gradient = np.array(given, dtype=np.float64)
        if not np.isfinite(dot(gradient, gradient)):  # no direction can be made from it
            loss = np.nan
        empty = np.zeros((0, len(point)))
        first = Trial(0.0, float(loss), 0.0, point, gradient)
        return _Memory(first, empty, empty), 1

    def _search(self, evaluate: Evaluate, memory: _Memory) -> tuple[Trial, int]:
        """Go along the direction; returns the start itself where no step lowers the loss."""
        start = memory.trial
        direction = -two_loops(start.gradient, memory.moves, memory.turns)
        slope = dot(start.gradient, direction)
        if not slope < 0:
            return start, 0
        length = self.learning_rate
        if not len(memory.moves):  # nothing is known of the scale: move by about 1 in all
            length *= min(1.0, 1.0 / float(np.add.reduce(np.abs(start.gradient))))
        line = Line(evaluate, start.point, direction, self.max_evaluations)
        origin = Trial(0.0, start.loss, slope, start.point, start.gradient)
        found = strong_wolfe(line, origin, length)
        return (start if found is origin else found), line.n_evaluations

    def _remembering(self, memory: _Memory, found: Trial) -> _Memory:
        """Return the memory at the new point, with the newest pair where its curvature is positive."""
        if found is memory.trial:
            return memory
        move = found.point - memory.trial.point
        turn = found.gradient - memory.trial.gradient
        moves, turns = memory.moves, memory.turns
        if dot(move, turn) > np.finfo(np.float64).eps * dot(turn, turn):
            keep = slice(max(0, len(moves) - self.history_size + 1), None)
            moves = np.concatenate([moves[keep], move[np.newaxis]])
            turns = np.concatenate([turns[keep], turn[np.newaxis]])
        return _Memory(found, moves, turns)

    def state(self) -> State:
        """Return everything that is needed to go on with the same bits.

        Returns
        -------
        dict of str to int, float or numpy.ndarray
            `learning_rate`, `steps`, `n_evaluations`; after the first iteration also `loss`, `point` and `gradient`
            (P,), and the history `moves` and `turns` (k, P).
        """
        known = super().state() | {"n_evaluations": self.n_evaluations}
        if self._memory is not None:
            trial = self._memory.trial
            known |= {"loss": trial.loss, "point": trial.point, "gradient": trial.gradient}
            known |= {"moves": self._memory.moves, "turns": self._memory.turns}
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
            Something is missing, or does not belong to L-BFGS.
        """
        rest = dict(state)
        evaluations = int(number_from(rest, "n_evaluations", "LBFGS"))
        del rest["n_evaluations"]
        memory = None
        if "point" in rest:
            loss = number_from(rest, "loss", "LBFGS")
            arrays = {
                name: vector_from(rest, name, "LBFGS")
                for name in ("point", "gradient", "moves", "turns")
            }
            _check_shapes(arrays)
            trial = Trial(0.0, loss, 0.0, arrays["point"], arrays["gradient"])
            memory = _Memory(trial, arrays["moves"], arrays["turns"])
            for name in ("loss", *arrays):
                del rest[name]
        super().restore(rest)
        self.n_evaluations, self._memory = evaluations, memory


def two_loops(gradient: Vector, moves: Vector, turns: Vector) -> Vector:
    """Return H g for the matrix H that the pairs stand for (algorithm 7.4).

    Parameters
    ----------
    gradient : numpy.ndarray of shape (P,)
        The gradient g.
    moves, turns : numpy.ndarray of shape (k, P)
        The moves s and the changes y of the gradient in them, oldest first; without any, H is the identity.

    Returns
    -------
    numpy.ndarray of shape (P,)
        H g, a direction in which the loss rises.
    """
    q = gradient.copy()
    sizes = [dot(s, y) for s, y in zip(moves, turns, strict=True)]
    shares: list[float] = []
    for s, y, size in zip(moves[::-1], turns[::-1], sizes[::-1], strict=True):
        shares.append(dot(s, q) / size)
        q -= shares[-1] * y
    if sizes:
        q *= sizes[-1] / dot(turns[-1], turns[-1])
    for s, y, size, share in zip(moves, turns, sizes, shares[::-1], strict=True):
        q += (share - dot(y, q) / size) * s
    return q


def _check_shapes(arrays: Mapping[str, Vector]) -> None:
    """Raise the error for arrays of a state that do not belong together."""
    shapes = {name: value.shape for name, value in arrays.items()}
    size = shapes["point"]
    pairs = (shapes["moves"][0] if shapes["moves"] else 0, *size)
    if (
        len(size) != 1
        or shapes["gradient"] != size
        or not shapes["moves"] == shapes["turns"] == pairs
    ):
        raise DataError(
            f"The arrays of a state of LBFGS must belong together; got the shapes {shapes}. "
            "Restore what state() of LBFGS returned."
        )
