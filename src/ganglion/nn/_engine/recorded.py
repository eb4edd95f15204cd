"""Training through the differentiation engine: what `Program` does, for what the compiled trainer does not know.

Every batch is a recorded pass forward and a pass backward, and the optimiser steps in Python; activations and losses
may be any function. It has the interface of `Program`, and goes the same way: the same batches, statistics, penalties,
clipping and averages, though not the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import numpy.typing as npt

from ..._arrays import Real
from ...autodiff import functions as fn
from ...autodiff.graph import Value
from .._parameters import first_running
from ..layers import Layer
from ..losses import Loss, losses
from ..optimisers import Optimiser
from .computing import Computation, Masks, gradients_of, of_batch
from .dropping import masks_of
from .predicting import Predicting
from .program import Learned, Order, Passed, Plan
from .stages import Stage, stages_of, with_dropout

Arrays = dict[str, Real]


@dataclass(frozen=True)
class _Kept:
    """What `restore` goes back to."""

    parameters: Arrays
    running: Arrays
    average: Arrays
    optimiser: Optimiser | None
    state: Mapping[str, Any]


@final
class Recorded:
    """Layers and a loss, trained through the differentiation engine; the interface is that of `Program`.

    The moments stay with the optimiser, which makes the steps; `keep` and `restore` take its state along.
    """

    name = "autodiff"

    def __init__(
        self,
        layers: Sequence[Layer] | Sequence[Stage],
        loss: str | Loss,
        dtype: npt.DTypeLike,
        *,
        dropout: Sequence[float] = (),
        smoothing: float = 0.0,
    ) -> None:
        self._dtype: np.dtype[Any] = np.dtype(dtype)
        stages = with_dropout(stages_of(layers), dropout)
        known = losses[loss] if isinstance(loss, str) else loss
        self._smoothing = smoothing if known.name == "cross_entropy" else 0.0
        # Its own smoothing, where it has one, gives way.
        known = losses["cross_entropy"] if self._smoothing > 0 else known
        self._computation = Computation(stages, known)
        self.names = [name for stage in stages for name in stage.shapes]
        self.n_out = stages[-1].n_out
        shapes = {name: shape for stage in stages for name, shape in stage.shapes.items()}
        self._parameters: Arrays = {
            name: np.zeros(shape, dtype=self._dtype) for name, shape in shapes.items()
        }
        self._running = first_running(stages, self._dtype)
        self._average: Arrays = {}
        self._optimiser: Optimiser | None = None
        self._kept: _Kept | None = None
        self._predicting = Predicting(self._computation, self._dtype)

    def write(self, arrays: Mapping[str, Real]) -> None:
        """Copy the parameters into the engine, and the running statistics where they are given."""
        _copy(arrays, self._parameters)
        _copy(arrays, self._running)

    def read(self, arrays: Mapping[str, Real]) -> None:
        """Copy the engine's parameters, and running statistics where there is room, into these arrays, in place."""
        _copy(self._parameters, arrays)
        _copy(self._running, arrays)

    def write_running(self, running: Mapping[str, Real]) -> None:
        """Copy the running statistics of batch norms into the engine."""
        _copy(running, self._running)

    def read_running(self, running: Mapping[str, Real]) -> None:
        """Copy the engine's running statistics into these arrays, in place."""
        _copy(self._running, running)

    def write_moments(self, optimiser: Optimiser) -> None:
        """Leave the moments with the optimiser, which makes the steps."""
        self._optimiser = optimiser

    def read_moments(self, optimiser: Optimiser) -> None:
        """Leave the moments with the optimiser, where they are."""

    @property
    def has_average(self) -> bool:
        """Whether a step was averaged, or an average written."""
        return bool(self._average)

    def write_average(self, parameters: Mapping[str, Real]) -> None:
        """Copy a running average of the parameters into the engine; steps with `Plan.ema` go on from it."""
        self._average = {name: np.array(parameters[name]) for name in self._parameters}

    def read_average(self, parameters: Mapping[str, Real]) -> None:
        """Copy the running average into these arrays, in place; zeros where there is none."""
        for name, value in parameters.items():
            value[...] = self._average.get(name, 0.0)

    def learn(self, data: Learned, order: Order | None, optimiser: Optimiser, plan: Plan) -> Passed:
        """Step once for each batch of an epoch; an interrupt leaves the state after the last whole step."""
        self._optimiser = optimiser
        n = len(data.rows)
        order = np.arange(n) if order is None else order
        total = Passed(True, 0.0, 0.0, 0.0, 0)
        for batch, begin in enumerate(range(0, len(order), plan.batch_size)):
            part = _taken(data, order[begin : begin + plan.batch_size])
            weight = _weight(part)
            masks = masks_of(self._computation.stages, plan.seed, optimiser.steps)
            loss, gradients, moved = self._differentiate(part, weight, plan.is_mean, masks)
            if not np.isfinite(loss):
                return replace(total, is_finite=False)
            penalty = self._pull(gradients, plan, weight)
            _clip(gradients, plan)
            rates = plan.rates
            rate = None if rates is None else float(rates[batch if len(rates) > 1 else 0])
            self._step(gradients, moved, optimiser, rate, plan.ema)
            total = replace(
                total,
                loss=total.loss + loss,
                weight=total.weight + weight,
                penalty=total.penalty + penalty,
                batches=total.batches + 1,
            )
        return total

    def gradients(self, data: Learned, *, is_mean: bool) -> tuple[float, Arrays]:
        """Return the loss over all rows, and its gradient by name; batch norms use the statistics of these rows."""
        weight = _weight(data)
        loss, gradients, _ = self._differentiate(data, weight, is_mean, None)
        return (loss / weight if is_mean else loss), gradients

    def predict(self, rows: Real) -> Real:
        """Return the outputs (n, n_out) for rows (n, n_in), or (n_out,) for one row (n_in,), with the same bits."""
        outputs = self._predicting(self._parameters, self._running, np.atleast_2d(rows))
        return outputs[0] if rows.ndim == 1 else outputs

    @property
    def is_finite(self) -> bool:
        """Whether all parameters and running statistics are numbers."""
        held = (*self._parameters.values(), *self._running.values())
        return all(bool(np.all(np.isfinite(values))) for values in held)

    def keep(self) -> None:
        """Remember parameters, statistics, average and the optimiser's state as they are now."""
        optimiser = self._optimiser
        state = {} if optimiser is None else optimiser.state()
        self._kept = _Kept(
            _copied(self._parameters),
            _copied(self._running),
            _copied(self._average),
            optimiser,
            state,
        )

    def restore(self) -> None:
        """Go back to what was remembered."""
        known = self._kept
        if known is None:
            return
        _copy(known.parameters, self._parameters)
        _copy(known.running, self._running)
        self._average = _copied(known.average)
        if known.optimiser is not None:
            known.optimiser.restore(known.state)

    def _differentiate(
        self, data: Learned, weight: float, is_mean: bool, masks: Masks | None
    ) -> tuple[float, Arrays, Arrays]:
        """Return the sum of the weighted losses, the gradient, and the running statistics after these rows."""
        moved: Arrays = {}

        def statistics(stage: Stage, values: Value) -> tuple[Value, Value]:
            found = of_batch(stage, values)
            moved.update(_moved(stage, self._running, found, len(data.rows)))
            return found

        scale = (1.0 / weight if weight > 0 else 0.0) if is_mean else 1.0
        targets = self._targets(data)
        total = 0.0

        def objective(parameters: Mapping[str, Value]) -> Value:
            nonlocal total
            sums = self._computation.sums(parameters, data.rows, statistics, masks)
            losses_of_rows = self._computation.row_losses(sums, targets)
            plain: Any = getattr(losses_of_rows, "value", losses_of_rows)
            weights = data.weights
            each = plain.astype(np.float64)
            total = float(np.sum(each if weights is None else each * weights))
            if weights is not None:
                return fn.sum(losses_of_rows * (weights * scale).astype(self._dtype))
            return fn.sum(losses_of_rows) * scale

        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            _, gradients = gradients_of(objective, self._parameters)
        return total, gradients, moved

    def _targets(self, data: Learned) -> Any:
        """Return targets (n, k), or labels (n,) where they need no smoothing."""
        if self._smoothing == 0:
            return data.targets if data.labels is None else data.labels
        rows = np.eye(self.n_out)[data.labels] if data.targets is None else data.targets
        smooth = (1.0 - self._smoothing) * rows + self._smoothing / self.n_out
        return smooth.astype(self._dtype)

    def _pull(self, gradients: Arrays, plan: Plan, weight: float) -> float:
        """Add the pull of l2 on the weights to the gradients; return the penalty of this batch."""
        if plan.l2 == 0:
            return 0.0
        share = plan.l2 / weight if plan.is_mean and weight > 0 else plan.l2 * (not plan.is_mean)
        squares = 0.0
        for name in self.names:
            if name.startswith("W"):
                value = self._parameters[name]
                gradients[name] = gradients[name] + self._dtype.type(share) * value
                squares += float(np.sum(np.square(value, dtype=np.float64)))
        return 0.5 * plan.l2 * squares

    def _step(
        self,
        gradients: Arrays,
        moved: Arrays,
        optimiser: Optimiser,
        rate: float | None,
        ema: float | None,
    ) -> None:
        """Make a step as a whole or, where it is interrupted, not at all."""
        before, state = _copied(self._parameters), optimiser.state()
        try:
            optimiser.step(self._parameters, gradients, learning_rate=rate)
        except BaseException:
            _copy(before, self._parameters)
            optimiser.restore(state)
            raise
        _copy(moved, self._running)
        if ema is not None:
            self._averaged(ema)

    def _averaged(self, ema: float) -> None:
        """Move the running average of the parameters; the first step copies them."""
        if not self._average:
            self._average = _copied(self._parameters)
            return
        for name, value in self._average.items():
            value += self._dtype.type(1.0 - ema) * (self._parameters[name] - value)


