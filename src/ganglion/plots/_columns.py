"""Where the neurons of a network are drawn: a column for each step, large ones folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..nn._engine.stages import Stage

Floats = NDArray[np.float64]
Kind: TypeAlias = Literal["input", "dense", "norm", "sum"]

# Neurons of a norm or a sum belong to the column before them and stand close behind it.
NEAR, FAR = 0.55, 1.0


@dataclass(frozen=True)
class Column:
    """One column: where it stands, and the height of each neuron that is drawn.

    `shown` holds the numbers of those neurons; `gap` is the height of the dots that stand for the others, or None.
    `words` are the lines beneath it.
    """

    kind: Kind
    number: int
    x: float
    shown: NDArray[np.int64]
    heights: Floats
    gap: float | None
    n: int
    words: tuple[str, ...]
    adds: int = -1


def columns_of(n_in: int, stages: Sequence[Stage], most: int) -> tuple[Column, ...]:
    """Return the input's column and one for each stage, with at most `most` neurons each."""
    words = (_many(n_in, "input"),)
    columns = [Column("input", 0, 0.0, *_stack(n_in, most), n_in, words)]
    for stage in stages:
        kind = _kind(stage)
        x = columns[-1].x + (FAR if kind == "dense" else NEAR)
        stacked = _stack(stage.n_out, most)
        words = _words(stage, kind)
        columns.append(Column(kind, stage.number, x, *stacked, stage.n_out, words, stage.adds))
    return tuple(columns)


def _kind(stage: Stage) -> Kind:
    return "norm" if stage.kind in ("batch_norm", "layer_norm") else stage.kind


def _stack(n: int, most: int) -> tuple[NDArray[np.int64], Floats, float | None]:
    """Stack n neurons around height 0, the first on top: which are drawn, where, and the place of the dots."""
    if n <= most:
        heights: Floats = (n - 1) / 2 - np.arange(n, dtype=np.float64)
        return np.arange(n), heights, None
    slots: Floats = (most - 1) / 2 - np.arange(most, dtype=np.float64)
    shown = np.concatenate((np.arange(most - 2), [n - 1]))
    return shown, np.concatenate((slots[: most - 2], slots[-1:])), float(slots[-2])


def _words(stage: Stage, kind: Kind) -> tuple[str, ...]:
    """Say what the column is: how many neurons, which activation, what is dropped."""
    activation = name_of(stage.activation)
    if kind == "dense":
        lines = [_many(stage.n_out, "neuron"), activation]
    elif kind == "norm":
        lines = ["batch" if stage.kind == "batch_norm" else "layer", "norm"]
        lines += [activation] if activation != "identity" else []
    else:
        lines = ["sum"]
    return (*lines, f"dropout {stage.dropout:g}") if stage.dropout else tuple(lines)


def name_of(activation: Any) -> str:
    """Return an activation's name, also that of a function."""
    if isinstance(activation, str):
        return activation
    return str(getattr(activation, "name", getattr(activation, "__name__", "own function")))


def _many(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
