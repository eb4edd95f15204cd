"""A network as the native trainer has it: a flat program over one vector of parameters.

The program holds copies. They are written into it before, and read back after, an epoch or many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from .._arrays import Real, Weights
from .._native import core
from ._rules import RULES
from .layers import Dense
from .optimisers import Optimiser

# In the order of the enumerations in native/train_problem.hpp.
ACTIVATIONS = (
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "step", "elu", "selu", "gelu", "silu", "mish", "softplus",
    "softmax",
)  # fmt: skip
LOSSES = ("squared", "mse", "mae", "huber", "cross_entropy", "binary_cross_entropy")
PARAMETERS, FIRST, SECOND, GRADIENT = range(4)
HUBER_DELTA = 1.0

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
    """

    batch_size: int
    is_mean: bool = True
    l2: float = 0.0
    rates: npt.NDArray[np.float64] | None = None
    seed: int = 0


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
    """Layers and a loss, compiled once; parameters and moments by the names that `Network` gives them."""

    def __init__(
        self,
        layers: Sequence[Dense],
        loss: str,
        dtype: npt.DTypeLike,
        *,
        dropout: Sequence[float] = (),
        smoothing: float = 0.0,
    ) -> None:
        shares = [*dropout, *[0.0] * (len(layers) - len(dropout))]
        specs = [
            (layer.n_in, layer.n_out, ACTIVATIONS.index(layer.activation), layer.bias, share)
            for layer, share in zip(layers, shares, strict=True)
        ]
        self.names = [
            f"{letter}{number}"
            for number, layer in enumerate(layers, 1)
            for letter in ("W", "b" if layer.bias else "")
            if letter
        ]
        self._shapes = [
            shape
            for layer in layers
            for shape in ((layer.n_in, layer.n_out), (layer.n_out,) if layer.bias else ())
            if shape
        ]
        self._dtype: np.dtype[Any] = np.dtype(dtype)
        self.n_out = layers[-1].n_out
        kind: Any = core.Program32 if self._dtype == np.float32 else core.Program64
        self._core: core.Program64 = kind(specs, LOSSES.index(loss), HUBER_DELTA, smoothing)

    def write(self, parameters: Mapping[str, Real]) -> None:
        """Copy the parameters into the program."""
        self._write(PARAMETERS, parameters)

    def read(self, parameters: Mapping[str, Real]) -> None:
        """Copy the program's parameters into these arrays, in place."""
        self._read(PARAMETERS, parameters)

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

    def learn(self, data: Learned, order: Order | None, optimiser: Optimiser, plan: Plan) -> Passed:
        """Step once for each batch of an epoch; counts the optimiser's steps, also when a signal handler raises."""
        rule, rates = optimiser.rule, plan.rates
        if rates is None:
            rates = np.array([optimiser.learning_rate])
        before = optimiser.steps
        try:
            outcome, loss, weight, penalty, batches = self._core.learn(
                data.rows, data.targets, data.labels, data.weights, order, plan.is_mean, plan.batch_size,
                RULES.index(rule.name), rule.momentum, rule.beta_1, rule.beta_2, rule.epsilon, rule.decay,
                plan.l2, rates, before, plan.seed,
            )  # fmt: skip
        finally:
            optimiser.steps = before + self._core.batches
        return Passed(outcome == 0, loss, weight, penalty, batches)

    def gradients(self, data: Learned, *, is_mean: bool) -> tuple[float, dict[str, Real]]:
        """Return the loss over all rows, and its gradient by name."""
        outcome, loss, weight, _, _ = self._core.differentiate(
            data.rows, data.targets, data.labels, data.weights, is_mean
        )
        gradients: dict[str, Real] = {
            name: self._empty(shape) for name, shape in zip(self.names, self._shapes, strict=True)
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
        """Whether all parameters are numbers."""
        return self._core.is_finite

    def keep(self) -> None:
        """Remember parameters and moments as they are now."""
        self._core.keep(False)

    def restore(self) -> None:
        """Go back to what was remembered."""
        self._core.keep(True)

    def _empty(self, shape: tuple[int, ...]) -> Real:
        values: Real = np.empty(shape, dtype=self._dtype)
        return values

    def _write(self, which: int, arrays: Mapping[str, Real]) -> None:
        self._core.write(which, [arrays[name] for name in self.names])

    def _read(self, which: int, arrays: Mapping[str, Real]) -> None:
        self._core.read(which, [arrays[name] for name in self.names])
