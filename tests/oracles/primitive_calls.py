"""Primitives called on the inputs of a case, with their gradients, by the engine's own passes."""

from __future__ import annotations

import numpy as np

from ganglion.autodiff.graph import NO_OPTIONS, PRIMITIVES, Variable, next_serial
from ganglion.autodiff.passes import pull_back
from oracles.derivatives import STEP

EPSILON = np.finfo(np.float64).eps


def leaves(values, positions):
    """The arguments, with a variable of one differentiation at every position that has a derivative."""
    level = next_serial()
    arguments = [
        Variable(value, None, (), NO_OPTIONS, next_serial(), level) if i in positions else value
        for i, value in enumerate(values)
    ]
    return level, arguments


def drawn(name, case, seed=7):
    """The values of a case, and the positions of those that move."""
    rng = np.random.default_rng(seed)
    values = [np.asarray(draw(rng, shape))[()] for draw, shape in case.inputs]
    moving = [
        i
        for i, v in enumerate(values)
        if v.dtype == np.float64 and i not in PRIMITIVES[name].constant
    ]
    return rng, values, moving


def call(name, case, values, moving):
    """The primitive as a function of the values that move."""

    def function(*moved):
        arguments = list(values)
        for position, value in zip(moving, moved, strict=True):
            arguments[position] = value
        return PRIMITIVES[name](*arguments, **case.options)

    return function


def pulled(name, case, values, moving, seed, *, record=False):
    """The gradients of <seed, y> by the values that move."""
    level, arguments = leaves(values, moving)
    y = PRIMITIVES[name](*arguments, **case.options)
    gradients = pull_back(y, seed, level, record=record)
    return (
        level,
        arguments,
        [gradients.get(arguments[i], np.zeros(np.shape(values[i]))) for i in moving],
    )


def assert_close(found, expected, scale):
    """Equal to what differences can tell: they lose EPSILON scale / STEP to rounding, some 16 times over."""
    np.testing.assert_allclose(
        found, expected, rtol=1e-9, atol=16 * EPSILON * max(scale, 1.0) / STEP
    )
