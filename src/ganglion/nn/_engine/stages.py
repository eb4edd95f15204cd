"""A network as a flat sequence of stages: layers without nesting, dropout with the stage whose outputs it acts on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..layers import BatchNorm, Dense, Dropout, Layer, LayerNorm, Residual

Kind = Literal["dense", "batch_norm", "layer_norm", "sum"]


@dataclass(frozen=True)
class Stage:
    """One step from rows (n, n_in) to rows (n, n_out): a sum, then an activation, then dropout.

    `adds` is the index of the stage whose input is added to what arrives, for a sum. `number` is that of its
    parameters: W and b are counted by dense layers, gamma, beta, mean and variance by norms; 0 for a sum. `dropout` is
    the share of its outputs that is zeroed in training.
    """

    kind: Kind
    n_in: int
    n_out: int
    activation: str | Callable[[Any], Any] = "identity"
    bias: bool = True
    dropout: float = 0.0
    adds: int = -1
    number: int = 0
    epsilon: float = 0.0
    momentum: float = 0.0

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter by its name."""
        if self.kind == "dense":
            weights = {f"W{self.number}": (self.n_in, self.n_out)}
            return {**weights, f"b{self.number}": (self.n_out,)} if self.bias else {**weights}
        if self.kind == "sum":
            return {}
        return {f"gamma{self.number}": (self.n_out,), f"beta{self.number}": (self.n_out,)}

    @property
    def running(self) -> tuple[str, ...]:
        """The names of its running statistics (n_out,): mean and variance, for a batch norm."""
        is_batch_norm = self.kind == "batch_norm"
        return (f"mean{self.number}", f"variance{self.number}") if is_batch_norm else ()


def stages_of(layers: Sequence[Layer] | Sequence[Stage]) -> tuple[Stage, ...]:
    """Return the stages of layers that fit each other; stages are returned as they are."""
    stages: list[Stage] = []
    _append(layers, stages)
    return tuple(stages)


def with_dropout(stages: Sequence[Stage], shares: Sequence[float]) -> tuple[Stage, ...]:
    """Return the stages with these shares of dropout for the dense ones, in their order, as far as they go."""
    given = iter(shares)
    return tuple(
        replace(stage, dropout=next(given, stage.dropout)) if stage.kind == "dense" else stage
        for stage in stages
    )


def _append(layers: Sequence[Layer | Stage], stages: list[Stage]) -> None:
    """Append the stages of these layers; those of a residual are its layers' and a sum."""
    for layer in layers:
        if isinstance(layer, Stage):
            stages.append(layer)
        elif isinstance(layer, Residual):
            first = len(stages)
            _append(layer.layers, stages)
            stages.append(Stage("sum", layer.n_out, layer.n_out, bias=False, adds=first))
        elif isinstance(layer, Dropout):
            stages[-1] = replace(stages[-1], dropout=layer.rate)
        else:
            stages.append(_single(layer, stages))


def _single(layer: Dense | BatchNorm | LayerNorm, before: Sequence[Stage]) -> Stage:
    """Return the stage of one layer."""
    if isinstance(layer, Dense):
        number = 1 + sum(stage.kind == "dense" for stage in before)
        return Stage("dense", layer.n_in, layer.n_out, layer.activation, layer.bias, number=number)
    number = 1 + sum(stage.kind in ("batch_norm", "layer_norm") for stage in before)
    is_batch_norm = isinstance(layer, BatchNorm)
    return Stage(
        "batch_norm" if is_batch_norm else "layer_norm",
        layer.n,
        layer.n,
        layer.activation,
        number=number,
        epsilon=layer.epsilon,
        momentum=layer.momentum if is_batch_norm else 0.0,
    )
