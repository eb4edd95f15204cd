"""A network as the native trainer has it: a flat program over one vector of parameters.

The program holds copies. They are written into it before, and read back after, an epoch or many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast, final

import numpy as np
import numpy.typing as npt

from ..._arrays import Real, Weights
from ..._native import core
from ..layers import Layer
from ..losses import Loss, losses
from ..optimisers import Optimiser
from .memory import refuse_too_large
from .rules import RULES, Rule
from .stages import Stage, stages_of

# In the order of the enumerations in native/train_problem.hpp.
ACTIVATIONS = (
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "step", "elu", "selu", "gelu", "silu", "mish", "softplus",
    "softmax",
)  # fmt: skip
KINDS = ("dense", "batch_norm", "layer_norm", "sum")
LOSSES = (
    "squared", "mse", "mae", "huber", "cross_entropy", "binary_cross_entropy", "poisson", "quantile", "gaussian",
)  # fmt: skip
PARAMETERS, FIRST, SECOND, GRADIENT, AVERAGE = range(5)

Order = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Learned:
    """What is learned from: rows (n, n_in), and targets (n, n_out) or labels (n,); weights (n,) or None."""

    rows: Real
    targets: Real | None
    labels: npt.NDArray[np.int32] | None
    weights: Weights | None


@dataclass(frozen=True)
class Plan:
    """How one epoch goes, beside the optimiser.

    `l2` is scikit-learn's alpha: l2 / 2 * |weights|^2 / (weight of the batch) is added to the loss of a batch. `rates`
    holds a learning rate for each batch, in the place of the optimiser's. `seed` is that of dropout.

    The gradient of a batch, the pull of `l2` included, is clipped before the step: each number in it to the range from
    -`clip_value` to `clip_value`, and then all of it to the length `clip_norm`. `ema` is the share of the running
    average of the parameters that stays at each step; the first step copies them.
    """

    batch_size: int
    is_mean: bool = True
    l2: float = 0.0
    rates: npt.NDArray[np.float64] | None = None
    seed: int = 0
    clip_norm: float | None = None
    clip_value: float | None = None
    ema: float | None = None


@dataclass(frozen=True)
class Passed:
    """What one epoch gave: sums over its rows and batches.

    `is_finite` is False where it stopped before the step that would follow a loss that is not; `batches` counts those
    before it, and is -1 where the losses were finite and a parameter is not.
    """

    is_finite: bool
    loss: float
    weight: float
    penalty: float
    batches: int


@final
class Program:
    """Layers and a loss, compiled once; parameters, moments and running statistics by the names that `Network` has.

    `layers` may be layers or their stages. `dropout` replaces the shares of the first stages. A batch norm makes the
    rows of a batch wait for each other, so that the activations of a whole batch are in memory at once.
    """

    name = "native"

    def __init__(
        self,
        layers: Sequence[Layer] | Sequence[Stage],
        loss: str | Loss,
        dtype: npt.DTypeLike,
        *,
        dropout: Sequence[float] = (),
        smoothing: float = 0.0,
    ) -> None:
        stages = [*_stages(layers)]
        stages[: len(dropout)] = [
            replace(stage, dropout=share) for stage, share in zip(stages, dropout, strict=False)
        ]
        self._shapes = {name: shape for stage in stages for name, shape in stage.shapes.items()}
        self._running = [name for stage in stages for name in stage.running]
        self._dtype: np.dtype[Any] = np.dtype(dtype)
        self.n_out = stages[-1].n_out
        kind: Any = core.Program32 if self._dtype == np.float32 else core.Program64
        known = losses[loss] if isinstance(loss, str) else loss
        specs = [_spec(stage) for stage in stages]
        self._core: core.Program64 = kind(
            specs, LOSSES.index(known.name), known.numbers, smoothing or known.smoothing
        )

    @staticmethod
    def knows(layers: Sequence[Layer] | Sequence[Stage], loss: object) -> bool:
        """Return whether the kernels have every activation and the loss; what they lack trains through autodiff."""
        stages = _stages(layers)
        is_known = (loss if isinstance(loss, str) else getattr(loss, "name", None)) in LOSSES
        # Dropout behind the last stage would act on what the loss looks at.
        return is_known and not stages[-1].dropout and all(map(_is_known, stages))

    @property
    def names(self) -> list[str]:
        """The names of the parameters, in the order of the layers."""
        return [*self._shapes]

    def write(self, arrays: Mapping[str, Real]) -> None:
        """Copy the parameters into the program, and the running statistics where they are given."""
        self._write(PARAMETERS, arrays)
        if self._has_running(arrays):
            self._core.write_running([arrays[name] for name in self._running])

    def read(self, arrays: Mapping[str, Real]) -> None:
        """Copy the program's parameters, and running statistics where there is room, into these arrays, in place."""
        self._read(PARAMETERS, arrays)
        if self._has_running(arrays):
            self._core.read_running([arrays[name] for name in self._running])

    def write_running(self, arrays: Mapping[str, Real]) -> None:
        """Copy the running statistics into the program."""
        self._core.write_running([arrays[name] for name in self._running])

    def read_running(self, arrays: Mapping[str, Real]) -> None:
        """Copy the program's running statistics into these arrays, in place."""
        self._core.read_running([arrays[name] for name in self._running])

    def write_moments(self, optimiser: Optimiser) -> None:
        """Copy what the optimiser remembers into the program."""
        for which, moments in ((FIRST, optimiser.first), (SECOND, optimiser.second)):
            if moments:
                self._write(which, moments)

    def read_moments(self, optimiser: Optimiser) -> None:
        """Copy the program's moments into the optimiser's arrays, in place."""
        for which, moments in ((FIRST, optimiser.first), (SECOND, optimiser.second)):
            if moments:
                self._read(which, moments)

    @property
    def has_average(self) -> bool:
        """Whether a step was averaged, or an average written."""
        return self._core.has_average

    def write_average(self, parameters: Mapping[str, Real]) -> None:
        """Copy a running average of the parameters into the program; steps with `Plan.ema` go on from it."""
        self._write(AVERAGE, parameters)

    def read_average(self, parameters: Mapping[str, Real]) -> None:
        """Copy the running average into these arrays, in place; zeros where there is none."""
        self._read(AVERAGE, parameters)

    def learn(self, data: Learned, order: Order | None, optimiser: Optimiser, plan: Plan) -> Passed:
        """Step once for each batch of an epoch; counts the optimiser's steps, also when a signal handler raises."""
        self._check_memory(min(plan.batch_size, len(data.rows)))
        rule, rates = cast("Rule", optimiser.rule), plan.rates
        if rates is None:
            rates = np.array([optimiser.learning_rate])
        before = optimiser.steps
        try:
            outcome, loss, weight, penalty, batches = self._core.learn(
                data.rows, data.targets, data.labels, data.weights, order, plan.is_mean, plan.batch_size,
                RULES.index(rule.name), rule.momentum, rule.beta_1, rule.beta_2, rule.epsilon, rule.decay,
                plan.l2, rates, before, plan.seed, rule.momentum_decay, plan.clip_norm or 0.0, plan.clip_value or 0.0,
                -1.0 if plan.ema is None else plan.ema,
            )  # fmt: skip
        finally:
            optimiser.steps = before + self._core.batches
        return Passed(outcome == 0, loss, weight, penalty, batches)

    def gradients(self, data: Learned, *, is_mean: bool) -> tuple[float, dict[str, Real]]:
        """Return the loss over all rows, and its gradient by name; batch norms use the statistics of these rows."""
        self._check_memory(len(data.rows))
        outcome, loss, weight, _, _ = self._core.differentiate(
            data.rows, data.targets, data.labels, data.weights, is_mean
        )
        gradients: dict[str, Real] = {
            name: self._empty(shape) for name, shape in self._shapes.items()
        }
        self._read(GRADIENT, gradients)
        value = loss / weight if is_mean else loss
        return (value if outcome == 0 else np.nan), gradients

    def predict(self, rows: Real) -> Real:
        """Return the outputs (n, n_out) for rows (n, n_in), or (n_out,) for one row (n_in,), with the same bits."""
        if rows.ndim == 1:
            outputs = self._empty((self.n_out,))
            self._core.predict_row(rows, outputs)
            return outputs
        outputs = self._empty((len(rows), self.n_out))
        if len(rows) == 1:
            self._core.predict_row(rows, outputs)
        elif len(rows):
            self._core.predict(rows, outputs)
        return outputs

    @property
    def is_finite(self) -> bool:
        """Whether all parameters and running statistics are numbers."""
        return self._core.is_finite

    def keep(self) -> None:
        """Remember parameters, moments, average and running statistics as they are now."""
        self._core.keep(False)

    def restore(self) -> None:
        """Go back to what was remembered."""
        self._core.keep(True)

    def _check_memory(self, batch_size: int) -> None:
        """Refuse a batch whose rows must be in memory together and cannot."""
        if self._running:
            refuse_too_large(self._core.block_bytes(batch_size), batch_size)

    def _has_running(self, arrays: Mapping[str, Real]) -> bool:
        return bool(self._running) and self._running[0] in arrays

    def _empty(self, shape: tuple[int, ...]) -> Real:
        values: Real = np.empty(shape, dtype=self._dtype)
        return values

    def _write(self, which: int, arrays: Mapping[str, Real]) -> None:
        self._core.write(which, [arrays[name] for name in self._shapes])

    def _read(self, which: int, arrays: Mapping[str, Real]) -> None:
        self._core.read(which, [arrays[name] for name in self._shapes])


def _stages(layers: Sequence[Layer] | Sequence[Stage]) -> tuple[Stage, ...]:
    """Return the stages of layers, or the stages that they are."""
    if all(isinstance(one, Stage) for one in layers):
        return tuple(cast("Sequence[Stage]", layers))
    return stages_of(cast("Sequence[Layer]", layers))


def _is_known(stage: Stage) -> bool:
    """Whether the kernels have this stage."""
    return (
        stage.kind in KINDS
        and isinstance(stage.activation, str)
        and stage.activation in ACTIVATIONS
    )


def _spec(stage: Stage) -> tuple[int, int, int, int, bool, float, int, float, float]:
    """Return a stage as native/train_bindings.cpp takes it."""
    kind, activation = KINDS.index(stage.kind), ACTIVATIONS.index(cast("str", stage.activation))
    has_bias = stage.bias if stage.kind == "dense" else stage.kind != "sum"
    return (
        kind, stage.n_in, stage.n_out, activation, has_bias, stage.dropout, stage.adds, stage.epsilon, stage.momentum,
    )  # fmt: skip
