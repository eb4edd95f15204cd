"""Distances by a compiled function of the caller's, given by its address."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .._arrays import Samples, check_samples
from .._errors import ParameterError
from .._native import core
from ._content import AnyPairs, Indices, Parameters
from ._frames import is_frame, matrix_of_frame

_C_FUNCTION: Any = ctypes.CFUNCTYPE(None).__base__  # what every ctypes function is
_SIGNATURE = "double f(const double *x, const double *y, int64_t d, void *user_data)"


@dataclass(frozen=True, eq=False)
class CompiledFunction:
    """An address that can be called, what it wants to be told, and the object that keeps both alive."""

    address: int
    user_data: int
    owner: Any


@dataclass(frozen=True, eq=False)
class ComparedRows:
    """Rows of numbers and the compiled function that knows their distances: `values` (n, d) float64."""

    values: Samples
    function: CompiledFunction

    @property
    def n(self) -> int:
        """How many items there are."""
        return len(self.values)

    def take(self, indices: Indices) -> Self:
        """Return the rows of these indices."""
        return type(self)(np.ascontiguousarray(self.values[indices]), self.function)

    def pairs(
        self,
        other: ComparedRows | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances as the function is asked for them."""
        x: Any = self.values
        y: Any = None if other is None else other.values
        pairs = core.function_pairs64(x, y, self.function.address, self.function.user_data)
        return core.cast_pairs32(pairs) if dtype == np.float32 else pairs

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Refuse: nothing in a model file may name code."""
        raise ParameterError(
            "A model whose metric is a function cannot be saved: files hold no code. "
            "Use a metric by name, or metric='precomputed'."
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """There is no such file."""
        raise ValueError("no file holds a function")


def compiled_function(metric: Any) -> CompiledFunction | None:
    """Return what a ctypes function, a LowLevelCallable or a numba cfunc stands for, or None."""
    if isinstance(metric, CompiledFunction):
        return metric
    if isinstance(metric, int) and not isinstance(metric, bool):
        # Nothing tells an address from any other number, and calling the latter ends the process.
        raise ParameterError(
            f"metric must be a name, or a function of two items; got the number {metric}. If it is the address of a "
            "compiled function, say so: ctypes.CFUNCTYPE(ctypes.c_double)(address)."
        )
    if isinstance(metric, _C_FUNCTION):
        return CompiledFunction(_address(metric), 0, metric)
    if type(metric).__name__ == "LowLevelCallable":
        return _low_level(metric)
    address = getattr(metric, "address", None)
    if isinstance(address, int) and hasattr(metric, "ctypes"):  # numba's cfunc
        return CompiledFunction(address, 0, metric)
    return None


def as_compared_rows(X: Any, function: CompiledFunction, *, name: str) -> ComparedRows:
    """Check rows of numbers; the function reads them as doubles."""
    values = (
        matrix_of_frame(X, "a compiled function", name)
        if is_frame(X)
        else check_samples(X, name=name)
    )
    return ComparedRows(np.ascontiguousarray(values, dtype=np.float64), function)


def _address(function: Any) -> int:
    address = ctypes.cast(function, ctypes.c_void_p).value
    if not address:
        raise ParameterError("The address of a function must be positive; got a null pointer.")
    return address


def _low_level(callable_: Any) -> CompiledFunction:
    """SciPy's LowLevelCallable holds a capsule whose name is the signature."""
    python = ctypes.pythonapi
    pointer, name, context = (
        python.PyCapsule_GetPointer,
        python.PyCapsule_GetName,
        python.PyCapsule_GetContext,
    )
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    context.restype, context.argtypes = ctypes.c_void_p, [ctypes.py_object]
    capsule: Any = next(iter(callable_))
    signature = name(capsule) or b""
    words = signature.decode(errors="replace")
    if words.count("*") < 3 or not words.startswith("double"):
        raise ParameterError(
            f"A LowLevelCallable must have the signature {_SIGNATURE}; got {words!r}."
        )
    address = pointer(capsule, signature)
    return CompiledFunction(int(address or 0), int(context(capsule) or 0), callable_)
