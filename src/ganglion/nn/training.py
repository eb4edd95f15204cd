"""Training: epochs over shuffled batches, each step along the gradient of one batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import Real, check_weights
from .._errors import DataError, DivergenceError, ParameterError
from .._random import RandomState, generator
from ._data import check_rows, check_targets
from ._program import Learned, Order, Passed, Plan, Program
from ._ranges import count
from .losses import losses
from .network import Network
from .optimisers import Optimiser


@dataclass(frozen=True)
class Training:
    """What a training did.

    Attributes
    ----------
    loss_curve : numpy.ndarray of shape (n_epochs,)
        The loss in each epoch: over its rows, each with the parameters that its batch met.
    n_epochs : int
        Epochs.
    n_steps : int
        Steps of the optimiser, one for each batch.
    """

    loss_curve: npt.NDArray[np.float64]
    n_epochs: int
    n_steps: int


def train(
    network: Network,
    X: Any,
    y: Any,
    *,
    optimizer: Optimiser,
    epochs: int,
    batch_size: int = 32,
    shuffle: bool = True,
    random_state: RandomState = None,
    sample_weight: Any = None,
) -> Training:
    """Train a network on rows and targets; its parameters change in place.

    Parameters
    ----------
    network : Network
        What is trained. It computes in its own dtype, X and y are converted to it.
    X : array-like of shape (n, n_in)
        Rows; finite.
    y : array-like
        Targets as for `Network.loss`: (n, n_out), also (n,) for one output; for cross_entropy integer labels (n,) from
        0, or rows of probabilities.
    optimizer : SGD, Adam, AdamW or RMSprop
        How parameters follow their gradients. It goes on where it was, so that two calls with 5 epochs each are one
        with 10, given the same generator.
    epochs : int
        How often every row is used, at least 1.
    batch_size : int, default 32
        Rows in a batch, at least 1; the last batch of an epoch may be smaller. More than n counts as n.
    shuffle : bool, default True
        Whether each epoch draws a new order of the rows. Otherwise batches are consecutive rows.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default None
        Where the orders are drawn from. The same integer gives the same bits on every machine and number of threads.
    sample_weight : array-like of shape (n,), optional
        A weight for each row, not negative. With reduction 'mean' the loss of a batch is the weighted mean of its rows.

    Returns
    -------
    Training
        The loss of each epoch, and how many steps were made.

    Raises
    ------
    ParameterError
        A number outside its range, an optimizer that is none.
    DataError
        NaN, lengths or widths that differ, labels out of range.
    DivergenceError
        The loss or a parameter is no longer a finite number; names epoch and layer. The network and the optimiser are
        then as they were at the end of the epoch before.

    Notes
    -----
    Compiled kernels do the work: a batch is gathered, passed forward and back, and each piece of the gradient is
    applied while it is in the cache; nothing is allocated in between. Sums run over inputs, and over the rows of fixed
    blocks, in order, with fused multiply-add on every instruction set; exp, log, tanh and the normal distribution
    function are the library's own. So threads and processors do not show in a result. Numbers below the normal range
    count as zero. An interrupt (Ctrl-C) leaves network and optimiser as they are after the last whole step.

    Time for each epoch is about 6 n (sum of n_in n_out) operations; memory beside X is that of the parameters, their
    moments, and the activations of at most 512 rows.

    Examples
    --------
    >>> import ganglion as gl
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> layers = [gl.nn.Dense(2, 8, "tanh"), gl.nn.Dense(8, 2, "softmax")]
    >>> network = gl.nn.Network(layers, "cross_entropy", random_state=0)
    >>> run = gl.nn.train(network, X, y, optimizer=gl.nn.Adam(0.05), epochs=200, random_state=0)
    >>> bool(run.loss_curve[-1] < 0.05)
    True
    >>> network.forward(X).argmax(axis=1)
    array([0, 1, 1, 0])
    """
    optimiser = _optimiser(optimizer)
    n_epochs = count(epochs, "train: epochs")
    data = checked(network, X, y, sample_weight)
    size = min(count(batch_size, "train: batch_size"), len(data.rows))
    plan = Plan(size, is_mean=network.reduction == "mean")
    if shuffle not in (True, False):
        raise ParameterError(f"train: shuffle must be True or False; got {shuffle!r}.")
    draws = generator(random_state) if shuffle else None
    parameters = network.parameters
    optimiser.prepare(parameters)
    program = Program(network.layers, network.loss_name, network.dtype)
    program.write(parameters)
    program.write_moments(optimiser)
    curve: list[float] = []
    before = optimiser.steps
    try:
        for epoch in range(1, n_epochs + 1):
            order = draws.permutation(len(data.rows)) if draws is not None else None
            passed = _pass(program, data, order, optimiser, plan)
            if passed.is_finite:
                curve.append(passed.loss / passed.weight if plan.is_mean else passed.loss)
                continue
            place = _culprit(program, parameters)
            program.restore()
            raise _divergence(epoch, passed, place, optimiser)
    finally:
        program.read(parameters)
        program.read_moments(optimiser)
    return Training(np.array(curve), n_epochs, optimiser.steps - before)


def _pass(
    program: Program, data: Learned, order: Order | None, optimiser: Optimiser, plan: Plan
) -> Passed:
    """Make one epoch; where it leaves the finite numbers, `program.restore` goes back before it."""
    program.keep()
    made = optimiser.steps
    passed = program.learn(data, order, optimiser, plan)
    if passed.is_finite and not program.is_finite:
        passed = replace(passed, is_finite=False, batches=-1)
    if not passed.is_finite:
        optimiser.steps = made
    return passed


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
    rows, is_single = check_rows(X, network.layers[0], dtype, min_rows=1)
    if is_single:
        raise DataError(
            f"train: X must hold rows (n, {network.layers[0].n_in}); got shape {np.shape(X)}. Use X[None] for one row."
        )
    shape = (len(rows), network.layers[-1].n_out)
    kind = losses[network.loss_name].targets
    targets: Any = np.ascontiguousarray(check_targets(y, kind, shape, is_single=False, dtype=dtype))
    labels = targets.astype(np.int32) if targets.ndim == 1 else None
    weights = check_weights(sample_weight, len(rows))
    if weights is not None and network.reduction == "mean":
        with np.errstate(over="ignore"):
            if not 1e-300 < np.sum(weights) < np.inf:  # a mean knows no scale
                weights = weights / np.max(weights)
    return Learned(np.ascontiguousarray(rows), targets if labels is None else None, labels, weights)


def _optimiser(value: Any) -> Optimiser:
    if not isinstance(value, Optimiser):
        raise ParameterError(
            f"train: optimizer must be an optimiser such as gl.nn.Adam(); got {value!r}."
        )
    return value


def _culprit(program: Program, parameters: Mapping[str, Real]) -> str:
    """Name the first parameter that is no longer finite, or the largest one, and its largest value."""
    now = {name: np.empty_like(value) for name, value in parameters.items()}
    program.read(now)
    with np.errstate(invalid="ignore"):
        sizes = {name: float(np.max(np.abs(value))) for name, value in now.items()}
    odd = [name for name, size in sizes.items() if not np.isfinite(size)]
    name = odd[0] if odd else max(sizes, key=lambda name: sizes[name])
    what = "is not finite" if odd else f"has grown to {sizes[name]:.3g}"
    return f"{name} (layer {int(name[1:]) + 1}) {what}"


def _divergence(epoch: int, passed: Passed, place: str, optimiser: Optimiser) -> DivergenceError:
    """Return the error for a training that left the finite numbers."""
    what = "a parameter" if passed.batches < 0 else f"the loss of batch {passed.batches + 1}"
    return DivergenceError(
        f"Training left the finite numbers in epoch {epoch}: {what} is NaN or infinite; {place}. Lower the learning "
        f"rate (now {optimiser.learning_rate:g}), or scale X and y. The network is as it was at the end of epoch "
        f"{epoch - 1}."
    )
