"""Training: epochs over shuffled batches, each step along the gradient of one batch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from .._errors import ParameterError
from .._random import RandomState, generator
from ..progress import Progress
from ._loop.checkpoints import Checkpoint, opened
from ._loop.epochs import Epoch, StoppedBy
from ._loop.evaluation import Evaluation, Judge
from ._loop.examples import checked, checked_eval_set
from ._loop.run import Run, refuse_overflow
from ._loop.settings import Settings, checked_settings
from ._loop.watching import watchers_of
from .network import Network
from .optimisers import Optimiser
from .recording import Recording
from .schedules import schedule_of
from .scheduling.schedule import Schedule

__all__ = ["Epoch", "Training", "checked", "train"]

Callback: TypeAlias = Callable[[Epoch], bool | None]
Curve: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Training:
    """What a training did.

    Attributes
    ----------
    loss_curve : numpy.ndarray of shape (n_epochs,)
        The loss in each epoch: over its rows, each with the parameters that its batch met; with the penalty of `l2`.
    validation_loss_curve : numpy.ndarray of shape (n_epochs,) or (0,)
        The loss on `eval_set` after each epoch; empty without one.
    metric_curve : numpy.ndarray of shape (n_epochs,) or (0,)
        The metric on `eval_set` after each epoch; empty where there is none.
    learning_rate_curve : numpy.ndarray of shape (n_epochs,)
        The learning rate of the last step of each epoch; NaN for a full-batch method, which chooses its own steps.
    n_epochs : int
        Epochs.
    n_steps : int
        Steps of the optimiser, one for each batch.
    best_epoch : int
        The epoch, from 1, with the best metric on `eval_set`, or without a metric the smallest loss there, or without
        an `eval_set` the smallest training loss. The first one among equals.
    stopped_by : {'epochs', 'patience', 'callback', 'converged'}
        Why it ended; 'callback' also where `progress` said so.
    engine : {'native', 'autodiff'}
        What passed the rows: the compiled trainer, or the differentiation engine for what that does not know.
    record : Recording or None
        What it looked like from inside, with `record=True`.
    """

    loss_curve: Curve
    validation_loss_curve: Curve
    metric_curve: Curve
    learning_rate_curve: Curve
    n_epochs: int
    n_steps: int
    best_epoch: int
    stopped_by: StoppedBy
    engine: str
    record: Recording | None


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
    eval_set: Any = None,
    metric: str | Judge | None = None,
    patience: int | None = None,
    tol: float = 0.0,
    restore_best: bool | None = None,
    schedule: Schedule | Callable[[int], float] | None = None,
    l2: float = 0.0,
    label_smoothing: float = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    ema: float | None = None,
    callbacks: Callback | Sequence[Callback] | None = None,
    progress: Progress | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 1,
    resume: bool = False,
    record: bool = False,
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
    optimizer : Optimiser
        How parameters follow their gradients, such as `gl.nn.Adam()`. It goes on where it was, so that two calls with
        5 epochs each are one with 10, given the same generator. For a full-batch method, such as L-BFGS, an epoch is
        an iteration over all rows.
    epochs : int
        How often every row is used, at least 1; fewer where something below ends the training.
    batch_size : int, default 32
        Rows in a batch, at least 1; the last batch of an epoch may be smaller. More than n counts as n.
    shuffle : bool, default True
        Whether each epoch draws a new order of the rows. Otherwise batches are consecutive rows.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default None
        Where orders and dropout are drawn from. The same integer gives the same bits on every machine and number of
        threads.
    sample_weight : array-like of shape (n,), optional
        A weight for each row, not negative. With reduction 'mean' the loss of a batch is the weighted mean of its rows.
    eval_set : (X, y) or (X, y, sample_weight), optional
        Rows that are not learned from. Their loss and the metric are computed after each epoch.
    metric : str or callable, optional
        What `eval_set` is judged by: a name in `gl.nn.metrics`, or a function `metric(y, outputs)` of labels (n,) or
        targets (n, n_out), and outputs (n, n_out), that returns a number, larger where better. By default the loss.
    patience : int, optional
        Stop after this many epochs in a row, at least 1, in which the metric or loss on `eval_set`, or without one the
        training loss, was not better than the best before by more than `tol`. By default nothing stops early.
    tol : float, default 0
        What counts as better, at least 0.
    restore_best : bool, optional
        Whether the network is left with the parameters of `best_epoch` rather than of the last one. By default True
        with an `eval_set` and `patience`.
    schedule : schedule or callable, optional
        A learning rate for every batch: one of `gl.nn.schedules`, or a function of the step, from 0, that returns the
        rate. By default that of the optimiser.
    l2 : float, default 0
        l2 / 2 times the sum of the squared weights (not of biases), over the weight of the batch, is added to the loss;
        at least 0.
    label_smoothing : float, default 0
        The share of a target that is spread evenly over all classes, from 0 to below 1; for cross_entropy.
    clip_norm, clip_value : float, optional
        The largest length of a batch's gradient, and the largest size of each number in it; above 0.
    ema : float, optional
        Judge, and leave the network with, running means of the parameters: this much of the mean stays at each step,
        above 0 and below 1.
    callbacks : callable or sequence of callables, optional
        Called after each epoch, after its checkpoint, with an `Epoch`. True stops the training.
    progress : callable, optional
        Called with a `ganglion.progress.Step` after each epoch; True stops the training.
    checkpoint : str or path, optional
        A file that holds the whole state of the training. It is written before the first epoch, after every
        `checkpoint_every` epochs and at the end, replacing the one before in one step.
    checkpoint_every : int, default 1
        Epochs between two checkpoints, at least 1.
    resume : bool, default False
        Whether to go on from `checkpoint` where there is one. What follows has the bits of a training that was never
        interrupted. More epochs go on, a finished training stays as it is.
    record : bool, default False
        Whether to note gradients, steps and idle units of every layer after each epoch, see `Recording`. The parameters
        keep their bits.

    Returns
    -------
    Training
        The curves, and why it ended.

    Raises
    ------
    ParameterError
        A number outside its range, an unknown name, what is no optimiser; with `resume` a checkpoint of other data,
        another network or other settings, named.
    DataError
        NaN, lengths or widths that differ, labels out of range, a metric that is not defined on `eval_set`.
    DivergenceError
        A loss or a parameter is no longer a finite number; names epoch and layer. The network is then left with the
        best state that it had, from before the training on; the optimiser as at the end of the epoch before.
    ModelFileError
        With `resume`: the checkpoint is damaged, or none.
    OSError
        A checkpoint cannot be written. The one before stays whole, and the network has the state of this epoch.

    Notes
    -----
    Compiled kernels do the work: a batch is gathered, passed forward and back, and each piece of the gradient is
    applied while it is in the cache; nothing is allocated in between. Sums run over inputs, and over the rows of fixed
    blocks, in order, with fused multiply-add on every instruction set; exp, log, tanh and the normal distribution
    function are the library's own. So threads and processors do not show in a result. Numbers below the normal range
    count as zero. An interrupt (Ctrl-C), or an exception in a callback, leaves network and optimiser as they are after
    the last whole step.

    A checkpoint holds parameters, moments, generator, schedule, curves, the best state and the state before the
    training, and knows its data by their digests. Functions of the caller's (an activation, a metric) are known by
    their names only. A training that a callback has stopped is not finished, and goes on. A schedule that spans the
    training spans the new length where `epochs` has grown.

    Time for each epoch is about 6 n (sum of n_in n_out) operations, and 2 for each row of `eval_set`; memory beside X
    is that of the parameters, their moments, two copies of both, and the activations of at most 512 rows.

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
    if not isinstance(network, Network):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(
            f"train: network must be a gl.nn.Network; got {network!r}. "
            "Make one from its layers, or use gl.MLPClassifier."
        )
    if not isinstance(optimizer, Optimiser):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ParameterError(
            f"train: optimizer must be an optimiser such as gl.nn.Adam(); got {optimizer!r}."
        )
    given = dict(locals())
    data = checked(network, X, y, sample_weight)
    settings = checked_settings(given, len(data.rows), has_eval_set=eval_set is not None)
    _refuse_smoothing(network, settings)
    watchers = watchers_of(callbacks, progress, settings.epochs)
    evaluation = _evaluation(network, eval_set, metric)
    draws = _draws(network, settings, random_state)
    run = Run(
        network,
        data,
        optimizer,
        settings,
        draws=draws,
        schedule=schedule_of(schedule, "train: schedule"),
        evaluation=evaluation,
    )
    names = {"metric": metric, "random_state": random_state}
    kept = opened(checkpoint, run, names, every=checkpoint_every, resume=resume)
    drive(run, kept, watchers)
    return _training(run)


def drive(
    run: Run, checkpoint: Checkpoint | None, watchers: Sequence[Callable[[Epoch], bool]]
) -> None:
    """Make the epochs of a run until it is over; whatever ends it, the network has a usable state.

    Parameters
    ----------
    run : Run
        The training.
    checkpoint : Checkpoint, optional
        Where its state is written.
    watchers : sequence of callables
        Told each epoch; return True to stop.
    """
    try:
        while not run.is_over:
            epoch = run.advance()
            if checkpoint is not None:
                checkpoint.write_when_due(run)
            if not watchers:
                continue
            run.show()
            if any([watcher(epoch) for watcher in watchers]):  # noqa: C419, each of them is told
                run.stopped_by = run.stopped_by or "callback"
                if checkpoint is not None:
                    checkpoint.write_when_due(run)
        refuse_overflow(run)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            run.stopped_by = "interrupted"
        run.show()
        raise
    run.finish()


def _evaluation(network: Network, eval_set: Any, metric: Any) -> Evaluation | None:
    """Return what the network is judged on after each epoch."""
    if eval_set is not None:
        return Evaluation(network, checked_eval_set(network, eval_set), metric)
    if metric is not None:
        raise ParameterError(
            "train: metric is measured on eval_set, and there is none. Pass eval_set=(X, y), rows that are not "
            "learned from."
        )
    return None


def _refuse_smoothing(network: Network, settings: Settings) -> None:
    """Raise where there are no classes to spread a label over."""
    if settings.label_smoothing and network.loss_name != "cross_entropy":
        raise ParameterError(
            f"train: label_smoothing spreads a label over the classes of cross_entropy; the loss is "
            f"{network.loss_name!r}. Leave it out."
        )


def _draws(
    network: Network, settings: Settings, random_state: RandomState
) -> np.random.Generator | None:
    """Return the generator, None where nothing is drawn: one that is passed in then stays where it is."""
    has_dropout = any(stage.dropout for stage in network.stages)
    return generator(random_state) if settings.shuffle or has_dropout else None


def _training(run: Run) -> Training:
    """Return the record of a run that is over."""
    curves = run.curves
    return Training(
        loss_curve=np.array(curves.loss),
        validation_loss_curve=np.array(curves.validation_loss),
        metric_curve=np.array(curves.metric),
        learning_rate_curve=np.array(curves.learning_rate),
        n_epochs=run.n_epochs,
        n_steps=run.n_steps,
        best_epoch=run.best.epoch,
        stopped_by=cast("StoppedBy", run.stopped_by),
        engine=run.engine_name,
        record=run.recording(),
    )
