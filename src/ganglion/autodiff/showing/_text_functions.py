"""The functions that an expression may call, and how many arguments each takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .. import functions
from ..graph import Variable


@dataclass(frozen=True)
class TextFunction:
    """How a function is called in text.

    Attributes
    ----------
    least, most : int
        Numbers of arguments.
    values : int or None
        How many of them, from the first, are values; the others are whole numbers such as an axis. None: all.
    style : str
        How they are handed over: "plain", "list" (of all values), "axis" (axis, keepdims), "shape" or "axes".
    example : str
        Whole numbers that would do.
    """

    least: int
    most: int
    values: int | None = None
    style: str = "plain"
    example: str = "1"


MANY = 64
_ONE, _TWO, _THREE = (TextFunction(n, n) for n in (1, 2, 3))
_OVER_AXIS = TextFunction(1, 3, 1, "axis")
_ALONG_AXIS = TextFunction(1, 2, 1, "axis")
_LIST = TextFunction(1, MANY, None, "list")

FUNCTIONS: dict[str, TextFunction] = {
    **dict.fromkeys(
        ("exp", "expm1", "log", "log1p", "sqrt", "square", "abs", "sin", "cos", "tan", "tanh"), _ONE
    ),
    **dict.fromkeys(
        (
            "sigmoid",
            "softplus",
            "relu",
            "leaky_relu",
            "elu",
            "selu",
            "gelu",
            "silu",
            "mish",
            "step",
        ),
        _ONE,
    ),
    **dict.fromkeys(("maximum", "minimum", "matmul"), _TWO),
    **dict.fromkeys(("where", "clip"), _THREE),
    **dict.fromkeys(("sum", "mean", "var", "max", "min", "logsumexp", "norm"), _OVER_AXIS),
    **dict.fromkeys(("softmax", "log_softmax"), _ALONG_AXIS),
    "reshape": TextFunction(2, MANY, 1, "shape", "2, 3"),
    "transpose": TextFunction(1, MANY, 1, "axes", "1, 0"),
    "concatenate": _LIST,
    "stack": _LIST,
    "stop_gradient": _ONE,
}


def wrong_number(name: str, given: int) -> str:
    """Return what is wrong with a number of arguments; "" where nothing is."""
    function = FUNCTIONS[name]
    if function.least <= given <= function.most:
        return ""
    if function.least == function.most:
        expected = str(function.least)
    elif function.most == MANY:
        expected = f"at least {function.least}"
    else:
        expected = f"{function.least} to {function.most}"
    return f"{name} takes {expected} argument{'' if expected in ('1', 'at least 1') else 's'}; got {given}."


def call_function(name: str, values: Sequence[Variable], settings: Sequence[int]) -> Any:
    """Call a function on variables, with whole numbers for its axis, shape or axes."""
    function: Any = getattr(functions, name)
    style = FUNCTIONS[name].style
    if style == "list":
        return function(list(values))
    if style == "axis":
        options: dict[str, Any] = {}
        if settings:
            options["axis"] = settings[0]
        if len(settings) > 1:
            options["keepdims"] = bool(settings[1])
        return function(values[0], **options)
    if style in ("shape", "axes"):
        return function(values[0], tuple(settings)) if settings else function(values[0])
    return function(*values)
