"""What makes layers a network: that they fit each other and the loss; and how that reads as a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np

from .._errors import ParameterError
from ._names import refuse_unknown
from .activations import activations
from .layers import Dense
from .losses import Loss, losses

DTYPES = ("float32", "float64")


def fitting(layers: Any) -> tuple[Dense, ...]:
    """Return the layers, at least one, each fitting the one before it."""
    if isinstance(layers, Dense):
        layers = (layers,)
    if not isinstance(layers, Sequence) or isinstance(layers, str) or not layers:
        raise ParameterError(
            f"Network needs a list of layers, at least one; got {layers!r}. Pass [Dense(n_in, n_out), ...]."
        )
    known = cast("Sequence[Any]", layers)
    for layer in known:
        if not isinstance(layer, Dense):
            raise ParameterError(
                f"Network needs layers made by gl.nn.Dense; got {layer!r}. Pass [Dense(n_in, n_out), ...]."
            )
    fit = tuple(cast("Sequence[Dense]", known))
    for before, after in pairwise(fit):
        if before.n_out != after.n_in:
            raise ParameterError(
                f"Layers must fit: {before} has {before.n_out} neurons, and {after} behind it takes {after.n_in} "
                f"inputs. Use Dense({before.n_out}, {after.n_out})."
            )
        if not activations[before.activation].is_elementwise:
            raise ParameterError(
                f"activation={before.activation!r} may stand in the last layer only; {before} has it, and {after} "
                "stands behind it. Use another activation there."
            )
    return fit


def known_dtype(dtype: Any) -> np.dtype[Any]:
    """Return float32 or float64 as a dtype."""
    try:
        known = np.dtype(dtype)
    except TypeError:
        known = None
    if dtype is None or known is None or known.name not in DTYPES:
        raise ParameterError(f"Network: dtype must be 'float32' or 'float64'; got {dtype!r}.")
    return known


def fitting_loss(name: str, last: Dense) -> Loss:
    """Return the loss, which must fit the activation of the last layer."""
    refuse_unknown(name, losses, "Network: loss")
    loss = losses[name]
    if loss.behind not in (None, last.activation):
        raise ParameterError(
            f"loss={name!r} stands behind {loss.behind}; the last layer, {last}, has "
            f"activation={last.activation!r}. Use activation={loss.behind!r} there, or another loss."
        )
    return loss


def table_of(layers: Sequence[Dense]) -> list[str]:
    """Return a line for each layer: neurons, activation, shapes and number of its parameters."""
    rows = [("layer", "neurons", "activation", "parameters")]
    rows.append(("1", str(layers[0].n_in), "(input)", ""))
    for number, layer in enumerate(layers, 1):
        shapes = [f"W{number} ({layer.n_in}, {layer.n_out})"]
        shapes += [f"b{number} ({layer.n_out},)"] if layer.bias else []
        held = f"{', '.join(shapes)}: {layer.n_parameters:,}"
        rows.append((str(number + 1), str(layer.n_out), layer.activation, held))
    width = [max(len(row[i]) for row in rows) for i in range(3)]
    return [
        f"{number:>{width[0]}}  {neurons:>{width[1]}}  {activation:{width[2]}}  {held}".rstrip()
        for number, neurons, activation, held in rows
    ]
