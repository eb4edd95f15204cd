"""A training on two inputs, recorded epoch by epoch, and the page that replays it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from .._arrays import check_samples
from .._errors import DataError, ParameterError
from .._random import RandomState
from .._replacing import replace_file
from ..nn.network import Network
from ..nn.optimisers import Optimiser
from ..nn.training import Epoch, train
from ._training_data import Drawn, drawn_stages, packed
from ._training_page import render

Floats: TypeAlias = npt.NDArray[np.float64]

# Beyond so many kept moments every other one is dropped, except among the first, where most happens.
MOST_KEPT, FIRST_KEPT = 2048, 256


@dataclass(frozen=True, kw_only=True)
class TrainingReplay:
    """A training on two inputs, in plain numbers.

    Attributes
    ----------
    points : numpy.ndarray of shape (n, 2)
        The rows that were learned from.
    targets : numpy.ndarray of shape (n,)
        Their classes, from 0, or their values.
    task : {'classes', 'values'}
        What the network answers.
    stages : tuple of Drawn
        The steps of the network, flat.
    epochs : numpy.ndarray of shape (f,)
        The epochs of which the parameters were kept, ascending; 0 is before the training.
    parameters : numpy.ndarray of shape (f, p), float32
        What the stages compute with at those moments, one behind the other.
    first_loss : float
        The loss over all rows before the training.
    loss, validation_loss, metric, learning_rate : numpy.ndarray of shape (n_epochs,)
        What each epoch gave; NaN where there was nothing to give.
    inputs : tuple of str
        The names of the two inputs.
    classes : tuple of str
        The names of the classes; empty for values.
    loss_name, network : str
        The name of the loss, and the network in one line.
    title : str
        What the page is called.
    settings : tuple of (str, str)
        Name and value of what the training was told.
    """

    points: Floats
    targets: npt.NDArray[Any]
    task: Literal["classes", "values"]
    stages: tuple[Drawn, ...]
    epochs: npt.NDArray[np.int64]
    parameters: npt.NDArray[np.float32]
    first_loss: float
    loss: Floats
    validation_loss: Floats
    metric: Floats
    learning_rate: Floats
    inputs: tuple[str, str]
    classes: tuple[str, ...]
    loss_name: str
    network: str
    title: str = "A training, replayed"
    settings: tuple[tuple[str, str], ...] = ()


class TrainingRecorder:
    """A callback of `gl.nn.train` that keeps what the replay of a training on two inputs needs.

    Parameters
    ----------
    network : Network
        The network that is about to be trained, with two inputs, and as outputs classes or one value.
    X : array-like of shape (n, 2)
        The rows that it learns from.
    y : array-like
        Their targets, as `train` is given them.
    inputs : sequence of str, optional
        Names of the two inputs; None takes the columns of a data frame, or x0 and x1.
    classes : sequence of str, optional
        Names of the classes, in the order of the outputs; None counts them from 0.

    Raises
    ------
    ParameterError
        A network with another number of inputs, or several outputs that are no classes; names of another number.
    DataError
        X without two columns, y of another length.

    Notes
    -----
    The parameters of every epoch are kept, in float32; of more than 2,048 epochs fewer and fewer, and the first 256.

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.report import TrainingRecorder, replay_page
    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    >>> layers = [gl.nn.Dense(2, 4, "tanh"), gl.nn.Dense(4, 2, "softmax")]
    >>> network = gl.nn.Network(layers, "cross_entropy", random_state=0)
    >>> recorder = TrainingRecorder(network, X, y)
    >>> run = gl.nn.train(network, X, y, optimizer=gl.nn.Adam(0.05), epochs=20, callbacks=recorder)
    >>> replay_page(recorder.replay(title="XOR"))[:15]
    '<!doctype html>'
    """

    def __init__(
        self,
        network: Network,
        X: Any,
        y: Any,
        *,
        inputs: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        if network.n_in != 2:
            raise ParameterError(
                f"A replay shows trainings on two inputs; this network has {network.n_in}. Train one on two columns."
            )
        self._points = check_samples(X).astype(np.float64)
        if self._points.shape[1] != 2:
            raise DataError(
                f"A replay shows trainings on two inputs; X has the shape {self._points.shape}. Pass two columns."
            )
        self._task: Literal["classes", "values"]
        self._task, names = _task(network)
        self._targets = _targets(y, len(self._points), self._task)
        found = [str(name) for name in getattr(X, "columns", ("x0", "x1"))]
        self._inputs = _named(inputs, found, "inputs")
        self._classes = _named(classes, names, "classes")
        self._stages = drawn_stages(network)
        self._network = network
        self._first_loss = network.loss(X, y)
        self._told: list[Epoch] = []
        self._kept: list[tuple[int, npt.NDArray[np.float32]]] = [(0, packed(network))]
        self._stride = 1

    def __call__(self, epoch: Epoch) -> None:
        """Keep an epoch.

        Parameters
        ----------
        epoch : Epoch
            What `train` tells its callbacks.

        Raises
        ------
        ParameterError
            Another network is being trained.
        """
        if epoch.model is not self._network:
            raise ParameterError(
                f"The recorder was made for {self._network!r}; {epoch.model!r} is being trained. "
                "Make a recorder for the network that is passed to gl.nn.train."
            )
        self._told.append(replace(epoch, model=None))
        last = self._kept[-1][0]
        if last > FIRST_KEPT and last % self._stride:
            self._kept.pop()  # it was kept because it could have been the last
        self._kept.append((epoch.epoch, packed(self._network)))
        if len(self._kept) > MOST_KEPT:
            self._stride *= 2
            self._kept = [
                (at, values)
                for at, values in self._kept
                if at <= FIRST_KEPT or at % self._stride == 0 or at == epoch.epoch
            ]

    def replay(
        self, *, title: str = "A training, replayed", settings: Sequence[tuple[str, str]] = ()
    ) -> TrainingReplay:
        """Return what was recorded so far.

        Parameters
        ----------
        title : str, default 'A training, replayed'
            What the page is called.
        settings : sequence of (str, str), optional
            Names and values that the page lists.

        Returns
        -------
        TrainingReplay
            What `replay_page` turns into a page.

        Raises
        ------
        DataError
            No epoch was recorded.
        """
        if not self._told:
            raise DataError(
                "There is no epoch to replay. Pass the recorder to gl.nn.train(..., callbacks=recorder)."
            )
        epochs, parameters = zip(*self._kept, strict=True)
        return TrainingReplay(
            points=self._points,
            targets=self._targets,
            task=self._task,
            stages=self._stages,
            epochs=np.array(epochs, dtype=np.int64),
            parameters=np.stack(parameters),
            first_loss=self._first_loss,
            loss=self._curve("loss"),
            validation_loss=self._curve("validation_loss"),
            metric=self._curve("metric"),
            learning_rate=self._curve("learning_rate"),
            inputs=(self._inputs[0], self._inputs[1]),
            classes=self._classes,
            loss_name=self._network.loss_name,
            network=repr(self._network),
            title=title,
            settings=tuple(settings),
        )

    def _curve(self, name: str) -> Floats:
        """Return what the epochs said, NaN where they said nothing."""
        told = [getattr(epoch, name) for epoch in self._told]
        return np.array([np.nan if value is None else value for value in told], dtype=np.float64)


def training_page(
    network: Network,
    X: Any,
    y: Any,
    *,
    optimizer: Optimiser,
    epochs: int,
    path: str | os.PathLike[str] | None = None,
    batch_size: int = 32,
    eval_set: Any = None,
    random_state: RandomState = None,
    inputs: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    title: str = "A training, replayed",
) -> str:
    """Train a network on two inputs, and make the page that replays it.

    Parameters
    ----------
    network : Network
        What is trained; its parameters change in place.
    X : array-like of shape (n, 2)
        Rows; finite.
    y : array-like
        Targets, as for `gl.nn.train`.
    optimizer : Optimiser
        How parameters follow their gradients.
    epochs : int
        How often every row is used, at least 1.
    path : str or path-like, optional
        Where the page is written, whole or not at all; None writes nothing.
    batch_size : int, default 32
        Rows in a batch, at least 1.
    eval_set : tuple of array-like, optional
        (X, y) or (X, y, sample_weight) to judge the network on after each epoch.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default None
        Where the orders of the rows are drawn from.
    inputs, classes : sequence of str, optional
        Names of the two inputs and of the classes.
    title : str, default 'A training, replayed'
        What the page is called.

    Returns
    -------
    str
        The page, as `replay_page` makes it.

    Raises
    ------
    ParameterError, DataError
        What `TrainingRecorder`, `gl.nn.train` and `replay_page` refuse.
    DivergenceError
        The training left the finite numbers.
    OSError
        The file cannot be written.

    Notes
    -----
    For a training with more settings, pass a `TrainingRecorder` to `gl.nn.train`.

    Examples
    --------
    >>> import ganglion as gl
    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    >>> layers = [gl.nn.Dense(2, 4, "tanh"), gl.nn.Dense(4, 2, "softmax")]
    >>> network = gl.nn.Network(layers, "cross_entropy", random_state=0)
    >>> page = gl.report.training_page(network, X, y, optimizer=gl.nn.Adam(0.05), epochs=50, path="xor.html")
    >>> page[:15]
    '<!doctype html>'
    """
    recorder = TrainingRecorder(network, X, y, inputs=inputs, classes=classes)
    rate = float(optimizer.learning_rate)
    run = train(
        network,
        X,
        y,
        optimizer=optimizer,
        epochs=epochs,
        batch_size=batch_size,
        eval_set=eval_set,
        random_state=random_state,
        callbacks=recorder,
    )
    settings = (
        ("optimiser", type(optimizer).__name__),
        ("learning rate", f"{rate:g}"),
        ("epochs", f"{run.n_epochs:,}"),
        ("rows in a batch", f"{min(batch_size, len(recorder.replay().points)):,}"),
        ("seed", str(random_state) if isinstance(random_state, int) else "none that can be told"),
    )
    page = replay_page(recorder.replay(title=title, settings=settings))
    if path is not None:
        replace_file(path, page.encode("utf-8"))
    return page


def replay_page(replay: TrainingReplay) -> str:
    """Make the page that replays a training: one HTML file that needs nothing else.

    Parameters
    ----------
    replay : TrainingReplay
        What a `TrainingRecorder` kept.

    Returns
    -------
    str
        The page: under 1,000,000 bytes in UTF-8; it fetches nothing and runs one script, named by its hash in the
        page's own content-security policy. The same replay gives the same page.

    Raises
    ------
    DataError
        A network so large that less than 12 moments of it fit.

    Notes
    -----
    The page holds the parameters of at most 300 epochs, dense early, and computes from them what it shows: the surface,
    the response of every neuron, and how many points are on their side. Of more than 1,500 points it draws a sample,
    each class about in proportion to its size. An activation written in Python is held as 2,049 values.
    """
    return render(replay)


def _task(network: Network) -> tuple[Literal["classes", "values"], list[str]]:
    """Return what the network answers, and names for the classes."""
    kind = network.loss_function.targets
    if kind == "classes" and network.n_out > 1:
        return "classes", [str(k) for k in range(network.n_out)]
    if network.n_out > 1:
        raise ParameterError(
            f"A replay shows classes or one value; this network has {network.n_out} outputs that are no classes. "
            "Train one on one of them."
        )
    return ("classes", ["0", "1"]) if kind == "probabilities" else ("values", [])


def _targets(y: Any, n: int, task: str) -> npt.NDArray[Any]:
    """Return the targets (n,): classes, also those of rows of probabilities, or values."""
    given = np.asarray(y)
    if given.ndim not in (1, 2) or len(given) != n:
        raise DataError(
            f"y must hold one target for each of the {n} rows of X; got shape {given.shape}."
        )
    if given.ndim == 2:
        given = given[:, 0] if given.shape[1] == 1 else np.argmax(given, axis=1)
    return (
        (given > 0.5 if given.dtype.kind == "f" else given).astype(np.int64)
        if task == "classes"
        else given.astype(np.float64)
    )


def _named(given: Sequence[str] | None, found: list[str], what: str) -> tuple[str, ...]:
    """Return the names that were given, as many as were found, or those."""
    if given is None:
        return tuple(found)
    if isinstance(given, str) or len(given) != len(found):
        raise ParameterError(
            f"{what} must hold {len(found)} names; got {given!r}. Pass one for each, in their order."
        )
    return tuple(str(name) for name in given)
