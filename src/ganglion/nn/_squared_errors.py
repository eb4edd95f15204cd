"""The loss of a network as a sum of squares: residuals, and the products J'r and J'J of their Jacobian.

The Jacobian is found by passing one derivative for each output back through the stages, row by row, and is never held
as a whole: fixed blocks of rows add to the products in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
import numpy.typing as npt

from .._errors import ParameterError
from ._engine.products import product
from ._engine.program import Learned, Plan
from ._engine.stages import Stage
from .activations import Activation, activation_of
from .levenberg_marquardt import Normal, SquaredSum
from .losses import Loss, losses

Vector = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float64]

FACTORS = {"squared": 1.0, "mse": 2.0}  # what 1/2 r^2 is multiplied with
BLOCK_BYTES = 8 << 20


@final
class SquaredErrors(SquaredSum):
    """1/2 |r|^2 over all rows, with the penalty of l2, for a network with the loss 'squared' or 'mse'."""

    def __init__(self, stages: Sequence[Stage], loss: Loss, data: Learned, plan: Plan) -> None:
        factor = FACTORS.get(loss.name) if losses.get(loss.name) == loss else None
        if factor is None or data.targets is None:
            raise ParameterError(
                f"LevenbergMarquardt needs a loss that is a sum of squares, 'squared' or 'mse'; got {loss.name!r}. "
                "Use gl.nn.LBFGS() for other losses."
            )
        self._stages, self._plan = stages, plan
        self._activations = [activation_of(stage.activation) for stage in stages]
        self._data, self._targets = data, data.targets
        n = len(data.rows)
        weights = np.ones(n) if data.weights is None else data.weights
        total = float(np.add.reduce(weights)) if plan.is_mean else 1.0
        self._shares = np.sqrt(weights * (factor / total))
        self._pull = plan.l2 / total
        self._shapes = {name: shape for stage in stages for name, shape in stage.shapes.items()}
        size = sum(int(np.prod(shape)) for shape in self._shapes.values())
        self._block = max(1, BLOCK_BYTES // (8 * size * stages[-1].n_out))

    def loss(self, point: Vector) -> float:
        """Return the loss at a point (P,)."""
        parameters = self._parameters(point)
        total = 0.0
        for begin in range(0, len(self._targets), self._block):
            with np.errstate(all="ignore"):
                residuals = self._residuals(self._forward(parameters, begin)[1][-1], begin).ravel()
                total += float(np.add.reduce(residuals * residuals))
        return 0.5 * total + self._penalty(parameters)

    def normal(self, point: Vector) -> Normal:
        """Return the loss at a point (P,), its gradient (P,), and J'J (P, P)."""
        parameters, size = self._parameters(point), len(point)
        total, gradient, curvature = 0.0, np.zeros(size), np.zeros((size, size))
        for begin in range(0, len(self._targets), self._block):
            with np.errstate(all="ignore"):
                sums, outputs = self._forward(parameters, begin)
                residuals = self._residuals(outputs[-1], begin).ravel()
                jacobian = self._jacobian(parameters, sums, outputs, begin)
                total += float(np.add.reduce(residuals * residuals))
                both = product(jacobian.T, np.column_stack([jacobian, residuals]))
                curvature += both[:, :size]
                gradient += both[:, size]
        begin = 0
        for name, value in parameters.items():
            if name.startswith("W") and self._pull:
                place = np.arange(begin, begin + value.size)
                curvature[place, place] += self._pull
                gradient[place] += self._pull * value.ravel()
            begin += value.size
        return Normal(0.5 * total + self._penalty(parameters), gradient, curvature)

    def _penalty(self, parameters: dict[str, Rows]) -> float:
        """Return l2 / 2 times the squares of the weights, biases left out."""
        if not self._pull:
            return 0.0
        weights = [value for name, value in parameters.items() if name.startswith("W")]
        return 0.5 * self._pull * sum(float(np.add.reduce(w * w, axis=None)) for w in weights)

    def _parameters(self, point: Vector) -> dict[str, Rows]:
        """Cut a point (P,) into parameters by name."""
        parameters: dict[str, Rows] = {}
        begin = 0
        for name, shape in self._shapes.items():
            end = begin + int(np.prod(shape))
            parameters[name] = point[begin:end].reshape(shape)
            begin = end
        return parameters

    def _residuals(self, outputs: Rows, begin: int) -> Rows:
        """Return what is squared, (m, k), for the block that begins at this row."""
        end = begin + len(outputs)
        return (outputs - self._targets[begin:end]) * self._shares[begin:end, np.newaxis]

    def _forward(self, parameters: dict[str, Rows], begin: int) -> tuple[list[Rows], list[Rows]]:
        """Return the sums of each stage of a block, and its outputs, which begin with the rows themselves."""
        outputs = [self._data.rows[begin : begin + self._block].astype(np.float64)]
        sums: list[Rows] = []
        for stage, activation in zip(self._stages, self._activations, strict=True):
            a = outputs[-1]
            if stage.kind == "dense":
                z = product(a, parameters[f"W{stage.number}"])
                z = z + parameters[f"b{stage.number}"] if stage.bias else z
            elif stage.kind == "sum":
                z = a + outputs[stage.adds]
            else:
                z = _normalised(a, stage.epsilon)[0] * parameters[f"gamma{stage.number}"]
                z = z + parameters[f"beta{stage.number}"]
            sums.append(z)
            outputs.append(np.asarray(activation.value(z), dtype=np.float64))
        return sums, outputs

    def _jacobian(
        self, parameters: dict[str, Rows], sums: list[Rows], outputs: list[Rows], begin: int
    ) -> Rows:
        """Return the derivatives (m k, P) of the residuals of a block by all parameters."""
        m, k = outputs[-1].shape
        shares = self._shares[begin : begin + m]
        last = shares[:, np.newaxis, np.newaxis] * np.eye(k)
        slopes: dict[int, Rows] = {len(self._stages): last}  # by the outputs of a stage, (m, k, n)
        columns: dict[str, Rows] = {}
        for i in range(len(self._stages) - 1, -1, -1):
            stage, a = self._stages[i], outputs[i]
            by_sums = _through(self._activations[i], sums[i], outputs[i + 1], slopes.pop(i + 1))
            if stage.kind == "dense":
                weights = parameters[f"W{stage.number}"]
                columns[f"W{stage.number}"] = (
                    a[:, np.newaxis, :, np.newaxis] * by_sums[:, :, np.newaxis]
                )
                columns[f"b{stage.number}"] = by_sums
                back = (
                    product(by_sums.reshape(m * k, -1), weights.T).reshape(m, k, -1)
                    if i
                    else by_sums
                )
            elif stage.kind == "sum":
                back = by_sums
                _add(slopes, stage.adds, by_sums)
            else:
                scaled, deviation = _normalised(a, stage.epsilon)
                columns[f"gamma{stage.number}"] = by_sums * scaled[:, np.newaxis]
                columns[f"beta{stage.number}"] = by_sums
                by_scaled = by_sums * parameters[f"gamma{stage.number}"]
                back = _through_norm(by_scaled, scaled, deviation)
            _add(slopes, i, back)
        return np.concatenate([columns[name].reshape(m * k, -1) for name in self._shapes], axis=1)


