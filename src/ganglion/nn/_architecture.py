"""What makes layers a network: that they fit each other and the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import ParameterError
from ._engine.stages import Stage
from ._given import PROBE, OwnLoss, name_of, try_loss
from ._names import refuse_unknown
from .activations import activation_of, shown
from .layers import Dropout, Layer, Residual, chained
from .losses import Loss, loss_of, losses

DTYPES = ("float32", "float64")


def fitting(layers: Any) -> tuple[Layer, ...]:
    """Return the layers, at least one, each fitting the one before it."""
    fit = chained(layers, "Network")
    if isinstance(fit[-1], Dropout):
        raise ParameterError(
            f"{fit[-1]} stands last: it would drop outputs of the network. Put it between two layers."
        )
    singles = [
        layer for one in fit for layer in (one.layers if isinstance(one, Residual) else (one,))
    ]
    solid = [layer for layer in singles if not isinstance(layer, Dropout)]
    for place, layer in enumerate(solid):
        is_last = place == len(solid) - 1 and not isinstance(fit[-1], Residual)
        if not is_last and not activation_of(layer.activation).is_elementwise:
            behind = "" if place == len(solid) - 1 else f", and {solid[place + 1]} stands behind it"
            raise ParameterError(
                f"activation={shown(layer.activation)} may stand in the last layer only; {layer} has it{behind}. "
                "Use another activation there."
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


def fitting_loss(given: Any, last: Stage, layer: Layer) -> Loss:
    """Return the loss, which must fit the activation of the last stage, that of the last layer."""
    if isinstance(given, Loss):
        _refuse_altered(given)
        loss = given
    elif callable(given):
        return _own_loss(given, last)
    else:
        refuse_unknown(given, losses, "Network: loss")
        loss = losses[given]
    loss.n_targets(last.n_out)
    if loss.behind not in (None, last.activation):
        raise ParameterError(
            f"loss={loss.name!r} stands behind {loss.behind}; the last layer, {layer}, has "
            f"activation={shown(last.activation)}. Use activation={loss.behind!r} there, or another loss."
        )
    return loss


def _refuse_altered(given: Loss) -> None:
    """Raise the error for a record that is not the library's: kernels and files know losses by their name."""
    if given.name not in losses or loss_of(given.name, given.numbers) != given:
        raise ParameterError(
            f"Network: loss must be a record as gl.nn makes them; got another one, called {given.name!r}. "
            "Pass the function itself: a function of outputs and targets may be the loss."
        )


def _own_loss(function: Callable[[Any, Any], Any], last: Stage) -> Loss:
    """Return the record of a loss that the caller wrote: of (n, k) outputs and targets, the (n,) losses of the rows."""
    z = np.resize(PROBE, (len(PROBE), last.n_out))
    try_loss(function, activation_of(last.activation)(z))
    name = name_of(function)
    return Loss(name, "", f"{name}({{a}}, {{y}})", OwnLoss(function))
