"""What a network is looked at with after each epoch: rows that it does not learn from, its loss there, and a metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from numbers import Real
from typing import Any, cast, final

import numpy as np

from ..._errors import DataError, ParameterError
from .._engine.choosing import knows
from .._engine.program import Learned, Program
from .._engine.recorded import Recorded
from .._engine.stages import stages_of
from .._names import refuse_unknown
from ..activations import activation_of
from ..layers import Dropout, Residual
from ..losses import losses
from ..metrics import Metric, metrics
from ..network import Network

Judge = Callable[[Any, Any], float]


@final
class Evaluation:
    """Rows with targets, and how a network is judged on them.

    Parameters
    ----------
    network : Network
        Says layers, loss and reduction; its parameters are not looked at.
    data : Learned
        The rows, as `checked` returns them.
    metric : str or callable, optional
        A name in `gl.nn.metrics`, or `metric(y, outputs) -> float`, larger is better.

    Attributes
    ----------
    has_metric : bool
        Whether there is one.
    sign : float
        1 where a larger metric is better, -1 where a smaller one is.

    Notes
    -----
    The weighted sums of the last layer are computed by an engine of their own, so that threads do not show in a curve,
    and the loss is taken from these sums where it can be: it stays exact at any size of them.
    """

    def __init__(self, network: Network, data: Learned, metric: str | Judge | None = None) -> None:
        self.data, self._metric = data, known_metric(metric)
        self.has_metric, self.sign = metric is not None, 1.0
        self._loss = network.loss_function
        self._is_mean = network.reduction == "mean"
        self._activation = activation_of(network.stages[-1].activation)
        self._has_running = bool(network.running)
        self._engine: Any = _sums_engine(network)
        self._targets: Any = data.targets if data.labels is None else data.labels
        rows_of_classes = self._loss.targets == "classes" and data.labels is None
        self._truth: Any = self._targets.argmax(axis=1) if rows_of_classes else self._targets
        if isinstance(self._metric, Metric):
            self._metric.check(self._truth, np.zeros((len(data.rows), network.n_out)))
            self.sign = 1.0 if self._metric.is_larger_better else -1.0

    def judge(self, parameters: Mapping[str, Any]) -> tuple[float, float | None]:
        """Return loss and metric of a network with these parameters; None for no metric."""
        self._engine.write(parameters)
        if self._has_running:
            self._engine.write_running(parameters)
        sums = self._engine.predict(self.data.rows)
        outputs: Any = None
        with np.errstate(over="ignore", invalid="ignore"):
            if self.has_metric or self._loss.of_sums is None:
                outputs = self._activation(sums)
            return self._mean_loss(sums, outputs), self._measured(outputs)

    def _mean_loss(self, sums: Any, outputs: Any) -> float:
        """Return the loss over all rows."""
        if self._loss.of_sums is not None:
            rows: Any = self._loss.of_sums(sums, self._targets)
        else:
            rows = self._loss.of_outputs(outputs, self._targets)
        weights = self.data.weights
        total = np.sum(rows, dtype=np.float64) if weights is None else np.sum(rows * weights)
        share = len(rows) if weights is None else np.sum(weights)
        return float(total / share if self._is_mean else total)

    def _measured(self, outputs: Any) -> float | None:
        """Return the metric, which must be a number."""
        metric = self._metric
        if metric is None or not np.all(np.isfinite(outputs)):
            return None
        if isinstance(metric, Metric):
            value = metric(self._truth, outputs, self.data.weights)
            if np.isfinite(value):
                return value
            advice = "It needs rows of each class" if metric.kind == "classes" else "Scale y"
            raise DataError(
                f"metric={metric.name!r} is not defined on this eval_set; got {value}. {advice}."
            )
        value: Any = metric(read_only(self._truth), outputs)
        if isinstance(value, Real) and np.isfinite(float(value)):
            return float(value)
        raise ParameterError(
            f"train: metric must return a finite number, larger where better; {_called(metric)} returned {value!r}."
        )


def _sums_engine(network: Network) -> Program | Recorded:
    """Return an engine that gives the weighted sums of the last layer, without its activation."""
    layers = [layer for layer in network.layers if not isinstance(layer, Dropout)]
    if not isinstance(layers[-1], Residual):
        layers[-1] = replace(layers[-1], activation="identity")
    kind: Any = Program if knows(stages_of(layers), losses["squared"]) else Recorded
    return kind(layers, "squared", network.dtype)


def known_metric(metric: Any) -> Metric | Judge | None:
    """Return the metric that is meant: a row of the table, the caller's function, or None."""
    if metric is None or callable(metric):
        return cast("Judge | None", metric)
    refuse_unknown(metric, metrics, "train: metric")
    return metrics[metric]


def read_only(array: Any) -> Any:
    """Return a view that a function of the caller's cannot write through: the targets may be the caller's own array."""
    view = array.view()
    view.flags.writeable = False
    return view


def _called(function: Any) -> str:
    return str(getattr(function, "__qualname__", type(function).__name__))