def _add(slopes: dict[int, Rows], i: int, more: Rows) -> None:
    slopes[i] = slopes[i] + more if i in slopes else more


def _through(activation: Activation, z: Rows, a: Rows, slopes: Rows) -> Rows:
    """Return derivatives (m, k, n) by the sums z (m, n), given those by the outputs a (m, n)."""
    if activation.name == "softmax" and activation.function is None:
        each = slopes * a[:, np.newaxis]
        return each - a[:, np.newaxis] * np.add.reduce(each, axis=2, keepdims=True)
    return slopes * np.asarray(activation.derivative(z))[:, np.newaxis]


def _normalised(a: Rows, epsilon: float) -> tuple[Rows, Rows]:
    """Return each row with mean 0 and variance 1, and its deviation (m, 1)."""
    n = a.shape[1]
    centred = a - np.add.reduce(a, axis=1, keepdims=True) / n
    deviation = np.sqrt(np.add.reduce(centred * centred, axis=1, keepdims=True) / n + epsilon)
    return centred / deviation, deviation


def _through_norm(slopes: Rows, scaled: Rows, deviation: Rows) -> Rows:
    """Return derivatives (m, k, n) by the inputs of a layer norm, given those by its normalised rows (m, n)."""
    n, rows = scaled.shape[1], scaled[:, np.newaxis]
    mean = np.add.reduce(slopes, axis=2, keepdims=True) / n
    along = np.add.reduce(slopes * rows, axis=2, keepdims=True) / n
    return (slopes - mean - rows * along) / deviation[:, np.newaxis]
