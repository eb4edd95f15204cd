"""What a model computes, as plain arrays in the order of the work; every kind of exported file is written from it.

Training leaves no trace here: dropout is gone, and batch normalisation is a part of the weighted sums before it, or one
product and one sum for each number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from ..._arrays import Real
from ..._errors import ParameterError
from ...data.columns import ColumnRule
from .._engine.stages import Stage
from ..network import Network

Wide: TypeAlias = npt.NDArray[np.float64]
Label: TypeAlias = bool | int | float | str
Kind: TypeAlias = Literal["binary", "multiclass", "multilabel"]


@dataclass(frozen=True, eq=False)
class WeightedSums:
    """g(x W + b), with W (n_in, n_out) and b (n_out,)."""

    W: Real
    b: Real | None
    activation: str

    @property
    def n_out(self) -> int:
        """Numbers behind it."""
        return self.W.shape[1]


@dataclass(frozen=True, eq=False)
class Scaling:
    """g((x - center) * factor + shift), each of them (n_out,)."""

    center: Real
    factor: Real
    shift: Real
    activation: str

    @property
    def n_out(self) -> int:
        """Numbers behind it, as many as before it."""
        return len(self.center)


@dataclass(frozen=True, eq=False)
class RowScaling:
    """g((x - mean x) / sqrt(variance x + epsilon) * factor + shift), mean and variance over the numbers of the row."""

    factor: Real
    shift: Real
    epsilon: float
    activation: str

    @property
    def n_out(self) -> int:
        """Numbers behind it, as many as before it."""
        return len(self.factor)


@dataclass(frozen=True, eq=False)
class Sum:
    """g(x + what step number `adds` was given)."""

    adds: int
    n_out: int
    activation: str


Step: TypeAlias = WeightedSums | Scaling | RowScaling | Sum


@dataclass(frozen=True)
class Decision:
    """How outputs become labels.

    multiclass: the outputs are probabilities of the labels, and the largest wins, the first of equal ones. binary: the
    one output is the probability of the second of two labels, which wins above 1/2. multilabel: every output is the
    probability of a label of its own, which holds above 1/2.
    """

    kind: Kind
    labels: tuple[Label, ...]

    @classmethod
    def of(cls, kind: Kind, classes: Iterable[Any]) -> Decision:
        """Return the decision among classes, which may be NumPy's scalars; ParameterError where there is one alone."""
        labels = tuple(map(_plain, classes))
        if kind != "multilabel" and len(labels) < 2:
            raise ParameterError(
                f"export needs a classifier of at least 2 classes; this one knows {labels!r} alone. Fit it on rows of "
                "several classes."
            )
        return cls(kind, labels)


def _plain(label: Any) -> Label:
    """Return a label as Python's own, which has a text that reads back."""
    value: Any = cast("Any", label).item() if isinstance(label, np.generic) else label
    if not isinstance(value, bool | int | float | str):
        raise ParameterError(
            f"export writes classes that are numbers, booleans or texts; got {label!r}. Fit with such labels."
        )
    return value


@dataclass(frozen=True, eq=False)
class Blueprint:
    """All of it: from n_in numbers, in `dtype`, through the steps, to outputs or, by the decision, to labels.

    `names` are those of the cells of a row, where they have any. `columns` say how the cells of a row become the n_in
    numbers, where they are not these numbers themselves.
    """

    n_in: int
    dtype: str
    steps: tuple[Step, ...]
    names: tuple[str, ...] = ()
    columns: tuple[ColumnRule, ...] = ()
    decision: Decision | None = None

    @property
    def n_out(self) -> int:
        """Numbers behind the last step."""
        return self.steps[-1].n_out

    @property
    def n_answers(self) -> int:
        """Numbers that a caller gets for a row: outputs, or probabilities of labels."""
        return self.n_out if self.decision is None else len(self.decision.labels)

    @property
    def kept(self) -> frozenset[int]:
        """The steps whose input is needed again by a later sum."""
        return frozenset(step.adds for step in self.steps if isinstance(step, Sum))


def blueprint_of(
    network: Network,
    *,
    names: Iterable[Any] | None = None,
    columns: Sequence[ColumnRule] = (),
    center: float = 0.0,
    scale: float = 1.0,
    decision: Decision | None = None,
) -> Blueprint:
    """Return what a network computes, from the cells of a row to center + scale times its outputs.

    ParameterError where it holds a Python function, or a number that is not finite.
    """
    for number, stage in enumerate(network.stages, 1):
        if not isinstance(stage.activation, str):
            raise ParameterError(
                f"export writes activations that the library knows by name; step {number} of the network has "
                f"{stage.activation!r}. Use a name in gl.nn.activations, or keep the model in Python with its function."
            )
    arrays = network.parameters | network.running
    for name, array in arrays.items():
        if not np.all(np.isfinite(array)):
            raise ParameterError(
                f"export needs finite numbers; {name} holds NaN or infinity. Train the network again with a lower "
                "learning rate, or set its parameters."
            )
    steps = [_step(stage, arrays) for stage in network.stages]
    dtype = np.dtype(network.dtype)
    if (center, scale) != (0.0, 1.0):
        n_out, zero = network.n_out, np.zeros(network.n_out)
        steps.append(_scaling(zero, np.full(n_out, scale), np.full(n_out, center), dtype))
    known = tuple(rule.column for rule in columns) if names is None else tuple(map(str, names))
    if columns and all(rule.kind == "number" and not rule.has_gaps for rule in columns):
        steps = [_standardised(columns, dtype), *_later(steps)]
        columns = ()
    if len(set(known)) < len(known):  # then columns are known by their place alone
        known = ()
    return Blueprint(network.n_in, network.dtype, _folded(steps), known, tuple(columns), decision)


