"""The plain arguments of a recorded operation: what may be one, and how a graph holds it."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import numpy as np

from .._errors import NotDifferentiableError

Value: TypeAlias = Any
type_of: Any = type
# A set of Any: pyright would narrow a class that is compared with these, to one with unknown parameters.
_SEQUENCES: frozenset[Any] = frozenset({list, tuple})


def constant(value: Value, where: str) -> Value:
    """Return a plain argument as a number or an array of real numbers."""
    kind = type_of(value)
    if kind is float or kind is int or kind is np.float64:
        return value
    array = value if kind is np.ndarray else np.asarray(value)
    if has_masked_entries(value):
        raise NotDifferentiableError(
            f"{where} got an array with masked entries, whose mask would be lost. Fill them in, or use np.where."
        )
    if array.dtype.kind not in "fiub":
        raise NotDifferentiableError(
            f"{where} got {kind.__name__} of dtype {array.dtype}, and needs real numbers: "
            "pass floats or arrays of floats."
        )
    return array


def held(value: Value) -> Value:
    """Return a plain argument as a graph may hold it: nobody can write into it before the pass backward reads it."""
    if type(value) is np.ndarray and value.flags.writeable:
        return value.copy("K")
    return value


def has_masked_entries(value: Any) -> bool:
    """Whether a value is a masked array of which something is masked."""
    return isinstance(value, np.ma.MaskedArray) and bool(np.ma.is_masked(cast("Any", value)))


def held_index(index: Any) -> Any:
    """Return an index as a graph may hold it: arrays and lists in it are copies."""
    kind = type_of(index)
    if kind is np.ndarray:
        return held(index)
    return kind(map(held_index, index)) if kind in _SEQUENCES else index
