"""Numbers and operations as short text."""

from __future__ import annotations

from typing import Any

import numpy as np

from .graph import Options, Primitive, Value

DIGITS = 6


def number(value: Value, digits: int = DIGITS) -> str:
    """Return a number with at most six digits, a negative zero as 0, e+08 as e8."""
    text = f"{float(value):.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    return "0" if text == "-0" else text


def short(value: Value, most: int = 3) -> str:
    """Return a number, or an array by its shape, its norm and its first numbers."""
    array = np.asarray(value)
    if array.shape == ():
        return number(array)
    shape = "x".join(map(str, array.shape))
    if array.size == 0:
        return f"{shape} []"
    first = ", ".join(number(v, 4) for v in array.flat[:most])
    dots = ", ..." if array.size > most else ""
    with np.errstate(all="ignore"):
        size = number(np.linalg.norm(array), 4)
    return f"{shape} |{size}| [{first}{dots}]"


def formula_of(primitive: Primitive, names: list[str], options: Options) -> str:
    """Return an operation with the names of its arguments and its options: `sum(h, axis=1)`."""
    said = {name: value for name, value in options.items() if value is not None and value is not False}
    text = _filled(primitive.formula, [_in_brackets(primitive.formula, name) for name in names], options)
    if text is None:
        listed = [*names, *(f"{name}={_option(value)}" for name, value in said.items())]
        return f"{primitive.name}({', '.join(listed)})"
    rest = [
        f"{name}={_option(value)}" for name, value in said.items() if "{" + name + "}" not in primitive.formula
    ]
    if not rest:
        return text
    if text.endswith(")"):
        return f"{text[:-1]}, {', '.join(rest)})"
    return f"{text} ({', '.join(rest)})"


def _filled(formula: str, names: list[str], options: Options) -> str | None:
    """Return the formula with its braces filled; None where it has none, or not one for every argument."""
    if not formula or any("{" + str(i) + "}" not in formula for i in range(len(names))):
        return None
    try:
        return formula.format(*names, **{name: _option(value) for name, value in options.items()})
    except (IndexError, KeyError):
        return None


def _in_brackets(formula: str, name: str) -> str:
    """Return a negative number in brackets where it stands beside a sign."""
    beside_a_sign = " " in formula or formula.startswith("-")
    return f"({name})" if name.startswith("-") and beside_a_sign and "(" not in formula else name


def _option(value: Any) -> str:
    """Return an option's value; an index as it is written between brackets."""
    if isinstance(value, tuple):
        return ", ".join(_option(part) for part in value) if value else "()"
    if isinstance(value, slice):
        ends = [("" if end is None else str(end)) for end in (value.start, value.stop)]
        return ":".join(ends if value.step is None else [*ends, str(value.step)])
    if value is Ellipsis:
        return "..."
    if isinstance(value, np.ndarray):
        return f"array({'x'.join(map(str, value.shape))})"
    return str(value)
