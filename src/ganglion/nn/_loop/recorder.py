"""Looking at a network while it is trained, from outside the kernels; what is found becomes a `Recording`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, final

import numpy as np
import numpy.typing as npt

from ..._arrays import Real
from .._engine.program import Learned
from .._engine.stages import Stage, stages_of
from ..activations import activation_of
from ..network import Network

Floats = npt.NDArray[np.float64]
Arrays = Mapping[str, Real]

MAX_ROWS = 2_000
FIELDS = ("gradient_norm", "update_ratio", "dead", "saturated")

# When an output carries almost no gradient: the slope is below 2 % of the largest one.
_SATURATED: Mapping[str, Callable[[Any], npt.NDArray[np.bool_]]] = MappingProxyType(
    {
        "tanh": lambda a: np.abs(a) > 0.99,
        "sigmoid": lambda a: (a < 0.01) | (a > 0.99),
        "elu": lambda a: a < -0.99,
        "selu": lambda a: a < -0.99 * 1.7580993408473766,
    }
)
# When an output says nothing, if it does so on every row.
_SILENT: Mapping[str, Callable[[Any], npt.NDArray[np.bool_]]] = MappingProxyType(
    {
        "relu": lambda a: a <= 0,
        "gelu": lambda a: np.abs(a) < 1e-3,
        "silu": lambda a: np.abs(a) < 1e-3,
        "mish": lambda a: np.abs(a) < 1e-3,
    }
)


@final
class Recorder:
    """Looks at a network after each epoch, from outside the kernels.

    Parameters
    ----------
    network : Network
        What is trained.
    data : Learned
        What it is trained on; some of its rows are looked at.
    """

    def __init__(self, network: Network, data: Learned) -> None:
        every = -(-len(data.rows) // MAX_ROWS)
        parts = (data.rows, data.targets, data.labels, data.weights)
        thinned = [None if part is None else np.ascontiguousarray(part[::every]) for part in parts]
        self.sample = Learned(*thinned)  # type: ignore[arg-type]
        if self.sample.weights is not None and not np.any(self.sample.weights > 0):
            self.sample = Learned(*thinned[:3], None)  # type: ignore[arg-type]
        self._stages = stages_of(network.layers)
        self._shown = [i for i, stage in enumerate(self._stages) if stage.kind != "sum"]
        self._rows: dict[str, list[Floats]] = {name: [] for name in FIELDS}

    @property
    def layers(self) -> tuple[str, ...]:
        """What each column stands for."""
        return tuple(
            f"{i + 2} {self._stages[i].kind.replace('_', ' ')} {activation_of(self._stages[i].activation).name}"
            for i in self._shown
        )

    def note(self, before: Arrays, after: Arrays, gradients: Arrays) -> None:
        """Note an epoch: parameters before and after its last step, and the gradient now on the sample."""
        outputs = stage_outputs(self._stages, after, self.sample.rows)
        found: dict[str, list[float]] = {name: [] for name in FIELDS}
        for i in self._shown:
            stage = self._stages[i]
            weights = next(iter(stage.shapes))
            length = np.sqrt(sum(_squares(gradients[name]) for name in stage.shapes))
            found["gradient_norm"].append(float(length))
            size = np.sqrt(_squares(before[weights]))
            step = np.sqrt(_squares(after[weights].astype(np.float64) - before[weights]))
            found["update_ratio"].append(float(step / size) if size > 0 else np.nan)
            dead, saturated = idle_shares(activation_of(stage.activation).name, outputs[i])
            found["dead"].append(dead)
            found["saturated"].append(saturated)
        for name, values in found.items():
            self._rows[name].append(np.array(values))

    def arrays(self, n_epochs: int) -> dict[str, Floats]:
        """Return what was noted, (n_epochs, n_layers) each; NaN for epochs before the first one noted."""
        width = len(self._shown)
        found: dict[str, Floats] = {}
        for name, rows in self._rows.items():
            missing = np.full((n_epochs - len(rows), width), np.nan)
            found[name] = np.concatenate([missing, np.array(rows).reshape(-1, width)])
        return found

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from what `arrays` returned; from nothing, if it is empty."""
        for name in FIELDS:
            self._rows[name] = [*arrays[name]] if name in arrays else []


def idle_shares(activation: str, outputs: Any) -> tuple[float, float]:
    """Return the share of dead units and that of saturated outputs (n, k); NaN where there is no such thing."""
    dead = saturated = np.nan
    if activation in _SILENT:
        silent = _SILENT[activation](outputs)
        dead = float(np.mean(silent.all(axis=0)))
    if activation in _SATURATED:
        saturated = float(np.mean(_SATURATED[activation](outputs)))
    return dead, saturated


def stage_outputs(stages: tuple[Stage, ...], arrays: Arrays, rows: Real) -> list[Any]:
    """Return what each stage gives (n, n_out) in prediction: running statistics, no dropout."""
    inputs: list[Any] = []
    outputs: list[Any] = []
    a: Any = rows
    for stage in stages:
        inputs.append(a)
        z = _sums(stage, a, arrays) if stage.kind != "sum" else a + inputs[stage.adds]
        a = activation_of(stage.activation)(z)
        outputs.append(a)
    return outputs


def _sums(stage: Stage, a: Any, arrays: Arrays) -> Any:
    """Return what a stage gives (n, n_out) before its activation."""
    given = [arrays[name] for name in stage.shapes]
    if stage.kind == "dense":
        return a @ given[0] + given[1] if stage.bias else a @ given[0]
    if stage.kind == "batch_norm":
        mean, variance = (arrays[name] for name in stage.running)
    else:
        mean, variance = a.mean(axis=1, keepdims=True), a.var(axis=1, keepdims=True)
    return (a - mean) / np.sqrt(variance + stage.epsilon) * given[0] + given[1]


def _squares(array: npt.ArrayLike) -> float:
    """Return the sum of squares, in float64."""
    flat = np.asarray(array, dtype=np.float64).ravel()
    return float(flat @ flat)
