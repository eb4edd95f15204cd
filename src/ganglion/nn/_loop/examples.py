"""The gate for what a network learns from, or is judged on: rows, targets and weights in the network's dtype."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from ..._arrays import check_weights
from ..._errors import DataError, ParameterError
from .._data import check_rows, check_targets
from .._engine.program import Learned
from ..network import Network


def checked(network: Network, X: Any, y: Any, sample_weight: Any) -> Learned:
    """Return what is learned from in the network's dtype, or the error that says what is wrong with it.

    Parameters
    ----------
    network : Network
        What is trained.
    X, y, sample_weight : array-like
        As for `train`.

    Returns
    -------
    Learned
        Rows, targets or labels, weights.

    Raises
    ------
    DataError
        NaN, lengths or widths that differ, labels out of range.
    """
    dtype = np.dtype(network.dtype)
    rows, is_single = check_rows(X, cast("Any", network.layers[0]), dtype, min_rows=1)
    if is_single:
        raise DataError(
            f"train: X must hold rows (n, {network.n_in}); got shape {np.shape(X)}. Use X[None] for one row."
        )
    shape = (len(rows), network.n_out)
    kind = network.loss_function.targets
    each = network.loss_function.outputs_per_target
    targets: Any = np.ascontiguousarray(
        check_targets(y, kind, shape, is_single=False, dtype=dtype, each=each)
    )
    labels = targets.astype(np.int32) if targets.ndim == 1 else None
    weights = check_weights(sample_weight, len(rows))
    if weights is not None and network.reduction == "mean":
        with np.errstate(over="ignore"):
            if not 1e-300 < np.sum(weights) < np.inf:  # a mean knows no scale
                weights = weights / np.max(weights)
    return Learned(np.ascontiguousarray(rows), targets if labels is None else None, labels, weights)


def checked_eval_set(network: Network, eval_set: Any) -> Learned:
    """Return what a network is judged on: `eval_set` is (X, y) or (X, y, sample_weight)."""
    if not isinstance(eval_set, (tuple, list)) or len(eval_set) not in (2, 3):  # pyright: ignore[reportUnknownArgumentType]
        raise ParameterError(
            "train: eval_set must be (X, y) or (X, y, sample_weight); got "
            f"{type(eval_set).__name__}. Pass one tuple of arrays."  # pyright: ignore[reportUnknownArgumentType]
        )
    X, y, *weights = eval_set  # pyright: ignore[reportUnknownVariableType]
    try:
        return checked(network, X, y, weights[0] if weights else None)
    except (DataError, ParameterError) as error:
        raise type(error)(f"eval_set: {error}") from error
