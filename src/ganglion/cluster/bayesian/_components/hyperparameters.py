"""What hyperparameters may be: a number for all columns, a value for each, or None for a value from the data."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...._errors import ParameterError

Floats = NDArray[np.float64]
Numbers = float | ArrayLike | None
"""A number stands for the same value in every column; None for a value from the data."""


def freeze_numbers(owner: str, name: str, value: Any, *, positive: bool = False) -> Any:
    """None, a float, or a read-only array (d,) of finite numbers."""
    if value is None:
        return None
    array = _finite(owner, name, value, most_axes=1)
    if positive and not np.all(array > 0):
        found = array[array <= 0].flat[0]
        raise ParameterError(f"{owner}: {name} must be positive; got {found:g}.")
    return _frozen(array)


def freeze_number(owner: str, name: str, value: Any, above: float = 0.0) -> float | None:
    """None, or a float above a limit."""
    if value is None:
        return None
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise ParameterError(f"{owner}: {name} must be a number, or None; got {value!r}.")
    number = float(value)
    if not math.isfinite(number) or number <= above:
        needed = "positive" if above == 0 else f"above {above:g}"
        raise ParameterError(f"{owner}: {name} must be {needed} and finite; got {number:g}.")
    return number


def check_flag(owner: str, name: str, value: Any) -> None:
    """A flag is True or False."""
    if not isinstance(value, bool):
        raise ParameterError(f"{owner}: {name} must be True or False; got {value!r}.")


def freeze_scale(owner: str, name: str, value: Any) -> Any:
    """None, a positive float, positive variances (d,), or a symmetric positive definite matrix (d, d)."""
    if value is None:
        return None
    array = _finite(owner, name, value, most_axes=2)
    if array.ndim < 2:
        return freeze_numbers(owner, name, value, positive=True)
    if array.shape[0] != array.shape[1]:
        raise ParameterError(
            f"{owner}: {name} must be a square matrix (d, d); got shape {array.shape}."
        )
    largest = float(np.max(np.abs(array), initial=0.0))
    skew = np.abs(array - array.T)
    if np.any(skew > 1e-10 * largest):
        i, j = (int(at) for at in np.argwhere(skew == skew.max())[0])
        raise ParameterError(
            f"{owner}: {name} must be symmetric; got {array[i, j]:g} at ({i}, {j}) and {array[j, i]:g} at ({j}, {i}). "
            f"Use ({name} + {name}.T) / 2."
        )
    _refuse_singular(owner, name, array)
    return _frozen((array + array.T) / 2)


def broadcast(owner: str, name: str, value: Any, d: int) -> Floats:
    """A value for each of d columns, (d,)."""
    array = np.asarray(value, dtype=np.float64)
    if array.ndim and array.shape != (d,):
        raise ParameterError(
            f"{owner}: {name} must be a number, or one value for each of the {d} columns of X; "
            f"got {array.shape[0]} values."
        )
    return _frozen(np.broadcast_to(array, (d,)))


def broadcast_scale(owner: str, name: str, value: Any, d: int) -> Floats:
    """The matrix (d, d) that a number, variances (d,) or a matrix stands for."""
    array = np.asarray(value, dtype=np.float64)
    if array.ndim < 2:
        return _frozen(np.diag(broadcast(owner, name, value, d)))
    if array.shape != (d, d):
        raise ParameterError(
            f"{owner}: {name} must have shape ({d}, {d}), a row and a column for each column of X; "
            f"got {array.shape}."
        )
    return _frozen(array)


def same_values(a: Any, b: Any) -> bool:
    """Whether two values of a field are equal; arrays by shape and content."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return (
            isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and bool(np.array_equal(a, b))  # pyright: ignore[reportUnknownArgumentType]
        )
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same_values, a, b))  # pyright: ignore[reportUnknownArgumentType]
    return bool(a == b)


def shown(value: Any) -> str:
    """A value as a component shows it: few digits, few cells."""
    if isinstance(value, np.ndarray):
        array = cast("NDArray[Any]", value)
        text = np.array2string(
            array,
            separator=", ",
            threshold=12,
            max_line_width=10**6,
            formatter={"float_kind": lambda number: f"{number:.6g}"},  # pyright: ignore[reportUnknownLambdaType]
        )
        return " ".join(text.split())
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        inner = ", ".join(shown(each) for each in value)  # pyright: ignore[reportUnknownVariableType]
        return f"({inner},)" if len(value) == 1 else f"({inner})"  # pyright: ignore[reportUnknownArgumentType]
    return repr(value)


def _finite(owner: str, name: str, value: Any, most_axes: int) -> Floats:
    try:
        array = np.array(value)
    except ValueError as error:  # rows of different lengths
        raise ParameterError(f"{owner}: {name} must be an array of numbers; {error}.") from None
    if array.dtype.kind not in "fiu" or array.ndim > most_axes or not array.size:
        kinds = "a number, or one for each column" + (", or a matrix" if most_axes == 2 else "")
        raise ParameterError(f"{owner}: {name} must be {kinds}; got {value!r}.")
    array = array.astype(np.float64)
    if not np.all(np.isfinite(array)):
        raise ParameterError(f"{owner}: {name} must be finite; got {value!r}.")
    return array


def _frozen(array: Floats) -> Any:
    """A float, or a read-only copy."""
    if array.ndim == 0:
        return float(array)
    array = np.array(array)
    array.setflags(write=False)
    return array


def _refuse_singular(owner: str, name: str, array: Floats) -> None:
    """Positive definite, judged after the columns have been brought to one scale: units do not matter."""
    diagonal = np.diag(array)
    if np.all(diagonal > 0):
        root = np.sqrt(diagonal)
        smallest = float(np.linalg.eigvalsh(array / root[:, None] / root)[0])
        if smallest > len(array) * np.finfo(np.float64).eps:
            return
        found = f"its correlations have the eigenvalue {smallest:.3g}"
    else:
        at = int(np.argmax(diagonal <= 0))
        found = f"its diagonal holds {diagonal[at]:g} at {at}"
    raise ParameterError(
        f"{owner}: {name} must be positive definite; {found}. Add a small multiple of the identity, or drop columns "
        "that are sums of others."
    )
