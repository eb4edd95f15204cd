"""Parameters as JSON: every value comes back with its own type, or is refused when saving.

JSON's own values stand for themselves. What JSON lacks is an object with exactly one key:

    {"float": "nan" | "inf" | "-inf"}     {"tuple": [...]}     {"dict": [[key, value], ...]}
    {"float32": 0.5}   a NumPy scalar, by the name of its dtype; {"str_": "..."} for np.str_
    {"array": "parameters.init"}          an array, stored beside the model's own under this name
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import ModelFileError, ParameterError
from ._strict_json import is_list, is_object

MAX_NESTING = 32
PREFIX = "parameters."

_SCALARS = frozenset(
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()
)
_ITEM_TYPES = {"b": bool, "i": int, "u": int, "f": float}
_NONFINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

Arrays = dict[str, NDArray[Any]]


def encode(parameters: dict[str, Any]) -> tuple[dict[str, Any], Arrays]:
    """Return the parameters as JSON values, sorted by name, and the arrays found in them."""
    arrays: Arrays = {}
    for name in parameters:
        if not name.isidentifier() or len(name) > 100:
            raise ParameterError(
                f"Names of parameters must be identifiers of at most 100 characters; got {name!r}."
            )
    encoded = {
        name: _encode(parameters[name], PREFIX + name, arrays) for name in sorted(parameters)
    }
    return encoded, arrays


def decode(parameters: Any, arrays: Arrays) -> tuple[dict[str, Any], Arrays]:
    """Undo `encode`: the parameters, and of `arrays` those that are the model's own."""
    if not is_object(parameters):
        raise ModelFileError("The parameters in the header must be a JSON object.")
    left = dict(arrays)
    for name in parameters:
        if not name.isidentifier():
            raise ModelFileError(f"Names of parameters must be identifiers; got {name[:80]!r}.")
    decoded = {name: _decode(value, left) for name, value in parameters.items()}
    for name in left:
        if name.startswith(PREFIX):
            raise ModelFileError(f"Array {name[:80]!r} belongs to a parameter that is not there.")
    return decoded, left


def _encode(value: Any, path: str, arrays: Arrays) -> Any:
    """Return the JSON value that stands for `value`; `path` names the place in messages."""
    if path.count(".") > MAX_NESTING:
        raise ParameterError(
            f"A parameter must nest at most {MAX_NESTING} deep to be saved; {_shown(path)} does not"
            " end there. Flatten it, or remove a list that holds itself."
        )
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int:
        return _encode_int(value, path)
    if type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.generic):
        return _encode_scalar(value, path)
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return {"array": path}
    if type(value) in (list, tuple):
        items = [_encode(item, f"{path}.{i}", arrays) for i, item in enumerate(value)]
        return items if type(value) is list else {"tuple": items}
    if type(value) is dict:
        return {"dict": _encode_pairs(cast("dict[Any, Any]", value), path, arrays)}
    raise _refusal(value, path)


def _encode_int(value: int, path: str) -> int:
    if abs(value) >= 2**1024:
        raise ParameterError(
            f"Integers must be below 2^1024 to be saved; parameter {_shown(path)} has"
            f" {value.bit_length()} bits. Use a smaller one."
        )
    return value


def _encode_scalar(value: Any, path: str) -> Any:
    """Return {dtype name: value}; every float up to float64 and every integer is exact in JSON."""
    if isinstance(value, np.str_):
        return {"str_": str(value)}
    if value.dtype.name not in _SCALARS:
        raise _refusal(value, path)
    item: Any = value.item()
    return {value.dtype.name: _encode(item, path, {})}


def _encode_pairs(value: dict[Any, Any], path: str, arrays: Arrays) -> list[list[Any]]:
    pairs: list[list[Any]] = []
    for i, (key, item) in enumerate(value.items()):
        if isinstance(key, tuple) or not (
            key is None or isinstance(key, (bool, int, float, str, np.generic))
        ):
            raise ParameterError(
                f"Keys of a dict must be numbers, strings or None to be saved; parameter"
                f" {_shown(path)} has {key!r}. Use another key."
            )
        pairs.append([_encode(key, f"{path}.{i}", {}), _encode(item, f"{path}.{i}", arrays)])
    return pairs


