"""From a table and the name of a column to a network that predicts it, judged on rows that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._errors import DataError, ParameterError
from ..._random import RandomState, generator
from ...data._encoding import scaled, subset
from ...data._learning import learn
from ...data.columns import TableEncoding, learn_columns
from ...data.tables import Column, Table
from ...data.targets import Supervised, Task, supervised
from ...progress import Progress
from .._ranges import count, number_in
from ..layers import Dense
from ..metrics import metrics
from ..network import Network
from ..optimisers import AdamW
from ..training import Training, train
from .model import TableNetwork, TablePredictions

LEAST_ROWS = 10
STOP_SHARE = 0.15  # of the rows that are learned from: what tells when to stop
CLASS_SCORES = ("accuracy", "balanced_accuracy", "log_loss")
NUMBER_SCORES = ("r2", "mae", "rmse")
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class TableSettings:
    """How a network is trained on a table.

    Attributes
    ----------
    hidden : tuple of int
        Neurons of the hidden layers; empty for a linear model.
    activation : str
        Of the hidden layers.
    epochs : int
        The most that are made.
    patience : int
        Epochs without an improvement after which it stops.
    learning_rate, weight_decay : float
        Of AdamW.
    batch_size : int or None
        Rows in a batch; None for 32 below 2,000 rows to learn from, 64 below 20,000, and 256 beyond.
    test_share : float
        Share of the rows that are kept back to judge the network.
    """

    hidden: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    epochs: int = 300
    patience: int = 30
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    batch_size: int | None = None
    test_share: float = 0.2

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "hidden", tuple(count(size, "train_on_table: hidden") for size in self.hidden)
        )
        number_in(self.test_share, "train_on_table: test_share", above=0.0, below=1.0)


@dataclass(frozen=True)
class Score:
    """One number that judges a network on rows kept back.

    Attributes
    ----------
    name : str
        A name in `gl.nn.metrics`.
    value : float
        What the network reached.
    baseline : float
        What one reaches without looking at the columns: the shares of the classes, or the mean, of the training rows.
    """

    name: str
    value: float
    baseline: float


@dataclass(frozen=True)
class TableTraining:
    """A network trained on a table, and what it is worth.

    Attributes
    ----------
    model : TableNetwork
        Predicts the target of further rows.
    training : Training
        The course of the training.
    scores : tuple of Score
        On the rows kept back.
    data : Supervised
        Inputs and target, and what was left out.
    learned, watched, kept_back : ndarray of int64
        Rows of `data`: those learned from, those that said when to stop, those that judge.
    predictions : TablePredictions
        For the rows kept back.
    """

    model: TableNetwork
    training: Training
    scores: tuple[Score, ...]
    data: Supervised
    learned: Rows
    watched: Rows
    kept_back: Rows
    predictions: TablePredictions

    def rows_of(self, rows: Rows) -> Table:
        """Return some rows of the inputs.

        Parameters
        ----------
        rows : ndarray of int64
            Rows of `data`, such as `kept_back`.

        Returns
        -------
        Table
            The columns that were learned from, in these rows.
        """
        return _rows_of(self.data.inputs, rows)

    def confusion(self) -> NDArray[np.int64]:
        """Count the rows kept back by their class and the predicted one.

        Returns
        -------
        ndarray of shape (n_classes, n_classes), int64
            Entry (i, j): rows of class i that are called j.

        Raises
        ------
        ParameterError
            The target is a number.
        """
        if self.predictions.probabilities is None:
            raise ParameterError("A confusion matrix needs classes; this target is a number.")
        k = len(self.model.classes)
        truth = self.data.y[self.kept_back].astype(np.int64)
        called = np.argmax(self.predictions.probabilities, axis=1)
        return np.bincount(truth * k + called, minlength=k * k).reshape(k, k).astype(np.int64)


def train_on_table(
    table: Table,
    target: str,
    *,
    columns: Iterable[str] | None = None,
    task: Task = "auto",
    max_categories: int = 50,
    settings: TableSettings | None = None,
    random_state: RandomState = 0,
    progress: Progress | None = None,
) -> TableTraining:
    """Train a network to predict one column of a table from the others.

    Parameters
    ----------
    table : Table
        From `read_table` or `table_from_frame`; at least 10 rows with a target.
    target : str
        The column to be predicted.
    columns : iterable of str, optional
        The columns to learn from; all others by default.
    task : {"auto", "classification", "regression"}, default "auto"
        What the target holds, as for `ganglion.data.supervised`.
    max_categories : int, default 50
        Columns with more different texts are left out. At least 2.
    settings : TableSettings, optional
        How it is trained.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default 0
        Where the split, the first weights and the orders of the rows are drawn from.
    progress : Progress, optional
        Told each epoch.

    Returns
    -------
    TableTraining
        The model, and its scores on rows that had no part in the training.

    Raises
    ------
    ParameterError
        As for `supervised` and `TableSettings`.
    DataError
        As for `supervised`; fewer than 10 rows; a class of its own for each row.
    DivergenceError
        The training left the finite numbers.

    Notes
    -----
    A fifth of the rows is kept back and judges the network; 15 % of the others say when to stop, and the state at which
    the loss on them was least is kept. Both are drawn class by class. Scales, medians and categories are learned from
    the remaining rows alone, so that nothing about the judging rows leaks into the network. The model is the one that
    was judged; it is not trained again on all rows.

    Numbers are standardised; a gap is filled with the median and marked by an input of its own; each text is an input
    of zeros and ones. A numeric target is standardised while the network learns it.

    Examples
    --------
    >>> from ganglion.data import example_path, read_table
    >>> import ganglion as gl
    >>> penguins = read_table(example_path("penguins"))
    >>> found = gl.nn.tables.train_on_table(penguins, "species")
    >>> found.model.classes
    ('Adelie', 'Chinstrap', 'Gentoo')
    >>> found.scores[0].name, found.scores[0].value > 0.95
    ('accuracy', True)
    """
    asked = settings or TableSettings()
    data = supervised(table, target, columns=columns, task=task, max_categories=max_categories)
    draws = generator(random_state)
    learned, watched, kept_back = split(data, asked.test_share, draws)
    encoding = learn_columns(_rows_of(data.inputs, learned), "standard")
    inputs = encoding.encode(data.inputs)
    center, scale = _location(data, learned)
    batch_size = asked.batch_size or _batch_size(len(learned))
    model = TableNetwork(
        encoding=encoding,
        network=_network(encoding, data, asked, draws),
        target=target,
        classes=data.classes,
        center=center,
        scale=scale,
        source=table.source,
        settings={**vars(asked), "hidden": list(asked.hidden), "batch_size": batch_size},
    )
    y = data.y
    if not data.classes:
        y = scaled(y.astype(np.float64), np.array([center]), np.array([scale]))
    training = train(
        model.network,
        inputs[learned],
        y[learned],
        optimizer=AdamW(asked.learning_rate, weight_decay=asked.weight_decay),
        epochs=asked.epochs,
        batch_size=batch_size,
        random_state=draws,
        eval_set=(inputs[watched], y[watched]),
        patience=asked.patience,
        progress=progress,
    )
    predictions = model.predict_inputs(inputs[kept_back])
    scores = _scores(data, model, predictions, learned, kept_back)
    judged = replace(model, scores={score.name: score.value for score in scores})
    return TableTraining(judged, training, scores, data, learned, watched, kept_back, predictions)


def split(
    data: Supervised, test_share: float, draws: np.random.Generator
) -> tuple[Rows, Rows, Rows]:
    """Return the rows to learn from, to watch and to judge by, in order; drawn class by class.

    Parameters
    ----------
    data : Supervised
        At least 10 rows.
    test_share : float
        Share of the rows to judge by.
    draws : numpy.random.Generator
        Where they are drawn from.

    Returns
    -------
    tuple of three ndarrays of int64
        They share no row, and each has at least one.

    Raises
    ------
    DataError
        Fewer than 10 rows; a class of its own for each row.
    """
    n = len(data.y)
    if n < LEAST_ROWS:
        raise DataError(
            f"Training with rows kept back needs at least {LEAST_ROWS} rows with a {data.target!r}; got {n}. "
            "Add rows, or train without a judge: gl.nn.train."
        )
    if len(data.classes) == n:
        raise DataError(
            f"Classes must occur more than once to be learned; each of the {n} values of {data.target!r} is another "
            "one, as in an identifier. Name another column."
        )
    kinds = data.y if data.classes else np.zeros(n)
    place = _places(kinds, draws)
    watch_end = test_share + STOP_SHARE * (1 - test_share)
    parts = (place >= watch_end, (place >= test_share) & (place < watch_end), place < test_share)
    if not all(part.any() for part in parts):  # classes of one or two rows, or a share near 0 or 1
        rank = np.argsort(np.lexsort((draws.permutation(n), place)))
        n_kept = min(max(round(test_share * n), 1), n - 2)
        n_held = n_kept + min(max(round(STOP_SHARE * (n - n_kept)), 1), n - n_kept - 1)
        parts = (rank >= n_held, (rank >= n_kept) & (rank < n_held), rank < n_kept)
    learned, watched, kept_back = (np.flatnonzero(part).astype(np.int64) for part in parts)
    return learned, watched, kept_back


def _places(kinds: NDArray[Any], draws: np.random.Generator) -> NDArray[np.float64]:
    """Return a number from 0 to 1 for each row, random, and spread evenly over the rows of each kind.

    The only row of its kind gets 1: it is learned from.
    """
    place = np.ones(len(kinds))
    for kind in np.unique(kinds):
        members = draws.permutation(np.flatnonzero(kinds == kind))
        if len(members) > 1:
            place[members] = (np.arange(len(members)) + draws.random()) / len(members)
    return place


def _rows_of(table: Table, rows: Rows) -> Table:
    """Return some rows of a table."""
    return replace(
        table, columns=tuple(subset(column, rows) for column in table.columns), n_rows=len(rows)
    )


def _location(data: Supervised, learned: Rows) -> tuple[float, float]:
    """Return mean and standard deviation of a numeric target over the rows learned from; 0 and 1 for classes."""
    if data.classes:
        return 0.0, 1.0
    values = data.y[learned].astype(np.float64)
    code = learn(Column(data.target, values, "number"), "standard")
    return (float(values[0]), 1.0) if code is None else (code.centers[0], code.scales[0])


def _network(
    encoding: TableEncoding, data: Supervised, asked: TableSettings, draws: np.random.Generator
) -> Network:
    """Return the network before its training."""
    sizes = [len(encoding.names), *asked.hidden]
    layers = [Dense(before, after, asked.activation) for before, after in pairwise(sizes)]
    last = Dense(sizes[-1], len(data.classes) or 1, "softmax" if data.classes else "identity")
    loss = "cross_entropy" if data.classes else "squared"
    return Network([*layers, last], loss, random_state=draws, dtype="float64")


def _batch_size(n: int) -> int:
    """Return the rows of a batch: small ones for few rows, for more steps; larger ones are faster."""
    return 32 if n < 2_000 else 64 if n < 20_000 else 256


def _scores(
    data: Supervised,
    model: TableNetwork,
    predictions: TablePredictions,
    learned: Rows,
    kept_back: Rows,
) -> tuple[Score, ...]:
    """Judge the predictions, and what one would say without looking at the columns."""
    truth = data.y[kept_back]
    if data.classes:
        names: Sequence[str] = CLASS_SCORES
        shares = np.bincount(data.y[learned].astype(np.int64), minlength=len(data.classes))
        outputs: Any = predictions.probabilities
        blind: Any = np.tile(shares / shares.sum(), (len(truth), 1))
    else:
        names, outputs = NUMBER_SCORES, predictions.values
        blind = np.full(len(truth), model.center)
    judged: list[Callable[[Any, Any], float]] = [metrics[name] for name in names]
    return tuple(
        Score(name, float(judge(truth, outputs)), float(judge(truth, blind)))
        for name, judge in zip(names, judged, strict=True)
    )
