"""Einstein's notation made explicit: no ellipsis, no implied output, no letter twice in one operand."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from .._errors import ParameterError
from .graph import PRIMITIVES, Value


def explicit_notation(subscripts: Any, operands: tuple[Value, ...]) -> tuple[list[Value], str]:
    """Return the operands, with diagonals taken where a letter repeats, and the explicit subscripts."""
    if not isinstance(subscripts, str):
        raise ParameterError('einsum needs its subscripts as text first, such as "ij,jk->ik".')
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise ParameterError(
            f"einsum({subscripts!r}) names {len(terms)} operands; got {len(operands)}."
        )
    spare = [c for c in string.ascii_letters if c not in subscripts]
    spans = [
        np.ndim(x) - len(t.replace("...", "")) if "..." in t else 0
        for t, x in zip(terms, operands, strict=True)
    ]
    if min(spans) < 0:
        raise ParameterError(f"einsum({subscripts!r}) got operands with too few axes.")
    stretched = "".join(spare[: max(spans)])
    terms = [
        t.replace("...", stretched[len(stretched) - n :]) for t, n in zip(terms, spans, strict=True)
    ]
    if arrow:
        output = output.replace("...", stretched)
    else:
        letters = "".join(terms)
        once = sorted(c for c in set(letters) if letters.count(c) == 1 and c not in stretched)
        output = stretched + "".join(once)
    arrays: list[Value] = []
    for i, operand in enumerate(operands):
        array, terms[i] = _without_repeats(operand, terms[i])
        arrays.append(array)
    return arrays, ",".join(terms) + "->" + output


def _without_repeats(operand: Value, term: str) -> tuple[Value, str]:
    """Take the diagonal for every letter that stands twice."""
    for letter in term:
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            operand = PRIMITIVES["diagonal"](operand, offset=0, axis1=first, axis2=second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    return operand, term