def _refusal(value: Any, path: str) -> ParameterError:
    """Return the error for a value that no model file can hold: what it is, and what to do."""
    found = f"{type(value).__module__}.{type(value).__qualname__}"
    if isinstance(value, np.random.Generator | np.random.RandomState):
        advice = "Set it to an integer or None before saving."
    elif callable(value):
        advice = (
            "A model file holds no code: set it to a name or to numbers before saving, and give"
            " the function again after loading."
        )
    else:
        advice = "Replace it by numbers, strings, lists or arrays before saving."
    return ParameterError(
        "Parameters must be None, numbers, strings, arrays, or lists, tuples and dicts of these to"
        f" be saved; {_shown(path)} is a {found}. {advice}"
    )


def _shown(path: str) -> str:
    return repr(path.removeprefix(PREFIX)[:80])


def _decode(value: Any, left: Arrays) -> Any:
    """Return the value that a JSON value stands for; takes the arrays it uses out of `left`."""
    if is_list(value):
        return [_decode(item, left) for item in value]
    if not is_object(value):
        return value
    if len(value) != 1:
        raise ModelFileError(f"A tagged value must have exactly one key; found {len(value)}.")
    ((tag, content),) = value.items()
    if tag in _SCALARS:
        return _decode_scalar(tag, _decode(content, left))
    if tag not in _TAGS:
        raise ModelFileError(f"The tag of a value must be a known one; found {tag[:80]!r}.")
    return _TAGS[tag](content, left)


def _decode_scalar(tag: str, item: Any) -> Any:
    """Return the NumPy scalar, if `item` has its Python type and is exactly representable."""
    dtype = np.dtype(tag)
    if type(item) is _ITEM_TYPES[dtype.kind]:
        try:
            with np.errstate(all="ignore"):
                scalar = dtype.type(item)
        except OverflowError:
            scalar = None
        if scalar is not None and (scalar.item() == item or item != item):
            return scalar
    raise ModelFileError(f"A value of type {tag} must hold one; found {str(item)[:80]}.")


def _decode_float(content: Any, left: Arrays) -> float:
    if not isinstance(content, str) or content not in _NONFINITE:
        raise ModelFileError(f"A tagged float must be nan, inf or -inf; got {str(content)[:80]}.")
    return _NONFINITE[content]


def _decode_text(content: Any, left: Arrays) -> np.str_:
    if not isinstance(content, str):
        raise ModelFileError("A value of type str_ must hold a string.")
    return np.str_(content)


def _decode_tuple(content: Any, left: Arrays) -> tuple[Any, ...]:
    if not is_list(content):
        raise ModelFileError("A tuple must hold a list.")
    return tuple(_decode(item, left) for item in content)


def _decode_dict(content: Any, left: Arrays) -> dict[Any, Any]:
    """Return the dict of [[key, value], ...], whose keys must be plain and different."""
    if not is_list(content) or not all(is_list(pair) and len(pair) == 2 for pair in content):
        raise ModelFileError("A dict must hold a list of pairs.")
    result: dict[Any, Any] = {}
    for encoded, item in content:
        key: Any = _decode(encoded, {})
        if isinstance(key, (list, tuple, dict)) or key in result:
            raise ModelFileError("Keys of a dict must be plain and differ; one does not.")
        result[key] = _decode(item, left)
    return result


def _decode_array(content: Any, left: Arrays) -> NDArray[Any]:
    if not isinstance(content, str) or not content.startswith(PREFIX) or content not in left:
        raise ModelFileError(
            f"The array of a parameter must be in the file, and used once; {str(content)[:80]!r}"
            " is not."
        )
    return left.pop(content)


_TAGS: dict[str, Callable[[Any, Arrays], Any]] = {
    "float": _decode_float,
    "str_": _decode_text,
    "tuple": _decode_tuple,
    "dict": _decode_dict,
    "array": _decode_array,
}
