"""Training from many starts: where each of them comes to rest, and how many minima that makes."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._errors import DivergenceError, ParameterError
from .._random import RandomState, generator
from ._ranges import count, number_in
from .network import Network
from .optimisers import Optimiser
from .training import train

Floats: TypeAlias = npt.NDArray[np.float64]
MOST_SEED = 2**63


@dataclass(frozen=True)
class Restarts:
    """Trainings of one architecture from different random weights.

    Attributes
    ----------
    loss_curves : numpy.ndarray of shape (n, epochs)
        The loss of each start in each epoch; NaN behind its last one, and for a start that left the finite numbers.
    first_losses, losses : numpy.ndarray of shape (n,)
        The loss over all rows before training and after it.
    gradient_norms : numpy.ndarray of shape (n,)
        The length of the loss's gradient after training: near 0 where a start has come to rest, at a minimum or a
        saddle, and not merely run out of epochs.
    levels : numpy.ndarray of shape (n,), int64
        Which starts ended equally high: 0 the lowest, 1 the next, and so on.
    networks : tuple of Network
        The trained networks.
    best : int
        The start with the least loss, the first one among equals.
    """

    loss_curves: Floats
    first_losses: Floats
    losses: Floats
    gradient_norms: Floats
    levels: npt.NDArray[np.int64]
    networks: tuple[Network, ...]
    best: int

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """How many starts ended at each level."""
        return np.bincount(self.levels)

    def __str__(self) -> str:
        lines = [f"{len(self.losses)} starts, {len(self.counts)} levels of the final loss"]
        for level, found in enumerate(self.counts.tolist()):
            heights = self.losses[self.levels == level]
            lines.append(
                f"level {level}: {found} starts, loss {heights.min():.4g} to {heights.max():.4g}"
            )
        return "\n".join(lines)


def restarts(
    network: Network,
    X: Any,
    y: Any,
    *,
    optimizer: Optimiser,
    epochs: int,
    n: int = 10,
    batch_size: int = 32,
    sample_weight: Any = None,
    tolerance: float = 0.02,
    random_state: RandomState = None,
) -> Restarts:
    """Train a network's architecture from several random starts.

    Parameters
    ----------
    network : Network
        The architecture; the network itself stays as it is.
    X, y : array-like
        Rows and targets, as for `train`.
    optimizer : Optimiser
        How parameters follow their gradients; a new one like it is used for each start. It must not have made steps.
    epochs : int
        How often every row is used, at least 1.
    n : int, default 10
        How many starts, at least 1.
    batch_size : int, default 32
        Rows in a batch, at least 1.
    sample_weight : array-like of shape (n,), optional
        A weight for each row, not negative.
    tolerance : float, default 0.02
        Two final losses belong to one level where no gap between them is larger than this share of the median of the
        losses before training; above 0.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default None
        Where weights and orders of rows are drawn from. Start i is the same for every n above i.

    Returns
    -------
    Restarts
        Loss curves, final losses, their levels and the networks; `gl.plots.restarts` draws them over one another.

    Raises
    ------
    ParameterError
        A number outside its range, an optimizer that has made steps.
    DataError
        What `train` refuses.
    DivergenceError
        Every start left the finite numbers.

    Notes
    -----
    The loss of a network is not convex, and gradient descent comes to rest where the gradient is 0. Starts that end at
    several levels with gradients near 0 have found several minima. Networks at one level need not be the same: hidden
    neurons may change places, and signs may change on both sides of a neuron, at the same loss.

    Examples
    --------
    >>> import ganglion as gl
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    >>> network = gl.nn.Network([gl.nn.Dense(2, 2, "tanh"), gl.nn.Dense(2, 1, "sigmoid")])
    >>> runs = gl.nn.restarts(network, X, y, optimizer=gl.nn.Adam(0.05), epochs=800, n=8, random_state=0)
    >>> len(runs.counts) > 1
    True
    """
    share = number_in(tolerance, "restarts: tolerance", above=0.0)
    _refuse_used(optimizer)
    shape = (count(n, "restarts: n"), count(epochs, "restarts: epochs"))
    seeds = generator(random_state).integers(MOST_SEED, size=(shape[0], 2)).tolist()
    networks = tuple(_like(network, int(weights)) for weights, _ in seeds)
    first = np.array([started.loss(X, y, sample_weight) for started in networks])
    curves = np.full(shape, np.nan)
    last_error = ""
    for place, (_, order) in enumerate(seeds):
        try:
            run = train(
                networks[place],
                X,
                y,
                optimizer=deepcopy(optimizer),
                epochs=epochs,
                batch_size=batch_size,
                random_state=int(order),
                sample_weight=sample_weight,
            )
            curves[place, : run.n_epochs] = run.loss_curve
        except DivergenceError as error:
            last_error = str(error)
    if np.all(np.isnan(curves)):
        raise DivergenceError(f"Every start left the finite numbers; the last: {last_error}")
    losses, norms = _at_rest(networks, X, y, sample_weight)
    levels = _levels(losses, share * float(np.median(first)))
    return Restarts(curves, first, losses, norms, levels, networks, int(np.argmin(losses)))


def _refuse_used(optimizer: Any) -> None:
    """Raise unless it is an optimiser that has made no steps."""
    if not isinstance(optimizer, Optimiser):
        raise ParameterError(
            f"restarts: optimizer must be an optimiser such as gl.nn.Adam(); got {optimizer!r}."
        )
    if optimizer.steps:
        raise ParameterError(
            f"restarts needs an optimizer that has made no steps; got one with {optimizer.steps}. Pass a new one."
        )


def _at_rest(
    networks: tuple[Network, ...], X: Any, y: Any, sample_weight: Any
) -> tuple[Floats, Floats]:
    """Return the loss and the length of its gradient for each network."""
    losses, norms = np.empty(len(networks)), np.empty(len(networks))
    for place, trained in enumerate(networks):
        losses[place], gradients = trained.loss_and_gradients(X, y, sample_weight)
        squares = [float(np.sum(np.square(g, dtype=np.float64))) for g in gradients.values()]
        norms[place] = np.sqrt(sum(squares))
    return losses, norms


def _like(network: Network, seed: int) -> Network:
    """Return a network of the same architecture with weights of its own."""
    return Network(
        network.layers,
        network.loss_function,
        reduction="mean" if network.reduction == "mean" else "sum",
        random_state=seed,
        dtype=network.dtype,
    )


def _levels(losses: Floats, gap: float) -> npt.NDArray[np.int64]:
    """Number the losses (n,) by height: a new level begins where the next higher one is more than `gap` away."""
    order = np.argsort(losses, kind="stable")
    higher = np.diff(losses[order]) > gap
    levels = np.empty(len(losses), dtype=np.int64)
    levels[order] = np.concatenate(([0], np.cumsum(higher)))
    return levels
