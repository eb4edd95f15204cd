"""What a network computes, stage by stage, in operations that are recorded where something is differentiated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ..._arrays import Real
from ...autodiff import functions as fn
from ...autodiff.graph import NO_OPTIONS, PRIMITIVES, Value, Variable, next_serial
from ...autodiff.passes import order, pull_back_once
from .._nodes import affine
from ..activations import Activation, activation_of
from ..losses import Loss
from .stages import Stage

# The mean and the variance that a batch norm uses, given its stage and its inputs.
Statistics: TypeAlias = Callable[[Stage, Value], tuple[Value, Value]]
# What the outputs of a stage are multiplied with: 0 where they are dropped; given the stage's index and its outputs.
Masks: TypeAlias = Callable[[int, Value], Real]
# The weighted sums of a dense stage, given it, its inputs and its parameters.
Product: TypeAlias = Callable[[Stage, Value, list[Any]], Value]


def of_batch(stage: Stage, values: Value) -> tuple[Value, Value]:
    """Return the statistics of these rows (n, k): what a batch norm uses in training."""
    return fn.mean(values, axis=0), fn.var(values, axis=0)


def kept(running: Mapping[str, Real]) -> Statistics:
    """Return the way to the running statistics: what a batch norm uses everywhere else."""

    def statistics(stage: Stage, values: Value) -> tuple[Value, Value]:
        mean, variance = stage.running
        return running[mean], running[variance]

    return statistics


@dataclass(frozen=True)
class Computation:
    """Stages and a loss; parameters come with each call."""

    stages: tuple[Stage, ...]
    loss: Loss
    functions: tuple[Activation, ...] = field(init=False)
    _names: tuple[tuple[str, ...], ...] = field(init=False)
    _is_plain: bool = field(init=False)

    def __post_init__(self) -> None:
        functions = tuple(activation_of(stage.activation) for stage in self.stages)
        object.__setattr__(self, "functions", functions)
        object.__setattr__(self, "_names", tuple(tuple(stage.shapes) for stage in self.stages))
        object.__setattr__(self, "_is_plain", all(stage.adds < 0 for stage in self.stages))

    def sums(
        self,
        parameters: Mapping[str, Value],
        rows: Value,
        statistics: Statistics,
        masks: Masks | None = None,
        product: Product | None = None,
    ) -> Value:
        """Return what the last stage gives (n, k), before its activation; `product` in the place of x W + b."""
        a = z = rows
        inputs: list[Value] = []
        last = len(self.stages) - 1
        for index, stage in enumerate(self.stages):
            if not self._is_plain:
                inputs.append(a)
            given = [parameters[name] for name in self._names[index]]
            if stage.kind == "dense":
                z = _weighted(stage, a, given) if product is None else product(stage, a, given)
            elif stage.kind == "sum":
                z = a + inputs[stage.adds]
            else:
                z = _normed(stage, a, given, statistics)
            if index == last:
                break
            a = z if stage.activation == "identity" else self.functions[index](z)
            if masks is not None and stage.dropout > 0:
                a = a * masks(index, a)
        return z

    def outputs(self, sums: Value) -> Value:
        """Return the outputs of the network (n, k), given the last sums."""
        return self.functions[-1](sums)

    def row_losses(self, sums: Value, targets: Value) -> Value:
        """Return the loss of each row (n,), given the last sums."""
        if self.loss.of_sums is not None:
            return self.loss.of_sums(sums, targets)
        return self.loss.of_outputs(self.outputs(sums), targets)


def _weighted(stage: Stage, a: Value, given: list[Any]) -> Value:
    """Return x W + b."""
    return affine(a, *given) if stage.bias else PRIMITIVES["matmul"](a, *given)


def _normed(stage: Stage, v: Value, given: list[Any], statistics: Statistics) -> Value:
    """Return gamma (v - mean) / deviation + beta."""
    gamma, beta = given
    if stage.kind == "layer_norm":
        away = v - fn.mean(v, axis=-1, keepdims=True)
        variance = fn.mean(fn.square(away), axis=-1, keepdims=True)
        return away / fn.sqrt(variance + stage.epsilon) * gamma + beta
    mean, variance = statistics(stage, v)
    return (v - mean) * (gamma / fn.sqrt(variance + stage.epsilon)) + beta


def gradients_of(
    objective: Callable[[Mapping[str, Variable]], Value], parameters: Mapping[str, Real]
) -> tuple[float, dict[str, Real]]:
    """Return one number, a function of the parameters, and its derivative by each of them."""
    # What value_and_grad does, less its care for any tree and any function: a sixth of the time of a small network.
    level = next_serial()
    inputs = {
        name: Variable(value, None, (), NO_OPTIONS, next_serial(), level)
        for name, value in parameters.items()
    }
    total = objective(inputs)
    found: dict[Variable, Value] = {}
    if type(total) is Variable:
        ordered, total = order(total, level), total.value
        found = pull_back_once(ordered, total.dtype.type(1.0), level)
    gradients: dict[str, Real] = {}
    for name, variable in inputs.items():
        gradient = found.get(variable)  # None behind a step, which carries nothing back
        gradients[name] = np.zeros_like(variable.value) if gradient is None else gradient
    return float(total), gradients
