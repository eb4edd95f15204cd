"""Arrays of strings (feature names, class names) as JSON: safetensors has no type for them."""

from __future__ import annotations

import math
import re
from typing import Any, TypeGuard, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import ModelFileError, ParameterError
from ._parameters import PREFIX
from ._strict_json import is_list, is_object

# Each string of a "U" array takes the room of the longest one, so that a small file could ask for
# any amount of memory. This bounds it, for all such arrays of a file together.
MAX_BYTES = 2**28


def is_text(array: NDArray[Any]) -> bool:
    """Whether `array` is stored here: dtype "U", or object (whose items are checked later)."""
    return array.dtype.kind in "UO"


def encode(arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """Return {name: {"dtype", "shape", "values"}} for arrays of strings."""
    if sum(_room(array) for array in arrays.values()) > MAX_BYTES:
        raise ParameterError(
            f"Arrays of strings must take at most {MAX_BYTES} bytes to be saved; these take more."
            ' Use dtype=object instead of "U".'
        )
    return {name: _encode(name, arrays[name]) for name in sorted(arrays)}


def _room(array: NDArray[Any]) -> int:
    return array.nbytes if array.dtype.kind == "U" else 0


def _encode(name: str, array: NDArray[Any]) -> dict[str, Any]:
    values = cast("list[object]", array.ravel().tolist())
    for i, value in enumerate(values):
        if not isinstance(value, str):
            raise ParameterError(
                f"An array of dtype object must hold strings only to be saved; {name.removeprefix(PREFIX)!r} holds"
                f" a {type(value).__name__} at position {i}. Convert the array to numbers, or all"
                " its items to str."
            )
    dtype = "object" if array.dtype.kind == "O" else f"U{max(1, array.dtype.itemsize // 4)}"
    return {"dtype": dtype, "shape": list(array.shape), "values": [str(v) for v in values]}


def decode(content: Any) -> dict[str, NDArray[Any]]:
    """Undo `encode`; ModelFileError where the content is not of that form."""
    if not is_object(content):
        raise ModelFileError("The strings in the header must be a JSON object.")
    arrays: dict[str, NDArray[Any]] = {}
    room = 0
    for name, entry in content.items():
        dtype, shape, values = _entry(name, entry)
        room += 0 if dtype == "object" else 4 * int(dtype[1:]) * len(values)
        if room > MAX_BYTES:
            raise ModelFileError(
                f"Arrays of strings must take at most {MAX_BYTES} bytes; {name[:80]!r} goes beyond."
            )
        array = np.empty(len(values), dtype=dtype)
        array[:] = values
        arrays[name] = array.reshape(shape)
    return arrays


def _entry(name: str, entry: Any) -> tuple[str, tuple[int, ...], list[str]]:
    """Return dtype, shape and values of one array, checked against each other."""
    if is_object(entry) and set(entry) == {"dtype", "shape", "values"}:
        dtype, shape, values = entry["dtype"], entry["shape"], entry["values"]
        width = _width(dtype)
        if width is not None and is_shape(shape) and is_list(values):
            if math.prod(shape) != len(values):
                raise ModelFileError(
                    f"Strings {name[:80]!r} must have as many values as their shape says; found"
                    f" {len(values)} for {str(shape)[:80]}."
                )
            if all(isinstance(text, str) and len(text) <= width for text in values):
                return dtype, tuple(shape), values
    raise ModelFileError(f"Strings {name[:80]!r} must have a dtype, a shape and values that fit.")


def _width(dtype: Any) -> float | None:
    """Return the longest string that `dtype` holds; None where it is not a dtype of strings."""
    if dtype == "object":
        return math.inf
    if isinstance(dtype, str) and re.fullmatch(r"U[1-9][0-9]{0,8}", dtype):
        return int(dtype[1:])
    return None


def is_shape(sizes: Any) -> TypeGuard[list[int]]:
    """Whether `sizes` is a shape that NumPy can have: its non-empty axes must not overflow."""
    return (
        is_list(sizes)
        and len(sizes) <= 32
        and all(type(size) is int and 0 <= size < 2**63 for size in sizes)
        and 8 * math.prod(size for size in sizes if size) < 2**63
    )
