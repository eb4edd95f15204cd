"""What a network is judged by: the losses by name, each a function of one row's outputs and targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ..autodiff import functions as fn
from ..autodiff.graph import Value

RowLoss = Callable[[Value, Value], Value]
HUBER_DELTA = 1.0


@dataclass(frozen=True)
class Loss:
    """How far a row of outputs is from its targets.

    Attributes
    ----------
    name : str
        Its name, as in `Network(..., loss=name)`.
    factor, term : str
        The loss of a row as text: the factor times the sum of the term over the outputs a and the targets y.
    targets : {'values', 'classes', 'probabilities'}
        What y holds: numbers; labels or rows of probabilities; numbers from 0 to 1.
    of_outputs : callable
        `of_outputs(a, y)`: the loss of each row, (n, k) and (n, k) to (n,), or (k,) and (k,) to one number.
    of_sums : callable or None
        `of_sums(z, y)`: the same from the weighted sums z of the last layer, without the rounding of its activation.
        It is what the network computes, where there is one.
    behind : str or None
        The activation that the last layer must have.

    Notes
    -----
    -log(softmax(z)) taken in two steps loses everything as soon as a probability rounds to 0 or 1. From z it is exact:
    for cross_entropy -sum y log_softmax(z), for binary_cross_entropy sum y softplus(-z) + (1 - y) softplus(z), in
    which no term cancels against another.
    """

    name: str
    factor: str
    term: str
    of_outputs: RowLoss
    targets: Literal["values", "classes", "probabilities"] = "values"
    of_sums: RowLoss | None = None
    behind: str | None = None

    @property
    def formula(self) -> str:
        """The loss of a row as text."""
        return f"{self.factor}sum({self.term.format(a='a', y='y')})"


def _squared(a: Value, y: Value) -> Value:
    return 0.5 * fn.sum(fn.square(a - y), axis=-1)


def _mse(a: Value, y: Value) -> Value:
    return fn.sum(fn.square(a - y), axis=-1)


def _mae(a: Value, y: Value) -> Value:
    return fn.sum(fn.abs(a - y), axis=-1)


def _huber(a: Value, y: Value) -> Value:
    """Quadratic up to delta, linear beyond: m (|r| - m / 2) with m = min(|r|, delta) is both."""
    size = fn.abs(a - y)
    inner = fn.minimum(size, HUBER_DELTA)
    return fn.sum(inner * (size - 0.5 * inner), axis=-1)


def _cross_entropy(a: Value, y: Value) -> Value:
    return -fn.sum(y * fn.log(a), axis=-1)


def _cross_entropy_of_sums(z: Value, y: Value) -> Value:
    return fn.cross_entropy(z, y, reduction="none")


def _binary_cross_entropy(a: Value, y: Value) -> Value:
    return -fn.sum(y * fn.log(a) + (1.0 - y) * fn.log(1.0 - a), axis=-1)


def _binary_cross_entropy_of_sums(z: Value, y: Value) -> Value:
    return fn.sum(y * fn.softplus(-z) + (1.0 - y) * fn.softplus(z), axis=-1)


losses: Mapping[str, Loss] = MappingProxyType(
    {
        row.name: row
        for row in (
            Loss("squared", "1/2 * ", "({a} - {y})**2", _squared),
            Loss("mse", "", "({a} - {y})**2", _mse),
            Loss("mae", "", "abs({a} - {y})", _mae),
            Loss("huber", "", "huber({a} - {y})", _huber),
            Loss(
                "cross_entropy",
                "-",
                "{y} * log({a})",
                _cross_entropy,
                targets="classes",
                of_sums=_cross_entropy_of_sums,
                behind="softmax",
            ),
            Loss(
                "binary_cross_entropy",
                "-",
                "({y} * log({a}) + (1 - {y}) * log(1 - {a}))",
                _binary_cross_entropy,
                targets="probabilities",
                of_sums=_binary_cross_entropy_of_sums,
                behind="sigmoid",
            ),
        )
    }
)