def _moved(stage: Stage, running: Mapping[str, Real], found: tuple[Value, Value], n: int) -> Arrays:
    """Return the running statistics of a batch norm after a batch of n rows; one row says nothing of a variance."""
    moved: Arrays = {}
    for name, batch in zip(stage.running, found, strict=True):
        value = running[name]
        plain: Any = getattr(batch, "value", batch)
        if name.startswith("variance"):
            plain = plain * (n / (n - 1)) if n > 1 else value
        moved[name] = (value + stage.momentum * (plain - value)).astype(value.dtype)
    return moved


def _taken(data: Learned, places: Order) -> Learned:
    """Return these rows, in this order."""
    return Learned(
        data.rows[places],
        None if data.targets is None else data.targets[places],
        None if data.labels is None else data.labels[places],
        None if data.weights is None else data.weights[places],
    )


def _weight(data: Learned) -> float:
    """Return the weight of all rows."""
    return float(len(data.rows)) if data.weights is None else float(np.sum(data.weights))


def _clip(gradients: Arrays, plan: Plan) -> None:
    """Cut each number of the gradient to `clip_value`, then all of it to the length `clip_norm`."""
    bound, length = plan.clip_value, plan.clip_norm
    if bound is not None:
        for name, values in gradients.items():
            gradients[name] = np.clip(values, -bound, bound)
    if length is None:
        return
    squares = [np.sum(np.square(values, dtype=np.float64)) for values in gradients.values()]
    share = length / (
        float(np.sqrt(np.sum(squares))) + 1e-6
    )  # as torch and the native trainer have it
    if share < 1.0:
        for name, values in gradients.items():
            gradients[name] = values * values.dtype.type(share)


def _copied(arrays: Mapping[str, Real]) -> Arrays:
    return {name: value.copy() for name, value in arrays.items()}


def _copy(source: Mapping[str, Real], target: Mapping[str, Real]) -> None:
    """Copy arrays by name, in place."""
    for name, value in target.items():
        if name in source:
            value[...] = source[name]
