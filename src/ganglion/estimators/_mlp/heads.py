"""What stands behind the hidden layers of a regressor: the loss, and how its outputs become predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..._arrays import Real
from ...nn._names import refuse_unknown
from ...nn.losses import Loss, losses
from .fit import Head

ALIASES = {"squared_error": "squared", "absolute_error": "mae"}
OF_NUMBERS = ("values", "counts")


@dataclass(frozen=True)
class RegressionHead:
    """A head, and `predicted`, which turns outputs into what is predicted.

    `is_plain` where those are the same, `is_one_each` where there is one prediction for each target.
    """

    head: Head
    predicted: Callable[[Real], Real]
    is_plain: bool = True
    is_one_each: bool = True


def regression_head(loss: Any, n_targets: int) -> RegressionHead:
    """Return the head for a loss: a name, a record such as `gl.nn.Quantile(...)`, or a function."""
    if not isinstance(loss, str | Loss) and callable(loss):
        return RegressionHead(Head(n_targets, "identity", loss, "identity"), _same)
    if isinstance(loss, Loss):
        row = loss
    else:
        known = [name for name, row in losses.items() if row.targets in OF_NUMBERS]
        if loss not in ALIASES:
            refuse_unknown(loss, [*ALIASES, *known], "loss")
        row = losses[ALIASES.get(loss, loss)]
    given: Any = row if isinstance(loss, Loss) else row.name
    kind = "exp" if row.name == "poisson" else getattr(row, "outputs", "one")
    if kind == "exp":
        return RegressionHead(Head(n_targets, "identity", given, "exp"), _exp, is_plain=False)
    if kind == "levels":
        levels = len(numbers_of(row))
        head = Head(n_targets * levels, "identity", given, "identity")
        if levels == 1:
            return RegressionHead(head, _same)
        return RegressionHead(head, _levels(n_targets, levels), is_plain=False, is_one_each=False)
    if kind == "moments":
        head = Head(2 * n_targets, "identity", given, "identity")
        return RegressionHead(head, lambda outputs: outputs[:, :n_targets], is_plain=False)
    return RegressionHead(Head(n_targets, "identity", given, "identity"), _same)


def numbers_of(loss: Loss) -> tuple[float, ...]:
    """Return the numbers that were chosen for a loss."""
    return tuple(getattr(loss, "numbers", ()))


def _same(outputs: Real) -> Real:
    return outputs


def _exp(outputs: Real) -> Real:
    """The mean of counts; its logarithm is what the network gives."""
    with np.errstate(over="ignore"):
        return np.exp(outputs)


def _levels(n_targets: int, levels: int) -> Callable[[Real], Real]:
    """Return quantiles (n, levels) of one target, (n, n_targets, levels) of several; rising where they would cross."""

    def predicted(outputs: Real) -> Real:
        sorted_ones: Real = np.sort(outputs.reshape(len(outputs), n_targets, levels), axis=2)
        return sorted_ones[:, 0] if n_targets == 1 else sorted_ones

    return predicted
