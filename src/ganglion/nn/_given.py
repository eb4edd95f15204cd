"""Activations and losses that the caller wrote in Python: tried once on a few numbers, before they are relied on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._errors import NotDifferentiableError, ParameterError
from ..autodiff import functions as fn
from ..autodiff.graph import Value, Variable
from ..autodiff.transforms import vjp

Floats = npt.NDArray[np.float64]

# Numbers on both sides of 0, no two alike: three rows of two.
PROBE = np.array([[-1.5, 0.75], [-0.25, 2.0], [0.5, -0.625]])
# Two ways to compute the same number may differ by their rounding.
CLOSE = 1e-9


def name_of(function: Any) -> str:
    """Return what a function is called."""
    name = getattr(function, "name", None) or getattr(function, "__name__", None)
    return name if isinstance(name, str) else type(function).__name__


@dataclass(frozen=True)
class OwnLoss:
    """The loss of rows by the caller's function of (n, k) outputs and targets; of (k,) ones it is one number."""

    function: Callable[[Value, Value], Value]

    def __call__(self, a: Value, y: Value) -> Value:
        if len(a.shape) == 2:
            return self.function(a, y)
        return self.function(fn.reshape(a, (1, -1)), np.reshape(y, (1, -1)))[0]


def try_activation(
    function: Callable[[Value], Value], what: str, *, is_elementwise: bool = True
) -> None:
    """Refuse a function that is no activation: (n, k) in, (n, k) finite numbers out, with a derivative.

    Parameters
    ----------
    function : callable
        The caller's function of one array.
    what : str
        What it was given as, for the errors.
    is_elementwise : bool
        Whether each number must depend on its own one alone; else on its own row.

    Raises
    ------
    ParameterError
        It fails, has no derivative, changes the shape, gives NaN or infinity, or mixes numbers.
    """
    name = name_of(function)
    value = _tried(function, f"{what}: {name}", "(n, k)", PROBE.shape, PROBE)
    if not np.all(np.isfinite(value)):
        row, column = (int(i) for i in np.argwhere(~np.isfinite(value))[0])
        raise ParameterError(
            f"{what}: {name} must be finite at every number, weighted sums take any sign; it is "
            f"{value[row, column]} at {PROBE[row, column]}. Keep it defined there, with np.where or np.maximum."
        )
    with np.errstate(all="ignore"):
        alone = np.concatenate([function(row[np.newaxis]) for row in PROBE])
        if is_elementwise:
            alone = np.concatenate([function(column[:, np.newaxis]) for column in PROBE.T], axis=1)
    if not np.allclose(alone, value, rtol=CLOSE, atol=CLOSE):
        advice = (
            "Pass gl.nn.Activation(name, formula, function=..., is_elementwise=False) as the last layer's activation "
            "if it works on whole rows."
            if is_elementwise
            else "Let it work along the last axis."
        )
        own = "number by itself" if is_elementwise else "row by itself"
        raise ParameterError(f"{what}: {name} must act on each {own}; it mixes them. {advice}")


def try_loss(function: Callable[[Value, Value], Value], outputs: Floats) -> None:
    """Refuse a function that is no loss: outputs (n, k) and targets (n, k) in, (n,) numbers out, with a derivative.

    Parameters
    ----------
    function : callable
        The caller's function of outputs and targets.
    outputs : numpy.ndarray of shape (n, k)
        Numbers that the network's last layer can give.

    Raises
    ------
    ParameterError
        It fails, has no derivative by the outputs, gives another shape, or mixes rows.
    """
    name = name_of(function)
    n, k = outputs.shape
    targets = np.linspace(0.1, 0.9, n * k).reshape(n, k)
    what = f"Network: loss {name}"
    value = _tried(function, what, "the loss of each row, (n,)", (n,), outputs, targets)
    with np.errstate(all="ignore"):
        alone = np.concatenate([function(outputs[i : i + 1], targets[i : i + 1]) for i in range(n)])
    if not np.allclose(alone, value, rtol=CLOSE, atol=CLOSE, equal_nan=True):
        raise ParameterError(
            f"{what} must give each row a loss of its own; it mixes rows. Reduce along the last axis only."
        )


def _tried(
    function: Callable[..., Value], what: str, wanted: str, shape: tuple[int, ...], *given: Floats
) -> Floats:
    """Return the value of a function whose first argument is differentiated, or the error that says what is wrong."""
    is_recorded = False

    def watched(first: Value) -> Value:
        nonlocal is_recorded
        result = function(first, *given[1:])
        is_recorded = type(result) is Variable
        return result

    watched.__name__ = name_of(function)
    shapes = " and ".join(str(array.shape) for array in given)
    try:
        with np.errstate(all="ignore"):
            value, pull = vjp(watched, given[0])
            found = np.shape(value)
            if found == shape and is_recorded:
                pull(np.ones_like(value))
    except NotDifferentiableError as error:
        raise ParameterError(f"{what} has no derivative: {error}") from error
    except Exception as error:  # whatever a function of the caller's raises
        raise ParameterError(
            f"{what} failed on arrays of shape {shapes}: {type(error).__name__}: {error}. "
            "Write it with NumPy's functions or those of gl.autodiff."
        ) from error
    if found != shape:
        raise ParameterError(f"{what} must return {wanted}; got {found} from {shapes}.")
    if not is_recorded:
        raise ParameterError(
            f"{what} has no derivative: what it returns does not depend on its first argument. "
            "Compute it from that argument, with NumPy's functions or those of gl.autodiff."
        )
    return np.asarray(value)