def refuse_columns(blueprint: Blueprint, what: str) -> None:
    """Raise where a row of the model holds texts or gaps, which only Python's lists can hold."""
    if blueprint.columns:
        odd = next(rule for rule in blueprint.columns if rule.kind == "category" or rule.has_gaps)
        held = "texts" if odd.kind == "category" else "missing values"
        raise ParameterError(
            f"export to {what} needs rows of numbers; column {odd.column!r} of this model holds {held}. Export to .py, "
            "which takes such rows, or fit on numbers alone."
        )


def _standardised(columns: Sequence[ColumnRule], dtype: np.dtype[Any]) -> Scaling:
    """Return the rules of columns that hold numbers and no gaps as a step."""
    center = np.array([rule.center for rule in columns])
    factor = 1.0 / np.array([rule.scale for rule in columns])
    return _scaling(center, factor, np.zeros(len(columns)), dtype)


def _scaling(center: Wide, factor: Wide, shift: Wide, dtype: np.dtype[Any]) -> Scaling:
    return Scaling(
        _narrow(center, dtype), _narrow(factor, dtype), _narrow(shift, dtype), "identity"
    )


def _later(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps as they are behind one more."""
    return tuple(
        replace(step, adds=step.adds + 1) if isinstance(step, Sum) else step for step in steps
    )


def _step(stage: Stage, arrays: dict[str, Real]) -> Step:
    """Return the step of one stage, with its arrays."""
    name, number = str(stage.activation), stage.number
    if stage.kind == "dense":
        b = arrays[f"b{number}"] if stage.bias else None
        return WeightedSums(arrays[f"W{number}"], b, name)
    if stage.kind == "sum":
        return Sum(stage.adds, stage.n_out, name)
    factor, shift = arrays[f"gamma{number}"], arrays[f"beta{number}"]
    if stage.kind == "layer_norm":
        return RowScaling(factor, shift, stage.epsilon, name)
    deviation = np.sqrt(_wide(arrays[f"variance{number}"]) + stage.epsilon)
    narrowed = _narrow(_wide(factor) / deviation, factor.dtype)
    return Scaling(arrays[f"mean{number}"], narrowed, shift, name)


def _folded(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps, each scaling inside the weighted sums before it where nothing stands or looks between them."""
    needed = {step.adds for step in steps if isinstance(step, Sum)}
    folded: list[Step] = []
    places: list[int] = []  # of each step, in `folded`
    for index, step in enumerate(steps):
        before = folded[-1] if folded else None
        if (
            isinstance(step, Scaling)
            and isinstance(before, WeightedSums)
            and before.activation == "identity"
            and index not in needed
        ):
            folded[-1] = _scaled(before, step)
        else:
            folded.append(step)
        places.append(len(folded) - 1)
    return tuple(
        replace(step, adds=places[step.adds]) if isinstance(step, Sum) else step for step in folded
    )


def _scaled(sums: WeightedSums, scaling: Scaling) -> WeightedSums:
    """Return (x W + b - center) * factor + shift as weighted sums; computed in float64, rounded once."""
    dtype, factor = sums.W.dtype, _wide(scaling.factor)
    b = 0.0 if sums.b is None else _wide(sums.b)
    shift = (b - _wide(scaling.center)) * factor + _wide(scaling.shift)
    W = _narrow(_wide(sums.W) * factor, dtype)
    return WeightedSums(W, _narrow(shift, dtype), scaling.activation)


def _wide(array: Real) -> Wide:
    wide: npt.NDArray[Any] = array.astype(np.float64)
    return wide


def _narrow(values: Wide, dtype: np.dtype[Any]) -> Real:
    """Return the values in the network's dtype, which must hold them."""
    with np.errstate(over="ignore"):
        narrowed: Real = values.astype(dtype)
    if not np.all(np.isfinite(narrowed)):
        raise ParameterError(
            f"export makes batch normalisation, or the scale of a column, one factor for each number, and {dtype} "
            "cannot hold one of them, or its product with the weights before it. Train with dtype='float64'."
        )
    return narrowed
