"""Numbers and operations as short text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..graph import Options, Primitive, Value

DIGITS = 6
FEW = 3  # numbers of an array that are all shown


@dataclass(frozen=True)
class Recipe:
    """An operation and what it was applied to.

    Attributes
    ----------
    primitive : Primitive
        The operation.
    names : tuple of str
        For each of its arguments the node's name.
    labels : tuple of str
        For each what stands for it in a formula: the name, or a constant's number.
    options : mapping
        Keyword arguments.
    """

    primitive: Primitive
    names: tuple[str, ...]
    labels: tuple[str, ...]
    options: Options


def number(value: Value, digits: int = DIGITS) -> str:
    """Return a number with at most six digits, a negative zero as 0, e+08 as e8."""
    text = f"{float(value):.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    return "0" if text == "-0" else text


def short(value: Value, *, first: bool = True) -> str:
    """Return a number; a few numbers; or an array by its shape, its norm and, where wanted, its first numbers."""
    array = np.asarray(value)
    if array.shape == ():
        return number(array)
    if array.ndim == 1 and array.size <= FEW:
        return f"[{', '.join(number(v, 4) for v in array)}]"
    shape = "x".join(map(str, array.shape))
    if array.size == 0:
        return f"{shape} []"
    with np.errstate(all="ignore"):
        text = f"{shape} norm {number(np.linalg.norm(array.ravel()), 4)}"
    if not first:
        return text
    numbers = ", ".join(number(v, 3) for v in array.flat[:2])
    return f"{text} [{numbers}{', ...' if array.size > 2 else ''}]"


def formula_of(recipe: Recipe) -> str:
    """Return an operation with the names of its arguments and its options: `sum(h, axis=1)`."""
    primitive, options = recipe.primitive, recipe.options
    labels = [_in_brackets(primitive.formula, label) for label in recipe.labels]
    text = _filled(primitive.formula, labels, options)
    said = said_options(options)
    if text is None:
        return f"{primitive.name}({', '.join([*labels, *said.values()])})"
    rest = [words for name, words in said.items() if "{" + name + "}" not in primitive.formula]
    if not rest:
        return text
    if text.endswith(")"):
        return f"{text[:-1]}, {', '.join(rest)})"
    return f"{text} ({', '.join(rest)})"


def said_options(options: Options) -> dict[str, str]:
    """Return the options that say something, as text: axis=1."""
    return {
        name: f"{name}={_option(value)}"
        for name, value in options.items()
        if value is not None and value is not False
    }


def _filled(formula: str, names: list[str], options: Options) -> str | None:
    """Return the formula with its braces filled; None where it has none, or not one for every argument.

    A formula with dots, as of a sum of many terms, leaves arguments out on purpose.
    """
    is_short = "..." in formula
    if not formula or not (
        is_short or all("{" + str(i) + "}" in formula for i in range(len(names)))
    ):
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
    kind = cast("Any", type(value))
    if kind is tuple:
        return ", ".join(map(_option, value)) if value else "()"
    if kind is slice:
        ends = ["" if end is None else str(end) for end in (value.start, value.stop)]
        return ":".join(ends if value.step is None else [*ends, str(value.step)])
    if kind is np.ndarray:
        return f"array({'x'.join(map(str, value.shape))})"
    return "..." if value is Ellipsis else str(value)
