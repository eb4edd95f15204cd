"""What a trace takes and what it must give: finite real numbers in, one number out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from ..._errors import DataError, NotDifferentiableError, ParameterError
from .._constants import has_masked_entries
from .._differentiation import call
from ..graph import NO_OPTIONS, Value, Variable, next_serial


def real_input(name: str, value: Any) -> Value:
    """Return an input as a float64 number or an array of its own."""
    try:
        array = np.asarray(float(value) if type(value) is int else value)
        if has_masked_entries(value):
            raise DataError(f"Input {name!r} must not have masked entries. Fill them in.")
    except OverflowError:
        raise DataError(
            f"Input {name!r} must be a number that float64 can hold; it is larger than 1.8e308."
        ) from None
    except ValueError as error:
        raise DataError(
            f"Input {name!r} must be a number or an array of numbers: {error}."
        ) from None
    if array.dtype.kind not in "fiu":
        raise NotDifferentiableError(
            f"Input {name!r} must be real numbers; got {type(value).__name__} of dtype {array.dtype}. Pass floats."
        )
    with np.errstate(over="ignore"):
        array = np.array(array, dtype=np.float64, order="C")
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        place = f" at [{', '.join(map(str, wrong[0]))}]" if array.ndim else ""
        raise DataError(
            f"Input {name!r} must be finite; it is {array[tuple(wrong[0])]}{place}. A gradient there is no number."
        )
    return array[()]


def call_by_name(source: Callable[..., Any], leaves: Mapping[str, Variable], title: str) -> Any:
    """Call the function by keywords."""
    if not callable(source):
        raise ParameterError(f"trace needs a function or text; got {type(source).__name__}.")
    try:
        signature = inspect.signature(source)
    except (TypeError, ValueError):
        signature = None
    if signature is not None:
        try:
            signature.bind(**leaves)
        except TypeError as error:
            raise ParameterError(
                f"{title}{signature} is called with the inputs by name, here {', '.join(leaves) or 'none'}: {error}."
            ) from None
    return call(source, (), leaves)


def one_number(result: Any, level: int) -> Variable:
    """Return the output as a variable; it must be one number."""
    if type(result) is not Variable:
        is_number = isinstance(result, int | float | np.ndarray | np.generic)
        array = np.asarray(cast("Any", result)) if is_number else None
        if array is None or array.dtype.kind not in "fiub":
            raise ParameterError(
                f"The output must be one number; got {type(result).__name__}. Return the number to explain."
            )
        result = Variable(array.astype(np.float64)[()], None, (), NO_OPTIONS, next_serial(), level)
    shape = np.shape(result.value)
    if shape != ():
        raise ParameterError(
            f"The output must be one number; it has shape {shape}. Take one of its elements, or a sum or mean of them."
        )
    if result.level < level:  # of an outer differentiation, a constant here
        return Variable(result.value, None, (), NO_OPTIONS, next_serial(), level)
    return result
