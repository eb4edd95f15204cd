"""The numbers of a network: where they start, and what may be put in their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np

from .._arrays import Real
from .._errors import DataError, ParameterError
from .._random import RandomState, generator
from ._data import in_dtype
from ._engine.stages import Stage
from ._names import refuse_unknown
from ._numbers import real_numbers
from .activations import activation_of
from .initialisers import draw_weights
from .layers import Dense, Layer, Residual

# Who asks: what one of the arrays is called, and where they are held.
_HELD = {"set_parameters": ("parameter", "parameters"), "set_running": ("statistic", "running")}


def first_parameters(
    layers: Sequence[Layer],
    stages: Sequence[Stage],
    *,
    initial: str | None,
    random_state: RandomState,
    dtype: np.dtype[Any],
) -> dict[str, Real]:
    """Draw the first weights, layer by layer; offsets are 0, the scales of norms 1."""
    draws = generator(random_state)
    dense = _dense(layers)
    parameters: dict[str, Real] = {}
    for stage in stages:
        for name, shape in stage.shapes.items():
            if name.startswith("W"):
                weights = _weights(next(dense), initial, draws)
                parameters[name] = np.array(in_dtype(weights, dtype, name), order="C")
            else:
                fill = 1.0 if name.startswith("gamma") else 0.0
                parameters[name] = np.full(shape, fill, dtype=dtype)
    return parameters


def first_running(stages: Sequence[Stage], dtype: np.dtype[Any]) -> dict[str, Real]:
    """Return the running statistics before the first batch: mean 0, variance 1."""
    running: dict[str, Real] = {}
    for stage in stages:
        for name in stage.running:
            fill = 1.0 if name.startswith("variance") else 0.0
            running[name] = np.full(stage.n_out, fill, dtype=dtype)
    return running


def refitted(
    held: Mapping[str, Real], given: Any, caller: str, dtype: np.dtype[Any]
) -> dict[str, Real]:
    """Return copies of all given arrays under the names and in the shapes of those that are held."""
    one, where = _HELD[caller]
    if not isinstance(given, Mapping):
        raise ParameterError(
            f"{caller} needs a dict from names to arrays; got a {type(given).__name__}. "
            f"Start from network.{where}."
        )
    names = list(cast("Mapping[Any, Any]", given))
    if not held and names:
        raise ParameterError(
            f"{caller}: this network has no running statistics; got {', '.join(map(str, names))}. "
            "Only a BatchNorm has mean and variance."
        )
    for name in names:
        refuse_unknown(name, held, f"A {one}'s name")
    missing = [name for name in held if name not in given]
    if missing:
        raise ParameterError(
            f"{caller} needs every {one} of the network; {', '.join(missing)} is missing. "
            f"Start from network.{where}, which holds all of them."
        )
    return {name: _refitted(name, given[name], held[name].shape, dtype) for name in held}


def _refitted(name: str, value: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Real:
    """Return a copy of one array's new value."""
    array = real_numbers(value, name)
    if array.shape != shape:
        raise DataError(f"{name} must have the shape {shape}; got {array.shape}.")
    if not np.all(np.isfinite(array)):
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise DataError(
            f"{name} must be finite; got {array[at]} at {list(at)}. Set it to a number."
        )
    if name.startswith("variance") and np.any(array < 0):
        at = int(np.argmin(array))
        raise DataError(f"{name} must not be negative; got {array[at]:g} at [{at}].")
    return in_dtype(np.array(array, order="C"), dtype, name)


def _dense(layers: Sequence[Layer]) -> Iterator[Dense]:
    """Yield the dense layers in the order of their numbers."""
    for layer in layers:
        if isinstance(layer, Residual):
            yield from _dense(layer.layers)
        elif isinstance(layer, Dense):
            yield layer


def _weights(layer: Dense, initial: str | None, draws: np.random.Generator) -> Real:
    """Return a layer's first weights: its own choice, else the network's, else what fits the activation."""
    chosen = layer.initial if layer.initial is not None else initial
    if chosen is not None and not isinstance(chosen, str):
        return np.asarray(chosen, dtype=np.float64)
    rule = activation_of(layer.activation).spread if chosen is None else chosen
    return draw_weights(rule, layer.n_in, layer.n_out, draws)
